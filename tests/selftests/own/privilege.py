# SPDX-License-Identifier: GPL-2.0
"""Who may see the details of 802.3ad."""

import os

from lib.harness import check, equal, sh, test
from lib.net import Net

PATH = "/proc/net/bonding/bond0"
DETAIL = "System priority: "


def as_child(function):
    """What `function`, run in a process of its own, says is true."""
    pid = os.fork()
    if pid == 0:
        status = 2
        try:
            status = 0 if function() else 1
        finally:
            os._exit(status)
    return {0: True, 1: False}.get(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def shows(descriptor):
    os.lseek(descriptor, 0, os.SEEK_SET)
    return DETAIL in os.read(descriptor, 65536).decode()


@test("c4-proc-goes-by-who-opened-the-file")
def opener():
    net = Net()
    net.bond("bond0", mode=4)
    mine = os.open(PATH, os.O_RDONLY)
    equal(shows(mine), True, "details for root")

    def nobody_reads():
        os.setresuid(65534, 65534, 65534)
        return shows(mine)

    def nobody_opens():
        os.setresuid(65534, 65534, 65534)
        return shows(os.open(PATH, os.O_RDONLY))

    equal(as_child(nobody_reads), True, "details in a file that root opened")
    equal(as_child(nobody_opens), False, "details in a file that nobody opened")


@test("c4-root-of-a-user-namespace-sees-the-details-of-its-bonds")
def user_namespace():
    def inside():
        os.unshare(os.CLONE_NEWUSER | os.CLONE_NEWNET)
        for name, text in (("setgroups", "deny"), ("uid_map", "0 0 1"), ("gid_map", "0 0 1")):
            with open("/proc/self/" + name, "w", encoding="ascii") as file:
                file.write(text)
        sh("ip link add bond0 type bond mode 4")
        return shows(os.open("/proc/self/net/bonding/bond0", os.O_RDONLY))

    check(as_child(inside), "no details for the root of the namespace")
