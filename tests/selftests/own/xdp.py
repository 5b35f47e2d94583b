# SPDX-License-Identifier: GPL-2.0
"""XDP programs on bonds: they run on all slaves or on none, and frames are sent over the right ones."""

import os
import re
import struct

from lib.harness import check, equal, sh, test, wait
from lib.net import Net, counter, frame, must_set, nl, option, pin, read_text
from parity import bpf

SUPPORTED = (0, 1, 2)


def attach(net, device, program, flags=bpf.DRV_MODE, may_fail=False):
    return net.set(device, bpf.attribute(program, flags), may_fail=may_fail)


def ipv4(size=60, protocol=17):
    """A UDP packet over IPv4 with addresses, no checksums."""
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, size - 14, 0, 0, 64, protocol, 0,
                         bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2]))
    return frame(kind=0x0800, payload=header + struct.pack("!HHHH", 1000, 2000, size - 34, 0), size=size)


def veths(count):
    """Pairs v0/p0 ... of one queue each way, as XDP wants them."""
    for place in range(count):
        sh("ip link add v%d address 02:00:00:00:02:%02x numtxqueues 1 numrxqueues 1 type veth"
           " peer name p%d numtxqueues 1 numrxqueues 1" % (place, place, place))
        sh("ip link set p%d up" % place)
    return ["v%d" % place for place in range(count)]


def targets(net, mode, count=2, **options):
    """A bond over veths whose peers take XDP frames: they run a program that drops them."""
    names = veths(count)
    drop = bpf.load(bpf.returning(bpf.DROP))
    for place in range(count):
        attach(net, "p%d" % place, drop)
    net.bond("bond0", names, up=True, mode=mode, miimon=50, **options)
    wait(lambda: read_text("/sys/class/net/bond0/carrier") == "1\n", "carrier")
    return names


def received(place):
    """Frames that a peer took by XDP."""
    stats = sh("ethtool -S p%d" % place)
    return sum(int(line.split(":")[1]) for line in stats.splitlines()
               if "rx_queue_0_xdp_packets" in line)


@test("xdp-redirect-takes-each-frame-to-its-slave", locks=True)
def redirect():
    net = Net()
    pin()
    for mode in SUPPORTED:
        targets(net, mode, xmit_hash_policy=1)
        program = bpf.load(bpf.scattered(bpf.redirecting(net.index("bond0"))))
        bpf.run(program, ipv4(), times=640)
        wait(lambda: received(0) + received(1) == 640, "640 frames, %d %d" % (received(0), received(1)))
        got = [received(0), received(1)]
        if mode == 0:
            equal(got, [320, 320], "one after the other")
        elif mode == 1:
            equal(got, [640, 0], "the active one")
        else:
            check(min(got) > 200, "by hash: %r" % got)
        os.close(program)
        for device in ("bond0", "v0", "v1"):
            net.delete(device)


@test("xdp-refused-frames-are-given-back", limit=300)
def refused():
    """One slave takes small frames only: of each batch some are refused, and no page is lost."""
    net = Net()
    pin()
    targets(net, 0)
    # What a veth takes is limited by the MTU of its peer.
    sh("ip link set p1 mtu 100")
    program = bpf.load(bpf.redirecting(net.index("bond0")))
    small, large = ipv4(60), ipv4(1000)

    def free():
        lines = dict(line.split(":") for line in read_text("/proc/meminfo").splitlines())
        return int(lines["MemFree"].split()[0])

    for data in (small, large):
        before = (received(0), received(1))
        bpf.run(program, data, times=64)
        wait(lambda: received(0) - before[0] == 32, "the first slave's frames")
        wanted = 32 if data is small else 0
        wait(lambda: received(1) - before[1] == wanted, "the second slave's frames")
    bpf.run(program, large, times=4096)
    start = free()
    bpf.run(program, large, times=65536)
    lost = start - free()
    # Half of the frames were refused: 128 MiB of pages.
    check(lost < 30000, "%d kB are gone" % lost)


