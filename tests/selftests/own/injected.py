# SPDX-License-Identifier: GPL-2.0
"""Each step of enslaving fails once, by a device that refuses or for want of memory: nothing is left of it."""

import itertools
import os
import re

from lib.harness import Failure, Skip, check, equal, sh, test
from lib.net import SYS, Net, la, nl, read_text, shown
from own.debugfs import mount
from own.netpoll import Console
from own.refused import unchanged
from own.xdp import attach
from parity import bpf

KNOBS = "/sys/module/refuser/parameters/"
GLANCED = {la.IFLA[name] for name in ("ADDRESS", "MTU", "MASTER", "PROMISCUITY", "ALLMULTI", "PERM_ADDRESS", "GROUP",
                                      "BROADCAST", "MAX_MTU")}
ADDRESSES = (la.IFLA["ADDRESS"], la.IFLA["PERM_ADDRESS"])
RUNNING = 0x30040  # flags that follow the carrier, some time later
NOTHING = "open=0 vids=0 programs=0 netpoll=0 sas=0 keys=0"


def refuse(what):
    with open(KNOBS + "refuse", "w", encoding="ascii") as file:
        file.write(what)


def knob(name):
    with open(KNOBS + name, encoding="ascii") as file:
        return file.read().strip()


class Refuser:
    """The device r0 with an MTU of its own, while it lasts; then it must have been given back all it held."""

    def __enter__(self):
        self.before = knob("held")
        sh("ip link add r0 type refuser && ip link set r0 mtu 1400")
        return self

    def __exit__(self, kind, *_):
        refuse("none")
        held = knob("held")
        sh("ip link del r0")
        if kind is None:
            equal(held, self.before, "what r0 still has")


def bond_of(net, mode, full):
    """A bond that asks all there is of its slaves."""
    net.create("k0", "refuser")
    net.bond("bond0", mode=mode, miimon=100)
    # An address of its own: r0's would do for an empty bond, and r0 would not be asked to change it.
    sh("ip link set bond0 address 02:00:00:00:66:66")
    if full:
        net.master("k0", "bond0")
    net.up("bond0")
    sh("ip link add link bond0 name bond0.7 type vlan id 7 && ip link set bond0.7 up")
    sh("ip link set bond0 promisc on allmulticast on")


def unbond(net):
    net.delete("bond0.7")
    net.delete("bond0")
    net.delete("k0")


EACH_SLAVE = (0, 2, 3, 4)  # modes with promiscuity and all-multicast on all slaves

# What refuses, the answer, and the modes in which it is asked.
STEPS = (
    ("change_mtu", "EIO", range(7)), ("pre_changemtu", "EIO", range(7)), ("set_mac", "EIO", range(7)),
    ("pre_changeaddr", "EIO", range(7)), ("pre_up", "EIO", range(7)), ("open", "EIO", range(7)),
    ("add_vid", "EIO", range(7)), ("pre_upper", "EIO", range(7)), ("promisc", "EOVERFLOW", EACH_SLAVE),
    ("upper", "EIO", range(7)), ("allmulti", "EOVERFLOW", EACH_SLAVE),
    # Once it is open it gets an address that no other slave has.
    ("set_mac 1 1", "ENOTSUP", (6,)),
)


def refused(net, what, answer, mode, full):
    """r0 refuses one step: it and the bond are as before."""
    refuse(what)
    try:
        unchanged(net, "r0", "bond0", answer, "sysfs" if mode & 1 else "netlink")
    except Failure as failure:
        raise Failure("%s in mode %d, %s: %s" % (what, mode, "full" if full else "empty", failure))
    check(int(knob("refuse")) > 0, what + " was not asked for")
    refuse("none")


@test("enslave-each-step-refused")
def each_step():
    """Each step once, half of them by a bond with another slave and half by an empty one."""
    net = Net()
    with Refuser():
        for mode, full, steps in ((3, True, STEPS[::2]), (6, False, STEPS[1::2])):
            bond_of(net, mode, full)
            for what, answer, modes in steps:
                check(mode in modes, "%s is not asked for in mode %d" % (what, mode))
                refused(net, what, answer, mode, full)
            unbond(net)
            equal(knob("held"), NOTHING, "what is left in mode %d" % mode)


