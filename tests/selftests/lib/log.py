# SPDX-License-Identifier: GPL-2.0
"""What the kernel says meanwhile."""

import time

from lib.net import KernelLog


def log_of(bond, action):
    """The kernel's log lines about a bond that an action brings."""
    log = KernelLog()
    action()
    time.sleep(0.2)
    return [text for _, _, text in (line.partition(" ") for line in log.lines())
            if text.startswith(bond + ":") or " " + bond + ":" in text]
