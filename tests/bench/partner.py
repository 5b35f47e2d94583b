# SPDX-License-Identifier: GPL-2.0
"""partner.py BOND DEVICE...: speak LACP at these devices until the bond sends through all of them.

Long timeouts: the bond then hears nothing for 90 seconds and stays as it is.
"""

import pathlib
import select
import socket
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "selftests"))

from lib.net import drain, frame, proc, sender, tap  # noqa: E402
from own.lacp import states  # noqa: E402
from parity.slow import DISTRIBUTING, READY, Partner  # noqa: E402

RTMGRP_LINK = 1
PATIENCE = 90


def link_events():
    """A socket that tells of every change of a link, a port's state included."""
    events = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    events.bind((0, RTMGRP_LINK))
    events.setblocking(False)
    return events


def joined(bond, count):
    """Whether each port and each partner distributes."""
    found = states(bond)
    return len(found) == 2 * count and all(state & DISTRIBUTING for state in found)


def join(bond, partners, end):
    """Answer what the ports say until all have joined; false if they do not."""
    events = link_events()
    wires = [partner.wire for partner in partners]
    while not joined(bond, len(partners)):
        left = end - time.monotonic()
        if left < 0:
            return False
        ready = select.select([events, *wires], [], [], left)[0]
        if events in ready:
            events.recv(65536)
        for partner in partners:
            if partner.wire in ready and partner.listen():
                partner.say(READY)
    return True


def carries(bond, devices, end):
    """Send over the bond until something comes out: what the driver has to do may come after the state."""
    wires = [tap(device) for device in devices]
    with sender(bond) as wire:
        while time.monotonic() < end:
            wire.send(frame(payload=b"is it open?"))
            ready = select.select(wires, [], [], 0.01)[0]
            if any(drain(wire) for wire in ready):
                return True
    return False


def main():
    bond, devices = sys.argv[1], sys.argv[2:]
    partners = [Partner(device) for device in devices]
    end = time.monotonic() + PATIENCE
    if not join(bond, partners, end) or not carries(bond, devices, end):
        sys.exit("the ports of %s do not join\n%s" % (bond, proc(bond)))


main()
