# SPDX-License-Identifier: GPL-2.0
"""Module parameters that the C driver takes wrong, given to a module that is loaded with them."""

from lib.harness import check, equal, sh, test
from lib.net import KernelLog, must_set, option, shown


def loaded(parameters):
    """Load bonding anew with one bond; returns what the log says meanwhile."""
    sh("rmmod bonding")
    log = KernelLog()
    sh("modprobe bonding max_bonds=1 " + parameters)
    return log.lines()


def back():
    sh("rmmod bonding")
    sh("modprobe bonding max_bonds=0")


@test("a1-sixteen-targets-one-of-them-twice", init_net=True)
def targets():
    addresses = ["192.0.2.%d" % number for number in range(1, 16)] + ["192.0.2.1"]
    loaded("mode=1 arp_interval=1000 arp_ip_target=" + ",".join(addresses))
    equal(shown("bond0", "arp_ip_target").split(), addresses[:15], "targets")
    loaded("mode=1 arp_interval=1000 arp_ip_target=" + ",".join(addresses[:7] + ["300.1.1.1"] + addresses[7:15]))
    equal(shown("bond0", "arp_ip_target").split(), addresses[:15], "targets, where one is no address")
    back()


@test("b8-delays-wait-for-miimon", init_net=True)
def delays():
    loaded("updelay=250 downdelay=130")
    equal((shown("bond0", "updelay"), shown("bond0", "downdelay")), ("0", "0"), "delays without miimon")
    equal(option("bond0", "updelay", "100"), "EPERM", "updelay without miimon")
    must_set("bond0", "miimon", "100")
    equal((shown("bond0", "updelay"), shown("bond0", "downdelay")), ("200", "100"), "delays with miimon")
    back()


@test("b17-numbers-below-zero-at-load", init_net=True)
def below_zero():
    for given in ("-1", "-2147483648"):
        lines = loaded("min_links=" + given)
        equal(shown("bond0", "min_links"), "0", "min_links=" + given)
        check(any("min_links" in line for line in lines), "no warning of min_links=%s: %s" % (given, lines))
    lines = loaded("lp_interval=2147483648")
    equal(shown("bond0", "lp_interval"), "1", "lp_interval above its range")
    check(any("ip_interval" in line for line in lines), "no warning of lp_interval: %s" % lines)
    back()
