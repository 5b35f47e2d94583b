# SPDX-License-Identifier: GPL-2.0
"""Two switches with a link between them, a bond over both, hosts behind them, and traffic that counts what is lost."""

import os
import socket
import struct
import subprocess
import threading
import time

from .harness import Failure, sh, wait
from .lan import in_namespace
from .net import must_set, option, shown, slave_is

OURS, PORT = "192.0.2.1", 9999
# Where packets come at this rate a gap of a few milliseconds is the guest's own.
EVERY = 0.002
# How long a flow goes on after what happened, so that whatever comes of it shows.
AFTERWARDS = 2.0


def udp(name):
    """A socket in a namespace, or here."""
    def make():
        return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    return in_namespace(name, make) if name else make()


class Flow:
    """Numbered packets from one place to another, until it is stopped."""

    def __init__(self, source, destination, address):
        self.sock, self.sink = udp(source), udp(destination)
        self.sink.bind(("0.0.0.0", PORT))
        self.sink.settimeout(0.5)
        self.address, self.sent, self.seen, self.running = address, 0, [], True
        self.threads = [threading.Thread(target=self.send), threading.Thread(target=self.receive)]
        for thread in self.threads:
            thread.start()

    def send(self):
        while self.running:
            try:
                self.sock.sendto(struct.pack("!I", self.sent), (self.address, PORT))
            except OSError:
                pass  # the bond has no carrier: lost as well
            self.sent += 1
            time.sleep(EVERY)

    def receive(self):
        while True:
            try:
                number = struct.unpack("!I", self.sink.recv(64))[0]
            except socket.timeout:
                if not self.running:
                    return
                continue
            self.seen.append((number, time.monotonic()))

    def await_more(self, count=20):
        """Wait until packets come that have yet to be sent."""
        mark = self.sent + count
        wait(lambda: self.seen and self.seen[-1][0] >= mark, "packets to " + self.address)

    def stop(self):
        """Packets lost and the longest time between two that came, in ms."""
        self.running = False
        for thread in self.threads:
            thread.join()
        self.sock.close()
        self.sink.close()
        times = [moment for _, moment in self.seen]
        gap = max((b - a for a, b in zip(times, times[1:])), default=float("nan"))
        return self.sent - len({number for number, _ in self.seen}), gap * 1000


def inside(command):
    sh("ip netns exec fabric sh -c '%s'" % command)


def build():
    """Switches swa and swb with a link, slave v0 at the first, v1 at the second, a host behind each."""
    # An earlier test's names may be left over, but not their namespaces.
    sh("mkdir -p /run/netns; test ! -e /run/netns/fabric || mount -t tmpfs tmpfs /run/netns")
    sh("ip netns add fabric; ip netns add hosta; ip netns add hostb; sysctl -qw net.ipv4.conf.all.rp_filter=0")
    inside("ip link add swa type bridge mcast_snooping 0 vlan_filtering 1; ip link add swb type bridge mcast_snooping 0 vlan_filtering 1;"
           "ip link set swa up; ip link set swb up; ip link add isla type veth peer name islb;"
           "ip link set isla master swa up; ip link set islb master swb up")
    for place, switch in enumerate(("swa", "swb")):
        sh("ip link add v%d address 02:00:00:00:02:%02x type veth peer name p%d netns fabric" % (place, place, place))
        inside("ip link set p%d master %s up" % (place, switch))
        host = "host" + switch[-1]
        sh("ip link add %s netns fabric type veth peer name eth0 netns %s" % (host, host))
        inside("ip link set %s master %s up" % (host, switch))
        sh("ip netns exec %s sh -c 'ip link set eth0 up; ip addr add 192.0.2.1%d/24 dev eth0;"
           "ip link add link eth0 name eth0.10 type vlan id 10; ip link set eth0.10 up; ip addr add 10.0.10.1%d/24 dev eth0.10'"
           % (host, place, place))
    for port in ("p0", "p1", "isla", "islb", "hosta", "hostb"):
        inside("bridge vlan add dev %s vid 10" % port)


