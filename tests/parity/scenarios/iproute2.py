# SPDX-License-Identifier: GPL-2.0
"""Every keyword of `ip link help bond` and `bond_slave` in every mode, and how `ip -d -j` shows it."""

import json
import re
import subprocess

from parity.context import number
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


def batch(t, *commands):
    """Commands of `ip` in one process, a step each; of what is shown only `linkinfo` counts.

    A word that `ip` does not know ends them all: it must not be among them.
    """
    done = subprocess.run(["ip", "-force", "-d", "-j", "-batch", "-"], input="\n".join(commands) + "\n",
                          capture_output=True, timeout=120, check=False, text=True)
    parts = re.split(r"Command failed -:(\d+)\n", done.stderr)
    errors = dict(zip(map(int, parts[1::2]), parts[::2]))
    shown = iter(done.stdout.splitlines())
    for place, command in enumerate(commands, 1):
        result = {"err": errors.get(place, "")}
        if command.startswith("link show") and not result["err"]:
            result["shown"] = json.dumps(json.loads(next(shown))[0].get("linkinfo"))
        t._step("ip " + command, result, False)
    t._step("batch", {"rc": done.returncode, "rest": "".join(shown) + parts[-1]})


def known(kind):
    """The words of `ip link help KIND`: older ones know fewer."""
    done = subprocess.run(["ip", "link", "help", kind], capture_output=True, text=True, check=False)
    words = set(re.findall(r"[a-z0-9_]+", done.stdout + done.stderr))
    if not words & {"mode", "queue_id"}:
        raise RuntimeError("ip link help %s: %s" % (kind, done.stderr))
    return words


def walk(keywords, kind, device):
    """Each value is set; what became of it is shown once they are all tried, and once in between."""
    words = known(kind)
    for word, values in keywords.items():
        for place, value in enumerate(values if word in words else ()):
            yield "link set dev %s type %s %s %s" % (device, kind, word, value or '""')
            if place in (0, len(values) - 1):
                yield "link show dev " + device


def one_by_one(t, mode, up):
    """A bond of this mode, down and empty or up with slaves, with each option set by its keyword."""
    t.dummies(3)
    t.bond("bond0", ["d0", "d1"] if up else (), up=up, mode=mode)
    # Once the interval runs the monitor changes links in its own time: that is another scenario's.
    keywords = {word: values[:1] if word == "arp_interval" and up else values for word, values in KEYWORDS.items()}
    batch(t, *walk(keywords, "bond", "bond0"))
    if up:
        batch(t, *walk(OF_SLAVE, "bond_slave", "d0"))


def each_shown(form):
    """The form's command for each set of options, and what came of it."""
    for place, options in enumerate(TOGETHER):
        yield form % (place, options)
        yield "link show dev b%d" % place


def at_once(t, mode):
    """Several options when the bond is made, and later."""
    t.dummies(2)
    with t.difference("C1", "log", "events"):
        batch(t, *each_shown("link add b%%d type bond mode %s %%s" % MODES[mode]))
    with t.unwatched():
        for place in range(len(TOGETHER)):
            t.delete("b%d" % place)
            t.new_bond("b%d" % place, [number("MODE", mode)])
    t.quiet()
    with t.difference("C1", "log", "events", "state", "result.shown"):
        batch(t, *each_shown("link set dev b%d type bond %s"))


for place, name in enumerate(MODES):
    scenario("iproute2/empty/" + name)(lambda t, m=place: one_by_one(t, m, False))
    scenario("iproute2/at-once/" + name, full=name not in ("active-backup", "802.3ad", "balance-tlb"))(
        lambda t, m=place: at_once(t, m))
scenario("iproute2/slaves/active-backup")(lambda t: one_by_one(t, 1, True))
