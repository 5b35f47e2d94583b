# SPDX-License-Identifier: GPL-2.0
"""The gate against regressions sees one."""

import contextlib
import io
import tempfile
import unittest
from pathlib import Path

import report

# What the bench prints: a limit, two figures with it, one that has none.
FIGURES = {"limit": 1400, "layer2": 1500, "balance-rr/rx": 1450}


class Check(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.known = self.folder / "known"
        self.assertTrue(self.check(FIGURES)[0])

    def check(self, figures):
        """Whether these pass, and what was said."""
        lines = ["result %s %d instructions%s\n" % (name, value, "" if name == "limit" else " limit") for name, value in figures.items()]
        (self.folder / "packets.rust.txt").write_text("".join(lines))
        with contextlib.redirect_stdout(io.StringIO()) as said:
            good = report.check(self.folder, self.known)
        return good, said.getvalue()

    def test_known_are_own_parts(self):
        lines = [line for line in self.known.read_text().splitlines() if not line.startswith("#")]
        self.assertEqual(lines, ["layer2 100", "balance-rr/rx 50"])

    def test_the_same_passes(self):
        good, said = self.check(FIGURES)
        self.assertTrue(good)
        self.assertIn("2 passed, 0 failed", said)

    def test_what_the_kernel_takes_does_not_count(self):
        self.assertTrue(self.check({name: value + 300 for name, value in FIGURES.items()})[0])

    def test_three_per_cent_more_fail(self):
        good, said = self.check({**FIGURES, "layer2": 1545})
        self.assertFalse(good)
        self.assertIn("not ok - layer2: own part 145 instructions of 1545, known 100", said)
        self.assertIn("1 passed, 1 failed", said)

    def test_one_per_cent_more_passes(self):
        self.assertTrue(self.check({**FIGURES, "layer2": 1515})[0])

    def test_less_passes(self):
        self.assertTrue(self.check({**FIGURES, "layer2": 1410})[0])

    def test_a_figure_that_is_missing_fails(self):
        short = dict(FIGURES)
        del short["layer2"]
        self.assertFalse(self.check(short)[0])

    def test_a_figure_that_nobody_knows_fails(self):
        self.assertFalse(self.check({**FIGURES, "layer3+4": 1600})[0])


if __name__ == "__main__":
    unittest.main()
