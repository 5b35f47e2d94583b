# SPDX-License-Identifier: GPL-2.0
"""balance-alb on receive: eight clients on one network, what each learns, and what it is told."""

import collections
import os
import socket
import struct
import time

from lib.harness import check, equal, sh, test, wait
from lib.net import Net, counter, drain, frame, sender, slave_is, tap
from own.debugfs import mount, read

ARP = 0x0806
SERVER = "192.0.2.1"
BROADCAST = "ff:ff:ff:ff:ff:ff"
NOBODY = "00:00:00:00:00:00"


def address(device):
    """The address of a device."""
    return read("/sys/class/net/%s/address" % device).strip()


def octets(mac):
    return bytes.fromhex(mac.replace(":", ""))


def arp(op, sender_mac, sender_ip, target_mac, target_ip):
    """An ARP packet."""
    return (struct.pack("!HHBBH", 1, 0x0800, 6, 4, op) + octets(sender_mac) + socket.inet_aton(sender_ip) +
            octets(target_mac) + socket.inet_aton(target_ip))


def parse(data):
    """(operation, sender's MAC, sender's IP, target's IP) of a frame with ARP."""
    op, mac, ip, _, target = struct.unpack("!6xH6s4s6s4s", data[14:42])
    return op, mac.hex(":"), socket.inet_ntoa(ip), socket.inet_ntoa(target)


def table():
    """The clients as debugfs shows them: client -> (its MAC, slave)."""
    inode = os.stat("/proc/self/ns/net").st_ino
    lines = read("%s/bond0@%d/rlb_hash_table" % (mount(), inode)).splitlines()
    return {line.split()[1]: tuple(line.split()[2:]) for line in lines[1:] if line.split()[0] == SERVER}


class Client:
    """A station with an address, which learns by ARP where the server is."""

    def __init__(self, place, tag=None):
        self.mac = "02:00:00:00:0c:%02x" % place
        self.ip = "192.0.2.%d" % (10 + place)
        self.tag = tag
        self.learnt = None


class Lan:
    """A bond in balance-alb, and clients whose network joins the other ends of its slaves.

    The network is this: what a client sends to all goes to all ports, else to the one of the slave that has
    the address; each client hears what the bond sends.
    """

    def __init__(self, slaves=3, clients=8):
        self.net = Net()
        self.slaves = self.net.veths(slaves)
        self.ports = ["p%d" % place for place in range(slaves)]
        self.net.bond("bond0", self.slaves, up=True, mode=6, miimon=50)
        for name in self.slaves:
            wait(lambda name=name: slave_is(name, "up"), name + " up")
        sh("ip address add %s/24 dev bond0" % SERVER)
        self.clients = [Client(place) for place in range(clients)]
        self.taps = {port: tap(port, ARP) for port in self.ports}
        for sock in self.taps.values():
            sock.setsockopt(263, 8, 1)  # SOL_PACKET, PACKET_AUXDATA
        self.senders = {port: sender(port) for port in self.ports}
        self.updates = []

    def send(self, destination, source, packet, tag=None):
        """Sends a frame of a client."""
        ports = [port for slave, port in zip(self.slaves, self.ports) if address(slave) == destination]
        if tag:
            kind, packet = tag[0], struct.pack("!HH", tag[1], ARP) + packet
        else:
            kind = ARP
        for port in ports or self.ports:
            try:
                self.senders[port].send(frame(destination, source, kind, packet))
            except OSError:
                pass  # the port is down

    def hear(self):
        """What the clients hear: they learn, and answer."""
        for port, sock in self.taps.items():
            while True:
                try:
                    data, extra, _, where = sock.recvmsg(2048, 256)
                except (BlockingIOError, OSError):
                    break
                if where[2] == socket.PACKET_OUTGOING or len(data) < 42:
                    continue
                op, mac, ip, target = parse(data)
                tci, proto = struct.unpack_from("HH", extra[0][2], 16)
                tag = (proto, tci & 0xFFF) if proto else None
                if op == 2:
                    self.updates.append((port, mac, ip, tag))
                for client in self.clients:
                    if client.tag != tag or ip != SERVER or data[:6] not in (octets(client.mac), b"\xff" * 6):
                        continue
                    if client.learnt or op == 2:
                        client.learnt = mac
                    if op == 1 and target == client.ip:
                        self.send(mac, client.mac, arp(2, client.mac, client.ip, mac, SERVER), tag)

    def meet(self):
        """Each client asks for the server, one after the other."""
        for client in self.clients:
            client.learnt = None
            self.send(BROADCAST, client.mac, arp(1, client.mac, client.ip, NOBODY, SERVER), client.tag)
            self.until(lambda client=client: client.learnt, "an answer for " + client.ip)

    def until(self, condition, what, timeout=30.0):
        """Lets the clients hear until something holds; the seconds it took."""
        def holds():
            self.hear()
            return condition()
        return wait(holds, what, timeout)

    def shares(self):
        """How many clients send to each slave."""
        owner = {address(name): name for name in self.slaves}
        return collections.Counter(owner.get(client.learnt) for client in self.clients)


