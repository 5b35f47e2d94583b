# SPDX-License-Identifier: GPL-2.0
"""What slaves do in the place of the bond: IPsec, time stamps; and what is asked of bonds by the kernel."""

import os
import re
import socket
import subprocess
import tempfile
import time

from lib.harness import check, equal, sh, test, wait
from lib.net import KernelLog, Net, drain, must_set, read_text, shown, tap
from own.debugfs import mount
from own.rtnl_held import carrier, given_back, hold

SECRET = b"nobody may read this"
HERE, THERE = "192.0.2.1", "192.0.2.2"
KEY = "0x3132333435363738393031323334353664636261"


class Simulated:
    """Two simulated devices that do IPsec, while it lasts."""

    def __enter__(self):
        sh("modprobe netdevsim")
        self.debugfs = os.path.dirname(mount())
        with open("/sys/bus/netdevsim/new_device", "w", encoding="ascii") as knob:
            knob.write("7 2")
        self.names = sorted(os.listdir("/sys/bus/netdevsim/devices/netdevsim7/net"))
        return self

    def __exit__(self, *_):
        with open("/sys/bus/netdevsim/del_device", "w", encoding="ascii") as knob:
            knob.write("7")

    def table(self, place):
        """What a device says of its SAs."""
        with open("%s/netdevsim/netdevsim7/ports/%d/ipsec" % (self.debugfs, place), encoding="ascii") as file:
            return file.read()

    def count(self, place):
        return int(re.search(r"SA count=(\d+)", self.table(place)).group(1))


def bond_over(net, names):
    net.bond("bond0", names, up=True, mode=1, miimon=50)
    sh("ip addr add %s/24 dev bond0" % HERE)
    sh("ip neigh add %s dev bond0 lladdr 02:00:00:00:77:01" % THERE)
    wait(lambda: shown("bond0", "active_slave") in names, "an active slave")


def add_sa(spi, way="out", may_fail=False):
    one, other = (HERE, THERE) if way == "out" else (THERE, HERE)
    return sh("ip xfrm state add proto esp src %s dst %s spi %d mode transport reqid 42 aead 'rfc4106(gcm(aes))' %s 128 "
              "sel src %s/24 dst %s/24 offload dev bond0 dir %s" % (one, other, spi, KEY, one, other, way), may_fail)


def encrypt():
    """What is sent to the other side is encrypted by the bond's slave."""
    sh("ip xfrm policy add dir out src %s/24 dst %s/24 tmpl proto esp src %s dst %s spi 9 mode transport reqid 42" %
       (HERE, THERE, HERE, THERE))
    add_sa(9)


def say(times=1):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for _ in range(times):
            try:
                sock.sendto(SECRET, (THERE, 4000))
            except OSError:
                pass


def readable(frames):
    return sum(SECRET in frame for _, frame in frames)


@test("ipsec-nothing-readable-leaves-by-another-slave", netdevsim=True)
def plaintext():
    """RTNL is held, the active slave is lost: its keys are not with the new one yet."""
    with Simulated() as devices:
        net = Net()
        bond_over(net, devices.names)
        encrypt()
        first = shown("bond0", "active_slave")
        other = next(name for name in devices.names if name != first)
        place = {name: n for n, name in enumerate(devices.names)}
        equal([devices.count(place[first]), devices.count(place[other])], [1, 0], "the SA is with the active slave")
        before, after = tap(first, 3), tap(other, 3)
        say(10)
        equal(readable(drain(before)), 10, "frames that the device is to encrypt")
        hold(3.0)
        lost = carrier(first, 0)
        seen = 0
        while time.monotonic() - lost < 2.0:
            say()
            seen += readable(drain(after))
            time.sleep(0.005)
        equal(seen, 0, "frames in the clear by a slave without the keys")
        switched = shown("bond0", "active_slave")
        given_back()
        wait(lambda: shown("bond0", "active_slave") == other, "failover")
        wait(lambda: devices.count(place[other]) == 1, "the SA follows")
        equal(devices.count(place[first]), 0, "the SA is gone from the old slave")
        drain(after)
        say(10)
        wait(lambda: readable(drain(after)) > 0, "the new slave encrypts")
        print("# active while RTNL was held: %s of %s" % (switched, devices.names))
        sh("ip xfrm state flush; ip xfrm policy flush")
        equal(devices.count(place[other]), 0, "SAs after the flush")


