# SPDX-License-Identifier: GPL-2.0
"""What is told of devices while something is done to them, each kind in its order."""

import re
import socket
import time

NETLINK_KOBJECT_UEVENT = 15


class Uevents:
    """What udev is told of network devices."""

    TOLD = ("INTERFACE", "DEVTYPE", "DEVPATH_OLD")

    def __init__(self):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_KOBJECT_UEVENT)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.sock.bind((0, 1))

    def lines(self):
        """Text of each event since the last call, queues left out: there is a pair for each of their numbers."""
        out = []
        while True:
            try:
                head, *rest = self.sock.recv(1 << 16, socket.MSG_DONTWAIT).decode(errors="replace").split("\0")
            except BlockingIOError:
                return out
            told = dict(item.split("=", 1) for item in rest if "=" in item)
            if told.get("SUBSYSTEM") == "net":
                out.append(" ".join([head] + ["%s=%s" % (name, told[name]) for name in self.TOLD if name in told]))


class Sequence:
    """All that tells of devices, from where it was opened: notifiers, link messages with what they say, uevents.

    What works send comes at a time of its own: it is told apart, for each device and kind, and what is told twice in a
    row once. The core's link watch comes when it likes, NETDEV_CHANGE is its; that and what is told of the other ends of
    the slaves' wires, p0 and so on, is left out.
    """

    OTHER_ENDS = re.compile(r"\w+ p\d\b")

    ALL = "/sys/module/netdev_events/parameters/all"
    NOTIFIER = re.compile(r"^<\d> event: (NETDEV_\S+) (\S+)(.*)")
    ASYNCHRONOUS = ("NETDEV_BONDING_INFO", "NETDEV_NOTIFY_PEERS", "NETDEV_RESEND_IGMP")

    def __init__(self, log, events):
        self.log, self.events, self.uevents = log, events, Uevents()
        self.lines, self.later, self.rest = [], {}, []
        events.whole = True
        self._tell_all("1")

    def _tell_all(self, value):
        with open(self.ALL, "w", encoding="ascii") as knob:
            knob.write(value)

    def gather(self):
        """Take in what has come since; whether anything has."""
        fresh = False
        for line in self.log.lines():
            match = self.NOTIFIER.match(line)
            fresh = True
            if not match:
                self.rest.append(line)
            elif match.group(1) == "NETDEV_CHANGE" or self.OTHER_ENDS.match(" ".join(match.groups()[:2])):
                continue
            elif match.group(1) in self.ASYNCHRONOUS:
                said = self.later.setdefault((match.group(2), match.group(1)), [])
                if said[-1:] != [match.group(3)]:
                    said.append(match.group(3))
            else:
                self.lines.append("notifier %s %s%s" % match.groups())
        for prefix, lines in (("message ", self.events.lines()), ("uevent ", self.uevents.lines())):
            self.lines += [prefix + line for line in lines if not self.OTHER_ENDS.match(line)]
            fresh = fresh or bool(lines)
        return fresh

    def close(self, quiet):
        """Everything by kind, once nothing has come for so many seconds; and the other lines of the log."""
        since = time.monotonic()
        while time.monotonic() < since + quiet:
            if self.gather():
                since = time.monotonic()
            time.sleep(0.01)
        self.events.whole = False
        self._tell_all("0")
        by_kind = sorted(self.lines, key=lambda line: line.split()[0])
        for (device, event), said in sorted(self.later.items()):
            by_kind += ["later %s %s%s" % (device, event, text) for text in said]
        for what, count in sorted(self.events.tally().items()):
            by_kind.append("later %s: %s" % (what, "some" if count else "none"))
        return by_kind, self.rest
