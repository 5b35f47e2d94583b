# SPDX-License-Identifier: GPL-2.0
"""balance-alb: ARP that is forged or cut short, from outside and from above."""

import struct

from lib.harness import check, equal, sh, test, wait
from lib.net import counter, drain, frame, sender, shown, tap
from own.receive import ARP, BROADCAST, NOBODY, SERVER, Lan, address, arp, octets, table

OUTGOING = 4


@test("rlb-forged-senders-change-nothing")
def forged():
    """Stations that cannot be: nobody, all, a group, and the bond's own slaves."""
    lan = Lan(2, 4)
    lan.meet()
    # What the stack learns for itself from forged replies is not in question here.
    sh("ip neigh flush dev bond0; " + "; ".join(
        "ip neigh replace %s lladdr %s dev bond0 nud permanent" % (client.ip, client.mac) for client in lan.clients))
    before = table()
    equal(len(before), 4, "clients")
    own = [(address("v" + port[1:]), sock) for port, sock in lan.senders.items()]
    stations = (NOBODY, BROADCAST, "01:00:5e:00:00:01", "33:33:00:00:00:01", *(mac for mac, _ in own))
    # The stack answers whoever asks for the server's address.
    asked = ((2, SERVER), (1, lan.clients[1].ip), (2, lan.clients[1].ip))
    heard = counter("bond0", "rx_packets")
    sent = 0
    for station in stations:
        for ip in (SERVER, lan.clients[0].ip, "0.0.0.0", "255.255.255.255"):
            for op, target in asked:
                slave, sock = own[sent % len(own)]
                sock.send(frame(slave, "02:00:00:00:66:01", ARP, arp(op, station, ip, slave, target)))
                sent += 1
    wait(lambda: counter("bond0", "rx_packets") - heard >= sent, "all of them to be received")
    equal(table(), before, "clients after forged ARP")
    lan.meet()


@test("rlb-arp-that-is-no-arp-changes-nothing")
def not_arp():
    """Packets that are cut anywhere, or not of IPv4 over Ethernet, received and sent."""
    lan = Lan(2, 4)
    lan.meet()
    before = table()
    good = arp(2, "02:00:00:00:66:02", SERVER, address("v0"), lan.clients[0].ip)
    bad = [good[:length] for length in range(len(good))]
    for at, value in ((1, 2), (2, 9), (4, 5), (4, 255), (5, 16)):
        bad.append(good[:at] + bytes([value]) + good[at + 1:])
    head = octets(address("v0")) + octets("02:00:00:00:66:02") + struct.pack("!H", ARP)
    for packet in bad:
        for port in lan.ports:
            # Veths pad nothing: what is cut short arrives so.
            lan.senders[port].send(head + packet)
    lan.senders["p0"].send(frame(address("v0"), "02:00:00:00:66:02"))
    equal(table(), before, "clients after bad packets received")

    # What a program sends through the bond goes through the active slave as it is.
    equal(shown("bond0", "active_slave"), "v0", "active slave")
    own = arp(2, address("bond0"), SERVER, lan.clients[0].mac, lan.clients[0].ip)
    watched = {name: tap(name, 0x0003) for name in lan.slaves}
    head = octets(lan.clients[0].mac) + octets(address("bond0")) + struct.pack("!H", ARP)
    cut = [head + own[:length] for length in range(len(own))]
    # The same of IPv4 and IPv6, which are balanced by an address that is not there.
    for kind, length in ((0x0800, 20), (0x86DD, 40)):
        cut += [head[:12] + struct.pack("!H", kind) + bytes(size) for size in range(length)]
    with sender("bond0") as sock:
        for data in cut:
            sock.send(data)
    seen = {name: [data for kind, data in drain(sock) if kind == OUTGOING and data in cut]
            for name, sock in watched.items()}
    equal((len(seen["v0"]), seen["v1"]), (len(cut), []), "frames by slave")
    equal(table(), before, "clients after bad packets sent")
    lan.meet()


@test("rlb-a-client-that-claims-all-addresses")
def claims():
    """One station says that it has every client's address, and ours: what is told goes to it, and nothing breaks."""
    lan = Lan(2, 4)
    lan.meet()
    thief = "02:00:00:00:66:03"
    mac = address("v0")
    for client in lan.clients:
        lan.senders["p0"].send(frame(mac, thief, ARP, arp(2, thief, client.ip, mac, SERVER)))
    wait(lambda: {entry[0] for entry in table().values()} == {thief}, "the thief in all lines")
    # Who says that it has our address ends updates that would contradict it: the stack defends the address.
    lan.senders["p0"].send(frame(BROADCAST, thief, ARP, arp(1, thief, SERVER, NOBODY, SERVER)))
    wait(lambda: not table(), "the clients to be forgotten")
    lan.meet()
    check(len(table()) == 4, "clients are not remembered again")
