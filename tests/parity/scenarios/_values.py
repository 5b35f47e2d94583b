# SPDX-License-Identifier: GPL-2.0
"""Values to try for each option: valid, invalid, at and beyond the ends of the range."""

INT_MAX = 2147483647
NUMBERS = ["0", "1", "7\n", "-1", "+1", "x", "", "1x", "0x10", " 5", "5 ", "5 6", "2147483647",
           "2147483648", "4294967295", "4294967296", "18446744073709551616", "minval", "maxval",
           "default", "off", "on"]


def around(low, high):
    """Both ends and their neighbours."""
    values = (low - 1, low, low + 1, high - 1, high, high + 1)
    return [str(value) for value in values]


def names(*words):
    """Words, their numbers, and what is nearly a word."""
    numbers = [str(place) for place in range(-1, len(words) + 1)]
    out = []
    for word in words:
        out += [word, word + "\n"]
    return out + numbers + ["", "nothing", words[0].upper(), words[0] + " ", words[-1][:-1], words[-1] + "x",
                            "0 1", "default", "maxval", "0%s" % (len(words) - 1)]


SYSFS = {
    "mode": ["balance-rr", "active-backup", "balance-xor", "broadcast", "0", "1", "2", "3\n", "-1", "7", "8",
             "255", "", "x", "balance", "Balance-RR", "balance-rr 1", "01", "default"],
    "miimon": NUMBERS + ["100"],
    "updelay": NUMBERS + ["100", "150", "99"],
    "downdelay": NUMBERS + ["100", "150", "99"],
    "peer_notif_delay": ["0", "100", "150", "299999", "300000", "300001", "-1", "x"],
    "num_grat_arp": around(0, 255) + ["x", "7"],
    "num_unsol_na": around(0, 255) + ["", "9"],
    "resend_igmp": around(0, 255) + ["x"],
    "min_links": around(0, INT_MAX) + ["4294967295", "x"],
    "lp_interval": around(1, INT_MAX) + ["x", "default"],
    "packets_per_slave": around(0, 65535) + ["x", "default", "minval", "maxval"],
    "all_slaves_active": ["0", "1", "2", "-1", "on", "off", "dropped", "delivered", "x", "1\n"],
    "xmit_hash_policy": names("layer2", "layer3+4", "layer2+3", "encap2+3", "encap3+4", "vlan+srcmac"),
    "fail_over_mac": names("none", "active", "follow"),
    "primary_reselect": names("always", "better", "failure"),
    "ad_select": names("stable", "bandwidth", "count", "actor_port_prio"),
    "arp_all_targets": names("any", "all"),
    "use_carrier": ["0", "1", "2", "-1", "on", "off", "x", "1\n"],
    "primary": ["d0", "d1\n", "d2", "nothere", "", "\n", "d0 d1", " d0", "d0 ", "x" * 15, "bond0"],
    "active_slave": ["d0", "d1\n", "d1", "d2", "nothere", "", "\n", "d0 d1", " d0", "d0 ", "x" * 15, "bond0"],
    "slaves": ["-d2", "+d0", "-d0", "+d0", "+d2\n", "-d2"],
    "queue_id": ["d0:1", "d1:1", "d1:2\n", "d2:1", "d0:0", "d1:0", "d0:17", "d0"],
    "tlb_dynamic_lb": ["0", "1", "2"],
    "lacp_rate": ["slow", "fast", "2"],
    "lacp_active": ["off", "on", "2"],
    "ad_actor_sys_prio": ["1", "0", "65536"],
    "ad_actor_system": ["02:00:00:00:00:11", "01:00:00:00:00:11", "x"],
    "ad_user_port_key": ["1", "1024"],
}

NETLINK = {
    "MODE": [0, 1, 2, 3, 7, 8, 255],
    "MIIMON": [0, 1, 100, INT_MAX, INT_MAX + 1, 0xFFFFFFFF],
    "UPDELAY": [0, 1, 100, 150, INT_MAX, INT_MAX + 1, 0xFFFFFFFF],
    "DOWNDELAY": [0, 1, 100, 150, INT_MAX, INT_MAX + 1, 0xFFFFFFFF],
    "PEER_NOTIF_DELAY": [0, 100, 150, 300000, 300001, 0xFFFFFFFF],
    "NUM_PEER_NOTIF": [0, 1, 255],
    "RESEND_IGMP": [0, 1, 255, 256, 0xFFFFFFFF],
    "MIN_LINKS": [0, 1, INT_MAX, INT_MAX + 1, 0xFFFFFFFF],
    "LP_INTERVAL": [0, 1, 2, INT_MAX, INT_MAX + 1],
    "PACKETS_PER_SLAVE": [0, 1, 65535, 65536],
    "ALL_SLAVES_ACTIVE": [0, 1, 2, 255],
    "XMIT_HASH_POLICY": [0, 1, 2, 3, 4, 5, 6, 255],
    "FAIL_OVER_MAC": [0, 1, 2, 3, 255],
    "PRIMARY_RESELECT": [0, 1, 2, 3, 255],
    "AD_SELECT": [0, 1, 2, 3, 4, 255],
    "USE_CARRIER": [0, 1, 2, 255],
    "ARP_ALL_TARGETS": [0, 1, 2, 0xFFFFFFFF],
    "PRIMARY": ["d0", "d1", "d2", 0, 999, "bond0", 0xFFFFFFFF],
    "ACTIVE_SLAVE": ["d0", "d1", "d2", 0, 999, "bond0", 0xFFFFFFFF],
}
