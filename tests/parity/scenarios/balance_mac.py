# SPDX-License-Identifier: GPL-2.0
"""balance-tlb and balance-alb: who has which MAC address, whatever happens."""

from parity import linkattrs as la
from parity import netlink as nl
from parity.context import number
from parity.registry import scenario
from scenarios._common import each_balancing as each, mac, veths


def make(t, mode, slaves=(), up=False):
    t.new_bond("bond0", [number("MODE", mode), number("MIIMON", 100)])
    for name in slaves:
        t.set_master(name, "bond0")
    if up:
        t.up("bond0")


def active(t, name):
    t.change_bond("bond0", [nl.u32(la.BOND_NUMBER["ACTIVE_SLAVE"], t.index(name) if name else 0)],
                  label="active_slave " + name)


def primary(t, name):
    t.change_bond("bond0", [nl.u32(la.BOND_NUMBER["PRIMARY"], t.index(name) if name else 0)],
                  label="primary " + name)


@each("balance-mac/of-the-bond")
def of_the_bond(t, mode):
    """A slave whose own address is the bond's: first, second, with an active slave and without."""
    for up in (False, True):
        t.dummies(4)
        make(t, mode)
        t.set_link("bond0", [mac("020000000101")], label="address")
        if up:
            t.up("bond0")
        t.set_master("d0", "bond0")
        t.set_master("d1", "bond0")
        t.set_master("d2", "bond0")
        t.option("bond0", "active_slave", "d1")
        t.option("bond0", "active_slave", "d2")
        t.set_master("d1", None)
        t.set_master("d1", "bond0")
        t.set_master("d0", None)
        t.set_link("d3", [mac("020000000101")], label="address")
        t.set_master("d3", "bond0")
        t.set_master("d2", None)
        t.delete("bond0")
        t.cleanup()


@each("balance-mac/borrowed")
def borrowed(t, mode):
    """A slave gets the address of another one; the lender leaves, or the borrower, or both come back."""
    t.dummies(5)
    t.quiet("ip link set d3 address 02:00:00:00:01:00", "ip link set d4 address 02:00:00:00:01:00")
    make(t, mode, ("d0", "d1"), True)
    t.option("bond0", "active_slave", "d1")
    t.set_master("d3", "bond0")
    t.set_master("d0", None)
    t.set_master("d4", "bond0")
    t.set_master("d0", "bond0")
    t.set_master("d3", None)
    t.set_master("d2", "bond0")
    t.option("bond0", "active_slave", "d2")
    t.set_master("d3", "bond0")
    t.set_master("d4", "bond0")
    t.set_master("d1", None)
    t.set_master("d2", None)
    for name in ("d0", "d3", "d4", "d1", "d2"):
        t.set_master(name, None, state=False)
    t.look("all released")


@each("balance-mac/none-left")
def none_left(t, mode):
    """No address is free: refused, and the device is as it was."""
    t.dummies(4)
    t.quiet("ip link set d2 address 02:00:00:00:01:00", "ip link set d3 address 02:00:00:00:01:01")
    make(t, mode, ("d0", "d1"))
    t.set_master("d2", "bond0")
    t.set_master("d3", "bond0")
    t.option("bond0", "slaves", "+d3")
    t.up("bond0")
    t.set_master("d2", "bond0")
    t.option("bond0", "slaves", "+d2")
    t.set_master("d0", None)
    t.set_master("d2", "bond0")
    t.set_master("d0", "bond0")


@each("balance-mac/bonds-new-address")
def new_address(t, mode):
    """The bond gets a new address: anybody's, with the bond up and down, an active slave and none."""
    t.dummies(4)
    make(t, mode, ("d0", "d1", "d2"))
    for up in (True, False):
        t.set_link("bond0", flags=int(up), change=1)
        for digits in ("020000000901", "020000000901", "020000000100", "020000000101", "020000000102",
                       "020000000103", "000000000000", "ffffffffffff", "01005e000001"):
            t.set_link("bond0", [mac(digits)], label="address " + digits)
        active(t, "d1")
        t.set_link("bond0", [mac("020000000102")], label="address of d2")
        active(t, "d2")
        t.ip("link set bond0 address 02:00:00:00:01:00")
        active(t, "d0")
        t.run("ip link set bond0 address 02:00:00:00:01")
    t.set_master("d3", "bond0")
    t.set_master("d0", None)


