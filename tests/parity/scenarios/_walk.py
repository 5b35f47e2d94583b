# SPDX-License-Identifier: GPL-2.0
"""Random walks: the same operations, drawn by a seed, on both drivers."""

import random

from parity import linkattrs as la
from parity import netlink as nl
from parity.context import number
from parity.observe import SYS_NET, read_text
from scenarios._common import mac

STEPS = 30


class Walk:
    """One walk: which operations there are, and what it must remember to draw sensible ones."""

    OPTIONS = (("tlb_dynamic_lb", "01"), ("all_slaves_active", "01"), ("xmit_hash_policy", "01235"),
               ("lp_interval", "19"), ("resend_igmp", "12"), ("min_links", "013"))

    def __init__(self, t, mode, seed, names):
        self.t = t
        self.mode = mode
        self.names = names
        self.chance = random.Random("%d/%d" % (mode, seed))
        self.asked = False

    def slaves(self):
        return read_text(SYS_NET + "/bond0/bonding/slaves").split()

    def address(self):
        """An address of one of the devices as it is now, of the bond, or a new one."""
        chance = self.chance
        if chance.random() < 0.3:
            return "0200000009%02x" % chance.randrange(8)
        name = chance.choice(self.names + ["bond0"])
        return read_text("%s/%s/address" % (SYS_NET, name)).strip().replace(":", "")

    def enslave(self):
        self.t.set_master(self.chance.choice(self.names), "bond0")

    def release(self):
        """An address that was asked for is drawn anew with the last slave in C (row B15): one stays."""
        slaves = self.slaves()
        if len(slaves) > (1 if self.asked else 0):
            self.t.set_master(self.chance.choice(slaves), None)

    def switch(self):
        self.t.set_link("bond0", flags=self.chance.randrange(2), change=1)

    def bond_address(self):
        if self.slaves():
            address = self.address()
            answer = self.t.set_link("bond0", [mac(address)], label="address")
            self.asked |= answer["errno"] == "0"

    def slave_address(self):
        self.t.set_link(self.chance.choice(self.names), [mac(self.address())], label="address")

    def active(self):
        name = self.chance.choice(self.names + [""])
        if self.chance.randrange(2):
            self.t.option("bond0", "active_slave", name)
        else:
            self.t.change_bond("bond0", [nl.u32(la.BOND_NUMBER["ACTIVE_SLAVE"], self.t.index(name) if name else 0)],
                               label="active_slave " + name)

    def primary(self):
        name = self.chance.choice(self.names + [""])
        if self.chance.randrange(2):
            self.t.option("bond0", "primary", name or "\n")
        else:
            self.t.change_bond("bond0", [nl.u32(la.BOND_NUMBER["PRIMARY"], self.t.index(name) if name else 0)],
                               label="primary " + name)

    def reselect(self):
        self.t.option("bond0", "primary_reselect", str(self.chance.randrange(3)))

    def prio(self):
        slaves = self.slaves()
        if slaves:
            self.t.change_slave(self.chance.choice(slaves),
                                [nl.attr(la.SLAVE_NUMBER["PRIO"], self.chance.randrange(-2, 3).to_bytes(4, "little", signed=True))])

    def flags(self):
        self.t.ip("link set bond0 %s %s" % (self.chance.choice(("promisc", "allmulticast")),
                                            self.chance.choice(("on", "off"))))

    def options(self):
        name, values = self.chance.choice(self.OPTIONS)
        value = self.chance.choice(values)
        if self.chance.randrange(2):
            self.t.option("bond0", name, value)
        else:
            self.t.change_bond("bond0", [number(name.upper(), int(value))])

    def vlan(self):
        name = "bond0.%d" % self.chance.choice((5, 6))
        if self.t.index(name):
            self.t.ip("link del " + name)
        else:
            self.t.ip("link add link bond0 name %s type vlan id %s" % (name, name[6:]))

    def slave_link(self):
        """A slave goes down or up by hand: the monitor sees it in its own time."""
        slaves = self.slaves()
        if slaves:
            steady, self.t.steady = self.t.steady, 0.25
            self.t.set_link(self.chance.choice(slaves), flags=self.chance.randrange(2), change=1)
            self.t.steady = steady

    def peer_link(self):
        """The other end of a slave goes down or up."""
        self.t.quiet_link("p" + self.chance.choice(self.names)[1:], bool(self.chance.randrange(2)))
        steady, self.t.steady = self.t.steady, 0.25
        self.t.look("peer")
        self.t.steady = steady

    def recreate(self):
        """Slave by slave or all at once."""
        self.t.delete("bond0")
        self.asked = False
        self.t.new_bond("bond0", [number("MODE", self.mode), number("MIIMON", 20)])

    def go(self, operations):
        self.t.new_bond("bond0", [number("MODE", self.mode), number("MIIMON", 20)])
        for _ in range(STEPS):
            name = self.chance.choices(list(operations), list(operations.values()))[0]
            getattr(self, name)()
        self.t.read("/proc/net/bonding/bond0")
        self.t.delete("bond0")
