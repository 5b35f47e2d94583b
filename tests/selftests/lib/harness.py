# SPDX-License-Identifier: GPL-2.0
"""Runs test functions, each in a network namespace of its own, and prints TAP."""

import glob
import os
import signal
import subprocess
import sys
import time
import traceback
from typing import Callable, NamedTuple

TESTS = []


class Failure(Exception):
    """A check did not hold."""


class Skip(Exception):
    """The kernel or a tool lacks what the test needs."""


class Test(NamedTuple):
    """A registered test."""
    name: str
    function: Callable[[], None]
    # Not in a network namespace of its own.
    init_net: bool = False
    # Seconds.
    limit: int = 180
    # For the long run only.
    full: bool = False
    # Also in the short run on the kernel that checks locks and memory, where all takes three times as long.
    locks: bool = False
    # Needs netdevsim, which distributions' kernels do not have.
    netdevsim: bool = False


def test(name, **settings):
    """Register a test; `settings` are fields of Test."""
    def register(function):
        TESTS.append(Test(name, function, **settings))
        return function
    return register


def check(condition, text):
    """Fail the test with `text` unless the condition holds."""
    if not condition:
        raise Failure(text)


def equal(got, wanted, what):
    """Fail the test unless two values are the same."""
    if got != wanted:
        raise Failure("%s: %r instead of %r" % (what, got, wanted))


def wait(predicate, what, timeout=20.0):
    """Poll until the predicate holds; returns the seconds it took, to a twentieth."""
    start = time.monotonic()
    while not predicate():
        took = time.monotonic() - start
        if took > timeout:
            raise Failure("waited %.0f s for: %s" % (timeout, what))
        # What takes long must not take the processor from what is waited for.
        time.sleep(min(0.002 + took / 20, 0.02))
    return time.monotonic() - start


def sh(command, may_fail=False):
    """Run a shell command, return its output."""
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL)
    if done.returncode and not may_fail:
        raise Failure("%s: status %d: %s" % (command, done.returncode, done.stderr.strip()))
    return done.stdout


def _tidy(known):
    """Remove the devices that a test in the first namespace left there, so that it alone has failed."""
    for name in sorted(os.listdir("/sys/class/net"), key=lambda name: not name.startswith("bond")):
        if name not in known:
            sh("ip link del " + name, may_fail=True)


def _child(item, log):
    """The test itself, in a process of its own."""
    os.dup2(log, 1)
    os.dup2(log, 2)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(item.limit)
    try:
        if not item.init_net:
            os.unshare(os.CLONE_NEWNET | os.CLONE_NEWNS)
            sh("mount --make-rprivate / && mount -t sysfs sysfs /sys && ip link set lo up")
            for path in glob.glob("/proc/sys/net/ipv6/conf/*/disable_ipv6"):  # none where the kernel has no IPv6
                with open(path, "w", encoding="ascii") as knob:
                    knob.write("1")
        item.function()
        status = 0
    except Skip as reason:
        print(reason)
        status = 4
    except Failure as reason:
        print(reason)
        status = 1
    except BaseException:  # noqa: B036  anything else is a failure of the test
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def perform(number, item):
    """Run one test in a child, print its TAP line; returns `ok`, `fail` or `skip`."""
    log = os.memfd_create("log")
    devices = os.listdir("/sys/class/net")
    started = time.monotonic()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        _child(item, log)
    _, status = os.waitpid(pid, 0)
    took = time.monotonic() - started
    _tidy(devices)
    code = os.waitstatus_to_exitcode(status)
    os.lseek(log, 0, os.SEEK_SET)
    text = os.fdopen(log, "r", errors="backslashreplace").read().strip()
    if code == -signal.SIGALRM:
        text = (text + "\nno end after %d s" % item.limit).strip()
    if code == 4:
        print("ok %d - %s # SKIP %s" % (number, item.name, text.split("\n")[0]), flush=True)
        return "skip"
    print("%s %d - %s # %.1f s" % ("ok" if code == 0 else "not ok", number, item.name, took), flush=True)
    if code:
        for line in text.split("\n")[-40:]:
            print("#   " + line, flush=True)
    return "ok" if code == 0 else "fail"
