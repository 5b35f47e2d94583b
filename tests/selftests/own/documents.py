# SPDX-License-Identifier: GPL-2.0
"""The commands that the user's guide and README.md show work as they are written."""

import pathlib
import re

from lib.harness import check, sh, test
from lib.net import Net

TOP = pathlib.Path(__file__).resolve().parents[3]
BLOCK = re.compile(r"^```\n(.*?)^```$", re.M | re.S)
BOND = "ip link add bond0 type bond mode active-backup miimon 100 && ip link set eth0 master bond0 && ip link set bond0 up"


def blocks(name, wanted):
    """The blocks of commands of a document that have `wanted` in them."""
    found = [block for block in BLOCK.findall((TOP / name).read_text()) if re.search(wanted, block, re.M)]
    check(found, "no commands in " + name)
    return found


def run(block):
    """Run a block as it stands, with two network cards and, unless it makes it, a bond."""
    net = Net()
    net.veths(2)
    for place in range(2):
        sh("ip link set v%d name eth%d" % (place, place))
    if not re.search(r"add bond0|\+bond0|add bond1", block):
        sh(BOND)
    sh("set -e\n" + block)
    for name in ("br0", "bond0", "bond1", "bond2", "eth0", "eth1"):
        sh("ip link del %s" % name, may_fail=True)


@test("commands-of-the-guide", init_net=True)
def guide():
    for block in blocks("Documentation/guide.md", r"^(ip link|echo) "):
        run(block)


@test("commands-of-the-readme", init_net=True)
def readme():
    for block in blocks("README.md", r"^ip link "):
        run(block)
