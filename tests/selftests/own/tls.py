# SPDX-License-Identifier: GPL-2.0
"""TLS that slaves encrypt: keys are with the slave that sends, and nothing readable leaves by any other."""

import re
import socket
import struct
import threading
import time

from lib.harness import Failure, check, equal, sh, test, wait
from lib.lan import Tap, in_namespace
from lib.net import Net, counter, must_set, slave_is
from own.lacp import JOINED, LATE, states

FAR = "tlsfar"
PORT = 4433
ADDRESSES = {"IPv4": (socket.AF_INET, "192.0.2.1", "192.0.2.2"),
             "IPv4 in IPv6": (socket.AF_INET6, "::ffff:192.0.2.1", "::ffff:192.0.2.2"),
             "IPv6": (socket.AF_INET6, "2001:db8::1", "2001:db8::2")}
SECRET = b"nobody may read this"
RECORD = SECRET * 100
MANY = 200  # records, so that they are still on their way when something happens
TCP_ULP, SOL_TLS, TLS_TX, TLS_RX = 31, 282, 1, 2
# TLS 1.2, AES-GCM-128: nonce, key, salt, number of the first record.
KEYS = struct.pack("=HH8s16s4s8s", 0x0303, 51, bytes(range(8)), bytes(range(16)), b"salt", bytes(8))
FIXED = {"mode": 2, "xmit_hash_policy": 1}  # balance-xor, layer3+4


def tcp(data):
    """Source port and payload, if a frame is of TCP."""
    kind, place = struct.unpack_from("!H", data, 12)[0], 14
    if kind == 0x0800 and data[23] == socket.IPPROTO_TCP:
        end = place + struct.unpack_from("!H", data, 16)[0]
        place += 4 * (data[14] & 0xF)
    elif kind == 0x86DD and data[20] == socket.IPPROTO_TCP:
        place += 40
        end = place + struct.unpack_from("!H", data, 18)[0]
    else:
        return None
    return struct.unpack_from("!H", data, place)[0], data[place + 4 * (data[place + 12] >> 4):end]


class Pairs:
    """bond0 over t0, t1 ..., which encrypt TLS; in a namespace of their own the far ends, in a bridge or a bond."""

    def __init__(self, count=2, slaves=None, far="type bridge mcast_snooping 0", **options):
        self.net, self.count = Net(), count
        # An earlier test's name may be left over, but not its namespace.
        sh("mkdir -p /run/netns; test ! -e /run/netns/{0} || mount -t tmpfs tmpfs /run/netns; ip netns add {0}".format(FAR))
        for run in (sh, self.inside):
            run("sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0")
        self.inside("ip link add far0 %s" % far)
        for place in range(count):
            self.net.create("t%d" % place, "tls_pair")
            sh("ip link set t%d-far netns %s" % (place, FAR))
            self.inside("ip link set t%d-far master far0; ip link set t%d-far up" % (place, place))
        self.inside("ip link set far0 up; ip addr add 192.0.2.2/24 dev far0; ip addr add 2001:db8::2/64 dev far0 nodad")
        self.taps = [in_namespace(FAR, lambda place=place: Tap("t%d-far" % place)) for place in range(count)]
        for tap in self.taps:
            tap.socket.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)  # SO_RCVBUFFORCE
        self.listeners = {family: in_namespace(FAR, lambda family=family, there=there: socket.create_server((there, PORT), family=family))
                          for family, _, there in (ADDRESSES["IPv4"], ADDRESSES["IPv6"])}
        self.make_bond(range(count) if slaves is None else slaves, **options)

    @staticmethod
    def inside(command):
        """Run a command where the far ends are."""
        return sh("ip netns exec %s sh -c '%s'" % (FAR, command))

    def make_bond(self, slaves, **options):
        slaves = ["t%d" % place for place in slaves]
        self.net.bond("bond0", slaves, up=True, miimon=50, **options)
        sh("ip addr add 192.0.2.1/24 dev bond0; ip addr add 2001:db8::1/64 dev bond0 nodad")
        wait(lambda: all(slave_is(name, "up") for name in slaves), "slaves with a link")

    def counts(self, *names):
        """Counters of all devices, a list for each name, or the list of the only one."""
        text = sh(" && ".join("ethtool -S t%d" % place for place in range(self.count)))
        found = [[int(number) for number in re.findall(name + r": (\d+)", text)] for name in names]
        return found if len(names) > 1 else found[0]

    def frames(self, port):
        """Frames of a connection that each device sent since the last time: all, and those with payload."""
        every, full = [0] * self.count, [0] * self.count
        for place, tap in enumerate(self.taps):
            for source, payload in filter(None, (tcp(frame.data) for frame in tap.frames())):
                check(SECRET not in payload, "t%d sent what anybody can read" % place)
                every[place] += source == port
                full[place] += source == port and bool(payload)
        return every, full

    def connect(self, port, kind="IPv4"):
        return Connection(self, port, *ADDRESSES[kind])

    def all_by(self, place, connection, what):
        """Records go over, by a certain slave, and it encrypts them."""
        self.frames(connection.port)
        before, passed = self.counts("encrypted", "passed")
        connection.exchange()
        full = self.frames(connection.port)[1]
        check(full[place] > 0, what + ": frames of the slave with the keys")
        equal(full, [full[place] if other == place else 0 for other in range(self.count)], what + ": frames by slave")
        now, passed_now = self.counts("encrypted", "passed")
        equal([new - old for new, old in zip(now, before)], full, what + ": frames encrypted")
        equal(passed_now, passed, what + ": frames past the slaves")

    def by_software(self, connection, what):
        """Records go over, nobody can read them, and no slave encrypts them."""
        before = self.counts("encrypted")
        connection.say()
        wait(lambda: sum(self.frames(connection.port)[1]), what + ": frames")
        connection.hear()
        self.frames(connection.port)
        equal(self.counts("encrypted"), before, what + ": frames encrypted by slaves")

    def no_keys_left(self):
        wait(lambda: not any(self.counts("keys")), "keys gone with their connections")


