# SPDX-License-Identifier: GPL-2.0
"""Failover while somebody holds RTNL."""

import os
import re
import select
import socket
import threading
import time

from lib.harness import check, equal, sh, test, wait
from lib.log import log_of
from lib.net import Net, counter, drain, frame, must_set, proc, sender, shown, slave_is, tap
from own.debugfs import mount, read

HOLDER = "/sys/module/rtnl_holder/parameters/"
HELD = 5.0
MIIMON = 100
# A guest under emulation is late at times; still it is long before RTNL is given back.
LATE = 3.0
BOND_MAC = "02:00:00:00:aa:01"


def hold(seconds):
    """Have RTNL held for a time; it is when this returns."""
    with open(HOLDER + "hold_ms", "w") as file:
        file.write("%d" % (seconds * 1000))


def given_back():
    with open(HOLDER + "hold_ms", "w") as file:
        file.write("0")


def carrier(name, on):
    """Change a carrier without RTNL, as the interrupt of a card does."""
    with open(HOLDER + "carrier", "w") as file:
        file.write("%s %d" % (name, on))
    return time.monotonic()


def two(mode, **options):
    net = Net()
    net.veths(2)
    net.bond("bond0", up=False, mode=mode, **options)
    sh("ip link set bond0 address " + BOND_MAC)
    for name in ("v0", "v1"):
        net.master(name, "bond0")
    net.up("bond0")
    for name in ("v0", "v1"):
        wait(lambda name=name: slave_is(name, "up"), name + " up")
    return net


def active():
    return shown("bond0", "active_slave")


def failovers():
    inode = os.stat("/proc/self/ns/net").st_ino
    lines = read("%s/bond0@%d/failovers" % (mount(), inode)).split("\n")
    return {name: int(count) for name, count in (line.split() for line in lines if line)}


@test("d1-failover-does-not-wait-for-rtnl", locks=True)
def transmit():
    """Frames leave by the other slave long before RTNL is given back; then everything else follows."""
    net = two(1, miimon=MIIMON)
    sh("ip link set bond0 promisc on; ip link add link bond0 name bond0.7 type vlan id 7; ip link set bond0.7 up")
    check("promiscuity 1" in sh("ip -d link show v0"), "v0 is promiscuous")
    before = failovers()
    p1 = tap("p1")
    lessons = tap("p1", 0x9000)
    with sender("bond0") as sock:
        hold(HELD)
        lost = carrier("v0", 0)
        while not drain(p1):
            check(time.monotonic() - lost < LATE, "nothing leaves by v1 while RTNL is held")
            sock.send(frame())
            time.sleep(0.001)
        took = time.monotonic() - lost
        equal(active(), "v1", "active slave while RTNL is held")
        check(slave_is("v0", "down"), "v0 is down while RTNL is held")
        for _ in range(100):
            sock.send(frame())
        wait(lambda: len(drain(p1)) > 0, "frames after the failover", LATE)
    print("# first frame by v1 %.1f ms after the loss, miimon %d" % (took * 1000, MIIMON))
    wait(lambda: "01:00:5e:00:00:01" in mcast("v1"), "multicast addresses on v1", LATE)
    check(time.monotonic() - lost < HELD, "the test was too slow to show anything")
    told = drain(lessons)
    check(len(told) >= 2, "%d learning frames for the bond and its VLAN" % len(told))
    check("promiscuity 0" in quiet_promiscuity("v1"), "promiscuity moved without RTNL")
    given_back()
    wait(lambda: "promiscuity 1" in sh("ip -d link show v1"), "promiscuity on v1", LATE)
    check("promiscuity 0" in sh("ip -d link show v0"), "promiscuity left on v0")
    equal(failovers()["carrier"], before["carrier"] + 1, "failovers counted")
    equal(proc().count("Link Failure Count: 1"), 1, "failures counted")
    carrier("v0", 1)
    wait(lambda: slave_is("v0", "up"), "v0 up again", LATE)
    equal(active(), "v1", "active slave in the end")


def mcast(name):
    """The link layer multicast addresses of a device, without RTNL."""
    with open("/proc/net/dev_mcast") as file:
        rows = [line.split() for line in file]
    return [":".join(row[-1][at:at + 2] for at in range(0, 12, 2)) for row in rows if row[1] == name]


def quiet_promiscuity(name):
    """Promiscuity as far as the device's flags tell, without RTNL."""
    with open("/sys/class/net/%s/flags" % name) as file:
        return "promiscuity %d" % bool(int(file.read(), 16) & 0x100)


