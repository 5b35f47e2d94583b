# SPDX-License-Identifier: GPL-2.0
"""Waiting for the link monitor."""

PROC = "/proc/net/bonding/bond0"


def slave_status(name, status):
    """The lines of procfs that tell the state of a slave."""
    return "Slave Interface: %s\nMII Status: %s\n" % (name, status)


def cut(t, name):
    """Take the carrier from a slave (its peer goes down); do not look yet."""
    t.quiet_link("p" + name[1:], False)


def mend(t, name):
    """Give the carrier back."""
    t.quiet_link("p" + name[1:], True)
