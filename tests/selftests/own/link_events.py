# SPDX-License-Identifier: GPL-2.0
"""Links that change are noticed by the event that tells of it, not by the next poll."""

from lib.harness import check, equal, sh, test, wait
from lib.net import Net, proc, shown, slave_is

# Longer than any guest is late, shorter than the interval below.
SOON = 10.0
MINUTE = 60000


def active():
    return shown("bond0", "active_slave")


def two(mode, **options):
    net = Net()
    net.veths(2)
    net.bond("bond0", ["v0", "v1"], up=True, mode=mode, **options)
    return net


def failures(name):
    part = proc().split("Slave Interface: %s\n" % name)[1]
    return int(part.split("Link Failure Count: ")[1].split("\n")[0])


def lose_and_regain(mode, lose, regain, **options):
    """Both slaves lose their link, one after the other, and get it back."""
    net = two(mode, **options)
    for name in ("v0", "v1"):
        wait(lambda name=name: slave_is(name, "up"), name + " up", SOON)
    lose(net, 0)
    wait(lambda: slave_is("v0", "down"), "mode %d: v0 down" % mode, SOON)
    equal(failures("v0"), 1, "failures of v0")
    if mode == 1:
        wait(lambda: active() == "v1", "failover", SOON)
    equal(shown("bond0", "mii_status"), "up", "one link is left")
    lose(net, 1)
    wait(lambda: slave_is("v1", "down"), "mode %d: v1 down" % mode, SOON)
    wait(lambda: shown("bond0", "mii_status") == "down", "no link left", SOON)
    regain(net, 1)
    wait(lambda: slave_is("v1", "up"), "mode %d: v1 up again" % mode, SOON)
    wait(lambda: shown("bond0", "mii_status") == "up", "the bond's own link", SOON)
    if mode == 1:
        wait(lambda: active() == "v1", "the one link", SOON)
    regain(net, 0)
    wait(lambda: slave_is("v0", "up"), "mode %d: v0 up again" % mode, SOON)
    net.delete("bond0")
    for place in range(2):
        net.delete("v%d" % place)


def carrier_off(net, place):
    net.down("p%d" % place)


def carrier_on(net, place):
    net.up("p%d" % place)


def admin_down(net, place):
    net.down("v%d" % place)


def admin_up(net, place):
    net.up("v%d" % place)


@test("d2-a-lost-carrier-acts-at-once", locks=True)
def at_once():
    """The interval is a minute: only events can be that fast."""
    for mode in range(4):
        lose_and_regain(mode, carrier_off, carrier_on, miimon=MINUTE)
        lose_and_regain(mode, admin_down, admin_up, miimon=MINUTE)


@test("c8-links-are-watched-without-a-monitor")
def without_monitor():
    for mode in range(4):
        lose_and_regain(mode, carrier_off, carrier_on)
        lose_and_regain(mode, admin_down, admin_up)
    net = Net()
    net.veths(1)
    net.down("p0")
    net.bond("bond0", ["v0"], up=True, mode=1)
    check(slave_is("v0", "up"), "a slave without carrier starts up, as in C")
    net.up("p0")
    wait(lambda: sh("cat /sys/class/net/v0/operstate") == "up\n", "v0 has a carrier", SOON)
    net.down("p0")
    wait(lambda: slave_is("v0", "down"), "v0 down once it lost the carrier it got", SOON)
    net.master("v0", None)
    net.master("v0", "bond0")
    check(slave_is("v0", "up"), "a slave without carrier starts up")
    net.down("v0")
    wait(lambda: slave_is("v0", "down"), "v0 down once it was closed", SOON)


@test("delays-count-from-the-event")
def delays():
    """With an interval of a minute a poll would end no delay of less."""
    net = two(1, miimon=100, downdelay=300, updelay=300)
    for name in ("v0", "v1"):
        wait(lambda name=name: slave_is(name, "up"), name + " up", SOON)
    net.down("p0")
    wait(lambda: slave_is("v0", "going down"), "going down", SOON)
    took = wait(lambda: slave_is("v0", "down"), "down", SOON)
    check(took < SOON, "down after %.3f s" % took)
    net.up("p0")
    wait(lambda: slave_is("v0", "going back"), "going back", SOON)
    wait(lambda: slave_is("v0", "up"), "up", SOON)
