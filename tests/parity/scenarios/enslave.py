# SPDX-License-Identifier: GPL-2.0
"""Enslaving and releasing: what works, and every refusal in its order."""

from parity import linkattrs as la
from parity import netlink as nl
from parity.context import number
from parity.registry import scenario
from scenarios._common import MODES, each_mode, veths


@each_mode("enslave/netlink")
def by_netlink(t, mode):
    t.dummies(3)
    t.new_bond("bond0", [number("MODE", mode)])
    t.set_master("d0", "bond0")
    t.set_master("d1", "bond0")
    t.show("d0")
    t.up("bond0")
    t.set_master("d2", "bond0")
    t.read("/proc/net/bonding/bond0")
    t.set_master("d0", None)
    t.set_master("d1", None)
    t.set_master("d1", None)
    t.set_master("d1", "bond0")
    t.set_master("d2", None)
    t.down("bond0")
    t.set_master("d1", None)


@each_mode("enslave/sysfs", short=(1, 4))
def by_sysfs(t, mode):
    t.dummies(3)
    t.new_bond("bond0", [number("MODE", mode), number("MIIMON", 100)])
    t.option("bond0", "slaves", "+d0")
    t.option("bond0", "slaves", "+d1\n")
    t.option("bond0", "slaves", "+d1")
    t.option("bond0", "slaves", "-d0")
    t.option("bond0", "slaves", "-d0")
    t.option("bond0", "slaves", "-d2")
    t.option("bond0", "slaves", "+d2 d0")
    t.option("bond0", "slaves", "-d1")
    t.option("bond0", "slaves", "-d2")


@each_mode("enslave/carrier", short=(0, 1, 4))
def carrier(t, mode):
    veths(t, 3, peers_up=False)
    t.new_bond("bond0", [number("MODE", mode)])
    t.up("bond0")
    t.set_master("v0", "bond0")
    t.ip("link set p1 up")
    t.set_master("v1", "bond0")
    t.set_master("v2", "bond0")
    t.show("v1")
    t.set_master("v1", None)
    t.set_master("v0", None)
    t.set_master("v2", None)


@scenario("enslave/ifenslave-by-ip")
def by_ip(t):
    t.dummies(2)
    t.ip("link add bond0 type bond mode 1")
    t.ip("link set d0 master bond0")
    t.ip("link set d1 master bond0")
    t.ip("link set d1 type bond_slave queue_id 3")
    t.ip("link set d1 type bond_slave prio 7")
    t.show("d1")
    t.ip("link set d0 nomaster")
    t.ip("link set d0 nomaster")
    t.ip("link set d0 master nothere")
    t.ip("link set bond0 type bond active_slave d1")
    t.ip("link set bond0 type bond active_slave d0")
    t.ip("link set bond0 type bond primary d1")


@scenario("enslave/sysfs-syntax")
def syntax(t):
    t.dummies(2)
    t.new_bond("bond0", None)
    for text in ("", "\n", "d0", "+", "-", "+nothere", "-nothere", "* d0", "+ d0", " +d0", "+d0 ",
                 "+d0\n\n", "+d0,d1", "+bond0", "+lo", "+d\0", "+%s" % ("x" * 15)):
        t.option("bond0", "slaves", text)
    with t.difference("C3"):
        t.option("bond0", "slaves", "+" + "x" * 16)
        t.option("bond0", "slaves", "+" + "x" * 300)


@scenario("enslave/refused-up")
def refused_up(t):
    t.dummies(2)
    t.new_bond("bond0", None)
    t.up("d0")
    t.set_master("d0", "bond0")
    t.option("bond0", "slaves", "+d0")
    t.down("d0")
    t.set_master("d0", "bond0")


@scenario("enslave/refused-busy")
def refused_busy(t):
    t.dummies(4)
    t.quiet("ip link add br0 type bridge", "ip link set d0 master br0",
            "ip link add mv0 link d1 type macvlan", "ip link add iv0 link d2 type ipvlan")
    t.new_bond("bond0", None)
    t.new_bond("bond1", None)
    for device in ("d0", "d1", "d2"):
        t.option("bond0", "slaves", "+" + device)
        t.set_master(device, "bond0")
    t.set_master("d3", "bond0")
    t.option("bond1", "slaves", "+d3")
    t.set_master("d3", "bond1")
    t.set_master("d3", "br0")
    t.option("bond0", "slaves", "+d3")
    t.option("bond1", "slaves", "-d3")


@scenario("enslave/self-and-loops")
def loops(t):
    t.dummies(2)
    for name in ("bond0", "bond1", "bond2"):
        t.new_bond(name, [number("MODE", 1)])
    t.option("bond0", "slaves", "+bond0")
    t.set_master("bond0", "bond0")
    t.option("bond0", "slaves", "+bond1")
    t.set_master("bond1", "bond0")
    t.option("bond1", "slaves", "+bond0")
    t.set_master("bond2", "bond1")
    t.set_master("bond0", "bond2")
    t.set_master("d0", "bond2")
    t.look("nested")
    t.up("bond0")
    t.delete("bond1")


