# SPDX-License-Identifier: GPL-2.0
"""balance-alb: eight hosts with stacks of their own behind a switch, some of them in VLANs."""

import collections
import fcntl
import os
import select
import socket
import struct

from lib.harness import check, equal, sh, test, wait
from lib.lan import Lan, in_namespace
from lib.net import Net, la, must_set, nl, proc, shown, slave_is
from own.balance import address
from own.debugfs import mount, read
from own.injected import Refuser, refuse
from own.refused import unchanged

PORT = 9
SLAVES = ("v0", "v1", "v2")
# Device over the bond, its tag (protocol and number) and the network there.
UPPERS = (("bond0", None, "192.0.2."), ("q7", (0x8100, 7), "198.51.100."), ("s9", (0x88A8, 9), "203.0.113."))
# Of which network the hosts are.
HOSTS = (0, 0, 0, 0, 1, 1, 2, 2)


def configure(lower, name, tag, ip):
    """Bring a device up, a VLAN over `lower` if there is a tag, with an address of a /24."""
    net = Net()
    if tag:
        net.create(name, "vlan", data=[nl.u16(1, tag[1]), nl.attr(5, struct.pack("!H", tag[0]))],
                   attrs=[nl.u32(la.IFLA["LINK"], net.index(lower))])
    net.up(name)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for request, value in ((0x8916, ip), (0x891C, "255.255.255.0")):  # SIOCSIFADDR, SIOCSIFNETMASK
            fcntl.ioctl(sock, request, struct.pack("16sHH4s8x", name.encode(), socket.AF_INET, 0, socket.inet_aton(value)))


class Host:
    """A host in a namespace of its own, which knows the bond by ARP only."""

    def __init__(self, place, network):
        self.name = "c%d" % place
        self.device = "e0.%d" % network if network else "e0"
        _, self.tag, prefix = UPPERS[network]
        self.server, self.ip = prefix + "1", "%s%d" % (prefix, 16 + place)
        self.socket = in_namespace(self.name, self.open)

    def open(self):
        """A socket there. What ARP says counts at once; who has an answer never asks again, so that all else is an update."""
        if self.tag:
            Net().up("e0")
        configure("e0", self.device, self.tag, self.ip)
        for name, value in (("locktime", "0"), ("base_reachable_time_ms", "3600000"), ("delay_first_probe_time", "3600")):
            with open("/proc/sys/net/ipv4/neigh/%s/%s" % (self.device, name), "w", encoding="ascii") as knob:
                knob.write(value)
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setblocking(False)
        return sock

    def learnt(self):
        """The bond's address as the host knows it."""
        for line in in_namespace(self.name, lambda: read("/proc/net/arp")).splitlines()[1:]:
            words = line.split()
            if words[0] == self.server and words[2] != "0x0":
                return words[3]
        return None


class Site:
    """A bond in balance-alb over three ports of a switch, with VLANs above, and the hosts behind the switch."""

    def __init__(self):
        self.lan = Lan(len(SLAVES), target=False)
        self.net = Net()
        self.net.bond("bond0", SLAVES, up=True, mode=6, miimon=50)
        for name in SLAVES:
            wait(lambda name=name: slave_is(name, "up"), name + " up")
        for name, tag, prefix in UPPERS:
            configure("bond0", name, tag, prefix + "1")
        places = range(len(HOSTS))
        sh("printf '%s' | ip -batch -" % "".join("netns add c%d\\n" % place for place in places))
        self.lan.inside("printf \"%s\" | ip -batch -" % "".join(
            "link add h{0} type veth peer name e0 address 02:00:00:00:0c:{0:02x} netns c{0}\\n"
            "link set h{0} master lan0 up\\n".format(place) for place in places))
        self.hosts = [Host(place, network) for place, network in enumerate(HOSTS)]
        self.servers = []
        for _, _, prefix in UPPERS:
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.bind((prefix + "1", PORT))
            sock.setblocking(False)
            self.servers.append(sock)
        self.taps = [self.lan.tap(place) for place in range(len(SLAVES))]

    def talk(self, rounds=1):
        """Each host asks, and is answered, so many times: all of them are, in the end."""
        for _ in range(rounds):
            silent = set(self.hosts)

            def exchange():
                for host in silent:
                    host.socket.sendto(b"?", (host.server, PORT))
                for sock in select.select(self.servers, [], [], 0.2)[0]:
                    while True:
                        try:
                            sock.sendto(*sock.recvfrom(64))
                        except BlockingIOError:
                            break
                select.select([host.socket for host in silent], [], [], 0.05)
                for host in list(silent):
                    try:
                        while host.socket.recv(64):
                            silent.discard(host)
                    except OSError:
                        pass
                return not silent
            wait(exchange, "answers for %s" % sorted(host.name for host in silent))

    def owners(self):
        """Which slave has which address."""
        return {address(name): name for name in SLAVES}

    def shares(self):
        """How many hosts send to each slave."""
        owner = self.owners()
        return collections.Counter(owner.get(host.learnt()) for host in self.hosts)

    def heard(self):
        """What came in at the switch's ports since the last time: [(slave, frame)]."""
        return [("v%d" % place, frame) for place, tap in enumerate(self.taps) for frame in tap.frames()]

    def await_updates(self, lost, what, moved=()):
        """All hosts know an address that a slave has which is not lost, those that were moved by an update.

        A request of ours names the bond's address to all, and updates wait for some time after it. Each
        update has the tags of its host.
        """
        told = {}

        def all_know():
            for slave, frame in self.heard():
                if frame.kind == 0x0806 and frame.operation == 2:
                    told.setdefault(frame.target, set()).add((slave, tuple(frame.tags)))
            return set(self.shares()) <= set(SLAVES) - {lost} and told.keys() >= {host.ip for host in moved}
        wait(all_know, what, 30)
        for host in self.hosts:
            for slave, tags in told.get(host.ip, ()):
                equal(tags, (host.tag[1],) if host.tag else (), "tags of what %s was told through %s" % (host.name, slave))

    def close(self):
        sh("printf '%s' | ip -batch -" % "".join("netns del %s\\n" % host.name for host in self.hosts))
        self.lan.close()