@test("enslave-each-step-refused-in-each-mode", full=True, limit=900)
def each_step_and_mode():
    """Each step in each mode, a bond of its own for each."""
    net = Net()
    with Refuser():
        for what, answer, modes in STEPS:
            for mode, full in itertools.product(modes, (False, True)):
                bond_of(net, mode, full)
                refused(net, what, answer, mode, full)
                unbond(net)
                equal(knob("held"), NOTHING, "what is left of %s in mode %d" % (what, mode))


@test("enslave-refused-by-xdp-and-netpoll", full=True)
def by_users():
    """The bond has a program, or netconsole: a slave that cannot have them is refused, the last thing of all."""
    net = Net()
    for mode in (0, 1, 2, 4):
        bond_of(net, mode, True)
        attach(net, "bond0", bpf.load(bpf.returning(bpf.PASS)))
        with Refuser():
            refuse("xdp")
            unchanged(net, "r0", "bond0", "EIO")
        attach(net, "bond0", -1)
        unbond(net)
        equal(knob("held"), NOTHING, "what is left in mode %d" % mode)
    bond_of(net, 1, True)
    with Console("bond0"):
        with Refuser():
            refuse("netpoll")
            unchanged(net, "r0", "bond0", "EBUSY")
    unbond(net)
    equal(knob("held"), NOTHING, "what is left after netconsole")


@test("bond-changes-all-slaves-or-none", full=True)
def all_or_none():
    """The third slave refuses what is asked of the bond: the other two have it as before."""
    net = Net()
    names = ("r0", "r1", "r2")
    for name in names:
        net.create(name, "refuser")
    for mode in (0, 1, 3, 6):
        net.bond("bond0", names, up=True, mode=mode, miimon=100)
        for what, command in (("change_mtu 2 1", "ip link set bond0 mtu 1300"),
                              ("pre_changemtu 3 1", "ip link set bond0 mtu 1300"),
                              ("set_mac 2 1", "ip link set bond0 address 02:00:00:00:12:34"),
                              ("add_vid 2 1", "ip link add link bond0 name bond0.9 type vlan id 9")):
            before, held = net.observer.snapshot(), knob("held")
            refuse(what)
            answer = sh(command + " 2>&1 && echo taken", may_fail=True)
            asked = int(knob("refuse"))
            refuse("none")
            if mode == 6 and what.startswith("set_mac") and not asked:
                # Only the slave that has the bond's address is given the new one.
                sh("ip link set bond0 address " + before["link.bond0.address"])
                continue
            check(asked == 1 and "taken" not in answer, "mode %d, %s: asked %d: %s" % (mode, what, asked, answer))
            after = net.observer.snapshot()
            equal({key: (before.get(key), after.get(key)) for key in before.keys() | after.keys()
                   if before.get(key) != after.get(key) and not key.endswith("assign_type")}, {},
                  "mode %d, %s" % (mode, what))
            equal(knob("held"), held, "mode %d, %s: held" % (mode, what))
        net.delete("bond0")
        equal(knob("held"), NOTHING, "what is left in mode %d" % mode)
    for name in names:
        net.delete(name)


@test("released-though-the-driver-refuses", full=True)
def released():
    """A slave that does not take its address or MTU back leaves all the same, with all the rest undone."""
    net = Net()
    for mode in range(7):
        bond_of(net, mode, True)
        for what in ("set_mac", "change_mtu"):
            with Refuser():
                net.master("r0", "bond0")
                # The kernel asks a driver for no address that the device has already, as slaves have in balance-tlb.
                same = read_text(SYS + "r0/address") == read_text(SYS + "r0/bonding_slave/perm_hwaddr")
                refuse(what)
                net.master("r0", None)
                check(int(knob("refuse")) > 0 or what == "set_mac" and same, "mode %d: %s was not asked for" % (mode, what))
                text = sh("ip -d link show r0")
                check("master" not in text and "SLAVE" not in text and "promiscuity 0 allmulti 0" in text,
                      "mode %d, %s: %s" % (mode, what, text))
        unbond(net)


