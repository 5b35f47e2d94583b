# SPDX-License-Identifier: GPL-2.0
"""Which received frames reach the bond, which only those who listen on the slave itself."""

from lib.harness import equal, test
from lib.net import Net, drain, frame, must_set, sender, tap

LINK_LOCAL = "01:80:c2:00:00:0e"
BROADCAST = "ff:ff:ff:ff:ff:ff"
MULTICAST = "01:00:5e:01:02:03"
BOND = "02:00:00:02:00:00"  # address of v0, the first slave


def received(peer, destination, device):
    """Frames (0 or 1 each) that reach listeners on the bond and on the slave."""
    listeners = [tap("bond0"), tap(device)]
    with sender(peer) as sock:
        sock.send(frame(destination=destination))
    got = tuple(len(drain(listener)) for listener in listeners)
    for listener in listeners:
        listener.close()
    return got


def build(mode, **options):
    net = Net()
    net.veths(2)
    net.bond("bond0", ["v0", "v1"], up=True, mode=mode, **options)
    return net


@test("rx-active-slave")
def active():
    """From an active slave all goes to the bond; who listens on the slave sees it too."""
    for mode in range(4):
        net = build(mode)
        for destination in (BOND, BROADCAST, MULTICAST, LINK_LOCAL):
            equal(received("p0", destination, "v0"), (1, 1), "mode %d to %s" % (mode, destination))
        net.delete("bond0")
        net.delete("v0")
        net.delete("v1")


@test("rx-backup-slave")
def backup():
    """Duplicates from a backup slave do not reach the bond; who listens on the slave sees them."""
    net = build(1)
    for destination in (BOND, BROADCAST, MULTICAST, LINK_LOCAL):
        equal(received("p1", destination, "v1"), (0, 1), "to %s" % destination)
    must_set("bond0", "active_slave", "v1")
    equal(received("p1", BROADCAST, "v1"), (1, 1), "after the failover, new active")
    equal(received("p0", BROADCAST, "v0"), (0, 1), "after the failover, new backup")
    net.delete("bond0")


@test("rx-all-slaves-active")
def all_active():
    build(1)
    equal(received("p1", BROADCAST, "v1"), (0, 1), "off")
    must_set("bond0", "all_slaves_active", "1")
    equal(received("p1", BROADCAST, "v1"), (1, 1), "on")
    equal(received("p1", LINK_LOCAL, "v1"), (1, 1), "on, link-local")
    must_set("bond0", "all_slaves_active", "0")
    equal(received("p1", BROADCAST, "v1"), (0, 1), "off again")


@test("rx-other-modes")
def others():
    """balance-rr, balance-xor and broadcast have no backup slaves."""
    for mode in (0, 2, 3):
        net = build(mode)
        for peer, slave in (("p0", "v0"), ("p1", "v1")):
            for destination in (BOND, BROADCAST, MULTICAST):
                equal(received(peer, destination, slave), (1, 1), "mode %d %s %s" % (mode, peer, destination))
        net.delete("bond0")
        net.delete("v0")
        net.delete("v1")


@test("rx-after-release")
def released():
    """A released device keeps its frames."""
    net = build(1)
    net.master("v0", None)
    net.up("v0")
    listeners = [tap("bond0"), tap("v0")]
    with sender("p0") as sock:
        sock.send(frame(destination=BROADCAST))
    equal([len(drain(listener)) for listener in listeners], [0, 1], "frames")


@test("rx-through-a-bond-of-bonds", locks=True)
def stack():
    """Two levels: the frame is seen on each, once."""
    net = Net()
    net.veths(1)
    net.bond("bond0", ["v0"], mode=1)
    net.bond("outer", ["bond0"], up=True, mode=1)
    listeners = [tap(device, 3) for device in ("outer", "bond0", "v0")]
    with sender("p0") as sock:
        for _ in range(20):
            sock.send(frame(destination=BROADCAST))
    equal([len([1 for _, data in drain(listener) if data[12:14] == b"\x88\xb5"]) for listener in listeners],
          [20, 20, 20], "frames")


@test("rx-short-and-odd-frames")
def odd():
    """Whatever comes in, nothing breaks."""
    net = Net()
    net.veths(2)
    for mode in range(4):
        net.bond("bond0", ["v0", "v1"], up=True, mode=mode)
        with sender("p0") as sock:
            for size in range(14, 80):
                for kind in (0x8809, 0x0806, 0x86DD, 0x0800, 0x8100, 0x9000, 0x0000):
                    sock.send((frame(destination=BROADCAST, kind=kind, size=14) + bytes(80))[:size])
        net.delete("bond0")
