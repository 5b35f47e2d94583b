# SPDX-License-Identifier: GPL-2.0
"""What slaves do in the place of the bond, as far as programs are told of it."""

from parity.registry import scenario
from scenarios._common import veths

# What is asked does not depend on the others.
MODES = {0: "balance-rr", 1: "active-backup", 3: "broadcast"}


def each_mode(name):
    """Register the function once for each of these modes."""
    def register(function):
        for mode, text in MODES.items():
            scenario("%s/%s" % (name, text))(lambda t, mode=mode: function(t, mode))
        return function
    return register


@each_mode("offload/time-stamps")
def stamps(t, mode):
    """Asked with no slave, with one, with two, and with one that stamps nothing."""
    veths(t, 2)
    t.dummies(1)
    t.bond("bond0", up=True, mode=mode)
    t.run("ethtool -T bond0", False)
    for slave in ("v0", "v1", "d0"):
        with t.unwatched():
            t.set_master(slave, "bond0")
        t.run("ethtool -T bond0", False)
        t.run("ethtool --get-hwtimestamp-cfg bond0", False)
    t.down("bond0")
    t.run("ethtool -T bond0", False)


@each_mode("offload/ipsec-refused")
def refused(t, mode):
    """The answer for a bond without slaves, and with one that has no IPsec."""
    add = ("ip xfrm state add proto esp src 192.0.2.1 dst 192.0.2.2 spi 9 mode transport"
           " aead 'rfc4106(gcm(aes))' 0x3132333435363738393031323334353664636261 128 offload dev bond0 dir out")
    t.dummies(1)
    t.bond("bond0", up=True, mode=mode)
    t.run(add, False)
    t.set_master("d0", "bond0")
    t.run(add, False)
    t.run("ip xfrm state count", False)
    t.set_master("d0", None)
