#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""In the guest: run the kernel's own bonding selftests, unmodified, where they lie.

Prints `script<TAB>line<TAB>result` for each `TEST:` line, and one line `exit` a
script with its status, and what they said on the way as comments.
"""

import argparse
import lzma
import os
import re
import subprocess
import sys
import time

LINE = re.compile(r"^TEST: (.*?)\s*\[\s*([A-Z]+)\s*\]\s*$")
FOLDER = "tools/testing/selftests/drivers/net/bonding"
MODULES = ("dummy", "veth", "8021q", "macvlan", "ipvlan", "bridge", "nlmon", "netdevsim", "ip_gre", "netconsole")
KSFT_SKIP = 4


def loaded_bonding(wanted):
    """What is loaded is what was meant: version of the sources and taint are shown and compared."""
    base = "/sys/module/bonding/"

    def text(name):
        try:
            with open(base + name, encoding="ascii") as file:
                return file.read().strip()
        except FileNotFoundError:
            return ""
    path = subprocess.run(["modinfo", "-n", "bonding"], capture_output=True, text=True, check=False).stdout.strip()
    taint, version = text("taint"), text("srcversion")
    with open(path, "rb") as file:
        data = file.read()
    if path.endswith(".xz"):
        data = lzma.decompress(data)
    try:
        with open(base + "notes/.note.gnu.build-id", "rb") as file:
            same_build = file.read() in data
    except FileNotFoundError:
        same_build = True
    on_disk = subprocess.run(["modinfo", "-F", "srcversion", path], capture_output=True, text=True,
                             check=False).stdout.strip()
    print("# bonding: %s srcversion=%s taint=%s" % (path, version or "none", taint or "none"), flush=True)
    if not os.path.isdir(base) or version != on_disk or not same_build:
        return "the loaded bonding is not %s" % path
    if ("O" in taint) != (wanted == "rust") or ("/kernel/" in path) != (wanted == "c"):
        return "the loaded bonding (%s, taint %r) is not the %s module" % (path, taint, wanted)
    return None


def mount_over(folder):
    """What a newer iproute2 has stands in the place of the root's own."""
    for place in ("bin", "sbin"):
        for name in os.listdir(os.path.join(folder, "usr", place)):
            target = os.path.join("/usr", place, name)
            if os.path.isfile(target) and not os.path.islink(target):
                subprocess.run(["mount", "--bind", os.path.join(folder, "usr", place, name), target], check=True)
    print("# " + subprocess.run(["ip", "-V"], capture_output=True, text=True, check=True).stdout.strip(), flush=True)


def run(top, item, limit):
    """Run `script` or `script:TESTS`; scripts are paths from the folder of those for bonds."""
    path, _, tests = item.partition(":")
    folder, script = os.path.split(os.path.join(top, FOLDER, path))
    environment = dict(os.environ, PATH="/usr/sbin:/usr/bin:/sbin:/bin", KSFT_MACHINE_SLOW="yes")
    if tests:
        environment["TESTS"] = tests.replace(",", " ")
    start = time.monotonic()
    try:
        done = subprocess.run(["./" + script], cwd=folder, env=environment, timeout=limit,
                              capture_output=True, text=True, errors="replace", check=False,
                              stdin=subprocess.DEVNULL)
        output, status = done.stdout + done.stderr, done.returncode
    except subprocess.TimeoutExpired as late:
        output = (late.stdout or b"").decode(errors="replace") + (late.stderr or b"").decode(errors="replace")
        status = "timeout"
    for line in output.split("\n"):
        found = LINE.match(line)
        if found:
            print("%s\t%s\t%s" % (script, found.group(1), found.group(2)))
        elif line.strip():
            print("#   " + line[:200])
    result = "OK" if status == 0 else "SKIP" if status == KSFT_SKIP else "FAIL"
    print("%s\t%s\t%s" % (script, "exit", result))
    print("# %s: status %s after %.0f s" % (item, status, time.monotonic() - start), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", required=True, help="the kernel's source tree")
    parser.add_argument("--module", required=True, choices=("c", "rust"))
    parser.add_argument("--iproute2", required=True, help="directory of a newer iproute2; none if it is not there")
    parser.add_argument("--limit", type=int, default=1200)
    parser.add_argument("scripts", nargs="+")
    args = parser.parse_args()
    if os.path.isdir(args.iproute2):
        mount_over(args.iproute2)
    subprocess.run(["modprobe", "bonding", "max_bonds=0"], check=True)
    problem = loaded_bonding(args.module)
    if problem:
        print("bonding\t%s\tFAIL" % problem)
        return 1
    for module in MODULES:
        subprocess.run(["modprobe", "-q", module], check=False)
    subprocess.run("mountpoint -q /sys/kernel/config || mount -t configfs configfs /sys/kernel/config",
                   shell=True, check=False, capture_output=True)
    for item in args.scripts:
        run(args.source, item, args.limit)
    return 0


if __name__ == "__main__":
    sys.exit(main())
