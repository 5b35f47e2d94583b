# SPDX-License-Identifier: GPL-2.0
"""Netpoll over bonds: netconsole uses the bond, and with it the slaves."""

import os

from lib.harness import equal, sh, test
from lib.net import Net
from own.abi import read

TARGET = "/sys/kernel/config/netconsole/bonding-test"


class Console:
    """The kernel's log also goes out by a bond, while it lasts."""

    def __init__(self, bond):
        self.bond = bond

    def __enter__(self):
        sh("modprobe netconsole")
        sh("mountpoint -q /sys/kernel/config || mount -t configfs configfs /sys/kernel/config")
        os.mkdir(TARGET)
        for knob, value in (("dev_name", self.bond), ("local_ip", "192.0.2.1"), ("remote_ip", "192.0.2.2"),
                            ("enabled", "1")):
            self.write(knob, value)
        return self

    def __exit__(self, *_):
        os.rmdir(TARGET)

    @staticmethod
    def write(knob, value):
        with open("%s/%s" % (TARGET, knob), "w", encoding="ascii") as file:
            file.write(value)


def users():
    """Which slaves are used by netpoll."""
    return {name: fields["netpoll"] for (kind, name), fields in read().items() if kind == "slave"}


@test("a9-netpoll-leaves-slaves-that-are-down", locks=True)
def down():
    net = Net()
    net.dummies(4)
    net.bond("bond0", ["d0", "d1", "d2"], up=True, mode=1, miimon=50)
    with Console("bond0") as console:
        equal(users(), {"d0": "1", "d1": "1", "d2": "1"}, "netpoll on the slaves")
        net.master("d3", "bond0")
        net.master("d2", None)
        equal(users(), {"d0": "1", "d1": "1", "d3": "1"}, "netpoll follows the slaves")
        for name in ("d1", "d3"):
            net.down(name)
        console.write("enabled", "0")
        equal(users(), {"d0": "0", "d1": "0", "d3": "0"}, "netpoll after the clean-up")
        console.write("enabled", "1")
        equal(users(), {"d0": "1", "d1": "1", "d3": "1"}, "netpoll on the slaves again")
        net.delete("bond0")
