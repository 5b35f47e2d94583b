# SPDX-License-Identifier: GPL-2.0
"""Reading recordings and the table of deliberate differences."""

import json
import re

ROW = re.compile(r"^\|\s*`?([A-Z][A-Za-z0-9-]*[0-9]+[a-z]?)`?\s*\|[^|]*\|\s*(\w*)")


def load(path):
    """(header, {scenario: [steps]}) of a recording."""
    header, scenarios = {}, {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            if "header" in record:
                header = record["header"]
            else:
                scenarios.setdefault(record["scenario"], []).append(record)
    return header, scenarios


def difference_ids(path):
    """Rows of Documentation/differences.md that say we differ: first column, unless the third says `kept`."""
    try:
        with open(path, encoding="utf-8") as lines:
            return {match.group(1) for match in map(ROW.match, lines)
                    if match and match.group(2) != "kept"}
    except FileNotFoundError:
        return set()


def open_differences(path):
    """[(row, expression)] of the differences that wait for a later step."""
    out = []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if not line.startswith("#") and line.strip():
                row, _, expression = line.rstrip("\n").partition("\t")
                out.append((row, re.compile(expression)))
    return out
