// SPDX-License-Identifier: GPL-2.0

//! Two switches that learn addresses, with a link between them, hosts behind them, and a bond over
//! them that asks its targets: the core's ARP monitor in networks that break.

use bonding_core::arp::{
    self,
    validate::{proven, Kind},
};
use bonding_core::link::{Monitor, Timing};
use bonding_core::mode::Mode;
use bonding_core::option::{ArpAllTargets, ArpValidate, PrimaryReselect};
use bonding_core::time::{Hz, Jiffies, Millis, Ticks};
use bonding_core::wire::{
    arp::{Operation, Packet, LEN},
    eth::Mac,
};
use oracle::sim::Bond;
use std::collections::HashMap;

/// The bond's own address.
pub const OURS: [u8; 4] = [192, 0, 2, 1];
/// That of all its slaves.
const BOND: Mac = Mac([2, 0, 0, 0, 0, 1]);
/// The options `arp_interval` and `arp_missed_max`.
const INTERVAL: Millis = Millis(100);
const MISSED_MAX: u32 = 2;

/// Where a frame comes out of a switch, or in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Port {
    Slave(usize),
    Trunk,
    Host(usize),
}

/// What is plugged into a switch for a slave.
#[derive(Clone, Copy, Debug)]
pub struct Cable {
    /// The switch, 0 or 1.
    pub switch: usize,
    /// There is a carrier.
    pub carrier: bool,
    /// Frames get through.
    pub passes: bool,
}

/// A host.
#[derive(Clone, Copy, Debug)]
pub struct Host {
    /// The switch that it is behind.
    pub switch: usize,
    /// Its address.
    pub address: [u8; 4],
    /// It answers who asks for it.
    pub answers: bool,
    /// It asks for somebody who does not exist, in each interval.
    pub chatters: bool,
}

impl Host {
    fn station(&self) -> Mac {
        let [a, b, c, d] = self.address;
        Mac([6, 0, a, b, c, d])
    }
}

#[derive(Clone, Copy)]
struct Frame {
    destination: Mac,
    source: Mac,
    octets: [u8; LEN],
}

impl Frame {
    fn new(destination: Mac, packet: Packet) -> Self {
        Self {
            destination,
            source: packet.sender,
            octets: packet.emit(),
        }
    }
}

/// The network, and the bond over it.
pub struct Fabric {
    /// The bond.
    pub bond: Bond,
    /// What its slaves are plugged into.
    pub cables: Vec<Cable>,
    /// The hosts.
    pub hosts: Vec<Host>,
    /// Frames get from one switch to the other.
    pub trunk: bool,
    targets: Vec<[u8; 4]>,
    tables: [HashMap<[u8; 6], Port>; 2],
    due: Jiffies,
}

impl Fabric {
    /// A bond in active-backup over slaves at these switches, that asks these hosts, from `start`
    /// on.
    pub fn new(
        validate: ArpValidate,
        slaves: &[usize],
        targets: &[([u8; 4], usize)],
        start: Jiffies,
    ) -> Self {
        let none = Millis(0);
        let timing = Timing {
            hz: Hz::new(250),
            miimon: none,
            updelay: none,
            downdelay: none,
        };
        let mut bond = Bond::new(Mode::ActiveBackup, timing, PrimaryReselect::Always, start);
        bond.arp = arp::Timing::new(timing.hz, INTERVAL, MISSED_MAX);
        bond.validate = validate;
        bond.all_targets = ArpAllTargets::Any;
        let mut fabric = Self {
            bond,
            cables: Vec::new(),
            hosts: Vec::new(),
            trunk: true,
            targets: Vec::new(),
            tables: [HashMap::new(), HashMap::new()],
            due: start,
        };
        for &switch in slaves {
            fabric.bond.add(Monitor::Arp, true, true, (1000, 1), 0);
            fabric.cables.push(Cable {
                switch,
                carrier: true,
                passes: true,
            });
        }
        for &(address, switch) in targets {
            fabric.targets.push(address);
            fabric.add_host(switch, address, true, false);
        }
        fabric.bond.select();
        fabric
    }

    /// Puts a host behind a switch.
    pub fn add_host(&mut self, switch: usize, address: [u8; 4], answers: bool, chatters: bool) {
        self.hosts.push(Host {
            switch,
            address,
            answers,
            chatters,
        });
    }

    /// A slave has a carrier or none; switches forget what they learned there, as they do.
    pub fn set_carrier(&mut self, at: usize, carrier: bool) {
        self.cables[at].carrier = carrier;
        for table in &mut self.tables {
            table.retain(|_, port| *port != Port::Slave(at));
        }
    }

