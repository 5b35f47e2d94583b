# SPDX-License-Identifier: GPL-2.0
"""Loading with parameters, unloading, and namespaces."""

from parity.registry import scenario

# Options that C does not have, for grep -E.
OWN_OPTIONS = "mac_policy|arp_backup_probe|lacp_fast_start"

PARAMETERS = {
    "bonds": ["max_bonds=1", "max_bonds=3", "max_bonds=0", "max_bonds=-1", "max_bonds=x", ""],
    "queues": ["max_bonds=1 tx_queues=%s" % value for value in ("1", "255", "0", "256", "-1", "4")],
    "miimon": ["max_bonds=1 miimon=%s" % value for value in
               ("0", "100", "-1", "2147483647", "2147483648", "x", "100 updelay=200", "100 updelay=250 downdelay=130",
                "100 updelay=-1", "100 downdelay=-5")],
    "delays-alone": ["max_bonds=1 updelay=200", "max_bonds=1 downdelay=200", "max_bonds=1 updelay=-1"],
    "mode": ["max_bonds=1 mode=%s" % value for value in
             ("0", "1", "2", "3", "balance-rr", "active-backup", "balance-xor", "broadcast", "7", "-1", "x", "BROADCAST",
              "", "1x")],
    "numbers": ["max_bonds=1 num_grat_arp=%s" % value for value in ("0", "255", "256", "-1")]
    + ["max_bonds=1 num_unsol_na=9", "max_bonds=1 num_grat_arp=3 num_unsol_na=4"]
    + ["max_bonds=1 resend_igmp=%s" % value for value in ("0", "255", "256", "-1")]
    + ["max_bonds=1 packets_per_slave=%s" % value for value in ("0", "65535", "65536", "-1")]
    + ["max_bonds=1 all_slaves_active=%s" % value for value in ("0", "1", "2", "-1")]
    + ["max_bonds=1 lp_interval=%s" % value for value in ("1", "0", "2147483647")]
    + ["max_bonds=1 min_links=%s" % value for value in ("0", "1", "2147483647")],
    "carrier": ["max_bonds=1 use_carrier=%s" % value for value in ("1", "0", "2")],
    "primary": ["max_bonds=1 primary=d0", "max_bonds=1 mode=1 primary=d0", "max_bonds=1 mode=1 primary=" + "x" * 20,
                "max_bonds=1 mode=1 primary=d0 primary_reselect=better", "max_bonds=1 mode=1 primary=d0 primary_reselect=2",
                "max_bonds=1 mode=1 primary=d0 primary_reselect=9", "max_bonds=1 mode=1 primary_reselect=x",
                "max_bonds=1 primary_reselect=better"],
    "choice": ["max_bonds=1 mode=2 xmit_hash_policy=%s" % value for value in
               ("layer2", "1", "vlan+srcmac", "6", "x", "encap3+4")]
    + ["max_bonds=1 xmit_hash_policy=x", "max_bonds=1 mode=1 xmit_hash_policy=layer3+4"]
    + ["max_bonds=1 mode=1 fail_over_mac=%s" % value for value in ("none", "1", "follow", "3", "x")]
    + ["max_bonds=1 fail_over_mac=1", "max_bonds=1 ad_select=1", "max_bonds=1 ad_select=bandwidth",
       "max_bonds=1 ad_select=9", "max_bonds=1 lacp_rate=fast", "max_bonds=1 lacp_rate=x"],
    "unknown": ["max_bonds=1 nothing=1", "max_bonds=1 miimon", "max_bonds=1 mode"],
}


def with_parameters(t, lines):
    """What each set of parameters says, and the bond that comes out of it."""
    for line in lines:
        t.load(line)
        t.read("/sys/module/bonding/parameters/num_grat_arp")
    t.load("max_bonds=0")


DIFFERENT = {"delays-alone": "B8"}
for group, lines in PARAMETERS.items():
    @scenario("parameters/" + group, init_net=True)
    def parameters(t, group=group, lines=lines):
        if group in DIFFERENT:
            t.differs(DIFFERENT[group])
        with_parameters(t, lines)