class Connection:
    """A TCP connection from here to where the far ends are."""

    def __init__(self, pairs, port, family, here, there):
        self.pairs, self.port = pairs, port
        self.near = socket.socket(family, socket.SOCK_STREAM)
        self.near.settimeout(20)
        self.near.bind((here, port))
        self.near.connect((there, PORT))
        self.far = pairs.listeners[socket.AF_INET if "." in here else family].accept()[0]
        self.far.settimeout(20)

    def secure(self):
        """From now on it is TLS; returns the places of the devices that got keys."""
        before = self.pairs.counts("keys")
        for sock, way in (self.near, TLS_TX), (self.far, TLS_RX):
            sock.setsockopt(socket.SOL_TCP, TCP_ULP, b"tls")
            sock.setsockopt(SOL_TLS, way, KEYS)
        return [place for place, (now, old) in enumerate(zip(self.pairs.counts("keys"), before)) if now > old]

    def say(self, records=5):
        for _ in range(records):
            self.near.sendall(RECORD)

    def hear(self, records=5):
        """The other side can decrypt it, and it is what was said."""
        got = b""
        while len(got) < records * len(RECORD):
            try:
                more = self.far.recv(1 << 16)
            except OSError as error:
                raise Failure("the other side, after %d bytes: %s" % (len(got), error)) from error
            check(more, "the connection ended")
            got += more
        check(got == records * RECORD, "the other side got something else")

    def exchange(self, records=5):
        self.say(records)
        self.hear(records)

    def close(self):
        self.near.close()
        self.far.close()


def keys_and_frames(pairs):
    """Keys go to the slave that frames left by before there were any; over several connections to both slaves."""
    used, connections = set(), []
    for number in range(6):
        kind = list(ADDRESSES)[number % 3]
        connection = pairs.connect(40000 + number, kind)
        connections.append(connection)
        every = pairs.frames(connection.port)[0]
        place = every.index(max(every))
        equal(sum(every), every[place], kind + ": frames before TLS are all by one slave")
        equal(connection.secure(), [place], kind + ": slaves with keys")
        pairs.all_by(place, connection, kind)
        used.add(place)
    equal(used, {0, 1}, "slaves that connections use")
    for connection in connections:
        connection.close()
    pairs.no_keys_left()


@test("tls-keys-are-with-the-slave-that-sends", locks=True)
def xor():
    pairs = Pairs(**FIXED)
    check("tls-hw-tx-offload: on" in sh("ethtool -k t0"), "t0 encrypts TLS")
    check("tls-hw-tx-offload: off [fixed]" in sh("ethtool -k bond0"), "bond0 does not itself")
    keys_and_frames(pairs)


@test("tls-keys-are-with-the-slave-that-sends-802.3ad")
def lacp():
    pairs = Pairs(far="type bond mode 802.3ad xmit_hash_policy layer3+4 miimon 50 lacp_rate fast",
                  mode=4, xmit_hash_policy=1, ad_lacp_rate=1)
    wait(lambda: len(states()) == 4 and set(states()) == {JOINED}, "two ports joined, both ends of them", LATE)
    wait(lambda: sh("ping -c 1 -W 1 192.0.2.2", may_fail=True).count("1 received"), "an answer")
    keys_and_frames(pairs)


@test("tls-by-software-where-frames-change-slaves")
def by_software():
    """Where a connection's frames may leave by several slaves, none of them gets keys."""
    pairs = Pairs(**FIXED)
    for number, options in enumerate((
            {"mode": 0}, {"mode": 1}, {"mode": 3}, {"mode": 5}, {"mode": 6}, {"mode": 2, "xmit_hash_policy": 0},
            {"mode": 2, "xmit_hash_policy": 2}, {"mode": 2, "xmit_hash_policy": 4})):
        pairs.net.delete("bond0")
        pairs.make_bond(range(2), **options)
        connection = pairs.connect(40000 + number)
        equal(connection.secure(), [], "%s: slaves with keys" % options)
        connection.exchange()
        check(sum(pairs.frames(connection.port)[1]) > 0, "%s: frames were seen" % options)
        connection.close()
    equal(pairs.counts("encrypted", "passed"), [[0, 0], [0, 0]], "frames that slaves were to encrypt")


