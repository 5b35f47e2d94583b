# SPDX-License-Identifier: GPL-2.0
"""A switch with hosts behind it: a bridge in a namespace of its own, and what is seen on its ports."""

import errno
import os
import socket
import struct
import subprocess

from .harness import sh

SOL_PACKET, PACKET_AUXDATA = 263, 8
TP_STATUS_VLAN_VALID = 0x10


class Frame:
    """A received frame: tags outermost first, and of ARP who asks for whom."""

    def __init__(self, data, tag):
        self.data = data
        self.destination, self.source = data[:6].hex(":"), data[6:12].hex(":")
        self.tags = [tag] if tag is not None else []
        kind, place = struct.unpack_from("!H", data, 12)[0], 14
        while kind in (0x8100, 0x88A8):
            tci, kind = struct.unpack_from("!HH", data, place)
            self.tags.append(tci & 0xFFF)
            place += 4
        self.kind, self.payload = kind, data[place:]
        self.sender = self.target = self.operation = None
        if kind == 0x0806 and len(self.payload) >= 28:
            self.operation = struct.unpack_from("!H", self.payload, 6)[0]
            self.sender = socket.inet_ntoa(self.payload[14:18])
            self.target = socket.inet_ntoa(self.payload[24:28])


class Tap:
    """Frames that come in on a device, as they were on the wire."""

    def __init__(self, device):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.socket.bind((device, 3))
        self.socket.setblocking(False)

    def frames(self):
        """All that waits, those sent by the device itself left out. That it was down meanwhile is told once."""
        out = []
        while True:
            try:
                data, ancillary, _, address = self.socket.recvmsg(65536, 256)
            except BlockingIOError:
                return out
            except OSError as error:
                if error.errno != errno.ENETDOWN:
                    raise
                continue
            if address[2] == socket.PACKET_OUTGOING:
                continue
            tag = None
            for level, kind, value in ancillary:
                if (level, kind) == (SOL_PACKET, PACKET_AUXDATA):
                    status, _, _, _, _, tci, _ = struct.unpack("=IIIHHHH", value[:20])
                    tag = tci & 0xFFF if status & TP_STATUS_VLAN_VALID else None
            out.append(Frame(data, tag))


def in_namespace(name, action):
    """Do something in a network namespace."""
    with open("/proc/self/ns/net", encoding="ascii") as ours, open("/run/netns/" + name, encoding="ascii") as there:
        os.setns(there.fileno(), os.CLONE_NEWNET)
        try:
            return action()
        finally:
            os.setns(ours.fileno(), os.CLONE_NEWNET)


# A broadcast ARP request of 192.0.2.90 for 192.0.2.91, again and again.
CHATTER = r"""
import socket, time
stranger = bytes.fromhex("020000000090")
request = bytes.fromhex("0001080006040001")
frame = (b"\xff" * 6 + stranger + b"\x08\x06" + request + stranger + socket.inet_aton("192.0.2.90")
         + bytes(6) + socket.inet_aton("192.0.2.91"))
sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
sock.bind(("lan0", 0))
while True:
    sock.send(frame)
    time.sleep(0.02)
"""


class Lan:
    """Ports p0 ... of the switch are joined to v0 ... here; the target is the switch's own address.

    With target="each", each port is a host of its own that has the address: what balances is answered on each.
    """

    NET = "switch"

    def __init__(self, count, target=True, ipv6=False):
        self.stranger = None
        self.count, self.ipv6, self.each = count, ipv6, target == "each"
        # An earlier test's name may be left over, but not its namespace.
        sh("mkdir -p /run/netns; test ! -e /run/netns/{0} || mount -t tmpfs tmpfs /run/netns; ip netns add {0}".format(self.NET))
        if not ipv6:
            self.inside("sysctl -qew net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1")
        else:
            sh("sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0")
            self.inside("sysctl -qw net.ipv6.conf.default.accept_dad=0")
        # A port that was cut must not answer for the switch.
        self.inside("sysctl -qw net.ipv4.conf.all.arp_ignore=1; ip link add lan0 type bridge mcast_snooping 0; ip link set lan0 up")
        # One call each: entering a namespace takes its time.
        sh(" && ".join("ip link add v%d address 02:00:00:00:02:%02x type veth peer name p%d address 02:00:00:00:03:%02x netns %s"
                       % (place, place, place, place, self.NET) for place in range(count)))
        port = "ip addr add 192.0.2.254/24 dev p{0}; ip link set p{0} up" if self.each else "ip link set p{0} master lan0 up"
        self.inside("set -e; " + "; ".join(port.format(place) for place in range(count)))
        self.streams = []
        if target and not self.each:
            self.add_target()

    def inside(self, command, **options):
        """Run a command in the switch."""
        return sh("ip netns exec %s sh -c '%s'" % (self.NET, command), **options)

    def add_target(self):
        self.inside("ip addr add 192.0.2.254/24 dev lan0")
        if self.ipv6:
            self.inside("ip addr add 2001:db8::254/64 dev lan0 nodad")

    def remove_target(self):
        self.inside("ip addr flush dev lan0")

    def cut(self, place):
        """The port passes nothing any more, and keeps its carrier."""
        if self.each:
            self.inside("ip link set p%d arp off" % place)
        else:
            self.inside("ip link set p%d nomaster" % place)

    def mend(self, place):
        if self.each:
            self.inside("ip link set p%d arp on" % place)
        else:
            self.inside("ip link set p%d master lan0" % place)

    @staticmethod
    def change(name, settings):
        """Change options of a bond."""
        sh("ip link set %s type bond %s" % (name, settings))

    def tap(self, port):
        """What comes in on a port, by its number or a device's name."""
        return in_namespace(self.NET, lambda: Tap(port if isinstance(port, str) else "p%d" % port))

    def sender(self, device):
        """A socket to send frames on one of the switch's devices; on lan0 they go to all ports."""
        def make():
            sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            sock.bind((device, 0))
            return sock
        return in_namespace(self.NET, make)

    def address(self, device):
        """The link layer address of one of the switch's devices."""
        return self.inside("ip -j link show " + device).split('"address":"')[1][:17]

    def chatter(self):
        """A stranger asks for another stranger, 50 times a second until the switch is closed."""
        self.stranger = subprocess.Popen(["ip", "netns", "exec", self.NET, "python3", "-c", CHATTER])

    def close(self):
        if self.stranger:
            self.stranger.kill()
            self.stranger.wait()
        sh("ip link del bond0; " + "; ".join("ip link del v%d" % place for place in range(self.count)), may_fail=True)
        sh("ip netns del " + self.NET)
