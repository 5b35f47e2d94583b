# SPDX-License-Identifier: GPL-2.0
"""XDP programs on a bond: who takes them, who refuses, and what is said of it."""

import os

from parity import bpf
from parity.registry import scenario
from scenarios._common import each_mode


def pairs(t, count):
    """veth pairs of one queue each way, which take programs."""
    for number in range(count):
        t.quiet("ip link add v%d address 02:00:00:00:02:%02x numtxqueues 1 numrxqueues 1 type veth"
                " peer name p%d address 02:00:00:00:03:%02x numtxqueues 1 numrxqueues 1" % ((number,) * 4),
                "ip link set p%d up" % number)
    return ["v%d" % number for number in range(count)]


def attach(t, device, program, flags=bpf.DRV_MODE):
    """Attach a program, or take it off with -1."""
    what = "off" if program < 0 else "on"
    t.set_link(device, [bpf.attribute(program, flags)], label="xdp %s flags %d" % (what, flags))


@each_mode("xdp/empty", short=(0, 4, 5))
def empty(t, mode):
    program = bpf.load(bpf.returning(bpf.PASS))
    t.bond("bond0", up=True, mode=mode)
    for flags in (bpf.DRV_MODE, bpf.SKB_MODE, 0, 8):
        attach(t, "bond0", program, flags)
        attach(t, "bond0", -1, flags)
    t.delete("bond0")
    os.close(program)


@each_mode("xdp/slaves")
def slaves(t, mode):
    """Features follow the slaves; a program goes to all, and comes off those that leave."""
    t.steady = 0.05
    one, two = bpf.load(bpf.returning(bpf.PASS)), bpf.load(bpf.returning(bpf.DROP))
    names = pairs(t, 3)
    t.bond("bond0", mode=mode)
    t.set_master(names[0], "bond0")
    t.set_master(names[1], "bond0")
    attach(t, "bond0", one)
    attach(t, "bond0", two)
    attach(t, "bond0", one, bpf.SKB_MODE)
    attach(t, names[0], one)
    attach(t, names[0], one, bpf.SKB_MODE)
    t.set_master(names[2], "bond0")
    attach(t, "bond0", -1)
    t.set_master(names[2], None)
    attach(t, "bond0", one)
    t.set_master(names[0], None)
    attach(t, names[0], two)
    t.set_master(names[1], None)
    t.delete("bond0")


@each_mode("xdp/a-slave-that-cannot", short=(1, 2))
def cannot(t, mode):
    program = bpf.load(bpf.returning(bpf.PASS))
    names = pairs(t, 2)
    t.dummies(1)
    t.bond("bond0", [names[0], "d0"], mode=mode)
    attach(t, "bond0", program)
    t.option("bond0", "slaves", "-d0")
    attach(t, "bond0", program)
    t.quiet("ip link set p1 mtu 9000")
    with t.difference("A3"):
        t.set_master("d0", "bond0")
        t.option("bond0", "slaves", "+d0")
        t.set_master(names[1], "bond0")
    t.delete("bond0")


@each_mode("xdp/a-slave-with-its-own", short=(1, 4))
def own(t, mode):
    program, other = bpf.load(bpf.returning(bpf.PASS)), bpf.load(bpf.returning(bpf.DROP))
    names = pairs(t, 2)
    attach(t, names[0], program)
    t.bond("bond0", mode=mode)
    t.set_master(names[0], "bond0")
    attach(t, "bond0", other)
    attach(t, names[0], -1)
    attach(t, "bond0", other)
    attach(t, names[1], program)
    with t.difference("A3"):
        t.set_master(names[1], "bond0")
    attach(t, "bond0", -1)
    t.delete("bond0")


@scenario("xdp/mode-and-policy")
def changes(t):
    """What can be changed while there is a program, and what features become."""
    program = bpf.load(bpf.returning(bpf.PASS))
    names = pairs(t, 1)
    t.bond("bond0", mode=2)
    t.set_master(names[0], "bond0")
    t.option("bond0", "xmit_hash_policy", "vlan+srcmac")
    attach(t, "bond0", program)
    t.option("bond0", "xmit_hash_policy", "layer3+4")
    attach(t, "bond0", program)
    t.option("bond0", "xmit_hash_policy", "vlan+srcmac")
    t.set_master(names[0], None)
    t.option("bond0", "mode", "broadcast")
    t.option("bond0", "mode", "active-backup")
    t.option("bond0", "xmit_hash_policy", "vlan+srcmac")
    t.option("bond0", "mode", "balance-xor")
    attach(t, "bond0", -1)
    t.option("bond0", "mode", "balance-xor")
    t.delete("bond0")


@scenario("xdp/slave-features-change")
def follow(t):
    """A veth sends frames of XDP once its peer takes them: the bond's features follow."""
    program = bpf.load(bpf.returning(bpf.PASS))
    names = pairs(t, 2)
    t.bond("bond0", names, mode=1)
    for peer in ("p0", "p1"):
        attach(t, peer, program)
    for peer in ("p0", "p1"):
        attach(t, peer, -1)
    t.delete(names[0])
    t.delete(names[1])


@scenario("xdp/bond-above")
def above(t):
    """A bond in a bond: the program goes through."""
    program = bpf.load(bpf.returning(bpf.PASS))
    names = pairs(t, 2)
    t.bond("low", names, mode=1)
    t.bond("high", ["low"], mode=2)
    attach(t, "high", program)
    attach(t, "low", program)
    attach(t, names[0], program)
    t.set_master("low", None)
    attach(t, "low", program)
    with t.difference("A3"):
        t.set_master("low", "high")
    t.delete("high")
    t.delete("low")