def learn(site):
    """Who sends to whom at first, after a slave is lost, and after it is back."""
    site.talk()
    wait(lambda: sorted(site.shares().values()) == [2, 3, 3], "shares of 3, 3 and 2 hosts, not %s" % site.shares())
    owner = site.owners()
    for slave, frame in site.heard():
        if frame.kind == 0x0806 and frame.operation == 2:
            equal((frame.source, frame.payload[8:14].hex(":")), (address(slave),) * 2, "who answers through " + slave)
    # What hosts send comes in where they learnt; what they are sent is spread by their addresses.
    site.talk(4)
    out = collections.Counter()
    for slave, frame in site.heard():
        if frame.kind == 0x0800:
            equal(owner.get(frame.source), slave, "source of what leaves by " + slave)
            out[slave] += 1
    check(set(out) == set(SLAVES) and min(out.values()) >= 4, "answers by slave: %s" % dict(out))

    moved = [host for host in site.hosts if owner.get(host.learnt()) == "v1"]
    check(moved, "nobody sends to v1")
    site.lan.inside("ip link set p1 down")
    wait(lambda: slave_is("v1", "down"), "v1 down")
    site.await_updates("v1", "the hosts of v1 to be told", moved)
    site.talk()
    site.lan.inside("ip link set p1 up")
    wait(lambda: slave_is("v1", "up"), "v1 up")
    wait(lambda: sorted(site.shares().values()) == [2, 3, 3], "shares of 3, 3 and 2 hosts again", 30)
    site.talk()


def move(site):
    """The slave with the bond's address is lost; then the bond has another address."""
    site.talk()
    bonds = address("bond0")
    equal(address("v0"), bonds, "address of the active slave")
    site.lan.inside("ip link set p0 down")
    wait(lambda: shown("bond0", "active_slave") == "v1", "failover")
    wait(lambda: address("v1") == bonds, "v1 with the bond's address")
    check(len(set(map(address, SLAVES))) == 3, "slaves share an address")
    site.await_updates("v0", "all hosts to send to slaves that are up")
    site.talk()
    new = "02:00:00:00:77:01"
    sh("ip link set bond0 address " + new)
    equal((address("bond0"), address("v1"), address("q7"), address("s9")), (new,) * 4, "addresses")
    site.await_updates("v0", "the hosts of the active slave to be told")
    check(bonds not in [host.learnt() for host in site.hosts], "somebody sends to the old address")
    site.talk()
    # The address of another slave: they swap.
    other = address("v2")
    sh("ip link set bond0 address " + other)
    equal((address("v1"), address("v2")), (other, new), "addresses swapped")
    site.await_updates("v0", "the hosts of both to be told")
    site.talk()
    # VLANs that go take their hosts along, and no others.
    sh("ip link del q7")
    inode = os.stat("/proc/self/ns/net").st_ino
    lines = read("%s/bond0@%d/rlb_hash_table" % (mount(), inode)).splitlines()[1:]
    servers = collections.Counter(line.split()[0] for line in lines)
    equal((servers["198.51.100.1"], servers["203.0.113.1"]), (0, 2), "hosts of the VLANs in the table")


@test("alb-eight-hosts-learn-and-are-told")
def hosts():
    site = Site()
    try:
        learn(site)
        move(site)
    finally:
        site.close()


@test("alb-a-slave-that-keeps-its-address-while-it-is-up")
def keeps():
    """balance-alb refuses a device that takes no address while it is up, and goes on without; balance-tlb does with it."""
    net = Net()
    net.dummies(2)
    with Refuser():
        sh("ip link set r0 address 02:00:00:00:07:01")
        refuse("live_mac")
        net.bond("bond0", up=True, mode=6, miimon=50)
        # Not r0's, or it would keep its own at first.
        sh("ip link set bond0 address 02:00:00:00:66:66")
        unchanged(net, "r0", "bond0", "ENOTSUP", "sysfs")
        for name in ("d0", "d1"):
            net.master(name, "bond0")
        own = {name: address(name) for name in ("d0", "d1")}
        unchanged(net, "r0", "bond0", "ENOTSUP")
        check("r0" not in proc(), "r0 is a slave")
        equal({name: address(name) for name in own}, own, "addresses of the slaves")
        net.delete("bond0")
        net.bond("bond0", ("d0", "r0"), up=True, mode=5, miimon=50)
        wait(lambda: slave_is("r0", "up"), "r0 up")
        equal(address("r0"), "02:00:00:00:07:01", "the address that r0 sends by")
        must_set("bond0", "active_slave", "r0")
        equal((address("r0"), address("d0")), (address("bond0"), "02:00:00:00:07:01"), "addresses swapped")
        net.delete("bond0")
