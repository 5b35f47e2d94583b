# SPDX-License-Identifier: GPL-2.0
"""Everything user space can see of the network devices, flattened into `key -> text`."""

import array
import errno
import fcntl
import os
import select
import socket
import struct
import time

from . import linkattrs as la
from .netlink import (IFINFOMSG, NLM_F_DUMP, RTM_GETLINK, RTM_GETNEIGH, Netlink, errno_name,
                      ifinfomsg, u32, walk)

SYS_NET = "/sys/class/net"
SIOCETHTOOL = 0x8946
ETHTOOL_GFEATURES = 0x3A
ETHTOOL_GDRVINFO = 0x03
FEATURE_WORDS = 3
RTNLGRP_LINK = 1
EXT_MASK, SKIP_STATS = 29, 8  # IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS


def read_text(path, at_once=False):
    """Contents of a small file, or `!ERRNO`; an attribute of sysfs comes at once."""
    try:
        fd = os.open(path, os.O_RDONLY)
    except OSError as err:
        return "!" + errno_name(err.errno)
    try:
        parts = []
        while True:
            part = os.read(fd, 65536)
            parts.append(part)
            if not part or at_once:
                return b"".join(parts).decode(errors="backslashreplace")
    except OSError as err:
        return "!" + errno_name(err.errno)
    finally:
        os.close(fd)


def features(sock, name):
    """The feature words of a device: available, requested, active, never changed."""
    words = array.array("B", struct.pack("=II", ETHTOOL_GFEATURES, FEATURE_WORDS)
                        + bytes(16 * FEATURE_WORDS))
    request = struct.pack("16sQ16x", name.encode(), words.buffer_info()[0])
    try:
        fcntl.ioctl(sock.fileno(), SIOCETHTOOL, request)
    except OSError as err:
        return "!" + errno_name(err.errno)
    values = struct.unpack("=%dI" % (4 * FEATURE_WORDS), words.tobytes()[8:])
    return {kind: " ".join("%08x" % values[4 * word + column] for word in range(FEATURE_WORDS))
            for column, kind in enumerate(("available", "requested", "active", "fixed"))}


class Link:
    """One parsed RTM_NEWLINK message."""

    def __init__(self, payload):
        self.family, self.kind, self.index, self.flags, self.change = IFINFOMSG.unpack_from(payload)
        self.attrs = [(kind, value) for kind, _, value, _ in walk(payload[IFINFOMSG.size:])]
        self.first = {}
        for kind, value in self.attrs:
            self.first.setdefault(kind, value)
        self.name = la.show("text", self.first.get(la.IFLA["IFNAME"], b""), {})

    def number(self, kind, default=0):
        value = self.first.get(kind)
        return int(la.show(la.FORMS[kind], value, {})) if value is not None else default

    def number_of_master(self):
        """Interface number of the device above, or 0."""
        value = self.first.get(la.IFLA["MASTER"])
        return struct.unpack("=I", value)[0] if value else 0

    def in_a_bond(self):
        """Whether this is a bond or a slave: only their running state is looked at."""
        return bool(self.flags & 0xC00)

    def oper_consistent(self):
        """False while the link watch has still to run for this device."""
        state = self.number(la.IFLA["OPERSTATE"])
        carrier = self.number(la.IFLA["CARRIER"])
        if not self.flags & 1:
            return state in (0, 2)
        if not carrier:
            return state in (2, 3)
        return state in (5, 6) or state == 0 and not self.number(la.IFLA["CARRIER_CHANGES"])

    def flat(self, names, into, settled):
        """Add this device's attributes to the dictionary."""
        prefix = "link.%s." % self.name
        settled = settled and self.in_a_bond()
        drop = () if settled else ("running", "lower_up", "dormant")
        into[prefix + "flags"] = la.flag_names(self.flags, drop)
        into[prefix + "type"] = str(self.kind)
        if settled:
            for kind in ("OPERSTATE", "CARRIER"):
                into[prefix + kind.lower()] = str(self.number(la.IFLA[kind]))
        for kind, value in self.attrs:
            if kind == la.IFLA["LINKINFO"]:
                self._linkinfo(value, names, prefix, into)
            elif kind not in la.VOLATILE and kind != la.IFLA["IFNAME"]:
                form = la.FORMS.get(kind, "hex")
                into[prefix + la.IFLA_NAME.get(kind, str(kind))] = la.show(form, value, names)

    def linkinfo(self, names, into):
        """Add what the message says of the bond, or of the slave in it."""
        for kind, value in self.attrs:
            if kind == la.IFLA["LINKINFO"]:
                self._linkinfo(value, names, "", into)

    @staticmethod
    def _linkinfo(payload, names, prefix, into):
        kinds = {}
        for kind, _, value, _ in walk(payload):
            if kind in (la.INFO_KIND, la.INFO_SLAVE_KIND):
                label = "kind" if kind == la.INFO_KIND else "slave_kind"
                kinds[kind] = la.show("text", value, {})
                into[prefix + label] = kinds[kind]
            elif kind in (la.INFO_DATA, la.INFO_SLAVE_DATA):
                table = la.BOND_NAME if kind == la.INFO_DATA else la.SLAVE_NAME
                label = "data" if kind == la.INFO_DATA else "slave"
                order = []
                if kinds.get(kind - 1) != "bond":
                    continue
                for number, flags, item, _ in walk(value):
                    name, form = table.get(number, (str(number), "hex"))
                    order.append("%d%s" % (number, "!" if flags else ""))
                    into["%s%s.%s" % (prefix, label, name)] = la.show(form, item, names)
                into["%s%s" % (prefix, label)] = " ".join(order)


