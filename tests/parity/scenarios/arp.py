# SPDX-License-Identifier: GPL-2.0
"""The ARP monitor: its options while it runs; in the long run, what comes of paths that carry nothing any more."""

import socket
import time

from parity import linkattrs as la
from parity import netlink as nl
from parity.context import number
from parity.observe import read_text
from parity.registry import scenario
from scenarios._common import MODES, each_mode, veths
from scenarios._link_help import PROC, slave_status

ASKING = {mode: MODES[mode] for mode in (0, 1, 2, 3)}
VALIDATE = ("none", "active", "backup", "all", "filter", "filter_active", "filter_backup")
TARGET, TARGET6 = "192.0.2.254", "2001:db8::254"
INTERVAL = 250
# The first look at the links is at once, the second one not within the scenario.
NEVER = "3600000"


class Switch:
    """Ports p0 ... of a switch in a namespace, joined to v0 ...; the target is the switch, or, with `each`, each port."""

    def __init__(self, t, count, each=False, ipv6=False):
        self.t, self.each = t, each
        t.quiet("sh -c 'mkdir -p /run/netns; test ! -e /run/netns/sw || mount -t tmpfs tmpfs /run/netns; ip netns add sw'")
        self.inside("sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv6.conf.all.disable_ipv6=%d net.ipv6.conf.default.accept_dad=0"
                    % (not ipv6))
        if ipv6:
            t.quiet("sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0 net.ipv6.conf.default.accept_dad=0")
        self.inside("ip link add lan0 type bridge mcast_snooping 0; ip link set lan0 up")
        if not each:
            self.inside("ip addr add %s/24 dev lan0" % TARGET)
        if ipv6:
            self.inside("ip addr add %s/64 dev lan0 nodad" % TARGET6)
        for place in range(count):
            t.quiet("ip link add v%d address 02:00:00:00:02:%02x type veth peer name p%d address 02:00:00:00:03:%02x netns sw"
                    % (place, place, place, place))
            if each:
                self.inside("ip addr add %s/24 dev p%d; ip link set p%d up" % (TARGET, place, place))
            else:
                self.inside("ip link set p%d master lan0 up" % place)

    def inside(self, command):
        self.t.quiet("ip netns exec sw sh -c '%s'" % command)

    def silently(self, command):
        self.t.silently("ip netns exec sw sh -c '%s'" % command)

    def cut(self, place):
        """Nothing gets through, and the carrier stays; what comes of it is part of the next step."""
        self.silently("ip link set p%d arp off" % place if self.each else "ip link set p%d nomaster" % place)

    def mend(self, place):
        self.silently("ip link set p%d arp on" % place if self.each else "ip link set p%d master lan0" % place)

    def carrier(self, place, up):
        self.silently("ip link set p%d %s" % (place, "up" if up else "down"))

    def close(self):
        self.t.silently("ip netns del sw")


def start(t, mode, settings, slaves=2, ipv6=False, vlan=False):
    """A bond that asks, whose slaves have all proven themselves; no part of the comparison."""
    t.quiet("ip link add bond0 type bond mode %d arp_interval %d %s" % (mode, INTERVAL, settings), "ip link set bond0 up")
    if vlan:
        t.quiet("ip link add link bond0 name bond0.10 type vlan id 10", "ip addr add 10.0.10.1/24 dev bond0.10",
                "ip link set bond0.10 up")
    else:
        t.quiet("ip addr add 192.0.2.1/24 dev bond0")
    if ipv6:
        t.quiet("ip addr add 2001:db8::1/64 dev bond0 nodad")
    for place in range(slaves):
        # With the first one the bond has a carrier and its route.
        t.quiet("ip link set v%d master bond0" % place)
        await_up("v%d" % place)
    t.quiet("true")


def await_up(name):
    """Wait until a slave has been up for some intervals."""
    since = deadline = time.monotonic()
    while time.monotonic() - since < 3.5 * INTERVAL / 1000 and time.monotonic() < deadline + 20:
        if slave_status(name, "up") not in read_text(PROC):
            since = time.monotonic()
        time.sleep(0.01)


