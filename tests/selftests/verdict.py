#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Holds results of the kernel's selftests against C's and the list of expected failures; prints TAP."""

import argparse
import os
import sys


def results(path):
    """{(script, line): result} of a file of results; the same line twice is `line (2)`."""
    out = {}
    if not path or not os.path.exists(path):
        return out
    with open(path, encoding="utf-8") as lines:
        for text in lines:
            parts = text.rstrip("\n").split("\t")
            if text.startswith("#") or len(parts) != 3:
                continue
            key, place = (parts[0], parts[1]), 1
            while key in out:
                place += 1
                key = (parts[0], "%s (%d)" % (parts[1], place))
            out[key] = parts[2]
    return out


def expected(path):
    """{(script, line): issue}: lines `issue<TAB>script<TAB>line`."""
    out = {}
    with open(path, encoding="utf-8") as lines:
        for text in lines:
            parts = text.rstrip("\n").split("\t")
            if not text.startswith("#") and len(parts) == 3:
                out[parts[1], parts[2]] = parts[0]
    return out


def judge(got, reference, allowed, scripts):
    """(verdict, title, note) for each line that C has or that we have, in the scripts that were run."""
    keys = [key for key in list(reference) + [key for key in got if key not in reference] if key[0] in scripts]
    for key in keys:
        result = got.get(key, "MISSING")
        theirs = reference.get(key, "-")
        passed = result == "OK"
        note = "%s, C %s" % (result, theirs)
        if key in allowed and passed:
            yield "fail", key, note + ": passes, take it off tests/selftests/expected-failures"
        elif key in allowed:
            yield "skip", key, note + ": waits for issue " + allowed[key]
        elif not passed and theirs in ("SKIP", "XFAIL") and result == theirs:
            yield "skip", key, note
        else:
            yield "ok" if passed else "fail", key, note


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--got", required=True)
    parser.add_argument("--c", required=True, help="tracked list of C's lines")
    parser.add_argument("--expected", required=True)
    parser.add_argument("--start", type=int, default=1, help="number of the first TAP line")
    parser.add_argument("scripts", nargs="+", help="script or script:TESTS that were run")
    args = parser.parse_args()
    got, reference = results(args.got), results(args.c)
    whole = {item for item in args.scripts if ":" not in item}
    partly = {item.split(":")[0]: item.split(":")[1].split(",") for item in args.scripts if ":" in item}
    # Of a script run in part, only the lines that begin with a name of that part count.
    reference = {key: value for key, value in reference.items() if key[0] in whole or
                 key[0] in partly and any(key[1].startswith(name) for name in partly[key[0]])}
    got = {key: value for key, value in got.items() if key[0] in whole or key[1] != "exit"}
    counts = {"ok": 0, "fail": 0, "skip": 0}
    lines = list(judge(got, reference, expected(args.expected), whole | set(partly)))
    lines += [("fail", key, value) for key, value in got.items() if key[0] == "bonding"]
    for number, (verdict, key, note) in enumerate(lines, args.start):
        counts[verdict] += 1
        print("%s %d - upstream %s: %s # %s%s" % ("not ok" if verdict == "fail" else "ok", number, key[0], key[1],
                                                  "SKIP " if verdict == "skip" else "", note))
    print("# upstream lines: %(ok)d passed, %(fail)d failed, %(skip)d skipped" % counts)
    return 1 if counts["fail"] else 0


if __name__ == "__main__":
    sys.exit(main())
