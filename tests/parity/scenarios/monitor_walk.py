# SPDX-License-Identifier: GPL-2.0
"""Random walks of links that come and go, and of the options that say what follows, in the modes without a table of flows."""

from parity.context import number
from parity.registry import scenario
from scenarios._common import MODES, veths
from scenarios._walk import Walk

LONG = 40
# Long enough for the delays below to end, and for links to be watched.
STEADY = 0.12


class Links(Walk):
    """All that monitors and the choice of the active slave go by."""

    OPTIONS = (("all_slaves_active", "01"), ("resend_igmp", "012"), ("min_links", "0123"), ("num_grat_arp", "013"),
               ("packets_per_slave", "0149"), ("fail_over_mac", "012"), ("xmit_hash_policy", "0125"),
               ("arp_validate", "0136"), ("arp_all_targets", "01"), ("missed_max", "129"), ("use_carrier", "1"))
    SYSFS = {"missed_max": "arp_missed_max"}

    def options(self):
        name, values = self.chance.choice(self.OPTIONS)
        value = self.chance.choice(values)
        if self.chance.randrange(2):
            self.t.option("bond0", self.SYSFS.get(name, name), value)
        else:
            self.t.change_bond("bond0", [number({"num_grat_arp": "NUM_PEER_NOTIF"}.get(name, name.upper()), int(value))])

    def delays(self):
        """Where no slave is usable, balance-rr and broadcast wait in C (row B7)."""
        names = ["downdelay", "peer_notif_delay"] + (["updelay"] if self.mode in (1, 2) else [])
        self.t.option("bond0", self.chance.choice(names), self.chance.choice(("0", "20", "40", "50")))

    def interval(self):
        self.t.option("bond0", "miimon", self.chance.choice(("10", "20", "30")))

    def targets(self):
        self.t.option("bond0", "arp_ip_target", self.chance.choice("+-") + "192.0.2.%d" % self.chance.randrange(3))


OPERATIONS = {"enslave": 8, "release": 3, "switch": 1, "bond_address": 1, "active": 3, "primary": 2, "reselect": 2, "prio": 2,
              "slave_link": 4, "peer_link": 9, "options": 4, "delays": 2, "interval": 1, "targets": 1, "vlan": 1, "flags": 1}


def walk(t, mode, seed):
    t.steady = STEADY
    Links(t, mode, seed, veths(t, 4)).go(OPERATIONS)


for mode, text in MODES.items():
    for seed in range(LONG):
        if mode in (0, 1, 2, 3):
            scenario("monitor-walk/%s/%d" % (text, seed), full=mode != 1 or seed > 0)(
                lambda t, m=mode, s=seed: walk(t, m, s))
