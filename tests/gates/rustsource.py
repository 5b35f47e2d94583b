# SPDX-License-Identifier: GPL-2.0
"""Reads Rust sources for the gates: finds them, and blanks comments and literals."""

import pathlib
import re
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[2]

LITERALS = re.compile(
    r'//[^\n]*'
    r'|/\*.*?\*/'
    r'|\b(?:br|cr|r)(?P<h>#*)".*?"(?P=h)'
    r'|[bc]?"(?:\\.|[^"\\])*"'
    r"|b?'(?:\\[^']+|[^'\\\n])'",
    re.S)


def code(text):
    """`text` with comments, strings and character literals blanked, line numbers kept."""
    return LITERALS.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def sources(top=TOP):
    """The Rust sources under rust/ and tests/ that are tracked, or all where there is no git."""
    listed = subprocess.run(["git", "-C", top, "ls-files", "-co", "--exclude-standard", "*.rs"], capture_output=True, text=True)
    if listed.returncode == 0 and listed.stdout:
        return [top / line for line in listed.stdout.splitlines() if (top / line).exists()]
    return sorted(p for d in ("rust", "tests") for p in (top / d).rglob("*.rs") if "_generated" not in p.name)


def report(gate, problems):
    """Prints the problems and ends with the gate's status."""
    for problem in problems:
        print(f"{gate}: {problem}")
    raise SystemExit(1 if problems else 0)
