# SPDX-License-Identifier: GPL-2.0
"""802.3ad: two bonds with each other, and a partner made of single frames."""

import time

from lib.harness import check, equal, test, wait
from lib.net import Net, drain, frame, must_set, proc, sender, shown, slave_is, tap
from parity.slow import ACTIVE, AGGREGATION, COLLECTING, DISTRIBUTING, PARTNER, SHORT, SYNC, Partner

JOINED = ACTIVE | SHORT | AGGREGATION | SYNC | COLLECTING | DISTRIBUTING
# A guest under emulation is late at times: upper bounds are wide, lower bounds are exact.
LATE = 20.0


def states(bond="bond0"):
    """The actor's and the partner's state of each port, by procfs."""
    return [int(line.split(":")[1]) for line in proc(bond).splitlines() if "port state:" in line]


def pair(ports=2, fast_start=False, **options):
    """bond0 over v0.., bond1 over p0..: both ends here."""
    net = Net()
    net.veths(ports)
    for bond, prefix in (("bond0", "v"), ("bond1", "p")):
        net.bond(bond, mode=4, miimon=50, ad_lacp_rate=1, **options)
        if fast_start:
            must_set(bond, "lacp_fast_start", "on")
        for port in range(ports):
            net.down("%s%d" % (prefix, port))
            net.master("%s%d" % (prefix, port), bond)
    return net


def port():
    """A bond of one port, and its partner, which has heard of it."""
    net = Net()
    net.veths(1)
    net.bond("bond0", ["v0"], up=True, mode=4, miimon=50, ad_lacp_rate=1)
    partner = Partner()
    wait(partner.listen, "a LACPDU", LATE)
    return net, partner


def both_up(net):
    net.up("bond0")
    net.up("bond1")
    return wait(lambda: states() and set(states()) == {JOINED} == set(states("bond1")), "all ports joined", LATE)


@test("lacp-two-bonds-join", locks=True)
def join():
    net = pair()
    took = both_up(net)
    check(took >= 2.0, "joined after %.2f s, ports wait 2 s for others" % took)
    equal(shown("bond0", "ad_num_ports"), "2", "ports")
    seen = tap("bond1")
    with sender("bond0") as wire:
        wire.send(frame(payload=b"over the bond"))
    wait(lambda: drain(seen), "a frame at the other bond", LATE)
    net.down("v0")
    wait(lambda: shown("bond1", "ad_num_ports") == "1", "one port left", LATE)
    net.up("v0")
    wait(lambda: shown("bond1", "ad_num_ports") == "2" and set(states()) == {JOINED}, "two ports again", LATE)


@test("g4-fast-start-joins-at-once")
def fast_start():
    net = pair(fast_start=True)
    took = both_up(net)
    check(took < 2.0, "joined after %.2f s" % took)


@test("lacp-min-links-decides-the-carrier")
def min_links():
    net = pair(fast_start=True)
    both_up(net)
    must_set("bond0", "min_links", "2")
    equal(shown("bond0", "mii_status"), "up", "with two ports")
    net.down("v1")
    wait(lambda: shown("bond0", "mii_status") == "down", "no carrier with one port", LATE)
    must_set("bond0", "min_links", "1")
    equal(shown("bond0", "mii_status"), "up", "carrier as min_links is 1")


@test("b5-collecting-receives")
def collecting():
    net = Net()
    net.veths(1)
    net.bond("bond0", mode=4, miimon=50, coupled_control=0)
    net.master("v0", "bond0")
    net.up("bond0")
    partner = Partner()
    wait(partner.listen, "a LACPDU", LATE)

    def is_collecting():
        partner.listen()
        partner.say(ACTIVE | AGGREGATION | SYNC)
        time.sleep(0.1)
        return states()[0] & (COLLECTING | DISTRIBUTING) == COLLECTING
    wait(is_collecting, "COLLECTING", LATE)
    seen = tap("bond0")
    with sender("p0") as wire:
        wire.send(frame(payload=b"for a port that collects"))
    wait(lambda: drain(seen), "the frame at the bond", LATE)


@test("b13-unknown-speed-starts-down")
def unknown_speed():
    net = Net()
    net.dummies(1)
    net.bond("bond0", ["d0"], up=True, mode=4, miimon=50)
    check(slave_is("d0", "down"), "up, though nobody knows its speed")
    equal(shown("bond0", "mii_status"), "down", "carrier")


@test("c16-markers-are-limited")
def markers():
    net = Net()
    net.veths(1)
    net.bond("bond0", ["v0"], up=True, mode=4, miimon=50)
    partner = Partner()
    wait(partner.listen, "a LACPDU", LATE)
    question = b"\x02\x01\x01\x16\x00\x01" + PARTNER + b"\x00\x00\x00\x07"
    start = time.monotonic()
    for _ in range(200):
        partner.send(question.ljust(110, b"\0"))
    answers = []

    def answered():
        answers.extend(data for data in partner.frames() if data[:3] == b"\x02\x01\x02")
        return answers
    wait(answered, "an answer", LATE)
    time.sleep(0.5)
    answered()
    seconds = time.monotonic() - start
    equal(answers[0][3:16], question[3:16], "what the answer repeats")
    check(len(answers) <= 10 * (1 + int(seconds)), "%d answers in %.1f s" % (len(answers), seconds))


@test("lacp-a-port-says-good-bye")
def good_bye():
    net = Net()
    net.veths(1)
    net.bond("bond0", ["v0"], up=True, mode=4, miimon=50)
    partner = Partner()
    wait(partner.listen, "a LACPDU", LATE)
    check(partner.heard[18] & AGGREGATION, "cannot be aggregated from the start")
    net.master("v0", None)
    wait(lambda: not partner.listen()[18] & AGGREGATION, "the last LACPDU", LATE)
