# SPDX-License-Identifier: GPL-2.0
"""The ARP and ND monitor: who is up goes by what answers."""

import re
import time

from lib.harness import check, equal, sh, test, wait
from lib.lan import Lan, Tap
from lib.log import log_of
from lib.net import Net, must_set, option, proc, shown, slave_is

# A guest under emulation is late at times.
LATE = 20.0
TARGET = "192.0.2.254"


def failures(name):
    """The slave's link failure count as procfs has it."""
    part = proc().split("Slave Interface: %s\n" % name)[1].split("Slave Interface:")[0]
    return int(re.search(r"Link Failure Count: (\d+)", part).group(1))


def active():
    return shown("bond0", "active_slave")


def bond(lan, mode=1, count=2, **options):
    """A bond over the first ports of the switch, with an address, that asks the target each 100 ms."""
    settings = " ".join("%s %s" % item for item in dict(
        {"arp_interval": 100, "arp_ip_target": TARGET}, **options).items())
    sh("ip link add bond0 type bond mode %d %s" % (mode, settings))
    for place in range(count):
        sh("ip link set v%d master bond0" % place)
    sh("ip addr add 192.0.2.1/24 dev bond0; ip link set bond0 up")
    return lan


def wait_for_active():
    """The active slave, once there is one."""
    wait(lambda: active() != "", "an active slave", LATE)
    return active()


def all_up(*names):
    for name in names:
        wait(lambda name=name: slave_is(name, "up"), name + " up", LATE)


def lost(name):
    """Down, or still "going back" from a time when none was up and each was asked in turn, as in C."""
    return slave_is(name, "down") or slave_is(name, "going back")


def proven(*names):
    """All up, and no failure for five intervals: what was asked before there was a route is over, as in C."""
    counts, since = None, 0.0

    def quiet():
        nonlocal counts, since
        now = [failures(name) for name in names]
        if now != counts or not all(slave_is(name, "up") for name in names):
            counts, since = now, time.monotonic()
        return time.monotonic() - since > 0.5

    wait(quiet, "slaves that stay up", LATE)


@test("arp-active-backup")
def active_backup():
    """A path that carries nothing any more though it has carrier, and then one that does again."""
    lan = bond(Lan(2))
    all_up("v0", "v1")
    old = wait_for_active()
    new = {"v0": "v1", "v1": "v0"}[old]
    before = failures(old), failures(new)
    lan.cut(int(old[1]))
    wait(lambda: active() == new, "failover", LATE)
    wait(lambda: lost(old), "the other down", LATE)
    equal((failures(old), failures(new)), (before[0] + 1, before[1]), "failures")
    lan.mend(int(old[1]))
    all_up(old)
    equal(active(), new, "no way back without a primary")


@test("arp-search")
def search():
    """Without a target that answers each slave tries in turn; the first that is answered becomes active."""
    lan = Lan(3, target=False)
    bond(lan, count=3, arp_validate="all")
    for name in ("v0", "v1", "v2"):
        wait(lambda name=name: not slave_is(name, "up"), name + " not up", LATE)
    wait(lambda: shown("bond0", "mii_status") == "down", "the bond's own link", LATE)
    for name in ("v0", "v1", "v2", "v0"):
        wait(lambda name=name: slave_is(name, "going back"), name + " tries", LATE)
    lan.cut(0)
    lan.cut(2)
    lan.add_target()
    wait(lambda: active() == "v1", "the one path there is", LATE)
    wait(lambda: shown("bond0", "mii_status") == "up", "the bond's own link", LATE)


@test("arp-validate")
def validate():
    """All values: with a switch that works all are up; a switch without the target is found out by those that look."""
    for value in ("none", "active", "backup", "all", "filter", "filter_active", "filter_backup"):
        lan = Lan(2)
        bond(lan, arp_validate=value)
        proven("v0", "v1")
        before = failures("v0"), failures("v1")
        time.sleep(1.0)
        equal((failures("v0"), failures("v1")), before, "failures with arp_validate=" + value)
        heard = Tap("v0")
        lan.chatter()
        wait(lambda: any(frame.sender == "192.0.2.90" for frame in heard.frames()), "the stranger's requests", LATE)
        heard.socket.close()
        lan.remove_target()
        if value in ("active", "all", "filter_active"):
            wait(lambda: failures("v0") + failures("v1") > sum(before), value + ": foreign ARP proves nothing", LATE)
        elif value in ("none", "filter"):
            before = failures("v0") + failures("v1")
            time.sleep(1.0)
            equal(failures("v0") + failures("v1"), before, value + ": any ARP is enough")
        lan.close()


