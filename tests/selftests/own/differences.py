# SPDX-License-Identifier: GPL-2.0
"""Faults of the C driver that this one does not have, each test named after its row in
Documentation/differences.md. With the C module they fail."""

import os
import subprocess
import tempfile

from lib.harness import check, equal, sh, test, wait
from lib.log import log_of
from lib.net import (SYS, Net, counter, drain, frame, must_set, option, pin, sender, shown, slave_is, tap,
                     write_file)


def answer(command):
    """What a command that is to be refused says."""
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    check(done.returncode, "%s was taken" % command)
    return done.stderr


@test("b11-max-mtu-survives-a-change-of-type")
def max_mtu():
    net = Net()
    net.dummies(1)
    net.create("n0", "nlmon")
    net.bond("bond0", ["n0"], mode=1)
    net.master("n0", None)
    net.master("d0", "bond0")
    sh("ip link set bond0 mtu 9000")
    equal(sh("cat /sys/class/net/d0/mtu").strip(), "9000", "MTU of the slave")


@test("b16-rename-of-the-primary-is-told-right")
def rename():
    net = Net()
    net.dummies(2)
    net.bond("bond0", ["d0", "d1"], up=True, mode=1)
    must_set("bond0", "primary", "d0")
    lost = log_of("bond0", lambda: sh("ip link set d0 name e0"))
    check(any("Primary slave changed to none" in line for line in lost), "lost: %s" % lost)
    found = log_of("bond0", lambda: sh("ip link set e0 name d0"))
    check(any("Primary slave changed to d0" in line for line in found), "found: %s" % found)


@test("c1-a-refused-request-changes-nothing")
def all_or_nothing():
    net = Net()
    net.bond("bond0", mode=1, miimon=50, resend_igmp=3)
    check(net.change_bond("bond0", may_fail=True, miimon=200, resend_igmp=9, lp_interval=0) != "0", "was taken")
    equal((shown("bond0", "miimon"), shown("bond0", "resend_igmp")), ("50", "3"), "miimon and resend_igmp")


@test("c2-a-shorter-miimon-acts-at-once")
def shorter():
    net = Net()
    net.veths(2)
    net.bond("bond0", ["v0", "v1"], up=True, mode=1, miimon=60000)
    must_set("bond0", "miimon", "50")
    net.down("p0")
    took = wait(lambda: slave_is("v0", "down"), "the lost carrier is noticed", 30)
    check(took < 10, "noticed after %.1f s" % took)


@test("c2-a-shorter-arp-interval-acts-at-once")
def shorter_arp():
    net = Net()
    net.veths(2)
    net.bond("bond0", ["v0", "v1"], mode=1)
    must_set("bond0", "arp_interval", "60000")
    must_set("bond0", "arp_ip_target", "+192.0.2.9")
    wire = tap("p0", 0x0806)

    def asked():
        return any(data[38:42] == bytes((192, 0, 2, 9)) for _, data in drain(wire))
    sh("ip addr add 192.0.2.1/24 dev bond0")
    net.up("bond0")
    wait(asked, "the first pass asks the target")
    must_set("bond0", "arp_interval", "50")
    took = wait(asked, "it is asked again", 30)
    check(took < 10, "asked after %.1f s" % took)


@test("c3-a-long-name-is-not-cut")
def long_name():
    name = "averyverylongbondname"
    equal(write_file(SYS + "bonding_masters", "+" + name), "EPERM", "creating " + name)
    check(not os.path.exists(SYS + name[:15]), "it was cut to 15 characters")


@test("d6-the-share-of-a-dead-slave-goes-to-all")
def shares():
    pin()
    net = Net()
    net.veths(3)
    net.bond("bond0", ["v0", "v1", "v2"], up=True, mode=0, miimon=50)
    net.down("p1")
    wait(lambda: slave_is("v1", "down"), "the lost carrier is noticed")
    before = [counter(name) for name in ("v0", "v1", "v2")]
    with sender("bond0") as sock:
        for _ in range(3000):
            sock.send(frame())
    sent = [counter(name) - then for name, then in zip(("v0", "v1", "v2"), before)]
    equal(sent[1], 0, "frames over the dead slave")
    check(abs(sent[0] - 1500) <= 5 and abs(sent[2] - 1500) <= 5, "frames by slave: %s" % sent)


@test("e1-a-refusal-says-why")
def says_why():
    net = Net()
    net.dummies(1)
    net.bond("bond0", ["d0"], mode=1)
    text = answer("ip link set bond0 type bond updelay 100")
    check("Error: " in text and "miimon" in text, "updelay without miimon: " + text)
    text = answer("ip link set d0 type bond_slave queue_id 300")
    check("Error: " in text and "queue" in text, "queue_id out of range: " + text)
    equal(option("bond0", "updelay", "100"), "EPERM", "updelay without miimon")


@test("f2-follow-gives-the-address-back-when-enslaving-fails", locks=True)
def follow():
    net = Net()
    net.dummies(1)
    net.bond("bond0", ["d0"], up=True, mode=1, fail_over_mac=2)
    # A device above the bond has its address and cannot be below it as well.
    sh("ip link add link bond0 name vlan9 type vlan id 9")
    before = sh("cat /sys/class/net/vlan9/address")
    check(net.master("vlan9", "bond0", may_fail=True) != "0", "vlan9 was enslaved")
    equal(sh("cat /sys/class/net/vlan9/address"), before, "address of the device that was refused")


def grace_periods(action):
    """How many grace periods of RCU this process waits for in `action`."""
    tracing = tempfile.mkdtemp()
    sh("mount -t tracefs tracing %s; cd %s; echo 'p:grace/normal synchronize_rcu' >>kprobe_events; "
       "echo 'p:grace/expedited synchronize_rcu_expedited' >>kprobe_events; echo >trace; "
       "echo common_pid == %d >events/grace/filter; echo 1 >events/grace/enable" % (tracing, tracing, os.getpid()))
    action()
    sh("cd %s; echo 0 >events/grace/enable" % tracing)
    with open(tracing + "/trace", encoding="ascii") as file:
        count = sum("(synchronize_rcu" in line for line in file)
    sh("cd %s; echo -:grace/normal >>kprobe_events; echo -:grace/expedited >>kprobe_events; cd /; umount %s" % (tracing, tracing))
    return count


@test("d12-one-grace-period-for-a-release", locks=True)
def one_grace_period():
    """What closing the device waits for does not count."""
    net = Net()
    net.dummies(3)
    net.bond("bond0", ["d0", "d1", "d2"], up=True, mode=1, miimon=50)
    released = grace_periods(lambda: net.master("d2", None))
    net.up("d2")
    closed = grace_periods(lambda: net.down("d2"))
    equal(released - closed, 1, "grace periods for a release (%d), without those for closing (%d)" % (released, closed))
