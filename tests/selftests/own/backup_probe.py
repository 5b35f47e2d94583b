# SPDX-License-Identifier: GPL-2.0
"""Backups that are proven by more than our own requests: arp_backup_probe."""

import json
import os
import re
import socket
import struct
import time

from lib.fabric import prune
from lib.harness import Skip, check, equal, sh, test, wait
from lib.lan import Lan
from lib.log import log_of
from lib.net import KernelLog, must_set, option, shown, slave_is, tap
from own.arp import LATE, TARGET, active, all_up, bond, failures, frames_of, lost, wait_for_active

OTHER = {"v0": "v1", "v1": "v0"}
DEAF = "hears none of the requests that the active slave sends"


def address(name):
    with open("/sys/class/net/%s/address" % name, encoding="ascii") as file:
        return file.read().strip()


def octets(text):
    return bytes.fromhex(text.replace(":", ""))


def arp(operation, source, sender, target, destination="ff:ff:ff:ff:ff:ff", station="00:00:00:00:00:00"):
    """An ARP frame."""
    return (octets(destination) + octets(source) + struct.pack("!HHHBBH", 0x0806, 1, 0x0800, 6, 4, operation)
            + octets(source) + socket.inet_aton(sender) + octets(station) + socket.inet_aton(target) + bytes(18))


def listened(name):
    """The unicast addresses that the device receives besides its own."""
    return re.findall(r"^(.[02468ace]:\S+) self permanent", sh("bridge fdb show dev " + name), re.M)


def places(lan):
    """Where the switch has learnt that each address is."""
    table = json.loads(lan.inside("bridge -j fdb show br lan0"))
    return {entry["mac"]: entry["ifname"] for entry in table if "permanent" not in entry.get("state", "")}


def is_probe(frame):
    return frame.operation == 1 and frame.sender == "0.0.0.0" and frame.target == TARGET


@test("g3-a-pruning-card-is-told-of")
def told():
    """Off, as in C: the backup is down for ever, and the log says once why that may be."""
    lan = bond(Lan(2), arp_validate="all", arp_missed_max=5)
    first = wait_for_active()
    # Both hear each other's questions until the cards prune; the line is said once for the bond.
    sh("ip link set %s nomaster; ip link set %s down" % (OTHER[first], OTHER[first]))
    prune("v0", "v1")
    log = KernelLog()

    def come_back():
        sh("ip link set %s master bond0" % OTHER[first])
        wait(lambda: lost(OTHER[first]), "the backup down", LATE)
        check(log.wait(DEAF, LATE), "no line about it")
        # As long again, and it is not repeated.
        time.sleep(2)

    lines = [line for line in log_of("bond0", come_back) if DEAF in line]
    equal(len(lines), 1, "lines about it")
    check("(slave %s)" % OTHER[first] in lines[0] and "arp_backup_probe" in lines[0], lines[0])
    check(lost(OTHER[first]), "the backup is up")
    lan.close()
    lan = bond(Lan(2), arp_validate="all")
    wait(lambda: active() != "", "an active slave", LATE)
    lines = log_of("bond0", lambda: (all_up("v0", "v1"), time.sleep(3)))
    equal([line for line in lines if DEAF in line], [], "lines where the backup hears")


@test("g3-listen-to-what-targets-broadcast")
def listen():
    """A target's own broadcast proves the backup; a stranger's, and one that goes to one station, do not."""
    lan = bond(Lan(2), arp_validate="all", arp_missed_max=10)
    first = wait_for_active()
    backup = OTHER[first]
    prune("v0", "v1")
    wait(lambda: lost(backup), "the backup down", LATE)
    target, speaker = lan.address("lan0"), lan.sender("lan0")

    def proves(frame, for_seconds=LATE):
        end = time.monotonic() + for_seconds
        while time.monotonic() < end:
            speaker.send(frame)
            time.sleep(0.02)
            if slave_is(backup, "up"):
                return True
        return False

    asks = arp(1, target, TARGET, "192.0.2.77")
    check(not proves(asks, 0.5), "proven with the option off")
    must_set("bond0", "arp_backup_probe", "listen")
    for what, frame in (("a stranger's question", arp(1, target, "192.0.2.90", "192.0.2.77")),
                        ("a question to one station", arp(1, target, TARGET, "192.0.2.77", address("bond0"))),
                        ("an answer to all", arp(2, target, TARGET, "192.0.2.77"))):
        check(not proves(frame, 0.5), what + " proved the backup")
    check(proves(asks), "a target's question")
    wait(lambda: lost(backup), "the backup down again", LATE)
    check(proves(arp(2, target, TARGET, TARGET)), "an announcement")
    equal([listened(name) for name in ("v0", "v1")], [[], []], "addresses for probes")
    equal(active(), first, "active slave")


