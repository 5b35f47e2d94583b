# SPDX-License-Identifier: GPL-2.0
"""What the kernel says meanwhile."""

import os
import time


def log_of(bond, action):
    """The kernel's log lines about a bond that an action brings."""
    with open("/dev/kmsg", "r", encoding="utf-8", errors="replace") as log:
        os.set_blocking(log.fileno(), False)
        os.lseek(log.fileno(), 0, os.SEEK_END)
        action()
        time.sleep(0.2)
        lines = []
        while True:
            try:
                record = os.read(log.fileno(), 8192).decode(errors="replace")
            except BlockingIOError:
                return lines
            text = record.split(";", 1)[1].split("\n")[0]
            if text.startswith(bond + ":") or " " + bond + ":" in text:
                lines.append(text)
