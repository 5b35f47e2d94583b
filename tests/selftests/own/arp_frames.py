# SPDX-License-Identifier: GPL-2.0
"""Frames that come to the ARP monitor: whole ones however they lie in memory, and those that prove nothing."""

import fcntl
import os
import socket
import struct
import time

from lib.harness import check, sh, test, wait
from lib.net import slave_is

TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NAPI, IFF_NAPI_FRAGS, IFF_NO_PI = 2, 0x10, 0x20, 0x1000
TARGET, OURS = "192.0.2.254", "192.0.2.1"
TARGET6, OURS6 = "2001:db8::254", "2001:db8::1"
LATE = 20.0
INTERVAL = 0.05


class Wire:
    """A slave whose wire is a file: what is written is received, in as many pieces as are given."""

    def __init__(self, name):
        self.file = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(self.file, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NAPI | IFF_NAPI_FRAGS | IFF_NO_PI))
        sh("ip link set %s address 02:00:00:00:05:01" % name)

    def receive(self, frame, cut=None):
        os.writev(self.file, [frame] if cut is None else [frame[:cut], frame[cut:]])

    def close(self):
        os.close(self.file)


def ethernet(payload, kind, destination="020000000501"):
    return bytes.fromhex(destination) + bytes.fromhex("020000000254") + struct.pack("!H", kind) + payload


def arp(sender=TARGET, target=OURS, head="00010800060400", operation=2):
    return (bytes.fromhex(head) + bytes([operation]) + bytes.fromhex("020000000254") + socket.inet_aton(sender)
            + bytes.fromhex("020000000501") + socket.inet_aton(target))


def advertisement(sender=TARGET6, target=OURS6, following=58, kind=136):
    """A neighbour advertisement; nobody looks at its checksum before the monitor does."""
    body = struct.pack("!BBHI", kind, 0, 0, 0x60000000) + socket.inet_pton(socket.AF_INET6, TARGET6)
    return (struct.pack("!IHBB", 0x60000000, len(body), following, 255) + socket.inet_pton(socket.AF_INET6, sender)
            + socket.inet_pton(socket.AF_INET6, target) + body)


def bond(settings):
    wire = Wire("t0")
    sh("sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0 net.ipv6.conf.default.accept_dad=0")
    sh("ip link add bond0 type bond mode active-backup arp_interval %d arp_validate all %s; ip link set t0 master bond0;"
       "ip link set bond0 up; ip addr add %s/24 dev bond0; ip addr add %s/64 dev bond0 nodad"
       % (INTERVAL * 1000, settings, OURS, OURS6))
    return wire


def proves(wire, frame, cut, what):
    """The frame takes the slave up, and it goes down without."""
    def received():
        wire.receive(frame, cut)
        return slave_is("t0", "up")
    wait(received, what, LATE)
    wait(lambda: not slave_is("t0", "up"), "down once nothing is heard", LATE)


def proves_nothing(wire, frames):
    """All of them, again and again for some intervals, leave the slave as it is."""
    end = time.monotonic() + 6 * INTERVAL
    while time.monotonic() < end:
        for what, frame in frames:
            wire.receive(frame)
        check(not slave_is("t0", "up"), "one of them was believed: " + ", ".join(what for what, _ in frames))


@test("arp-frames-in-pieces-and-cut")
def arp_frames():
    """An answer in two pieces is one; cut off anywhere, or of another kind, it is none."""
    wire = bond("arp_ip_target " + TARGET)
    whole = ethernet(arp(), 0x0806)
    wait(lambda: not slave_is("t0", "up"), "down without an answer", LATE)
    proves_nothing(wire, [("%d octets" % length, whole[:length]) for length in range(14, len(whole))])
    heads = ("00060800060400", "00010806060400", "00010800080400", "00010800061000")
    proves_nothing(wire, [("types " + head, ethernet(arp(head=head), 0x0806)) for head in heads] + [
        ("another sender", ethernet(arp(sender="192.0.2.9"), 0x0806)),
        ("nobody", ethernet(arp(sender="0.0.0.0"), 0x0806)),
        ("for another", ethernet(arp(target="192.0.2.9"), 0x0806)),
        ("the other way round", ethernet(arp(sender=OURS, target=TARGET), 0x0806)),
        ("to another station", ethernet(arp(), 0x0806, "020000000999")),
        ("another EtherType", ethernet(arp(), 0x0800))])
    for cut in (None, 14, 21, 27, 41):
        proves(wire, whole, cut, "an answer, cut at %s" % cut)
    proves(wire, ethernet(arp(), 0x0806, "f" * 12), None, "an answer to all")
    wire.close()


@test("nd-frames-in-pieces-and-cut")
def nd_frames():
    """The same of neighbour discovery, which is looked at as far as its kind."""
    wire = bond("ns_ip6_target " + TARGET6)
    whole = ethernet(advertisement(), 0x86DD)
    wait(lambda: not slave_is("t0", "up"), "down without an answer", LATE)
    proves_nothing(wire, [("%d octets" % length, whole[:length]) for length in range(14, 14 + 48)])
    proves_nothing(wire, [
        ("another sender", ethernet(advertisement(sender="2001:db8::9"), 0x86DD)),
        ("nobody", ethernet(advertisement(sender="::"), 0x86DD)),
        ("for another", ethernet(advertisement(target="2001:db8::9"), 0x86DD)),
        ("a router's", ethernet(advertisement(kind=134), 0x86DD)),
        ("other headers between", ethernet(advertisement(following=0), 0x86DD)),
        ("to another station", ethernet(advertisement(), 0x86DD, "020000000999"))])
    for cut in (None, 14, 40, 55, 61):
        proves(wire, whole, cut, "an advertisement, cut at %s" % cut)
    proves(wire, ethernet(advertisement(target="ff02::1"), 0x86DD), None, "an advertisement to all nodes")
    wire.close()
