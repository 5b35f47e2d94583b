# SPDX-License-Identifier: GPL-2.0
"""Every option by netlink: modes x values x {up, down} x {slaves, none}."""

from parity import linkattrs as la
from parity import netlink as nl
from parity.context import number
from parity.registry import scenario
from scenarios._common import prepare, situations
from scenarios._values import NETLINK

GROUPS = {
    "delays": ("MIIMON", "UPDELAY", "DOWNDELAY", "PEER_NOTIF_DELAY"),
    "counts": ("NUM_PEER_NOTIF", "RESEND_IGMP", "MIN_LINKS", "LP_INTERVAL", "PACKETS_PER_SLAVE",
               "ALL_SLAVES_ACTIVE"),
    "choice": ("MODE", "XMIT_HASH_POLICY", "FAIL_OVER_MAC", "PRIMARY_RESELECT", "AD_SELECT",
               "USE_CARRIER", "ARP_ALL_TARGETS"),
    "names": ("PRIMARY", "ACTIVE_SLAVE"),
}
assert all(name in NETLINK for names in GROUPS.values() for name in names)


def by_netlink(t, mode, up, slaves, names):
    prepare(t, mode, up, slaves)
    for name in names:
        for value in NETLINK[name]:
            if isinstance(value, str):  # a device
                value = t.index(value)
            t.change_bond("bond0", [number(name, value)])
        t.change_bond("bond0", [number("MIIMON", 100)])


for mode, up, slaves, where, corner in situations():
    for group, names in GROUPS.items():
        scenario("netlink/%s/%s" % (group, where), full=not corner)(
            lambda t, m=mode, u=up, s=slaves, n=names: by_netlink(t, m, u, s, n))


@scenario("netlink/several-attributes")
def several(t):
    """More than one attribute in a request; one of them is refused."""
    t.dummies(2)
    t.bond("bond0", ["d0"], mode=1)
    t.change_bond("bond0", [number("MIIMON", 100), number("UPDELAY", 200), number("DOWNDELAY", 300)])
    t.change_bond("bond0", [number("MIIMON", 0), number("NUM_PEER_NOTIF", 5)])
    with t.difference("C1"):
        t.change_bond("bond0", [number("MIIMON", 50), number("PRIMARY_RESELECT", 9)])
        t.change_bond("bond0", [number("RESEND_IGMP", 3), number("PACKETS_PER_SLAVE", 9)])
        t.change_bond("bond0", [number("MIIMON", 60), number("MODE", 9)])
    t.change_bond("bond0", [number("MIIMON", 80), number("MODE", 1)])
    t.change_bond("bond0", None)
    t.change_bond("bond0", [])
    t.change_bond("nothere", [number("MIIMON", 80)])


@scenario("netlink/bad-attributes")
def bad_attributes(t):
    """Attributes of wrong lengths against a bond with slaves: nothing may change."""
    t.dummies(1)
    t.bond("bond0", ["d0"], mode=1, miimon=100)
    for name, (kind, _) in la.BOND.items():
        for payload in (b"", b"\1", b"\1\0\0", b"\1\0\0\0\0", bytes(100)):
            if name in ("AD_INFO", "ARP_IP_TARGET", "NS_IP6_TARGET", "ARP_INTERVAL", "ARP_VALIDATE"):
                continue
            t.change_bond("bond0", [nl.attr(kind, payload)], label="%s of %d bytes" % (name, len(payload)))
            t.change_bond("bond0", [number("MIIMON", 100)], False)