@test("xdp-a-full-slave-takes-what-it-can", limit=300)
def full():
    """A slave takes k of n: its ring has room for 256 frames while its receiver is held."""
    net = Net()
    pin()
    targets(net, 0)
    program = bpf.load(bpf.redirecting(net.index("bond0")))
    for _ in range(20):
        bpf.run(program, ipv4(), times=4096, batch=256)
    total = [received(0), received(1)]
    check(total[0] and total[1], "both slaves take frames: %r" % total)


def traced(action):
    """What the kernel traces of batches of XDP frames, and of pages that are not back when their pool goes."""
    sh("mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing")
    trace = "/sys/kernel/tracing/instances/bonding-xdp/"
    os.mkdir(trace)
    try:
        for event in ("xdp/xdp_devmap_xmit", "page_pool/page_pool_release"):
            sh("echo 1 > %sevents/%s/enable" % (trace, event))
        action()
        return read_text(trace + "trace")
    finally:
        os.rmdir(trace)


@test("xdp-a-slave-takes-k-of-n")
def k_of_n():
    """Of 16 frames 8 are for each slave, and one takes 3 of its 8: 11 are sent, 5 given back, no page is lost."""
    net = Net()
    pin()
    for name in ("r0", "r1"):
        net.create(name, "refuser")
    net.bond("bond0", ["r0", "r1"], up=True, mode=0, miimon=50)
    wait(lambda: read_text("/sys/class/net/bond0/carrier") == "1\n", "carrier")
    program = bpf.load(bpf.redirecting(net.index("bond0")))
    for narrow in ("r0", "r1"):
        sh("echo 3 %s > /sys/module/refuser/parameters/room" % narrow)
        trace = traced(lambda: bpf.run(program, ipv4(), times=64))
        batches = re.findall(r"sent=(\d+) drops=(\d+)", trace)
        equal(batches, [("11", "5")] * 4, "batches with a narrow " + narrow)
        equal(read_text("/sys/module/refuser/parameters/room"), "44\n", "frames that were taken")
        equal(set(re.findall(r"inflight=(-?\d+)", trace)), {"0"}, "pages that are not back")
    net.delete("bond0")
    for name in ("r0", "r1"):
        net.delete(name)


@test("a7_a_slave_without_xdp_is_not_asked")
def without():
    """A slave that cannot send XDP frames refuses them, and the others are sent."""
    net = Net()
    pin()
    targets(net, 0, 1)
    sh("ip link add link v0 name x0 type vlan id 7", may_fail=True)
    net.create("d0", "dummy")
    sh("ip link add i0 type ifb", may_fail=True)
    sh("ip link add gt0 type gretap local 192.0.2.1 remote 192.0.2.2", may_fail=True)
    program = bpf.load(bpf.redirecting(net.index("bond0")))
    for device in ("i0", "gt0", "x0"):
        if device not in sh("ip -br link"):
            continue
        if net.master(device, "bond0", may_fail=True) != "0":
            continue
        bpf.run(program, ipv4(), times=64)
        net.master(device, None)
    bpf.run(program, ipv4(), times=64)
    wait(lambda: received(0) >= 64, "frames over the slave that takes them")


@test("xdp-program-goes-to-all-slaves-or-none", locks=True)
def all_or_none():
    net = Net()
    one, two = bpf.load(bpf.returning(bpf.PASS)), bpf.load(bpf.returning(bpf.DROP))
    names = veths(3)
    net.bond("bond0", names[:2], up=True, mode=1)
    equal(attach(net, "bond0", one), "0", "a first program")
    equal(attach(net, "bond0", two), "0", "another in its place")
    equal(net.master(names[2], "bond0", may_fail=True), "0", "a slave more")
    # A device whose peer's MTU is beyond a page refuses programs: the third, after two took it.
    equal(attach(net, "bond0", -1), "0", "none")
    sh("ip link set p2 mtu 9000")
    before = net.observer.snapshot()
    refused_with = attach(net, "bond0", one, may_fail=True)
    check(refused_with != "0", "a slave refuses, the bond does not")
    equal(net.observer.snapshot(), before, "the bond with a slave that refuses")
    sh("ip link set p2 mtu 1500")
    equal(attach(net, "bond0", one), "0", "again")
    # Each can leave, and has no program then: one of its own can be attached.
    for name in names:
        net.master(name, None)
        equal(attach(net, name, two), "0", "one of its own on " + name)
        equal(net.master(name, "bond0", may_fail=True), "ENOTSUP", "enslaving with one of its own")
        equal(attach(net, name, -1), "0", "off " + name)
        net.master(name, "bond0")
    net.delete("bond0")
    for name in names:
        equal(attach(net, name, two), "0", "afterwards on " + name)


