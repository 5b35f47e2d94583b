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
pub mod show;

#[cfg(test)]
mod tests;

use core::borrow::BorrowMut;
use core::mem;

use crate::time::{Hz, Jiffies, Millis, Ticks};
use crate::wire::arp::{Operation, Packet};
use crate::wire::eth::{Mac, VlanTci};

/// An IPv4 address as on the wire.
pub type Ip4 = [u8; 4];

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
    /// The packet, given the address of the slave. It goes to [`Self::client_mac`], [`BURST`] times.
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

/// What becomes of a packet of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The slave to send it over, a reply with the slave's address as the sender's; `None`: the active
    /// one, as it is.
    pub slave: Option<SlaveId>,
    /// Another client had to make room, and is to be told that it was moved to the active slave.
    pub moved: Option<Update>,
    /// There are clients without a slave.
    pub stranded: bool,
}

impl Sent {
    /// Nothing special.
    const PLAIN: Sent = Sent {
        slave: None,
        moved: None,
        stranded: false,
    };
}

/// One place for a client.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    client: Client,
    /// There is a client, and the entry is in both of its lists.
    used: bool,
    /// The client is to be told about its slave.
    due: bool,
    links: chains::Links,
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
    fn update(&self) -> Option<Update> {
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

/// The place of a client with this address, or the list of the clients of a server with it
/// (`_simple_hash()`).
const fn place(address: Ip4) -> u8 {
    let [a, b, c, d] = address;
    a ^ b ^ c ^ d
}

/// Whether a time lies ahead that was at most `span` away when it was set: what lies further ahead is long
/// past, on a counter that wraps.
fn ahead(at: Jiffies, now: Jiffies, span: Ticks) -> bool {
    !at.reached(now) && at.left(now) <= span
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

    /// We send an ARP packet, in this VLAN; `rlb_arp_xmit()` in C.
    ///
    /// Who is behind the bond and not on it speaks for itself: its packets are left alone.
    pub fn on_transmit(
        &mut self,
        packet: &Packet,
        vlan: Option<Vlan>,
        now: Jiffies,
        slaves: &impl Slaves,
    ) -> Sent {
        if !slaves.owns(packet.sender) {
            return Sent::PLAIN;
        }
        match packet.operation {
            Operation::Reply => self.choose(packet, vlan, slaves),
            Operation::Request => {
                let sent = self.choose(packet, vlan, slaves);
                // All who hear the question learn the bond's address. What they are told afterwards
                // must not overtake it.
                self.not_before = Some(now.after(self.pause));
                Sent {
                    stranded: self.collapsed(packet.sender_ip, slaves),
                    ..sent
                }
            }
            Operation::Other(_) => Sent::PLAIN,
        }
    }

    /// The slave for the client that a packet of ours is for; `rlb_choose_channel()` in C.
    fn choose(&mut self, packet: &Packet, vlan: Option<Vlan>, slaves: &impl Slaves) -> Sent {
        let at = place(packet.target_ip);
        let mut moved = None;
        let entry = self.entry_mut(at);
        let same =
            entry.client.server == packet.sender_ip && entry.client.client == packet.target_ip;
        if entry.used && same {
            // A client cannot be at an address of ours, whatever somebody made the stack believe.
            if !packet.target.is_broadcast() && !slaves.owns(packet.target) {
                entry.client.client_mac = packet.target;
            }
            entry.client.server_mac = packet.sender;
            entry.client.vlan = vlan;
            if entry.client.slave.is_some() {
                return Sent {
                    slave: entry.client.slave,
                    ..Sent::PLAIN
                };
            }
        } else if entry.used {
            let active = slaves.active();
            if active.is_some() && entry.client.slave != active {
                entry.client.slave = active;
                moved = entry.update();
            }
        }
        let Some(slave) = self.next_slave(slaves) else {
            return Sent {
                moved,
                ..Sent::PLAIN
            };
        };
        self.settle(
            at,
            Client {
                server: packet.sender_ip,
                client: packet.target_ip,
                server_mac: packet.sender,
                client_mac: packet.target,
                slave: Some(slave),
                vlan,
            },
        );
        let entry = self.entry_mut(at);
        // In a request nobody's address is named: the client will be told when it has answered.
        entry.due = entry.client.client_mac.is_valid();
        self.pending |= entry.due;
        Sent {
            slave: Some(slave),
            moved,
            stranded: false,
        }
    }

    /// All who heard a question by `server` send to the bond's address now, and those who should not are
    /// to be told. Whether there is a client without a slave. `rlb_req_update_subnet_clients()` in C.
    fn collapsed(&mut self, server: Ip4, slaves: &impl Slaves) -> bool {
        let mut stranded = false;
        self.for_each(|entry| {
            let Some(slave) = entry.client.slave else {
                stranded = true;
                return false;
            };
            let wrong = entry.client.server == server
                && slaves.address(slave) != Some(slaves.bond_address())
                && entry.client.client_mac.is_valid();
            entry.due |= wrong;
            wrong
        });
        stranded
    }

    /// A slave has received an ARP packet; `rlb_arp_recv()` in C.
    ///
    /// What names a group or nobody as its sender is forged, and what names one of our slaves is ours,
    /// come back.
    pub fn on_receive(&mut self, packet: &Packet, slaves: &impl Slaves) {
        if !packet.sender.is_valid() || slaves.owns(packet.sender) {
            return;
        }
        self.purge_server(packet.sender_ip, packet.sender);
        if packet.operation == Operation::Reply {
            self.learn(packet);
        }
    }

    /// A client has answered; `rlb_update_entry_from_arp()` in C.
    fn learn(&mut self, packet: &Packet) {
        let entry = self.entry_mut(place(packet.sender_ip));
        let client = &mut entry.client;
        if entry.used
            && client.server == packet.target_ip
            && client.client == packet.sender_ip
            && client.client_mac != packet.sender
        {
            client.client_mac = packet.sender;
            entry.due = true;
            self.pending = true;
        }
    }

    /// Somebody else than we thought has the address `server`: nobody is to be told that we have it.
    /// `rlb_purge_src_ip()` in C.
    fn purge_server(&mut self, server: Ip4, station: Mac) {
        let mut next = self.first_of(place(server));
        while let Some(at) = next {
            let entry = self.entry(at);
            next = entry.links.next_of_server;
            if entry.client.server == server && entry.client.server_mac != station {
                self.remove(at);
            }
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

    /// Whether clients are still left alone, see [`UPDATE_PAUSE`].
    pub fn pauses(&self, now: Jiffies) -> bool {
        self.not_before.is_some_and(|at| ahead(at, now, self.pause))
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
