# SPDX-License-Identifier: GPL-2.0
"""802.3ad: what is reported while things change."""

import re
import threading

from lib.harness import check, equal, test, wait
from lib.log import log_of
from lib.net import SYS, Net, Observer, proc, read_text, shown

from parity.slow import READY, Partner

from .lacp import LATE, both_up, pair

MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}")
# Two partners that have no octet in common.
SYSTEMS = (bytes.fromhex("02a1a2a3a4a5"), bytes.fromhex("06b1b2b3b4b5"))
# How often the ports move at least, and how often each reader reads meanwhile.
MOVES, READS = 60, 5


def colons(mac):
    return mac.hex(":")


class Reader(threading.Thread):
    """Reads all the time, and keeps the addresses that it saw."""

    def __init__(self, read):
        super().__init__(daemon=True)
        self.read, self.seen, self.count, self.ended = read, set(), 0, False

    def run(self):
        while not self.ended:
            self.seen.update(MAC.findall(self.read()))
            self.count += 1

    def end(self):
        self.ended = True
        self.join()
        return self.seen


@test("a10-reports-are-whole-while-ports-are-relinked", locks=True)
def whole():
    net = Net()
    net.veths(3)
    net.bond("bond0", ["v0", "v1"], up=True, mode=4, miimon=50)
    partners = [Partner("p%d" % place) for place in range(2)]
    wait(lambda: all([partner.listen() for partner in partners]), "LACPDUs", LATE)
    observer = Observer()

    def by_netlink():
        """The partner of AD_INFO."""
        facts = {}
        for link in observer.links():
            if link.name == "bond0":
                link.flat({}, facts, False)
        address = re.search(r"5=([0-9a-f]{12})", facts.get("link.bond0.data.ad_info", ""))
        return colons(bytes.fromhex(address[1])) if address else ""
    readers = [Reader(proc), Reader(by_netlink), Reader(lambda: shown("bond0", "ad_partner_mac"))]
    for reader in readers:
        reader.start()
    both, moves = {colons(mac) for mac in SYSTEMS}, 0

    def shown_enough(reader):
        return both <= reader.seen and reader.count > READS
    while moves < MOVES or not all(map(shown_enough, readers)):
        check(moves < 100 * MOVES, "reads: %s" % [(reader.count, reader.seen) for reader in readers])
        for partner in partners:
            partner.system = SYSTEMS[moves % 2]
            partner.listen()
            partner.say(READY)
        moves += 1
        if moves % 8 == 0:
            net.master("v2", "bond0" if moves % 16 else None)
    known = both | {"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"}
    known |= {read_text("%s%s/address" % (SYS, name)).strip() for name in ("v0", "v1", "v2", "bond0", "p0", "p1", "p2")}
    known |= {"02:00:00:02:00:0%d" % place for place in range(3)}
    for reader in readers:
        seen = reader.end()
        equal(seen - known, set(), "addresses that nobody has")


@test("b24-a-carrier-that-stays-is-not-told-of")
def carrier_that_stays():
    net = pair()
    both_up(net)
    before = read_text(SYS + "bond0/carrier_changes")

    def lose_the_first():
        net.down("p0")
        wait(lambda: shown("bond0", "ad_num_ports") == "1", "one port left", LATE)
        net.up("p0")
        wait(lambda: shown("bond0", "ad_num_ports") == "2", "two ports again", LATE)
    lines = log_of("bond0", lose_the_first)
    check(any("v0" in line and "down" in line for line in lines), "no word of v0: %s" % lines)
    equal([line for line in lines if "active interface" in line], [], "what is said of the bond as a whole")
    equal(read_text(SYS + "bond0/carrier_changes"), before, "changes of the carrier")