@test("arp-load-balancing")
def load_balancing():
    for mode in (0, 2, 3):
        lan = bond(Lan(2, target="each"), mode=mode)
        all_up("v0", "v1")
        lan.cut(1)
        wait(lambda: slave_is("v1", "down"), "mode %d: v1 down" % mode, LATE)
        check(failures("v1") >= 1, "mode %d: no failure counted" % mode)
        lan.mend(1)
        all_up("v0", "v1")
        lan.close()


@test("arp-monitor-switched")
def switched():
    """From no monitor to ARP, to MII, to ARP and to none, on a bond that is up."""
    lan = Lan(2)
    sh("ip link add bond0 type bond mode active-backup")
    for name in ("v0", "v1"):
        sh("ip link set %s master bond0" % name)
    sh("ip addr add 192.0.2.1/24 dev bond0; ip link set bond0 up")
    must_set("bond0", "arp_ip_target", "+" + TARGET)
    must_set("bond0", "arp_interval", "100")
    check("ARP Polling Interval (ms): 100" in proc(), "procfs shows no interval")
    lan.cut(0)
    wait(lambda: lost("v0"), "v0 down by ARP", LATE)
    wait(lambda: active() == "v1", "failover by ARP", LATE)
    must_set("bond0", "miimon", "50")
    equal(shown("bond0", "arp_interval"), "0", "arp_interval after miimon")
    wait(lambda: slave_is("v0", "up"), "v0 has carrier", LATE)
    must_set("bond0", "arp_interval", "100")
    equal(shown("bond0", "miimon"), "0", "miimon after arp_interval")
    wait(lambda: lost("v0"), "v0 down by ARP", LATE)
    must_set("bond0", "arp_interval", "0")
    lan.mend(0)
    time.sleep(0.8)
    check(lost("v0"), "something still watches v0")
    must_set("bond0", "arp_interval", "100")
    wait(lambda: slave_is("v0", "up"), "v0 up by ARP", LATE)
    sh("ip link set bond0 down")
    sh("ip link set bond0 up")
    all_up("v0", "v1")


@test("arp-targets-change")
def targets():
    """arp_all_targets=all: the slowest target decides; a target that is taken out no longer counts."""
    lan = bond(Lan(2), arp_all_targets="all", arp_validate="all")
    all_up("v0", "v1")
    must_set("bond0", "arp_ip_target", "+192.0.2.77")
    wait(lambda: shown("bond0", "mii_status") == "down", "a target that does not answer", LATE)
    must_set("bond0", "arp_ip_target", "-" + TARGET)
    must_set("bond0", "arp_ip_target", "+" + TARGET)
    must_set("bond0", "arp_ip_target", "-192.0.2.77")
    wait(lambda: shown("bond0", "mii_status") == "up", "the target that answers", LATE)
    must_set("bond0", "arp_all_targets", "any")
    must_set("bond0", "arp_ip_target", "+192.0.2.77")
    time.sleep(0.8)
    equal(shown("bond0", "mii_status"), "up", "one of two is enough")


def frames_of(tap, wanted, what):
    """Frames of a tap, once one of them is as wanted."""
    found = []

    def look():
        found.extend(tap.frames())
        return any(wanted(frame) for frame in found)

    wait(look, what, LATE)
    return [frame for frame in found if wanted(frame)]