def failover(t, switch, settings, **others):
    """Paths that go and come back in active-backup."""
    start(t, 1, settings, **others)
    switch.cut(0)
    t.await_text(PROC, "Currently Active Slave: v1", state=False)
    t.await_text(PROC, slave_status("v0", "down"))
    switch.mend(0)
    t.await_text(PROC, slave_status("v0", "up"))
    t.read(PROC)
    t.option("bond0", "active_slave", "v0")
    t.option("bond0", "primary", "v0")
    await_up("v1")
    switch.cut(0)
    t.await_text(PROC, "Currently Active Slave: v1", state=False)
    t.await_text(PROC, slave_status("v0", "down"))
    switch.mend(0)
    t.await_text(PROC, "Currently Active Slave: v0")
    await_up("v1")
    t.set_master("v0", None)
    t.look("one is left")


for value in VALIDATE:
    @scenario("arp/failover/" + value, full=True)
    def by_value(t, value=value):
        switch = Switch(t, 2)
        failover(t, switch, "arp_validate %s arp_ip_target %s" % (value, TARGET))
        switch.close()

    @scenario("arp/failover-nd/" + value, full=True)
    def by_value6(t, value=value):
        switch = Switch(t, 2, ipv6=True)
        failover(t, switch, "arp_validate %s ns_ip6_target %s" % (value, TARGET6), ipv6=True)
        switch.close()


@scenario("arp/last-one-lost", full=True)
def last_one(t):
    """One slave: no path, and a path again."""
    switch = Switch(t, 1)
    start(t, 1, "arp_validate all arp_ip_target " + TARGET, slaves=1)
    switch.cut(0)
    t.await_log("without any active interface")
    switch.mend(0)
    t.await_log("active interface up")
    await_up("v0")
    t.look("as before")
    switch.close()


@each_mode("arp/balance", {0: "balance-rr", 2: "balance-xor", 3: "broadcast"}, short=())
def balance(t, mode):
    switch = Switch(t, 2, each=True)
    start(t, mode, "arp_ip_target " + TARGET)
    switch.cut(1)
    t.await_text(PROC, slave_status("v1", "down"))
    switch.cut(0)
    t.await_text(PROC, slave_status("v0", "down"))
    switch.mend(1)
    t.await_text(PROC, slave_status("v1", "up"))
    switch.mend(0)
    t.await_text(PROC, slave_status("v0", "up"))
    t.read(PROC)
    switch.close()


def runtime(t, mode):
    """Options of a bond with slaves, up; the monitor looks once."""
    veths(t, 2)
    t.bond("bond0", ["v0", "v1"], up=True, mode=mode)
    for name, values in (
            ("arp_validate", ("all", "0", "filter_backup", "none")), ("arp_interval", (NEVER, "0", NEVER)),
            ("arp_ip_target", ("+192.0.2.9", "+192.0.2.9", "+192.0.2.8", "-192.0.2.9", "-192.0.2.9", "+0.0.0.0", "+255.255.255.255",
                               "192.0.2.7", "+192.0.2.7x", "+", "-192.0.2.8", "+192.0.2.9", "+10.1.1.1")),
            ("arp_validate", VALIDATE), ("arp_all_targets", ("all", "any", "1", "2")), ("arp_missed_max", ("1", "0", "255", "256", "3")),
            ("miimon", (NEVER, "0")), ("updelay", ("100",)), ("arp_interval", (NEVER,)), ("updelay", ("100",)), ("downdelay", ("100",)),
            ("peer_notif_delay", ("100",)), ("arp_validate", ("active",)), ("num_grat_arp", ("3",)), ("miimon", (NEVER,)),
            ("arp_validate", ("all", "none")), ("arp_interval", (NEVER,)), ("use_carrier", ("0", "1"))):
        for value in values:
            t.option("bond0", name, value)
    t.read(PROC)
    t.down("bond0")
    t.option("bond0", "arp_ip_target", "-192.0.2.9")
    t.up("bond0")
    t.set_master("v1", None)
    t.set_master("v1", "bond0")
    t.option("bond0", "arp_interval", "0")
    t.delete("bond0")


