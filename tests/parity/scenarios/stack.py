# SPDX-License-Identifier: GPL-2.0
"""A bond among other devices: above, below and beside them; and what the core does to it."""

from parity import linkattrs as la
from parity import netlink as nl
from parity.context import number
from parity.registry import scenario
from scenarios._common import MODES, each_mode, veths


@scenario("stack/bridge-above")
def bridge(t):
    t.steady = 0.05
    t.dummies(2)
    t.bond("bond0", ["d0", "d1"], up=True, mode=1, miimon=100)
    t.quiet("ip link add br0 address 02:00:00:00:0c:01 type bridge")
    t.set_master("bond0", "br0")
    t.up("br0")
    t.option("bond0", "active_slave", "d1")
    t.set_master("d1", "br0")
    t.set_master("d1", None)
    t.set_master("bond0", None)
    t.delete("bond0")


@scenario("stack/team-above")
def team(t):
    t.dummies(1)
    t.bond("bond0", ["d0"], mode=1)
    try:
        t.quiet("ip link add team0 address 02:00:00:00:0c:02 type team")
    except Exception:  # no team on this kernel: both sides lack it
        return
    t.set_master("bond0", "team0")
    t.set_master("team0", "bond0")
    t.set_master("bond0", None)
    t.set_master("team0", "bond0")


@each_mode("stack/macvlan-above", short=(0, 1, 6))
def macvlan(t, mode):
    t.steady = 0.05
    t.dummies(2)
    t.bond("bond0", ["d0"], up=True, mode=mode)
    t.ip("link add link bond0 name mv0 address 02:00:00:00:0c:03 type macvlan mode bridge")
    t.ip("link add link bond0 name mv1 address 02:00:00:00:0c:04 type macvlan mode passthru")
    t.up("mv0")
    t.set_master("d1", "bond0")
    t.ip("link set mv0 address 02:00:00:00:0c:05")
    t.set_master("d0", None)
    t.delete("bond0")


@each_mode("stack/set-by-the-core", short=(1, 4))
def core(t, mode):
    """Attributes that the bond does not handle itself."""
    t.dummies(1)
    t.bond("bond0", ["d0"], up=True, mode=mode)
    t.ip("link set bond0 txqueuelen 42")
    t.ip("link set bond0 arp off")
    t.ip("link set bond0 arp on")
    t.ip("link set bond0 multicast off")
    t.ip("link set bond0 multicast on")
    t.ip("link set bond0 carrier off")
    t.ip("link set bond0 carrier on")
    t.ip("link set bond0 protodown on")
    t.ip("link set bond0 protodown off")
    t.ip("link set bond0 group 7")
    t.ip("link set bond0 mode dormant")
    t.ip("link set bond0 gso_max_size 32768")
    t.ip("link set d0 gso_max_size 30000")
    t.ip("link set bond0 numtxqueues 4")
    t.ip("link set bond0 vf 0 mac 02:00:00:00:0c:06")
    t.ip("link set bond0 xdp off")
    t.write("/sys/class/net/bond0/carrier", "1")
    t.write("/sys/class/net/bond0/mtu", "1450")
    t.write("/sys/class/net/bond0/mtu", "70000")
    t.write("/sys/class/net/bond0/tx_queue_len", "10")
    t.write("/sys/class/net/bond0/flags", "0x1002")
    t.write("/sys/class/net/bond0/gro_flush_timeout", "1000")
    t.write("/sys/class/net/bond0/threaded", "1")
    t.write("/sys/class/net/bond0/proto_down", "1")


@each_mode("stack/extended-statistics", short=(1, 4))
def xstats(t, mode):
    t.dummies(1)
    t.bond("bond0", ["d0"], up=True, mode=mode)
    t.ip("link xstats type bond", False)
    t.ip("link xstats type bond dev bond0", False)
    t.ip("link xstats type bond_slave dev d0", False)
    t.ip("stats show dev bond0 group xstats", False)
    t.ip("stats show dev d0 group xstats_slave", False)