@test("g7-tags-of-stacked-vlans-in-order")
def tags():
    """Probes to targets behind VLANs have their tags, outermost first; without a route the sender is nobody."""
    lan = bond(Lan(1), count=1)
    sh("ip link add link bond0 bond0.10 type vlan id 10; ip link add link bond0.10 q20 type vlan id 20;"
       "ip link add link q20 q30 type vlan id 30; ip link add link bond0 prio type vlan id 0")
    for name, net in (("bond0.10", 10), ("q20", 20), ("q30", 30), ("prio", 40)):
        sh("ip addr add 10.0.%d.1/24 dev %s; ip link set %s up" % (net, name, name))
    tap = lan.tap(0)
    for net, ids in ((10, [10]), (20, [10, 20]), (30, [10, 20, 30]), (40, [])):
        must_set("bond0", "arp_ip_target", "+10.0.%d.2" % net)
        ours = frames_of(tap, lambda f, net=net: f.target == "10.0.%d.2" % net, "probe of %d" % net)
        equal((ours[0].tags, ours[0].sender), (ids, "10.0.%d.1" % net), "tags and sender of the probe")
        must_set("bond0", "arp_ip_target", "-10.0.%d.2" % net)
    must_set("bond0", "arp_ip_target", "+198.51.100.1")
    ours = frames_of(tap, lambda f: f.target == "198.51.100.1", "probe without a route")
    equal((ours[0].tags, ours[0].sender), ([], "0.0.0.0"), "tags and sender without a route")
    sh("ip link add d0 type dummy; ip link set d0 up; ip addr add 203.0.113.1/24 dev d0")
    must_set("bond0", "arp_ip_target", "+203.0.113.2")
    tap.frames()
    frames_of(tap, lambda f: f.target == "198.51.100.1", "the next round")
    equal([f for f in tap.frames() if f.target == "203.0.113.2"], [], "probes of a target elsewhere")


@test("nd-active-backup")
def nd():
    """The same by neighbour discovery, the backup proven by solicitations seen through the switch."""
    for value in ("none", "active", "backup", "all"):
        lan = Lan(2, ipv6=True)
        sh("ip link add bond0 type bond mode active-backup arp_interval 200 ns_ip6_target 2001:db8::254 "
           "arp_validate " + value)
        for name in ("v0", "v1"):
            sh("ip link set %s master bond0" % name)
        sh("ip link set bond0 up; ip addr add 2001:db8::1/64 dev bond0 nodad")
        all_up("v0", "v1")
        wait(lambda: active() != "", "active slave", LATE)
        other = {"v0": "v1", "v1": "v0"}
        first = active()
        group = "33:33:ff:00:02:54"
        joined = [group in sh("ip maddr show dev " + name) for name in (other[first], first)]
        equal(joined, [value != "none", False], value + ": groups of backup and active slave")
        lan.cut(int(first[1]))
        wait(lambda: active() == other[first], value + ": failover", LATE)
        wait(lambda: lost(first), "the other down", LATE)
        joined = [group in sh("ip maddr show dev " + name) for name in (first, other[first])]
        equal(joined, [value != "none", False], value + ": groups after failover")
        lan.mend(int(first[1]))
        all_up("v0", "v1")
        must_set("bond0", "arp_validate", "none")
        equal(group in sh("ip maddr show"), False, "groups once nothing is validated")
        lan.close()


@test("a4-the-slave-that-asks-leaves")
def release():
    """The slave that asks leaves the bond, again and again."""
    lan = bond(Lan(2, target=False), arp_interval=10)
    # What one slave asks must not prove the other: then there is always one that asks.
    lan.cut(0)
    lan.cut(1)
    for _ in range(6):
        wait(lambda: slave_is("v0", "going back") or slave_is("v1", "going back"), "one asks", LATE)
        name = "v0" if slave_is("v0", "going back") else "v1"
        sh("ip link set %s nomaster; ip link set %s down; ip link set %s master bond0" % (name, name, name))
    net = Net()
    net.delete("bond0")


@test("a14-solicitations-through-stacked-vlans")
def stacked_solicitations():
    """A solicitation to a target behind two VLANs has both tags and is a whole IPv6 packet."""
    lan = Lan(1, ipv6=True)
    bond(lan, count=1)
    sh("ip link add link bond0 bond0.10 type vlan id 10; ip link add link bond0.10 q20 type vlan id 20;"
       "ip link set bond0.10 up; ip link set q20 up; ip addr add 2001:db8:20::1/64 dev q20 nodad")
    tap = lan.tap(0)
    lan.change("bond0", "ns_ip6_target 2001:db8:20::2")
    whole = bytes([0x60]), bytes.fromhex("3aff" + "20010db8002000000000000000000001" + "ff0200000000000000000001ff000002" + "87")
    frames_of(tap, lambda f: f.tags == [10, 20] and f.kind == 0x86DD and f.payload[:1] == whole[0] and
              f.payload[6:41] == whole[1] and f.destination == "33:33:ff:00:00:02", "the solicitation")


