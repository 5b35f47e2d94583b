// SPDX-License-Identifier: GPL-2.0

//! Receive load balancing of balance-alb: which client sends to which slave, and what clients are told.
//!
//! Each slave has an address of its own, and each client learns by ARP one of them as ours. A [`Table`]
//! remembers who was told what; what comes and goes by ARP changes it, and so do slaves that come, go or
//! change their address. What clients are to be told anew comes out as [`Update`]s.
//!
//! Without I/O: packets and the time come in, the caller sends. The storage of the [`Entry`]s is the
//! caller's.
//!
//! C file: [`drivers/net/bonding/bond_alb.c`](srctree/drivers/net/bonding/bond_alb.c).

mod chains;
mod client;
mod packet;
pub mod show;
mod update;

#[cfg(test)]
mod tests;

use core::borrow::BorrowMut;

use crate::time::{Hz, Jiffies, Millis, Ticks};
use crate::wire::eth::Mac;

use client::place;
pub use client::{Client, Entries, Entry, Ip4, Vlan};
pub use packet::Sent;
pub use update::Update;

/// How many clients a bond knows at most; the number of values that a place has.
pub const SIZE: usize = 256;
/// How long clients are left alone after an update, or after one of our requests has told them the bond's
/// address (`RLB_UPDATE_DELAY`).
pub const UPDATE_PAUSE: Millis = Millis(2000);
/// How long after a change clients are told, so that what changes together is told together; the pass of C's
/// monitor.
pub const SETTLE: Millis = Millis(100);
/// How often an update is repeated after a slave was lost or has another address (`RLB_UPDATE_RETRY`).
pub const RETRIES: u8 = 3;
/// How many packets an update is, as any may be lost (`RLB_ARP_BURST_SIZE`).
pub const BURST: u8 = 2;
/// How long the active slave receives what was for a lost one's address (`RLB_PROMISC_TIMEOUT`).
pub const PROMISCUOUS: Millis = Millis(10_000);

/// A name for a slave, different from those of the bond's other slaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlaveId(pub u32);

/// The slaves of a bond as they are now.
pub trait Slaves {
    /// Those that can send, in the order they joined, with their speed in Mbit/s (0: not known).
    fn usable(&self) -> impl Iterator<Item = (SlaveId, u32)>;

    /// The active slave.
    fn active(&self) -> Option<SlaveId>;

    /// The address of a slave; `None` if it is none of this bond, or no more.
    fn address(&self, slave: SlaveId) -> Option<Mac>;

    /// The address of the bond.
    fn bond_address(&self) -> Mac;

    /// Whether a slave has this address.
    fn owns(&self, address: Mac) -> bool;
}

/// The clients of a bond.
///
/// A client's place comes from its address, and who needs a place that is taken gets it: the other one is
/// moved to the active slave. So a flood of clients costs no more than the places, and nobody keeps
/// others out.
///
/// # Invariants
///
/// The entries in use are those of the list of clients, which has each once; and those of the lists of
/// clients by the place of their server, each in the one of its server.
pub struct Table<B> {
    entries: B,
    /// The client that came last.
    newest: chains::Link,
    /// The slave that was chosen last.
    last: Option<SlaveId>,
    /// Clients are to be told.
    pending: bool,
    /// How often more they are told even so.
    retries: u8,
    /// Not before this time.
    not_before: Option<Jiffies>,
    /// Clients are to be spread over the slaves anew.
    rebalance: bool,
    /// From when on what is pending is done; `None` until it is noticed.
    settled: Option<Jiffies>,
    /// [`UPDATE_PAUSE`].
    pause: Ticks,
    /// [`SETTLE`].
    settle: Ticks,
}

impl<B: BorrowMut<Entries>> Table<B> {
    /// A table without clients; `entries` are [`Entry::EMPTY`].
    pub fn new(entries: B, hz: Hz) -> Self {
        // INVARIANT: No entry is in use, and all lists are empty.
        Self {
            entries,
            newest: None,
            last: None,
            pending: false,
            retries: 0,
            not_before: None,
            rebalance: false,
            settled: None,
            pause: hz.ticks(UPDATE_PAUSE),
            settle: hz.ticks(SETTLE),
        }
    }

    /// The bond is no more in this VLAN; `rlb_clear_vlan()` in C.
    pub fn purge_vlan(&mut self, proto: u16, id: u16) {
        let mut next = self.newest;
        while let Some(at) = next {
            let entry = self.entry(at);
            next = entry.links.next;
            let vlan = entry.client.vlan;
            if vlan.is_some_and(|vlan| vlan.proto == proto && vlan.tci.id() == id) {
                self.remove(at);
            }
        }
    }

    /// A slave cannot send any more, or has left: its clients get others; `rlb_clear_slave()` in C.
    ///
    /// `slaves` are those that are left.
    pub fn clear_slave(&mut self, slave: SlaveId, slaves: &impl Slaves) {
        if slaves.address(slave).is_none() {
            self.last = None;
        }
        let mut next = self.newest;
        while let Some(at) = next {
            let entry = self.entry(at);
            next = entry.links.next;
            if entry.client.slave != Some(slave) {
                continue;
            }
            let other = self.next_slave(slaves);
            let entry = self.entry_mut(at);
            entry.client.slave = other;
            if entry.update().is_some() {
                entry.due = true;
                self.pending = true;
                self.retries = RETRIES;
            }
        }
    }

    /// A slave has another address; `rlb_req_update_slave_clients()` in C.
    pub fn address_changed(&mut self, slave: SlaveId) {
        let any = self.for_each(|entry| {
            let told = entry.client.slave == Some(slave) && entry.client.client_mac.is_valid();
            entry.due |= told;
            told
        });
        if any {
            self.retries = RETRIES;
        }
    }

    /// There is one more slave that can send: the clients are spread anew at the next [`Self::tick`].
    pub fn rebalance_soon(&mut self) {
        self.rebalance = true;
    }

    /// Spreads all clients over the slaves; `rlb_rebalance()` in C.
    fn spread(&mut self, slaves: &impl Slaves) {
        let mut next = self.newest;
        while let Some(at) = next {
            next = self.entry(at).links.next;
            let Some(slave) = self.next_slave(slaves) else {
                return;
            };
            let entry = self.entry_mut(at);
            if entry.client.slave != Some(slave) {
                entry.client.slave = Some(slave);
                if entry.update().is_some() {
                    entry.due = true;
                    self.pending = true;
                }
            }
        }
    }

    /// The next slave in turn among the fastest that can send; `__rlb_next_rx_slave()` in C.
    ///
    /// A slave whose speed is not known is the slowest.
    fn next_slave(&mut self, slaves: &impl Slaves) -> Option<SlaveId> {
        let (mut before, mut after) = (None, None);
        let mut passed = false;
        for (slave, speed) in slaves.usable() {
            let best: &mut Option<(SlaveId, u32)> = if passed { &mut after } else { &mut before };
            if best.is_none_or(|(_, fastest)| fastest < speed) {
                *best = Some((slave, speed));
            }
            passed |= self.last == Some(slave);
        }
        let next = match (before, after) {
            (Some((slave, b)), Some((_, a))) if a < b => slave,
            (_, Some((slave, _))) | (Some((slave, _)), None) => slave,
            (None, None) => return None,
        };
        self.last = Some(next);
        Some(next)
    }
}
