# SPDX-License-Identifier: GPL-2.0
"""Namespaces that end and modules that go, with bonds in every state."""

import os
import signal
import time

from lib.harness import check, equal, sh, test, wait
from lib.net import Net, frame, sender


def loaded():
    return any(line.startswith("bonding ") for line in open("/proc/modules", encoding="ascii"))


@test("netns-ends-with-bonds", locks=True)
def netns():
    """The slaves' peers outside tell when the namespace is gone."""
    net = Net()
    for mode in range(4):
        sh("ip netns add gone")
        for place in range(3):
            sh("ip link add o%d type veth peer name v%d netns gone" % (place, place))
        sh("ip -n gone link add d0 type dummy; ip -n gone link add d1 type dummy")
        sh("ip -n gone link add bond0 type bond mode %d miimon 10" % mode)
        sh("for i in v0 v1 d0; do ip -n gone link set $i master bond0; done; ip -n gone link set bond0 up")
        sh("ip -n gone link add link bond0 name bond0.5 type vlan id 5; ip -n gone link set bond0.5 up")
        sh("ip -n gone link add bond1 type bond; ip -n gone link set d1 master bond1")
        sh("ip -n gone link add bond2 type bond mode 1; ip -n gone link set bond1 down; "
           "ip -n gone link set bond1 master bond2")
        sh("ip netns del gone")
        wait(lambda: not os.path.exists("/sys/class/net/o2"), "mode %d: namespace gone" % mode)
    net.bond("bond0", up=True)


@test("netns-slave-moves-out", locks=True)
def moves():
    """An enslaved device cannot keep its bond when it changes the namespace; bonds cannot move at all."""
    net = Net()
    net.dummies(2)
    sh("ip netns add other")
    net.bond("bond0", ["d0", "d1"], up=True, mode=1, miimon=10)
    sh("ip link set d0 netns other")
    equal(open("/sys/class/net/bond0/bonding/slaves", encoding="ascii").read().split(), ["d1"], "slaves")
    check("master" not in sh("ip -n other link show d0"), "d0 kept its master")
    check("Invalid" in sh("ip link set bond0 netns other 2>&1", may_fail=True)
          or os.path.exists("/sys/class/net/bond0"), "the bond moved")
    sh("ip netns del other")


def threads():
    """The names of all kernel threads and programs."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            yield open("/proc/%s/comm" % pid, encoding="utf-8", errors="replace").read().strip()
        except FileNotFoundError:  # it has ended
            pass


@test("g23-a-bond-has-no-thread-of-its-own")
def no_thread_for_each():
    """A thread for when there is no memory is one of the namespace."""
    rescuers = ("kworker/R-bond", "kworker/R-t1", "kworker/R-t2", "kworker/R-t3")
    sh("ip link add t1 type bond; ip link add t2 type bond mode 4; ip link add t3 type bond mode 1 miimon 10")
    seen = [name for name in threads() if name.startswith(rescuers)]
    check(seen, "no thread at all")
    equal(set(seen), {"kworker/R-bonding"}, "threads")


def traffic():
    """A child that sends through bond0 until it is killed."""
    pid = os.fork()
    if pid:
        return pid
    try:
        while True:
            try:
                with sender("bond0") as sock:
                    for _ in range(1000):
                        sock.send(frame())
            except OSError:
                time.sleep(0.001)
    finally:
        os._exit(0)


@test("module-unload-with-traffic", init_net=True, limit=240, locks=True)
def unload():
    """rmmod while bonds of each mode have slaves, VLANs, uppers and traffic."""
    for mode in range(4):
        net = Net()
        net.dummies(3)
        net.bond("bond0", ["d0", "d1"], up=True, mode=mode, miimon=10)
        net.bond("bond1", ["d2"], mode=mode)
        sh("ip link add link bond0 name bond0.9 type vlan id 9; ip link set bond0.9 up")
        sh("ip netns add side; ip -n side link add d0 type dummy; ip -n side link add bond0 type bond; "
           "ip -n side link set d0 master bond0; ip -n side link set bond0 up")
        pid = traffic()
        time.sleep(0.3)
        sh("rmmod bonding")
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        check(not loaded(), "the module is still there")
        for name in ("bond0", "bond1", "bond0.9"):
            check(not os.path.exists("/sys/class/net/" + name), name + " is still there")
        for name in ("d0", "d1", "d2"):
            check(not os.path.exists("/sys/class/net/%s/master" % name), name + " is still enslaved")
            equal(sh("ip link show %s" % name).split("<")[1].split(">")[0], "BROADCAST,NOARP", "flags of " + name)
        check(not os.path.exists("/proc/net/bonding"), "/proc/net/bonding is still there")
        check(not os.path.exists("/sys/class/net/bonding_masters"), "bonding_masters is still there")
        sh("ip netns del side")
        sh("modprobe bonding max_bonds=%d" % mode)
        equal(len([name for name in os.listdir("/sys/class/net") if name.startswith("bond") and
                   name != "bonding_masters"]), mode, "bonds made at load")
        for name in ("d0", "d1", "d2"):
            net.delete(name)
        sh("rmmod bonding && modprobe bonding max_bonds=0")


@test("load-unload-often", init_net=True)
def often():
    sh("rmmod bonding")
    for turn in range(8):
        sh("modprobe bonding max_bonds=3")
        sh("ip link add dd type dummy; ip link set dd master bond1; ip link set bond1 up")
        if turn & 1:
            sh("ip link del dd")
        sh("rmmod bonding")
        sh("ip link del dd", may_fail=True)
    sh("modprobe bonding max_bonds=0")
