# SPDX-License-Identifier: GPL-2.0
"""Replaces what may differ from run to run, and nothing else, by symbols.

The only such thing left in a recording is a random MAC address: interface
numbers are turned into names by the guest, log lines are recorded without their
times. A MAC becomes `<mac1>`, `<mac2>` ... in the order in which a scenario
shows them, so that "same address" and "another address" stay distinct.
"""

import re

# Devices that are not Ethernet have addresses of 4 to 20 bytes, and a bond of such slaves too.
COLON = re.compile(r"(?<![0-9a-fA-F:])(?:[0-9a-fA-F]{2}:){3,19}[0-9a-fA-F]{2}(?![0-9a-fA-F:])")
PLAIN = re.compile(r"(?<![0-9a-f])[0-9a-f]{12}(?=\*)")

# Given by the scenarios, or by a standard: these are compared as they are.
FIXED = re.compile(r"^(02:00:00:|ff:ff:ff:ff:ff:ff|00:00:00:00:00:00|33:33:00:|01:00:5e:|01:80:c2:)")


class Normaliser:
    """Symbols for one scenario; feed it the steps in order."""

    def __init__(self):
        self.symbols = {}
        self.literal = set()

    def _symbol(self, match):
        written = match.group(0)
        address = written.lower()
        if ":" not in address:
            address = ":".join(address[i:i + 2] for i in range(0, 12, 2))
        if FIXED.match(address) or address in self.literal:
            return written
        symbol = self.symbols.setdefault(address, "<mac%d>" % (len(self.symbols) + 1))
        return symbol.upper() if written != written.lower() else symbol

    def text(self, value):
        """Normalise one text."""
        if not isinstance(value, str):
            return value
        return PLAIN.sub(self._symbol, COLON.sub(self._symbol, value))

    def step(self, record):
        """Flatten one step into an ordered list of (field, text)."""
        if record.get("difference"):
            # An address that only one side shows here must not shift the names of later ones.
            keep = dict(self.symbols)
            try:
                return self._step(record)
            finally:
                self.symbols = keep
        return self._step(record)

    def _step(self, record):
        for match in COLON.finditer(record.get("cmd", "")):
            self.literal.add(match.group(0).lower())
        out = [("cmd", record.get("cmd", ""))]
        for key, value in sorted(record.get("result", {}).items()):
            out.append(("result." + key, self._any(value)))
        for field in ("log", "events"):
            for line, value in enumerate(record.get(field, [])):
                out.append(("%s[%d]" % (field, line), self.text(value)))
        for key, value in sorted(record.get("state", {}).items()):
            out.append(("state." + key, "(gone)" if value is None else self.text(value)))
        return out

    def _any(self, value):
        if isinstance(value, list):
            return "; ".join(str(self.text(item)) for item in value)
        return self.text(value) if isinstance(value, str) else str(value)
