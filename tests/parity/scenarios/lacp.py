# SPDX-License-Identifier: GPL-2.0
"""802.3ad over links with a speed: two bonds that are each other's partner, and a partner made of single frames.

C takes a step in each tenth of a second, ours at once (row G8): what is compared is what they come to, not what is told
on the way.
"""

import socket
import time

from parity import linkattrs as la
from parity import netlink as nl
from parity.context import number
from parity.observe import read_text
from parity.registry import scenario
from parity.slow import OUTGOING, PARTNER, READY, SHORT, SLOW, Partner

PROC = "/proc/net/bonding/"
# Ports wait two seconds for others, and believe a partner for three seconds with short timeouts.
QUIET = 3.5
PATIENCE = 20.0


def quiet(bonds, partners=()):
    """Until nothing that /proc tells of these bonds has changed for long enough; partners go on speaking."""
    end = time.monotonic() + PATIENCE
    last, since = None, time.monotonic()
    spoke = 0.0
    while time.monotonic() < end and time.monotonic() - since < QUIET:
        now = [read_text(PROC + bond) for bond in bonds]
        if now != last:
            last, since = now, time.monotonic()
        for partner in partners:
            before = partner.heard
            if partner.listen() and (partner.heard != before or time.monotonic() - spoke > 0.5):
                partner.say(READY | SHORT)
                spoke = time.monotonic()
        time.sleep(0.02)


def after(t, label, bonds=("bond0", "bond1"), partners=()):
    """What all have come to."""
    quiet(bonds, partners)
    t.look(label)
    for bond in bonds:
        t.read(PROC + bond)


def pairs(t, count):
    """v0/p0 and so on, all down."""
    t.differs("G8", "log", "events", "state.proc")
    t.quiet(*("ip link add v%d address 02:00:00:00:02:%02x type veth peer name p%d address 02:00:00:00:03:%02x"
              % (place, place, place, place) for place in range(count)))


def joined(t, ports=2, **options):
    """bond0 over v0.., bond1 over p0..: up, and joined."""
    pairs(t, ports)
    for bond, prefix in (("bond0", "v"), ("bond1", "p")):
        with t.unwatched():
            t.new_bond(bond, [number(name.upper(), value) for name, value in
                              {"mode": 4, "miimon": 50, "ad_lacp_rate": 1, **options}.items()])
            for place in range(ports):
                t.set_master("%s%d" % (prefix, place), bond)
    t.silently("ip link set bond0 up")
    t.silently("ip link set bond1 up")
    after(t, "joined")


@scenario("lacp/join-and-part")
def join(t):
    joined(t)
    t.show("bond0")
    t.show("v0")
    t.silently("ip link set v0 down")
    after(t, "v0 is down")
    t.silently("ip link set v0 up")
    after(t, "v0 is up")
    t.silently("ip link set v1 nomaster")
    after(t, "v1 has left")
    t.silently("ip link set bond1 down")
    after(t, "bond1 is down")
    t.silently("ip link set bond1 up")
    after(t, "bond1 is up")


@scenario("lacp/identity", full=True)
def identity(t):
    """System, priorities and keys while both are joined."""
    joined(t)
    for name, value in (("ad_actor_sys_prio", "7"), ("ad_actor_system", "02:00:00:00:00:11"), ("ad_user_port_key", "5"),
                        ("lacp_rate", "slow"), ("min_links", "3"), ("min_links", "0"), ("lacp_rate", "fast")):
        with t.difference("B10", "state", "result.text"), t.difference("B9", "state", "result.text"):
            t.option("bond0", name, value)
            after(t, "%s is %s" % (name, value))
    t.silently("ip link set bond0 address 02:00:00:00:02:77")
    after(t, "another address")


@scenario("lacp/selection", full=True)
def selection(t):
    """Two partners: which aggregator is the active one."""
    pairs(t, 4)
    with t.unwatched():
        t.new_bond("bond0", [number("MODE", 4), number("MIIMON", 50), number("AD_LACP_RATE", 1)])
        for place in range(4):
            t.set_master("v%d" % place, "bond0")
        for bond, ports in (("bond1", (0,)), ("bond2", (1, 2, 3))):
            t.new_bond(bond, [number("MODE", 4), number("MIIMON", 50), number("AD_LACP_RATE", 1)])
            for place in ports:
                t.set_master("p%d" % place, bond)
    bonds = ("bond0", "bond1", "bond2")
    for bond in bonds:
        t.silently("ip link set %s up" % bond)
    after(t, "joined", bonds)
    for policy in ("bandwidth", "count", "stable", "actor_port_prio"):
        t.option("bond0", "ad_select", policy)
        after(t, "ad_select is " + policy, bonds)
    for name, priority in (("v0", 1), ("v3", 9)):
        t.change_slave(name, [nl.u16(la.SLAVE_NUMBER["ACTOR_PORT_PRIO"], priority)])
        after(t, "priority of %s is %d" % (name, priority), bonds)
    t.silently("ip link set bond2 down")
    after(t, "bond2 is down", bonds)
    t.silently("ip link set bond2 up")
    after(t, "bond2 is up", bonds)


class Ear:
    """Hears what a port sends."""

    FILE = "/tmp/lacpdu"

    def __init__(self, device):
        self.wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(SLOW))
        self.wire.bind((device, SLOW))
        self.wire.setblocking(False)

    def tell(self, t):
        """The last LACPDU, whole, with its Ethernet header: what is said while nothing changes."""
        last = b"none"
        while True:
            try:
                frame, address = self.wire.recvfrom(2048)
            except BlockingIOError:
                break
            if address[2] != OUTGOING and frame[14:15] == b"\x01":
                last = frame.hex().encode()
        with open(self.FILE, "wb") as file:
            file.write(last)
        t.read(self.FILE)


def alone(t, options):
    """A port whose partner is made of frames."""
    pairs(t, 1)
    t.quiet("ip link set p0 up")
    with t.unwatched():
        t.new_bond("bond0", [number("MODE", 4), number("MIIMON", 50), number("AD_LACP_RATE", 1)] +
                   [number(name, value) for name, value in options.items()])
        t.set_master("v0", "bond0")
    partner = Partner("p0")
    t.silently("ip link set bond0 up")
    return partner


for text, options in (("default", {}), ("strict", {"LACP_STRICT": 1}), ("passive", {"AD_LACP_ACTIVE": 0}),
                      ("independent", {"COUPLED_CONTROL": 0})):
    @scenario("lacp/partner/" + text, full=text != "default")
    def partner(t, options=options):
        partner = alone(t, options)
        ear = Ear("p0")
        after(t, "nobody answers", ("bond0",))
        ear.tell(t)
        if options.get("AD_LACP_ACTIVE") == 0:
            partner.heard = bytes(4) + bytes(15)
        after(t, "a partner answers", ("bond0",), (partner,))
        ear.tell(t)
        t.show("v0")
        after(t, "it is silent", ("bond0",))
        ear.tell(t)
        partner.system = PARTNER[:5] + b"\xbb"
        partner.key = 17
        after(t, "another one answers", ("bond0",), (partner,))
        ear.tell(t)
        t.silently("ip link set p0 down")
        after(t, "no carrier", ("bond0",))