@each("balance-mac/by-hand")
def by_hand(t, mode):
    """Somebody gives a slave an address: of the bond, of another slave, a new one."""
    t.dummies(4)
    make(t, mode, ("d0", "d1", "d2"), True)
    t.set_link("d1", [mac("020000000100")], label="address of the bond")
    active(t, "d1")
    active(t, "d0")
    t.set_link("d2", [mac("020000000101")], label="address of d1")
    active(t, "d2")
    t.set_link("d2", [mac("020000000909")], label="new address")
    active(t, "d1")
    t.set_link("d0", [mac("020000000103")], label="address of d3")
    t.set_master("d3", "bond0")
    active(t, "d3")
    t.set_master("d3", None)
    t.set_master("d1", None)
    t.set_master("d2", None)


@each("balance-mac/choice")
def choice(t, mode):
    """The active slave changes by every option that can do it."""
    t.dummies(4)
    make(t, mode, ("d0", "d1", "d2"), True)
    primary(t, "d2")
    active(t, "d1")
    t.option("bond0", "primary_reselect", "failure")
    active(t, "d1")
    primary(t, "d0")
    t.option("bond0", "primary_reselect", "always")
    primary(t, "")
    active(t, "")
    active(t, "d2")
    active(t, "d2")
    active(t, "d3")
    t.option("bond0", "active_slave", "d3")
    t.option("bond0", "active_slave", "d1")
    t.option("bond0", "active_slave", "\n")
    t.option("bond0", "active_slave", "d0")
    t.change_slave("d1", [nl.attr(la.SLAVE_NUMBER["PRIO"], b"\5\0\0\0")])
    t.change_slave("d2", [nl.attr(la.SLAVE_NUMBER["PRIO"], b"\xff\xff\xff\xff")])
    t.ip("link set bond0 type bond active_slave d2")
    t.ip("link set d1 type bond_slave prio 20")
    t.ip("link set bond0 type bond primary d0 primary_reselect better")
    t.option("bond0", "primary", "d3")
    t.set_master("d3", "bond0")
    t.set_master("d3", None)
    t.set_master("d1", None)
    t.show("bond0")
    t.show("d0")


@each("balance-mac/ways-out")
def ways_out(t, mode):
    """Slaves leave one by one, first the active one or last, and with their device, and with the bond."""
    for order in ("012", "210", "102"):
        t.dummies(3)
        make(t, mode, ("d0", "d1", "d2"), True)
        active(t, "d1")
        for name in order:
            t.set_master("d" + name, None)
        t.cleanup()
    t.dummies(3)
    make(t, mode, ("d0", "d1", "d2"), True)
    active(t, "d1")
    t.delete("d1")
    t.delete("d2")
    t.delete("d0")
    t.dummies(3)
    for name in ("d0", "d1", "d2"):
        t.set_master(name, "bond0")
    active(t, "d2")
    t.delete("bond0")
    t.dummies(3, prefix="e")
    make(t, mode, ("e0", "e1", "e2"), True)
    t.option("bond0", "slaves", "-e0")
    t.masters("-bond0")


@each("balance-mac/open-and-closed")
def open_and_closed(t, mode):
    """What happens while the bond is down, after it was open: nobody sees clients then."""
    veths(t, 3)
    make(t, mode, ("v0", "v1", "v2"))
    active(t, "v1")
    t.set_master("v2", None)
    t.up("bond0")
    t.down("bond0")
    active(t, "v0")
    t.set_master("v1", None)
    t.set_master("v1", "bond0")
    t.set_master("v2", "bond0")
    t.set_master("v0", None)
    t.up("bond0")
    t.set_master("v2", None)
    t.set_master("v2", "bond0")
    t.down("bond0")
    t.up("bond0")


