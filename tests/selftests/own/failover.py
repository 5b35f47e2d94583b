# SPDX-License-Identifier: GPL-2.0
"""Link monitoring by miimon: delays, failover, primary and priorities."""

import time

from lib.harness import check, equal, sh, test, wait
from lib.net import Net, drain, frame, must_set, option, sender, shown, slave_is, tap

# A guest under emulation is late at times: upper bounds are wide, lower bounds are exact.
LATE = 8.0


def two(mode=1, **options):
    net = Net()
    net.veths(3)
    net.bond("bond0", ["v0", "v1"], up=True, mode=mode, miimon=50, **options)
    for name in ("v0", "v1"):
        wait(lambda name=name: slave_is(name, "up"), name + " up")
    return net


def active():
    return shown("bond0", "active_slave")


@test("failover-at-once", locks=True)
def at_once():
    net = two()
    equal(active(), "v0", "first active slave")
    net.down("p0")
    took = wait(lambda: active() == "v1", "failover", LATE)
    check(slave_is("v0", "down"), "v0 is not shown down")
    check(took < LATE, "failover after %.2f s" % took)
    net.up("p0")
    wait(lambda: slave_is("v0", "up"), "v0 up again")
    equal(active(), "v1", "no way back without a primary")


@test("downdelay")
def downdelay():
    net = two()
    must_set("bond0", "downdelay", "600")
    start = time.monotonic()
    net.down("p0")
    wait(lambda: slave_is("v0", "going down"), "going down", LATE)
    equal(active(), "v0", "active slave while it goes down")
    wait(lambda: slave_is("v0", "down"), "down", LATE)
    took = time.monotonic() - start
    check(0.55 <= took <= LATE, "down after %.3f s, downdelay is 0.6 s" % took)
    equal(active(), "v1", "active slave")


@test("downdelay-link-comes-back")
def downdelay_back():
    net = two()
    must_set("bond0", "downdelay", "5000")
    net.down("p0")
    wait(lambda: slave_is("v0", "going down"), "going down", LATE)
    net.up("p0")
    wait(lambda: slave_is("v0", "up"), "up", LATE)
    equal(active(), "v0", "active slave")
    check("Link Failure Count: 0" in sh("cat /proc/net/bonding/bond0"), "a failure was counted")


@test("updelay")
def updelay():
    net = two()
    must_set("bond0", "updelay", "600")
    must_set("bond0", "primary", "v0")
    net.down("p0")
    wait(lambda: active() == "v1", "failover", LATE)
    start = time.monotonic()
    net.up("p0")
    wait(lambda: slave_is("v0", "going back"), "going back", LATE)
    equal(active(), "v1", "active slave while the primary comes back")
    wait(lambda: slave_is("v0", "up"), "up", LATE)
    took = time.monotonic() - start
    check(0.55 <= took <= LATE, "up after %.3f s, updelay is 0.6 s" % took)
    wait(lambda: active() == "v0", "back to the primary", LATE)


@test("updelay-ignored-when-none-is-left")
def updelay_ignored():
    net = two()
    must_set("bond0", "updelay", "60000")
    net.down("p0")
    net.down("p1")
    wait(lambda: active() == "", "no active slave", LATE)
    wait(lambda: shown("bond0", "mii_status") == "down", "the bond's own link", LATE)
    net.up("p1")
    wait(lambda: active() == "v1", "first link back", LATE)
    wait(lambda: shown("bond0", "mii_status") == "up", "the bond's own link", LATE)


@test("primary-reselect")
def reselect():
    for policy, back in (("always", "v0"), ("better", "v1"), ("failure", "v1")):
        net = two()
        must_set("bond0", "primary", "v0")
        must_set("bond0", "primary_reselect", policy)
        net.down("p0")
        wait(lambda: active() == "v1", "failover", LATE)
        net.up("p0")
        wait(lambda: slave_is("v0", "up"), "primary up", LATE)
        if back == "v0":
            wait(lambda: active() == "v0", "back to the primary", LATE)
        equal(active(), back, "primary_reselect=%s" % policy)
        net.down("p1")
        wait(lambda: active() == "v0", "failover to the primary", LATE)
        net.delete("bond0")
        for place in range(3):
            net.delete("v%d" % place)


@test("priorities", locks=True)
def priorities():
    net = two()
    net.master("v2", "bond0")
    wait(lambda: slave_is("v2", "up"), "v2 up", LATE)
    sh("ip link set v1 type bond_slave prio 5; ip link set v2 type bond_slave prio 9")
    wait(lambda: active() == "v2", "highest priority", LATE)
    net.down("p2")
    wait(lambda: active() == "v1", "next priority", LATE)
    net.down("p1")
    wait(lambda: active() == "v0", "last", LATE)
    net.up("p1")
    wait(lambda: active() == "v1", "higher one is back", LATE)
    net.up("p2")
    wait(lambda: active() == "v2", "highest is back", LATE)


@test("active-slave-by-hand", locks=True)
def by_hand():
    net = two()
    must_set("bond0", "active_slave", "v1")
    equal(active(), "v1", "active slave")
    equal(option("bond0", "active_slave", "v2"), "EINVAL", "a device that is no slave")
    net.down("p0")
    wait(lambda: slave_is("v0", "down"), "v0 down", LATE)
    equal(option("bond0", "active_slave", "v0"), "EINVAL", "a slave that is down")
    equal(active(), "v1", "active slave")


@test("traffic-follows")
def traffic():
    """After the failover frames leave by the new slave, and only there."""
    net = two()
    peers = [tap("p0"), tap("p1")]
    with sender("bond0") as sock:
        sock.send(frame())
        equal([len(drain(peer)) for peer in peers], [1, 0], "frames before")
        net.down("p0")
        wait(lambda: active() == "v1", "failover", LATE)
        for _ in range(5):
            sock.send(frame())
    equal(len(drain(peers[1])), 5, "frames after")


@test("down-links-are-avoided")
def avoided():
    """balance-rr, balance-xor and broadcast send nothing to a slave whose link is down."""
    for mode in (0, 2, 3):
        net = two(mode)
        peers = [tap("p0"), tap("p1")]
        net.down("p0")
        wait(lambda: slave_is("v0", "down"), "v0 down", LATE)
        for peer in peers:
            try:
                drain(peer)
            except OSError:
                pass  # the peer was taken down
        with sender("bond0") as sock:
            for place in range(20):
                sock.send(frame(destination="02:00:00:00:ee:%02x" % place))
        equal(len(drain(peers[1])), 20, "mode %d: frames by the other slave" % mode)
        for peer in peers:
            peer.close()
        net.delete("bond0")
        for place in range(3):
            net.delete("v%d" % place)


@test("bond-carrier")
def carrier():
    """The bond has carrier as long as one slave has."""
    for mode in range(4):
        net = two(mode)
        net.down("p0")
        wait(lambda: slave_is("v0", "down"), "v0 down", LATE)
        equal(shown("bond0", "mii_status"), "up", "mode %d: one link left" % mode)
        net.down("p1")
        wait(lambda: shown("bond0", "mii_status") == "down", "no link left", LATE)
        net.up("p0")
        wait(lambda: shown("bond0", "mii_status") == "up", "one link back", LATE)
        net.delete("bond0")
        for place in range(3):
            net.delete("v%d" % place)
