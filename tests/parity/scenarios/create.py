# SPDX-License-Identifier: GPL-2.0
"""Creating, naming and deleting bonds by netlink and by bonding_masters."""

from parity import linkattrs as la
from parity import netlink as nl
from parity.context import number
from parity.registry import scenario

from scenarios._common import LATER_MODES, MODES


@scenario("create/ip")
def by_ip(t):
    t.ip("link add type bond")
    t.ip("link add bond0 type bond")
    t.ip("link add bond1 type bond mode active-backup miimon 100")
    t.show("bond0")
    t.show("bond1")
    t.ip("link add name thisnameistoolongbyfar type bond")
    t.ip("link add b/d type bond")
    t.ip("link set bond1 up")
    t.ip("link set bond1 down")
    t.ip("link del bond0")
    t.ip("link del bond0")
    t.ip("link add bond0 type bond help", False)


@scenario("create/each-mode")
def each_mode(t):
    for mode, name in MODES.items():
        t.ip("link add b%d type bond mode %s" % (mode, name))
        t.show("b%d" % mode)
        t.up("b%d" % mode)
        t.down("b%d" % mode)
        t.delete("b%d" % mode)


@scenario("create/all-attributes")
def all_attributes(t):
    for mode in MODES:
        attrs = [number("MODE", mode), number("MIIMON", 100), number("UPDELAY", 250),
                 number("DOWNDELAY", 200), number("PEER_NOTIF_DELAY", 300), number("USE_CARRIER", 1),
                 number("PRIMARY_RESELECT", 2), number("FAIL_OVER_MAC", 1),
                 number("XMIT_HASH_POLICY", 3), number("RESEND_IGMP", 7),
                 number("NUM_PEER_NOTIF", 9), number("ALL_SLAVES_ACTIVE", 1),
                 number("MIN_LINKS", 2), number("LP_INTERVAL", 11)]
        if mode == 0:
            attrs.append(number("PACKETS_PER_SLAVE", 4))
        # All is checked before anything acts: the log of a later option comes before the events of an earlier one.
        with t.difference("C1", "log"):
            t.new_bond("bond%d" % mode, attrs)
        t.show("bond%d" % mode)


@scenario("create/attribute-order")
def attribute_order(t):
    """Attributes are applied in the kernel's order, whatever the order in the message."""
    t.new_bond("a0", [number("UPDELAY", 200), number("MIIMON", 100), number("MODE", 1)])
    t.new_bond("a1", [number("PRIMARY", 99), number("MODE", 1)])
    t.new_bond("a2", [number("ACTIVE_SLAVE", 0), number("MODE", 1)])
    t.new_bond("a3", [number("MODE", 0), number("MODE", 1)])


REFUSED = {
    "packets-per-slave": [("PACKETS_PER_SLAVE", 3), ("MODE", 2)],
    "primary": [("PRIMARY", 1), ("MODE", 0)],
    "updelay": [("UPDELAY", 200), ("MODE", 1)],
    "active-slave": [("ACTIVE_SLAVE", 99), ("MODE", 1)],
    "arp-interval": [("MIIMON", 100), ("ARP_INTERVAL", 100)],
    "arp-validate": [("MIIMON", 100), ("ARP_VALIDATE", 1), ("MODE", 1)],
    "mode": [("MIIMON", 100), ("MODE", 9)],
    "use-carrier": [("USE_CARRIER", 0)],
}
for name, attributes in REFUSED.items():
    @scenario("create/refused/" + name)
    def refused(t, attributes=attributes):
        # C registers the device and applies what comes first, with the events of that.
        with t.difference("C1", "events", "log"):
            t.new_bond("bond0", [number(*item) for item in attributes])
        t.new_bond("bond0", None)


@scenario("create/flags")
def flags(t):
    t.new_bond("bond0", None)
    t.new_bond("bond0", None, flags=nl.NLM_F_CREATE, label="create again without excl")
    t.new_bond("bond0", [number("MIIMON", 50)], flags=nl.NLM_F_CREATE, label="create or change")
    t.new_bond("bond0", [number("MIIMON", 70)], flags=nl.NLM_F_CREATE | nl.NLM_F_REPLACE, label="replace")
    t.new_bond("bond9", [number("MIIMON", 50)], flags=nl.NLM_F_REQUEST, label="change what is not there")
    t.new_bond("eth%d", None)
    t.new_bond("bond%d", None)
    t.new_bond("", None, label="no name")