@test("held-rtnl-receive-only-flow")
def receive():
    """A bridge learns where the bond is, though the bond itself sends nothing."""
    net = two(1, miimon=MIIMON)
    sh("ip link add host0 type veth peer name hub0; ip link set host0 up; ip link set hub0 up")
    sh("ip link add br0 type bridge forward_delay 0 mcast_snooping 0; ip link set br0 up")
    for port in ("p0", "p1", "hub0"):
        sh("ip link set %s master br0" % port)
    heard = tap("bond0")
    with sender("bond0") as sock, sender("host0") as peer:
        flow = frame(destination=BOND_MAC, source="02:00:00:00:ee:02")
        sock.send(frame(source=BOND_MAC))  # the bridge learns the bond's place
        wait(lambda: arrives(peer, flow, heard), "the flow before", LATE)
        hold(HELD)
        lost = carrier("v0", 0)
        wait(lambda: active() == "v1", "failover", LATE)
        wait(lambda: arrives(peer, flow, heard), "the flow after the failover", LATE)
        took = time.monotonic() - lost
        check(took < HELD, "the flow came back only when RTNL was free")
    print("# first frame received %.1f ms after the loss" % (took * 1000))
    given_back()


def arrives(peer, flow, heard):
    drain(heard)
    peer.send(flow)
    time.sleep(0.002)
    return bool(drain(heard))


@test("held-rtnl-loses-nothing-in-balance-rr")
def round_robin():
    """A slave that just died is passed over, with nothing watching the links, too."""
    for options in ({}, {"miimon": MIIMON}):
        net = two(0, **options)
        p1 = tap("p1")
        with sender("bond0") as sock:
            hold(1)
            carrier("v0", 0)
            dropped = counter("bond0", "tx_dropped")
            for _ in range(500):
                sock.send(frame())
            got = len(drain(p1))
        equal(got, 500, "frames by the other slave")
        equal(counter("bond0", "tx_dropped"), dropped, "frames dropped")
        given_back()
        wait(lambda: slave_is("v0", "down"), "v0 down", LATE)
        net.delete("bond0")
        for place in range(2):
            net.delete("v%d" % place)


@test("held-rtnl-other-modes", locks=True)
def others():
    """In balance-xor and broadcast a loss is entered, with fail_over_mac it waits."""
    for mode in (2, 3):
        net = two(mode, miimon=MIIMON)
        hold(HELD)
        lost = carrier("v0", 0)
        wait(lambda: slave_is("v0", "down"), "mode %d: v0 down" % mode, LATE)
        check(time.monotonic() - lost < HELD, "RTNL was free already")
        given_back()
        net.delete("bond0")
        for place in range(2):
            net.delete("v%d" % place)
    net = two(1, miimon=MIIMON, fail_over_mac=1)
    hold(1)
    carrier("v0", 0)
    time.sleep(0.5)
    equal(active(), "v0", "fail_over_mac=active waits")
    given_back()
    wait(lambda: active() == "v1", "failover with RTNL", LATE)


@test("held-rtnl-all-lost-and-one-back", locks=True)
def all_lost():
    """The bond's carrier goes without RTNL, and comes back with it."""
    net = two(1, miimon=20)
    hold(2)
    carrier("v0", 0)
    wait(lambda: active() == "v1", "failover", LATE)
    carrier("v1", 0)
    wait(lambda: active() == "", "no active slave", LATE)
    wait(lambda: not carrier_of("bond0"), "no carrier", LATE)
    carrier("v0", 1)
    given_back()
    wait(lambda: active() == "v0", "v0 is back", LATE)
    wait(lambda: carrier_of("bond0"), "carrier", LATE)


def carrier_of(name):
    with open("/sys/class/net/%s/carrier" % name) as file:
        return file.read().strip() == "1"


@test("failovers-are-counted-by-reason")
def reasons():
    net = two(1, miimon=20)
    equal(failovers(), {"carrier": 0, "arp": 0, "primary": 0, "administrator": 0}, "of a new bond")
    net.down("p0")
    wait(lambda: active() == "v1", "failover", LATE)
    net.up("p0")
    wait(lambda: slave_is("v0", "up"), "v0 up", LATE)
    equal(failovers(), {"carrier": 1, "arp": 0, "primary": 0, "administrator": 0}, "a lost carrier")
    net.change_bond("bond0", primary=net.index("v0"))
    equal(failovers(), {"carrier": 1, "arp": 0, "primary": 1, "administrator": 0}, "a primary")
    net.change_bond("bond0", active_slave=net.index("v1"))
    equal(failovers(), {"carrier": 1, "arp": 0, "primary": 1, "administrator": 1}, "a request")
    net.master("v1", None)
    equal(failovers(), {"carrier": 1, "arp": 0, "primary": 1, "administrator": 2}, "a release")
    net.master("v0", None)
    equal(failovers(), {"carrier": 1, "arp": 0, "primary": 1, "administrator": 3}, "the last one's release")


