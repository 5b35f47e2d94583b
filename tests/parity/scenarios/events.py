# SPDX-License-Identifier: GPL-2.0
"""What modules, monitors and udev are told, in its order: notifiers with their payload, link messages, uevents."""

import time

from parity.observe import read_text
from parity.registry import scenario
from scenarios._common import BALANCING, LATER_MODES, MODES, each_mode, veths
from scenarios._link_help import PROC, cut, mend, slave_status

ALL = {**MODES, **LATER_MODES}
BONDING = "/sys/class/net/bond0/bonding/"
# As long as LACP needs until its machines have nothing left to do without a partner.
LACP_QUIET = 2.5


def do(t, command, quiet=0.15):
    t.sequence(command, lambda: t.silently(command), quiet)


def create(t, settings):
    """With C the options come one by one, after the device was told of; ours has them from the beginning."""
    with t.difference("C1", "events"):
        do(t, "ip link add bond0 type bond " + settings)


def option(t, name, value):
    t.sequence("%s=%s" % (name, value), lambda: t.quiet_write(BONDING + name, value))


def until(text):
    """Wait until procfs says so."""
    deadline = time.monotonic() + 10
    while text not in read_text(PROC) and time.monotonic() < deadline:
        time.sleep(0.005)


def link(t, name, up):
    """The carrier of a slave goes or comes."""
    def change():
        (mend if up else cut)(t, name)
        until(slave_status(name, "up" if up else "down"))
    t.sequence("%s %s" % (name, "has carrier" if up else "loses carrier"), change)


@each_mode("events/life", ALL, short=(1,))
def life(t, mode):
    """A bond from its creation to its end."""
    veths(t, 3)
    quiet = LACP_QUIET if mode == 4 else 0.15
    create(t, "mode %d miimon 20" % mode)
    do(t, "ip link set v0 master bond0")
    do(t, "ip link set bond0 up", quiet)
    do(t, "ip link set v1 master bond0", quiet)
    do(t, "ip link set v2 master bond0", quiet)
    option(t, "resend_igmp", "0")
    option(t, "all_slaves_active", "1")
    do(t, "ip link set bond0 type bond min_links 1 num_grat_arp 0")
    do(t, "ip link set bond0 mtu 1400")
    do(t, "ip link set bond0 address 02:00:00:00:05:77")
    do(t, "ip link set bond0 promisc on")
    if mode != 4:
        link(t, "v0", False)
        link(t, "v0", True)
        do(t, "ip link set v1 down")
        do(t, "ip link set v1 up")
    do(t, "ip link set v1 name renamed")
    do(t, "ip link set renamed name v1")
    do(t, "ip link set bond0 name other")
    do(t, "ip link set other name bond0")
    do(t, "ip link set v0 nomaster", quiet)
    do(t, "ip link del v2", quiet)
    do(t, "ip link set bond0 down", quiet)
    with t.difference("B15", "events"):  # the address stays
        do(t, "ip link set v1 nomaster")
        do(t, "ip link del bond0")


@each_mode("events/failovers", {1: "active-backup", **BALANCING}, short=())
def failovers(t, mode):
    """All ways to another active slave."""
    veths(t, 3)
    create(t, "mode %d miimon 20 num_grat_arp 0 resend_igmp 0" % mode)
    for name in ("v0", "v1", "v2"):
        t.silently("ip link set %s master bond0" % name)
    do(t, "ip link set bond0 up")
    option(t, "active_slave", "v1")
    link(t, "v1", False)
    option(t, "primary", "v2")
    option(t, "primary", "\n")
    option(t, "active_slave", "\n")
    do(t, "ip link set v0 type bond_slave prio 3")
    do(t, "ip link set v0 nomaster")
    link(t, "v1", True)
    for name in ("v1", "v2"):
        link(t, name, False)
    link(t, "v2", True)
    do(t, "ip link del bond0")


@scenario("events/fail-over-mac")
def fail_over_mac(t):
    veths(t, 2)
    for policy in ("none", "active", "follow"):
        create(t, "mode 1 miimon 20 num_grat_arp 0 resend_igmp 0 fail_over_mac " + policy)
        for name in ("v0", "v1"):
            do(t, "ip link set %s master bond0" % name)
        do(t, "ip link set bond0 up")
        link(t, "v0", False)
        link(t, "v0", True)
        option(t, "active_slave", "v0")
        do(t, "ip link set v0 nomaster")
        do(t, "ip link del bond0")


@scenario("events/announcements")
def announcements(t):
    """A failover with what announces it: which events, not how many."""
    veths(t, 2)
    create(t, "mode 1 miimon 20 num_grat_arp 2 resend_igmp 2")
    for name in ("v0", "v1"):
        t.silently("ip link set %s master bond0" % name)
    do(t, "ip link set bond0 up", 0.4)
    t.sequence("v0 loses carrier", lambda: cut(t, "v0"), 0.4)
    t.sequence("v0 has carrier", lambda: mend(t, "v0"), 0.4)
    do(t, "ip link set bond0 type bond active_slave v0", 0.4)


@scenario("events/unload", full=True, init_net=True)
def unload(t):
    """The module goes while bonds of all modes have slaves, are up, and carry other devices."""
    names = t.dummies(8)
    for mode in {**MODES, **BALANCING}:  # what dummies tell of their speed is not enough for 802.3ad
        bond = "bond%d" % mode
        t.quiet("ip link add %s type bond mode %d miimon 100 resend_igmp 0" % (bond, mode),
                "ip link set %s master %s" % (names[mode], bond), "ip link set %s up" % bond)
    t.quiet("ip link set %s master bond1" % names[7], "ip link add link bond1 name bond1.5 type vlan id 5")
    do(t, "rmmod bonding", 0.5)
    do(t, "modprobe bonding max_bonds=2", 0.3)
    do(t, "rmmod bonding", 0.3)
    t.run("modprobe bonding max_bonds=0")