@scenario("enslave/nested-order")
def nested(t):
    """A bond below a bond; the upper one is deleted first, then the lower one."""
    t.dummies(2)
    t.bond("low", ["d0", "d1"], up=False, mode=1, miimon=50)
    t.bond("high", ["low"], up=True, mode=0)
    t.look("nested")
    t.read("/proc/net/bonding/high")
    t.ip("link set high mtu 1400")
    t.ip("link set high address 02:00:00:00:55:01")
    with t.difference("B15"):  # it stays
        t.set_master("low", None)
        t.set_master("low", "high")
        t.delete("low")
        t.cleanup()


# Each kind of device; the last column tells those that are not Ethernet.
KINDS = {
    "vcan": ("ip link add x0 type vcan", True),
    "bridge": ("ip link add x0 address 02:00:00:00:04:05 type bridge", False),
    "macvlan": ("ip link add x0 link p0 address 02:00:00:00:04:01 type macvlan mode bridge", False),
    "ipvlan": ("ip link add x0 link p0 type ipvlan", False),
    "vlan": ("ip link add x0 link p0 type vlan id 7", False),
    "tun": ("ip tuntap add dev x0 mode tun", True),
    "tap": ("ip tuntap add dev x0 mode tap", False),
    "ifb": ("ip link add x0 address 02:00:00:00:04:02 type ifb", False),
    "nlmon": ("ip link add x0 type nlmon", True),
    "gre": ("ip link add x0 type gre local 10.9.0.1 remote 10.9.0.2", True),
    "gretap": ("ip link add x0 address 02:00:00:00:04:03 type gretap local 10.9.0.1 remote 10.9.0.2", False),
    "sit": ("ip link add x0 type sit local 10.9.0.1 remote 10.9.0.2", True),
    "vxlan": ("ip link add x0 address 02:00:00:00:04:04 type vxlan id 5 dstport 4789", False),
    "vrf": ("ip link add x0 address 02:00:00:00:04:06 type vrf table 10", False),
    "team": ("ip link add x0 address 02:00:00:00:04:07 type team", False),
    "veth": ("ip link add x0 address 02:00:00:00:04:08 type veth peer name y0", False),
}


def device_type(t, command, other):
    """A device as first and as second slave, next to a dummy."""
    t.dummies(1)
    veths(t, 1)
    t.quiet(command)
    if other:
        t.differs("B11", "state", "log", "events")
    for mode in (0, 1):
        t.bond("bond0", mode=mode)
        t.set_master("x0", "bond0")
        t.set_master("d0", "bond0")
        t.set_master("x0", None)
        t.set_master("x0", "bond0")
        t.set_master("d0", None)
        t.up("bond0")
        t.delete("bond0")


for kind, (command, other) in KINDS.items():
    scenario("enslave/type/" + kind)(lambda t, c=command, o=other: device_type(t, c, o))


@scenario("enslave/loopback")
def loopback(t):
    t.dummies(1)
    t.new_bond("bond0", [number("MODE", 1)])
    t.option("bond0", "slaves", "+lo")
    t.set_master("lo", "bond0")
    t.quiet("ip link set lo down")
    t.option("bond0", "slaves", "+lo")
    t.option("bond0", "slaves", "-lo")
    t.quiet("ip link set lo up")


@scenario("enslave/vlan-challenged")
def vlan_challenged(t):
    """A device that takes no VLANs, with and without VLANs above the bond."""
    t.dummies(1)
    t.quiet("ip tuntap add dev t0 mode tap", "ip link add w0 type bond", "ip link add w0.5 link w0 type vlan id 5")
    t.set_master("d0", "w0")
    t.bond("bond0", ["d0"])
    t.set_master("d0", None)
    t.set_master("d0", "w0")
    t.look("vlan above")
    t.ip("link add bond0.9 link bond0 type vlan id 9")
    t.delete("w0.5")


@scenario("enslave/refused-late")
def refused_late(t):
    """Steps that fail after the address and the MTU were set."""
    t.dummies(3)
    t.quiet("ip link add link d0 name d0.5 type vlan id 5", "ip link set d0.5 address 02:00:00:00:06:01",
            "ip link set d0.5 mtu 1400", "ip link set d1 up",
            "ip link add m0 link d1 address 02:00:00:00:07:01 type macvlan",
            "ip link add m1 link d1 address 02:00:00:00:07:02 type macvlan", "ip link set m0 up")
    for mode in MODES:
        t.bond("bond0", mode=mode)
        t.set_master("d0.5", "bond0")
        t.set_master("d2", "bond0")
        t.option("bond0", "slaves", "+d0.5")
        t.ip("link set bond0 address 02:00:00:00:07:01")
        t.set_master("m1", "bond0")
        t.delete("bond0")


