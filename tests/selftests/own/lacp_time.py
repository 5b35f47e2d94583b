# SPDX-License-Identifier: GPL-2.0
"""802.3ad: timers of a machine that is busy."""

import os
import time

from lib.harness import check, test, wait
from parity.slow import DISTRIBUTING, EXPIRED, READY

from .lacp import LATE, port, states


def hog(seconds):
    """Leaves nobody else more than a twentieth of any processor for so long."""
    children = []
    for cpu in os.sched_getaffinity(0):
        child = os.fork()
        if child == 0:
            os.sched_setaffinity(0, {cpu})
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                pass
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)


@test("d3-a-busy-machine-does-not-stretch-timeouts")
def busy():
    _, partner = port()

    def joined():
        partner.listen()
        partner.say(READY)
        time.sleep(0.1)
        return states()[0] & DISTRIBUTING
    wait(joined, "DISTRIBUTING", LATE)
    partner.say(READY)
    last = time.monotonic()
    # The short timeout is 3 s: C's thirty passes take longer when they are rare.
    hog(3.6)
    wait(lambda: states()[0] & EXPIRED, "EXPIRED", LATE)
    took = time.monotonic() - last
    check(3.0 <= took < 5.0, "expired %.2f s after the last word of the partner" % took)
