#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""In the guest: run our own tests; prints TAP."""

import argparse
import fnmatch
import importlib
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib.harness import TESTS, perform  # noqa: E402

MODULES = ("dummy", "veth", "8021q", "macvlan", "ipvlan", "bridge", "tun", "sch_multiq", "cls_matchall")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="*")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--locks", action="store_true", help="only those that are for the kernel that checks locks")
    parser.add_argument("--no-netdevsim", action="store_true", help="not those that need netdevsim: they run on another kernel")
    parser.add_argument("--modules", help="directory of the test modules")
    parser.add_argument("--part", default="1/1", help="run the Nth of M parts")
    args = parser.parse_args()
    subprocess.run(["modprobe", "bonding", "max_bonds=0"], check=True)
    for module in MODULES:
        subprocess.run(["modprobe", "-q", module], check=False)
    # Tests name their own devices eth0 and the like.
    for place, card in enumerate(sorted(name for name in os.listdir("/sys/class/net") if name.startswith("eth"))):
        subprocess.run(["ip", "link", "set", card, "name", "card%d" % place], check=True)
    if args.modules:
        for module in ("netdev_events", "abi_reader", "rtnl_holder", "refuser", "tls_pair", "txgen"):
            subprocess.run(["insmod", "%s/%s.ko" % (args.modules, module)], check=True)
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "own")
    for file in sorted(os.listdir(folder)):
        if file.endswith(".py") and not file.startswith("_"):
            importlib.import_module("own." + file[:-3])
    which, parts = map(int, args.part.split("/"))
    chosen = [item for item in TESTS if any(fnmatch.fnmatch(item.name, glob) for glob in args.only.split(",")) and
              (args.full or not item.full) and (item.locks or item.netdevsim or not args.locks) and
              not (item.netdevsim and args.no_netdevsim)]
    chosen = chosen[which - 1::parts]
    results = [perform(number, item) for number, item in enumerate(chosen, 1)]
    print("1..%d" % len(chosen))
    return 1 if "fail" in results else 0


if __name__ == "__main__":
    sys.exit(main())
