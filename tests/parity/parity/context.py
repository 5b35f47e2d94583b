# SPDX-License-Identifier: GPL-2.0
"""What a scenario works with: operations that are carried out, watched and recorded."""

import contextlib
import os
import shlex
import struct
import subprocess
import time

from . import linkattrs as la
from . import netlink as nl
from .observe import SYS_NET, Observer, difference, read_text
from .sequence import Sequence
from .watch import KernelLog, LinkEvents

COMMAND_TIMEOUT = 60


class ScenarioError(Exception):
    """The preparation of a scenario failed: what follows would mean nothing."""


def write_file(path, data):
    """One write(2); the name of the errno, `0`, or a short count."""
    if isinstance(data, str):
        data = data.encode()
    try:
        fd = os.open(path, os.O_WRONLY)
    except OSError as err:
        return "open:" + nl.errno_name(err.errno)
    try:
        done = os.write(fd, data)
        return "0" if done == len(data) else "short %d of %d" % (done, len(data))
    except OSError as err:
        return nl.errno_name(err.errno)
    finally:
        os.close(fd)


class Context:
    """Operations of one scenario; each call is one step of the recording."""

    def __init__(self, name, emit):
        self.name = name
        self._emit = emit
        self._number = 0
        self._differences = []
        self._observer = Observer()
        self._log = KernelLog()
        self._events = LinkEvents()
        self._state = self._observer.snapshot()
        self._netlink = nl.Netlink()
        self.watching = True
        self.steady = 0.0  # seconds without a change before a snapshot counts

    # -- recording ---------------------------------------------------------------

    def _record(self, command, result):
        """The beginning of a step."""
        record = {"scenario": self.name, "step": self._number, "cmd": command}
        if self._differences:
            record["difference"] = list(self._differences)
        record["result"] = result
        return record

    def _step(self, command, result, state=True):
        record = self._record(command, result)
        if state and self.watching:
            now = self._observer.steady_snapshot(self.steady)
            record["state"] = difference(self._state, now)
            self._state = now
        self._write(record, self._log.lines(), self._events.lines())
        return result

    def _write(self, record, log, events):
        """The end of a step."""
        record["log"], record["events"] = log, events
        self._number += 1
        self._emit(record)

    @contextlib.contextmanager
    def difference(self, identifier, *fields):
        """Steps inside may differ from C as that row of the documentation says.

        With `fields`, only these: `log`, `events`, `state`, `result.errno` and the like.
        """
        self.differs(identifier, *fields)
        try:
            yield
        finally:
            self._differences.pop()

    def differs(self, identifier, *fields):
        """From here on to its end, the scenario may differ as the named row says."""
        self._differences.append(" ".join((identifier,) + fields))

    @contextlib.contextmanager
    def unwatched(self):
        """Steps inside record their answer, log and events but take no snapshot."""
        before, self.watching = self.watching, False
        try:
            yield
        finally:
            self.watching = before

    def load(self, parameters, unload=True):
        """Load the module with these parameters, after unloading it; devices stay as they are."""
        if unload:
            self.run("rmmod bonding")
        return self.run("modprobe bonding " + parameters)

    def look(self, label="look"):
        """A step that only takes a snapshot."""
        self._step(label, {})

    # -- operations --------------------------------------------------------------

    def run(self, command, state=True):
        """Run a program; records output and status."""
        words = shlex.split(command) if isinstance(command, str) else list(command)
        try:
            done = subprocess.run(words, capture_output=True, timeout=COMMAND_TIMEOUT, check=False,
                                  stdin=subprocess.DEVNULL)
            result = {"rc": done.returncode,
                      "out": done.stdout.decode(errors="backslashreplace"),
                      "err": done.stderr.decode(errors="backslashreplace")}
        except subprocess.TimeoutExpired:
            result = {"rc": "timeout"}
        except OSError as err:
            result = {"rc": nl.errno_name(err.errno)}
        return self._step(shlex.join(words), result, state)

    def ip(self, arguments, state=True):
        return self.run(["ip"] + shlex.split(arguments), state)

    def show(self, device):
        """What `ip -d -j` and `ip -d` print, both recorded."""
        self.run(["ip", "-d", "-j", "link", "show", "dev", device], False)
        return self.run(["ip", "-d", "link", "show", "dev", device], False)

    def write(self, path, data, state=True):
        """Write a file in one write(2)."""
        return self._step("write %s %r" % (path, data), {"errno": write_file(path, data)}, state)

    def read(self, path):
        return self._step("read " + path, {"text": read_text(path)}, False)

    def option(self, bond, name, data, state=True):
        """Write a sysfs attribute of a bond."""
        return self.write("%s/%s/bonding/%s" % (SYS_NET, bond, name), data, state)

    def masters(self, data, state=True):
        return self.write(SYS_NET + "/bonding_masters", data, state)

    def request(self, label, kind, flags, header, attrs=b"", state=True):
        """Send one netlink request."""
        return self._step("netlink " + label,
                          self._netlink.request(kind, flags, header, attrs).record(), state)

    def index(self, device):
        """Interface number, or 0."""
        for number, name in self._observer.names().items():
            if name == device:
                return number
        return 0

    def new_bond(self, name, attrs=(), extra=(), state=True, label=None, flags=0):
        """RTM_NEWLINK that creates a bond with these IFLA_BOND attributes."""
        info = [nl.text(la.INFO_KIND, "bond")]
        if attrs is not None:
            info.append(nl.attr(la.INFO_DATA, list(attrs)))
        body = ([nl.text(la.IFLA["IFNAME"], name)] if name else []) + list(extra)
        body.append(nl.attr(la.IFLA["LINKINFO"], info))
        return self.request(label or "newlink %s bond %s" % (name, describe(attrs)), nl.RTM_NEWLINK,
                            flags or nl.NLM_F_CREATE | nl.NLM_F_EXCL, nl.ifinfomsg(), body, state)

    def change_bond(self, name, attrs, state=True, label=None):
        """RTM_NEWLINK that changes attributes of an existing bond."""
        info = [nl.text(la.INFO_KIND, "bond")]
        if attrs is not None:
            info.append(nl.attr(la.INFO_DATA, list(attrs)))
        body = [nl.attr(la.IFLA["LINKINFO"], info)]
        return self.request(label or "changelink %s %s" % (name, describe(attrs)), nl.RTM_NEWLINK, 0,
                            nl.ifinfomsg(self.index(name)), body, state)

    def change_slave(self, name, attrs, kind="bond", state=True):
        """RTM_NEWLINK that changes IFLA_BOND_SLAVE attributes."""
        info = [nl.text(la.INFO_SLAVE_KIND, kind), nl.attr(la.INFO_SLAVE_DATA, list(attrs))]
        return self.request("slave %s %s" % (name, describe(attrs)), nl.RTM_NEWLINK, 0,
                            nl.ifinfomsg(self.index(name)), [nl.attr(la.IFLA["LINKINFO"], info)], state)

    def set_master(self, device, bond, state=True):
        """Enslave (or release, with None) by netlink."""
        number = self.index(bond) if bond else 0
        return self.request("master %s %s" % (device, bond), nl.RTM_SETLINK, 0,
                            nl.ifinfomsg(self.index(device)),
                            [nl.u32(la.IFLA["MASTER"], number)], state)

    def set_link(self, device, attrs=(), flags=0, change=0, label="", state=True):
        """RTM_SETLINK with any attributes and flags."""
        return self.request("setlink %s %s" % (device, label or "%x/%x %s" % (
            flags, change, describe(attrs))), nl.RTM_SETLINK, 0,
            nl.ifinfomsg(self.index(device), flags, change), list(attrs), state)

    def up(self, device, state=True):
        return self.set_link(device, flags=1, change=1, label="up", state=state)

    def down(self, device, state=True):
        return self.set_link(device, flags=0, change=1, label="down", state=state)

    def delete(self, device, state=True):
        return self.request("dellink " + device, nl.RTM_DELLINK, 0, nl.ifinfomsg(self.index(device)),
                            b"", state)

    def await_log(self, pattern, timeout=10.0):
        """Wait for a log line; it is recorded with this step."""
        seen = self._log.wait(pattern, timeout)
        return self._step("await log " + pattern, {"seen": seen})

    def await_text(self, path, wanted, timeout=10.0, state=True):
        """Wait until a file holds `wanted`."""
        deadline = time.monotonic() + timeout
        while wanted not in read_text(path) and time.monotonic() < deadline:
            time.sleep(0.01)
        return self._step("await %s %r" % (path, wanted),
                          {"seen": wanted in read_text(path)}, state)

    # -- preparation, recorded only if it fails -----------------------------------

    def quiet(self, *commands):
        """Commands that must succeed and are no part of the comparison."""
        for command in commands:
            done = subprocess.run(shlex.split(command), capture_output=True, check=False,
                                  timeout=COMMAND_TIMEOUT, stdin=subprocess.DEVNULL)
            if done.returncode:
                raise ScenarioError("%s: %s" % (command, done.stderr.decode().strip()))
        self._forget()

    def dummies(self, count, prefix="d"):
        """Create dummy devices d0, d1, ... with addresses 02:00:00:00:01:NN."""
        for number in range(count):
            mac = struct.pack("=6B", 2, 0, 0, 0, 1, number & 255)
            info = nl.attr(la.IFLA["LINKINFO"], [nl.text(la.INFO_KIND, "dummy")])
            answer = self._netlink.request(
                nl.RTM_NEWLINK, nl.NLM_F_CREATE | nl.NLM_F_EXCL, nl.ifinfomsg(),
                [nl.text(la.IFLA["IFNAME"], prefix + str(number)), nl.attr(la.IFLA["ADDRESS"], mac), info])
            if answer.error:
                raise ScenarioError("dummy: " + nl.errno_name(answer.error))
        self._forget()
        return [prefix + str(number) for number in range(count)]

    @staticmethod
    def silently(command):
        """Run a command whose effects come later: they are part of the next step."""
        subprocess.run(shlex.split(command), capture_output=True, check=False, timeout=COMMAND_TIMEOUT)

    @staticmethod
    def quiet_write(path, data):
        """Write a file; what comes of it is part of the next step."""
        answer = write_file(path, data)
        if answer != "0":
            raise ScenarioError("%s: %s" % (path, answer))

    def quiet_link(self, device, up):
        """Set a device up or down; its own events and log are part of the next step."""
        answer = self._netlink.request(nl.RTM_SETLINK, 0, nl.ifinfomsg(self.index(device), int(up), 1))
        if answer.error:
            raise ScenarioError("%s: %s" % (device, nl.errno_name(answer.error)))

    def tally(self, seconds=0.0):
        """Count the events that works send, from the last tally until `seconds` from now."""
        deadline = time.monotonic() + seconds
        counts = self._events.tally()
        kept = []
        while time.monotonic() < deadline:
            time.sleep(0.02)
            kept += self._events.lines()
            for key, count in self._events.tally().items():
                counts[key] = counts.get(key, 0) + count
        return self._step("tally", {"counts": ["%s %d" % item for item in sorted(counts.items())],
                                    "events": kept}, False)

    def sequence(self, label, action, quiet=0.15):
        """Do something, and record all that it has devices tell until they are quiet; takes no snapshot."""
        sequence = Sequence(self._log, self._events)
        action()
        lines, log = sequence.close(quiet)
        self._write(self._record(label, {}), log, lines)

    def _forget(self):
        self._log.lines()
        self._events.lines()
        self._state = self._observer.snapshot()

    def bond(self, name="bond0", slaves=(), up=False, **options):
        """Create a bond with options (IFLA_BOND names), recorded as one step without a look."""
        attrs = [number(key.upper(), value) for key, value in options.items()]
        with self.unwatched():
            self.new_bond(name, attrs)
            for slave in slaves:
                self.set_master(slave, name)
            if up:
                self.up(name)
        self._state = self._observer.snapshot()

    def cleanup(self):
        """Delete every device of the namespace; bonds first."""
        links = self._observer.links()
        bonds = [link for link in links if os.path.exists("%s/%s/bonding" % (SYS_NET, link.name))]
        rest = [link for link in reversed(links) if link.name not in
                ("lo", "sit0", "gre0", "gretap0", "erspan0", "ip6tnl0", "ip6gre0", "tunl0") and link not in bonds]
        errors = []
        for link in bonds + rest:
            answer = self._netlink.request(nl.RTM_DELLINK, 0, nl.ifinfomsg(link.index))
            if answer.error not in (0, 19):
                errors.append("%s %s" % (link.name, nl.errno_name(answer.error)))
        self._step("cleanup", {"errors": errors})


def number(name, value):
    """Encode an IFLA_BOND attribute by name."""
    kind, form = la.BOND[name]
    if form == "u8":
        return nl.u8(kind, value)
    if form == "u16":
        return nl.u16(kind, value)
    if isinstance(value, (bytes, list)):
        return nl.attr(kind, value)
    return nl.u32(kind, value)


def describe(attrs):
    """Short text of encoded attributes for the step's title."""
    if attrs is None:
        return "(no data)"
    return " ".join("%d:%s" % (struct.unpack_from("=HH", item)[1] & nl.NLA_TYPE_MASK, item[4:].hex())
                    if len(item) >= 4 else item.hex() for item in attrs)
