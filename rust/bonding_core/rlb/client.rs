// SPDX-License-Identifier: GPL-2.0

//! A client, and the place it has in a table.

use super::{chains, SlaveId, Update, SIZE};
use crate::wire::eth::{Mac, VlanTci};

/// An IPv4 address as on the wire.
pub type Ip4 = [u8; 4];

/// A VLAN tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vlan {
    /// The EtherType that announces it, host order.
    pub proto: u16,
    /// Its number and priority.
    pub tci: VlanTci,
}

/// A client as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// Our address that it speaks with.
    pub server: Ip4,
    /// Its address.
    pub client: Ip4,
    /// Our station as our own packet named it, before it was given the address of a slave.
    pub server_mac: Mac,
    /// Its station; not a valid address until it has answered.
    pub client_mac: Mac,
    /// The slave it is to send to; `None` while there is none.
    pub slave: Option<SlaveId>,
    /// The VLAN it is in.
    pub vlan: Option<Vlan>,
}

/// One place for a client.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub(super) client: Client,
    /// There is a client, and the entry is in both of its lists.
    pub(super) used: bool,
    /// The client is to be told about its slave.
    pub(super) due: bool,
    pub(super) links: chains::Links,
}

impl Entry {
    /// A place without a client.
    pub const EMPTY: Entry = Entry {
        client: Client {
            server: [0; 4],
            client: [0; 4],
            server_mac: Mac::ZERO,
            client_mac: Mac::ZERO,
            slave: None,
            vlan: None,
        },
        used: false,
        due: false,
        links: chains::Links::NONE,
    };

    /// What the client is to be told; `None` if it cannot be.
    pub(super) fn update(&self) -> Option<Update> {
        let client = &self.client;
        let slave = client.slave.filter(|_| client.client_mac.is_valid())?;
        Some(Update {
            slave,
            server: client.server,
            client: client.client,
            client_mac: client.client_mac,
            vlan: client.vlan,
        })
    }
}

/// The storage of a table.
pub type Entries = [Entry; SIZE];

/// The place of a client with this address, or the list of the clients of a server with it
/// (`_simple_hash()`).
pub(super) const fn place(address: Ip4) -> u8 {
    let [a, b, c, d] = address;
    a ^ b ^ c ^ d
}
