#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""In the other guest of a pair: runs the commands that cards.py leaves in the shared directory."""

import os
import subprocess
import time

SHARE = "/mnt/share"

for module in ("bonding max_bonds=0", "sch_ingress", "cls_matchall", "act_gact"):
    subprocess.run("modprobe -q " + module, shell=True, check=False)
subprocess.run("sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1", shell=True, check=False)
while not os.path.exists(SHARE + "/a-ended"):
    for name in sorted(os.listdir(SHARE)):
        if not name.startswith("command-") or "." in name:
            continue
        path = "%s/%s" % (SHARE, name)
        with open(path, encoding="utf-8") as file:
            done = subprocess.run(file.read(), shell=True, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        with open(path + ".part", "w", encoding="utf-8") as file:
            file.write("%d\n%s%s" % (done.returncode, done.stdout, done.stderr))
        os.unlink(path)
        os.rename(path + ".part", path + ".done")
    time.sleep(0.02)
