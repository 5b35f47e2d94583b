# SPDX-License-Identifier: GPL-2.0
"""Shared by the scenario files."""

MODES = {0: "balance-rr", 1: "active-backup", 2: "balance-xor", 3: "broadcast"}
LATER_MODES = {4: "802.3ad", 5: "balance-tlb", 6: "balance-alb"}


def veths(t, count, peers_up=True):
    """Pairs v0/p0, v1/p1 ... with known addresses; v is for the bond, p decides its carrier."""
    commands = []
    for number in range(count):
        commands.append("ip link add v%d address 02:00:00:00:02:%02x type veth peer name p%d"
                        " address 02:00:00:00:03:%02x" % (number, number, number, number))
        if peers_up:
            commands.append("ip link set p%d up" % number)
    t.quiet(*commands)
    return ["v%d" % number for number in range(count)]
