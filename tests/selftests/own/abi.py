# SPDX-License-Identifier: GPL-2.0
"""What other drivers read through the C header is true."""

import os
import re
import time

from lib.harness import Skip, check, equal, sh, test, wait
from lib.net import Net, must_set, option, read_text, shown, slave_is

READER = "/proc/bond_abi"
WATCH = "echo %s > /sys/module/abi_reader/parameters/watch"


def read():
    """{(kind, device): {field: value}} of the reader module's lines."""
    if not os.path.exists(READER):
        raise Skip("the module abi_reader is not loaded")
    out = {}
    for line in open(READER, encoding="ascii"):
        kind, device, *rest = line.split()
        out[kind, device] = dict(item.split("=", 1) for item in rest if "=" in item) or rest
    return out


@test("abi-each-mode")
def each_mode():
    net = Net()
    net.dummies(3)
    for mode in range(4):
        net.bond("bond0", mode=mode)
        seen = read()["bond", "bond0"]
        equal((seen["mode"], seen["dev"], seen["active"]), (str(mode), "bond0", "none"), "empty bond")
        for name in ("d0", "d1", "d2"):
            net.master(name, "bond0")
        net.up("bond0")
        seen = read()
        equal(seen["bond", "bond0"]["active"], "d0" if mode == 1 else "none", "mode %d: active" % mode)
        equal(seen["slaves", "bond0"], ["d0", "d1", "d2"], "mode %d: adjacency" % mode)
        equal(sorted(seen["devices", "bond0"]), ["d0", "d1", "d2"], "mode %d: devices" % mode)
        for name in ("d0", "d1", "d2"):
            backup = "1" if mode == 1 and name != "d0" else "0"
            slave = seen["slave", name]
            equal((slave["dev"], slave["bond"], slave["upper"]), (name, "bond0", "bond0"), "pointers")
            equal((slave["backup"], slave["inactive"], slave["txable"]),
                  (backup, backup, "0" if backup == "1" else "1"), "mode %d: flags of %s" % (mode, name))
        net.delete("bond0")
        equal([key for key in read() if key[0] != "xmit_slave"], [], "after deletion")


@test("abi-mode-of-a-new-bond")
def mode_of_a_new_bond():
    """A bond begins in the mode that the module was loaded with."""
    sh("modprobe -r bonding")
    try:
        sh("modprobe bonding max_bonds=0 mode=active-backup")
        sh("ip link add bond0 type bond")
        equal(read()["bond", "bond0"]["mode"], "1", "mode of a bond that nothing was said of")
        sh("ip link del bond0")
    finally:
        sh("modprobe -r bonding")
        sh("modprobe bonding max_bonds=0")


@test("abi-mode-changes")
def mode_changes():
    net = Net()
    net.bond("bond0", mode=0)
    for mode in (1, 2, 3, 0):
        must_set("bond0", "mode", str(mode))
        equal(read()["bond", "bond0"]["mode"], str(mode), "mode")


@test("abi-failover", locks=True)
def failover():
    net = Net()
    net.veths(2)
    net.bond("bond0", ["v0", "v1"], up=True, mode=1, miimon=20)
    wait(lambda: shown("bond0", "active_slave") == "v0", "v0 active")
    for turn in range(3):
        for peer, wanted, other in (("p0", "v1", "v0"), ("p1", "v0", "v1")):
            net.down(peer)
            wait(lambda wanted=wanted: shown("bond0", "active_slave") == wanted, wanted + " active")
            seen = read()
            equal(seen["bond", "bond0"]["active"], wanted, "turn %d: active" % turn)
            equal(seen["bond", "bond0"]["current"], wanted, "turn %d: current" % turn)
            equal((seen["slave", wanted]["backup"], seen["slave", wanted]["inactive"]), ("0", "0"), wanted)
            equal((seen["slave", other]["backup"], seen["slave", other]["inactive"]), ("1", "1"), other)
            net.up(peer)
            wait(lambda other=other: slave_is(other, "up"), other + " up again")


def asked_when_down(on):
    """Have bonds asked for the slave they send over even if they are down, as RDMA does."""
    with open("/sys/module/abi_reader/parameters/ask_down", "w", encoding="ascii") as knob:
        knob.write("1" if on else "0")


