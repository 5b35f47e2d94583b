#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Compare recordings in two directories, or tell which of C's are missing or stale."""

import argparse
import os
import sys

from parity import recording
from parity.compare import Outcome, Waiting, compare, report, summary


def pairs(args):
    """(file, C's path, our path) of all files that were run."""
    for file in sorted(os.listdir(args.ours)):
        if file.endswith(".jsonl"):
            yield file, os.path.join(args.c, file), os.path.join(args.ours, file)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--c", required=True, help="directory of C's recordings")
    parser.add_argument("--ours", required=True, help="directory of our recordings")
    parser.add_argument("--differences", default="", help="table of deliberate differences")
    parser.add_argument("--stale", action="store_true",
                        help="print the files whose recording of C was made with something else")
    parser.add_argument("--waiting", default="", help="differences that wait for a later step")
    parser.add_argument("--lasting", default="", help="differences that stay, wherever they show")
    parser.add_argument("--everything", action="store_true", help="all files were run, by our module")
    parser.add_argument("--subset", action="store_true", help="only some scenarios were run")
    parser.add_argument("--guest-status", type=int, default=0, help="exit status of the guests")
    args = parser.parse_args()
    known = recording.difference_ids(args.differences) if args.differences else set()
    waiting = Waiting(recording.open_differences(args.waiting) if args.waiting else (),
                      recording.open_differences(args.lasting) if args.lasting else ())
    outcomes = []
    for file, c_path, our_path in pairs(args):
        if not os.path.exists(c_path):
            if args.stale:
                print(file[:-6])
            else:
                outcomes.append(Outcome(file, "fail", ["C was not recorded"]))
            continue
        c_header, wanted = recording.load(c_path)
        our_header, got = recording.load(our_path)
        same = all(c_header.get(key) == our_header.get(key) for key in ("kernel", "iproute2"))
        if args.stale:
            if not same:
                print(file[:-6])
            continue
        if not same:
            outcomes.append(Outcome(file, "fail", ["C was recorded on %s" % c_header]))
            continue
        if args.subset:
            wanted = {name: steps for name, steps in wanted.items() if name in got}
        outcomes += compare(wanted, got, known, waiting)
    if args.stale:
        return 0
    if args.everything:
        outcomes += [Outcome("open-differences: %s %s" % rule, "fail", ["met nowhere: take the line out"])
                     for rule in waiting.unmet()]
    if args.guest_status:
        outcomes.append(Outcome("guest", "fail", ["a guest ended with status %d" % args.guest_status]))
    counts = report(outcomes, sys.stdout)
    if counts["fail"]:
        summary(outcomes, sys.stdout)
    print("%d passed, %d failed, %d skipped" % (counts["ok"], counts["fail"], counts["skip"]))
    return 1 if counts["fail"] or not outcomes else 0


if __name__ == "__main__":
    sys.exit(main())
