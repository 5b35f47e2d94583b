# SPDX-License-Identifier: GPL-2.0
"""Three hundred slaves in each mode: no limit, and each frame where it belongs."""

import os

from lib.harness import check, equal, test
from lib.net import Net, counter, frame, must_set, pin, proc, sender, shown

COUNT = 300


def counts(slaves):
    return [counter(name) for name in slaves]


@test("three-hundred-slaves", limit=420)
def three_hundred():
    """One set of slaves, moved from mode to mode."""
    pin()
    net = Net()
    slaves = net.dummies(COUNT)
    for mode, run in ((0, round_robin), (1, active_backup), (2, balance_xor), (3, broadcast)):
        net.bond("bond0", slaves, up=True, mode=mode)
        check(proc().count("Slave Interface: ") == COUNT, "mode %d: procfs does not show all slaves" % mode)
        before = counts(slaves)
        with sender("bond0") as sock:
            wanted = run(sock, slaves)
        got = [now - then for now, then in zip(counts(slaves), before)]
        equal(got, wanted, "mode %d: frames by slave" % mode)
        for name in slaves[10:20]:
            net.master(name, None)
        check(proc().count("Slave Interface: ") == COUNT - 10, "mode %d: ten were released" % mode)
        net.delete("bond0")
        equal([name for name in slaves if os.path.exists("/sys/class/net/%s/master" % name)], [],
              "mode %d: still enslaved" % mode)


def round_robin(sock, slaves):
    for _ in range(3 * COUNT):
        sock.send(frame())
    return [3] * COUNT


def active_backup(sock, slaves):
    for _ in range(50):
        sock.send(frame())
    wanted = [0] * COUNT
    wanted[slaves.index(shown("bond0", "active_slave"))] = 50
    return wanted


def balance_xor(sock, slaves):
    """The layer2 policy: destination's and source's last byte and the type, modulo the slaves."""
    wanted = [0] * COUNT
    for last in range(0, 256, 5):
        for kind in (0x88B5, 0x88B6, 0x9901):
            sock.send(frame(destination="02:00:00:00:ee:%02x" % last, kind=kind))
            wanted[(last ^ 0x02 ^ kind) % COUNT] += 1
    return wanted


def broadcast(sock, slaves):
    for _ in range(4):
        sock.send(frame())
    return [4] * COUNT


@test("packets-per-slave")
def packets_per_slave():
    """balance-rr sends runs of N frames to a slave; 0 is random."""
    pin()
    net = Net()
    slaves = net.dummies(3)
    net.bond("bond0", slaves, up=True, mode=0)
    for run in (1, 2, 5):
        must_set("bond0", "packets_per_slave", str(run))
        before = counts(slaves)
        with sender("bond0") as sock:
            for _ in range(30 * run):
                sock.send(frame())
        got = [now - then for now, then in zip(counts(slaves), before)]
        check(sum(got) == 30 * run and max(got) - min(got) <= run, "%d a slave: %r" % (run, got))
    must_set("bond0", "packets_per_slave", "0")
    before = counts(slaves)
    with sender("bond0") as sock:
        for _ in range(300):
            sock.send(frame())
    got = [now - then for now, then in zip(counts(slaves), before)]
    check(sum(got) == 300 and min(got) > 50, "at random: %r" % got)