@scenario("create/link-attributes")
def link_attributes(t):
    mac = la.IFLA["ADDRESS"]
    t.new_bond("b0", None, [nl.attr(mac, bytes.fromhex("020000000909"))], label="with address")
    t.new_bond("b1", None, [nl.attr(mac, bytes.fromhex("010000000909"))], label="multicast address")
    t.new_bond("b2", None, [nl.attr(mac, bytes(6))], label="zero address")
    t.new_bond("b3", None, [nl.attr(mac, b"\2\0\0\0\0")], label="short address")
    t.new_bond("b4", None, [nl.attr(mac, b"\2\0\0\0\0\0\0")], label="long address")
    t.new_bond("b5", None, [nl.u32(la.IFLA["MTU"], 9000)], label="mtu 9000")
    t.new_bond("b6", None, [nl.u32(la.IFLA["MTU"], 65535)], label="mtu 65535")
    t.new_bond("b7", None, [nl.u32(la.IFLA["MTU"], 65536)], label="mtu 65536")
    t.new_bond("b8", None, [nl.u32(la.IFLA["MTU"], 67)], label="mtu 67")
    t.new_bond("b9", None, [nl.u32(la.IFLA["NUM_TX_QUEUES"], 4)], label="4 tx queues")
    t.new_bond("b10", None, [nl.u32(la.IFLA["NUM_TX_QUEUES"], 0)], label="0 tx queues")
    t.new_bond("b11", None, [nl.u32(la.IFLA["NUM_TX_QUEUES"], 5000)], label="5000 tx queues")
    t.new_bond("b12", None, [nl.u32(la.IFLA["TXQLEN"], 17)], label="txqlen")
    t.new_bond("b13", None, [nl.u32(la.IFLA["GROUP"], 5)], label="group")
    t.new_bond("b14", None, [nl.u32(la.IFLA["LINK"], 1)], label="link lo")
    t.new_bond("b15", None, [nl.u32(la.IFLA["NUM_RX_QUEUES"], 3)], label="3 rx queues")
    t.new_bond("b16", None, [nl.attr(la.IFLA["BROADCAST"], b"\xff" * 6)], label="broadcast")
    t.new_bond("b17", None, [nl.u32(la.IFLA["MASTER"], 1)], label="master lo")


@scenario("masters/basic")
def masters(t):
    t.masters("+bond0")
    t.masters("+bond0")
    t.masters("+bond1\n")
    t.read("/sys/class/net/bonding_masters")
    t.masters("-bond0")
    t.masters("-bond0")
    t.masters("-bond1\n")
    t.read("/sys/class/net/bonding_masters")


@scenario("masters/syntax")
def masters_syntax(t):
    for text in ("", "\n", "+", "-", "bond0", "bond0\n", "*bond0", " +bond0", "+ bond0", "+bond0 ",
                 "+bond1 bond2", "+a/b", "+.", "+..", "+a:b", "++x", "+-x", "+bond%d", "-nothere",
                 "-lo", "+lo", "+all", "+default", "+fifteen_letters",
                 "\0", "+x\0y", "+\tx", "+x\ty", "+x\n\n"):
        t.masters(text)
    t.dummies(1)
    t.masters("-d0")
    t.masters("+d0")


@scenario("masters/long-names")
def masters_long(t):
    t.differs("C3")
    t.masters("+sixteen_letters_")
    t.masters("+averyverylongbondname")
    t.masters("-averyverylongbondname")
    t.masters("+" + "x" * 200)
    t.masters("+" + "x" * 5000)


@scenario("masters/many")
def masters_many(t):
    with t.unwatched():
        for place in range(40):
            t.masters("+manybonds_%04d" % place)
        t.read("/sys/class/net/bonding_masters")
        t.read("/proc/net/bonding/manybonds_0011")
        t.masters("-manybonds_0011")
        t.read("/proc/net/bonding/manybonds_0011")
        t.read("/sys/class/net/bonding_masters")


@scenario("create/bad-netlink")
def bad_netlink(t):
    """Truncated, oversized, unknown and wrongly typed attributes."""
    for name, (kind, form) in la.BOND.items():
        if name in ("AD_INFO",):
            continue
        t.new_bond("t0", [nl.attr(kind, b"")], label="%s empty" % name)
        t.new_bond("t0", [nl.attr(kind, b"\1")], label="%s one byte" % name)
        t.new_bond("t0", [nl.attr(kind, bytes(3))], label="%s three bytes" % name)
        t.new_bond("t0", [nl.attr(kind, bytes(40))], label="%s forty bytes" % name)
        t.new_bond("t0", [nl.attr(kind | nl.NLA_F_NESTED, bytes(4))], label="%s nested" % name)
        with t.unwatched():
            t.delete("t0")