@test("ipsec-slave-that-cannot", netdevsim=True)
def without():
    """A slave without IPsec takes over: software encrypts."""
    with Simulated() as devices:
        net = Net()
        net.dummies(1)
        bond_over(net, [devices.names[0], "d0"])
        encrypt()
        equal(devices.count(0), 1, "the SA")
        after = tap("d0", 3)
        must_set("bond0", "active_slave", "d0")
        equal(devices.count(0), 0, "the SA is gone from the old slave")
        say(10)
        frames = [item for item in drain(after) if item[1][12:14] == b"\x08\x00"]
        check(len(frames) >= 10 and not readable(frames), "%d frames, %d readable" % (len(frames), readable(frames)))
        must_set("bond0", "active_slave", devices.names[0])
        equal(devices.count(0), 1, "the SA is back")
        net.master(devices.names[0], None)
        equal(devices.count(0), 0, "SAs of a device that left")
        sh("ip xfrm state flush; ip xfrm policy flush")


@test("d16-many-sas-move-and-go", netdevsim=True)
def many():
    """As many SAs as the simulated device takes: moved, deleted in another order, and gone with the bond."""
    with Simulated() as devices:
        net = Net()
        bond_over(net, devices.names)
        first = devices.names.index(shown("bond0", "active_slave"))
        for spi in range(100, 130):
            add_sa(spi, "out" if spi % 2 else "in")
        equal([devices.count(first), devices.count(1 - first)], [30, 0], "SAs")
        for _ in range(3):
            must_set("bond0", "active_slave", devices.names[1 - first])
            equal([devices.count(first), devices.count(1 - first)], [0, 30], "SAs after a failover")
            must_set("bond0", "active_slave", devices.names[first])
            equal([devices.count(first), devices.count(1 - first)], [30, 0], "SAs after a failover back")
        for spi in range(129, 99, -3):
            one, other = (HERE, THERE) if spi % 2 else (THERE, HERE)
            sh("ip xfrm state delete proto esp src %s dst %s spi %d" % (one, other, spi))
        equal(devices.count(first), 20, "SAs after some were deleted")
        must_set("bond0", "active_slave", devices.names[1 - first])
        equal([devices.count(first), devices.count(1 - first)], [0, 20], "SAs after one more failover")
        net.delete("bond0")
        equal([devices.count(0), devices.count(1)], [0, 0], "SAs after the bond")
        equal(sh("ip xfrm state count").split()[-1], "0", "states left")


def held():
    """(what they have, what they have keys of): SAs of the devices that take any number."""
    text = read_text("/sys/module/refuser/parameters/held")
    return tuple(int(re.search(what + r"=(-?\d+)", text).group(1)) for what in ("sas", "keys"))


def took(action, predicate=lambda: True):
    """The seconds until what an action brings is so."""
    start = time.monotonic()
    action()
    wait(predicate, "the SAs")
    return time.monotonic() - start