@scenario("balance-mac/promiscuous")
def promiscuous(t):
    """After a loss the active slave of balance-alb receives everything; other things happen meanwhile."""
    veths(t, 4)
    t.steady = 0.25
    make(t, 6, ("v0", "v1", "v2", "v3"), True)
    t.option("bond0", "miimon", "20")
    t.quiet_link("p1", False)
    t.await_log("v1.*link status definitely down")
    t.quiet_link("p0", False)
    t.await_log("v0.*link status definitely down")
    t.quiet_link("p1", True)
    t.await_log("v1.*link status definitely up")
    active(t, "v3")
    t.set_master("v2", None)
    t.down("bond0")
    t.set_master("v1", None)
    t.up("bond0")
    t.set_master("v3", None)
    t.quiet_link("p0", True)
    t.await_log("v0.*link status definitely up")


@each("balance-mac/refused")
def refused(t, mode):
    """Macvlans take no address while they are up that another one, or their device, has."""
    t.dummies(3)
    t.quiet("ip link set d2 up",
            "ip link add m0 link d2 address 02:00:00:00:06:00 type macvlan mode bridge",
            "ip link add m1 link d2 address 02:00:00:00:06:01 type macvlan mode bridge",
            "ip link add m2 link d2 address 02:00:00:00:06:02 type macvlan mode bridge",
            # The link watch is done with them.
            "sh -c 'for m in m0 m1 m2; do ip link set $m up; until grep -q up /sys/class/net/$m/operstate; do sleep 0.02; done;"
            " ip link set $m down; done'")
    make(t, mode, ("m0",), True)
    t.set_master("d0", "bond0")
    t.set_master("m1", "bond0")
    t.set_master("m2", "bond0")
    active(t, "m1")
    active(t, "d0")
    t.set_link("bond0", [mac("020000000102")], label="address of the macvlans' device")
    active(t, "m2")
    t.set_link("bond0", [mac("020000000601")], label="address of a macvlan")
    t.set_master("m1", None)
    t.set_master("d0", None)
    t.set_master("m2", None)


@each("balance-mac/no-address-to-set")
def no_address(t, mode):
    """Devices that cannot have another address, or only while they are down."""
    t.dummies(2)
    t.quiet("ip link set lo up", "ip link add i0 type ifb",
            "ip l2tp add tunnel tunnel_id 1 peer_tunnel_id 1 encap udp local 127.0.0.1 remote 127.0.0.1"
            " udp_sport 1701 udp_dport 1702",
            "ip l2tp add session name l0 tunnel_id 1 session_id 1 peer_session_id 1",
            "ip l2tp add session name l1 tunnel_id 1 session_id 2 peer_session_id 2")
    t.quiet("ip link set l0 address 02:00:00:00:07:01", "ip link set l1 address 02:00:00:00:07:02")
    make(t, mode)
    t.set_master("i0", "bond0")
    t.set_master("l0", "bond0")
    t.set_master("d0", "bond0")
    t.set_master("l1", "bond0")
    t.up("bond0")
    active(t, "d0")
    active(t, "l1")
    t.set_link("bond0", [mac("020000000903")], label="address")
    t.set_master("d0", None)
    t.set_master("l1", None)
    t.differs("B15")
    t.set_master("l0", None)