@scenario("create/bad-messages")
def bad_messages(t):
    t.new_bond("t0", [nl.u8(200, 1)], label="unknown attribute 200")
    t.new_bond("t1", [nl.u8(35, 1)], label="unknown attribute 35")
    t.new_bond("t2", [nl.u8(0, 1)], label="attribute 0")
    t.new_bond("t3", [nl.raw_attr(1, 3, b"")], label="length 3")
    t.new_bond("t4", [nl.raw_attr(1, 60, b"\1")], label="length beyond the message")
    t.new_bond("t5", [nl.raw_attr(1, 5, b"\1"), b"\1\2\3"], label="rest of 3 bytes")
    kind = la.IFLA["LINKINFO"]
    create = nl.NLM_F_CREATE | nl.NLM_F_EXCL
    name = nl.text(la.IFLA["IFNAME"], "t6")
    bond = nl.text(la.INFO_KIND, "bond")
    t.request("data that is no nest", nl.RTM_NEWLINK, create, nl.ifinfomsg(),
              [name, nl.attr(kind, [bond, nl.attr(la.INFO_DATA, b"\1\2")])])
    t.request("slave data at creation", nl.RTM_NEWLINK, create, nl.ifinfomsg(),
              [name, nl.attr(kind, [bond, nl.attr(la.INFO_SLAVE_DATA, [nl.u16(5, 1)])])])
    t.request("kind without end", nl.RTM_NEWLINK, create, nl.ifinfomsg(),
              [nl.text(la.IFLA["IFNAME"], "t7"), nl.attr(kind, [nl.attr(la.INFO_KIND, b"bond")])])
    t.request("name of 16", nl.RTM_NEWLINK, create, nl.ifinfomsg(),
              [nl.text(la.IFLA["IFNAME"], "sixteen_letters_"), nl.attr(kind, [bond])])
    t.request("name of 15", nl.RTM_NEWLINK, create, nl.ifinfomsg(),
              [nl.text(la.IFLA["IFNAME"], "fifteen_letters"), nl.attr(kind, [bond])])
    t.request("empty name", nl.RTM_NEWLINK, create, nl.ifinfomsg(),
              [nl.text(la.IFLA["IFNAME"], ""), nl.attr(kind, [bond])])
    t.request("wrong kind for a change", nl.RTM_NEWLINK, 0, nl.ifinfomsg(t.index("t7")),
              [nl.attr(kind, [nl.text(la.INFO_KIND, "dummy"), nl.attr(la.INFO_DATA, [nl.u8(1, 1)])])])


@scenario("delete/ways")
def delete_ways(t):
    slaves = t.dummies(3)
    for mode in MODES:
        t.bond("bond0", slaves, up=True, mode=mode)
        t.look("with slaves")
        t.delete("bond0")
        t.bond("bond0", slaves, mode=mode)
        t.masters("-bond0")
    t.bond("bond0", slaves[:1])
    t.request("dellink by name", nl.RTM_DELLINK, 0, nl.ifinfomsg(), [nl.text(la.IFLA["IFNAME"], "bond0")])
    t.bond("bond0", slaves, up=True, mode=1)
    for slave in slaves:
        t.delete(slave)
    t.delete("bond0")


@scenario("rename/bond")
def rename_bond(t):
    slaves = t.dummies(2)
    t.bond("bond0", slaves, mode=1)
    t.ip("link set bond0 name lag0")
    t.read("/proc/net/bonding/bond0")
    t.up("lag0")
    t.ip("link set lag0 name lag1")
    t.ip("link set lag1 name d0")
    t.ip("link set lag1 alias uplink")
    t.ip("link property add dev lag1 altname other-name-that-is-quite-long")
    t.masters("-lag1")


@scenario("rename/slave")
def rename_slave(t):
    t.dummies(3)
    t.bond("bond0", ["d0", "d1"], up=True, mode=1)
    t.ip("link set d0 name e0")
    t.option("bond0", "primary", "e0")
    with t.difference("B16"):
        t.ip("link set e0 name f0")
        t.ip("link set f0 name e0")
    t.option("bond0", "primary", "later")
    with t.difference("B16"):
        t.ip("link set d1 name later")
    t.ip("link set d2 name d9")
    t.set_master("e0", None)
    t.option("bond0", "active_slave", "later")


@scenario("create/later-modes")
def later_modes(t):
    """Modes 4 to 6 without slaves: made, changed to and from, up and down."""
    t.bond("bond0")
    for mode, name in LATER_MODES.items():
        t.new_bond("bond1", [number("MODE", mode)])
        t.show("bond1")
        t.read("/proc/net/bonding/bond1")
        t.up("bond1")
        t.option("bond1", "miimon", "0")
        t.read("/proc/net/bonding/bond1")
        t.down("bond1")
        t.option("bond0", "mode", name)
        t.option("bond0", "mode", "0")
        t.ip("link del bond1")
