# SPDX-License-Identifier: GPL-2.0
"""Every option by sysfs: modes x values x {up, down} x {slaves, none}."""

import itertools

from parity.context import number
from parity.registry import scenario
from scenarios._common import MODES, prepare, situations
from scenarios._values import SYSFS

# Options that C does not have, for grep -E.
OWN_OPTIONS = "mac_policy|arp_backup_probe|lacp_fast_start"

GROUPS = {
    "delays": ("miimon", "updelay", "downdelay", "peer_notif_delay"),
    "counts": ("num_grat_arp", "num_unsol_na", "resend_igmp", "min_links", "lp_interval",
               "packets_per_slave", "all_slaves_active"),
    "choice": ("xmit_hash_policy", "fail_over_mac", "primary_reselect", "ad_select", "use_carrier",
               "arp_all_targets"),
    "names": ("primary", "active_slave", "slaves", "queue_id"),
}


def reset(t, mode):
    """Where the last values cannot disturb the next option."""
    t.option("bond0", "miimon", "100", False)
    if mode == 1:
        t.option("bond0", "primary", "\n", False)


def by_sysfs(t, mode, up, slaves, names):
    prepare(t, mode, up, slaves)
    for name in names:
        for text in SYSFS[name]:
            t.option("bond0", name, text)
        reset(t, mode)


for mode, up, slaves, where, corner in situations():
    for group, names in GROUPS.items():
        scenario("sysfs/%s/%s" % (group, where), full=not corner)(
            lambda t, m=mode, u=up, s=slaves, n=names: by_sysfs(t, m, u, s, n))


@scenario("sysfs/bad-writes")
def bad_writes(t):
    """Lengths and bytes that no option expects."""
    prepare(t, 1, False, True)
    for name in ("miimon", "mode", "primary", "slaves", "xmit_hash_policy", "active_slave", "queue_id"):
        for data in (b"", b"\0", b"\n", b" ", b"\n\n", b"1" * 40, b"1" * 4095, b"1" * 4096, b"1" * 5000,
                     b"1\0002", b"%s%n", b"layer2\n\n", b"layer2 layer3"):
            t.option("bond0", name, data)
        with t.difference("G5", "log"):
            t.option("bond0", name, b"\xff\xfe")


@scenario("sysfs/no-such-file")
def no_such_file(t):
    prepare(t, 0, False, False)
    for name in ("prio", "ns_ip6_target", "coupled_control", "broadcast_neighbor", "lacp_strict",
                 "actor_port_prio", "nothing"):
        t.option("bond0", name, "1")
    for name in ("mii_status", "ad_aggregator", "ad_num_ports", "ad_actor_key", "ad_partner_key",
                 "ad_partner_mac"):
        t.option("bond0", name, "1")
    t.run("sh -c 'ls -l --time-style=+ /sys/class/net/bond0/bonding | grep -vE \" (%s)$\"'" % OWN_OPTIONS, False)
    t.run("ls -l --time-style=+ /sys/class/net/bond0/bonding_slave", False)
    t.set_master("d0", "bond0")
    t.run("ls -l --time-style=+ /sys/class/net/d0/bonding_slave", False)
    t.run("ls -l --time-style=+ /sys/class/net/bonding_masters /proc/net/bonding", False)
    for name in ("state", "mii_status", "link_failure_count", "perm_hwaddr", "queue_id",
                 "ad_aggregator_id", "ad_actor_oper_port_state", "ad_partner_oper_port_state"):
        t.write("/sys/class/net/d0/bonding_slave/" + name, "1")


@scenario("options/mode-changes")
def mode_changes(t):
    """From each mode to each, with slaves and without, up and down; options that depend on it."""
    t.dummies(1)
    t.bond("bond0")
    for first, second in itertools.permutations(MODES, 2):
        t.option("bond0", "mode", str(first))
        t.option("bond0", "mode", MODES[second])
    for text in SYSFS["mode"]:
        t.option("bond0", "mode", text)
    t.set_master("d0", "bond0")
    t.option("bond0", "mode", "1")
    t.change_bond("bond0", [number("MODE", 2)])
    t.set_master("d0", None)
    t.up("bond0")
    t.option("bond0", "mode", "1")
    t.change_bond("bond0", [number("MODE", 2)])
    t.set_master("d0", "bond0")
    t.option("bond0", "mode", "active-backup")


@scenario("options/mode-keeps-options")
def mode_keeps(t):
    """What a change of the mode does to options that were set before."""
    t.bond("bond0", mode=0, miimon=100, updelay=200)
    t.option("bond0", "packets_per_slave", "7")
    t.option("bond0", "mode", "1")
    t.option("bond0", "primary", "d9")
    t.option("bond0", "primary_reselect", "2")
    t.option("bond0", "fail_over_mac", "2")
    t.option("bond0", "mode", "2")
    t.option("bond0", "xmit_hash_policy", "vlan+srcmac")
    t.option("bond0", "mode", "1")
    t.read("/proc/net/bonding/bond0")
    t.option("bond0", "mode", "0")
    t.option("bond0", "mode", "3")


@scenario("options/rescale")
def rescale(t):
    """Delays are kept as multiples of miimon."""
    with t.difference("C1", "log"):  # the log of the delay comes before the events of the mode
        t.bond("bond0", mode=1, miimon=100, updelay=250, downdelay=400)
    for value in ("50", "0", "30", "1", "2147483647", "100"):
        t.option("bond0", "miimon", value)
    t.option("bond0", "peer_notif_delay", "350")
    t.option("bond0", "miimon", "1000")
    t.option("bond0", "updelay", "999")
    t.option("bond0", "updelay", "1000")
    t.option("bond0", "downdelay", "2147483647")
    t.option("bond0", "miimon", "2")
    t.option("bond0", "miimon", "0")
    t.option("bond0", "updelay", "0")
