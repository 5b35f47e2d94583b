# SPDX-License-Identifier: GPL-2.0
"""Peers that no one here wrote: Open vSwitch, teamd, and the kernel's own bonding driver in another guest."""

import json
import os
import subprocess

from lib.harness import sh, wait

from rig import THEIRS

RUN = "/tmp/interop"


class Peer:
    """What all have: a device with addresses, and how it is started and stopped."""

    device = ""

    def __init__(self, wires):
        self.wires, self.processes = wires, []
        os.makedirs(RUN, exist_ok=True)

    def daemon(self, *command):
        log = open("%s/%s.log" % (RUN, os.path.basename(command[0])), "w", encoding="ascii")
        self.processes.append(subprocess.Popen(["ip", "netns", "exec", "peer", *command], stdin=subprocess.DEVNULL,
                                               stdout=log, stderr=log))
        return self.processes[-1]

    def address(self):
        self.wires.peer("; ".join("ip addr add %s/24 dev %s" % (host, self.device) for host in THEIRS) +
                        "; ip link set %s up" % self.device)

    def tell(self):
        """How the peer sees things, for whoever looks into a failure."""
        return self.wires.peer("ip -s link; ip -br addr", may_fail=True)

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
            process.wait(20)
        self.processes = []


class OpenVSwitch(Peer):
    """The userspace datapath on the peer's ports."""

    name, device, quick = "Open vSwitch", "sw0", ("carrier", "black_hole")

    def start(self, active=True, fast=True):
        sh("rm -rf %s/ovs; mkdir -p %s/ovs" % (RUN, RUN))
        os.environ.update(OVS_RUNDIR=RUN + "/ovs", OVS_LOGDIR=RUN + "/ovs", OVS_DBDIR=RUN + "/ovs")
        sh("ovsdb-tool create %s/ovs/conf.db /usr/share/openvswitch/vswitch.ovsschema" % RUN)
        self.daemon("ovsdb-server", RUN + "/ovs/conf.db", "--remote=punix:%s/ovs/db.sock" % RUN)
        wait(lambda: os.path.exists(RUN + "/ovs/db.sock"), "the database", 60)
        self.vsctl("--no-wait init")
        self.switch()
        self.vsctl("add-br sw0 -- set bridge sw0 datapath_type=netdev -- add-bond sw0 agg0 %s lacp=%s bond_mode=balance-tcp "
                   "other_config:lacp-time=%s" % (" ".join(self.ports()), "active" if active else "passive",
                                                 "fast" if fast else "slow"))
        self.address()

    def ports(self):
        return ["q%d" % place for place in range(len(self.wires.ports))]

    def switch(self):
        for port in self.ports():
            self.wires.peer("ip link set %s up" % port)
        self.daemon("ovs-vswitchd", "--pidfile", "unix:%s/ovs/db.sock" % RUN)

    def tell(self):
        ask = "ovs-appctl --target=ovs-vswitchd "
        return sh("; ".join(ask + what for what in ("bond/show", "lacp/show", "fdb/show sw0", "dpctl/dump-flows")), may_fail=True)

    @staticmethod
    def vsctl(command):
        return sh("ovs-vsctl --timeout=60 --db=unix:%s/ovs/db.sock %s" % (RUN, command))

    def restart(self):
        """The switch's program ends and is started again."""
        process = self.processes.pop()
        process.terminate()
        process.wait(20)
        self.switch()
        self.vsctl("set bridge sw0 other_config:again=yes")
        self.address()


class Teamd(Peer):
    """libteam's LACP runner over the kernel's team driver."""

    name, device, quick = "teamd", "team0", ("min_links", "restart")

    def start(self, active=True, fast=True):
        conf = {"device": "team0", "runner": {"name": "lacp", "active": active, "fast_rate": fast, "tx_hash": ["eth", "ipv4"]},
                "link_watch": {"name": "ethtool"}, "ports": {"q%d" % place: {} for place in range(len(self.wires.ports))}}
        with open(RUN + "/teamd.conf", "w", encoding="ascii") as file:
            json.dump(conf, file)
        for port in conf["ports"]:
            self.wires.peer("ip link set %s down" % port)
        self.daemon("teamd", "-o", "-f", RUN + "/teamd.conf")
        wait(lambda: "team0" in self.wires.peer("ip -br link"), "team0", 60)
        self.address()

    def restart(self):
        self.stop()
        self.wires.peer("ip link del team0", may_fail=True)
        self.start()


class Kernel(Peer):
    """The kernel's own bonding driver, in another guest; or ours, or whichever it has."""

    name, device, quick = "C driver", "bond0", ("carrier",)

    def start(self, active=True, fast=True):
        self.wires.peer("ip link add bond0 type bond mode 802.3ad miimon 100 xmit_hash_policy layer2+3 lacp_rate %s lacp_active %s" %
                        ("fast" if fast else "slow", "on" if active else "off"))
        for port in self.wires.far:
            self.wires.peer("ip link set %s down; ip link set %s master bond0" % (port, port))
        self.address()

    def stop(self):
        self.wires.peer("ip link del bond0", may_fail=True)

    def restart(self):
        self.stop()
        self.start()
