#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""In the guest: put every case of the matrix to the bonding module and write down its answers, a line each."""

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "parity")]

import cases  # noqa: E402
from parity import linkattrs as la  # noqa: E402
from parity import netlink as nl  # noqa: E402
from parity.context import write_file  # noqa: E402
from parity.observe import Link, read_text  # noqa: E402
from parity.watch import KernelLog  # noqa: E402

SYS = "/sys/class/net/bond0/bonding/"
# What LACP finds out by and by.
MOVING = {"ad_info"}
MOVING_OF_SLAVE = {"ad_aggregator_id", "ad_actor_oper_port_state", "ad_partner_oper_port_state",
                   "ad_churn_actor_state", "ad_churn_partner_state"}
# What the ARP monitor does in its own time once an interval is set, and LACP and the MII monitor, which brings no
# port up whose speed it cannot tell, whenever there are ports.
MONITOR = re.compile(r"link status|making interface|now running|interface is now|no route to|"
                     r"^<.> bond0: active interface up|first active interface|No 802.3ad response|aggregator|"
                     r"failed to get link speed/duplex$")
MONITORED = {"active_slave", "state", "mii_status", "link_failure_count"}


class Rig:
    """A bond in one situation, and what can be seen of it."""

    def __init__(self, mode, up, slaves):
        self.mode, self.up, self.slaves = mode, up, slaves
        self.netlink = nl.Netlink()
        self.log = KernelLog()
        self.state = {}
        self.seen = {}

    def link(self, what, kind, flags=0, index=0, attrs=(), up=None):
        header = nl.ifinfomsg(index, *((int(up), 1) if up is not None else (0, 0)))
        answer = self.netlink.request(kind, flags, header, list(attrs))
        if answer.error:
            raise RuntimeError("%s: %s %s" % (what, nl.errno_name(answer.error), answer.extack))

    def make(self):
        """The bond anew; its devices stay."""
        if os.path.exists("/sys/class/net/bond0"):
            self.link("delete", nl.RTM_DELLINK, index=socket.if_nametoindex("bond0"))
        data = [nl.u8(1, self.mode)] + ([nl.u32(3, 100)] if self.slaves else [])
        info = nl.attr(la.IFLA["LINKINFO"], [nl.text(la.INFO_KIND, "bond"), nl.attr(la.INFO_DATA, data)])
        self.link("create", nl.RTM_NEWLINK, nl.NLM_F_CREATE | nl.NLM_F_EXCL,
                  attrs=[nl.text(la.IFLA["IFNAME"], "bond0"), info])
        self.bond = socket.if_nametoindex("bond0")
        self.seen = {}
        self.ports = [socket.if_nametoindex(name) for name in ("d0", "d1", "d2")]
        if self.slaves:
            for port in self.ports[:2]:
                self.link("enslave", nl.RTM_SETLINK, index=port, attrs=[nl.u32(la.IFLA["MASTER"], self.bond)])
        if self.up:
            self.link("up", nl.RTM_SETLINK, index=self.bond, up=True)
        self.state = self.look()
        self.log.lines()

    def show(self, index):
        answer = self.netlink.request(nl.RTM_GETLINK, 0, nl.ifinfomsg(index))
        return answer.messages[0][1] if answer.messages else b""

    def look(self):
        """What netlink shows of the bond and its slaves, and one file that it does not."""
        names = {0: "none", self.bond: "bond0", **dict(zip(self.ports, ("d0", "d1", "d2")))}
        out = {}
        for index in [self.bond] + self.ports:
            message = self.show(index)
            # Nearly always it is as it was.
            if message != self.seen.get(index, (None, None))[0]:
                self.seen[index] = (message, self.read(Link(message), index, names) if message else {})
            out.update(self.seen[index][1])
        out["primary"] = read_text(SYS + "primary", True)
        return out

    @staticmethod
    def read(link, index, names):
        """What one message tells."""
        out = {}
        for kind, _, value, _ in nl.walk(link.first.get(la.IFLA["LINKINFO"], b"")):
            table = {la.INFO_DATA: la.BOND_NAME, la.INFO_SLAVE_DATA: la.SLAVE_NAME}.get(kind)
            for number, _, data, _ in nl.walk(value) if table else ():
                name, form = table.get(number, (str(number), "raw"))
                if name not in (MOVING if kind == la.INFO_DATA else MOVING_OF_SLAVE):
                    out["%s.%s" % (names[index], name)] = la.show(form, data, names)
        out[names[index] + ".flags"] = la.flag_names(link.flags, ("running", "lower_up", "dormant"))
        out[names[index] + ".master"] = names.get(link.number_of_master(), "?")
        return out

    def answer(self, result, option):
        """The answer with what it changed and what was logged."""
        now = self.look()
        lacp = self.mode == 4 and (self.slaves or option == "slaves")
        calm = not lacp and not option.lower().startswith("arp") and option != "TOGETHER"
        changed = {key: now.get(key) for key in sorted(set(now) | set(self.state))
                   if now.get(key) != self.state.get(key) and
                   (calm or key.rpartition(".")[2] not in MONITORED)}
        self.state = now
        lines = [line for line in self.log.lines() if calm or not MONITOR.search(line)]
        return {"result": result, "changed": changed, "log": lines}