class Shortage:
    """Has one allocation of this process fail, counted from the next one."""

    def __init__(self):
        failslab = os.path.join(os.path.dirname(mount()), "failslab")
        if not os.path.isdir(failslab):
            raise Skip("the kernel does not inject faults")
        for name, value in (("ignore-gfp-wait", "N"), ("verbose", "0"), ("probability", "0")):
            with open(os.path.join(failslab, name), "w", encoding="ascii") as file:
                file.write(value)
        self.file = os.open("/proc/self/fail-nth", os.O_RDWR)

    def write(self, file, data, nth):
        """Write to an open file with its nth allocation failing: the answer, and whether it came that far."""
        answer = "0"
        os.lseek(file, 0, os.SEEK_SET)
        os.pwrite(self.file, b"%d" % nth, 0)
        try:
            os.write(file, data)
        except OSError as error:
            answer = nl.errno_name(error.errno)
        left = os.pread(self.file, 16, 0)
        os.pwrite(self.file, b"0", 0)
        return answer, int(left) == 0


def glance(observer, names):
    """What may be left of enslaving, quickly: (flags, promiscuity, ..., files) of devices, their lists."""
    seen = {}
    for link in observer.links():
        if link.name in names:
            # The bond's address goes with its last slave.
            seen[link.name] = (link.flags & ~RUNNING, [value for kind, value in link.attrs if kind in GLANCED and not (
                kind in ADDRESSES and link.name == "bond0")])
    for name in names:
        seen[name, "files"] = sorted(item for item in os.listdir(SYS + name) if "lower" in item or "upper" in item
                                     or item.startswith("slave_") or item in ("master", "bonding_slave"))
    for file in ("dev_mcast", "bonding/bond0"):
        # What LACP finds out goes on meanwhile.
        seen[file] = re.sub(r"(System MAC address|port state|Churn State|Churned Count): .*", "", read_text("/proc/net/" + file))
    return seen, shown("bond0", "slaves"), knob("held")


def starve(mode, full, stride=1):
    """Fail each allocation of enslaving, then each of releasing; how many there are."""
    net = Net()
    shortage = Shortage()
    counts = []
    with Refuser():
        bond_of(net, mode, full)
        names = ["r0", "bond0"] + (["k0"] if full else [])
        file = os.open(SYS + "bond0/bonding/slaves", os.O_WRONLY)
        os.write(file, b"+r0")
        os.lseek(file, 0, os.SEEK_SET)
        os.write(file, b"-r0")
        before = glance(net.observer, names)
        refusals = 0
        for nth in itertools.count(1, stride):
            answer, came = shortage.write(file, b"+r0", nth)
            if answer == "0":
                os.lseek(file, 0, os.SEEK_SET)
                os.write(file, b"-r0")
            else:
                refusals += 1
            after = glance(net.observer, names)
            equal(after, before, "mode %d: enslaving with allocation %d failing: %s" % (mode, nth, answer))
            if not came:
                break
        counts += [nth, refusals]
        for nth in itertools.count(1, stride):
            os.lseek(file, 0, os.SEEK_SET)
            os.write(file, b"+r0")
            answer, came = shortage.write(file, b"-r0", nth)
            if answer != "0":
                # Nothing but the text that was written can be refused, at each try of a write that waits for RTNL.
                check(answer == "ENOMEM" and "r0" in shown("bond0", "slaves").split(),
                      "releasing with allocation %d failing: %s" % (nth, answer))
                os.lseek(file, 0, os.SEEK_SET)
                os.write(file, b"-r0")
            equal(glance(net.observer, names), before, "mode %d: releasing with allocation %d failing" % (mode, nth))
            if not came:
                break
        counts.append(nth)
        os.close(file)
        unbond(net)
    print("# mode %d: %d allocations in enslaving, %d refusals; %d in releasing" % (mode, *counts))


@test("enslave-without-memory", full=True)
def without_memory():
    starve(1, False, 3)
    starve(4, True, 3)


@test("enslave-without-memory-in-each-mode", full=True, limit=1800)
def without_memory_in_each_mode():
    for mode in range(7):
        for full in (False, True):
            starve(mode, full)


@test("module-unloads-after-refusals", init_net=True, full=True)
def unload():
    sh("rmmod bonding && modprobe bonding max_bonds=0")
