#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""In the guest: programs that configure bonds, as people use them; prints TAP."""

import argparse
import fnmatch
import os
import subprocess
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "selftests")]

from lib.harness import TESTS, check, equal, perform, sh, test, wait  # noqa: E402

SYS = "/sys/class/net/"
PORTS = ("00:1b:21:00:00:01", "00:1b:21:00:00:02")
STATE = {"ioctls": "", "module": "rust"}


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read().strip()


def address(device):
    return read(SYS + device + "/address")


def option(bond, name):
    return read("%s%s/bonding/%s" % (SYS, bond, name))


def ports():
    """Two veths with addresses as cards have them; what a test that failed left behind goes first."""
    for name in ("bond0", "bond5", "bond9", "eth0", "eth1"):
        if os.path.exists(SYS + name):
            sh("ip link del " + name)
    for place, mac in enumerate(PORTS):
        sh("ip link add eth%d address %s type veth peer name far%d" % (place, mac, place))
        sh("ip link set far%d up" % place)


def no_ports():
    for place in range(len(PORTS)):
        sh("ip link del eth%d" % place, may_fail=True)


def conf(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def daemon(*command, ready):
    """A program in the background; returns once `ready` holds."""
    log = open("/tmp/%s.log" % os.path.basename(command[0]), "w", encoding="ascii")
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    wait(ready, "%s to start" % command[0], 90)
    return process


def stop(process):
    process.terminate()
    process.wait(30)


def answers(command):
    return lambda: subprocess.run(command, shell=True, capture_output=True, check=False,
                                  stdin=subprocess.DEVNULL).returncode == 0


def udevd():
    # Debian's package ifenslave has a rule of its own for bonds, which other distributions do not have.
    os.makedirs("/run/systemd/network", exist_ok=True)
    if not os.path.lexists("/run/systemd/network/98-net-bonding.link"):
        os.symlink("/dev/null", "/run/systemd/network/98-net-bonding.link")
    return daemon("/usr/lib/systemd/systemd-udevd", ready=answers("udevadm control --ping"))


def settled():
    sh("udevadm settle --timeout=60")


@test("udev-the-bond-has-the-first-slaves-address", init_net=True, limit=300)
def udev_scenarios():
    """The complaint's four ways to the wrong address, with 99-default.link as it is shipped."""
    check("MACAddressPolicy=persistent" in read("/usr/lib/systemd/network/99-default.link"), "no stock policy")
    process = udevd()

    def at_once():
        pass

    def address_read():
        address("bond0")
        sh("ip link show bond0")
        settled()

    def one_second():
        time.sleep(1)  # the scenario itself
        settled()

    def mode_between():
        sh("echo active-backup > /sys/class/net/bond0/bonding/mode")
        settled()

    try:
        for between in (at_once, address_read, one_second, mode_between):
            for create in ("ip link add bond0 type bond", "echo +bond0 > /sys/class/net/bonding_masters"):
                ports()
                sh(create)
                between()
                sh("ip link set eth0 down; ip link set eth0 master bond0; ip link set eth1 master bond0")
                settled()
                what = "%s, %s" % (create, between.__name__)
                equal(address("bond0"), PORTS[0], what)
                equal(address("eth1"), PORTS[0], what + ": second slave")
                sh("ip link set eth0 nomaster; ip link set eth1 nomaster")
                settled()
                sh("ip link set eth1 master bond0")
                equal(address("bond0"), PORTS[1], what + ": next first slave")
                sh("ip link del bond0")
                no_ports()
                settled()
    finally:
        stop(process)


@test("udev-an-address-that-was-set-stays", init_net=True, limit=200)
def udev_set():
    process = udevd()
    try:
        ports()
        sh("ip link add bond0 address 02:00:00:00:00:42 type bond")
        settled()
        sh("ip link set eth0 master bond0")
        equal(address("bond0"), "02:00:00:00:00:42", "address")
        sh("ip link set eth0 nomaster")
        settled()
        equal(address("bond0"), "02:00:00:00:00:42", "address after the last release")
        sh("ip link del bond0")
        no_ports()
    finally:
        stop(process)


@test("udev-replaces-the-address-of-compat", init_net=True, limit=200)
def udev_compat():
    """As with the C driver: this is what the default avoids."""
    sh("rmmod bonding; modprobe bonding max_bonds=0%s" %
       (" mac_policy=compat" if STATE["module"] == "rust" else ""))
    process = udevd()
    try:
        ports()
        sh("ip link add bond0 type bond")
        settled()
        equal(read(SYS + "bond0/addr_assign_type"), "3", "addr_assign_type")
        sh("ip link set eth0 master bond0")
        check(address("bond0") not in PORTS, "udev left it alone")
        sh("ip link del bond0")
        no_ports()
    finally:
        stop(process)
        sh("rmmod bonding; modprobe bonding max_bonds=0")


def networkd():
    os.makedirs("/run/systemd/netif/links", exist_ok=True)
    os.makedirs("/run/systemd/netif/leases", exist_ok=True)
    os.makedirs("/run/systemd/netif/lldp", exist_ok=True)
    sh("chown -R systemd-network:systemd-network /run/systemd/netif")
    return daemon("/usr/lib/systemd/systemd-networkd", ready=lambda: os.path.exists("/run/systemd/netif/state"))


@test("networkd-makes-a-bond", init_net=True, limit=400)
def networkd_bond():
    """A .netdev with options and its .network files, with an address of networkd's making and without."""
    for own in (True, False):
        sh("rm -f /run/systemd/network/*.netdev /run/systemd/network/*.network")
        conf("/run/systemd/network/10-bond9.netdev", "[NetDev]\nName=bond9\nKind=bond\n%s\n[Bond]\nMode=active-backup\n"
             "MIIMonitorSec=100ms\nUpDelaySec=200ms\nDownDelaySec=300ms\nPrimaryReselectPolicy=better\n"
             "FailOverMACPolicy=none\nGratuitousARP=3\nResendIGMP=4\n" % ("" if own else "MACAddress=none\n"))
        conf("/run/systemd/network/20-ports.network", "[Match]\nName=eth0 eth1\n\n[Network]\nBond=bond9\n")
        conf("/run/systemd/network/15-primary.network", "[Match]\nName=eth1\n\n[Network]\nBond=bond9\nPrimarySlave=yes\n")
        conf("/run/systemd/network/30-bond9.network", "[Match]\nName=bond9\n\n[Network]\nAddress=192.0.2.9/24\n"
             "LinkLocalAddressing=no\nIPv6AcceptRA=no\n")
        rules = udevd()
        ports()
        settled()
        process = networkd()
        try:
            wait(lambda: os.path.exists(SYS + "bond9/bonding/slaves"), "the bond", 60)
            wait(lambda: sorted(option("bond9", "slaves").split()) == ["eth0", "eth1"], "both slaves", 60)
            wait(lambda: "192.0.2.9" in sh("ip addr show bond9"), "the address", 60)
            for name, value in (("mode", "active-backup 1"), ("miimon", "100"), ("updelay", "200"), ("downdelay", "300"),
                                ("primary_reselect", "better 1"), ("num_grat_arp", "3"), ("resend_igmp", "4"),
                                ("primary", "eth1")):
                wait(lambda: option("bond9", name) == value, "%s = %s" % (name, value), 30)
            if own:
                check(address("bond9") not in PORTS, "networkd set no address")
                equal(read(SYS + "bond9/addr_assign_type"), "3", "addr_assign_type")
            else:
                check(address("bond9") in PORTS, "MACAddress=none: not a slave's address: " + address("bond9"))
            equal(address("eth0"), address("bond9"), "a slave's address")
        except Exception:
            print(open("/tmp/systemd-networkd.log", encoding="utf-8").read()[-3000:])
            raise
        finally:
            stop(process)
            stop(rules)
        sh("ip link del bond9")
        no_ports()
        sh("rm -f /run/systemd/network/*.netdev /run/systemd/network/*.network")


@test("ifupdown-makes-a-bond", init_net=True, limit=300)
def ifupdown():
    """bond-* lines, which ifenslave's scripts turn into writes to sysfs."""
    ports()
    conf("/run/interfaces", "auto bond0\niface bond0 inet static\n\taddress 192.0.2.7/24\n\tbond-slaves eth0 eth1\n"
         "\tbond-mode active-backup\n\tbond-miimon 100\n\tbond-updelay 200\n\tbond-downdelay 300\n\tbond-primary eth1\n"
         "\tbond-num-grat-arp 5\n\tbond-fail-over-mac none\n")
    os.makedirs("/run/network", exist_ok=True)
    sh("ifup -i /run/interfaces bond0")
    for name, value in (("mode", "active-backup 1"), ("miimon", "100"), ("updelay", "200"), ("downdelay", "300"),
                        ("primary", "eth1"), ("num_grat_arp", "5"), ("slaves", "eth0 eth1")):
        equal(option("bond0", name), value, name)
    check("192.0.2.7" in sh("ip addr show bond0"), "no address")
    wait(lambda: read(SYS + "bond0/carrier") == "1", "the carrier")
    equal(address("bond0"), PORTS[0], "address")
    sh("ifdown -i /run/interfaces bond0")
    check(not os.path.exists(SYS + "eth0/master"), "eth0 is still enslaved")
    sh("ip link del bond0", may_fail=True)
    no_ports()


@test("ethtool-shows-a-bond", init_net=True)
def ethtool():
    ports()
    sh("ip link add bond0 type bond mode balance-xor miimon 100")
    sh("ip link set eth0 master bond0; ip link set eth1 master bond0; ip link set bond0 up")
    wait(lambda: read(SYS + "bond0/carrier") == "1", "the carrier")
    driver = sh("ethtool -i bond0")
    check("driver: bonding\n" in driver and "firmware-version: 2\n" in driver, driver)
    settings = sh("ethtool bond0")
    check("Speed: 20000Mb/s" in settings and "Duplex: Full" in settings and "Port: Other" in settings and
          "Link detected: yes" in settings, settings)
    check("highdma" in sh("ethtool -k bond0"), "no features")
    sh("ethtool -K bond0 gso off")
    check("generic-segmentation-offload: off" in sh("ethtool -k bond0"), "gso stayed on")
    sh("ip link del bond0")
    no_ports()


@test("ioctls-of-old-make-a-bond", init_net=True)
def ioctls():
    """A C program with the ioctls of ifenslave, by their first numbers and their present ones."""
    for kind in ("", "old "):
        call = lambda text: sh(STATE["ioctls"] + " " + kind + text, may_fail=True).strip()  # noqa: E731
        ports()
        sh("ip link add bond0 type bond mode 1 miimon 100; ip link set bond0 up")
        equal(call("enslave bond0 eth0"), "", "enslave")
        equal(call("enslave bond0 eth1"), "", "enslave")
        equal(call("enslave bond0 eth1"), "EBUSY", "enslave twice")
        equal(address("bond0"), PORTS[0], "address")
        wait(lambda: call("info bond0").count("link 0") == 2, "both links")
        equal(call("info bond0"), "mode 1 slaves 2 miimon 100\n0 eth0 link 0 state 0 failures 0\n"
              "1 eth1 link 0 state 1 failures 0", "info")
        equal(call("active bond0 eth1"), "", "active")
        equal(option("bond0", "active_slave"), "eth1", "active_slave")
        equal(call("active bond0 lo"), "EINVAL", "active of a device that is no slave")
        equal(call("release bond0 eth0"), "", "release")
        equal(call("release bond0 eth0"), "EINVAL", "release twice")
        equal(call("sethwaddr bond0 far1"), "", "sethwaddr")
        equal(address("bond0"), address("far1"), "address after sethwaddr")
        equal(call("enslave bond0 nothere"), "ENODEV", "a slave that is not there")
        sh("ip link del bond0")
        no_ports()


@test("networkmanager-makes-a-bond", init_net=True, limit=600, full=True)
def networkmanager():
    os.makedirs("/run/dbus", exist_ok=True)
    conf("/run/NetworkManager/conf.d/test.conf", "[main]\nplugins=keyfile\ndns=none\nrc-manager=unmanaged\n"
         "[keyfile]\npath=/run/nm-connections\nunmanaged-devices=interface-name:far*\n"
         "[logging]\nbackend=stderr\n")
    rules = udevd()
    bus = daemon("/usr/bin/dbus-daemon", "--system", "--nofork", "--nopidfile",
                 ready=lambda: os.path.exists("/run/dbus/system_bus_socket"))
    ports()
    settled()
    manager = daemon("/usr/sbin/NetworkManager", "--no-daemon", ready=answers("nmcli general status"))
    try:
        sh("nmcli connection add type bond ifname bond5 con-name bond5 ipv4.method manual ipv4.addresses 192.0.2.5/24"
           " ipv6.method disabled bond.options mode=active-backup,miimon=100,updelay=200,primary=eth1")
        for place in range(2):
            sh("nmcli connection add type ethernet ifname eth%d con-name port%d controller bond5 port-type bond" %
               (place, place))
        sh("nmcli --wait 60 connection up port0; nmcli --wait 60 connection up port1; nmcli --wait 60 connection up bond5")
        wait(lambda: sorted(option("bond5", "slaves").split()) == ["eth0", "eth1"], "both slaves", 60)
        for name, value in (("mode", "active-backup 1"), ("miimon", "100"), ("updelay", "200"), ("primary", "eth1")):
            equal(option("bond5", name), value, name)
        wait(lambda: "192.0.2.5" in sh("ip addr show bond5"), "the address", 60)
        check(address("bond5") in PORTS, "not a slave's address")
        sh("nmcli connection modify bond5 bond.options mode=balance-xor,miimon=200; nmcli --wait 60 connection up bond5")
        wait(lambda: option("bond5", "mode") == "balance-xor 2" and option("bond5", "miimon") == "200", "the change", 60)
        sh("nmcli connection delete bond5")
        wait(lambda: not os.path.exists(SYS + "bond5"), "the bond's end", 60)
    except Exception:
        print(open("/tmp/NetworkManager.log", encoding="utf-8").read()[-3000:])
        raise
    finally:
        stop(manager)
        stop(bus)
        stop(rules)
    no_ports()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="*")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--module", default="rust")
    parser.add_argument("--ioctls", required=True, help="the C program")
    args = parser.parse_args()
    STATE.update(ioctls=args.ioctls, module=args.module)
    # The image has no machine-id, without which udev makes no address.
    conf("/tmp/machine-id", "0123456789abcdef0123456789abcdef\n")
    sh("mount --bind /tmp/machine-id /etc/machine-id")
    for command in ("modprobe bonding max_bonds=0", "modprobe -q veth", "sysctl -qw net.ipv6.conf.default.disable_ipv6=1"):
        subprocess.run(command, shell=True, check=False)
    chosen = [item for item in TESTS if fnmatch.fnmatch(item[0], args.only) and (args.full or not item[4])]
    results = [perform(number, item) for number, item in enumerate(chosen, 1)]
    print("1..%d" % len(chosen))
    return 1 if "fail" in results else 0


if __name__ == "__main__":
    sys.exit(main())
