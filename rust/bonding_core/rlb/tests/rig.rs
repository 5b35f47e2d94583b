// SPDX-License-Identifier: GPL-2.0

//! Slaves and packets for the tests.

use super::super::*;
use crate::wire::arp::{Operation, Packet};
use std::vec::Vec;

/// Our address.
pub(super) const SERVER: Ip4 = [10, 0, 0, 200];
/// The bond's station, and that of the first slave.
pub(super) const BOND: Mac = Mac([2, 0, 0, 0, 0, 0]);

/// A slave.
#[derive(Clone)]
pub(super) struct Port {
    pub(super) id: SlaveId,
    pub(super) speed: u32,
    pub(super) usable: bool,
    pub(super) address: Mac,
}

/// The slaves of a bond, the first of which is the active one.
#[derive(Clone)]
pub(super) struct Team {
    pub(super) slaves: Vec<Port>,
    pub(super) active: Option<SlaveId>,
}

impl Team {
    /// Slaves 0, 1, ... of these speeds.
    pub(super) fn new(speeds: &[u32]) -> Self {
        let slaves = (0..).zip(speeds).map(|(id, &speed)| Port {
            id: SlaveId(id),
            speed,
            usable: true,
            address: Mac([2, 0, 0, 0, 0, id as u8]),
        });
        Self {
            slaves: slaves.collect(),
            active: Some(SlaveId(0)),
        }
    }
}

impl Slaves for Team {
    fn usable(&self) -> impl Iterator<Item = (SlaveId, u32)> {
        self.slaves
            .iter()
            .filter(|s| s.usable)
            .map(|s| (s.id, s.speed))
    }

    fn active(&self) -> Option<SlaveId> {
        self.active
    }

    fn address(&self, slave: SlaveId) -> Option<Mac> {
        self.slaves
            .iter()
            .find(|s| s.id == slave)
            .map(|s| s.address)
    }

    fn bond_address(&self) -> Mac {
        BOND
    }

    fn owns(&self, address: Mac) -> bool {
        self.slaves.iter().any(|s| s.address == address)
    }
}

/// The station of a client.
pub(super) fn client_mac(client: u8) -> Mac {
    Mac([2, 0, 0, 0, 1, client])
}

/// Our answer to a client's question, as the stack makes it.
pub(super) fn reply_to(server: Ip4, client: Ip4, station: Mac) -> Packet {
    Packet {
        operation: Operation::Reply,
        sender: BOND,
        sender_ip: server,
        target: station,
        target_ip: client,
    }
}

/// Our question, as the stack makes it.
pub(super) fn request(server: Ip4, client: Ip4) -> Packet {
    Packet::probe(BOND, server, client)
}

/// A client's answer to our question.
pub(super) fn answer(client: Ip4, station: Mac, server: Ip4, to: Mac) -> Packet {
    Packet {
        operation: Operation::Reply,
        sender: station,
        sender_ip: client,
        target: to,
        target_ip: server,
    }
}
