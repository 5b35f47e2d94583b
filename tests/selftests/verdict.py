#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Holds results of the kernel's selftests against C's and the list of expected failures; prints TAP.

A table of both stands in the README between two marks: it must say what the run gave, or is renewed by it.
"""

import argparse
import os
import sys

BEGIN, END = "<!-- upstream: begin -->", "<!-- upstream: end -->"


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


def table(got, reference):
    """Lines of the README's table: of each script, how many lines passed with either module."""
    def score(found, script):
        lines = [result for (name, line), result in found.items() if name == script and line != "exit"]
        whole = found.get((script, "exit")) == "OK" and all(result == "OK" for result in lines)
        return "%s%d of %d" % ("" if whole else "**fails**, ", lines.count("OK"), len(lines)) if lines \
            else "passes" if whole else "**fails**"
    scripts = sorted({script for script, _ in list(got) + list(reference)})
    yield "| script | lines that pass, C | Rust |"
    yield "|---|---|---|"
    for script in scripts:
        yield "| %s | %s | %s |" % (script, score(reference, script), score(got, script))


def ours(lines):
    """A table without C's column: that C's driver failed in one run is no reason to fail ours."""
    return [(line.split("|")[1], line.split("|")[3]) for line in lines]


def in_readme(path, lines, renew):
    """Whether the README has this table, as to our results; afterwards, with `renew`."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    head, begin, rest = text.partition(BEGIN)
    there, end, tail = rest.partition(END)
    if renew:
        with open(path, "w", encoding="utf-8") as file:
            file.write(head + begin + "\n" + "\n".join(lines) + "\n" + end + tail)
    return renew or ours(there.split("\n")[1:-1]) == ours(lines)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--got", required=True)
    parser.add_argument("--c", default="", help="results of the C module")
    parser.add_argument("--readme", default="", help="file whose table must say the same")
    parser.add_argument("--renew", action="store_true", help="renew that table")
    parser.add_argument("--expected", required=True)
    parser.add_argument("--start", type=int, default=1, help="number of the first TAP line")
    parser.add_argument("scripts", nargs="+", help="script or script:TESTS that were run")
    args = parser.parse_args()
    got, reference = results(args.got), results(args.c)
    rows = list(table(got, reference))
    scripts = [os.path.basename(item) for item in args.scripts]
    whole = {item for item in scripts if ":" not in item}
    partly = {item.split(":")[0]: item.split(":")[1].split(",") for item in scripts if ":" in item}
    # Those that print no TEST: lines only say how they ended.
    whole |= {script for script in partly if {line for name, line in got if name == script} == {"exit"}}
    # Of a script run in part, only the lines that begin with a name of that part count.
    reference = {key: value for key, value in reference.items() if key[0] in whole or
                 key[0] in partly and any(key[1].startswith(name) for name in partly[key[0]])}
    got = {key: value for key, value in got.items() if key[0] in whole or key[1] != "exit"}
    counts = {"ok": 0, "fail": 0, "skip": 0}
    lines = list(judge(got, reference, expected(args.expected), whole | set(partly)))
    lines += [("fail", key, value) for key, value in got.items() if key[0] == "bonding"]
    if args.readme:
        lines.append(("ok" if in_readme(args.readme, rows, args.renew) else "fail",
                      ("table", "README.md says the same"), "or renew it: tests/selftests/run --upstream --renew"))
    for number, (verdict, key, note) in enumerate(lines, args.start):
        counts[verdict] += 1
        print("%s %d - upstream %s: %s # %s%s" % ("not ok" if verdict == "fail" else "ok", number, key[0], key[1],
                                                  "SKIP " if verdict == "skip" else "", note))
    print("\n".join("# " + row for row in rows))
    print("# upstream lines: %(ok)d passed, %(fail)d failed, %(skip)d skipped" % counts)
    return 1 if counts["fail"] else 0


if __name__ == "__main__":
    sys.exit(main())
