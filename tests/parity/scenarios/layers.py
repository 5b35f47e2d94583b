# SPDX-License-Identifier: GPL-2.0
"""Stacks: VLANs in VLANs, ipvlan, VRF, bonds of bonds, and slaves that are no Ethernet devices."""

from parity.registry import scenario
from scenarios._common import each_mode, veths

ALL = {0: "balance-rr", 1: "active-backup", 2: "balance-xor", 3: "broadcast", 4: "802.3ad", 5: "balance-tlb", 6: "balance-alb"}
SHORT = (1, 6)


def slaves(t, mode, count=2):
    """Devices of their own speed in 802.3ad, where what has none starts down (row B13)."""
    return veths(t, count) if mode == 4 else t.dummies(count)


@each_mode("layers/vlans-in-vlans", ALL, SHORT)
def qinq(t, mode):
    t.steady = 0.05
    first, second = slaves(t, mode)
    t.bond("bond0", [first], up=mode != 4, mode=mode)
    t.ip("link add link bond0 name outer type vlan protocol 802.1ad id 10")
    t.ip("link add link outer name inner type vlan id 20")
    t.ip("link add link bond0 name other type vlan id 10")
    t.up("inner")
    t.set_master(second, "bond0")
    t.ip("link set bond0 mtu 1400")
    t.ip("link set inner address 02:00:00:00:0c:21")
    t.set_master(first, None)
    t.ip("link del outer")
    t.delete("bond0")


@each_mode("layers/ipvlan", ALL, (0,))
def ipvlan(t, mode):
    t.steady = 0.05
    first, second = slaves(t, mode)
    if mode == 4:
        t.differs("B10", "state.proc", "result.text")
    t.bond("bond0", [first], up=mode != 4, mode=mode)
    for kind in ("l2", "l3", "l3s"):
        t.ip("link add link bond0 name iv-%s type ipvlan mode %s" % (kind, kind))
    t.set_master(second, "bond0")
    t.ip("link set bond0 address 02:00:00:00:0c:22")
    t.ip("link set bond0 mtu 1300")
    t.delete("bond0")


@scenario("layers/vrf")
def vrf(t):
    t.steady = 0.05
    t.dummies(2)
    t.bond("bond0", ["d0"], up=True, mode=1)
    t.ip("link add vrf0 address 02:00:00:00:0c:23 type vrf table 10")
    t.up("vrf0")
    t.set_master("bond0", "vrf0")
    t.set_master("d1", "bond0")
    t.set_master("d1", "vrf0")
    t.ip("address add 192.0.2.1/24 dev bond0")
    t.option("bond0", "active_slave", "d1")
    t.set_master("bond0", None)
    t.set_master("vrf0", "bond0")


@each_mode("layers/bond-of-bonds", {mode: text for mode, text in ALL.items() if mode != 4}, SHORT)
def nested(t, mode):
    """Bonds of other modes below."""
    t.steady = 0.15
    veths(t, 3)
    t.bond("low0", ["v0"], mode=1, miimon=50)
    t.bond("low1", ["v1"], mode=2, miimon=50)
    t.bond("bond0", mode=mode, miimon=50)
    t.set_master("low0", "bond0")
    t.set_master("low1", "bond0")
    t.set_master("bond0", "low1")
    t.up("bond0")
    t.ip("link add link bond0 name bond0.5 type vlan id 5")
    t.ip("link set bond0 mtu 1400")
    t.set_master("v2", "low0")
    t.set_master("low0", None)
    t.delete("low1")
    t.delete("bond0")


@each_mode("layers/first-of-another-type", ALL, (1,))
def other_type(t, mode):
    """A bond takes its first slave's type, and goes back to Ethernet."""
    t.steady = 0.05
    ethernet = slaves(t, mode, 1)[0]
    t.differs("B11", "state.link.bond0.max_mtu", "result.out")
    # Where the slave is refused after all C keeps an address by lot, which the next one gets.
    t.differs("G2", "state.link", "state.sys", "events", "log")
    if mode == 4:
        t.differs("B10", "state.proc", "result.text")
    t.quiet("ip link add g0 type gre local 192.0.2.1", "ip link add g1 type gre local 192.0.2.2", "ip link add n0 type nlmon")
    t.bond("bond0", mode=mode)
    for name in ("g0", "n0"):
        t.set_master(name, "bond0")
        t.set_master(ethernet, "bond0")
        t.set_master("g1", "bond0")
        t.ip("link set bond0 address 02:00:00:00:0c:24")
        t.up("bond0")
        t.show("bond0")
        t.read("/proc/net/bonding/bond0")
        t.down("bond0")
        t.set_master("g1", None)
        t.set_master(name, None)
        t.set_master(ethernet, None)
    t.set_master(ethernet, "bond0")
    t.show("bond0")


@scenario("layers/bond-in-bond-over-gre")
def over_gre(t):
    t.steady = 0.05
    t.quiet("ip link add g0 type gre local 192.0.2.1", "ip link add g1 type gre local 192.0.2.2")
    t.bond("low", mode=1)
    t.bond("high", mode=1)
    t.set_master("g0", "low")
    t.set_master("low", "high")
    t.up("high")
    t.show("high")
    t.set_master("g1", "low")
    t.option("low", "active_slave", "g1")
    t.set_master("low", None)
    t.delete("high")
    t.delete("low")


@each_mode("layers/features", ALL, (0,))
def features(t, mode):
    """What the bond and what is above it offer, as slaves offer more or less."""
    t.steady = 0.05
    veths(t, 2)
    if mode != 4:
        t.dummies(1)
    t.bond("bond0", ["v0", "v1"], up=mode != 4, mode=mode, miimon=0)
    t.ip("link add link bond0 name bond0.5 type vlan id 5")
    for device, feature, value in (("v0", "tso", "off"), ("v0", "tx", "off"), ("bond0", "gro", "off"), ("v1", "lro", "on"),
                                   ("bond0", "lro", "off"), ("v0", "tx", "on"), ("bond0", "rx-vlan-filter", "off"),
                                   ("bond0", "rx-vlan-filter", "on"), ("bond0", "txvlan", "off"), ("bond0.5", "tso", "off")):
        t.run("ethtool -K %s %s %s" % (device, feature, value))
    t.run("ethtool -k bond0", False)
    t.set_master("d0", "bond0")
    t.run("ethtool -k bond0", False)
    t.run("ethtool -k bond0.5", False)
    t.set_master("v0", None)
    t.run("ethtool -k bond0", False)