    /// Whether a slave can reach a target that answers.
    pub fn reaches(&self, at: usize) -> bool {
        let cable = &self.cables[at];
        let answers = |host: &&Host| host.answers && self.targets.contains(&host.address);
        cable.carrier
            && cable.passes
            && self
                .hosts
                .iter()
                .filter(answers)
                .any(|host| self.trunk || host.switch == cable.switch)
    }

    /// The next pass of the monitor, and what is heard until the one after it.
    pub fn pass(&mut self) {
        for (slave, cable) in self.bond.slaves.iter_mut().zip(&self.cables) {
            slave.carrier = cable.carrier;
        }
        self.due = self.due.after(self.bond.arp.interval);
        self.bond.arp_pass(self.due);
        self.bond.now = self.due.after(Ticks(1));
        for at in 0..self.cables.len() {
            if self.bond.probed >> at & 1 == 0 {
                continue;
            }
            for target in self.targets.clone() {
                let request = Packet::probe(BOND, OURS, target);
                self.carry(Port::Slave(at), Frame::new(Mac::BROADCAST, request));
            }
        }
        self.bond.now = self.due.after(Ticks(3));
        for at in 0..self.hosts.len() {
            let host = self.hosts[at];
            if host.chatters {
                let request = Packet::probe(host.station(), host.address, [192, 0, 2, 250]);
                self.carry(Port::Host(at), Frame::new(Mac::BROADCAST, request));
            }
        }
        self.bond.report();
    }

    /// So many passes.
    pub fn passes(&mut self, count: usize) {
        (0..count).for_each(|_| self.pass());
    }

    /// Takes a frame through the switches, and the answers to it.
    fn carry(&mut self, from: Port, frame: Frame) {
        let enters = |fabric: &Self, port| match port {
            Port::Slave(at) => {
                let cable = &fabric.cables[at];
                (cable.carrier && cable.passes).then_some(cable.switch)
            }
            Port::Host(at) => Some(fabric.hosts[at].switch),
            Port::Trunk => None,
        };
        let mut on_way: Vec<_> = enters(self, from)
            .map(|switch| (switch, from, frame))
            .into_iter()
            .collect();
        while let Some((switch, ingress, frame)) = on_way.pop() {
            self.tables[switch].insert(frame.source.0, ingress);
            for port in self.ways(switch, frame.destination) {
                if port == ingress {
                    continue;
                }
                match port {
                    Port::Trunk if self.trunk => on_way.push((1 - switch, Port::Trunk, frame)),
                    Port::Trunk => {}
                    Port::Slave(at) => {
                        if enters(self, port).is_some() {
                            self.deliver(at, &frame);
                        }
                    }
                    Port::Host(at) => {
                        let answer = self.answer(at, &frame);
                        on_way.extend(answer.map(|answer| (switch, port, answer)));
                    }
                }
            }
        }
    }

    /// The ports that a switch sends a frame to.
    fn ways(&self, switch: usize, destination: Mac) -> Vec<Port> {
        if let Some(port) = self.tables[switch].get(&destination.0) {
            return vec![*port];
        }
        let slaves = (0..self.cables.len()).filter(|at| self.cables[*at].switch == switch);
        let hosts = (0..self.hosts.len()).filter(|at| self.hosts[*at].switch == switch);
        slaves
            .map(Port::Slave)
            .chain(hosts.map(Port::Host))
            .chain([Port::Trunk])
            .collect()
    }

    /// What a host sends when it receives a frame.
    fn answer(&self, at: usize, frame: &Frame) -> Option<Frame> {
        let host = &self.hosts[at];
        let packet = Packet::parse(&frame.octets)?;
        let asked = packet.operation == Operation::Request && packet.target_ip == host.address;
        (asked && host.answers).then(|| {
            let reply = Packet {
                operation: Operation::Reply,
                sender: host.station(),
                sender_ip: host.address,
                target: packet.sender,
                target_ip: packet.sender_ip,
            };
            Frame::new(packet.sender, reply)
        })
    }

    /// A slave receives a frame.
    fn deliver(&mut self, at: usize, frame: &Frame) {
        let for_us = frame.destination == BOND || frame.destination.is_broadcast();
        let Some(packet) = Packet::parse(&frame.octets) else {
            return;
        };
        let targets = &self.targets;
        let place = |reading| {
            proven(
                reading,
                packet.sender_ip,
                packet.target_ip,
                |address| address == [0; 4],
                |address| targets.iter().position(|target| *target == address),
                |address| address == OURS,
            )
        };
        let reply = packet.operation == Operation::Reply;
        self.bond.receive(at, Kind::Arp, place, reply, for_us);
    }
}
