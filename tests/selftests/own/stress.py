# SPDX-License-Identifier: GPL-2.0
"""Everything at once, for some seconds: nothing may break, and the bond works afterwards."""

import os
import random
import signal
import time

from lib.harness import check, equal, sh, test, wait
from lib.net import Net, drain, frame, option, read_text, sender, tap

SECONDS = 8
SEED = 4711


def loop(function):
    """A child that calls the function again and again until it is killed; errors are part of it."""
    pid = os.fork()
    if pid:
        return pid
    try:
        net = Net()
        chance = random.Random(SEED + os.getpid() % 7)
        while True:
            try:
                function(net, chance)
            except Exception:  # noqa: B902  the devices come and go under it
                time.sleep(0.001)
    finally:
        os._exit(0)


def enslave(net, chance):
    name = "v%d" % chance.randrange(4)
    net.master(name, "bond0", may_fail=True)
    net.master(name, None, may_fail=True)


def enslave_sysfs(_, chance):
    name = "v%d" % chance.randrange(4)
    option("bond0", "slaves", chance.choice("+-") + name)


def updown(net, chance):
    name = chance.choice(("bond0", "v0", "v1", "p0", "p1", "p2"))
    net.down(name, may_fail=True)
    net.up(name, may_fail=True)


def options(_, chance):
    name, values = chance.choice((
        ("miimon", "0 1 10 100"), ("updelay", "0 10 100"), ("downdelay", "0 10 100"),
        ("xmit_hash_policy", "0 1 2 3 4 5"), ("primary", "v0 v1 v2"), ("active_slave", "v0 v1 v2 v3"),
        ("primary_reselect", "0 1 2"), ("all_slaves_active", "0 1"), ("packets_per_slave", "0 1 2 7"),
        ("num_grat_arp", "0 1 9"), ("resend_igmp", "0 1 9"), ("min_links", "0 1 2"), ("fail_over_mac", "0 1 2"),
        ("mode", "0 1 2 3"), ("queue_id", "v0:1 v1:2 v0:0")))
    option("bond0", name, chance.choice(values.split()))


def traffic(_, chance):
    with sender("bond0") as sock:
        for _ in range(200):
            sock.send(frame(destination="02:00:00:00:ee:%02x" % chance.randrange(256), size=chance.randrange(14, 1500)))


def incoming(_, chance):
    with sender("p%d" % chance.randrange(4)) as sock:
        for _ in range(200):
            sock.send(frame(destination=chance.choice(("ff:ff:ff:ff:ff:ff", "01:80:c2:00:00:0e")),
                            kind=chance.choice((0x88B5, 0x8809, 0x0806)), size=chance.randrange(14, 200)))


def reading(net, _):
    read_text("/proc/net/bonding/bond0")
    net.observer.snapshot(False)
    sh("ip -s -d link show", may_fail=True)


def uppers(net, chance):
    sh("ip link add link bond0 name bond0.%d type vlan id %d" % ((chance.randrange(1, 5),) * 2), may_fail=True)
    sh("ip link set bond0 mtu %d" % chance.choice((1400, 1500, 9000)), may_fail=True)
    sh("ip link set bond0 promisc %s" % chance.choice(("on", "off")), may_fail=True)
    net.delete("bond0.%d" % chance.randrange(1, 5), may_fail=True)


def storm(mode, functions):
    net = Net()
    net.veths(4)
    net.bond("bond0", ["v0", "v1"], up=True, mode=mode, miimon=10)
    children = [loop(function) for function in functions]
    time.sleep(SECONDS)
    for pid in children:
        os.kill(pid, signal.SIGKILL)
    for pid in children:
        os.waitpid(pid, 0)
    net.delete("bond0")
    for place in range(4):
        check(not os.path.exists("/sys/class/net/v%d/master" % place), "v%d is still enslaved" % place)
        net.down("v%d" % place)
        net.up("p%d" % place)
    net.bond("bond0", ["v0", "v1", "v2", "v3"], up=True, mode=mode, miimon=10)
    wait(lambda: read_text("/proc/net/bonding/bond0").count("MII Status: up") == 5, "all links up")
    listener = tap("p0")
    with sender("bond0") as sock:
        for _ in range(40):
            sock.send(frame(destination="02:00:00:00:ee:%02x" % 0))
    if mode == 3:
        equal(len(drain(listener)), 40, "frames")


for number_of in range(4):
    test("stress-mode-%d" % number_of, limit=120)(
        lambda mode=number_of: storm(mode, (enslave, enslave_sysfs, updown, options, traffic, incoming, reading, uppers)))


@test("stress-create-delete", limit=120, locks=True)
def create_delete():
    """Bonds are made and deleted by netlink and sysfs while others read."""
    Net().dummies(2)

    def make(net, chance):
        name = "b%d" % chance.randrange(3)
        net.create(name, "bond", may_fail=True)
        net.master("d%d" % chance.randrange(2), name, may_fail=True)
        net.delete(name, may_fail=True)

    def masters(_, chance):
        with open("/sys/class/net/bonding_masters", "w", encoding="ascii") as file:
            file.write(chance.choice("+-") + "b%d" % chance.randrange(3))

    def read(net, _):
        for name in os.listdir("/proc/net/bonding"):
            read_text("/proc/net/bonding/" + name)
        net.observer.snapshot(False)
    children = [loop(function) for function in (make, make, masters, read)]
    time.sleep(SECONDS / 2)
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