@test("a5_asked_before_it_was_ever_open", locks=True)
def never_open():
    """Modes that count, hash or name a slave answer without having been open."""
    net = Net()
    net.dummies(2)
    asked_when_down(True)
    try:
        for mode in range(5):
            net.bond("bond0", ["d0", "d1"], mode=mode)
            for _ in range(3):
                chosen = [line for line in open(READER, encoding="ascii") if line.startswith("xmit_slave bond0")]
                check(len(chosen) == 1 and chosen[0].split()[2] in ("d0", "d1", "none"), "mode %d: %r" % (mode, chosen))
            net.delete("bond0")
    finally:
        asked_when_down(False)


@test("abi-under-failover-load", limit=240, locks=True)
def load():
    """Readers see slaves of the bond, and only those, while the active one changes and slaves come and go."""
    net = Net()
    net.veths(3)
    net.bond("bond0", ["v0", "v1", "v2"], up=True, mode=1, miimon=20)
    wait(lambda: shown("bond0", "active_slave") != "", "an active slave")
    watch = WATCH % "bond0"
    sh(watch)
    end = time.monotonic() + 4
    turns = 0
    while time.monotonic() < end:
        for name in ("v1", "v2", "v0"):
            option("bond0", "active_slave", name)
        net.master("v2", None)
        net.master("v2", "bond0")
        turns += 1
        bond = read()["bond", "bond0"]
        check(bond["current"] in ("v0", "v1", "v2", "none") and bond["dev"] == "bond0", "turn %d: %r" % (turns, bond))
    sh(WATCH % "")
    asked, wrong, inactive = map(int, re.findall(r"=(\d+)", read_text("/sys/module/abi_reader/parameters/watch")))
    check(asked > 100 and wrong == 0, "asked %d times in %d turns, wrong %d" % (asked, turns, wrong))
    check(asked < inactive < 3 * asked, "asked %d times, %d backups" % (asked, inactive))


@test("abi-all-slaves-active")
def all_active():
    net = Net()
    net.dummies(2)
    net.bond("bond0", ["d0", "d1"], up=True, mode=1)
    equal(read()["slave", "d1"]["inactive"], "1", "off")
    must_set("bond0", "all_slaves_active", "1")
    equal((read()["slave", "d1"]["inactive"], read()["slave", "d1"]["backup"]), ("0", "1"), "on")
    must_set("bond0", "all_slaves_active", "0")
    equal(read()["slave", "d1"]["inactive"], "1", "off again")


@test("abi-slave-leaves", locks=True)
def leaves():
    net = Net()
    net.dummies(2)
    net.bond("bond0", ["d0", "d1"], up=True, mode=1)
    net.master("d0", None)
    seen = read()
    equal(seen["bond", "bond0"]["active"], "d1", "active")
    equal(("slave", "d0") in seen, False, "d0 is still a slave")
    net.delete("d1")
    equal(read()["bond", "bond0"]["current"], "none", "after the last one")


@test("bonding-info-event", init_net=True)
def bonding_info():
    """NETDEV_BONDING_INFO carries what the bond and the slave are."""
    net = Net()
    if "netdev_events" not in sh("cat /proc/modules"):
        raise Skip("the module netdev_events is not loaded")
    sh("echo 1 > /sys/module/netdev_events/parameters/all; dmesg -C")
    net.dummies(2)
    net.bond("bond0", ["d0"], up=True, mode=1, miimon=100)

    def told(text):
        return lambda: text in sh("dmesg")
    wait(told("NETDEV_BONDING_INFO d0 mode=1 slaves=1 miimon=100 id=0 name=d0 link=0 state=0 failures=0"),
         "event for d0")
    net.master("d1", "bond0")
    wait(told("NETDEV_BONDING_INFO d1 mode=1 slaves=2 miimon=100 id=0 name=d1 link=0 state=1 failures=0"),
         "event for d1")
    must_set("bond0", "active_slave", "d1")
    wait(told("name=d1 link=0 state=0 failures=0"), "event for the failover")
    sh("echo 0 > /sys/module/netdev_events/parameters/all")
    net.delete("bond0")
    net.delete("d0")
    net.delete("d1")