@test("d16-failover-and-deletion-are-linear", full=True, netdevsim=True)
def linear():
    """Five times the SAs take about five times as long to move and to go, not twenty-five times."""
    net = Net()
    for name in ("r0", "r1"):
        net.create(name, "refuser")
    bond_over(net, ["r0", "r1"])
    seconds = {}
    for count in (100, 500):
        add = ("xfrm state add proto esp src %s dst %s spi %%d mode transport reqid 42 aead 'rfc4106(gcm(aes))' %s 128 "
               "offload dev bond0 dir out" % (HERE, THERE, KEY))
        with tempfile.NamedTemporaryFile("w", encoding="ascii") as batch:
            batch.write("".join(add % (1000 + spi) + "\n" for spi in range(count)))
            batch.flush()
            sh("ip -batch " + batch.name)
        equal(held(), (count, count), "SAs")
        moves = [took(lambda name=name: must_set("bond0", "active_slave", name)) for name in ("r1", "r0") * 3]
        equal(held(), (count, count), "SAs after failovers")
        gone = took(lambda: sh("ip xfrm state flush"), lambda: held() == (0, 0))
        seconds[count] = min(moves), gone
    print("# milliseconds, failover and deletion:",
          {count: "%.1f %.1f" % (1000 * move, 1000 * gone) for count, (move, gone) in seconds.items()})
    for place, what in enumerate(("failover", "deletion")):
        ratio = seconds[500][place] / seconds[100][place]
        check(ratio < 12, "%s of 500 SAs takes %.1f times as long as of 100" % (what, ratio))
    net.delete("bond0")
    for name in ("r0", "r1"):
        net.delete(name)


@test("ipsec-refused-by-the-next-slave", full=True, netdevsim=True)
def refused_by_next():
    """An SA that the new active slave refuses is on none, and comes back with the slave that takes it."""
    net = Net()
    for name in ("r0", "r1"):
        net.create(name, "refuser")
    bond_over(net, ["r0", "r1"])
    for spi in (9, 10, 11):
        add_sa(spi)
    sh("echo sa 1 > /sys/module/refuser/parameters/refuse")
    must_set("bond0", "active_slave", "r1")
    equal(held(), (1, 1), "SAs that the new slave took")
    sh("echo none > /sys/module/refuser/parameters/refuse")
    must_set("bond0", "active_slave", "r0")
    equal(held(), (3, 3), "SAs of the slave that takes them")
    sh("ip xfrm state flush")
    wait(lambda: held() == (0, 0), "SAs gone")
    net.delete("bond0")
    for name in ("r0", "r1"):
        net.delete(name)


@test("ipsec-refused", locks=True)
def refused():
    net = Net()
    net.dummies(1)
    net.bond("bond0", up=True, mode=1)
    sh("ip addr add %s/24 dev bond0" % HERE)

    def answer():
        done = subprocess.run(
            ["ip", "xfrm", "state", "add", "proto", "esp", "src", HERE, "dst", THERE, "spi", "9", "mode", "transport",
             "aead", "rfc4106(gcm(aes))", KEY, "128", "offload", "dev", "bond0", "dir", "out"],
            capture_output=True, text=True, check=False)
        return done.stderr

    check("Device failed to offload this state" in answer(), "without a slave: " + answer())
    net.master("d0", "bond0")
    wait(lambda: shown("bond0", "active_slave") == "d0", "an active slave")
    check("Slave does not support ipsec offload" in answer(), "a slave without IPsec: " + answer())


@test("hwtstamp-by-the-active-slave")
def stamps():
    """What the bond says of its time stamps is what the active slave says."""
    net = Net()
    net.veths(2)

    def said(device):
        return sh("ethtool -T " + device).split("\n", 1)[1]

    net.bond("bond0", ["v0", "v1"], up=True, mode=1, miimon=50)
    wait(lambda: shown("bond0", "active_slave") == "v0", "an active slave")
    equal(said("bond0"), said("v0"), "active-backup")
    net.delete("bond0")
    net.bond("bond1", ["v0", "v1"], up=True, mode=0)
    check("software-transmit" in said("bond1"), "both slaves stamp by software: " + said("bond1"))


@test("f4_an_mtu_changed_behind_the_bond_is_told")
def behind():
    net = Net()
    net.dummies(1)
    net.bond("bond0", ["d0"], up=True, mode=1)
    log = KernelLog()

    def told():
        """How many lines since the last time say so."""
        return sum("(slave d0): MTU was changed to" in line for line in log.lines())

    sh("ip link set bond0 mtu 1400; ip link set bond0 mtu 1500")
    equal(told(), 0, "lines for the bond's own change")
    sh("ip link set d0 mtu 1300")
    equal(told(), 1, "lines for a change behind the bond")
    sh("ip link set d0 mtu 1500")
    equal(told(), 0, "lines for a change back")
