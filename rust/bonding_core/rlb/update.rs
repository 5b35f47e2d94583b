// SPDX-License-Identifier: GPL-2.0

//! What clients are to be told, and when.

use core::borrow::BorrowMut;
use core::mem;

use super::{Entries, Ip4, SlaveId, Slaves, Table, Vlan};
use crate::time::{Jiffies, Ticks};
use crate::wire::arp::{Operation, Packet};
use crate::wire::eth::Mac;

/// What a client is to be told: that `server` is at the address of `slave`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Update {
    /// The slave that sends it, and which the client is to send to.
    pub slave: SlaveId,
    /// Our address.
    pub server: Ip4,
    /// The client's address.
    pub client: Ip4,
    /// And its station.
    pub client_mac: Mac,
    /// The VLAN it is in.
    pub vlan: Option<Vlan>,
}

impl Update {
    /// The packet, given the address of the slave. It goes to [`Self::client_mac`], [`BURST`](super::BURST) times.
    pub const fn packet(&self, slave: Mac) -> Packet {
        Packet {
            operation: Operation::Reply,
            sender: slave,
            sender_ip: self.server,
            target: self.client_mac,
            target_ip: self.client,
        }
    }
}

/// Whether a time lies ahead that was at most `span` away when it was set: what lies further ahead is long
/// past, on a counter that wraps.
fn ahead(at: Jiffies, now: Jiffies, span: Ticks) -> bool {
    !at.reached(now) && at.left(now) <= span
}

impl<B: BorrowMut<Entries>> Table<B> {
    /// Does what is due, gives `send` what clients are to be told; the part of `bond_alb_monitor()` in C
    /// that is about clients. To be called when [`Self::next_timeout`] says.
    pub fn tick(&mut self, now: Jiffies, slaves: &impl Slaves, send: impl FnMut(Update)) {
        if !self.is_pending() {
            return;
        }
        let settled = *self.settled.get_or_insert(now.after(self.settle));
        if ahead(settled, now, self.settle) {
            return;
        }
        if mem::take(&mut self.rebalance) {
            self.spread(slaves);
        }
        if self.pending && !self.pauses(now) {
            self.tell(now, send);
        }
        if !self.pending {
            self.settled = None;
        }
    }

    /// When [`Self::tick`] has something to do next; `None`: not before something happens.
    pub fn next_timeout(&self, now: Jiffies) -> Option<Jiffies> {
        if !self.is_pending() {
            return None;
        }
        let settled = self.settled.filter(|at| ahead(*at, now, self.settle));
        let pause = self
            .not_before
            .filter(|_| self.settled.is_some() && !self.rebalance && self.pauses(now));
        Some(settled.or(pause).unwrap_or(now))
    }

    /// Has all those told who are to be; `rlb_update_rx_clients()` in C.
    fn tell(&mut self, now: Jiffies, mut send: impl FnMut(Update)) {
        let last = self.retries == 0;
        self.for_each(|entry| {
            if entry.due {
                if let Some(update) = entry.update() {
                    send(update);
                }
                entry.due = !last;
            }
            false
        });
        self.not_before = Some(now.after(self.pause));
        self.pending = !last;
        self.retries = self.retries.saturating_sub(1);
    }

    /// Whether clients are to be told something, or are to be spread anew.
    pub fn is_pending(&self) -> bool {
        self.pending || self.rebalance
    }

    /// Whether clients are still left alone, see [`UPDATE_PAUSE`](super::UPDATE_PAUSE).
    pub fn pauses(&self, now: Jiffies) -> bool {
        self.not_before.is_some_and(|at| ahead(at, now, self.pause))
    }
}