class Peer(threading.Thread):
    """Answers ARP requests that come in on devices, but for those that it was told to ignore."""

    def __init__(self, names):
        super().__init__(daemon=True)
        self.taps = {name: tap(name, 0x0806) for name in names}
        self.ignored = set()
        self.start()

    def run(self):
        by_socket = {sock: name for name, sock in self.taps.items()}
        while True:
            for sock in select.select(list(by_socket), [], [])[0]:
                for kind, data in drain(sock):
                    if kind == socket.PACKET_OUTGOING or data[20:22] != b"\x00\x01" or by_socket[sock] in self.ignored:
                        continue
                    mine = b"\x02\x00\x00\x00\xbb\x01"
                    sock.send(data[6:12] + mine + data[12:20] + b"\x00\x02" + mine + data[38:42] + data[22:32] + bytes(18))


@test("b20-a-loss-counts-once-while-rtnl-is-held", locks=True)
def arp_loss():
    """balance-rr under ARP monitoring: a path that answers no more is given up at once, counted and told of once."""
    net = Net()
    net.veths(2)
    peer = Peer(("p0", "p1"))
    sh("ip link add bond0 type bond mode balance-rr arp_interval 100 arp_missed_max 5 arp_ip_target 192.0.2.254")
    for name in ("v0", "v1"):
        net.master(name, "bond0")
    sh("ip addr add 192.0.2.1/24 dev bond0; ip link set bond0 up")
    for name in ("v0", "v1"):
        wait(lambda name=name: slave_is(name, "up"), name + " up")
    before = failures("v0")

    def lose():
        hold(HELD)
        peer.ignored.add("p0")
        lost = time.monotonic()
        wait(lambda: slave_is("v0", "down"), "v0 down while RTNL is held", LATE)
        check(time.monotonic() - lost < HELD, "the test was too slow to show anything")
        given_back()
        time.sleep(0.5)

    lines = [line for line in log_of("bond0", lose) if "v0" in line and "down" in line]
    equal((failures("v0"), len(lines)), (before + 1, 1), "failures and log lines of v0")


def failures(name):
    part = proc().split("Slave Interface: %s\n" % name)[1]
    return int(part.split("Link Failure Count: ")[1].split("\n")[0])


def flags(name):
    """What other drivers see of a slave's role."""
    with open("/proc/bond_abi", encoding="ascii") as file:
        return re.search(r"^slave %s .* (backup=\d inactive=\d)" % name, file.read(), re.M).group(1)


@test("a8-no-flag-of-a-slave-is-lost", locks=True)
def writers():
    """all_slaves_active changes all the time, and so do the carriers: each slave is what its role says."""
    two(1, miimon=1)
    stop = threading.Event()

    def toggle():
        while not stop.is_set():
            must_set("bond0", "all_slaves_active", "1")
            must_set("bond0", "all_slaves_active", "0")

    worker = threading.Thread(target=toggle)
    worker.start()
    try:
        for _ in range(80):
            old = active()
            new = {"v0": "v1", "v1": "v0"}[old]
            carrier(old, 0)
            wait(lambda new=new: active() == new, "failover to " + new, LATE)
            time.sleep(0.002)
            equal(flags(new), "backup=0 inactive=0", "flags of the active slave")
            carrier(old, 1)
            wait(lambda old=old: slave_is(old, "up"), old + " up", LATE)
    finally:
        stop.set()
        worker.join()
    equal(flags(old), "backup=1 inactive=1", "flags of the backup in the end")


@test("b23-notifications-without-a-monitor")
def notifications():
    """num_grat_arp=5 announces five times, also where nothing polls; with miimon as before."""
    for options in ({}, {"miimon": 50}):
        net = two(1, num_peer_notif=5, **options)
        sh("ip addr add 192.0.2.1/24 dev bond0")
        first = active()
        other = {"v0": "v1", "v1": "v0"}[first]
        time.sleep(1.0)
        heard = tap("p" + other[1], 0x0806)
        net.down("p" + first[1])
        own = socket.inet_aton("192.0.2.1")
        found = []

        def announced():
            found.extend(data for _, data in drain(heard) if data[28:32] == own and data[38:42] == own)
            return len(found) >= 5

        wait(announced, "five announcements", LATE)
        time.sleep(0.6)
        announced()
        equal(len(found), 5, "announcements")
        net.delete("bond0")
        for place in range(2):
            net.delete("v%d" % place)
