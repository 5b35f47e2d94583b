# SPDX-License-Identifier: GPL-2.0
"""A device that is refused is exactly as it was, whatever the step that failed."""

from lib.harness import check, equal, sh, test
from lib.net import Net, la, nl, must_set, option

MTU = la.IFLA["MTU"]


def unchanged(net, device, bond, wanted, how="netlink"):
    """Try to enslave; the answer is `wanted` and nothing anywhere differs afterwards."""
    before = net.observer.snapshot()
    features = sh("ethtool -k %s" % device)
    if how == "netlink":
        got = net.master(device, bond, may_fail=True)
    else:
        got = option(bond, "slaves", "+" + device)
    check(got != "0", "%s was enslaved" % device)
    if wanted:
        equal(got, wanted, "errno for %s" % device)
    after = net.observer.snapshot()
    # An empty bond without an address of its own may draw a new one. Opening a device gives it a
    # qdisc, and setting its address marks it as set: both stay when it is given back.
    own = {"link.%s.address" % bond, "sys.%s.assign_type" % bond, "sys.%s.assign_type" % device,
           "link.%s.qdisc" % device, "link.%s.7.address" % bond}
    changed = {key: (before.get(key), after.get(key)) for key in sorted(set(before) | set(after))
               if before.get(key) != after.get(key) and key not in own}
    equal(changed, {}, "%s by %s changed" % (device, how))
    equal(sh("ethtool -k %s" % device), features, "features of " + device)


def both(net, device, bond, wanted=None):
    unchanged(net, device, bond, wanted)
    unchanged(net, device, bond, wanted, "sysfs")


def each_bond(net):
    """Bonds of each mode, empty and with a slave, one after the other; netlink and sysfs in turn."""
    for mode in range(4):
        net.bond("empty", mode=mode)
        yield "empty", "netlink" if mode & 1 else "sysfs"
        net.delete("empty")
        net.create("keeper", "dummy")
        net.bond("full", ["keeper"], up=True, mode=mode)
        yield "full", "sysfs" if mode & 1 else "netlink"
        net.delete("full")
        net.delete("keeper")


@test("refused-while-up")
def up():
    net = Net()
    net.dummies(1)
    net.up("d0")
    for bond, how in each_bond(net):
        unchanged(net, "d0", bond, "EPERM", how)


@test("refused-busy")
def busy():
    net = Net()
    net.dummies(2)
    sh("ip link add br0 type bridge && ip link set d0 master br0")
    net.create("other", "bond")
    net.master("d1", "other")
    for bond, _ in each_bond(net):
        for device in ("d0", "d1"):
            unchanged(net, device, bond, "EBUSY", "sysfs")


@test("refused-open-fails", locks=True)
def open_fails():
    """A VLAN whose device is down cannot be opened: late in the sequence, MAC and MTU were set already."""
    net = Net()
    net.dummies(1)
    sh("ip link add link d0 name d0.5 type vlan id 5")
    sh("ip link set d0.5 address 02:00:00:00:66:01")
    sh("ip link set d0.5 mtu 1400")
    for bond, how in each_bond(net):
        unchanged(net, "d0.5", bond, "ENETDOWN", how)


@test("refused-address-in-use")
def address():
    """A macvlan refuses an address of another one, or to open with it."""
    net = Net()
    net.dummies(1)
    net.up("d0")
    sh("ip link add m0 link d0 address 02:00:00:00:77:01 type macvlan && ip link set m0 up")
    sh("ip link add m1 link d0 address 02:00:00:00:77:02 type macvlan")
    for mode in range(4):
        net.bond("b%d" % mode, mode=mode)
        sh("ip link set b%d address 02:00:00:00:77:01" % mode)
        sh("ip link add k%d type dummy && ip link set k%d master b%d" % (mode, mode, mode))
        both(net, "m1", "b%d" % mode)


@test("refused-mtu")
def mtu():
    """The bond's MTU is more than the device can."""
    net = Net()
    sh("ip tuntap add dev t0 mode tap && ip link set t0 address 02:00:00:00:55:01 mtu 1300")
    for mode in range(4):
        net.create("k%d" % mode, "dummy")
        net.bond("b%d" % mode, ["k%d" % mode], mode=mode)
        net.set("b%d" % mode, nl.u32(MTU, 65535))
        both(net, "t0", "b%d" % mode, "EINVAL")


@test("refused-loop")
def loop():
    net = Net()
    net.dummies(2)
    for mode in range(4):
        low, high = "low%d" % mode, "high%d" % mode
        net.bond(low, mode=mode)
        net.bond(high, mode=1)
        net.master(low, high)
        both(net, high, low)
        # By netlink the core takes it from its master before it asks the bond.
        unchanged(net, low, low, "EBUSY", "sysfs")


@test("refused-too-deep")
def deep():
    """The ninth level of devices is refused when the link is made, after nearly everything else."""
    net = Net()
    for level in range(12):
        net.create("n%d" % level, "bond")
    refused = 0
    for level in range(11):
        if net.master("n%d" % level, "n%d" % (level + 1), may_fail=True) != "0":
            refused += 1
            both(net, "n%d" % level, "n%d" % (level + 1), "EMLINK")
    check(refused > 0, "twelve levels were taken")


@test("refused-other-type")
def other_type():
    net = Net()
    sh("ip tuntap add dev t0 mode tun")
    for mode in range(4):
        net.create("k%d" % mode, "dummy")
        net.bond("b%d" % mode, ["k%d" % mode], mode=mode)
        both(net, "t0", "b%d" % mode, "EINVAL")


@test("refused-address-cannot-be-set", locks=True)
def no_set_mac():
    """A device that keeps its address needs fail_over_mac=active once there are slaves."""
    net = Net()
    net.dummies(1)
    net.up("d0")
    sh("ip link add i0 link d0 type ipvlan", may_fail=True)
    net.create("k0", "dummy")
    net.bond("b0", ["k0"], mode=1)
    if "i0" in sh("ip link show"):
        both(net, "i0", "b0")


@test("released-as-before", locks=True)
def released():
    """Enslave and release leave address, MTU, flags, lists and features as they were."""
    for mode in range(4):
        net = Net()
        net.dummies(2)
        sh("ip link set d0 mtu 1400")
        before = net.observer.snapshot()
        net.bond("bond0", mode=mode)
        sh("ip link add link bond0 name bond0.7 type vlan id 7")
        net.up("bond0")
        for name in ("d0", "d1"):
            net.master(name, "bond0")
        sh("ip link set bond0 promisc on allmulticast on mtu 2000")
        if mode == 1:
            must_set("bond0", "active_slave", "d1")
        for name in ("d1", "d0"):
            net.master(name, None)
        net.delete("bond0.7")
        net.delete("bond0")
        after = net.observer.snapshot()
        changed = {key: (before.get(key), after.get(key)) for key in set(before) | set(after)
                   if before.get(key) != after.get(key) and not key.endswith(".qdisc")}
        equal(changed, {}, "mode %d changed" % mode)
        net.delete("d0")
        net.delete("d1")
