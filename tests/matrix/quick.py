# SPDX-License-Identifier: GPL-2.0
"""rtnetlink for requests by the thousand, where an interpreted instruction is dear."""

import struct
import sys

from parity import linkattrs as la
from parity import netlink as nl
from parity.observe import EXT_MASK, SKIP_STATS

HEAD = struct.Struct("=IH10xBxHi")


def parts(message):
    """Flags of a device, number of the one above it, IFLA_LINKINFO."""
    flags = nl.IFINFOMSG.unpack_from(message)[3]
    master, info = 0, b""
    for kind, _, value, _ in nl.walk(message[nl.IFINFOMSG.size:]):
        if kind == la.IFLA["MASTER"]:
            master = int.from_bytes(value, sys.byteorder)
        elif kind == la.IFLA["LINKINFO"]:
            info = value
    return flags, master, info


class Quick(nl.Netlink):
    """A socket with a buffer that stays, and all devices in one answer."""

    def __init__(self):
        super().__init__()
        self.buffer = bytearray(1 << 16)
        self.view = memoryview(self.buffer)
        body = nl.ifinfomsg() + nl.u32(EXT_MASK, SKIP_STATS)
        self.all = nl.NLMSGHDR.pack(nl.NLMSGHDR.size + len(body), nl.RTM_GETLINK,
                                    nl.NLM_F_REQUEST | nl.NLM_F_DUMP, 0, 0) + body

    def _receive(self):
        size = self.sock.recv_into(self.buffer)
        pos = 0
        while pos < size:
            length, kind, flags, seq, _ = nl.NLMSGHDR.unpack_from(self.buffer, pos)
            yield kind, flags, seq, bytes(self.view[pos + nl.NLMSGHDR.size:pos + length])
            pos += nl.align(length)

    def devices(self):
        """{interface number: message} of all devices, without what moves by itself."""
        self.sock.send(self.all)
        out = {}
        while True:
            size = self.sock.recv_into(self.buffer)
            pos = 0
            while pos < size:
                length, kind, _, _, index = HEAD.unpack_from(self.buffer, pos)
                if kind == nl.NLMSG_DONE:
                    return out
                if kind == nl.NLMSG_ERROR:
                    raise RuntimeError("the devices cannot be listed")
                out[index] = bytes(self.view[pos + nl.NLMSGHDR.size:pos + length])
                pos += nl.align(length)