def destroy():
    sh("ip link del bond0; ip link del v0; ip link del v1; ip netns del fabric; ip netns del hosta; ip netns del hostb", may_fail=True)


def bond(settings):
    sh("ip link add bond0 type bond mode active-backup " + settings)
    for name in ("v0", "v1"):
        sh("ip link set %s master bond0" % name)
    sh("ip addr add %s/24 dev bond0; ip link set bond0 up;"
       "ip link add link bond0 name bond0.10 type vlan id 10; ip addr add 10.0.10.1/24 dev bond0.10; ip link set bond0.10 up" % OURS)


def prune(*names):
    """What comes in with the bond's own source address is dropped, as some cards do."""
    with open("/sys/class/net/bond0/address", encoding="ascii") as file:
        own = file.read().strip()
    for name in names:
        sh("tc qdisc add dev %s clsact; tc filter add dev %s ingress flower src_mac %s action drop" % (name, name, own))


ARP = "arp_interval 100 arp_validate %s arp_ip_target %s"


def trunk():
    inside("ip link set isla down")


def hole():
    inside("bridge vlan del dev p0 vid 10")


def carrier():
    inside("ip link set p0 down")


def flaps():
    for _ in range(10):
        inside("ip link set p0 down")
        time.sleep(0.15)
        inside("ip link set p0 up")
        time.sleep(0.15)


class Case:
    """What breaks, and what comes of it."""

    def __init__(self, name, settings, host, there, breaks, here=OURS, takes_over=True):
        self.name, self.settings, self.breaks, self.takes_over = name, settings, breaks, takes_over
        self.host, self.there, self.here = host, there, here

    def run(self, probe=False, pruning=False):
        """Packets lost and the longest gap in ms, of a flow to the host, then of one from it."""
        build()
        try:
            bond(self.settings)
            if pruning:
                prune("v0", "v1")
            if probe:
                must_set("bond0", "arp_validate", "all")
                must_set("bond0", "arp_backup_probe", "probe")
            wait(lambda: shown("bond0", "active_slave") != "", "an active slave")
            wait(lambda: slave_is("v0", "up") and slave_is("v1", "up"), "both up")
            subprocess.run(["ping", "-qc2", "-i0.2", self.there], stdout=subprocess.DEVNULL, check=False)
            wait(lambda: option("bond0", "active_slave", "v0") == "0", "v0 as the active slave")
            flows = Flow(None, self.host, self.there), Flow(self.host, None, self.here)
            try:
                for flow in flows:
                    flow.await_more(250)
                if shown("bond0", "active_slave") != "v0":
                    raise Failure("v0 did not stay the active slave")
                self.breaks()
                if self.takes_over:
                    wait(lambda: shown("bond0", "active_slave") == "v1", "failover")
                time.sleep(AFTERWARDS)
                for flow in flows:
                    flow.await_more()
                wanted = "v1" if self.takes_over else "v0"
                if shown("bond0", "active_slave") != wanted:
                    raise Failure("the active slave is not " + wanted)
            finally:
                values = [flow.stop() for flow in flows]
            return values[0] + values[1]
        finally:
            destroy()


CASES = (
    Case("carrier lost, miimon 100", "miimon 100", "hostb", "192.0.2.11", carrier),
    Case("carrier flaps ten times, miimon 100", "miimon 100", "hostb", "192.0.2.11", flaps),
    Case("link between the switches lost, target behind the far one", ARP % ("active", "192.0.2.11"), "hostb", "192.0.2.11", trunk),
    Case("the same, targets behind both, one is enough", ARP % ("active", "192.0.2.10,192.0.2.11"), "hosta", "192.0.2.10", trunk,
         takes_over=False),
    Case("VLAN 10 is a black hole, target in it", ARP % ("active", "10.0.10.11"), "hostb", "10.0.10.11", hole, here="10.0.10.1"),
)


def is_ours():
    """Whether the module has what C's does not."""
    return os.environ.get("BONDING_MODULE") == "rust"
