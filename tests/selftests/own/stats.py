# SPDX-License-Identifier: GPL-2.0
"""The bond's counters lose nothing when slaves come and go."""

from lib.harness import check, equal, test
from lib.net import Net, counter, drain, frame, must_set, pin, sender, tap

SIZE = 100


def totals():
    return tuple(counter("bond0", what) for what in ("tx_packets", "tx_bytes", "rx_packets", "rx_bytes"))


def send(device, count, **options):
    with sender(device) as sock:
        for _ in range(count):
            sock.send(frame(size=SIZE, **options))


@test("stats-across-release", locks=True)
def across_release():
    """Sent and received bytes stay with the bond when the slave that carried them leaves."""
    pin()
    for mode in range(3):
        net = Net()
        net.veths(3)
        net.bond("bond0", ["v0", "v1"], up=True, mode=mode)
        start = totals()
        sent = received = 0
        for turn, slave in enumerate(("v0", "v1", "v0", "v1", "v2")):
            send("bond0", 10)
            sent += 10
            send("p0", 5)
            received += 5 if turn in (0, 2, 4) or mode != 1 else 0
            net.master(slave, None)
            now = totals()
            equal(now[0] - start[0], sent, "mode %d turn %d: tx_packets" % (mode, turn))
            equal(now[1] - start[1], sent * SIZE, "mode %d turn %d: tx_bytes" % (mode, turn))
            net.master(slave, "bond0")
            equal(totals()[:2], now[:2], "mode %d turn %d: after enslaving again" % (mode, turn))
            if turn == 2:
                net.master("v2", "bond0")
        net.delete("bond0")
        for place in range(3):
            net.delete("v%d" % place)


@test("stats-of-a-used-device")
def used():
    """What a device counted before it was enslaved is not the bond's."""
    net = Net()
    net.dummies(2)
    net.up("d0")
    send("d0", 50)
    net.down("d0")
    net.bond("bond0", ["d0"], up=True, mode=1)
    equal(totals(), (0, 0, 0, 0), "a bond that has carried nothing")
    send("bond0", 7)
    equal(totals()[:2], (7, 7 * SIZE), "after seven frames")
    net.master("d0", None)
    equal(totals()[:2], (7, 7 * SIZE), "after the release")
    net.up("d0")
    send("d0", 5)
    net.down("d0")
    net.master("d0", "bond0")
    equal(totals()[:2], (7, 7 * SIZE), "after use on its own")
    net.delete("d0")
    equal(totals()[:2], (7, 7 * SIZE), "after the slave was deleted")


@test("stats-received")
def received():
    """Frames for the bond are counted once, by slave and bond."""
    net = Net()
    net.veths(2)
    net.bond("bond0", ["v0", "v1"], up=True, mode=0)
    start = totals()
    listener = tap("bond0")
    for peer in ("p0", "p1"):
        send(peer, 10)
    equal(len(drain(listener)), 20, "frames delivered on the bond")
    now = totals()
    equal(now[2] - start[2], 20, "rx_packets")
    equal(now[3] - start[3], 20 * (SIZE - 14 if counter("v0", "rx_bytes") % SIZE else SIZE), "rx_bytes")


@test("stats-dropped")
def dropped():
    """A bond without a usable slave counts what it drops."""
    net = Net()
    net.dummies(1)
    for mode in range(4):
        net.bond("bond0", up=True, mode=mode)
        before = counter("bond0", "tx_dropped")
        try:
            send("bond0", 9)
        except OSError:
            pass  # a bond without carrier may refuse at the socket
        after = counter("bond0", "tx_dropped")
        check(after - before in (0, 9), "mode %d: tx_dropped %d" % (mode, after - before))
        net.master("d0", "bond0")
        must_set("bond0", "slaves", "-d0")
        net.delete("bond0")
