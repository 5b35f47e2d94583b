#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Compare the answers of two modules to the cases of the matrix, case by case."""

import argparse
import json
import re
import sys
from collections import Counter

SHOWN = 80


def load(path):
    with open(path, encoding="utf-8") as lines:
        return [(group, title, record) for group, title, record in map(json.loads, lines)]


def rules(path):
    """[(row, group, expression)] of deliberate differences: all three cells match whole."""
    out = []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                row, group, expression = line.rstrip("\n").split("\t")
                out.append((row, re.compile(group), re.compile(expression)))
    return out


def rows(path):
    with open(path, encoding="utf-8") as lines:
        return {match.group(1) for match in map(re.compile(r"\| ([A-G]\d+) \|").match, lines) if match}


def flat(record, prefix=""):
    """{path: value} of a record."""
    out = {}
    for key, value in record.items():
        if isinstance(value, dict):
            out.update(flat(value, prefix + key + "."))
        else:
            out[prefix + key] = value
    return out


def differences(wanted, got):
    """Texts for each field that is not the same."""
    left, right = flat(wanted), flat(got)
    same_error = left.get("result.errno", "0") != "0" and left["result.errno"] == right.get("result.errno")
    # Where C gives no text for an error, ours may name the reason (rows E1 and E2).
    silent = same_error and "result.extack" not in left
    for key in sorted(set(left) | set(right)):
        if left.get(key) == right.get(key) or silent and key in ("result.extack", "result.bad_attr"):
            continue
        yield "%s: C %r, ours %r" % (key, left.get(key), right.get(key))
    if len(str(right.get("result.extack", "")).encode()) > 79 and left.get("result.extack") != right.get("result.extack"):
        yield "result.extack: longer than 79 bytes"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--c", required=True)
    parser.add_argument("--ours", required=True)
    parser.add_argument("--rules", required=True)
    parser.add_argument("--differences", required=True)
    parser.add_argument("--subset", action="store_true")
    args = parser.parse_args()
    wanted, got = load(args.c), load(args.ours)
    known, allowed = rows(args.differences), rules(args.rules)
    unknown = [row for row, _, _ in allowed if row not in known]
    if args.subset:
        groups = {group for group, _, _ in got}
        wanted = [case for case in wanted if case[0] in groups]
    failed = Counter()
    marked = Counter()
    bad = total = 0
    lines = []
    for place, (group, title, record) in enumerate(wanted):
        total += 1
        if place >= len(got) or got[place][:2] != (group, title):
            lines.append("%s %s: the two sides went different ways here" % (group, title))
            bad += 1
            break
        found = []
        for text in differences(record, got[place][2]):
            refused = flat(record).get("result.errno", "0") != "0"
            row = next((row for row, where, what in allowed if where.fullmatch(group) and what.fullmatch(text) and
                        (refused or row != "C1")), None)
            if row:
                marked[row] += 1
            else:
                found.append(text)
        if found:
            bad += 1
            failed[group] += 1
            if failed[group] <= 3:
                lines += ["%s %s" % (group, title)] + ["    " + text for text in found]
    for line in lines[:SHOWN * 3]:
        print("# " + line)
    for row in unknown:
        print("# a rule names %s, which has no row" % row)
    print("# %d cases compared, %d differ; deliberate differences: %s" %
          (total, bad, ", ".join("%s %d" % item for item in sorted(marked.items())) or "none"))
    situations = sorted({group.split(" ")[0] for group, _, _ in wanted})
    for name in situations:
        count = sum(number for group, number in failed.items() if group.split(" ")[0] == name)
        print("%s - matrix/%s" % ("not ok" if count else "ok", name))
    broken = sum(any(group.split(" ")[0] == name for group in failed) for name in situations)
    if bad and not failed:
        broken = 1
    broken += len(unknown)
    print("%d passed, %d failed, 0 skipped" % (max(0, len(situations) - broken), broken))
    return 1 if broken or not total else 0


if __name__ == "__main__":
    sys.exit(main())
