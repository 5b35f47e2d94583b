# SPDX-License-Identifier: GPL-2.0
"""Link monitoring by miimon, failover, primary and its reselection, priorities."""

from parity import linkattrs as la
from parity import netlink as nl
from parity.context import number
from parity.registry import scenario
from scenarios._common import MODES, veths
from scenarios._link_help import PROC, cut, mend, slave_status


def lost(t, name):
    cut(t, name)
    t.await_text(PROC, slave_status(name, "down"))


def back(t, name):
    mend(t, name)
    t.await_text(PROC, slave_status(name, "up"))


def all_ends(t, mode):
    """Each slave loses its link and gets it back, until none is left and all are there again."""
    veths(t, 3)
    t.bond("bond0", ["v0", "v1", "v2"], up=True, mode=mode, miimon=20)
    for name in ("v0", "v1", "v2"):
        lost(t, name)
    t.read(PROC)
    for name in ("v1", "v0", "v2"):
        back(t, name)
    t.read(PROC)
    t.show("v0")
    lost(t, "v1")
    t.set_master("v1", None)
    t.set_master("v0", None)


for number_of, text in MODES.items():
    scenario("miimon/%s" % text)(lambda t, mode=number_of: all_ends(t, mode))


@scenario("miimon/delays-active-backup")
def delays(t):
    veths(t, 2)
    t.bond("bond0", ["v0", "v1"], up=True, mode=1, miimon=50)
    t.await_text(PROC, slave_status("v1", "up"))
    t.option("bond0", "updelay", "200")
    t.option("bond0", "downdelay", "200")
    cut(t, "v0")
    t.await_text(PROC, slave_status("v0", "going down"), state=False)
    t.await_text(PROC, slave_status("v0", "down"))
    mend(t, "v0")
    t.await_text(PROC, slave_status("v0", "going back"), state=False)
    t.await_text(PROC, slave_status("v0", "up"))


@scenario("miimon/none-left-ignores-updelay")
def ignore_updelay(t):
    veths(t, 2)
    t.bond("bond0", ["v0", "v1"], up=True, mode=1, miimon=50)
    t.await_text(PROC, slave_status("v1", "up"))
    t.option("bond0", "updelay", "60000")
    for name in ("v0", "v1"):
        lost(t, name)
    back(t, "v1")
    mend(t, "v0")
    t.await_text(PROC, slave_status("v0", "going back"))


@scenario("miimon/late-start")
def late_start(t):
    """Monitoring is switched on and off on a bond that runs."""
    veths(t, 2)
    t.bond("bond0", ["v0", "v1"], up=True, mode=1)
    with t.difference("C8"):
        cut(t, "v0")
        t.look("no monitor yet")
        t.quiet_write("/sys/class/net/bond0/bonding/miimon", "30")
        t.await_text(PROC, slave_status("v0", "down"))
        t.option("bond0", "miimon", "0")
        mend(t, "v0")
        t.look("no monitor any more")
        t.quiet_write("/sys/class/net/bond0/bonding/miimon", "30")
        t.await_text(PROC, slave_status("v0", "up"))
    t.down("bond0")
    t.up("bond0")


@scenario("primary/reselect")
def reselect(t):
    for policy in ("always", "better", "failure"):
        veths(t, 3)
        t.bond("bond0", ["v0", "v1", "v2"], up=True, mode=1, miimon=20)
        t.option("bond0", "primary_reselect", policy)
        t.option("bond0", "primary", "v1")
        lost(t, "v1")
        back(t, "v1")
        t.option("bond0", "primary", "v2")
        lost(t, "v2")
        t.set_master("v1", None)
        back(t, "v2")
        t.option("bond0", "primary_reselect", "always")
        t.option("bond0", "primary", "\n")
        t.read(PROC)
        t.cleanup()


@scenario("primary/before-enslave")
def before(t):
    veths(t, 2)
    t.bond("bond0", mode=1, miimon=100)
    t.option("bond0", "primary", "v1")
    t.read(PROC)
    t.set_master("v0", "bond0")
    t.set_master("v1", "bond0")
    t.up("bond0")
    t.set_master("v1", None)
    t.read(PROC)
    t.set_master("v1", "bond0")
    t.change_bond("bond0", [number("PRIMARY", t.index("v0"))])
    t.change_bond("bond0", [number("PRIMARY", 0)])


