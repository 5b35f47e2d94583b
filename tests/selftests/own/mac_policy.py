# SPDX-License-Identifier: GPL-2.0
"""The bond's own MAC address: mac_policy without anybody else who sets addresses."""

from lib.harness import check, equal, sh, test
from lib.net import SYS, Net, la, must_set, nl, option, shown

PORT = "00:1b:21:00:00:%02x"


def address(device):
    with open(SYS + device + "/address", encoding="ascii") as file:
        return file.read().strip()


def assigned(device):
    with open(SYS + device + "/addr_assign_type", encoding="ascii") as file:
        return file.read().strip()


def ports(net, count=2):
    """Dummies with addresses as cards have them."""
    for place in range(count):
        mac = bytes.fromhex((PORT % place).replace(":", ""))
        net.create("d%d" % place, "dummy", attrs=[nl.attr(la.IFLA["ADDRESS"], mac)])


@test("g2-an-empty-bond-says-stolen")
def empty():
    net = Net()
    net.bond("bond0")
    equal(shown("bond0", "mac_policy"), "first 0", "mac_policy")
    equal(assigned("bond0"), "2", "addr_assign_type of a new bond")
    must_set("bond0", "mac_policy", "compat")
    equal(assigned("bond0"), "1", "with compat")
    must_set("bond0", "mac_policy", "1")
    equal((shown("bond0", "mac_policy"), assigned("bond0")), ("private 1", "2"), "with private")
    equal(option("bond0", "mac_policy", "3"), "EINVAL", "a policy that is none")
    sh("ip link add bond1 address 02:00:00:00:00:99 type bond")
    equal((assigned("bond1"), address("bond1")), ("3", "02:00:00:00:00:99"), "a bond made with an address")


@test("g2-the-first-slave-lends-its-address", locks=True)
def first():
    net = Net()
    ports(net)
    for mode in range(4):
        net.bond("bond0", mode=mode)
        drawn = address("bond0")
        net.master("d0", "bond0")
        equal((address("bond0"), assigned("bond0")), (PORT % 0, "2"), "mode %d: address" % mode)
        equal(option("bond0", "mac_policy", "compat"), "ENOTEMPTY", "mac_policy with a slave")
        net.master("d1", "bond0")
        net.master("d0", None)
        equal(address("bond0"), PORT % 0, "mode %d: address after the first one left" % mode)
        net.master("d1", None)
        check(address("bond0") not in (PORT % 0, drawn), "mode %d: no new address" % mode)
        equal(assigned("bond0"), "2", "mode %d: after the last release" % mode)
        net.master("d1", "bond0")
        equal(address("bond0"), PORT % 1, "mode %d: address of the next first slave" % mode)
        net.delete("bond0")


@test("g2-a-private-address-is-no-ports")
def private():
    net = Net()
    ports(net)
    net.bond("bond0")
    must_set("bond0", "mac_policy", "private")
    net.master("d0", "bond0")
    equal((address("bond0"), address("d0")), ("02:1b:21:00:00:00",) * 2, "address")
    net.master("d0", None)
    equal(address("d0"), PORT % 0, "address of the former slave")
    check(address("bond0") != "02:1b:21:00:00:00", "the bond kept it")
    sh("ip link set d1 address 02:00:00:00:00:31")
    net.master("d1", "bond0")
    equal(address("bond0"), "06:00:00:00:00:31", "address made of one that begins with 02")


@test("g2-compat-is-as-c")
def compat():
    net = Net()
    ports(net)
    net.bond("bond0")
    must_set("bond0", "mac_policy", "compat")
    net.master("d0", "bond0")
    equal((address("bond0"), assigned("bond0")), (PORT % 0, "2"), "address")
    sh("ip link set bond0 address 02:00:00:00:00:77")
    net.master("d0", None)
    check(address("bond0") != "02:00:00:00:00:77", "the address that was set stayed")
    equal(assigned("bond0"), "1", "after the last release")


@test("b15-an-address-that-was-set-outlives-the-last-slave")
def outlives():
    net = Net()
    ports(net)
    mine = "02:00:00:00:00:77"
    for early in (True, False):
        net.bond("bond0", mode=1)
        if early:
            sh("ip link set bond0 address " + mine)
        net.master("d0", "bond0")
        if not early:
            equal(address("bond0"), PORT % 0, "address before")
            sh("ip link set bond0 address " + mine)
        equal((address("bond0"), address("d0")), (mine, mine), "address with a slave")
        net.master("d0", None)
        equal((address("bond0"), assigned("bond0")), (mine, "3"), "address without one")
        net.master("d1", "bond0")
        equal((address("bond0"), address("d1")), (mine, mine), "address with another slave")
        net.delete("bond0")


@test("b15-an-address-of-another-type-is-forgotten")
def other_type():
    net = Net()
    net.dummies(1)
    net.create("n0", "nlmon")
    net.bond("bond0", ["n0"], mode=1)
    sh("ip link set bond0 address 02:00:00:00:0c:24")
    net.master("n0", None)
    must_set("bond0", "fail_over_mac", "none")
    net.master("d0", "bond0")
    equal(address("bond0"), address("d0"), "address of the bond with an Ethernet slave")
    equal(assigned("bond0"), "2", "where it is from")


@test("g2-a-failed-first-slave-leaves-no-address", locks=True)
def failed():
    """The bond took its address before the device refused to open."""
    net = Net()
    ports(net, 1)
    sh("ip link add link d0 name d0.5 type vlan id 5 && ip link set d0.5 address 00:1b:21:00:00:55")
    for policy, theirs in (("first", "00:1b:21:00:00:55"), ("private", "02:1b:21:00:00:55")):
        net.bond("bond0", mode=1)
        must_set("bond0", "mac_policy", policy)
        equal(net.master("d0.5", "bond0", may_fail=True), "ENETDOWN", "errno")
        check(address("bond0") not in (theirs, "00:1b:21:00:00:55"), policy + ": the address stayed")
        equal((assigned("bond0"), address("d0.5")), ("2", "00:1b:21:00:00:55"), "after the failure")
        sh("ip link set bond0 address 00:1b:21:00:00:55")
        equal(net.master("d0.5", "bond0", may_fail=True), "ENETDOWN", "errno")
        equal(address("bond0"), "00:1b:21:00:00:55", policy + ": an address that was set")
        net.delete("bond0")


@test("g2-module-parameter", init_net=True)
def parameter():
    sh("rmmod bonding")
    check(sh("modinfo -p bonding").count("mac_policy:") == 1, "modinfo does not have it")
    sh("modprobe bonding max_bonds=1 mac_policy=compat")
    equal((shown("bond0", "mac_policy"), assigned("bond0")), ("compat 2", "1"), "bond made at load")
    sh("rmmod bonding")
    sh("modprobe bonding max_bonds=1 mac_policy=other", may_fail=True)
    check("bonding " not in open("/proc/modules", encoding="ascii").read(), "a bad policy was taken")
    sh("modprobe bonding max_bonds=0")
