# SPDX-License-Identifier: GPL-2.0
"""What the kernel tells by itself: log lines and link events."""

import os
import re
import time

from . import linkattrs as la
from .netlink import RTM_DELLINK, RTM_NEWLINK, Netlink
from .observe import RTNLGRP_LINK, Link

# Lines that say nothing about bonding and come at their own time.
NOISE = re.compile(r"|".join((
    r"loading out-of-tree module taints kernel", r"module verification failed",
    r"^clocksource: ", r"^hrtimer: ", r"^random: ", r"systemd|^audit", r"^perf: ",
    r"^(dummy|veth|8021q|macvlan|ipvlan|bridge|tun|ifb|IPv6 over IPv4|ip_gre|gre|nlmon|can|vcan)\b.*"
    r"(module|driver|802\.1Q VLAN Support|core|loaded|tunneling|filtering via arp)",
    r"^lan0: port \d|^p\d: (entered|left) ",
    r"^netlink: .* attribute type|callbacks suppressed|^MACsec|^e1000|virtio|^evm: ", r"^kmemleak", r"^sched_clock", r"^tls: ")))


class KernelLog:
    """Reads the kernel log from where it was opened."""

    def __init__(self):
        self.fd = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self.fd, 0, os.SEEK_END)
        self.kept = []

    def _read(self):
        while True:
            try:
                record = os.read(self.fd, 8192).decode(errors="backslashreplace")
            except BlockingIOError:
                return
            except BrokenPipeError:
                yield "0", "(log lines were lost)"
                continue
            head, _, text = record.partition(";")
            yield str(int(head.split(",")[0]) & 7), text.split("\n")[0]

    def lines(self):
        """`<level> text` of each line since the last call, without the noise."""
        out, self.kept = self.kept, []
        out += ["<%s> %s" % (level, text) for level, text in self._read()
                if not NOISE.search(text)]
        return out

    def wait(self, pattern, timeout):
        """Keep lines until one matches; whether one did."""
        deadline = time.monotonic() + timeout
        expression = re.compile(pattern)
        seen = 0
        while True:
            self.kept = self.lines()
            if any(expression.search(line) for line in self.kept[seen:]):
                return True
            seen = len(self.kept)
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)


class LinkEvents:
    """RTM_NEWLINK and RTM_DELLINK messages in the order they were sent.

    IGMP and peer notifications come from works, in their own time: they are counted apart.
    """

    ASYNCHRONOUS = ("igmp_resend", "notify_peers")

    def __init__(self):
        self.netlink = Netlink(groups=(RTNLGRP_LINK,))
        self.names = {0: "none"}
        self.last = {}
        self.counts = {}
        self.whole = False  # tell what the messages say of bonds and slaves, too

    def tally(self):
        """Counts of the asynchronous events so far, by device and event; starts anew."""
        self.lines()
        out, self.counts = self.counts, {}
        return out

    def lines(self):
        """Text for each event; messages that only tell of the link watch are left out."""
        out = []
        for kind, payload in self.netlink.pending():
            if kind == -1:
                out.append("(events were lost)")
                continue
            link = Link(payload)
            if link.name == "lo" or kind not in (RTM_NEWLINK, RTM_DELLINK):
                continue
            self.names[link.index] = link.name
            line = self._line(kind, link)
            if line:
                out.append(line)
        return out

    def _line(self, kind, link):
        event = link.number(la.IFLA["EVENT"])
        master = self.names.get(link.number_of_master(), "?")
        flags = la.flag_names(link.flags, ("running", "lower_up", "dormant"))
        address = la.show("mac", link.first.get(la.IFLA["ADDRESS"], b""), {})
        mtu = link.number(la.IFLA["MTU"])
        body = "master=%s flags=%s mtu=%d addr=%s" % (master, flags, mtu, address)
        if self.whole:
            body += self._linkinfo(link)
        if kind == RTM_DELLINK:
            self.last.pop((link.index, link.family), None)
            return "dellink %s family=%d %s" % (link.name, link.family, body)
        previous = self.last.get((link.index, link.family))
        self.last[(link.index, link.family)] = (link.name, body)
        if event == 0 and previous == (link.name, body):
            return None
        name = la.EVENTS[event] if event < len(la.EVENTS) else str(event)
        if name in self.ASYNCHRONOUS:
            key = "%s %s" % (link.name, name)
            self.counts[key] = self.counts.get(key, 0) + 1
            return None
        return "newlink %s family=%d event=%s %s" % (link.name, link.family, name, body)

    # A change of link and what follows from it may be told together or one by one, and LACP has its own pace.
    PASSING = ("slave.state", "slave.mii_status", "slave.link_failure_count", "slave.ad_", "slave=", "data.ad_info", "data=")

    def _linkinfo(self, link):
        told = {}
        link.linkinfo(self.names, told)
        texts = ("%s=%s" % item for item in sorted(told.items()))
        return "".join(" " + text for text in texts if not text.startswith(self.PASSING))