@test("tls-frames-stay-with-the-keys")
def stay():
    """A slave more, another hash: connections stay where their keys are."""
    pairs = Pairs(slaves=[0], **FIXED)
    old = [pairs.connect(40000 + number) for number in range(4)]
    for connection in old:
        equal(connection.secure(), [0], "slaves with keys, of one")
        pairs.all_by(0, connection, "one slave")
    pairs.net.master("t1", "bond0")
    wait(lambda: slave_is("t1", "up"), "the second slave")
    new = [pairs.connect(41000 + number) for number in range(4)]
    places = [connection.secure() for connection in new]
    equal(sorted(set(map(tuple, places))), [(0,), (1,)], "slaves that new connections use")
    places = [0] * len(old) + [place for place, in places]
    for place, connection in zip(places, old + new):
        pairs.all_by(place, connection, "two slaves")
    must_set("bond0", "xmit_hash_policy", "layer2")
    for place, connection in zip(places, old + new):
        pairs.all_by(place, connection, "another hash")
    for connection in old + new:
        connection.close()
    pairs.no_keys_left()


@test("tls-waits-for-the-slave-with-the-keys")
def waits():
    """The slave with the keys has no carrier: nothing of the connection leaves by another slave."""
    pairs = Pairs(**FIXED)
    connection = pairs.connect(40000)
    place, = connection.secure()
    pairs.all_by(place, connection, "before")
    pairs.inside("ip link set t%d-far down" % place)
    wait(lambda: slave_is("t%d" % place, "down"), "no carrier")
    pairs.frames(connection.port)
    connection.say()
    time.sleep(1)
    equal(pairs.frames(connection.port)[0], [0, 0], "frames meanwhile")
    pairs.inside("ip link set t%d-far up" % place)
    connection.hear()
    pairs.all_by(place, connection, "afterwards")


@test("tls-keys-of-a-device-that-is-no-slave")
def no_slave():
    """A connection whose keys are elsewhere comes to the bond: its frames are dropped."""
    pairs = Pairs(3, slaves=[0, 1], **FIXED)
    sh("ip link set t2 up; ip route add 192.0.2.2 dev t2 src 192.0.2.1")
    connection = pairs.connect(40000)
    equal(connection.secure(), [2], "devices with keys")
    pairs.all_by(2, connection, "past the bond")
    dropped = counter("bond0", "tx_dropped")
    sh("ip route del 192.0.2.2 dev t2")
    connection.say()
    time.sleep(1)
    equal(pairs.frames(connection.port)[0], [0, 0, 0], "frames by the bond")
    check(counter("bond0", "tx_dropped") > dropped, "drops are counted")
    sh("ip route add 192.0.2.2 dev t2 src 192.0.2.1")
    connection.hear()


def leaves(action, back):
    """The slave with the keys goes, and comes back without them."""
    pairs = Pairs(**FIXED)
    connection = pairs.connect(40000)
    place, = connection.secure()
    pairs.all_by(place, connection, "before")
    talk = threading.Thread(target=connection.say, args=(MANY,))
    talk.start()
    action(pairs, "t%d" % place)
    try:
        connection.hear(MANY)
    finally:
        pairs.frames(connection.port)  # that it could be read says more
    talk.join()
    pairs.no_keys_left()
    pairs.by_software(connection, "without that slave")
    back(pairs, "t%d" % place)
    wait(lambda: slave_is("t%d" % place, "up"), "the slave is back")
    pairs.by_software(connection, "afterwards")
    connection.close()


@test("tls-the-slave-with-the-keys-is-released", locks=True)
def released():
    leaves(lambda pairs, name: pairs.net.master(name, None), lambda pairs, name: pairs.net.master(name, "bond0"))


@test("tls-the-slave-with-the-keys-is-down")
def down():
    leaves(lambda pairs, name: pairs.net.down(name), lambda pairs, name: pairs.net.up(name))


@test("tls-through-a-bond-in-a-bond", locks=True)
def nested():
    """The keys are with a slave of the bond below."""
    pairs = Pairs(**FIXED)
    pairs.net.down("bond0")
    sh("ip addr flush dev bond0")
    pairs.net.bond("bond1", ["bond0"], up=True, miimon=50, **FIXED)
    wait(lambda: slave_is("bond0", "up", "bond1"), "the bond below")
    sh("ip addr add 192.0.2.1/24 dev bond1")
    used = set()
    for number in range(4):
        connection = pairs.connect(40000 + number)
        place, = connection.secure()
        pairs.all_by(place, connection, "two bonds")
        used.add(place)
        connection.close()
    equal(used, {0, 1}, "slaves that connections use")
    pairs.no_keys_left()
