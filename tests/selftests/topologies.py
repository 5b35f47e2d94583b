#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""In the guest: a bond over two switches with a link between them, what breaks there, and what that costs.

Prints a line for each case: its name, then packets lost and the longest gap in milliseconds of the flow to the host,
then of the flow from it.
"""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib.fabric import CASES, is_ours  # noqa: E402
from lib.harness import sh  # noqa: E402


def main():
    sh("modprobe bonding max_bonds=0; modprobe -q bridge; modprobe -q veth; modprobe -q 8021q; modprobe -q cls_flower", may_fail=True)
    for case in CASES:
        by_arp = case.settings.startswith("arp")
        for probe, pruning, added in ((False, False, ""), (True, False, ", arp_backup_probe=probe"),
                                      (True, True, ", arp_backup_probe=probe, cards that prune")):
            if probe and not (by_arp and is_ours()):
                continue
            values = case.run(probe, pruning)
            print("%s%s\t%d\t%.0f\t%d\t%.0f" % (case.name, added, *values), flush=True)


if __name__ == "__main__":
    main()
