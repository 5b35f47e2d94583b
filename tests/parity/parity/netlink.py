# SPDX-License-Identifier: GPL-2.0
"""A small rtnetlink client that shows errors exactly as the kernel sends them.

Requests are built attribute by attribute, so that truncated, oversized and
unknown attributes can be sent; the extended acknowledgement is decoded down to
the attribute it points at.
"""

import errno
import os
import socket
import struct

NLMSG_ERROR = 2
NLMSG_DONE = 3

RTM_NEWLINK = 16
RTM_DELLINK = 17
RTM_GETLINK = 18
RTM_SETLINK = 19
RTM_GETNEIGH = 30
RTM_GETSTATS = 94

NLM_F_REQUEST = 0x1
NLM_F_ACK = 0x4
NLM_F_DUMP = 0x300
NLM_F_REPLACE = 0x100
NLM_F_EXCL = 0x200
NLM_F_CREATE = 0x400
NLM_F_CAPPED = 0x100
NLM_F_ACK_TLVS = 0x200

NLA_F_NESTED = 0x8000
NLA_TYPE_MASK = 0x3FFF

SOL_NETLINK = 270
NETLINK_EXT_ACK = 11
NETLINK_GET_STRICT_CHK = 12
NETLINK_ADD_MEMBERSHIP = 1

IFINFOMSG = struct.Struct("=BxHiII")
NLMSGHDR = struct.Struct("=IHHII")


def align(n):
    """Round up to the netlink alignment of 4 bytes."""
    return (n + 3) & ~3


def attr(kind, payload=b""):
    """Encode one attribute; a list as payload makes a nest."""
    if isinstance(payload, (list, tuple)):
        payload = b"".join(payload)
        kind |= NLA_F_NESTED
    return raw_attr(kind, 4 + len(payload), payload)


def raw_attr(kind, length, payload):
    """Encode an attribute whose length field may lie."""
    data = struct.pack("=HH", length, kind) + payload
    return data + b"\0" * (align(len(data)) - len(data))


def u8(kind, value):
    return attr(kind, struct.pack("=B", value))


def u16(kind, value):
    return attr(kind, struct.pack("=H", value))


def u32(kind, value):
    return attr(kind, struct.pack("=I", value & 0xFFFFFFFF))


def s32(kind, value):
    return attr(kind, struct.pack("=i", value))


def text(kind, value):
    return attr(kind, value.encode() + b"\0")


def walk(data):
    """Yield (type without flags, flags, payload, offset) for each attribute."""
    pos = 0
    while pos + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, pos)
        if length < 4 or pos + length > len(data):
            return
        yield kind & NLA_TYPE_MASK, kind & ~NLA_TYPE_MASK, data[pos + 4:pos + length], pos
        pos += align(length)


def ifinfomsg(index=0, flags=0, change=0, family=0, kind=0):
    """The fixed header of link messages."""
    return IFINFOMSG.pack(family, kind, index, flags, change)


def errno_name(number):
    """`EINVAL` for 22, `0` for success."""
    if number == 0:
        return "0"
    return errno.errorcode.get(number, str(number))


class Answer:
    """What the kernel said to one request."""

    def __init__(self, error=0, extack=None, messages=()):
        self.error = error
        self.extack = extack or {}
        self.messages = list(messages)

    def record(self):
        """Form for the recording."""
        out = {"errno": errno_name(self.error)}
        out.update(self.extack)
        return out


def attr_path(request, offset, header):
    """Name the attribute of `request` that starts at `offset`, as types from outside in."""
    def find(start, end, path):
        pos = start
        while pos + 4 <= end:
            length, kind = struct.unpack_from("=HH", request, pos)
            kind &= NLA_TYPE_MASK
            if pos == offset:
                return path + [kind]
            if length < 4:
                return None
            if pos < offset < pos + length:
                return find(pos + 4, pos + length, path + [kind])
            pos += align(length)
        return None
    path = find(NLMSGHDR.size + header, len(request), [])
    return ".".join(map(str, path)) if path else "offset %d" % offset


class Netlink:
    """One NETLINK_ROUTE socket with extended acknowledgements."""

    def __init__(self, groups=(), strict=False):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.sock.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
        if strict:
            self.sock.setsockopt(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1)
        self.sock.bind((0, 0))
        for group in groups:
            self.sock.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group)
        self.seq = 0

    def close(self):
        self.sock.close()

    def request(self, kind, flags, header, attrs=b""):
        """Send one request, return the `Answer`."""
        self.seq += 1
        flags |= NLM_F_REQUEST
        if not flags & NLM_F_DUMP == NLM_F_DUMP:
            flags |= NLM_F_ACK
        body = header + (b"".join(attrs) if isinstance(attrs, (list, tuple)) else attrs)
        data = NLMSGHDR.pack(NLMSGHDR.size + len(body), kind, flags, self.seq, 0) + body
        self.sock.send(data)
        return self._answer(data, len(header))

    def _answer(self, sent, header):
        messages = []
        while True:
            for kind, flags, seq, payload in self._receive():
                if seq != self.seq:
                    continue
                if kind == NLMSG_DONE:
                    code = struct.unpack_from("=i", payload)[0] if len(payload) >= 4 else 0
                    return Answer(-code, None, messages)
                if kind == NLMSG_ERROR:
                    code = -struct.unpack_from("=i", payload)[0]
                    return Answer(code, self._extack(payload, flags, sent, header), messages)
                messages.append((kind, payload))

    def _receive(self):
        data = self.sock.recv(1 << 20)
        pos = 0
        while pos + NLMSGHDR.size <= len(data):
            length, kind, flags, seq, _ = NLMSGHDR.unpack_from(data, pos)
            yield kind, flags, seq, data[pos + NLMSGHDR.size:pos + length]
            pos += align(length)

    @staticmethod
    def _extack(payload, flags, sent, header):
        out = {}
        if not flags & NLM_F_ACK_TLVS:
            return out
        inner = NLMSGHDR.unpack_from(payload, 4)[0]
        start = 4 + (NLMSGHDR.size if flags & NLM_F_CAPPED else align(inner))
        for kind, _, value, _ in walk(payload[start:]):
            if kind == 1:
                out["extack"] = value.rstrip(b"\0").decode(errors="backslashreplace")
            elif kind == 2:
                out["bad_attr"] = attr_path(sent, struct.unpack("=I", value)[0], header)
            elif kind == 4:
                out["policy"] = value.hex()
            elif kind in (5, 6):
                out["missing_type" if kind == 5 else "missing_nest"] = struct.unpack("=I", value)[0]
        return out

    def pending(self):
        """Yield (type, payload) of multicast messages that have arrived."""
        while True:
            try:
                data = self.sock.recv(1 << 20, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            except OSError as err:
                if err.errno == errno.ENOBUFS:
                    yield -1, b""
                    continue
                raise
            pos = 0
            while pos + NLMSGHDR.size <= len(data):
                length, kind, _, _, _ = NLMSGHDR.unpack_from(data, pos)
                yield kind, data[pos + NLMSGHDR.size:pos + length]
                pos += align(length)


def in_new_netns(function, *args):
    """Run `function` in a child that has network and mount namespaces of its own."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.unshare(os.CLONE_NEWNET | os.CLONE_NEWNS)
            status = function(*args) or 0
        except BaseException:  # noqa: B036  the child must not return into the parent's code
            import traceback
            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
