#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""In the guest: run scenario files and write one recording per file."""

import argparse
import fnmatch
import json
import os
import subprocess
import sys
import time
import traceback

from parity import registry
from parity.context import Context, ScenarioError
from parity.netlink import in_new_netns

MODULES = ("dummy", "veth", "8021q", "macvlan", "ipvlan", "bridge", "tun", "ifb", "nlmon", "vcan",
           "sit", "ip_gre", "vxlan", "team", "netdevsim")


def sh(command):
    """Output of a command, empty if it fails."""
    return subprocess.run(command, shell=True, capture_output=True, check=False).stdout.decode().strip()


def header(module):
    """First line of a recording: what it was made with."""
    return {"header": {"kernel": sh("uname -r"), "iproute2": sh("ip -V"), "module": module}}


def fresh_namespace():
    """Make this namespace quiet and show it in a sysfs of its own."""
    subprocess.run("mount --make-rprivate / && mount -t sysfs sysfs /sys"
                   " && if [ -e /proc/sys/net/ipv6 ]; then for f in all default; do echo 1 > /proc/sys/net/ipv6/conf/$f/disable_ipv6; done; fi"
                   "; ip link set lo up", shell=True, check=True)


def perform(item, path):
    """Run one scenario and append its steps to the recording."""
    with open(path, "a", encoding="utf-8") as out:
        def emit(record):
            out.write(json.dumps(record, sort_keys=True) + "\n")
        context = None
        try:
            if not item.init_net:
                fresh_namespace()
            context = Context(item.name, emit)
            item.function(context)
        except ScenarioError as err:
            emit({"scenario": item.name, "step": -1, "cmd": "prepare", "result": {"skip": str(err)}})
        except Exception:  # noqa: B902  a broken scenario must show, not stop the others
            emit({"scenario": item.name, "step": -1, "cmd": "exception",
                  "result": {"exception": traceback.format_exc()}})
        if context:
            context.cleanup()
        out.flush()


def claim(folder, file):
    """Take a file for this guest; guests that share the folder share the work."""
    try:
        os.mkdir(os.path.join(folder, file))
        return True
    except FileExistsError:
        return False


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True, help="directory for the recordings")
    parser.add_argument("--module", default="c")
    parser.add_argument("--only", default="*")
    parser.add_argument("--events", help="the module that logs netdevice events")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("files", nargs="*")
    args = parser.parse_args()
    subprocess.run(["modprobe", "bonding", "max_bonds=0"], check=False)
    for module in MODULES:
        subprocess.run(["modprobe", "-q", module], check=False, capture_output=True)
    if args.events:
        subprocess.run(["insmod", args.events], check=True)
    with open("/proc/sys/net/core/fb_tunnels_only_for_init_net", "w", encoding="ascii") as knob:
        knob.write("2")
    for path in ("/proc/sys/kernel/printk_ratelimit", "/proc/sys/net/core/message_cost"):
        with open(path, "w", encoding="ascii") as knob:
            knob.write("0")
    claims = os.path.join(args.out, "claims")
    os.makedirs(claims, exist_ok=True)
    for file in args.files or registry.files():
        if not claim(claims, file):
            continue
        path = os.path.join(args.out, file + ".jsonl")
        local = "/tmp/%s.jsonl" % file
        with open(local, "w", encoding="utf-8") as out:
            out.write(json.dumps(header(args.module)) + "\n")
        started = time.monotonic()
        count = 0
        for item in registry.load(file):
            if not fnmatch.fnmatch(item.name, args.only) or (item.full and not args.full):
                continue
            count += 1
            if item.init_net:
                perform(item, local)
            else:
                in_new_netns(perform, item, local)
        with open(local, "rb") as source, open(path + ".part", "wb") as target:
            target.write(source.read())
        os.rename(path + ".part", path)
        print("# %s: %d scenarios in %.1f s" % (file, count, time.monotonic() - started), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
