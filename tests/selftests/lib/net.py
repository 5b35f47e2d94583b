# SPDX-License-Identifier: GPL-2.0
"""Devices, bonds and frames for the tests."""

import os
import socket
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "parity"))

from parity import linkattrs as la  # noqa: E402
from parity import netlink as nl  # noqa: E402
from parity.context import number, write_file  # noqa: E402
from parity.observe import Observer, read_text  # noqa: E402
from parity.watch import KernelLog  # noqa: E402

from .harness import Failure, check  # noqa: E402

SYS = "/sys/class/net/"
PORT_TYPE = 0x88B5  # local experimental ethertype


class Net:
    """Link operations through one netlink socket; a refusal is a `Failure` unless it is expected."""

    def __init__(self):
        self.socket = nl.Netlink()
        self.observer = Observer()

    def request(self, what, kind, flags, header, attrs=(), may_fail=False):
        answer = self.socket.request(kind, flags, header, list(attrs))
        if answer.error and not may_fail:
            raise Failure("%s: %s %s" % (what, nl.errno_name(answer.error), answer.extack))
        return nl.errno_name(answer.error)

    @staticmethod
    def index(name):
        return socket.if_nametoindex(name)

    def create(self, name, kind, data=None, attrs=(), **options):
        """Create a device of a kind."""
        info = [nl.text(la.INFO_KIND, kind)]
        if data:
            info.append(nl.attr(la.INFO_DATA, data))
        return self.request("create " + name, nl.RTM_NEWLINK, nl.NLM_F_CREATE | nl.NLM_F_EXCL, nl.ifinfomsg(),
                            [nl.text(la.IFLA["IFNAME"], name), *attrs, nl.attr(la.IFLA["LINKINFO"], info)],
                            **options)

    def dummies(self, count, prefix="d"):
        """Dummy devices with addresses 02:00:00:01:xx:xx."""
        names = []
        for place in range(count):
            mac = struct.pack("!HHH", 0x0200, 0x0001, place)
            names.append(prefix + str(place))
            self.create(names[-1], "dummy", attrs=[nl.attr(la.IFLA["ADDRESS"], mac)])
        return names

    def veths(self, count, queues=1):
        """Pairs v0/p0 ...; the p ends are up and decide the carrier of the v ends."""
        for place in range(count):
            peer = nl.ifinfomsg() + nl.text(la.IFLA["IFNAME"], "p%d" % place)
            self.create("v%d" % place, "veth", data=[nl.attr(1, peer)],
                        attrs=[nl.attr(la.IFLA["ADDRESS"], struct.pack("!HHH", 0x0200, 0x0002, place)),
                               nl.u32(la.IFLA["NUM_TX_QUEUES"], queues),
                               nl.u32(la.IFLA["NUM_RX_QUEUES"], queues)])
            self.up("p%d" % place)
        return ["v%d" % place for place in range(count)]

    def bond(self, name="bond0", slaves=(), up=False, **options):
        """Create a bond with IFLA_BOND options by name, then enslave and open it."""
        self.create(name, "bond", data=[number(key.upper(), value) for key, value in options.items()])
        for slave in slaves:
            self.master(slave, name)
        if up:
            self.up(name)

    def change_bond(self, name, may_fail=False, **options):
        data = [number(key.upper(), value) for key, value in options.items()]
        info = [nl.text(la.INFO_KIND, "bond"), nl.attr(la.INFO_DATA, data)]
        return self.request("change " + name, nl.RTM_NEWLINK, 0, nl.ifinfomsg(self.index(name)),
                            [nl.attr(la.IFLA["LINKINFO"], info)], may_fail)

    def master(self, device, bond, may_fail=False):
        """Enslave, or release with None."""
        return self.request("master %s %s" % (device, bond), nl.RTM_SETLINK, 0,
                            nl.ifinfomsg(self.index(device)),
                            [nl.u32(la.IFLA["MASTER"], self.index(bond) if bond else 0)], may_fail)

    def set(self, device, *attrs, may_fail=False):
        return self.request("set " + device, nl.RTM_SETLINK, 0, nl.ifinfomsg(self.index(device)), attrs, may_fail)

    def up(self, device, may_fail=False):
        return self.request("up " + device, nl.RTM_SETLINK, 0, nl.ifinfomsg(self.index(device), 1, 1), (), may_fail)

    def down(self, device, may_fail=False):
        return self.request("down " + device, nl.RTM_SETLINK, 0, nl.ifinfomsg(self.index(device), 0, 1), (), may_fail)

    def delete(self, device, may_fail=False):
        return self.request("delete " + device, nl.RTM_DELLINK, 0, nl.ifinfomsg(self.index(device)), (), may_fail)


def option(bond, name, value):
    """Write a sysfs option; the name of the errno or `0`."""
    return write_file("%s%s/bonding/%s" % (SYS, bond, name), value)


def must_set(bond, name, value):
    check(option(bond, name, value) == "0", "%s %s = %r refused" % (bond, name, value))


def shown(bond, name):
    """A sysfs option without its newline."""
    return read_text("%s%s/bonding/%s" % (SYS, bond, name)).strip()


def proc(bond="bond0"):
    return read_text("/proc/net/bonding/" + bond)


def slave_is(name, status, bond="bond0"):
    """Whether procfs shows the slave's MII status."""
    return "Slave Interface: %s\nMII Status: %s\n" % (name, status) in proc(bond)


def counter(device, what="tx_packets"):
    return int(read_text("%s%s/statistics/%s" % (SYS, device, what)))


def frame(destination="02:00:00:00:ee:01", source="02:00:00:00:ee:02", kind=PORT_TYPE, payload=b"", size=60):
    """An Ethernet frame, padded."""
    data = bytes.fromhex(destination.replace(":", "")) + bytes.fromhex(source.replace(":", ""))
    data += struct.pack("!H", kind) + payload
    return data + bytes(max(0, size - len(data)))


def sender(device):
    """A packet socket to send frames on a device; it receives nothing."""
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sock.bind((device, 0))
    return sock


def tap(device, kind=PORT_TYPE):
    """A packet socket that sees the frames of one ethertype on a device (0x0003: all)."""
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(kind))
    sock.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)  # SO_RCVBUFFORCE
    sock.bind((device, kind))
    sock.setblocking(False)
    return sock


def drain(sock):
    """(packet type, frame) of all that waits in a tap."""
    out = []
    while True:
        try:
            data, address = sock.recvfrom(65536)
        except BlockingIOError:
            return out
        out.append((address[2], data))


def pin(cpu=0):
    """Stay on one processor: the round-robin counter is kept per processor."""
    os.sched_setaffinity(0, {cpu})
