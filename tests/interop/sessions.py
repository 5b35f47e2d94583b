# SPDX-License-Identifier: GPL-2.0
"""What is tried with each peer; figures go to a file, a line each: peer, what, value, unit."""

import time

from lib.harness import Failure, check, equal, wait
from lib.net import must_set, shown

from rig import LATE, Bond, Capture, Pings


class Session:
    """A peer and a bond that talk to each other."""

    def __init__(self, wires, peer, out, label, options="", active=True, fast=True):
        self.wires, self.peer, self.out, self.label = wires, peer, out, label
        self.options, self.active, self.fast = options, active, fast

    def figure(self, what, value, unit):
        with open(self.out + "/figures", "a", encoding="ascii") as file:
            file.write("%s\t%s\t%.3f\t%s\n" % (self.peer.name, what, value, unit))

    def __enter__(self):
        self.peer.start(self.active, self.fast)
        self.bond = Bond(self.wires.ports, self.options)
        self.capture = Capture(self.wires.ports, self.out)
        return self

    def __exit__(self, *_):
        self.peer.stop()
        self.capture.end()

    def converge(self):
        """Both ends join; nothing is lost from then on."""
        self.bond.up()
        self.figure("converges, " + self.label, self.bond.until_joined(), "s")
        # An address whose first ARP request was too early is asked for again a second later.
        pings = Pings()
        try:
            wait(pings.all_answered, "an answer of each address", LATE)
        except Failure as failure:
            raise Failure("%s; answers by address %s\n%s" % (failure, pings.by_address(), self.peer.tell())) from failure
        pings.lost()
        self.nothing_lost("once joined")

    def nothing_lost(self, when, seconds=1.0):
        pings = Pings()
        time.sleep(seconds)
        lost, gap = pings.lost()
        check(lost == 0, "%d packets lost %s, none for %.0f ms" % (lost, when, gap))

    def interrupt(self, what, breaks, mends, least, most):
        """A port is lost in one way or another, and comes back."""
        pings = Pings()
        time.sleep(0.3)
        breaks(0)
        took = self.bond.until_out(0)
        time.sleep(0.7)
        lost, gap = pings.lost()
        self.figure(what + ": out of use after", took, "s")
        self.figure(what + ": longest gap", gap, "ms")
        check(least <= took <= most, "out of use after %.2f s" % took)
        self.nothing_lost("with one port")
        pings = Pings()
        mends(0)
        took = self.bond.until_joined("joined again")
        time.sleep(0.5)
        lost, gap = pings.lost()
        self.figure(what + ": joined again after", took, "s")
        self.figure(what + ": longest gap meanwhile", gap, "ms")
        self.nothing_lost("with both ports again")

    def carrier(self):
        self.interrupt("carrier lost", self.wires.lose, self.wires.restore, 0.0, 2.0)

    def black_hole(self):
        """Short timeouts: three seconds after the last LACPDU, which may be a second old."""
        self.interrupt("black hole", self.wires.hole, self.wires.mend, 1.5, 6.0)

    def min_links(self):
        must_set("bond0", "min_links", "2")
        equal(shown("bond0", "mii_status"), "up", "carrier with two ports")
        self.wires.lose(1)
        self.figure("min_links 2: carrier off after", wait(lambda: shown("bond0", "mii_status") == "down", "no carrier", LATE), "s")
        self.wires.restore(1)
        self.figure("min_links 2: carrier on after", wait(lambda: shown("bond0", "mii_status") == "up", "a carrier", LATE), "s")
        must_set("bond0", "min_links", "0")
        self.bond.until_joined()

    def restart(self):
        pings = Pings()
        began = time.monotonic()
        self.peer.restart()
        # What the ports said before they heard of it counts for nothing.
        wait(lambda: not self.bond.joined() or time.monotonic() - began > 5, "the news", LATE)
        self.bond.until_joined("joined after a restart")
        self.figure("peer restarts: joined after", time.monotonic() - began, "s")
        time.sleep(0.7)
        _, gap = pings.lost()
        self.figure("peer restarts: longest gap", gap, "ms")
        self.nothing_lost("after the restart")
