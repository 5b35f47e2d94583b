# SPDX-License-Identifier: GPL-2.0
"""Sessions of tests/interop for the benches: 802.3ad with a peer until both ports carry, and the loss of one of them.

Lines: result PEER/WHAT VALUE UNIT, one for each run.
"""

import os
import sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [os.path.join(TESTS, "interop"), os.path.join(TESTS, "selftests")]

from lib.harness import Test, perform  # noqa: E402

from rig import load_modules  # noqa: E402
from sessions import Session  # noqa: E402

OUT = "/tmp/converge"


def session(wires, peer):
    """Join, lose a carrier, and be cut off with the carrier up."""
    with Session(wires, peer(wires), OUT, "short timeouts", "lacp_rate fast") as talk:
        talk.converge()
        talk.carrier()
        talk.black_hole()


def measure(wires, peers, runs, init_net=False):
    """`runs` sessions with each of `peers` over wires that `wires()` makes, and what they came to.

    `init_net`: in the first namespace, where network cards are. A session that fails has no figures, which the report notices.
    """
    os.makedirs(OUT)
    load_modules()
    for peer in peers:
        for number in range(runs):
            perform(number + 1, Test(peer.__name__, lambda peer=peer: session(wires(), peer), limit=900, init_net=init_net))
    with open(OUT + "/figures", encoding="ascii") as figures:
        for line in figures:
            name, what, value, unit = line.rstrip("\n").split("\t")
            label = "%s/%s" % (name, what)
            print("result %s %s %s" % (label.replace(" ", "-").replace(",", "").replace(":", ""), value, unit))