@scenario("active-slave/ways")
def active_slave(t):
    veths(t, 3)
    t.bond("bond0", ["v0", "v1"], up=True, mode=1, miimon=20)
    t.option("bond0", "active_slave", "v1")
    t.option("bond0", "active_slave", "v1")
    t.option("bond0", "active_slave", "v2")
    t.option("bond0", "active_slave", "nothere")
    lost(t, "v0")
    t.option("bond0", "active_slave", "v0")
    t.option("bond0", "active_slave", "\n")
    back(t, "v0")
    t.option("bond0", "active_slave", "")
    t.change_bond("bond0", [number("ACTIVE_SLAVE", t.index("v1"))])
    t.change_bond("bond0", [number("ACTIVE_SLAVE", 0)])
    t.change_bond("bond0", [number("ACTIVE_SLAVE", t.index("v2"))])
    t.option("bond0", "primary", "v0")
    t.option("bond0", "active_slave", "v1")
    t.down("bond0")
    t.option("bond0", "active_slave", "v1")
    lost_all = ("v0", "v1")
    t.up("bond0")
    for name in lost_all:
        lost(t, name)
    t.option("bond0", "active_slave", "v1")


@scenario("prio/failover")
def prio(t):
    veths(t, 3)
    t.bond("bond0", ["v0", "v1", "v2"], up=True, mode=1, miimon=20)
    for name, value in (("v0", 0), ("v1", 10), ("v2", 11)):
        t.change_slave(name, [nl.s32(la.SLAVE_NUMBER["PRIO"], value)])
    lost(t, "v2")
    back(t, "v2")
    lost(t, "v2")
    lost(t, "v1")
    back(t, "v2")
    back(t, "v1")
    for policy in ("1", "2"):
        t.option("bond0", "primary_reselect", policy)
        lost(t, "v2")
        back(t, "v2")
        t.change_slave("v1", [nl.s32(la.SLAVE_NUMBER["PRIO"], 20)])
        t.change_slave("v1", [nl.s32(la.SLAVE_NUMBER["PRIO"], 10)])


@scenario("failover/peer-notifications")
def peer_notifications(t):
    """The events that announce a failover, counted by the options."""
    veths(t, 2)
    t.bond("bond0", ["v0", "v1"], up=True, mode=1, miimon=20)
    for value in ("0", "1", "3"):
        t.option("bond0", "num_grat_arp", value)
        t.option("bond0", "active_slave", "v1")
        t.tally(0.3)
        t.option("bond0", "active_slave", "v0")
        t.tally(0.3)


@scenario("failover/igmp-resend")
def igmp(t):
    veths(t, 2)
    t.bond("bond0", ["v0", "v1"], up=True, mode=1, miimon=20)
    for value in ("0", "1", "2"):
        t.option("bond0", "resend_igmp", value)
        t.option("bond0", "active_slave", "v1")
        t.tally(0.9)
        t.option("bond0", "active_slave", "v0")
        t.tally(0.9)


@scenario("failover/slave-down-by-hand")
def by_hand(t):
    """An administrator takes the active slave down, with monitoring."""
    for mode in MODES:
        veths(t, 2)
        t.bond("bond0", ["v0", "v1"], up=True, mode=mode, miimon=20)
        t.quiet_link("v0", False)
        t.await_text(PROC, slave_status("v0", "down"))
        t.quiet_link("v0", True)
        t.await_text(PROC, slave_status("v0", "up"))
        t.cleanup()


@scenario("min-links/carrier")
def min_links(t):
    for mode in (0, 1, 2):
        veths(t, 2)
        t.bond("bond0", ["v0", "v1"], up=True, mode=mode, miimon=20)
        t.option("bond0", "min_links", "2")
        lost(t, "v0")
        t.option("bond0", "min_links", "3")
        lost(t, "v1")
        t.cleanup()


@scenario("all-slaves-active/flags")
def all_slaves_active(t):
    for mode in (0, 1):
        t.dummies(3)
        t.bond("bond0", ["d0", "d1"], up=True, mode=mode)
        t.option("bond0", "all_slaves_active", "1")
        t.set_master("d2", "bond0")
        t.option("bond0", "all_slaves_active", "0")
        t.cleanup()
