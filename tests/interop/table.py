# SPDX-License-Identifier: GPL-2.0
"""table.py DIRECTORY: the figures of DIRECTORY/c and DIRECTORY/rust, what there is of them, as a table."""

import sys
from pathlib import Path


def figures(path):
    """{(peer, what): (value, unit)}"""
    found = {}
    for line in path.read_text(encoding="ascii").splitlines() if path.exists() else ():
        peer, what, value, unit = line.split("\t")
        found[peer, what] = float(value), unit
    return found


def text(figure):
    if figure is None:
        return "-"
    value, unit = figure
    return "%.2f %s" % figure if unit == "s" else "%.0f %s" % (value, unit)


def main():
    sides = {side: figures(Path(sys.argv[1]) / side / "figures") for side in ("c", "rust")}
    sides = {side: found for side, found in sides.items() if found}
    if not sides:
        return
    print("# | peer | what | %s |" % " | ".join(sides))
    print("# |---|---|%s" % ("---|" * len(sides)))
    for key in dict.fromkeys(key for found in sides.values() for key in found):
        print("# | %s | %s | %s |" % (*key, " | ".join(text(found.get(key)) for found in sides.values())))


if __name__ == "__main__":
    main()