@test("g3-listen-to-neighbour-discovery")
def listen6():
    """An advertisement that an IPv6 target sends to all nodes proves the backup; a stranger's does not."""
    lan = Lan(2, ipv6=True)
    sh("ip link add bond0 type bond mode active-backup arp_interval 100 arp_missed_max 10 arp_validate all ns_ip6_target 2001:db8::254;"
       "ip link set v0 master bond0; ip link set v1 master bond0; ip link set bond0 up; ip addr add 2001:db8::1/64 dev bond0 nodad")
    backup = OTHER[wait_for_active()]
    prune("v0", "v1")
    must_set("bond0", "arp_backup_probe", "listen")
    wait(lambda: lost(backup), "the backup down", LATE)
    speaker = lan.sender("lan0")

    def proves(source, for_seconds):
        packet = struct.pack("!IHBB", 0x60000000, 24, 58, 255) + socket.inet_pton(socket.AF_INET6, source)
        packet += socket.inet_pton(socket.AF_INET6, "ff02::1") + bytes((136, 0, 0, 0, 0x20, 0, 0, 0)) + packet[8:24]
        end = time.monotonic() + for_seconds
        while time.monotonic() < end and not slave_is(backup, "up"):
            speaker.send(octets("33:33:00:00:00:01") + octets(lan.address("lan0")) + b"\x86\xdd" + packet)
            time.sleep(0.02)
        return slave_is(backup, "up")

    check(not proves("2001:db8::90", 1), "a stranger proved the backup")
    check(proves("2001:db8::254", LATE), "the target did not prove the backup")


def probed(lan, names, ports):
    """With a bond whose cards prune, all are proven by probes, whoever is active. Whatever moves, it is not the bond's address."""
    must_set("bond0", "arp_backup_probe", "probe")
    all_up(*names)
    mine = address("bond0")
    for first, backup in (names, names[::-1]):
        wait(lambda: option("bond0", "active_slave", first) == "0", first + " as the active slave", LATE)
        wait(lambda: places(lan).get(mine) == ports[first], "the switch learns who is active", LATE)
        all_up(backup)
        at_port, at_slave = lan.tap(ports[backup]), tap(backup, 0x0806)
        before = failures(backup)
        probes = []
        while len(probes) < 12:
            probes += frames_of(at_port, is_probe, "probes of " + backup)
            equal(places(lan).get(mine), ports[first], "the port of the bond's address")
        secret, = {frame.source for frame in probes}
        check(secret not in (address("v0") if "v0" in names else mine, mine, address(first), address(backup)),
              "the address for probes is in use: " + secret)
        equal({(frame.destination, frame.payload[8:14].hex(":")) for frame in probes}, {(lan.address("lan0"), secret)},
              "who is asked, and who asks")
        equal((listened(backup), listened(first)), ([secret], []), "addresses that the cards take")
        equal(places(lan).get(secret), ports[backup], "the port of the address for probes")
        wait(lambda: slave_is(backup, "up"), "the backup up", LATE)
        equal(failures(backup), before, "failures of the backup")
        taken = [data for _, data in drain_arp(at_slave)
                 if struct.unpack("!H", data[20:22])[0] == 2 and data[32:38] == octets(secret)]
        equal(taken, [], "answers that somebody else got")
        at_port.socket.close()
        at_slave.close()


def drain_arp(sock):
    out = []
    while True:
        try:
            data, place = sock.recvfrom(2048)
        except BlockingIOError:
            return out
        out.append((place[2], data))