each_mode("arp/options", ASKING, short=(1,))(runtime)


def ip6(*addresses):
    return nl.attr(la.BOND_NUMBER["NS_IP6_TARGET"], [nl.attr(place, socket.inet_pton(socket.AF_INET6, address))
                                                     for place, address in enumerate(addresses)])


def ip4(*addresses):
    return nl.attr(la.BOND_NUMBER["ARP_IP_TARGET"], [nl.attr(place, socket.inet_aton(address))
                                                     for place, address in enumerate(addresses)])


@each_mode("arp/netlink", ASKING, short=(1,))
def by_netlink(t, mode):
    """The same by netlink, lists of targets as a whole; groups joined and left."""
    veths(t, 2)
    t.bond("bond0", ["v0", "v1"], up=True, mode=mode)
    never = number("ARP_INTERVAL", int(NEVER))
    for attrs in ([never], [ip4("192.0.2.9", "192.0.2.8")], [ip4()], [ip6("2001:db8::9", "2001:db8::8")], [number("ARP_VALIDATE", 3)],
                  [ip6("2001:db8::7")], [ip6("fe80::1", "2001:db8::1:7")], [number("ARP_VALIDATE", 0)], [number("ARP_VALIDATE", 2)],
                  [ip6()], [number("ARP_VALIDATE", 0)], [number("MIIMON", int(NEVER))],
                  [number("MIIMON", 0), never, ip4("192.0.2.1"), number("ARP_VALIDATE", 5), number("MISSED_MAX", 7)],
                  [number("ARP_ALL_TARGETS", 1)]):
        t.change_bond("bond0", attrs)
    t.read(PROC)
    # What was there before a request that is refused is another thing in C and here.
    for attrs in ([ip6("::")], [ip6("ff02::1")], [ip6("::1")], [ip6("2001:db8::7", "2001:db8::7")],
                  [ip6(*["2001:db8::%x" % n for n in range(1, 18)])], [ip4(*["192.0.2.%d" % n for n in range(1, 18)])],
                  [number("MIIMON", 100), never], [number("MISSED_MAX", 0)], [number("ARP_VALIDATE", 7)]):
        with t.difference("C1", "state"):
            t.change_bond("bond0", attrs)
    with t.difference("C1", "state"):
        t.delete("bond0")


@scenario("arp/groups-of-solicitations")
def groups(t):
    """Which groups a backup joins and leaves: options, failovers, slaves that come and go, the bond down and up."""
    veths(t, 3)
    t.bond("bond0", ["v0", "v1"], up=True, mode=1, miimon=50)
    t.change_bond("bond0", [number("ARP_VALIDATE", 3), ip6("2001:db8::7", "2001:db8::8")])
    with t.difference("G20", "state.mc.v0", "state.mc.v1"):
        t.option("bond0", "active_slave", "v1")
        t.set_master("v2", "bond0")
        t.change_bond("bond0", [ip6("2001:db8::8")])
    t.option("bond0", "arp_validate", "none")
    t.option("bond0", "arp_validate", "active")
    t.set_master("v1", None)
    t.down("bond0")
    t.up("bond0")
    t.change_bond("bond0", [ip6()])
    t.set_master("v0", None)
    t.delete("bond0")
    t.bond("bond0", ["v0", "v1"], up=True, mode=1)
    t.change_bond("bond0", [number("ARP_INTERVAL", int(NEVER)), ip6("2001:db8::7"), number("ARP_VALIDATE", 3)])
    with t.difference("G19", "state.mc.v1"):
        t.change_bond("bond0", [number("MIIMON", 100)])
        t.delete("bond0")


@scenario("arp/vlan", full=True)
def vlan(t):
    """A target behind a VLAN of the bond."""
    switch = Switch(t, 2)
    switch.inside("ip link add link lan0 name lan0.10 type vlan id 10; ip addr add 10.0.10.2/24 dev lan0.10; ip link set lan0.10 up")
    failover(t, switch, "arp_validate all arp_ip_target 10.0.10.2", vlan=True)
    switch.close()
