# SPDX-License-Identifier: GPL-2.0
"""What tshark makes of the LACPDUs that our ports sent."""

import glob
import subprocess

from lib.harness import check, equal, sh

FIELDS = ("eth.src", "eth.dst", "frame.len", "slow.subtype", "lacp.version", "lacp.tlv_type", "lacp.tlv_length",
          "lacp.actor.sys_priority", "lacp.actor.sysid", "lacp.actor.key", "lacp.actor.port_priority", "lacp.actor.port",
          "lacp.collector.max_delay", "_ws.malformed", "_ws.expert.message")


def rows(path):
    """The fields of each LACPDU in a capture."""
    command = ["tshark", "-n", "-r", path, "-Y", "slow", "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=,"]
    for field in FIELDS:
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    check(done.returncode == 0, "tshark: " + done.stderr)
    for line in done.stdout.splitlines():
        yield dict(zip(FIELDS, line.split("\t")))


def check_all(folder):
    """Each LACPDU of ours is whole, has the standard's fields, and nothing is remarked."""
    seen = 0
    paths = sorted(glob.glob(folder + "/*.pcap"))
    ours = {bytes.fromhex(path.rpartition("/")[2][:12]).hex(":") for path in paths}
    # One run for all: most of its time is its start.
    sh("mergecap -w /tmp/all.pcap " + " ".join(paths))
    for row in rows("/tmp/all.pcap"):
        equal((row["_ws.malformed"], row["_ws.expert.message"]), ("", ""), "what tshark remarks of %s" % row)
        if row["eth.src"] not in ours:
            continue
        seen += 1
        equal(row["eth.dst"], "01:80:c2:00:00:02", "destination")
        equal(row["frame.len"], "124", "length of the frame")
        equal((row["lacp.version"], row["lacp.tlv_type"], row["lacp.tlv_length"]), ("0x01", "0x01,0x02,0x03,0x00", "0x14,0x14,0x10,0x00"),
              "version and TLVs")
        equal(row["lacp.collector.max_delay"], "0", "delay of the collector")
    check(seen > 10, "only %d LACPDUs of ours" % seen)
