# SPDX-License-Identifier: GPL-2.0
"""Shared by the scenario files."""

from parity import linkattrs as la
from parity import netlink as nl
from parity.registry import scenario

MODES = {0: "balance-rr", 1: "active-backup", 2: "balance-xor", 3: "broadcast", 5: "balance-tlb"}
BALANCING = {5: "balance-tlb", 6: "balance-alb"}
LATER_MODES = {4: "802.3ad", 5: "balance-tlb", 6: "balance-alb"}


def mac(digits):
    """IFLA_ADDRESS of twelve digits."""
    return nl.attr(la.IFLA["ADDRESS"], bytes.fromhex(digits))


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


def each_mode(name, modes=MODES, short=None):
    """Register the function once per mode; it gets the mode as second argument. Modes not in `short` are for the long run."""
    def register(function):
        for mode, text in modes.items():
            scenario("%s/%s" % (name, text), full=short is not None and mode not in short)(
                lambda t, mode=mode: function(t, mode))
        return function
    return register


def each_balancing(name):
    """Register the function for each mode that balances."""
    return each_mode(name, BALANCING)


def situations():
    """(mode, up, slaves, text, corner) of the cube modes x {up, down} x {slaves, none}.

    Most options do not look at the situation, and tests/matrix has all of them: `make test` does one corner of each mode.
    """
    for mode, name in MODES.items():
        for up in (False, True):
            for slaves in (False, True):
                text = "%s/%s/%s" % (name, "up" if up else "down", "slaves" if slaves else "empty")
                yield mode, up, slaves, text, up == slaves == bool(mode % 2)


def prepare(t, mode, up, slaves):
    """A bond in the wanted situation; `d2` is a device that is not in it."""
    names = t.dummies(3)
    t.bond("bond0", names[:2] if slaves else (), up=up, mode=mode)