class Matrix:
    """All cases, written as they are run."""

    def __init__(self, out, seed):
        self.out, self.seed = out, seed
        self.count = 0

    def emit(self, group, title, record):
        self.count += 1
        self.out.write(json.dumps([group, title, record], sort_keys=True) + "\n")

    def group(self, rig, where, interface, option, values, act):
        """The chosen values of one option one after the other, then the bond as it was."""
        group = "%s %s %s" % (where, interface, option)
        picked = cases.chosen(group, values, self.seed)
        if not picked:
            return
        before = dict(rig.state)
        for value in picked:
            self.emit(group, repr(value[0]), rig.answer(act(value), option))
            # C keeps a part of what it refused: the next case must not begin there.
            if option in ("ARP_IP_TARGET", "NS_IP6_TARGET", "TOGETHER") and rig.state != before:
                rig.make()
        if rig.state != before or option.lower().startswith("arp") or option in ("ACTIVE_SLAVE", "active_slave"):
            rig.make()

    def situation(self, mode, up, slaves):
        where = "%s/%s/%s" % (cases.MODES[mode], "up" if up else "down", "slaves" if slaves else "empty")
        rig = Rig(mode, up, slaves)
        try:
            rig.make()
        except RuntimeError as err:
            self.emit(where, "make", {"refused": str(err)})
            return

        def write(name):
            def act(value):
                answer = write_file(SYS + name, value[0].encode())
                return {"errno": answer, "shown": read_text(SYS + name, True)}
            return act

        for name, values in cases.sysfs():
            self.group(rig, where, "sysfs", name, values, write(name))

        def change(value, index, kind, data):
            info = nl.attr(la.IFLA["LINKINFO"], [nl.text(kind, "bond"), nl.attr(data, value[1])])
            return rig.netlink.request(nl.RTM_NEWLINK, 0, nl.ifinfomsg(index), [info]).record()

        for name, values in cases.netlink(socket.if_nametoindex):
            self.group(rig, where, "netlink", name, values,
                       lambda value: change(value, rig.bond, la.INFO_KIND, la.INFO_DATA))
        if slaves:
            for name, values in cases.of_slave():
                self.group(rig, where, "slave", name, values,
                           lambda value: change(value, rig.ports[0], la.INFO_SLAVE_KIND, la.INFO_SLAVE_DATA))
        elif not up:
            self.create(rig, mode, where)
        rig.link("delete", nl.RTM_DELLINK, index=rig.bond)

    def create(self, rig, mode, where):
        """Each attribute when a bond is made."""
        for name, values in cases.netlink(socket.if_nametoindex):
            if name == "MODE":
                continue
            group = "%s create %s" % (where, name)
            # The same values by another door: a tenth of all.
            for value in cases.chosen(group, [value[:-1] + (False,) for value in values], self.seed):
                info = nl.attr(la.IFLA["LINKINFO"],
                               [nl.text(la.INFO_KIND, "bond"), nl.attr(la.INFO_DATA, [nl.u8(1, mode)] + value[1])])
                answer = rig.netlink.request(nl.RTM_NEWLINK, nl.NLM_F_CREATE | nl.NLM_F_EXCL, nl.ifinfomsg(),
                                             [nl.text(la.IFLA["IFNAME"], "new0"), info])
                record = {"result": answer.record(), "there": os.path.exists("/sys/class/net/new0")}
                if record["there"]:
                    index = socket.if_nametoindex("new0")
                    shown = Link(rig.show(index))
                    for kind, _, data, _ in nl.walk(shown.first.get(la.IFLA["LINKINFO"], b"")):
                        if kind == la.INFO_DATA:
                            record["shown"] = data.hex()
                    rig.link("delete", nl.RTM_DELLINK, index=index)
                record["log"] = rig.log.lines()
                self.emit(group, repr(value[0]), record)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed")
    parser.add_argument("--only", default="", help="only situations that begin so")
    args = parser.parse_args()
    subprocess.run(["modprobe", "bonding", "max_bonds=0"], check=True)
    subprocess.run(["modprobe", "-q", "dummy", "numdummies=0"], check=False)
    for path in ("/proc/sys/kernel/printk_ratelimit", "/proc/sys/net/core/message_cost"):
        with open(path, "w", encoding="ascii") as knob:
            knob.write("0")
    for place in ("all", "default"):
        with open("/proc/sys/net/ipv6/conf/%s/disable_ipv6" % place, "w", encoding="ascii") as knob:
            knob.write("1")
    for number in range(3):
        subprocess.run(["ip", "link", "add", "d%d" % number, "address", "02:00:00:00:01:%02x" % number, "type", "dummy"],
                       check=True)
    started = time.monotonic()
    with open("/tmp/matrix", "w", encoding="utf-8") as out:
        matrix = Matrix(out, args.seed)
        for mode in range(len(cases.MODES)):
            for up in (False, True):
                for slaves in (False, True):
                    name = "%s/%s/%s" % (cases.MODES[mode], "up" if up else "down", "slaves" if slaves else "empty")
                    if name.startswith(args.only):
                        matrix.situation(mode, up, slaves)
    with open("/tmp/matrix", "rb") as source, open(args.out + ".part", "wb") as target:
        target.write(source.read())
    os.rename(args.out + ".part", args.out)
    print("# %d cases in %.1f s" % (matrix.count, time.monotonic() - started), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