@test("rlb-clients-take-turns", locks=True)
def turns():
    lan = Lan()
    lan.meet()
    equal(lan.shares(), {"v0": 3, "v1": 3, "v2": 2}, "clients of each slave")
    seen = table()
    for place, client in enumerate(lan.clients):
        equal(client.learnt, address("v%d" % (place % 3)), "what %s learnt" % client.ip)
        equal(seen.get(client.ip), (client.mac, "v%d" % (place % 3)), "the line of " + client.ip)
    received = tap("bond0")
    before = [counter(name, "rx_packets") for name in lan.slaves]
    for client in lan.clients:
        port = "p" + next(name for name in lan.slaves if address(name) == client.learnt)[1:]
        for _ in range(40):
            lan.senders[port].send(frame(client.learnt, client.mac))
    wait(lambda: counter("bond0", "rx_packets") >= 320, "all frames")
    got = [counter(name, "rx_packets") - start for name, start in zip(lan.slaves, before)]
    for packets, clients in zip(got, (3, 3, 2)):
        check(40 * clients <= packets < 40 * clients + 30, "received by the slaves: %s" % got)
    equal(len(drain(received)), 320, "frames that came up through the bond")


@test("g1-clients-are-told-at-once-of-a-failover")
def failover():
    lan = Lan()
    lan.meet()
    bond_mac = address("bond0")
    equal(address("v0"), bond_mac, "the active slave's address")
    end = time.monotonic() + 3  # what was left to be told is told
    lan.until(lambda: time.monotonic() > end, "some seconds")
    lan.updates.clear()
    lan.net.down("p0")
    wait(lambda: slave_is("v0", "down"), "v0 down")
    since = time.monotonic()
    lan.until(lambda: lan.updates, "an update")
    took = time.monotonic() - since
    lan.until(lambda: lan.shares() == {"v1": 4, "v2": 4}, "all clients to learn another slave")
    equal(address("v1"), bond_mac, "the new active slave's address")
    check("promiscuity 1 " in sh("ip -d link show v1"), "the new active slave is not promiscuous")
    for port, mac, ip, _ in lan.updates:
        equal((mac, ip), (address("v" + port[1:]), SERVER), "what an update through %s says" % port)
    check(took < 1.7, "the first client was told after %.1f s" % took)
    lan.meet()
    lan.until(lambda: "promiscuity 0 " in sh("ip -d link show v1"), "the end of promiscuity")
    # The slave comes back, and gets its share again.
    lan.net.up("p0")
    lan.until(lambda: all(lan.shares()[name] >= 2 for name in lan.slaves), "all slaves to have clients")
    lan.meet()


@test("rlb-clients-are-told-of-the-bonds-new-address", locks=True)
def new_address():
    lan = Lan(2, 2)
    lan.meet()
    one, two = lan.clients
    first = "02:00:00:00:77:01"
    sh("ip link set bond0 address " + first)
    equal((address("bond0"), address("v0")), (first, first), "addresses of the bond and its active slave")
    lan.until(lambda: one.learnt == first, "the client of the active slave to be told")
    equal(two.learnt, address("v1"), "what the other client learnt")
    # The address of another slave: it is swapped.
    other = address("v1")
    sh("ip link set bond0 address " + other)
    equal((address("bond0"), address("v0"), address("v1")), (other, other, first), "addresses swapped")
    lan.until(lambda: (one.learnt, two.learnt) == (other, first), "both clients to be told")
    lan.meet()


@test("rlb-addresses-of-a-bridge-are-left-alone")
def bridged():
    net = Net()
    slaves = net.veths(2)
    net.bond("bond0", slaves, up=True, mode=6, miimon=50)
    for name in slaves:
        wait(lambda name=name: slave_is(name, "up"), name + " up")
    sh("ip link add br1 type bridge && ip link set bond0 master br1 && ip link set br1 up && "
       "ip address add %s/24 dev br1" % SERVER)
    client = "02:00:00:00:0c:01"
    sock = tap("p0", ARP)

    def answers():
        with sender("p0") as out:
            out.send(frame(BROADCAST, client, ARP, arp(1, client, "192.0.2.10", "00:00:00:00:00:00", SERVER)))
        time.sleep(0.2)
        return [data for _, data in drain(sock) if parse(data)[0] == 2]
    wait(answers, "an answer")
    check(not table(), "a client of the bridge is remembered")


@test("rlb-a-flood-of-clients")
def flood():
    lan = Lan(2, 2)
    lan.meet()
    sh("ip address add %s/16 dev bond0" % SERVER)
    for number in range(1000):
        high, low = divmod(number, 250)
        ip, mac = "192.0.%d.%d" % (100 + high, low + 1), "02:00:00:01:%02x:%02x" % (high, low)
        lan.senders["p0"].send(frame(BROADCAST, mac, ARP, arp(1, mac, ip, NOBODY, SERVER)))
    wait(lambda: len(table()) > 200, "the table to fill")
    check(len(table()) <= 256, "the table has %d clients" % len(table()))
    lan.meet()
    equal(sum(lan.shares()[name] for name in lan.slaves), 2, "clients with a slave")