@test("g3-a-pruning-card-is-proven-by-probes")
def probes():
    lan = bond(Lan(2), arp_validate="all", arp_missed_max=5)
    wait_for_active()
    prune("v0", "v1")
    probed(lan, ("v0", "v1"), {"v0": "p0", "v1": "p1"})
    # It takes over at once, and is not heard under the other address any more.
    first = active()
    lan.cut(int(first[1]))
    wait(lambda: active() == OTHER[first], "failover", LATE)
    wait(lambda: listened(OTHER[first]) == [] and len(listened(first)) == 1, "addresses after the failover", LATE)
    wait(lambda: lost(first), "the other one down", LATE)
    lan.mend(int(first[1]))
    all_up(first)
    # Whatever ends it takes the addresses away.
    for name, value, back in (("arp_backup_probe", "listen", "probe"), ("arp_validate", "active", "all"),
                              ("arp_interval", "0", "100")):
        must_set("bond0", name, value)
        equal([listened(name) for name in ("v0", "v1")], [[], []], "addresses with %s=%s" % (name, value))
        must_set("bond0", name, back)
        equal(sorted(len(listened(name)) for name in ("v0", "v1")), [0, 1], "addresses with %s=%s" % (name, back))
    sh("ip link set bond0 down")
    equal([listened(name) for name in ("v0", "v1")], [[], []], "addresses of a bond that is down")
    sh("ip link set bond0 up")
    wait_for_active()
    # The bond takes the address that its backup asked from.
    all_up("v0", "v1")

    def asks_from(secret):
        # A busy machine may miss what the target answers: then v1 is active again.
        return option("bond0", "active_slave", "v0") == "0" and listened("v1") == [secret]

    wait(lambda: asks_from("02:00:00:00:02:01"), "v1 under its own address", LATE)
    sh("ip link set bond0 address 02:00:00:00:02:01")
    wait(lambda: asks_from("06:00:00:00:02:01"), "v1 under another address than the bond's", LATE)
    sh("ip link set v1 nomaster")
    equal(listened("v1"), [], "addresses of a slave that left")


@test("g3-probes-have-the-tags-of-their-vlan")
def vlan():
    lan = Lan(2, target=False)
    lan.inside("ip link add link lan0 name lan0.10 type vlan id 10; ip addr add 10.0.10.2/24 dev lan0.10;"
               "ip link set lan0.10 up")
    bond(lan, arp_validate="all", arp_missed_max=5, arp_ip_target="10.0.10.2")
    sh("ip link add link bond0 name bond0.10 type vlan id 10; ip addr add 10.0.10.1/24 dev bond0.10; ip link set bond0.10 up")
    first = wait_for_active()
    prune("v0", "v1")
    must_set("bond0", "arp_backup_probe", "probe")
    heard = lan.tap("p" + OTHER[first][1])
    found = frames_of(heard, lambda f: f.sender == "0.0.0.0" and f.target == "10.0.10.2" and f.tags == [10], "tagged probes")
    check(found[0].source != address("bond0"), "a probe from the bond's address")
    all_up(OTHER[first])


@test("g3-who-detects-duplicates-is-left-alone")
def duplicates():
    """A target that is silent is not probed: it may be about to find out whether its address is free."""
    lan = bond(Lan(2), arp_validate="all", arp_missed_max=3)
    wait_for_active()
    prune("v0", "v1")
    must_set("bond0", "arp_backup_probe", "probe")
    all_up("v0", "v1")
    station = lan.address("lan0")
    lan.remove_target()
    wait(lambda: active() == "", "the target is missed", LATE)
    heard = lan.tap("lan0")
    wait(lambda: (time.sleep(0.5), not any(is_probe(f) for f in heard.frames()))[1], "the end of probes", LATE)
    speaker = lan.sender("lan0")
    seen = []
    for _ in range(20):
        speaker.send(arp(1, station, "0.0.0.0", TARGET))
        time.sleep(0.1)
        seen += heard.frames()
    check(any(f.target == TARGET and f.sender == "192.0.2.1" for f in seen), "the bond does not ask any more")
    conflicts = [f for f in seen if f.operation and f.source != station and
                 (f.sender == TARGET or f.sender == "0.0.0.0" and f.target == TARGET)]
    equal([(f.operation, f.source, f.sender, f.target) for f in conflicts], [], "frames that are a conflict")
    lan.add_target()
    all_up("v0", "v1")


