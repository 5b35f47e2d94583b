#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""In the guest: put every case of the matrix to the bonding module and write down its answers, a line each."""

import argparse
import glob
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
from parity.observe import read_text  # noqa: E402
from parity.watch import KernelLog  # noqa: E402
from quick import Quick, parts  # noqa: E402

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
        self.netlink = Quick()
        self.log = KernelLog()
        self.bond = self.primary = 0
        self.names = {}
        self.known = {}
        self.ports = [socket.if_nametoindex(name) for name in ("d0", "d1", "d2")]
        self.state = {}
        self.seen = {}

    def link(self, what, kind, flags=0, index=0, attrs=(), up=None):
        header = nl.ifinfomsg(index, *((int(up), 1) if up is not None else (0, 0)))
        answer = self.netlink.request(kind, flags, header, list(attrs))
        if answer.error:
            raise RuntimeError("%s: %s %s" % (what, nl.errno_name(answer.error), answer.extack))

    def make(self):
        """The bond anew; its devices stay."""
        self.end()
        data = [nl.u8(1, self.mode)] + ([nl.u32(3, 100)] if self.slaves else [])
        info = nl.attr(la.IFLA["LINKINFO"], [nl.text(la.INFO_KIND, "bond"), nl.attr(la.INFO_DATA, data)])
        self.link("create", nl.RTM_NEWLINK, nl.NLM_F_CREATE | nl.NLM_F_EXCL,
                  attrs=[nl.text(la.IFLA["IFNAME"], "bond0"), info])
        self.bond = socket.if_nametoindex("bond0")
        self.names = {0: "none", self.bond: "bond0", **dict(zip(self.ports, ("d0", "d1", "d2")))}
        self.seen = {}
        # Short paths are found faster.
        os.chdir(SYS)
        self.primary = os.open("primary", os.O_RDONLY)
        if self.slaves:
            for port in self.ports[:2]:
                self.link("enslave", nl.RTM_SETLINK, index=port, attrs=[nl.u32(la.IFLA["MASTER"], self.bond)])
        if self.up:
            self.link("up", nl.RTM_SETLINK, index=self.bond, up=True)
        self.state = self.look()
        self.log.lines()

    def end(self):
        """The bond's end, if there is one."""
        if self.bond:
            os.close(self.primary)
            self.link("delete", nl.RTM_DELLINK, index=self.bond)
            self.bond = 0

    def look(self):
        """What netlink shows of the bond and its slaves, and one file that it does not; the same object if all is."""
        messages = self.netlink.devices()
        primary = os.pread(self.primary, 64, 0).decode()
        changed = primary != self.state.get("primary")
        for index in (self.bond, *self.ports):
            message = messages.get(index, b"")
            # Nearly always it is as it was.
            if message != self.seen.get(index, (None, None))[0]:
                told = self.told(index, message)
                changed = changed or index not in self.seen or told != self.seen[index][1]
                self.seen[index] = (message, told)
        if not changed:
            return self.state
        out = {"primary": primary}
        for _, told in self.seen.values():
            out.update(told)
        return out

    def told(self, index, message):
        """What one message tells; a bond made anew tells the same as the one before."""
        if not message:
            return {}
        flags, master, info = parts(message)
        key = (self.names[index], flags, self.names.get(master, "?"), info)
        if key not in self.known:
            self.known[key] = self.read(*key)
        return self.known[key]

    def read(self, device, flags, master, info):
        """Flags, master, and what the attributes of bond or slave say."""
        out = {device + ".flags": la.flag_names(flags, ("running", "lower_up", "dormant")), device + ".master": master}
        for kind, _, value, _ in nl.walk(info):
            table = {la.INFO_DATA: la.BOND_NAME, la.INFO_SLAVE_DATA: la.SLAVE_NAME}.get(kind)
            for number, _, data, _ in nl.walk(value) if table else ():
                name, form = table.get(number, (str(number), "raw"))
                if name not in (MOVING if kind == la.INFO_DATA else MOVING_OF_SLAVE):
                    out["%s.%s" % (device, name)] = la.show(form, data, self.names)
        return out

    def answer(self, result, option):
        """The answer with what it changed and what was logged."""
        before, now = self.state, self.look()
        lacp = self.mode == 4 and (self.slaves or option == "slaves")
        calm = not lacp and not option.lower().startswith("arp") and option != "TOGETHER"
        changed = {} if now is before else {
            key: now.get(key) for key in sorted(set(now) | set(before))
            if now.get(key) != before.get(key) and (calm or key.rpartition(".")[2] not in MONITORED)}
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
        before, touched = rig.state, False
        for value in picked:
            self.emit(group, repr(value[0]), rig.answer(act(value), option))
            touched = touched or rig.state is not before
            # C keeps a part of what it refused: the next case must not begin there.
            if option in ("ARP_IP_TARGET", "NS_IP6_TARGET", "TOGETHER") and rig.state != before:
                rig.make()
                before, touched = rig.state, False
        # What monitors did, or the active slave's change, is not undone by the last value.
        if rig.state != before or touched and option.lower().startswith(("arp", "active_slave")):
            rig.make()

    def situation(self, mode, up, slaves):
        where = "%s/%s/%s" % (cases.MODES[mode], "up" if up else "down", "slaves" if slaves else "empty")
        rig = Rig(mode, up, slaves)
        try:
            rig.make()
        except RuntimeError as err:
            self.emit(where, "make", {"refused": str(err)})
            rig.end()
            return

        def write(name):
            def act(value):
                answer = write_file(name, value[0].encode())
                return {"errno": answer, "shown": read_text(name, True)}
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
        rig.end()

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
                    for kind, _, data, _ in nl.walk(parts(rig.netlink.devices()[index])[2]):
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
    for path in glob.glob("/proc/sys/net/ipv6/conf/*/disable_ipv6"):  # none where the kernel has no IPv6
        with open(path, "w", encoding="ascii") as knob:
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
