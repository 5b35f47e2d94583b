# SPDX-License-Identifier: GPL-2.0
"""Wires between two guests (tools/guest-pair): network cards here, and what is to be done at the other end."""

import os
import time

from lib.harness import Failure, sh, wait
from lib.net import SYS, read_text

SHARE = "/mnt/share"
DROP = "tc qdisc add dev {0} clsact; tc filter add dev {0} ingress matchall action drop; tc filter add dev {0} egress matchall action drop"


class Cards:
    """Ports eth0 ... here and there."""

    ports = far = ("eth0", "eth1")

    @staticmethod
    def peer(command, may_fail=False):
        """Have the other guest (other.py) run a command."""
        place = "%s/command-%d" % (SHARE, time.monotonic_ns())
        with open(place + ".part", "w", encoding="utf-8") as file:
            file.write(command)
        os.rename(place + ".part", place)
        wait(lambda: os.path.exists(place + ".done"), "the other guest", 60)
        with open(place + ".done", encoding="utf-8") as file:
            status, _, output = file.read().partition("\n")
        if status != "0" and not may_fail:
            raise Failure("%s: status %s: %s" % (command, status, output))
        return output

    def _cable(self, place, on):
        # The runner of the pair does it.
        os.write(3, b"@link %d %s\n" % (place, b"on" if on else b"off"))
        wait(lambda: read_text("%s%s/carrier" % (SYS, self.ports[place])).strip() == str(int(on)), "the cable", 30)

    def lose(self, place):
        self._cable(place, False)

    def restore(self, place):
        self._cable(place, True)

    def hole(self, place):
        self.peer(DROP.format(self.far[place]))

    def mend(self, place):
        self.peer("tc qdisc del dev %s clsact" % self.far[place])

    def __del__(self):
        sh("ip link del bond0", may_fail=True)
