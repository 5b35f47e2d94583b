# SPDX-License-Identifier: GPL-2.0
"""Every keyword of `ip link help bond` and `bond_slave` in every mode, and how `ip -d -j` shows it."""

from parity.registry import scenario

MODES = ("balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb")

# Values as people write them: names, their ends, and numbers beyond the range.
KEYWORDS = {
    "mode": MODES,
    "miimon": ("100", "0", "2147483648"),
    "updelay": ("250", "0"),
    "downdelay": ("100", "150"),
    "peer_notify_delay": ("300", "350", "300001"),
    "use_carrier": ("1", "0"),
    "arp_missed_max": ("3", "0", "255"),
    "arp_interval": ("0", "200"),
    "arp_validate": ("none", "active", "backup", "all", "filter", "filter_active", "filter_backup"),
    "arp_all_targets": ("any", "all"),
    "arp_ip_target": ("192.0.2.1,192.0.2.2", "192.0.2.1,192.0.2.1", "255.255.255.255", ""),
    "ns_ip6_target": ("2001:db8::1,2001:db8::2", "fe80::1", "::", ""),
    "primary": ("d0", "d2", "nothere"),
    "primary_reselect": ("always", "better", "failure"),
    "active_slave": ("d1", "d2"),
    "fail_over_mac": ("none", "active", "follow"),
    "xmit_hash_policy": ("layer2", "layer2+3", "layer3+4", "encap2+3", "encap3+4", "vlan+srcmac"),
    "resend_igmp": ("255", "256"),
    "num_grat_arp": ("255", "7"),
    "num_unsol_na": ("0", "1"),
    "all_slaves_active": ("1", "2", "0"),
    "min_links": ("1", "0"),
    "lp_interval": ("2147483647", "0"),
    "packets_per_slave": ("65535", "65536", "0"),
    "tlb_dynamic_lb": ("0", "1", "2"),
    "lacp_rate": ("slow", "fast"),
    "lacp_active": ("off", "on"),
    "lacp_strict": ("on", "off"),
    "coupled_control": ("off", "on"),
    "broadcast_neighbor": ("on", "off"),
    "ad_select": ("stable", "bandwidth", "count"),
    "ad_user_port_key": ("1023", "1024"),
    "ad_actor_sys_prio": ("65535", "1", "0"),
    "ad_actor_system": ("02:00:00:00:00:55", "03:00:00:00:00:55", "00:00:00:00:00:00"),
}
OF_SLAVE = {
    "queue_id": ("3", "15", "16", "0"),
    "prio": ("-2147483648", "2147483647", "0"),
    "actor_port_prio": ("1", "65535"),
}
# At once, as the reference pages have it: what belongs together, in each mode.
TOGETHER = (
    "miimon 100 updelay 200 downdelay 300",
    "miimon 0 arp_interval 250 arp_ip_target 192.0.2.9,192.0.2.8 arp_validate all arp_all_targets all",
    "arp_interval 0 miimon 50 xmit_hash_policy layer3+4 min_links 1",
    "miimon 100 primary d1 primary_reselect better fail_over_mac none num_grat_arp 3",
    "miimon 100 lacp_rate fast ad_select bandwidth lacp_active on ad_user_port_key 7 ad_actor_sys_prio 9",
    "miimon 100 arp_interval 100",
    "clear_active_slave",
)


def walk(keywords, kind, device):
    """Each value is set; what became of it is shown once they are all tried, and once in between."""
    for word, values in keywords.items():
        for place, value in enumerate(values):
            yield "link set dev %s type %s %s %s" % (device, kind, word, value or '""')
            if place in (0, len(values) - 1):
                yield "link show dev " + device


def one_by_one(t, mode, up):
    """A bond of this mode, down and empty or up with slaves, with each option set by its keyword."""
    t.dummies(3)
    t.quiet("ip link add bond0 type bond mode " + mode)
    if up:
        t.quiet("ip link set d0 master bond0", "ip link set d1 master bond0", "ip link set bond0 up")
    # Once the interval runs the monitor changes links in its own time: that is another scenario's.
    keywords = {word: values[:1] if word == "arp_interval" and up else values for word, values in KEYWORDS.items()}
    t.batch(*walk(keywords, "bond", "bond0"))
    if up:
        t.batch(*walk(OF_SLAVE, "bond_slave", "d0"))


def at_once(t, mode):
    """Several options when the bond is made, and later."""
    t.dummies(2)
    with t.difference("C1", "log", "events"):
        for place, options in enumerate(TOGETHER):
            t.batch("link add b%d type bond mode %s %s" % (place, mode, options), "link show dev b%d" % place)
    t.quiet("ip link add bond0 type bond mode " + mode)
    for options in TOGETHER:
        with t.difference("C1", "log", "events", "state", "result.shown"):
            t.batch("link set dev bond0 type bond " + options, "link show dev bond0")
        t.quiet("ip link del bond0", "ip link add bond0 type bond mode " + mode)


for name in MODES:
    scenario("iproute2/empty/" + name)(lambda t, m=name: one_by_one(t, m, False))
    scenario("iproute2/at-once/" + name)(lambda t, m=name: at_once(t, m))
    # LACP finds out about its ports by and by.
    if name != "802.3ad":
        scenario("iproute2/slaves/" + name, full=name not in ("active-backup", "balance-tlb"))(lambda t, m=name: one_by_one(t, m, True))
