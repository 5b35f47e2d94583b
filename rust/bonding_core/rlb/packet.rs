// SPDX-License-Identifier: GPL-2.0

//! ARP packets that come and go, and what they tell of clients.

use core::borrow::BorrowMut;

use super::{place, Client, Entries, Ip4, SlaveId, Slaves, Table, Update, Vlan};
use crate::time::Jiffies;
use crate::wire::arp::{Operation, Packet};
use crate::wire::eth::Mac;

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
    pub(super) const PLAIN: Sent = Sent {
        slave: None,
        moved: None,
        stranded: false,
    };
}

impl<B: BorrowMut<Entries>> Table<B> {
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
        // Most packets change nothing: whose station it is is asked last.
        let changes = self.has_server(packet.sender_ip) || self.is_news(packet);
        if !changes || !packet.sender.is_valid() || slaves.owns(packet.sender) {
            return;
        }
        self.purge_server(packet.sender_ip, packet.sender);
        self.learn(packet);
    }

    /// Whether an answer names another station than the client had.
    fn is_news(&self, packet: &Packet) -> bool {
        if packet.operation != Operation::Reply {
            return false;
        }
        let entry = self.entry(place(packet.sender_ip));
        let client = &entry.client;
        entry.used
            && client.server == packet.target_ip
            && client.client == packet.sender_ip
            && client.client_mac != packet.sender
    }

    /// A client has answered; `rlb_update_entry_from_arp()` in C.
    fn learn(&mut self, packet: &Packet) {
        if self.is_news(packet) {
            let entry = self.entry_mut(place(packet.sender_ip));
            entry.client.client_mac = packet.sender;
            entry.due = true;
            self.pending = true;
        }
    }

    /// Whether any client may think that we have the address `server`, or one with the same hash.
    fn has_server(&self, server: Ip4) -> bool {
        self.first_of(place(server)).is_some()
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
}
