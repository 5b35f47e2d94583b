# SPDX-License-Identifier: GPL-2.0
"""Compares two recordings of the same scenarios, step by step."""

import difflib
import re
from collections import Counter

from .normalise import Normaliser

SHOWN = 400
SEQUENCES = ("events[", "log[")
# Where C gives no text for an error, ours may name the reason: these rows of the documentation say so.
SILENT_ERRORS = {"E1", "E2"}
# C says this at each pass of the monitor until it gets RTNL: the last one acts.
UNTIL_RTNL = re.compile(r"link status (up|down)( for .*)?, (enabling|disabling) it in \d+ ms$")


class Outcome:
    """Verdict on one scenario: `ok`, `fail` or `skip`, with lines that explain it."""

    def __init__(self, name, verdict, lines=(), steps=0, marked=()):
        self.name = name
        self.verdict = verdict
        self.lines = list(lines)
        self.steps = steps
        self.marked = set(marked)


def said_once(steps):
    """C's steps without what it says again until it has RTNL. Ours must not say it twice, and stays as it is."""
    for record in steps:
        log = record.get("log", [])
        yield dict(record, log=[line for place, line in enumerate(log)
                                if line not in log[place + 1:] or not UNTIL_RTNL.search(line)])


def fields(steps):
    """Normalised fields of each step, as one dictionary a step."""
    normaliser = Normaliser()
    return [dict(normaliser.step(record)) for record in steps]


def compare_step(wanted, got):
    """Lines that tell the fields in which two normalised steps differ."""
    out = []
    for key in sorted(set(wanted) | set(got)):
        left, right = wanted.get(key), got.get(key)
        if left != right and not key.startswith(SEQUENCES):
            out.append("%s: C %s, ours %s" % (key, _short(left), _short(right)))
    for name in SEQUENCES:
        out += _compare_lines(name, *([text for key, text in side.items() if key.startswith(name)]
                                      for side in (wanted, got)))
    return out


def _compare_lines(name, wanted, got):
    """Lines of a log that only one side has, in order."""
    if wanted == got:
        return []
    out = []
    for line in difflib.ndiff(wanted, got):
        if line[0] in "-+":
            out.append("%s: %s %s" % (name[:-1], "C only:" if line[0] == "-" else "only ours:", _short(line[2:].rstrip("\n"))))
    return out or ["%s: order differs" % name[:-1]]


def _short(value):
    if value is None:
        return "(absent)"
    shown = repr(value)
    return shown if len(shown) <= SHOWN else shown[:SHOWN] + "..."


def texts_added(wanted, got, known, marked):
    """Both sides, ours without the texts that it adds to an error for which C has none."""
    silent = wanted.get("result.errno", "0") != "0" and "result.extack" not in wanted
    if silent and "result.extack" in got and SILENT_ERRORS & known and \
            got.get("result.errno") == wanted.get("result.errno"):
        marked.update(SILENT_ERRORS & known)
        got = {key: text for key, text in got.items()
               if key not in ("result.extack", "result.bad_attr") or key in wanted}
    # As `ip` shows the same.
    if wanted.get("result.err", "").startswith("RTNETLINK answers: ") and \
            got.get("result.err", "").startswith("Error: ") and SILENT_ERRORS & known:
        marked.update(SILENT_ERRORS & known)
        got = dict(got, **{"result.err": wanted["result.err"]})
    return wanted, got


class Waiting:
    """Differences that wait for a later step, and which of them were met; and those that stay."""

    def __init__(self, rules=(), lasting=()):
        self.rules = list(rules)
        self.lasting = list(lasting)
        self.met = set()

    def covers(self, line, known, marked):
        """Whether a line of a step's report is one of them."""
        for row, expression in self.rules + self.lasting:
            if row in known and expression.fullmatch(line):
                self.met.add((row, expression.pattern))
                marked.add(row)
                return True
        return False

    def unmet(self):
        """Rules that nothing needed."""
        return [rule for rule in ((row, expression.pattern) for row, expression in self.rules)
                if rule not in self.met]


def compare_scenario(name, wanted, got, known=frozenset(), waiting=Waiting()):
    """Compare all steps of a scenario; `known` are the rows that exist for differences."""
    for side, steps in (("C", wanted), ("ours", got)):
        for record in steps:
            result = record.get("result", {})
            if "exception" in result:
                last = result["exception"].strip().split("\n")
                return Outcome(name, "fail", ["broken scenario (%s):" % side] + last)
            if "skip" in result and side == "C":
                return Outcome(name, "skip", [result["skip"]])
    lines, marked = [], set()
    left, right = fields(said_once(wanted)), fields(got)
    for number, record in enumerate(wanted):
        if number >= len(right):
            lines.append("step %d (%s): C only, ours stopped" % (number, record["cmd"]))
            break
        found = compare_step(*texts_added(left[number], right[number], known, marked))
        marks = [item.split() for item in record.get("difference", [])]
        identifiers = [mark[0] for mark in marks]
        unknown = [item for item in identifiers if item not in known]
        if unknown:
            lines.append("step %d (%s): marked as difference %s, which has no row in the documentation"
                         % (number, record["cmd"], ", ".join(unknown)))
        found = [line for line in found if not waiting.covers(line, known, marked)]
        if not found:
            continue
        if identifiers:
            marked.update(identifiers)
            found = [line for line in found if not any(
                not mark[1:] or line.startswith(tuple(mark[1:])) for mark in marks)]
            if not found:
                continue
        lines.append("step %d: %s" % (number, record["cmd"]))
        lines.extend("    " + item for item in found)
    if len(right) > len(left):
        lines.append("ours has %d steps more" % (len(right) - len(left)))
    return Outcome(name, "fail" if lines else "ok", lines, len(wanted), marked)


def compare(wanted, got, known=frozenset(), waiting=Waiting()):
    """Outcomes for all scenarios of two loaded recordings."""
    outcomes = []
    for name in wanted:
        if name not in got:
            outcomes.append(Outcome(name, "fail", ["not run on our side"]))
        else:
            outcomes.append(compare_scenario(name, wanted[name], got[name], known, waiting))
    outcomes += [Outcome(name, "fail", ["C has no recording"]) for name in got if name not in wanted]
    return outcomes


def summary(outcomes, out, limit=40):
    """The most frequent differences over all scenarios, for whoever has to look into them."""
    seen = Counter(line.strip() for outcome in outcomes if outcome.verdict == "fail"
                   for line in outcome.lines if line.startswith("    "))
    for line, count in seen.most_common(limit):
        print("# %4d x %s" % (count, line), file=out)


def report(outcomes, out, limit=60):
    """Write TAP; returns the counts by verdict."""
    counts = Counter()
    steps = 0
    for place, outcome in enumerate(outcomes, 1):
        counts[outcome.verdict] += 1
        steps += outcome.steps
        word = "not ok" if outcome.verdict == "fail" else "ok"
        suffix = " # SKIP " + " ".join(outcome.lines) if outcome.verdict == "skip" else ""
        if outcome.marked:
            suffix += " # difference " + " ".join(sorted(outcome.marked))
        print("%s %d - %s%s" % (word, place, outcome.name, suffix), file=out)
        if outcome.verdict == "fail":
            for line in outcome.lines[:limit]:
                print("#   " + line, file=out)
            if len(outcome.lines) > limit:
                print("#   ... and %d lines more" % (len(outcome.lines) - limit), file=out)
    print("1..%d" % len(outcomes), file=out)
    print("# %d steps compared" % steps, file=out)
    return counts