@scenario("parameters/files", init_net=True)
def files(t):
    t.load("max_bonds=0 num_grat_arp=7")
    t.run("ls -l --time-style=+ /sys/module/bonding/parameters", False)
    for name in ("num_grat_arp", "num_unsol_na"):
        for text in ("3", "300", "x", "-1", "0x10"):
            t.write("/sys/module/bonding/parameters/" + name, text)
            t.read("/sys/module/bonding/parameters/" + name)
    t.new_bond("bond0", None)
    t.run("sh -c 'modinfo -F parm bonding | grep -vE \"^(%s):\" | sort'" % OWN_OPTIONS, False)
    for field in ("license", "alias", "description"):
        t.run("sh -c 'modinfo -F %s bonding | sort'" % field, False)
    t.delete("bond0")
    t.load("max_bonds=0")


@scenario("parameters/name-taken", init_net=True)
def name_taken(t):
    t.quiet("ip link add bond1 type dummy")
    t.load("max_bonds=3")
    t.load("max_bonds=0")


@scenario("unload/with-everything", init_net=True)
def unload(t):
    t.dummies(5)
    for mode in range(4):
        t.bond("bond%d" % mode, ["d%d" % mode], up=True, mode=mode, miimon=100)
    t.ip("link add link bond1 name bond1.5 type vlan id 5")
    t.ip("link add link bond2 name mv0 address 02:00:00:00:0b:09 type macvlan")
    t.up("bond1.5")
    t.run("rmmod bonding")
    t.run("modprobe bonding max_bonds=0")
    t.new_bond("bond0", None)
    t.set_master("d0", "bond0")
    t.run("rmmod bonding")
    t.ip("link add bond0 type bond")
    t.run("modprobe bonding max_bonds=0")


@scenario("unload/nested", init_net=True)
def unload_nested(t):
    t.dummies(1)
    t.bond("low", ["d0"], mode=1)
    t.bond("high", ["low"], up=True, mode=0)
    with t.difference("C8", "log"):  # if it takes long, high says that low went down
        t.run("rmmod bonding")
    t.run("modprobe bonding max_bonds=0")
    t.bond("high", mode=0)
    t.bond("low", ["d0"], mode=1)
    t.set_master("low", "high")
    t.run("rmmod bonding")
    t.run("modprobe bonding max_bonds=0")


@scenario("netns/bonds-are-apart")
def apart(t):
    t.quiet("ip netns add side")
    t.dummies(1)
    t.new_bond("bond0", None)
    t.ip("-n side link add bond0 type bond mode 1")
    t.ip("-n side link add d0 type dummy")
    t.ip("-n side link set d0 master bond0")
    t.run("ip netns exec side cat /proc/net/bonding/bond0", False)
    t.run("ip netns exec side cat /sys/class/net/bonding_masters", False)
    t.run("ip netns exec side sh -c 'echo +extra > /sys/class/net/bonding_masters; cat /sys/class/net/bonding_masters'", False)
    t.read("/sys/class/net/bonding_masters")
    t.ip("link set bond0 netns side")
    t.ip("link set d0 netns side name moved")
    t.ip("link add bond7 netns side type bond")
    t.ip("-n side link set moved master bond7")
    t.ip("-n side link set moved netns 1")
    t.run("ip netns exec side sh -c 'cat /proc/net/bonding/bond7'", False)
    t.silently("ip netns del side")
    t.await_log("bond7 .unregistering.: Released all slaves")


@scenario("netns/slave-moves")
def slave_moves(t):
    t.quiet("ip netns add side")
    t.dummies(2)
    t.bond("bond0", ["d0", "d1"], up=True, mode=1)
    with t.difference("C8"):  # it is closed before it leaves
        t.ip("link set d0 netns side")
    t.ip("-n side -d link show d0", False)
    t.ip("-n side link set d0 netns 1")
    t.run("ip netns del side", False)
