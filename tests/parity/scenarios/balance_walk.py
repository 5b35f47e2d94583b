# SPDX-License-Identifier: GPL-2.0
"""Random walks in balance-tlb and balance-alb: the same operations, drawn by a seed, on both drivers."""

from parity.registry import scenario
from scenarios._common import BALANCING, veths
from scenarios._walk import Walk

DEVICES = 5
SHORT = 3
LONG = 60


ADMINISTRATION = {"enslave": 8, "release": 4, "switch": 2, "bond_address": 4, "slave_address": 2, "active": 4,
                  "primary": 2, "reselect": 1, "prio": 1, "flags": 1, "options": 2, "vlan": 1, "recreate": 0.5}
LINKS = {"enslave": 8, "release": 2, "switch": 1, "bond_address": 2, "active": 2, "primary": 1, "reselect": 1,
         "prio": 1, "slave_link": 4, "peer_link": 6}


def administration(t, mode, seed):
    names = t.dummies(DEVICES)
    t.quiet("ip link set d1 address 02:00:00:00:01:00", "ip link set d3 address 02:00:00:00:01:02")
    Walk(t, mode, seed, names).go(ADMINISTRATION)


def links(t, mode, seed):
    Walk(t, mode, seed, veths(t, 4)).go(LINKS)


for mode, text in BALANCING.items():
    for seed in range(LONG):
        scenario("balance-walk/administration/%s/%d" % (text, seed), full=seed >= SHORT)(
            lambda t, m=mode, s=seed: administration(t, m, s))
    for seed in range(LONG // 2):
        scenario("balance-walk/links/%s/%d" % (text, seed), full=seed >= 1)(
            lambda t, m=mode, s=seed: links(t, m, s))