@scenario("enslave/too-deep")
def too_deep(t):
    """The core refuses the ninth level when the link to the master is made."""
    for level in range(10):
        t.new_bond("n%d" % level, [number("MODE", level % 4)])
    for level in range(9):
        t.set_master("n%d" % level, "n%d" % (level + 1))
    t.option("n9", "slaves", "+n8")
    with t.difference("C8"):
        t.cleanup()


@scenario("enslave/master-types")
def master_types(t):
    """Slave options sent to devices that are no slaves, or slaves of something else."""
    t.dummies(3)
    t.quiet("ip link add br0 type bridge", "ip link set d0 master br0")
    t.bond("bond0", ["d1"], mode=1)
    t.change_slave("d0", [nl.u16(5, 1)])
    t.change_slave("d2", [nl.u16(5, 1)])
    t.change_slave("d1", [nl.u16(5, 1)], kind="bridge")
    t.change_slave("d1", [nl.u16(5, 1)])
    t.change_slave("d1", [])


@each_mode("slave/queue-id", short=(1, 6))
def queue_id(t, mode):
    t.dummies(3)
    t.bond("bond0", ["d0", "d1"], mode=mode)
    for value in (0, 1, 15, 16, 17, 65535):
        t.change_slave("d0", [nl.u16(la.SLAVE_NUMBER["QUEUE_ID"], value)])
    t.change_slave("d1", [nl.u16(la.SLAVE_NUMBER["QUEUE_ID"], 16)])
    for text in ("d1:3", "d1:3\n", "d0:3", "d1:0", "d0:0", "d1:17", "d1:-1", "d1", "d1:", ":1", "d1:x",
                 "d2:1", "nothere:1", "", "\n", "d1:1x", "d1:0x2", "d1:1 d0:2", "d1: 4", "d1:65536"):
        t.option("bond0", "queue_id", text)
    t.change_slave("d0", [nl.attr(la.SLAVE_NUMBER["QUEUE_ID"], b"\1")])
    t.change_slave("d0", [nl.attr(la.SLAVE_NUMBER["QUEUE_ID"], bytes(4))])


@each_mode("slave/prio", short=(1, 5))
def prio(t, mode):
    t.dummies(3)
    t.bond("bond0", ["d0", "d1", "d2"], up=True, mode=mode, miimon=100)
    for slave, value in (("d1", 5), ("d2", 10), ("d2", -3), ("d0", 2147483647), ("d0", -2147483648),
                         ("d0", 0), ("d1", 0), ("d2", 0), ("d1", 1)):
        t.change_slave(slave, [nl.s32(la.SLAVE_NUMBER["PRIO"], value)])
    t.option("bond0", "primary", "d2")
    t.change_slave("d0", [nl.s32(la.SLAVE_NUMBER["PRIO"], 50)])
    t.change_slave("d2", [nl.s32(la.SLAVE_NUMBER["PRIO"], 60)])
    t.change_slave("d0", [nl.attr(la.SLAVE_NUMBER["PRIO"], b"\1\2")])
    t.change_slave("d0", [nl.u16(la.SLAVE_NUMBER["QUEUE_ID"], 99), nl.s32(la.SLAVE_NUMBER["PRIO"], 1)])
    with t.difference("C1", "state"):  # where the priority is refused, the queue stays as it was
        t.change_slave("d0", [nl.s32(la.SLAVE_NUMBER["PRIO"], 1), nl.u16(la.SLAVE_NUMBER["QUEUE_ID"], 2)])


@each_mode("slave/port-prio", short=(1, 4))
def port_prio(t, mode):
    t.dummies(1)
    t.bond("bond0", ["d0"], mode=mode)
    for value in (0, 1, 255, 65535):
        t.change_slave("d0", [nl.u16(la.SLAVE_NUMBER["ACTOR_PORT_PRIO"], value)])
    for name in ("STATE", "MII_STATUS", "LINK_FAILURE_COUNT", "PERM_HWADDR", "AD_AGGREGATOR_ID"):
        t.change_slave("d0", [nl.u8(la.SLAVE_NUMBER[name], 1)])
    t.change_slave("d0", [nl.u8(40, 1)])


@scenario("slave/goes-away")
def goes_away(t):
    """A slave is deleted while enslaved, in each mode, active and not."""
    for mode in MODES:
        veths(t, 3)
        t.bond("bond0", ["v0", "v1", "v2"], up=True, mode=mode, miimon=50)
        t.delete("v1")
        t.delete("v0")
        t.delete("p2")
        t.delete("bond0")


@scenario("slave/up-down")
def up_down(t):
    """An administrator takes slaves down and up below the bond, without link monitoring."""
    for mode in MODES:
        t.dummies(2)
        t.bond("bond0", ["d0", "d1"], up=True, mode=mode)
        with t.difference("C8"):
            for change, name in ((t.down, "d0"), (t.down, "d1"), (t.up, "d1"), (t.up, "d0")):
                change(name)
            t.look()
            t.cleanup()
