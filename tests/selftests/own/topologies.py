# SPDX-License-Identifier: GPL-2.0
"""A bond over two switches: whatever breaks, it ends up on the right slave and loses no more than it must."""

from lib.fabric import CASES, EVERY, is_ours
from lib.harness import Skip, check, test

# What may pass, in seconds, between what breaks and the first packet by the other slave. What is allowed for a guest
# under emulation that is late is more than what the bond needs: an event, or arp_missed_max intervals of 0.1 s and a half.
EVENT, ASKED = 1.0, 2.0
FLAPS = 10


def verdict(place, probe=False, pruning=False):
    """The flows go on by the right slave (or the case fails), and of both at most as much is lost as in that time is sent."""
    case = CASES[place]
    allowed = ASKED if case.settings.startswith("arp") else EVENT
    if "flaps" in case.name:
        allowed *= FLAPS
    if not case.takes_over:
        allowed = 0.2
    lost_to, gap_to, lost_from, gap_from = case.run(probe, pruning)
    told = "lost %d and %d packets, gaps of %.0f and %.0f ms" % (lost_to, lost_from, gap_to, gap_from)
    print(told)
    check(max(lost_to, lost_from) * EVERY <= allowed, told)


for number, name in enumerate(("carrier-lost", "carrier-flaps", "trunk-lost", "trunk-lost-one-target-is-enough", "black-hole")):
    test("topologies-" + name)(lambda number=number: verdict(number))


@test("topologies-trunk-lost-cards-that-prune")
def prunes():
    """Cards that hear none of our own requests: the backup proves itself by probes, and takes over as the others do."""
    if not is_ours():
        raise Skip("C has no arp_backup_probe")
    verdict(2, probe=True, pruning=True)
