# SPDX-License-Identifier: GPL-2.0
"""balance-tlb and balance-alb on transmit: who sends what, by whose address."""

import collections
import fcntl
import os
import re
import struct
import time

from lib.harness import check, equal, sh, test, wait
from lib.net import Net, counter, drain, frame, must_set, proc, sender, shown, slave_is, tap

OUTGOING = 4
PEER = "02:00:00:00:ee:01"


def checksum(header):
    """The checksum of an IPv4 header."""
    total = sum(struct.unpack("!%dH" % (len(header) // 2), header))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def udp(flow, source, to="198.51.100.2", mac=PEER, size=60):
    """A UDP frame of one of many flows, which differ in ports."""
    payload = struct.pack("!HHHH", 1024 + flow, 9, 8 + size - 42, 0) + bytes(size - 42)
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, 0, 64, 17, 0,
                         bytes([192, 0, 2, 1]), bytes(int(part) for part in to.split(".")))
    header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    return frame(mac, source, 0x0800, header + payload, size)


def address(device):
    """The address that a device sends by."""
    with open("/sys/class/net/%s/address" % device, encoding="ascii") as shows:
        return shows.read().strip()


def taps(speeds):
    """Tap devices with speeds in Mbit/s; they are there for as long as the files are open."""
    files = []
    for place, speed in enumerate(speeds):
        fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(fd, 0x400454CA, struct.pack("16sH22x", b"t%d" % place, 0x1002))  # TUNSETIFF, IFF_TAP | IFF_NO_PI
        sh("ip link set t%d address 02:00:00:00:01:%02x && ethtool -s t%d speed %d duplex full autoneg off"
           % (place, place, place, speed))
        files.append(fd)
    return files


def received(fd):
    """How many frames of IPv4 wait in a tap device's file."""
    frames = 0
    try:
        while True:
            frames += os.read(fd, 2048)[12:14] == b"\x08\0"
    except BlockingIOError:
        return frames


def spread(flows, slaves, size=60, dev="bond0"):
    """Sends one frame of each flow; how many each slave sent."""
    before = [counter(name) for name in slaves]
    source = address(dev)
    with sender(dev) as sock:
        for flow in range(flows):
            sock.send(udp(flow, source, size=size))
    return [counter(name) - start for name, start in zip(slaves, before)]


def tlb(net, slaves, **options):
    net.bond("bond0", slaves, up=True, mode=5, miimon=50, lp_interval=3600, **options)
    for name in slaves:
        wait(lambda name=name: slave_is(name, "up"), name + " up")
    must_set("bond0", "xmit_hash_policy", "layer3+4")


@test("b1-fast-slaves-send-more")
def fast():
    files = taps([25000, 1000])
    tlb(Net(), ["t0", "t1"])
    for fd in files:
        received(fd)
    spread(200, ["t0", "t1"])
    quick, slow = (received(fd) for fd in files)
    equal(quick + slow, 200, "frames")
    check(4 <= slow <= 12, "of 200 flows %d by the 1G slave beside one of 25G" % slow)
    for fd in files:
        os.close(fd)


@test("b2-new-flows-are-spread-at-once")
def at_once():
    net = Net()
    net.dummies(2)
    tlb(net, ["d0", "d1"])
    one, other = spread(256, ["d0", "d1"])
    equal(one + other, 256, "frames")
    check(abs(one - other) <= 32, "256 new flows: %d and %d" % (one, other))


@test("tlb-a-flow-stays-with-its-slave")
def stays():
    net = Net()
    net.dummies(3)
    tlb(net, ["d0", "d1", "d2"])
    spread(200, ["d0", "d1", "d2"])
    first = spread(200, ["d0", "d1", "d2"])
    equal(spread(200, ["d0", "d1", "d2"]), first, "frames by slave the next time")


@test("tlb-the-source-is-the-senders")
def source():
    net = Net()
    net.dummies(2)
    tlb(net, ["d0", "d1"])
    equal(address("d0"), address("bond0"), "address of the active slave")
    check(address("d1") != address("bond0"), "both slaves have one address")
    watched = {name: tap(name, 0x0003) for name in ("d0", "d1")}
    spread(64, ["d0", "d1"])
    for name, sock in watched.items():
        seen = {data[6:12].hex(":") for kind, data in drain(sock) if kind == OUTGOING and data[12:14] == b"\x08\0"}
        equal(seen, {address(name)}, "sources of %s" % name)


@test("tlb-what-is-not-balanced-goes-through-the-active-slave")
def unbalanced():
    net = Net()
    net.dummies(2)
    tlb(net, ["d0", "d1"])
    equal(shown("bond0", "active_slave"), "d0", "active slave")
    before = counter("d1")
    with sender("bond0") as sock:
        for flow in range(64):
            sock.send(udp(flow, address("bond0"), mac="01:00:5e:00:00:%02x" % flow))
            sock.send(frame(PEER, address("bond0")))
    equal(counter("d1") - before, 0, "frames of the other slave")


@test("tlb-static-goes-by-the-hash")
def static():
    net = Net()
    net.dummies(2)
    tlb(net, ["d0", "d1"], tlb_dynamic_lb=0)
    one, other = spread(256, ["d0", "d1"])
    equal(one + other, 256, "frames")
    check(min(one, other) >= 100, "256 flows: %d and %d" % (one, other))


@test("tlb-failover-of-the-slave-with-the-bonds-address", locks=True)
def failover():
    net = Net()
    net.veths(2)
    tlb(net, ["v0", "v1"])
    own = {name: address(name) for name in ("v0", "v1")}
    equal(own["v0"], address("bond0"), "address of the active slave")
    spread(64, ["v0", "v1"])
    net.down("p0")
    wait(lambda: shown("bond0", "active_slave") == "v1", "failover")
    wait(lambda: (address("v0"), address("v1")) == (own["v1"], own["v0"]), "addresses to be swapped")
    lost, takes_over = spread(64, ["v0", "v1"])
    # A learning frame of the failover may be among them.
    check(lost == 0 and 64 <= takes_over <= 66, "frames by slave: %d and %d" % (lost, takes_over))
    net.up("p0")
    wait(lambda: slave_is("v0", "up"), "v0 up")
    one, other = spread(256, ["v0", "v1"])
    check(one >= 64 and other >= 64, "flows are not spread again: %d and %d" % (one, other))
    net.master("v1", None)
    equal(shown("bond0", "active_slave"), "v0", "active slave")
    equal(address("v0"), address("bond0"), "address of the active slave")
    equal(address("v1"), own["v1"], "address of the released slave")


@test("tlb-learning-frames")
def learning():
    net = Net()
    net.dummies(2)
    net.bond("bond0", ["d0", "d1"], up=True, mode=5, miimon=50)
    sh("ip link add link bond0 name q type vlan id 7 && ip link set q up")
    sh("ip link add link bond0 name s9 type vlan protocol 802.1ad id 9 && ip link set s9 up && "
       "ip link set s9 address 02:00:00:00:09:09")
    watched = {name: tap(name, 0x0003) for name in ("d0", "d1")}
    time.sleep(2.5)
    for name, sock in watched.items():
        seen = [data for kind, data in drain(sock) if kind == OUTGOING]
        own = bytes.fromhex(address(name).replace(":", ""))
        for what, wanted in (("untagged", own * 2 + b"\x90\0"),
                             ("802.1Q", own * 2 + b"\x81\0\0\7\x90\0"),
                             ("802.1ad", bytes.fromhex("020000000909") * 2 + b"\x88\xa8\0\x09\x90\0")):
            check(any(data.startswith(wanted) for data in seen), "%s: no %s learning frame" % (name, what))


@test("d15-slaves-that-are-down-teach-nobody")
def down():
    net = Net()
    net.veths(2)
    net.bond("bond0", ["v0", "v1"], up=True, mode=5, miimon=50)
    net.down("p1")
    wait(lambda: slave_is("v1", "down"), "v1 down")
    dropped = counter("v1", "tx_dropped")
    time.sleep(2.5)
    equal(counter("v1", "tx_dropped") - dropped, 0, "frames that v1 could not send")


@test("a6-asked-while-it-is-down")
def asked():
    """RDMA asks a bond over which slave it sends, whether or not it is open."""
    net = Net()
    net.dummies(2)
    net.bond("bond0", ["d0", "d1"], mode=5)
    knob = "/sys/module/abi_reader/parameters/ask_down"
    with open(knob, "w", encoding="ascii") as asks:
        asks.write("1")
    try:
        check("xmit_slave bond0 none" in sh("cat /proc/bond_abi"), "a bond that was never open names a slave")
        net.up("bond0")
        check("xmit_slave bond0 d" in sh("cat /proc/bond_abi"), "an open bond names no slave")
        net.down("bond0")
        check("xmit_slave bond0 none" in sh("cat /proc/bond_abi"), "a closed bond names a slave")
    finally:
        with open(knob, "w", encoding="ascii") as asks:
            asks.write("0")


def locks_of(action):
    """The spinlocks that this process takes meanwhile: {address: times}."""
    tracing = "/sys/kernel/tracing/"
    sh("mount -t tracefs none " + tracing)
    def put(file, text):
        with open(tracing + file, "w", encoding="ascii") as knob:
            knob.write(text)
    put("kprobe_events", "".join("p:locks/%s %s lock=%%di\n" % (name, name) for name in ("_raw_spin_lock", "_raw_spin_lock_bh")))
    try:
        put("buffer_size_kb", "4096")
        put("events/locks/filter", "common_pid == %d" % os.getpid())
        put("events/locks/enable", "1")
        action()
        put("events/locks/enable", "0")
        with open(tracing + "trace", encoding="ascii") as trace:
            # Ticks interrupt it, and take locks of their own: the more of them the slower the machine is.
            return collections.Counter(lock for flags, lock in re.findall(r"\] (\S+) .* lock=(\S+)", trace.read())
                                       if not set(flags) & set("hHzZ"))
    finally:
        put("events/locks/enable", "0")
        put("kprobe_events", "")
        put("trace", "")


@test("d5-no-lock-for-a-flow-that-has-an-owner")
def lockless():
    """RTNL is held by somebody, and no lock is taken for each frame but those that a dummy alone takes, too."""
    net = Net()
    net.dummies(3)
    tlb(net, ["d0", "d1"])
    flows = 256
    spread(flows, ["d0", "d1"])
    net.up("d2")
    alone = locks_of(lambda: spread(flows, ["d2"], dev="d2"))
    holder = "/sys/module/rtnl_holder/parameters/hold_ms"
    with open(holder, "w", encoding="ascii") as knob:
        knob.write("1000")
    sent = []
    locks = locks_of(lambda: sent.extend(spread(flows, ["d0", "d1"])))
    with open(holder, "w", encoding="ascii") as knob:
        knob.write("0")
    equal(sum(sent), flows, "frames while RTNL is held")
    check(sum(locks.values()), "nothing is seen of locks")
    often = {lock: times for lock, times in locks.items() if times >= flows // 2 and lock not in alone}
    equal(often, {}, "locks taken for each frame")
    check(min(sent) > flows // 4, "flows are not spread: %s" % sent)


@test("tlb-open-closed-and-released-under-traffic", limit=300, locks=True)
def churn():
    net = Net()
    net.veths(4)
    tlb(net, ["v0", "v1", "v2"])
    child = os.fork()
    if child == 0:
        with sender("bond0") as sock:
            while True:
                for flow in range(512):
                    try:
                        sock.send(udp(flow, "02:00:00:00:00:07"))
                    except OSError:
                        pass
    for turn in range(8):
        net.down("p%d" % (turn % 3))
        net.master("v3", "bond0")
        net.down("bond0")
        net.up("bond0")
        net.up("p%d" % (turn % 3))
        net.master("v%d" % (turn % 3), None)
        net.master("v%d" % (turn % 3), "bond0")
        net.master("v3", None)
    os.kill(child, 9)
    os.waitpid(child, 0)
    check("Slave Interface: v2" in proc(), "a slave is gone")
