# SPDX-License-Identifier: GPL-2.0
"""The cases of the matrix: interfaces x options x values, for each situation of a bond.

A case is a boundary if it is an end of a range or just beyond one, by name or by number; so are all that
depend on those before them, as lists of targets do. Boundaries are always run. Of the rest a tenth is
chosen by the seed, unless all are wanted.
"""

import random
import struct

from parity import linkattrs as la
from parity import netlink as nl

INT_MAX = 2147483647
MODES = ("balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb")

# Odd ways to write a number, for every option that takes one.
ODD = ("-1", "+1", "x", "", "\n", " ", "1x", "0x10", "010", " 5", "5 ", "5 6", "5\n\n", "2147483647", "2147483648",
       "4294967295", "4294967296", "18446744073709551615", "18446744073709551616", "minval", "maxval",
       "default", "off", "on", "1" * 40, "1.5", "\t7", "7\x00")
# And a word.
ODD_WORDS = ("", "\n", "x", "-1", "99", "01", "default", "maxval", "on", "off", "1 2", " 1", "1 ", "a" * 40)

RANGES = {
    "miimon": (0, INT_MAX), "updelay": (0, INT_MAX), "downdelay": (0, INT_MAX), "peer_notif_delay": (0, 300000),
    "num_grat_arp": (0, 255), "num_unsol_na": (0, 255), "resend_igmp": (0, 255), "min_links": (0, INT_MAX),
    "lp_interval": (1, INT_MAX), "packets_per_slave": (0, 65535), "all_slaves_active": (0, 1),
    "arp_interval": (0, INT_MAX), "arp_missed_max": (1, 255), "tlb_dynamic_lb": (0, 1), "use_carrier": (1, 1),
    "ad_actor_sys_prio": (1, 65535), "ad_user_port_key": (0, 1023),
}
WORDS = {
    "mode": MODES, "fail_over_mac": ("none", "active", "follow"),
    "arp_validate": ("none", "active", "backup", "all", "filter", "filter_active", "filter_backup"),
    "arp_all_targets": ("any", "all"), "primary_reselect": ("always", "better", "failure"),
    "xmit_hash_policy": ("layer2", "layer3+4", "layer2+3", "encap2+3", "encap3+4", "vlan+srcmac"),
    "lacp_rate": ("slow", "fast"), "lacp_active": ("off", "on"),
    "ad_select": ("stable", "bandwidth", "count", "actor_port_prio"),
}
OTHER = {
    "primary": ("d0", "d1\n", "d2", "nothere", "", "\n", "d0 d1", " d0", "d0 ", "x" * 15, "y" * 16, "bond0"),
    "active_slave": ("d0", "d1\n", "d1", "d2", "nothere", "", "\n", "d0 d1", " d0", "d0 ", "x" * 15, "y" * 16, "bond0"),
    "slaves": ("-d2", "+d2", "+d2", "-d2", "-nothere", "+nothere", "d0", "+", "-", "", "+bond0", "+" + "y" * 16),
    "queue_id": ("d0:1", "d1:1", "d1:2\n", "d2:1", "d0:0", "d1:0", "d0:16", "d0:17", "d0", "d0:", ":1", "d0:x",
                 "d0:65536", "nothere:1", ""),
    "arp_ip_target": ("+192.0.2.1", "+192.0.2.1", "-192.0.2.2", "-192.0.2.1", "-192.0.2.1", "+0.0.0.0",
                      "+255.255.255.255", "+0.1.2.3", "192.0.2.1", "+192.0.2", "+", "-", "", "+192.0.2.1x",
                      "+192.0.2.256", "+192.0.2.1 ", "+127.0.0.1", "+224.0.0.1") +
                     tuple("+192.0.2.%d" % (n + 10) for n in range(17)),
    "ad_actor_system": ("02:00:00:00:00:11", "01:00:00:00:00:11", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "x", "",
                        "02:00:00:00:00", "02:00:00:00:00:11:22", "2:0:0:0:0:11", "02-00-00-00-00-11",
                        "02:00:00:00:00:11\n", "02:00:00:00:00:1g"),
    # These can only be read.
    "mii_status": ("up",), "ad_aggregator": ("1",), "ad_num_ports": ("1",), "ad_actor_key": ("1",),
    "ad_partner_key": ("1",), "ad_partner_mac": ("02:00:00:00:00:11",),
}


