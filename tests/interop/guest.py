#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""In the guest: sessions with each peer; prints TAP."""

import argparse
import fnmatch
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "selftests")]

from lib.harness import TESTS, perform, test  # noqa: E402

import dissect  # noqa: E402
from cards import Cards  # noqa: E402
from peers import Kernel, OpenVSwitch, Teamd  # noqa: E402
from rig import Wires, load_modules  # noqa: E402
from sessions import Session  # noqa: E402

OUT = "/mnt/share"
# Name, our options, whether the peer is active and wants short timeouts, whether it is part of the long run only.
SESSIONS = (
    ("short-timeouts", "lacp_rate fast", True, True, False),
    ("passive-here", "lacp_rate fast lacp_active off", True, True, True),
    ("passive-there", "lacp_rate fast", False, True, True),
    ("long-timeouts", "lacp_rate slow", True, False, True),
    ("independent", "lacp_rate fast coupled_control off", True, True, True),
)
# What is tried once both ends have joined; a peer's `quick` is the part for the short run.
STEPS = ("carrier", "black_hole", "min_links", "restart")


def register(peer, wires, folder, everything):
    for name, options, active, fast, full in SESSIONS:
        def run(name=name, options=options, active=active, fast=fast):
            place = wires()
            with Session(place, peer(place), folder, name.replace("-", " "), options, active, fast) as session:
                session.converge()
                if name == "short-timeouts":
                    for step in STEPS if everything else peer.quick:
                        getattr(session, step)()
        test("%s-%s" % (peer.name.lower().replace(" ", "-"), name), limit=300, full=full, init_net=wires is Cards)(run)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="*")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--cards", action="store_true", help="the peer is the other guest of a pair")
    args = parser.parse_args()
    # Sessions talk to the runner of a pair by this, while what they print is kept.
    os.dup2(1, 3)
    load_modules()
    if args.cards:
        register(Kernel, Cards, OUT, args.full)
    else:
        register(OpenVSwitch, Wires, OUT, args.full)
        register(Teamd, Wires, OUT, args.full)

    @test("each-lacpdu-dissects-without-a-warning", limit=300)
    def dissects():
        dissect.check_all(OUT)
    chosen = [item for item in TESTS if any(fnmatch.fnmatch(item[0], glob) for glob in args.only.split(",")) and (args.full or not item[4])]
    results = [perform(number, item) for number, item in enumerate(chosen, 1)]
    print("1..%d" % len(chosen))
    return 1 if "fail" in results else 0


if __name__ == "__main__":
    sys.exit(main())
