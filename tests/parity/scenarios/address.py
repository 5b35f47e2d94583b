# SPDX-License-Identifier: GPL-2.0
"""Addresses, MTU, VLANs, promiscuity, multicast lists and features of a bond and its slaves."""

from parity import linkattrs as la
from parity import netlink as nl
from parity.context import number
from parity.registry import scenario
from scenarios._common import MODES, each_mode

ADDRESS = la.IFLA["ADDRESS"]


def mac(text):
    return nl.attr(ADDRESS, bytes.fromhex(text))


@each_mode("mac/first-slave")
def first_slave(t, mode):
    t.dummies(2)
    t.new_bond("bond0", [number("MODE", mode)])
    t.set_master("d0", "bond0")
    t.set_master("d1", "bond0")
    t.set_master("d0", None)
    t.set_master("d1", None)
    t.set_master("d1", "bond0")


@each_mode("mac/user-set", short=(1, 4, 6))
def user_set(t, mode):
    t.dummies(2)
    t.new_bond("bond0", [number("MODE", mode)], [mac("020000000901")], label="create with an address")
    t.set_master("d0", "bond0")
    t.set_link("bond0", [mac("020000000902")])
    t.set_master("d1", "bond0")
    t.set_link("bond0", [mac("010000000902")])
    t.set_link("bond0", [mac("000000000000")])
    t.set_link("bond0", [nl.attr(ADDRESS, b"\2\0\0")])
    t.set_link("d0", [mac("020000000903")])
    t.up("bond0")
    t.set_link("bond0", [mac("020000000904")])
    t.set_link("d1", [mac("020000000905")])
    t.set_master("d0", None)
    t.differs("B15")
    t.set_master("d1", None)


@scenario("mac/fail-over-mac")
def fail_over_mac(t):
    for value in ("none", "active", "follow"):
        t.dummies(3)
        t.bond("bond0", mode=1)
        t.option("bond0", "fail_over_mac", value)
        t.set_master("d0", "bond0")
        t.set_master("d1", "bond0")
        t.up("bond0")
        t.option("bond0", "active_slave", "d1")
        t.set_link("bond0", [mac("020000000902")])
        t.set_master("d2", "bond0")
        t.option("bond0", "active_slave", "d0")
        t.set_link("d1", [mac("020000000903")])
        t.option("bond0", "active_slave", "d1")
        t.read("/proc/net/bonding/bond0")
        t.set_master("d1", None)
        if value == "none":
            t.differs("B15")
        t.set_master("d0", None)
        t.set_master("d2", None)
        t.cleanup()


@scenario("mac/same-address")
def same_address(t):
    """Two slaves with one address, in each fail_over_mac policy."""
    for value in ("none", "active", "follow"):
        t.dummies(2)
        t.quiet("ip link set d1 address 02:00:00:00:01:00")
        t.bond("bond0", mode=1)
        t.option("bond0", "fail_over_mac", value)
        t.set_master("d0", "bond0")
        t.set_master("d1", "bond0")
        t.up("bond0")
        t.set_master("d0", None)
        t.set_master("d1", None)
        t.cleanup()


@each_mode("mtu", short=(1, 4))
def mtu(t, mode):
    t.dummies(2)
    t.quiet("ip link set d1 mtu 1400")
    t.bond("bond0", mode=mode)
    t.set_master("d0", "bond0")
    t.set_master("d1", "bond0")
    for value in (1500, 9000, 68, 67, 65535, 65536, 1300):
        t.set_link("bond0", [nl.u32(la.IFLA["MTU"], value)])
    with t.difference("F4", "log"):
        t.set_link("d0", [nl.u32(la.IFLA["MTU"], 1280)])
    t.set_master("d0", None)
    t.set_master("d1", None)
    t.set_link("bond0", [nl.u32(la.IFLA["MTU"], 2000)])


@scenario("mtu/refused-by-a-slave")
def mtu_refused(t):
    """The second slave cannot take it: the first goes back."""
    t.dummies(1)
    t.quiet("ip tuntap add dev t0 mode tap", "ip link set t0 address 02:00:00:00:05:01",
            "ip link add x0 address 02:00:00:00:04:02 type vxlan id 5 dstport 4789 dev d0")
    t.bond("bond0", mode=0)
    t.set_master("d0", "bond0")
    t.set_master("t0", "bond0")
    t.set_link("bond0", [nl.u32(la.IFLA["MTU"], 65535)])
    t.set_link("bond0", [nl.u32(la.IFLA["MTU"], 65521)])
    t.set_master("t0", None)


@each_mode("vlan", short=(2, 6))
def vlans(t, mode):
    t.steady = 0.05  # VLANs follow their device from a work
    t.dummies(2)
    t.bond("bond0", ["d0"], up=True, mode=mode)
    t.ip("link add link bond0 name bond0.10 type vlan id 10")
    t.ip("link add link bond0 name bond0.20 type vlan id 20 protocol 802.1ad")
    t.set_master("d1", "bond0")
    t.up("bond0.10")
    t.ip("link set bond0.10 address 02:00:00:00:0a:0a")
    t.ip("link set bond0 mtu 1400")
    t.ip("link set bond0 address 02:00:00:00:0a:0b")
    t.set_master("d0", None)
    t.down("bond0")
    t.up("bond0")
    t.delete("bond0.20")
    t.differs("B15")
    t.set_master("d1", None)
    t.delete("bond0")