@test("b6-all-targets-are-those-of-ipv6-too")
def all_of_both():
    """A dead IPv6 target takes the link down when all targets count."""
    lan = Lan(1, ipv6=True)
    sh("ip link add bond0 type bond mode active-backup arp_interval 200 ns_ip6_target 2001:db8::254 arp_validate all "
       "arp_all_targets all; ip link set v0 master bond0; ip link set bond0 up; ip addr add 2001:db8::1/64 dev bond0 nodad")
    all_up("v0")
    lan.change("bond0", "ns_ip6_target 2001:db8::254,2001:db8::dead")
    wait(lambda: not slave_is("v0", "up"), "down for a second target that does not answer", LATE)
    lan.change("bond0", "arp_all_targets any")
    all_up("v0")


@test("e4-no-route-is-said-for-each-bond")
def no_route():
    """Two bonds, two targets without a route each: a line for each bond."""
    Net().dummies(2)
    lines = []
    for place in range(2):
        sh("ip link add bond%d type bond mode active-backup arp_interval 100 arp_validate all "
           "arp_ip_target 198.51.100.1,198.51.100.2; ip link set d%d master bond%d" % (place, place, place))
        name = "bond%d" % place
        lines += log_of(name, lambda name=name: (sh("ip link set %s up" % name), time.sleep(1)))
    equal([line for line in lines if "route" in line],
          ["bond%d: no route to arp_ip_target 198.51.100.1 and arp_validate is set" % place for place in range(2)],
          "lines about routes")


@test("arp-targets-in-debugfs", init_net=True)
def in_debugfs():
    """What each slave has heard of each target, and what it misses."""
    sh("mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug")
    lan = bond(Lan(2), arp_ip_target=TARGET + ",192.0.2.77", arp_validate="all")
    try:
        proven("v0", "v1")
        path = "/sys/kernel/debug/bonding/bond0/arp_targets"
        lines = [line.split() for line in sh("cat " + path).splitlines()]
        equal([line[:2] for line in lines], [[name, target] for name in ("v0", "v1") for target in (TARGET, "192.0.2.77")],
              "slaves and targets")
        # A backup hears our own requests for it through the switch, as for any target.
        equal([line[2:] for line in lines if line[:2] == [active(), "192.0.2.77"]], [["-", "-"]],
              "the target that there is not")
        wait(lambda: sh("grep '^%s %s [0-9]' %s" % (active(), TARGET, path), may_fail=True), "the target heard", LATE)
        lan.remove_target()
        wait(lambda: int(sh("grep '^v0 %s' %s" % (TARGET, path)).split()[3]) > 3, "misses", LATE)
    finally:
        lan.close()


@test("arp-options-refused")
def refused():
    sh("ip link add bond0 type bond mode active-backup")
    equal(option("bond0", "arp_ip_target", "-192.0.2.9"), "EINVAL", "a target that is none")
    equal(option("bond0", "arp_validate", "7"), "EINVAL", "a value there is not")


@test("g19-groups-are-left-with-validation")
def groups_are_left():
    """Whatever ends validation has the backup leave the groups of its targets."""
    net = Net()
    net.veths(2)
    sh("sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0")
    group = "33:33:ff:00:00:07"
    for ending in ("arp_validate none", "miimon 100"):
        sh("ip link add bond0 type bond mode active-backup arp_interval 60000 arp_validate all ns_ip6_target 2001:db8::7")
        for name in ("v0", "v1"):
            net.master(name, "bond0")
        net.up("bond0")
        equal([group in sh("ip maddr show dev " + name) for name in ("v0", "v1")], [False, True], "groups before")
        sh("ip link set bond0 type bond " + ending)
        equal(group in sh("ip maddr show dev v1"), False, "group of the backup after " + ending)
        net.delete("bond0")
