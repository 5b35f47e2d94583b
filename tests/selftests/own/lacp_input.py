# SPDX-License-Identifier: GPL-2.0
"""802.3ad: frames that nobody should send, and changes under load."""

import random
import re
import threading
import time

from lib.harness import check, equal, sh, test, wait
from lib.log import log_of
from lib.net import drain, frame, must_set, sender, tap
from parity.slow import ACTIVE, AGGREGATION, DISTRIBUTING, GROUP, PARTNER, READY, SLOW

from .lacp import JOINED, LATE, both_up, pair, port, states

LINE = re.compile(r"^ +(LACPDU|Marker) (.*) (\d+)$", re.MULTILINE)


def counters(device="v0"):
    """What `ip` shows of a port's counters, by name."""
    text = sh("ip link xstats type bond_slave dev " + device)
    return {"%s %s" % (what, kind.strip()): int(value) for what, kind, value in LINE.findall(text)}


class Count:
    """What the counters say came in since this was made."""

    NAMES = ("LACPDU Rx", "LACPDU Illegal Rx", "LACPDU Unknown type Rx", "Marker Rx", "Marker response Rx", "Marker unknown type Rx")

    def __init__(self):
        self.before = counters()

    def new(self):
        now = counters()
        return {name: now[name] - self.before[name] for name in self.NAMES if now[name] != self.before[name]}

    def comes_to(self, wanted, what):
        try:
            wait(lambda: self.new() == wanted, what, 5)
        except Exception:
            equal(self.new(), wanted, what)
            raise


def raw(partner, payload):
    """Sends as many octets as there are, and no more."""
    partner.wire.send(GROUP + PARTNER + SLOW.to_bytes(2, "big") + payload)


@test("lacp-malformed-frames-are-counted")
def malformed():
    _, partner = port()
    good = partner.pdu(ACTIVE | AGGREGATION)

    def everything():
        count = Count()
        for length in range(110):
            raw(partner, good[:length])
        count.comes_to({"LACPDU Illegal Rx": 110}, "short ones")
        count = Count()
        for length in (110, 111, 200, 1000, 1500):
            raw(partner, good.ljust(length, b"\xff"))
        for version in (0, 2, 255):
            raw(partner, good[:1] + bytes([version]) + good[2:])
        count.comes_to({"LACPDU Rx": 8}, "long ones, and other versions")
        count = Count()
        for place, value in ((2, 2), (3, 19), (22, 1), (23, 0)):
            raw(partner, good[:place] + bytes([value]) + good[place + 1:])
        count.comes_to({"LACPDU Illegal Rx": 4}, "other TLVs for actor and partner")
        count = Count()
        for subtype in (0, 3, 4, 10, 255):
            raw(partner, bytes([subtype]) + good[1:])
        count.comes_to({"LACPDU Unknown type Rx": 5}, "other slow protocols")
        count = Count()
        for kind in (0, 2, 3, 255):
            raw(partner, b"\x02\x01" + bytes([kind]) + good[3:])
        count.comes_to({"Marker response Rx": 1, "Marker unknown type Rx": 3}, "other markers")
        own = partner.heard
        count = Count()
        for _ in range(300):
            raw(partner, own)
        count.comes_to({"LACPDU Rx": 300}, "our own LACPDUs")
        count = Count()
        for number in range(1000):
            raw(partner, b"\x02\x01\x01\x16\x00\x01" + PARTNER + number.to_bytes(6, "big") + bytes(92))
        count.comes_to({"Marker Rx": 1000}, "markers")
        dice = random.Random(1)
        count = Count()
        for _ in range(500):
            raw(partner, b"\x01" + dice.randbytes(109))
            raw(partner, good[:4] + dice.randbytes(15) + good[19:24] + dice.randbytes(15) + good[39:])
        count.comes_to({"LACPDU Illegal Rx": 500, "LACPDU Rx": 500}, "noise")
    lines = log_of("bond0", everything)
    check(len(lines) <= 40, "%d lines: %s ..." % (len(lines), lines[:50]))

    def joined():
        partner.listen()
        partner.say(READY)
        time.sleep(0.05)
        return states()[0] & DISTRIBUTING
    wait(joined, "DISTRIBUTING", LATE)


@test("lacp-partners-change-under-load", locks=True)
def under_load():
    net = pair(fast_start=True)
    both_up(net)
    ended = threading.Event()

    def send():
        with sender("bond0") as wire:
            while not ended.is_set():
                try:
                    wire.send(frame(payload=b"load"))
                except OSError:
                    time.sleep(0.01)
    load = threading.Thread(target=send, daemon=True)
    load.start()
    for number in range(6):
        must_set("bond1", "ad_actor_system", "02:00:00:00:cc:%02x" % number)
        must_set("bond1", "ad_actor_sys_prio", str(100 + number))
        net.down("bond1")
        must_set("bond1", "ad_user_port_key", str(number))
        net.up("bond1")
        time.sleep(0.1)
    wait(lambda: set(states()) == {JOINED} == set(states("bond1")), "all ports joined", LATE)
    seen = tap("bond1")
    wait(lambda: drain(seen), "a frame at the other bond", LATE)
    ended.set()
    load.join()
