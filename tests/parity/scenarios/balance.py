# SPDX-License-Identifier: GPL-2.0
"""balance-tlb and balance-alb: addresses of slaves, failover, and the options of these modes."""

from parity.context import number
from scenarios._common import each_balancing as each, mac, veths


@each("balance/addresses")
def join_and_leave(t, mode):
    t.dummies(4)
    t.new_bond("bond0", [number("MODE", mode), number("MIIMON", 100)])
    t.up("bond0")
    for name in ("d0", "d1", "d2"):
        t.set_master(name, "bond0")
    t.read("/proc/net/bonding/bond0")
    t.set_master("d0", None)
    t.set_master("d3", "bond0")
    t.set_master("d0", "bond0")
    t.option("bond0", "active_slave", "d2")
    t.option("bond0", "active_slave", "d0")
    t.set_master("d2", None)
    t.set_master("d1", None)
    t.set_master("d0", None)
    t.set_master("d3", None)


@each("balance/same-address")
def same_address(t, mode):
    """Slaves that come with an address that another one has, or the bond."""
    t.dummies(4)
    t.quiet("ip link set d1 address 02:00:00:00:01:00", "ip link set d3 address 02:00:00:00:01:02")
    t.new_bond("bond0", [number("MODE", mode), number("MIIMON", 100)])
    t.set_master("d0", "bond0")
    t.set_master("d1", "bond0")
    t.set_master("d2", "bond0")
    t.set_master("d3", "bond0")
    t.up("bond0")
    t.option("bond0", "active_slave", "d2")
    t.set_master("d1", "bond0")
    t.set_master("d3", "bond0")
    t.set_master("d0", None)
    t.set_master("d0", "bond0")


@each("balance/set-address")
def set_address(t, mode):
    t.dummies(3)
    t.new_bond("bond0", [number("MODE", mode), number("MIIMON", 100)])
    t.set_link("bond0", [mac("020000000901")])
    t.set_master("d0", "bond0")
    t.up("bond0")
    t.set_master("d1", "bond0")
    t.set_master("d2", "bond0")
    t.set_link("bond0", [mac("020000000902")])
    t.set_link("bond0", [mac("020000000101")])
    t.set_link("bond0", [mac("010000000101")])
    t.set_link("d1", [mac("020000000903")])
    t.option("bond0", "active_slave", "d1")
    t.set_link("bond0", [mac("020000000904")])
    t.down("bond0")
    t.set_link("bond0", [mac("020000000905")])
    t.set_master("d1", None)
    t.set_master("d0", None)


@each("balance/failover")
def failover(t, mode):
    veths(t, 3)
    t.steady = 0.3
    t.new_bond("bond0", [number("MODE", mode), number("MIIMON", 50)])
    t.up("bond0")
    for name in ("v0", "v1", "v2"):
        t.set_master(name, "bond0")
    t.quiet_link("p0", False)
    t.await_text("/sys/class/net/v1/address", "02:00:00:00:02:00")
    t.quiet_link("p0", True)
    t.await_log("v0.*link status definitely up")
    t.quiet_link("p1", False)
    t.await_text("/sys/class/net/v0/address", "02:00:00:00:02:00")
    t.quiet_link("p0", False)
    t.await_text("/sys/class/net/v2/address", "02:00:00:00:02:00")
    t.quiet_link("p2", False)
    t.await_log("without any active")
    t.quiet_link("p1", True)
    t.await_text("/sys/class/net/v1/address", "02:00:00:00:02:00")
    t.read("/proc/net/bonding/bond0")


@each("balance/primary")
def primary(t, mode):
    t.dummies(3)
    t.new_bond("bond0", [number("MODE", mode), number("MIIMON", 100)])
    t.option("bond0", "primary", "d1")
    for name in ("d0", "d1", "d2"):
        t.set_master(name, "bond0")
    t.up("bond0")
    t.option("bond0", "primary", "d2")
    t.option("bond0", "active_slave", "d0")
    t.option("bond0", "primary", "")
    t.option("bond0", "active_slave", "")


@each("balance/options")
def options(t, mode):
    t.dummies(2)
    t.new_bond("bond0", [number("MODE", mode), number("MIIMON", 100)])
    for value in ("0", "1", "2", "off"):
        t.option("bond0", "tlb_dynamic_lb", value)
    t.option("bond0", "tlb_dynamic_lb", "0")
    t.set_master("d0", "bond0")
    t.set_master("d1", "bond0")
    t.up("bond0")
    t.option("bond0", "tlb_dynamic_lb", "1")
    t.option("bond0", "xmit_hash_policy", "layer3+4")
    for value in ("1", "0", "2147483647", "2147483648", "x"):
        t.option("bond0", "lp_interval", value)
    t.option("bond0", "arp_interval", "100")
    t.option("bond0", "arp_validate", "1")
    t.option("bond0", "all_slaves_active", "1")
    t.option("bond0", "mode", "1")
    t.show("bond0")
    t.show("d1")


@each("balance/promiscuity")
def promiscuity(t, mode):
    t.dummies(2)
    t.new_bond("bond0", [number("MODE", mode), number("MIIMON", 100)])
    t.set_master("d0", "bond0")
    t.set_master("d1", "bond0")
    t.up("bond0")
    t.ip("link set bond0 promisc on")
    t.ip("link set bond0 allmulticast on")
    t.option("bond0", "active_slave", "d1")
    t.set_master("d1", None)
    t.ip("link set bond0 promisc off")
    t.ip("link set bond0 allmulticast off")
