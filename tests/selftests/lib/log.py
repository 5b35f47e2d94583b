# SPDX-License-Identifier: GPL-2.0
"""What the kernel says meanwhile."""

import os
import time


class Log:
    """The kernel's log from now on, without what went before: that is long."""

    def __init__(self):
        self.fd = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self.fd, 0, os.SEEK_END)
        self.read = []

    def lines(self):
        """All lines so far."""
        while True:
            try:
                record = os.read(self.fd, 8192).decode(errors="replace")
            except BlockingIOError:
                return self.read
            self.read.append(record.split(";", 1)[1].split("\n")[0])

    def count(self, text):
        """How many lines so far hold the text."""
        return sum(text in line for line in self.lines())


def log_of(bond, action):
    """The kernel's log lines about a bond that an action brings."""
    log = Log()
    action()
    time.sleep(0.2)
    lines = [line for line in log.lines() if line.startswith(bond + ":") or " " + bond + ":" in line]
    os.close(log.fd)
    return lines
