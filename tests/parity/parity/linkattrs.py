# SPDX-License-Identifier: GPL-2.0
"""Names and formats of the link attributes that concern a bond."""

import socket
import struct

IFLA = {
    "ADDRESS": 1, "BROADCAST": 2, "IFNAME": 3, "MTU": 4, "LINK": 5, "QDISC": 6, "MASTER": 10,
    "TXQLEN": 13, "OPERSTATE": 16, "LINKMODE": 17, "LINKINFO": 18, "NET_NS_PID": 19, "IFALIAS": 20,
    "GROUP": 27, "NET_NS_FD": 28, "PROMISCUITY": 30, "NUM_TX_QUEUES": 31, "NUM_RX_QUEUES": 32,
    "CARRIER": 33, "CARRIER_CHANGES": 35, "PROTO_DOWN": 39, "GSO_MAX_SEGS": 40, "GSO_MAX_SIZE": 41,
    "EVENT": 44, "CARRIER_UP_COUNT": 47, "CARRIER_DOWN_COUNT": 48, "MIN_MTU": 50, "MAX_MTU": 51,
    "PERM_ADDRESS": 54, "GRO_MAX_SIZE": 58, "TSO_MAX_SIZE": 59, "TSO_MAX_SEGS": 60, "ALLMULTI": 61,
    "GSO_IPV4_MAX_SIZE": 63, "GRO_IPV4_MAX_SIZE": 64, "NETNS_IMMUTABLE": 67, "HEADROOM": 68,
    "TAILROOM": 69,
}
IFLA_NAME = {number: name.lower() for name, number in IFLA.items()}

# Attributes that change with traffic or with the moment, or tell nothing about a bond.
VOLATILE = {7, 23, 26, 14, 33, 35, 47, 48, 16}

INFO_KIND, INFO_DATA, INFO_SLAVE_KIND, INFO_SLAVE_DATA = 1, 2, 4, 5

BOND = {
    "MODE": (1, "u8"), "ACTIVE_SLAVE": (2, "ifindex"), "MIIMON": (3, "u32"), "UPDELAY": (4, "u32"),
    "DOWNDELAY": (5, "u32"), "USE_CARRIER": (6, "u8"), "ARP_INTERVAL": (7, "u32"),
    "ARP_IP_TARGET": (8, "ip4list"), "ARP_VALIDATE": (9, "u32"), "ARP_ALL_TARGETS": (10, "u32"),
    "PRIMARY": (11, "ifindex"), "PRIMARY_RESELECT": (12, "u8"), "FAIL_OVER_MAC": (13, "u8"),
    "XMIT_HASH_POLICY": (14, "u8"), "RESEND_IGMP": (15, "u32"), "NUM_PEER_NOTIF": (16, "u8"),
    "ALL_SLAVES_ACTIVE": (17, "u8"), "MIN_LINKS": (18, "u32"), "LP_INTERVAL": (19, "u32"),
    "PACKETS_PER_SLAVE": (20, "u32"), "AD_LACP_RATE": (21, "u8"), "AD_SELECT": (22, "u8"),
    "AD_INFO": (23, "nest"), "AD_ACTOR_SYS_PRIO": (24, "u16"), "AD_USER_PORT_KEY": (25, "u16"),
    "AD_ACTOR_SYSTEM": (26, "mac"), "TLB_DYNAMIC_LB": (27, "u8"), "PEER_NOTIF_DELAY": (28, "u32"),
    "AD_LACP_ACTIVE": (29, "u8"), "MISSED_MAX": (30, "u8"), "NS_IP6_TARGET": (31, "ip6list"),
    "COUPLED_CONTROL": (32, "u8"), "BROADCAST_NEIGH": (33, "u8"), "LACP_STRICT": (34, "u8"),
}
BOND_NUMBER = {name: number for name, (number, _) in BOND.items()}
BOND_NAME = {number: (name.lower(), form) for name, (number, form) in BOND.items()}

SLAVE = {
    "STATE": (1, "u8"), "MII_STATUS": (2, "u8"), "LINK_FAILURE_COUNT": (3, "u32"),
    "PERM_HWADDR": (4, "mac"), "QUEUE_ID": (5, "u16"), "AD_AGGREGATOR_ID": (6, "u16"),
    "AD_ACTOR_OPER_PORT_STATE": (7, "u8"), "AD_PARTNER_OPER_PORT_STATE": (8, "u16"),
    "PRIO": (9, "s32"), "ACTOR_PORT_PRIO": (10, "u16"), "AD_CHURN_ACTOR_STATE": (11, "u8"),
    "AD_CHURN_PARTNER_STATE": (12, "u8"),
}
SLAVE_NUMBER = {name: number for name, (number, _) in SLAVE.items()}
SLAVE_NAME = {number: (name.lower(), form) for name, (number, form) in SLAVE.items()}

FORMS = {
    1: "mac", 2: "mac", 3: "text", 4: "u32", 5: "ifindex", 6: "text", 10: "ifindex", 13: "u32",
    16: "u8", 17: "u8", 20: "text", 27: "u32", 30: "u32", 31: "u32", 32: "u32", 33: "u8", 35: "u32",
    39: "u8", 40: "u32", 41: "u32", 44: "u32", 47: "u32", 48: "u32", 50: "u32", 51: "u32",
    54: "mac", 58: "u32", 59: "u32", 60: "u32", 61: "u32", 63: "u32", 64: "u32", 67: "u8",
    68: "u16", 69: "u16",
}

EVENTS = ["none", "reboot", "features", "bonding_failover", "notify_peers", "igmp_resend",
          "bonding_options"]

FLAGS = ["up", "broadcast", "debug", "loopback", "pointopoint", "notrailers", "running", "noarp",
         "promisc", "allmulti", "master", "slave", "multicast", "portsel", "automedia", "dynamic",
         "lower_up", "dormant", "echo"]

SIZES = {"u8": ("=B", 1), "u16": ("=H", 2), "u32": ("=I", 4), "s32": ("=i", 4)}


def flag_names(flags, drop=()):
    """`up,broadcast,...` for an interface flag word."""
    return ",".join(name for bit, name in enumerate(FLAGS) if flags >> bit & 1 and name not in drop)


def show(form, payload, names):
    """Text of one attribute; `names` maps interface numbers to names."""
    if form in SIZES:
        code, size = SIZES[form]
        return str(struct.unpack(code, payload)[0]) if len(payload) == size else "?" + payload.hex()
    if form == "ifindex" and len(payload) == 4:
        index = struct.unpack("=I", payload)[0]
        return names.get(index, "none" if index == 0 else "if%d" % index)
    if form == "text":
        return payload.rstrip(b"\0").decode(errors="backslashreplace")
    if form == "mac":
        return ":".join("%02x" % byte for byte in payload)
    if form in ("ip4list", "ip6list"):
        family = socket.AF_INET if form == "ip4list" else socket.AF_INET6
        return " ".join("%d=%s%s" % (kind, socket.inet_ntop(family, value), "!" if flags else "")
                        for kind, flags, value in _walk(payload))
    if form == "nest":
        return " ".join("%d=%s" % (kind, value.hex()) for kind, _, value in _walk(payload))
    return payload.hex()


def _walk(payload):
    from .netlink import walk
    return [(kind, flags, value) for kind, flags, value, _ in walk(payload)]
