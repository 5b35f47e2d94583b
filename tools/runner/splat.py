# SPDX-License-Identifier: GPL-2.0
"""Finds in a console log what no test may leave there."""

import re

SPLAT = re.compile("|".join([
    r"\bBUG: ", r"\bBUG\b.*at ", r"kernel BUG at", r"\bWARNING: ", r"\bOops\b", r"general protection fault",
    r"Unable to handle kernel", r"INFO: task .* blocked", r"INFO: possible .* detected", r"INFO: trying to register non-static",
    r"rcu.*(self-)?detected( expedited)? stall", r"rcu.*detected.*stalls", r"INFO: rcu", r"soft lockup", r"hard LOCKUP",
    r"unregister_netdevice: waiting", r"ODEBUG: ", r"KASAN: ", r"KCSAN: ", r"UBSAN: ", r"possible circular locking",
    r"suspicious RCU usage", r"sleeping function called", r"bad unlock balance", r"held lock freed", r"DEBUG_LOCKS_WARN",
    r"lock held when returning", r"scheduling while atomic", r"Kernel panic", r"refcount_t: ", r"ref_tracker: ",
    r"list_(add|del) corruption", r"rust_kernel: panicked", r"\bpanicked at\b", r"Bad page state", r"Slab .* cache .*corrupt",
    r"=\[ BUG ", r"Objects remaining", r"workqueue: .*(hogged|stall)", r"RTNL: assertion failed",
]))
# Noise of virtual hardware, not of what is tested; and what is said where a test has allocations fail.
HARMLESS = re.compile("|".join([
    r"WARNING: Spectre", r"Spectre V2", r"hogged CPU", r"TAA|MDS CPU bug", r"CPU bug present",
    r"clocksource: .*unstable", r"BIOS-bug", r"This is a WARNING",
    r"RETBleed: WARNING", r"MMIO Stale", r"VMSCAPE", r"mitigation.*WARNING",
    r"ref_tracker: memory allocation failure",
]))
CONTEXT = 60


def find(log, expected=None):
    """The lines around the first splat of `log`, or none; lines that match `expected` do not count."""
    lines = log.splitlines()
    for at, line in enumerate(lines):
        if SPLAT.search(line) and not HARMLESS.search(line) and not (expected and re.search(expected, line)):
            return lines[max(0, at - 3):at + CONTEXT]
    return []
