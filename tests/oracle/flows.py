#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""In a guest: send frames through a balance-xor bond, and see which slave each takes.

usage: flows.py FILE

FILE has the frames and the hash that the C driver's own code gives each (src/bin/flows.rs).
Prints TAP, one test for each policy, and a last line of counts.
"""

import os
import select
import socket
import struct
import subprocess
import sys

SLAVES = 3
VLAN = 5
BATCH = 100
ETH_P_ALL = 3
PACKET_VNET_HDR = 15
PACKET_OUTGOING = 4
POLICIES = ["layer2", "layer3+4", "layer2+3", "encap2+3", "encap3+4", "vlan+srcmac"]


def ip(*args):
    subprocess.run(("ip",) + args, check=True)


def set_up():
    for name in ("all", "default"):
        path = f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6"
        if os.path.exists(path):
            with open(path, "w", encoding="ascii") as file:
                file.write("1")
    ip("link", "add", "bond0", "type", "bond", "mode", "balance-xor", "miimon", "100")
    for n in range(SLAVES):
        ip("link", "add", f"d{n}", "type", "dummy")
        ip("link", "set", f"d{n}", "master", "bond0")
    ip("link", "set", "bond0", "mtu", "9000", "up")
    ip("link", "add", "link", "bond0", "name", "bond0.5", "type", "vlan", "id", str(VLAN))
    ip("link", "set", "bond0.5", "up")


def sockets():
    """Two that send, and those that see what goes out over the slaves."""
    senders = []
    for name in ("bond0", "bond0.5"):
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        s.setsockopt(263, PACKET_VNET_HDR, 1)
        s.bind((name, 0))
        senders.append(s)
    watchers = {}
    for n in range(SLAVES):
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        s.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
        s.bind((f"d{n}", ETH_P_ALL))
        s.setblocking(False)
        watchers[s] = n
    return senders, watchers


def untagged(frame):
    """The frame without the tag that the VLAN device gave it."""
    if frame[12:14] == b"\x81\x00" and int.from_bytes(frame[14:16], "big") & 0xFFF == VLAN:
        return frame[:12] + frame[16:]
    return frame


def collect(watchers, wanted, took):
    """Read what went out until all of `wanted` was seen, or nothing comes any more."""
    missing = set(wanted)
    while missing:
        ready, _, _ = select.select(list(watchers), [], [], 2)
        if not ready:
            return
        for s in ready:
            while True:
                try:
                    frame, address = s.recvfrom(16384)
                except BlockingIOError:
                    break
                if address[2] != PACKET_OUTGOING:
                    continue
                for key in (frame, untagged(frame)):
                    if key in missing:
                        took.setdefault(key, []).append(watchers[s])
                        missing.discard(key)
                        break


def main():
    with open(sys.argv[1], encoding="ascii") as file:
        rows = [line.split() for line in file]
    frames = {}
    for row in rows:
        frames[bytes.fromhex(row[8])] = (int(row[0]), int(row[1]), [int(h) for h in row[2:8]])
    set_up()
    senders, watchers = sockets()
    print(f"TAP version 13\n1..{len(POLICIES)}")
    failed = 0
    for number, policy in enumerate(POLICIES):
        ip("link", "set", "bond0", "type", "bond", "xmit_hash_policy", policy)
        took = {}
        listed = list(frames)
        for start in range(0, len(listed), BATCH):
            batch = listed[start : start + BATCH]
            for frame in batch:
                linear, vlan, _ = frames[frame]
                # No offload; the length of the linear part.
                header = struct.pack("=BBHHHH", 0, 0, linear, 0, 0, 0)
                senders[vlan].send(header + frame)
            collect(watchers, batch, took)
        wrong = lost = 0
        for frame, (linear, vlan, hashes) in frames.items():
            expected = hashes[number] % SLAVES
            if frame not in took:
                lost += 1
            elif took[frame] != [expected]:
                wrong += 1
            else:
                continue
            if wrong + lost <= 3:
                print(f"# linear {linear} vlan {vlan} took {took.get(frame)} expected {expected}: {frame[:120].hex()}")
        ok = not (wrong or lost)
        failed += not ok
        print(f"{'ok' if ok else 'not ok'} {number + 1} - {policy}: {len(frames)} frames, {wrong} over another slave, {lost} lost")
    print(f"{len(POLICIES) - failed} passed, {failed} failed, 0 skipped")
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