@test("g3-a-slave-without-an-address-listens")
def no_address():
    """All addresses that could be made of the slave's own are others': it listens, which is said once."""
    bond(Lan(2), arp_validate="all")
    sh("ip link set bond0 address 02:00:00:00:02:01; ip -batch - <<EOF\n%s\nEOF" % "\n".join(
        "link add x%02x address %02x:00:00:00:02:01 type dummy\nlink set x%02x master bond0" % (first, first, first)
        for first in range(0x06, 0x100, 4)))

    def ask():
        for value in ("probe", "listen", "probe"):
            wait(lambda: option("bond0", "active_slave", "v0") == "0", "v0 as the active slave", LATE)
            must_set("bond0", "arp_backup_probe", value)

    lines = [line for line in log_of("bond0", ask) if "address for probes" in line]
    equal(["(slave v1)" in line for line in lines], [True], "lines about it")
    equal((listened("v1"), listened("x06")), ([], ["06:00:00:00:02:01"]), "addresses of v1 and of another slave")


@test("g3-the-option", locks=True)
def options():
    sh("ip link add bond0 type bond mode active-backup; ip link add bond1 type bond mode 802.3ad")
    equal(shown("bond0", "arp_backup_probe"), "off 0", "the default")
    for value, text in (("listen", "listen 1"), ("2", "probe 2"), ("off", "off 0")):
        must_set("bond0", "arp_backup_probe", value)
        equal(shown("bond0", "arp_backup_probe"), text, "what it shows")
    equal(option("bond0", "arp_backup_probe", "3"), "EINVAL", "a value there is not")
    equal(option("bond1", "arp_backup_probe", "probe"), "EACCES", "a mode without ARP monitor")


@test("g3-module-parameter", init_net=True)
def parameter():
    sh("rmmod bonding")
    check(sh("modinfo -p bonding").count("arp_backup_probe:") == 1, "modinfo does not have it")
    sh("modprobe bonding max_bonds=1 mode=1 arp_backup_probe=probe")
    equal(shown("bond0", "arp_backup_probe"), "probe 2", "bond made at load")
    sh("rmmod bonding")
    sh("modprobe bonding max_bonds=1 arp_backup_probe=perhaps", may_fail=True)
    check("bonding " not in open("/proc/modules", encoding="ascii").read(), "a bad value was taken")
    sh("modprobe bonding max_bonds=0")


@test("g3-cards-with-filters-of-their-own", init_net=True, limit=300)
def cards():
    """The same on emulated cards, which receive what their filters have and nothing else."""
    if not all(os.path.exists("/sys/class/net/card%d" % place) for place in range(4)):
        raise Skip("no cards")
    lan = Lan(0)
    names, ports = ("card0", "card1"), {"card0": "card2", "card1": "card3"}
    try:
        for port in ports.values():
            sh("ip link set %s netns %s" % (port, lan.NET))
            lan.inside("ip link set %s master lan0 up" % port)
        sh("ip link add bond0 type bond mode 1 arp_interval 200 arp_missed_max 5 arp_validate all arp_ip_target " + TARGET)
        for name in names:
            sh("ip link set %s master bond0" % name)
        sh("ip addr add 192.0.2.1/24 dev bond0; ip link set bond0 up")
        wait_for_active()
        prune(*names)
        probed(lan, names, ports)
        for name in names:
            check("PROMISC" not in sh("ip link show " + name), name + " is promiscuous")
    finally:
        sh("ip link del bond0", may_fail=True)
        for name in names:
            sh("tc qdisc del dev %s clsact; ip link set %s down" % (name, name), may_fail=True)
        for port in ports.values():
            lan.inside("ip link set %s nomaster down; ip link set %s netns 1" % (port, port), may_fail=True)
        lan.close()
