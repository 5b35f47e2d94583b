# SPDX-License-Identifier: GPL-2.0
"""LACPDUs: a partner that says what it is told to, and what was last heard of a port."""

import socket

SLOW = 0x8809
GROUP = bytes.fromhex("0180c2000002")
PARTNER = bytes.fromhex("0200000000aa")
ACTIVE, SHORT, AGGREGATION, SYNC, COLLECTING, DISTRIBUTING, DEFAULTED, EXPIRED = (1 << bit for bit in range(8))
READY = ACTIVE | AGGREGATION | SYNC | COLLECTING | DISTRIBUTING
OUTGOING = 4
SO_RCVBUFFORCE = 33


class Partner:
    """The far end of a port: a device, and the partner's system and key."""

    def __init__(self, device="p0", system=PARTNER, key=15, port=1):
        self.wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(SLOW))
        self.wire.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
        self.wire.bind((device, SLOW))
        self.wire.setblocking(False)
        self.system, self.key, self.port = system, key, port
        self.heard = None

    def frames(self):
        """The payloads of all frames that came and wait: what follows the Ethernet header."""
        out = []
        while True:
            try:
                data, address = self.wire.recvfrom(2048)
            except BlockingIOError:
                return out
            if address[2] != OUTGOING:
                out.append(data[14:])

    def listen(self):
        """The latest LACPDU that came."""
        for data in self.frames():
            if data[:1] == b"\x01":
                self.heard = data
        return self.heard

    def send(self, payload):
        """Sends a frame to the group of the slow protocols."""
        header = GROUP + PARTNER + SLOW.to_bytes(2, "big")
        self.wire.send((header + payload).ljust(60, b"\0"))

    def pdu(self, state, partner=None):
        """A LACPDU with this state, about what was heard last, or about `partner`, 15 octets."""
        actor = (b"\xff\xff" + self.system + self.key.to_bytes(2, "big") + b"\x00\xff" +
                 self.port.to_bytes(2, "big") + bytes([state]))
        partner = partner or self.heard[4:19]
        return (b"\x01\x01\x01\x14" + actor + bytes(3) + b"\x02\x14" + partner + bytes(3) + b"\x03\x10").ljust(110, b"\0")

    def say(self, state):
        """Answers what was heard last."""
        self.send(self.pdu(state))
