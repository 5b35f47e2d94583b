# SPDX-License-Identifier: GPL-2.0
"""Every frame goes through dev_queue_xmit on the slave: queueing, filters and taps there see it."""

import errno
import re

from lib.harness import check, equal, sh, test
from lib.net import SYS, Net, drain, frame, la, nl, number, pin, sender, tap

OUTGOING = 4
FRAMES = 24


def expected(mode, active):
    """Frames that each of two slaves carries."""
    return {0: (FRAMES // 2,) * 2, 1: (FRAMES, 0) if active == 0 else (0, FRAMES),
            2: (FRAMES // 2,) * 2, 3: (FRAMES,) * 2}[mode]


def send(dropped=False):
    """FRAMES frames, half of them to each value of the hash; the socket may be told of drops."""
    with sender("bond0") as sock:
        for place in range(FRAMES):
            try:
                sock.send(frame(destination="02:00:00:00:ee:%02x" % (place & 1)))
            except OSError as error:
                if not dropped or error.errno != errno.ENOBUFS:
                    raise


def sent(text):
    """Packets in the first `Sent` line of tc's statistics."""
    found = re.search(r"Sent \d+ bytes (\d+) pkt", text)
    return int(found.group(1)) if found else -1


def with_two(mode):
    pin()
    net = Net()
    net.veths(2)
    net.bond("bond0", ["v0", "v1"], up=True, mode=mode)
    return net


@test("qdisc-on-slave")
def qdisc():
    for mode in range(4):
        net = with_two(mode)
        for name in ("v0", "v1"):
            sh("tc qdisc add dev %s root handle 1: pfifo limit 1000" % name)
        send()
        got = tuple(sent(sh("tc -s qdisc show dev %s" % name)) for name in ("v0", "v1"))
        equal(got, expected(mode, 0), "mode %d: frames in the slaves' qdiscs" % mode)
        net.delete("bond0")
        net.delete("v0")
        net.delete("v1")


@test("tc-egress-on-slave")
def egress():
    for mode in range(4):
        net = with_two(mode)
        for name in ("v0", "v1"):
            sh("tc qdisc add dev %s clsact" % name)
            sh("tc filter add dev %s egress protocol 0x88b5 matchall action pass" % name)
        send()
        got = tuple(sent(sh("tc -s filter show dev %s egress" % name)) for name in ("v0", "v1"))
        equal(got, expected(mode, 0), "mode %d: frames in the slaves' egress filters" % mode)
        net.delete("bond0")
        net.delete("v0")
        net.delete("v1")


@test("tc-egress-can-drop")
def egress_drop():
    """A filter on the slave has the last word."""
    for mode in range(4):
        net = with_two(mode)
        peers = [tap("p0"), tap("p1")]
        for name in ("v0", "v1"):
            sh("tc qdisc add dev %s clsact" % name)
            sh("tc filter add dev %s egress protocol 0x88b5 matchall action drop" % name)
        send(dropped=True)
        equal([len(drain(peer)) for peer in peers], [0, 0], "mode %d: frames beyond the filter" % mode)
        net.delete("bond0")
        net.delete("v0")
        net.delete("v1")


@test("tap-on-slave")
def taps():
    for mode in range(4):
        net = with_two(mode)
        listeners = [tap("v0", 3), tap("v1", 3)]
        above = tap("bond0", 3)
        send()
        got = tuple(len([1 for kind, data in drain(sock) if kind == OUTGOING and data[12:14] == b"\x88\xb5"])
                    for sock in listeners)
        equal(got, expected(mode, 0), "mode %d: frames seen by taps on the slaves" % mode)
        seen = len([1 for kind, data in drain(above) if kind == OUTGOING and data[12:14] == b"\x88\xb5"])
        equal(seen, FRAMES, "mode %d: frames seen by a tap on the bond" % mode)
        for sock in listeners + [above]:
            sock.close()
        net.delete("bond0")
        net.delete("v0")
        net.delete("v1")


@test("xps-on-slave")
def xps():
    """The slave picks its own transmit queue, by its own XPS map."""
    for mode in range(4):
        pin()
        net = Net()
        net.veths(2, queues=4)
        net.bond("bond0", ["v0", "v1"], up=True, mode=mode)
        for name in ("v0", "v1"):
            sh("tc qdisc add dev %s root handle 1: mq" % name)
            sh("echo 1 > %s%s/queues/tx-2/xps_cpus" % (SYS, name))
        send()
        for place, name in enumerate(("v0", "v1")):
            text = sh("tc -s qdisc show dev %s parent 1:3" % name)
            equal(sent(text), expected(mode, 0)[place], "mode %d: frames in queue 2 of %s" % (mode, name))
        net.delete("bond0")
        net.delete("v0")
        net.delete("v1")


@test("a15-queue-is-not-taken-from-stale-bytes", init_net=True)
def stale_queue():
    """Frames through a bond with one queue spread over the slave's by their flow, whatever their control block had."""
    sh("mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug")
    net = Net()
    net.veths(1, queues=4)
    net.create("bond0", "bond", data=[number("MODE", 1)], attrs=[nl.u32(la.IFLA["NUM_TX_QUEUES"], 1)])
    net.master("v0", "bond0")
    net.up("bond0")
    sh("tc qdisc add dev v0 root handle 1: mq")
    sh("echo tx bond0 udp4-stale 256 > /sys/kernel/debug/txgen")
    got = [sent(sh("tc -s qdisc show dev v0 parent 1:%d" % place)) for place in range(1, 5)]
    net.delete("bond0")
    net.delete("v0")
    check(sum(got) >= 256 and all(got), "frames by queue: %r" % got)


@test("netfilter-egress-on-slave")
def netfilter_egress():
    """A chain of the netdev family at the slave's egress hook counts each frame and can drop it."""
    for mode in range(4):
        for verdict in ("accept", "drop"):
            net = with_two(mode)
            peers = [tap("p0"), tap("p1")]
            sh("nft add table netdev slaves")
            for name in ("v0", "v1"):
                sh("nft add chain netdev slaves %s '{ type filter hook egress device %s priority 0; }'" % (name, name))
                sh("nft add rule netdev slaves %s ether type 0x88b5 counter %s" % (name, verdict))
            send(dropped=verdict == "drop")
            counted = tuple(int(re.search(r"counter packets (\d+)", sh("nft list chain netdev slaves " + name)).group(1))
                            for name in ("v0", "v1"))
            equal(counted, expected(mode, 0), "mode %d, %s: frames at the slaves' egress hooks" % (mode, verdict))
            arrived = tuple(len([1 for _, data in drain(peer) if data[12:14] == b"\x88\xb5"]) for peer in peers)
            equal(arrived, expected(mode, 0) if verdict == "accept" else (0, 0),
                  "mode %d, %s: frames that arrived" % (mode, verdict))
            sh("nft delete table netdev slaves")
            for peer in peers:
                peer.close()
            net.delete("bond0")
            net.delete("v0")
            net.delete("v1")


@test("queue-id-on-slave")
def queue_id():
    """A queue number given by skbedit chooses the slave with that queue_id (modes 0 and 1)."""
    for mode in (0, 1):
        net = with_two(mode)
        sh("ip link set v1 type bond_slave queue_id 2")
        sh("tc qdisc add dev bond0 handle 1 root multiq")
        sh("tc filter add dev bond0 parent 1: protocol all matchall action skbedit queue_mapping 2")
        before = sent(sh("tc -s qdisc show dev bond0"))
        listeners = [tap("p0"), tap("p1")]
        send()
        check(before >= 0, "no counter")
        equal([len(drain(sock)) for sock in listeners], [0, FRAMES], "mode %d: frames by slave" % mode)
        net.delete("bond0")
        net.delete("v0")
        net.delete("v1")