@scenario("stack/ipv6")
def ipv6(t):
    """Slaves get no IPv6 addresses; multicast groups follow the active slave."""
    t.steady = 0.1
    t.quiet("sysctl -q net.ipv6.conf.all.disable_ipv6=0", "sysctl -q net.ipv6.conf.default.disable_ipv6=0",
            "sysctl -q net.ipv6.conf.default.accept_dad=0", "sysctl -q net.ipv6.conf.default.router_solicitations=0")
    t.dummies(2)
    t.bond("bond0", ["d0", "d1"], up=True, mode=1)
    t.ip("-6 address show dev d0", False)
    t.ip("-6 address show dev bond0", False)
    t.option("bond0", "active_slave", "d1")
    t.ip("address add 2001:db8::5/64 dev bond0 nodad")
    t.option("bond0", "active_slave", "d0")
    t.set_master("d0", None)
    t.up("d0")
    t.ip("-6 address show dev d0", False)
    t.down("bond0")


@scenario("stack/addresses-and-routes")
def routes(t):
    t.dummies(2)
    t.bond("bond0", ["d0", "d1"], mode=0)
    t.ip("address add 192.0.2.1/24 dev bond0")
    t.up("bond0")
    t.ip("route show dev bond0", False)
    t.ip("neigh add 192.0.2.9 lladdr 02:00:00:00:0c:07 dev bond0")
    t.set_master("d0", None)
    t.ip("route show dev bond0", False)
    t.ip("neigh show dev bond0", False)
    t.down("bond0")
    t.ip("route show dev bond0", False)


@scenario("stack/qdisc")
def qdisc(t):
    t.dummies(1)
    t.bond("bond0", ["d0"], up=True, mode=0)
    t.run("tc qdisc show dev bond0", False)
    t.run("tc qdisc add dev bond0 root mq")
    t.run("tc qdisc show dev bond0", False)
    t.run("tc qdisc replace dev bond0 root pfifo")
    t.run("tc qdisc show dev d0", False)
    t.run("tc qdisc add dev bond0 clsact")
    t.delete("bond0")


@scenario("stack/vlan-of-a-slave")
def vlan_of_slave(t):
    """A VLAN on a device that becomes a slave, and the VLAN as slave of another bond."""
    t.dummies(1)
    t.quiet("ip link add link d0 name d0.5 type vlan id 5")
    t.bond("bond0", mode=1)
    t.bond("bond1", mode=0)
    t.set_master("d0", "bond0")
    t.set_master("d0.5", "bond1")
    t.up("bond0")
    t.up("bond1")
    t.ip("link set bond0 mtu 1300")
    t.ip("link set bond1 mtu 1600")
    t.set_master("d0", None)
    t.delete("bond1")


@scenario("stack/veth-speed")
def speed(t):
    """Speed and duplex as procfs tells them, for devices that know theirs and devices that do not."""
    veths(t, 1)
    t.dummies(1)
    t.quiet("ip tuntap add dev t0 mode tap", "ip link set t0 address 02:00:00:00:05:01")
    for mode in MODES:
        t.bond("bond0", ["v0", "d0", "t0"], up=True, mode=mode)
        t.read("/proc/net/bonding/bond0")
        t.run("ethtool bond0", False)
        t.run("ethtool -s t0 speed 100 duplex half")
        t.run("ethtool bond0", False)
        t.read("/proc/net/bonding/bond0")
        t.delete("bond0")


@scenario("stack/many-bonds")
def many(t):
    t.dummies(20)
    with t.unwatched():
        for place in range(10):
            t.new_bond("bond%d" % place, [number("MODE", place % 4)])
            t.set_master("d%d" % (2 * place), "bond%d" % place)
            t.option("bond%d" % place, "slaves", "+d%d" % (2 * place + 1))
            t.up("bond%d" % place)
    t.look("all of them")
    t.read("/sys/class/net/bonding_masters")
    for place in range(0, 10, 2):
        t.set_link("bond%d" % place, [nl.u32(la.IFLA["MTU"], 1400 + place)], state=False)
    t.look("after the changes")


@scenario("stack/dump-as-a-whole")
def dump(t):
    """What iproute2 prints of everything."""
    t.dummies(3)
    for mode in MODES:
        t.bond("bond%d" % mode, ["d%d" % mode] if mode < 3 else (), up=True, mode=mode, miimon=100)
    t.ip("-d -j link show type bond", False)
    t.ip("-d link show type bond", False)
    t.ip("-d link show type bond_slave", False)
    t.ip("-d link show master bond1", False)
    t.ip("-s link show bond2", False)