@test("a2_a_refused_slave_is_not_counted")
def not_counted():
    """A slave that cannot run the bond's program: it, the bond and the other slave are as before."""
    net = Net()
    pin()
    program = bpf.load(bpf.returning(bpf.PASS))
    for mode in SUPPORTED:
        veths(1)
        net.create("k0", "dummy")
        net.bond("bond0", ["v0"], up=True, mode=mode)
        sh("ip link set bond0 promisc on allmulticast on")
        attach(net, "bond0", program)
        before = net.observer.snapshot()
        for _ in range(3):
            equal(net.master("k0", "bond0", may_fail=True), "ENOTSUP", "a device without XDP")
        after = net.observer.snapshot()
        own = {"link.k0.qdisc", "sys.k0.assign_type"}
        changed = {key: (before.get(key), after.get(key)) for key in set(before) | set(after)
                   if before.get(key) != after.get(key) and key not in own}
        equal(changed, {}, "mode %d" % mode)
        attach(net, "bond0", -1)
        for device in ("bond0", "v0", "k0"):
            net.delete(device)


@test("xdp-features-are-those-of-all-slaves")
def features():
    """What the kernel says by its netdev family; read here by what a redirect is answered."""
    net = Net()
    targets(net, 1)
    net.create("d0", "dummy")
    program = bpf.load(bpf.returning(bpf.PASS))
    equal(option("bond0", "mode", "broadcast"), "ENOTEMPTY", "with slaves and up")
    attach(net, "bond0", program)
    net.down("bond0")
    for name in ("v0", "v1"):
        net.master(name, None)
    equal(option("bond0", "mode", "broadcast"), "ENOTSUP", "broadcast with a program")
    equal(option("bond0", "mode", "balance-xor"), "0", "balance-xor with a program")
    equal(option("bond0", "xmit_hash_policy", "vlan+srcmac"), "ENOTSUP", "vlan+srcmac with a program")
    attach(net, "bond0", -1)
    must_set("bond0", "xmit_hash_policy", "vlan+srcmac")
    equal(attach(net, "bond0", program, may_fail=True), "ENOTSUP", "a program under vlan+srcmac")


@test("xdp-tx-is-distributed")
def transmit():
    """What slaves' programs send back leaves by the slave that the mode picks."""
    net = Net()
    pin()
    for mode in SUPPORTED:
        targets(net, mode, xmit_hash_policy=1)
        program = bpf.load(bpf.scattered(bpf.returning(bpf.TX)))
        attach(net, "bond0", program)
        # As if the frames had come in by v1, whose master then says where they leave.
        bpf.run(program, ipv4(), times=640, index=net.index("v1"))
        wait(lambda: received(0) + received(1) >= 640, "frames: %d %d" % (received(0), received(1)))
        got = [received(0), received(1)]
        if mode == 0:
            check(abs(got[0] - got[1]) <= 64, "round robin: %r" % got)
        elif mode == 1:
            equal(got, [640, 0], "the active one")
        else:
            check(min(got) > 200, "by hash: %r" % got)
        equal(counter("bond0", "tx_dropped"), 0, "drops")
        attach(net, "bond0", -1)
        os.close(program)
        for device in ("bond0", "v0", "v1"):
            net.delete(device)
