#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Print named functions and variables of a C file, as they stand there.

usage: extract.py FILE NAME...

The kernel's coding style makes this easy: a definition begins in the first
column and ends with a closing brace in the first column. A name that is not
found, or found twice, is an error: then the source has changed and whoever
uses this has to look.
"""

import re
import sys


def definition(lines, name):
    """The lines of the one definition of `name`."""
    function = re.compile(r"^[A-Za-z_][\w\s*]*?\b%s\(" % re.escape(name))
    variable = re.compile(r"^[A-Za-z_][\w\s*]*?\b%s\b[^(]*[=;]" % re.escape(name))
    found = []
    for start, line in enumerate(lines):
        if variable.match(line):
            end = start
            if not line.rstrip().endswith(";"):
                while not lines[end].startswith("}"):
                    end += 1
            found.append((start, end))
        elif function.match(line):
            end = start
            while not lines[end].startswith(("{", "}")) and not lines[end].rstrip().endswith(";"):
                end += 1
            if lines[end].rstrip().endswith(";"):
                continue  # a declaration only
            while not lines[end].startswith("}"):
                end += 1
            found.append((start, end))
    if len(found) != 1:
        sys.exit("extract.py: %d definitions of %s" % (len(found), name))
    start, end = found[0]
    return start, lines[start : end + 1]


def main():
    path, names = sys.argv[1], sys.argv[2:]
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    for name in names:
        start, text = definition(lines, name)
        print('#line %d "%s"' % (start + 1, path))
        print("\n".join(text))
        print()


if __name__ == "__main__":
    main()