@each_mode("promiscuity", short=(1, 3, 5))
def promiscuity(t, mode):
    t.steady = 0.05
    t.dummies(3)
    t.bond("bond0", ["d0", "d1"], up=True, mode=mode)
    t.ip("link set bond0 promisc on")
    t.set_master("d2", "bond0")
    t.ip("link set bond0 allmulticast on")
    if mode == 1:
        t.option("bond0", "active_slave", "d1")
        t.option("bond0", "active_slave", "d2")
    t.set_master("d1", None)
    t.ip("link set bond0 promisc off")
    t.down("bond0")
    t.ip("link set bond0 allmulticast off")
    t.ip("link set bond0 promisc on")
    t.set_master("d1", "bond0")
    t.up("bond0")
    t.set_master("d0", None)
    t.delete("bond0")


@each_mode("address-lists", short=(1, 4, 6))
def address_lists(t, mode):
    t.steady = 0.05  # the core hands the lists to drivers from a work
    t.dummies(3)
    t.bond("bond0", ["d0", "d1"], up=True, mode=mode)
    t.ip("maddress add 01:00:5e:01:02:03 dev bond0")
    t.ip("maddress add 33:33:00:00:00:77 dev bond0")
    t.run("bridge fdb add 02:00:00:00:0b:01 dev bond0 self")
    t.ip("link add mv0 link bond0 address 02:00:00:00:0b:02 type macvlan mode bridge")
    t.up("mv0")
    t.set_master("d2", "bond0")
    if mode == 1:
        t.option("bond0", "active_slave", "d1")
    t.set_master("d0", None)
    t.down("bond0")
    t.up("bond0")
    t.ip("maddress del 01:00:5e:01:02:03 dev bond0")
    t.run("bridge fdb del 02:00:00:00:0b:01 dev bond0 self")
    t.delete("mv0")
    t.down("bond0")
    t.set_master("d1", None)
    t.set_master("d2", None)


@scenario("features/each-mode")
def features(t):
    for mode in MODES:
        t.dummies(2)
        t.bond("bond0", mode=mode)
        t.run("ethtool -k bond0", False)
        t.set_master("d0", "bond0")
        t.run("ethtool -k bond0", False)
        t.run("ethtool -K d0 tso off sg off", False)
        t.look()
        t.set_master("d1", "bond0")
        t.run("ethtool -K bond0 tx off")
        t.run("ethtool -K bond0 lro on")
        t.run("ethtool -K bond0 tx-vlan-offload off")
        t.run("ethtool -K d0 tso on sg on", False)
        t.look()
        t.set_master("d0", None)
        t.set_master("d1", None)
        t.cleanup()


@scenario("features/mixed-slaves")
def mixed(t):
    t.dummies(1)
    t.quiet("ip link add v0 address 02:00:00:00:02:00 type veth peer name p0 address 02:00:00:00:03:00",
            "ip tuntap add dev t0 mode tap", "ip link set t0 address 02:00:00:00:05:01",
            "ip link add i0 address 02:00:00:00:05:02 type ifb",
            "ip link add link p0 name m0 address 02:00:00:00:05:03 type macvlan")
    for mode in (0, 1):
        t.bond("bond0", mode=mode)
        for device in ("v0", "t0", "i0", "m0", "d0"):
            t.set_master(device, "bond0")
        t.run("ethtool -k bond0", False)
        t.up("bond0")
        for device in ("t0", "v0", "d0", "m0", "i0"):
            t.set_master(device, None)
        t.delete("bond0")


@scenario("ethtool/information")
def information(t):
    t.quiet("ip link add v0 address 02:00:00:00:02:00 type veth peer name p0 address 02:00:00:00:03:00",
            "ip link add v1 address 02:00:00:00:02:01 type veth peer name p1 address 02:00:00:00:03:01",
            "ip link set p0 up", "ip link set p1 up")
    for mode in MODES:
        t.bond("bond0", mode=mode)
        t.run("ethtool bond0", False)
        t.run("ethtool -i bond0", False)
        t.set_master("v0", "bond0")
        t.set_master("v1", "bond0")
        t.up("bond0")
        t.run("ethtool bond0", False)
        t.run("ethtool -T bond0", False)
        t.run("ethtool -S bond0", False)
        t.run("ethtool -g bond0", False)
        t.run("ethtool -l bond0", False)
        t.read("/sys/class/net/bond0/speed")
        t.read("/sys/class/net/bond0/duplex")
        t.read("/sys/class/net/bond0/uevent")
        t.run("ls /sys/class/net/bond0/queues", False)
        t.delete("bond0")