def around(low, high):
    """(text, boundary) of the ends of a range, what is beyond them, and some within."""
    ends = [str(n) for n in (low - 1, low, high, high + 1)]
    inner = [str(n) for n in (low + 1, (low + high) // 2, high - 1, 100, 150) if str(n) not in ends]
    return [(text, True) for text in dict.fromkeys(ends)] + [(text, False) for text in dict.fromkeys(inner)]


def sysfs():
    """(option, [(text, boundary)]) of every file."""
    for name, (low, high) in RANGES.items():
        yield name, around(low, high) + [(text, False) for text in ODD]
    for name, words in WORDS.items():
        numbers = [str(n) for n in range(len(words) + 1)]
        near = [words[0].upper(), words[0] + " ", words[-1][:-1], words[-1] + "x"]
        ends = [words[-1], words[0] + "\n", *numbers[-2:]]
        inner = [text for text in list(words) + numbers if text not in ends]
        yield name, ([(text, True) for text in ends] +
                     [(text, False) for text in inner + near + list(ODD_WORDS)])
    for name, values in OTHER.items():
        yield name, [(text, True) for text in values]


TOP = {"u8": 0xFF, "u16": 0xFFFF, "u32": 0xFFFFFFFF}
LIMITS = {
    "MODE": range(8), "XMIT_HASH_POLICY": range(7), "ARP_VALIDATE": range(8), "ARP_ALL_TARGETS": range(3),
    "PRIMARY_RESELECT": range(4), "FAIL_OVER_MAC": range(4), "AD_SELECT": range(5), "AD_LACP_RATE": range(3),
    "AD_LACP_ACTIVE": range(3), "USE_CARRIER": range(3), "ALL_SLAVES_ACTIVE": range(3), "TLB_DYNAMIC_LB": range(3),
    "COUPLED_CONTROL": range(3), "BROADCAST_NEIGH": range(3), "LACP_STRICT": range(3),
    "MIIMON": (0, 1, 100, INT_MAX, INT_MAX + 1), "UPDELAY": (0, 1, 100, 150, INT_MAX, INT_MAX + 1),
    "DOWNDELAY": (0, 1, 100, 150, INT_MAX, INT_MAX + 1), "PEER_NOTIF_DELAY": (0, 100, 150, 299999, 300000, 300001),
    "ARP_INTERVAL": (0, 1, 100, INT_MAX, INT_MAX + 1), "RESEND_IGMP": (0, 1, 254, 255, 256),
    "NUM_PEER_NOTIF": (0, 1, 254, 255), "MIN_LINKS": (0, 1, INT_MAX, INT_MAX + 1),
    "LP_INTERVAL": (0, 1, 2, INT_MAX, INT_MAX + 1), "PACKETS_PER_SLAVE": (0, 1, 2, 65534, 65535, 65536),
    "AD_ACTOR_SYS_PRIO": (0, 1, 2, 65534, 65535), "AD_USER_PORT_KEY": (0, 1, 1022, 1023, 1024),
    "MISSED_MAX": (0, 1, 2, 254, 255),
}
IP4 = [bytes(map(int, ip.split("."))) for ip in
       ("192.0.2.1", "192.0.2.2", "0.0.0.0", "255.255.255.255", "127.0.0.1", "224.0.0.1")]
IP6 = [bytes.fromhex(ip) for ip in
       ("20010db8000000000000000000000001", "20010db8000000000000000000000002", "0" * 32, "0" * 31 + "1",
        "ff020000000000000000000000000001", "fe800000000000000000000000000001")]


def lists(addresses):
    """Lists of targets: good, empty, doubled, bad, too many, too short."""
    one, two = addresses[:2]
    nests = [[one], [], [one, two], [one, one], [two] + addresses[2:3], [addresses[2]], [addresses[3]], [addresses[4]],
             [addresses[5]], [one[:-1]], [one + b"\0"], [b""],
             [one[:-1] + bytes([n + 1]) for n in range(16)], [one[:-1] + bytes([n + 1]) for n in range(17)]]
    return [b"".join(nl.attr(place, item) for place, item in enumerate(nest)) for nest in nests]


def netlink(index):
    """(option, [(title, encoded attribute, boundary)]) of every attribute; `index` gives numbers of devices."""
    for name, (kind, form) in la.BOND.items():
        values = []
        if form in TOP:
            code = {"u8": "=B", "u16": "=H", "u32": "=I"}[form]
            numbers = list(dict.fromkeys([*LIMITS.get(name, (0, 1)), TOP[form]]))
            for place, number in enumerate(numbers):
                values.append((str(number), struct.pack(code, number), place == 0 or place >= len(numbers) - 3))
        elif form == "ifindex":
            for text in ("d0", "d1", "d2", "bond0"):
                values.append((text, struct.pack("=I", index(text)), True))
            values += [(str(n), struct.pack("=I", n), True) for n in (0, 99999, 0xFFFFFFFF)]
        elif form == "mac":
            values += [(text, bytes.fromhex(text), True) for text in
                       ("020000000011", "010000000011", "000000000000", "ffffffffffff", "0200000000", "02000000001122")]
        elif form in ("ip4list", "ip6list"):
            for place, data in enumerate(lists(IP4 if form == "ip4list" else IP6)):
                values.append(("list %d" % place, data, True))
        size = len(values[0][1]) if values and form in TOP else 4
        for data in (b"", b"\1", b"\1" * (size - 1), b"\1" * (size + 1), b"\1" * 64):
            values.append(("bytes " + data.hex(), data, False))
        nested = nl.NLA_F_NESTED if form in ("ip4list", "ip6list", "nest") else 0
        yield name, [(title, [nl.attr(kind | nested, data)], boundary) for title, data, boundary in values]
    together = {
        "miimon+arp_interval": [nl.u32(3, 100), nl.u32(7, 100)], "miimon 0+arp_interval": [nl.u32(3, 0), nl.u32(7, 100)],
        "miimon+arp_validate": [nl.u32(3, 100), nl.u32(9, 1)], "miimon+updelay": [nl.u32(3, 50), nl.u32(4, 120)],
        "miimon 0+updelay": [nl.u32(3, 0), nl.u32(4, 100)], "mode+policy": [nl.u8(1, 2), nl.u8(14, 1)],
        "mode+lacp_rate": [nl.u8(1, 4), nl.u8(21, 1)], "mode 6+dynamic": [nl.u8(1, 6), nl.u8(27, 0)],
        "good+bad": [nl.u32(15, 9), nl.u32(19, 0)], "unknown 35": [nl.u32(35, 1)], "unknown 200": [nl.u32(200, 1)],
        "twice": [nl.u32(15, 4), nl.u32(15, 5)], "nothing": [],
    }
    yield "TOGETHER", [(title, data, True) for title, data in together.items()]


def of_slave():
    """(option, [(title, encoded attribute, boundary)]) of the attributes of a slave."""
    for name, (kind, form) in la.SLAVE.items():
        if name == "PRIO":
            values = [(str(n), nl.s32(kind, n)) for n in (0, 1, -1, INT_MAX, -INT_MAX - 1)]
        elif name in ("QUEUE_ID", "ACTOR_PORT_PRIO"):
            values = [(str(n), nl.u16(kind, n)) for n in (1, 2, 15, 16, 17, 255, 65534, 65535, 0)]
        else:
            values = [("1", {"u8": nl.u8, "u16": nl.u16, "u32": nl.u32}.get(form, nl.u8)(kind, 1))]
        odd = [("bytes " + data.hex(), nl.attr(kind, data)) for data in (b"", b"\1", b"\1" * 3, b"\1" * 9)]
        yield name, [(t, [d], True) for t, d in values] + [(t, [d], False) for t, d in odd]


def chosen(key, values, seed):
    """The values to run: the boundaries, and of the rest those that the seed picks (all without a seed)."""
    if seed is None:
        return list(values)
    out = []
    for place, value in enumerate(values):
        if value[-1] or random.Random("%s %s %d" % (seed, key, place)).random() < 0.1:
            out.append(value)
    return out