@each("balance-mac/uppers")
def uppers(t, mode):
    """VLANs and macvlans above, which follow the bond's address; a bridge on top."""
    t.steady = 0.05
    t.dummies(3)
    make(t, mode, ("d0", "d1"), True)
    t.ip("link add link bond0 name v5 type vlan id 5")
    t.ip("link add link bond0 name s6 type vlan protocol 802.1ad id 6")
    t.ip("link add link bond0 name mv type macvlan mode bridge")
    t.ip("link set mv address 02:00:00:00:08:01")
    t.up("v5")
    t.up("s6")
    t.up("mv")
    active(t, "d1")
    t.set_link("bond0", [mac("020000000909")], label="address")
    t.set_master("d2", "bond0")
    t.set_link("v5", [mac("020000000805")], label="address")
    active(t, "d2")
    t.ip("link del v5")
    t.ip("link del s6")
    t.ip("link del mv")
    t.ip("link add br0 address 02:00:00:00:08:08 type bridge")
    t.set_master("bond0", "br0")
    t.up("br0")
    active(t, "d0")
    t.set_link("bond0", [mac("020000000101")], label="address of d1")
    t.set_master("bond0", None)


@scenario("balance-mac/modes")
def modes(t):
    """From one mode to the other and away, with what the bond was before."""
    t.dummies(3)
    make(t, 6, ("d0", "d1"), True)
    t.option("bond0", "mode", "5")
    t.set_master("d0", None)
    t.set_master("d1", None)
    t.down("bond0")
    for text in ("balance-tlb", "balance-alb", "active-backup", "balance-tlb"):
        t.option("bond0", "mode", text)
        for name in ("d0", "d1", "d2"):
            t.set_master(name, "bond0")
        active(t, "d1")
        t.set_master("d2", None)
        t.up("bond0")
        active(t, "d0")
        t.down("bond0")
        t.set_master("d0", None)
        t.set_master("d1", None)


@scenario("balance-mac/options-of-the-modes", full=True)
def options(t):
    """The options of these modes by netlink, together with the mode and alone."""
    t.dummies(2)
    for mode in (5, 6):
        for name in ("TLB_DYNAMIC_LB", "LP_INTERVAL", "XMIT_HASH_POLICY", "ARP_INTERVAL", "FAIL_OVER_MAC",
                     "ARP_VALIDATE", "PACKETS_PER_SLAVE", "ALL_SLAVES_ACTIVE", "PRIMARY_RESELECT"):
            for value in (0, 1, 2, 100):
                t.new_bond("bond0", [number("MODE", mode), number(name, value)])
                t.change_bond("bond0", [number(name, value)])
                t.set_master("d0", "bond0", state=False)
                t.up("bond0", state=False)
                t.change_bond("bond0", [number(name, 1)])
                t.delete("bond0", state=False)


@each("balance-mac/lists")
def lists(t, mode):
    """Unicast and multicast addresses and flags of the bond: with the active slave, wherever it goes."""
    t.dummies(3)
    make(t, mode, ("d0", "d1"), True)
    t.ip("maddress add 01:00:5e:00:00:55 dev bond0")
    t.ip("link add link bond0 name mv type macvlan mode bridge")
    t.ip("link set mv address 02:00:00:00:08:01")
    t.up("mv")
    t.ip("link set bond0 promisc on")
    t.set_master("d2", "bond0")
    active(t, "d2")
    t.down("bond0")
    active(t, "d1")
    t.up("bond0")
    active(t, "d0")
    t.set_master("d0", None)
    t.ip("link set bond0 promisc off")
    t.ip("maddress del 01:00:5e:00:00:55 dev bond0")


@each("balance-mac/monitor")
def monitor(t, mode):
    """updelay and downdelay, and a slave that comes back as the primary."""
    veths(t, 3)
    t.steady = 0.3
    t.new_bond("bond0", [number("MODE", mode), number("MIIMON", 50), number("UPDELAY", 100),
                         number("DOWNDELAY", 100)])
    for name in ("v0", "v1", "v2"):
        t.set_master(name, "bond0")
    t.up("bond0")
    t.option("bond0", "primary", "v1")
    t.quiet_link("p1", False)
    t.await_log("v1.*link status definitely down")
    t.quiet_link("p1", True)
    t.await_log("v1.*link status definitely up")
    t.down("v1")
    t.await_log("v1.*link status definitely down")
    t.up("v1")
    t.await_log("v1.*link status definitely up")
    t.read("/proc/net/bonding/bond0")