class Observer:
    """Takes snapshots of the devices in the current network namespace."""

    def __init__(self):
        self.netlink = Netlink()
        self.news = Netlink(groups=(RTNLGRP_LINK,)).sock
        self.news.setblocking(False)
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def links(self):
        """All devices as `Link`, in the order of the dump."""
        answer = self.netlink.request(RTM_GETLINK, NLM_F_DUMP, ifinfomsg(), u32(EXT_MASK, SKIP_STATS))
        return [Link(payload) for _, payload in answer.messages]

    def settled_links(self, timeout=3.0):
        """All devices, once the link watch has caught up with carrier changes."""
        deadline = time.monotonic() + timeout
        while True:
            self._forget_news()
            links = self.links()
            if all(link.oper_consistent() for link in links if link.in_a_bond()):
                return links, True
            if time.monotonic() > deadline:
                return links, False
            # The link watch takes up to a second, and says so when it changed something.
            select.select([self.news], [], [], 0.3)

    def _forget_news(self):
        try:
            while self.news.recv(1 << 16):
                pass
        except BlockingIOError:
            pass
        except OSError as err:
            if err.errno != errno.ENOBUFS:
                raise

    def names(self):
        """Interface number to name."""
        return {link.index: link.name for link in self.links()}

    def snapshot(self, wait=True):
        """The whole visible state."""
        links, settled = self.settled_links() if wait else (self.links(), False)
        names = {link.index: link.name for link in links}
        out = {"links": " ".join(link.name for link in links),
               "bonding_masters": read_text(SYS_NET + "/bonding_masters")}
        for link in links:
            if link.name == "lo":
                continue
            link.flat(names, out, settled)
            self._sysfs(link.name, out)
            words = features(self.sock, link.name)
            if isinstance(words, dict):
                for kind, value in words.items():
                    out["features.%s.%s" % (link.name, kind)] = value
        self._proc(out)
        self._addresses(names, out)
        return out

    def steady_snapshot(self, quiet, timeout=3.0):
        """A snapshot that is the same `quiet` seconds later; with 0 just a snapshot."""
        now = self.snapshot()
        deadline = time.monotonic() + timeout
        while quiet and time.monotonic() < deadline:
            time.sleep(quiet)
            before, now = now, self.snapshot()
            if before == now:
                break
        return now

    @staticmethod
    def bond_attributes(name, out):
        """Every file of the bond's sysfs group."""
        base = "%s/%s/bonding" % (SYS_NET, name)
        try:
            files = sorted(os.listdir(base))
        except OSError:
            return
        for entry in files:
            out["sys.%s.%s" % (name, entry)] = read_text(base + "/" + entry, True)

    def _sysfs(self, name, out):
        self.bond_attributes(name, out)
        base = "%s/%s" % (SYS_NET, name)
        out["sys.%s.assign_type" % name] = read_text(base + "/addr_assign_type", True)
        links = []
        for entry in sorted(os.listdir(base)):
            if entry.startswith(("lower_", "upper_", "slave_")) or entry == "master":
                target = os.path.basename(os.readlink(base + "/" + entry))
                links.append("%s=%s" % (entry, target))
            elif entry == "bonding_slave":
                for file in sorted(os.listdir(base + "/bonding_slave")):
                    out["slave.%s.%s" % (name, file)] = read_text("%s/bonding_slave/%s" % (base, file), True)
        if links:
            out["sys.%s.links" % name] = " ".join(links)

    @staticmethod
    def _proc(out):
        try:
            files = sorted(os.listdir("/proc/net/bonding"))
        except OSError as err:
            out["proc"] = "!" + errno_name(err.errno)
            return
        out["proc"] = " ".join(files)
        for name in files:
            out["proc." + name] = read_text("/proc/net/bonding/" + name)

    def _addresses(self, names, out):
        lists = {}
        for line in read_text("/proc/net/dev_mcast").splitlines():
            _, name, users, sticky, address = line.split()
            lists.setdefault("mc.%s" % name, []).append("%s*%s*%s" % (address, users, sticky))
        answer = self.netlink.request(RTM_GETNEIGH, NLM_F_DUMP, ifinfomsg(family=socket.AF_BRIDGE))
        for _, payload in answer.messages:
            index, state, flags = struct.unpack_from("=4xiHB", payload)
            address = next((v for k, _, v, _ in walk(payload[12:]) if k == 2), b"")
            if address[:1] and not address[0] & 1:
                lists.setdefault("uc.%s" % names.get(index, index), []).append(
                    "%s/%x/%x" % (address.hex(":"), state, flags))
        for key, values in lists.items():
            if not key.endswith(".lo"):
                out[key] = " ".join(sorted(values))


def difference(before, after):
    """Keys that changed: new text, or None for a key that went away."""
    out = {key: text for key, text in after.items() if before.get(key) != text}
    out.update({key: None for key in before if key not in after})
    return dict(sorted(out.items()))
