# SPDX-License-Identifier: GPL-2.0
"""Random walks over the whole surface: options, slaves, and devices above, by sysfs, netlink and ip, drawn by a seed."""

from parity import linkattrs as la
from parity import netlink as nl
from parity.context import number
from parity.registry import scenario
from scenarios._common import LATER_MODES, MODES, veths
from scenarios._values import NETLINK, SYSFS
from scenarios._walk import Walk

DEVICES = 4
LONG = 12
ALL_MODES = {**MODES, **LATER_MODES}

# What acts later, in its own time, is not for a walk that looks at once: such values only where they are refused.
AT_ONCE = {
    "num_grat_arp": ("0", "1", "256", "x"), "num_unsol_na": ("0", "1", "256", ""), "resend_igmp": ("0", "256", "x"),
    "updelay": ("0", "-1", "x", "2147483640"), "downdelay": ("0", "-1", "2147483648"),
    "peer_notif_delay": ("0", "300001", "x"), "miimon": ("20", "100", "-1", "x"),
}
AT_ONCE_NETLINK = {
    "NUM_PEER_NOTIF": (0, 1), "RESEND_IGMP": (0, 256), "UPDELAY": (0, 0xFFFFFFFF), "DOWNDELAY": (0, 0xFFFFFFFF),
    "PEER_NOTIF_DELAY": (0, 300001), "MIIMON": (20, 100, 0xFFFFFFFF),
}
# Row B7: there C waits for a slave that comes up though none is usable.
NO_UPDELAY = (0, 3)
MORE = {
    "lacp_rate": ("slow", "fast", "2"), "lacp_active": ("off", "on", "2"), "ad_select": ("0", "1", "2", "3", "4"),
    "ad_actor_sys_prio": ("1", "65535", "0"), "ad_user_port_key": ("0", "1023", "1024"),
    "ad_actor_system": ("02:00:00:00:00:11", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"),
    "arp_validate": ("0", "3", "6", "7", "active"), "arp_missed_max": ("1", "255", "0"),
    "arp_ip_target": ("+192.0.2.1", "-192.0.2.1", "+192.0.2.2", "-192.0.2.2", "+0.0.0.0", "+255.255.255.255"),
}
MORE_NETLINK = {
    "AD_LACP_RATE": (0, 1, 2), "AD_LACP_ACTIVE": (0, 1, 2), "AD_ACTOR_SYS_PRIO": (0, 1, 65535), "AD_USER_PORT_KEY": (0, 1023, 1024),
    "TLB_DYNAMIC_LB": (0, 1, 2), "MISSED_MAX": (0, 1, 255), "COUPLED_CONTROL": (0, 1, 2), "BROADCAST_NEIGH": (0, 1, 2),
    "LACP_STRICT": (0, 1, 2), "ARP_VALIDATE": (0, 3, 6, 7),
}
FEATURES = ("tso", "gso", "gro", "tx", "rx", "sg", "lro", "rxvlan", "txvlan", "rx-vlan-filter", "tx-udp-segmentation")


class Surface(Walk):
    """Whatever an administrator does while links stay as they are."""

    def sysfs(self):
        values = {**SYSFS, **MORE, **AT_ONCE}
        name = self.chance.choice(list(values))
        if name != "updelay" or self.mode not in NO_UPDELAY:
            self.t.option("bond0", name, self.chance.choice(list(values[name])))

    def netlink(self):
        values = {**NETLINK, **MORE_NETLINK, **AT_ONCE_NETLINK}
        name = self.chance.choice(list(values))
        value = self.chance.choice(list(values[name]))
        if name != "UPDELAY" or self.mode not in NO_UPDELAY:
            if isinstance(value, str):
                value = self.t.index(value)
            self.t.change_bond("bond0", [number(name, value)], label="%s %d" % (name.lower(), value))

    def slave_option(self):
        slaves = self.slaves()
        if slaves:
            kind, value = self.chance.choice((("QUEUE_ID", 0), ("QUEUE_ID", 1), ("QUEUE_ID", 16), ("QUEUE_ID", 17),
                                              ("ACTOR_PORT_PRIO", 0), ("ACTOR_PORT_PRIO", 65535)))
            self.t.change_slave(self.chance.choice(slaves), [nl.u16(la.SLAVE_NUMBER[kind], value)])

    def mtu(self):
        name = self.chance.choice(["bond0", "bond0"] + self.names)
        # Row F4: a slave's, behind the bond's back, is said.
        with self.t.difference("F4", "log"):
            self.t.ip("link set %s mtu %s" % (name, self.chance.choice((1500, 1400, 9000, 68, 67, 65535, 65536))))

    def feature(self):
        name = self.chance.choice(["bond0"] + self.names)
        self.t.run("ethtool -K %s %s %s" % (name, self.chance.choice(FEATURES), self.chance.choice(("on", "off"))))

    def group(self):
        self.t.ip("maddress %s 01:00:5e:00:00:%02x dev bond0" % (self.chance.choice(("add", "add", "del")), self.chance.randrange(3)))

    def service_vlan(self):
        name = "bond0.s7"
        self.t.ip("link del " + name if self.t.index(name) else
                  "link add link bond0 name %s type vlan protocol 802.1ad id 7" % name)

    def macvlan(self):
        self.t.ip("link del mv0" if self.t.index("mv0") else
                  "link add link bond0 name mv0 address 02:00:00:00:0c:0%d type macvlan mode bridge" % self.chance.randrange(8))

    def above(self):
        self.t.ip("link set mv0 %s" % self.chance.choice(("up", "down", "address 02:00:00:00:0c:09")))

    def bridge(self):
        self.t.set_master("bond0", None if self.chance.randrange(2) else "br0")

    def gone(self):
        """A device disappears and comes back; with the last slave goes what the bond had from it."""
        slaves = self.slaves()
        name = self.chance.choice(self.names)
        if slaves != [name]:
            self.t.delete(name)
            self.t.ip("link add %s address 02:00:00:00:01:0%s type dummy" % (name, name[1:]))

    def masters(self):
        self.t.masters(self.chance.choice(("+bond1", "-bond1", "+bond0", "-d0", "-nothere", "+")))

    def other_bond(self):
        if self.t.index("bond1"):
            free = [name for name in self.names if name not in self.slaves()]
            self.t.set_master(self.chance.choice(free) if free else "bond0", self.chance.choice(("bond1", None)))

    def show(self):
        self.t.read("/proc/net/bonding/bond0")
        self.t.show("bond0")
        for name in self.slaves():
            self.t.show(name)


OPERATIONS = {"enslave": 8, "release": 4, "switch": 2, "bond_address": 2, "slave_address": 1, "active": 2, "primary": 2,
              "reselect": 1, "prio": 1, "flags": 2, "vlan": 2, "recreate": 0.5, "sysfs": 10, "netlink": 10, "slave_option": 2,
              "mtu": 3, "feature": 2, "group": 2, "service_vlan": 1, "macvlan": 1, "above": 1, "bridge": 1, "gone": 1,
              "masters": 1, "other_bond": 1, "show": 1}


def walk(t, mode, seed):
    t.steady = 0.05
    # In 802.3ad what has no speed starts down (row B13).
    names = veths(t, DEVICES) if mode == 4 else t.dummies(DEVICES)
    t.quiet("ip link add br0 address 02:00:00:00:0c:0a type bridge")
    # A bond of mode 4 that is up does things in its own time: tests/oracle looks at those. Its system follows the
    # bond's address (row B10), and C logs its carrier each time that a slave is chosen.
    if mode == 4:
        t.differs("B24", "log")
    Surface(t, mode, seed, names).go({name: weight for name, weight in OPERATIONS.items() if mode != 4 or name not in ("switch", "gone", "bond_address")})


for mode, text in sorted(ALL_MODES.items()):
    for seed in range(LONG):
        scenario("surface-walk/%s/%d" % (text, seed), full=seed > 0)(lambda t, m=mode, s=seed: walk(t, m, s))
