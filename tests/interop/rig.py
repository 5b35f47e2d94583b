# SPDX-License-Identifier: GPL-2.0
"""Our end: the wires to a peer, the bond on them, and packets that tell what is lost."""

import os
import socket
import struct
import subprocess
import threading
import time

from lib.harness import Failure, sh, wait
from lib.net import SYS, read_text, shown

OURS = "192.0.2.1"
# As many addresses as both ends need to use all ports.
THEIRS = ["192.0.2.%d" % host for host in range(2, 10)]
COLLECTING_DISTRIBUTING = 48
# Ends that gave each other up speak every thirty seconds; and a guest under emulation is late at times.
LATE = 75.0


def load_modules():
    """What the peers here and our end are made of; what a kernel has built in cannot be loaded."""
    for module in ("bonding max_bonds=0", "veth", "bridge", "tun", "team", "sch_ingress", "cls_matchall", "act_gact"):
        subprocess.run("modprobe -q " + module, shell=True, check=False)


class Wires:
    """Ports v0 ... of ours; each leads through a bridge of its own to the port q0 ... of the peer."""

    def __init__(self, count=2):
        self.ports = ["v%d" % place for place in range(count)]
        sh("mkdir -p /run/netns; mount -t tmpfs tmpfs /run/netns; ip netns add fabric; ip netns add peer")
        for place in range(count):
            self.inside("ip link add br{0} type bridge mcast_snooping 0 forward_delay 0; ip link set br{0} up".format(place))
            for name, ours, space, host in (("w", "v", "", 2), ("x", "q", "netns peer", 3)):
                # Bridges keep what is sent to the slow protocols' group unless a port is told otherwise.
                self.inside("ip link add {0}{1} type veth peer name {2}{1} address 02:00:00:00:0{3}:0{1} {4};"
                            "ip link set {0}{1} master br{1} up; ip link set {0}{1} type bridge_slave group_fwd_mask 4"
                            .format(name, place, ours, host, space or "netns %d" % os.getpid()))
        # Where the peer is a program the kernel sees its frames too, and must not answer for it.
        self.peer("sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 net.ipv4.conf.all.arp_ignore=1")

    @staticmethod
    def inside(command):
        return sh("ip netns exec fabric sh -c '%s'" % command)

    @staticmethod
    def peer(command, may_fail=False):
        return sh("ip netns exec peer sh -c '%s'" % command, may_fail)

    def lose(self, place):
        """Both ends lose the carrier."""
        self.inside("ip link set w{0} down; ip link set x{0} down".format(place))

    def restore(self, place):
        self.inside("ip link set w{0} up; ip link set x{0} up".format(place))

    def hole(self, place):
        """Nothing passes any more, but the carriers stay."""
        self.inside("bridge link set dev w%d state 0" % place)

    def mend(self, place):
        self.inside("bridge link set dev w%d state 3" % place)


class Bond:
    """bond0 over the wires."""

    def __init__(self, ports, options):
        self.ports = ports
        sh("ip link add bond0 type bond mode 802.3ad miimon 100 xmit_hash_policy layer2+3 " + options)
        for port in ports:
            sh("ip link set %s down; ip link set %s master bond0" % (port, port))
        sh("ip addr add %s/24 dev bond0" % OURS)

    @staticmethod
    def up():
        sh("ip link set bond0 up")

    def states(self):
        """Actor's and partner's state of each port."""
        for port in self.ports:
            for side in ("actor", "partner"):
                text = read_text("%s%s/bonding_slave/ad_%s_oper_port_state" % (SYS, port, side)).strip()
                yield int(text) if text.isdigit() else 0

    def joined(self):
        """Whether each port carries, and its partner says the same."""
        return all(state & COLLECTING_DISTRIBUTING == COLLECTING_DISTRIBUTING for state in self.states())

    def until_joined(self, what="all ports joined"):
        """Seconds."""
        try:
            return wait(self.joined, what, LATE)
        except Failure as failure:
            raise Failure("%s; states %s" % (failure, list(self.states()))) from failure

    @staticmethod
    def until_ports(count):
        """Seconds until the aggregator in use has so many ports that can carry."""
        return wait(lambda: shown("bond0", "ad_num_ports") == str(count), "%d ports" % count, LATE)

    def until_out(self, place):
        """Seconds until a port does not carry any more."""
        path = "%s%s/bonding_slave/ad_actor_oper_port_state" % (SYS, self.ports[place])
        return wait(lambda: not int(read_text(path)) & 32, "%s out of use" % self.ports[place], LATE)


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


class Pings:
    """Echo requests to all of the peer's addresses in turn, until it is stopped."""

    EVERY = 0.005

    def __init__(self):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        self.sock.settimeout(0.3)
        self.running, self.sent, self.answers = True, {}, {}
        self.began = time.monotonic()
        self.threads = [threading.Thread(target=work, daemon=True) for work in (self.send, self.receive)]
        for thread in self.threads:
            thread.start()

    def send(self):
        number = 0
        while self.running:
            head = struct.pack("!BBHHH", 8, 0, 0, 0x7E57, number & 0xFFFF)
            request = head[:2] + struct.pack("!H", checksum(head)) + head[4:]
            self.sent[number & 0xFFFF] = time.monotonic()
            try:
                self.sock.sendto(request, (THEIRS[number % len(THEIRS)], 0))
            except OSError:
                pass  # no carrier: lost as well
            number += 1
            time.sleep(self.EVERY)

    def receive(self):
        while True:
            try:
                packet = self.sock.recv(256)
            except socket.timeout:
                if not self.running:
                    return
                continue
            if packet[20] == 0 and packet[24:26] == b"\x7e\x57":
                self.answers[struct.unpack_from("!H", packet, 26)[0]] = time.monotonic()

    def by_address(self):
        """How often each address answered."""
        places = [number % len(THEIRS) for number in list(self.answers)]
        return [places.count(place) for place in range(len(THEIRS))]

    def all_answered(self):
        """Whether each address has answered once."""
        return all(self.by_address())

    def lost(self):
        """How many were not answered, and the longest time in ms in which an address did not answer."""
        self.running = False
        for thread in self.threads:
            thread.join()
        self.sock.close()
        ended, gap = time.monotonic(), 0.0
        for place in range(len(THEIRS)):
            last = self.began
            for number in sorted(number for number in self.answers if number % len(THEIRS) == place):
                gap = max(gap, self.sent[number] - last)
                last = self.sent[number]
            gap = max(gap, min(max(self.sent.values(), default=ended), ended) - last)
        return len(self.sent) - len(self.answers), gap * 1000


class Capture:
    """What our ports, slaves already, send and receive of LACP, kept in files named by their own addresses."""

    def __init__(self, ports, folder):
        self.processes = []
        for port in ports:
            address = read_text("%s%s/bonding_slave/perm_hwaddr" % (SYS, port)).strip().replace(":", "")
            path = "%s/%s-%d.pcap" % (folder, address, time.monotonic_ns())
            self.processes.append(subprocess.Popen(
                ["tcpdump", "-qn", "-U", "-Z", "root", "-i", port, "-w", path, "ether proto 0x8809"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def end(self):
        for process in self.processes:
            process.terminate()
            process.wait(10)
