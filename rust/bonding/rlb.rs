// SPDX-License-Identifier: GPL-2.0

//! Receive balancing of balance-alb: hands ARP packets to the table of clients, and sends what it wants told.

mod promisc;
mod rx;

use crate::{
    bond::{Bond, State},
    member::now,
    plan::{self, Plan},
    slave::Slave, //
};
use bonding_core::{
    rlb::{show, Entries, Entry, SlaveId, Slaves, Table, Update, Vlan, BURST, SIZE},
    text::Bytes,
    time::{Hz, Jiffies, Ticks},
    wire::{
        arp::{self, Operation, Packet},
        eth::{Mac, VlanTci}, //
    }, //
};
use core::fmt::Write;
use kernel::{
    prelude::*,
    sync::rcu, //
};
use kernel_net::{
    ipv4::{self, ArpReply},
    netdev_err,
    netdevice::{Device, Name},
    procfs::SeqFile,
    skbuff::{SkBuff, Skb},
    sync::RcuEvidence,
    time,
    tx::{TxContext, TxPort},
    vlan::{Tag, VlanId}, //
};

/// The clients of a bond that is open.
pub(crate) struct Clients {
    table: Table<KBox<Entries>>,
}

impl Clients {
    fn new() -> Result<Self> {
        Ok(Self {
            table: Table::new(filled(Entry::EMPTY)?, Hz::new(time::HZ)),
        })
    }
}

/// Allocates as many of `value` as there can be clients.
fn filled<T: Copy>(value: T) -> Result<KBox<[T; SIZE]>> {
    KBox::init(
        pin_init::init_array_from_fn(|_| Ok::<T, Error>(value)),
        GFP_KERNEL,
    )
}

/// The table's name for a slave.
fn id_of(dev: &Device) -> SlaveId {
    SlaveId(dev.ifindex().unsigned_abs())
}

/// The slaves of a plan, as the table sees them.
struct Team<'a> {
    plan: Plan<'a>,
    bond: &'a Device,
    /// One that is just being lost.
    lost: Option<SlaveId>,
}

impl<'a> Team<'a> {
    fn new(plan: Plan<'a>, bond: &'a Device) -> Self {
        Self {
            plan,
            bond,
            lost: None,
        }
    }

    /// The slave with this name, if it is still there.
    fn port(&self, id: SlaveId) -> Option<&'a TxPort> {
        let mut ports = plan::all(self.plan).iter().map(|entry| &entry.port);
        ports.find(|port| id_of(port.dev()) == id)
    }

    /// Sends an update, twice as it may get lost; `rlb_update_client()` in C.
    fn tell(&self, update: &Update) {
        let Some(port) = self.port(update.slave) else {
            return;
        };
        for _ in 0..BURST {
            let station = &update.client_mac.0;
            let reply = ArpReply::new(port.dev(), update.server, update.client, station);
            let Some(reply) = reply else {
                netdev_err!(
                    self.bond,
                    "(slave {}): failed to create an ARP packet\n",
                    port.dev().name()
                );
                continue;
            };
            match update.vlan {
                Some(Vlan { proto, tci }) => reply.put_tag(Tag { proto, tci: tci.0 }).send(),
                None => reply.send(),
            }
        }
    }
}

impl Slaves for Team<'_> {
    fn usable(&self) -> impl Iterator<Item = (SlaveId, u32)> {
        plan::usable(self.plan)
            .iter()
            .filter(|entry| entry.port.is_up())
            .map(|entry| (id_of(entry.port.dev()), entry.speed))
            .filter(|(id, _)| Some(*id) != self.lost)
    }

    fn active(&self) -> Option<SlaveId> {
        let active = self.plan.into_header().active.as_ref()?;
        Some(id_of(active.dev()))
    }

    fn address(&self, slave: SlaveId) -> Option<Mac> {
        self.port(slave).map(|port| Mac(port.dev().ether_addr()))
    }

    fn bond_address(&self) -> Mac {
        Mac(self.bond.ether_addr())
    }

    fn owns(&self, address: Mac) -> bool {
        let mut all = plan::all(self.plan).iter();
        all.any(|entry| entry.port.dev().ether_addr() == address.0)
    }
}

impl Bond {
    /// Makes the table; `rlb_initialize()` in C.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    pub(crate) fn rlb_open(&self) -> Result {
        let clients = Clients::new()?;
        *self.clients.lock() = Some(clients);
        Ok(())
    }

    /// Forgets all clients; `rlb_deinitialize()` in C.
    pub(crate) fn rlb_close(&self) {
        let clients = self.clients.lock().take();
        drop(clients);
    }

    /// Has `f` work on the table, and the bond's work run if it is then wanted.
    ///
    /// `None` if the bond is not open in balance-alb.
    fn with_clients<R>(&self, f: impl FnOnce(&mut Table<KBox<Entries>>) -> R) -> Option<R> {
        let (result, wake) = {
            let mut clients = self.clients.lock();
            let table = &mut Option::as_mut(&mut clients)?.table;
            let before = table.is_pending();
            let result = f(table);
            (result, table.is_pending() && !before)
        };
        if wake {
            self.alb_wake();
        }
        Some(result)
    }

    /// As [`Self::with_clients`], with the slaves as the plan in force has them.
    fn with_team(
        &self,
        lost: Option<SlaveId>,
        f: impl FnOnce(&mut Table<KBox<Entries>>, &Team<'_>),
    ) {
        let guard = rcu::read_lock();
        if let Some(plan) = self.plan.load(&guard) {
            let team = Team {
                lost,
                ..Team::new(plan, self.dev())
            };
            self.with_clients(|table| f(table, &team));
        }
    }

    /// The slave for an ARP packet of ours, which is changed to name its address in a reply; `None`: the active
    /// one. `rlb_arp_xmit()` in C.
    ///
    /// Packets of those behind the bond are left alone: of other stations, and of addresses that a bridge over
    /// the bond has.
    pub(crate) fn rlb_arp_xmit<'a>(
        &'a self,
        plan: Plan<'a>,
        cx: &'a TxContext<'_>,
        skb: &mut SkBuff,
    ) -> Option<&'a TxPort> {
        // Netpoll may be here with interrupts off, and sends no ARP.
        if self.dev().is_netpoll_running() {
            return None;
        }
        let packet = Packet::parse(&skb.network_header::<{ arp::LEN }>()?)?;
        let dev = self.dev();
        let team = Team::new(plan, dev);
        if !team.owns(packet.sender) || ipv4::is_of_bridge(dev.namespace(), packet.sender_ip, cx) {
            return None;
        }
        let vlan = skb.tag().map(|tag| Vlan {
            proto: tag.proto,
            tci: VlanTci(tag.tci),
        });
        let sent = self.with_clients(|table| table.on_transmit(&packet, vlan, now(), &team))?;
        if sent.stranded {
            netdev_err!(
                dev,
                "found a client with no channel in the client's hash table\n"
            );
        }
        if let Some(moved) = &sent.moved {
            team.tell(moved);
        }
        let port = team.port(sent.slave?)?;
        let address = Mac(port.dev().ether_addr());
        if packet.operation == Operation::Reply && address != packet.sender {
            let packet = Packet {
                sender: address,
                ..packet
            };
            *skb.network_header_mut::<{ arp::LEN }>()? = packet.emit();
        }
        Some(port)
    }

    /// A slave has received an ARP packet, which is what the buffer begins with; `rlb_arp_recv()` in C.
    fn rlb_arp_receive(&self, skb: &Skb, cx: &impl RcuEvidence) {
        let packet = skb.bytes_at::<{ arp::LEN }>(0);
        let Some(packet) = packet.and_then(|octets| Packet::parse(&octets)) else {
            return;
        };
        if let Some(plan) = self.plan.load(cx) {
            let team = Team::new(plan, self.dev());
            self.with_clients(|table| table.on_receive(&packet, &team));
        }
    }

    /// Does what the table wants done, and says when it will want more; part of `bond_alb_monitor()` in C. In
    /// the bond's work.
    pub(crate) fn rlb_run(&self, now: Jiffies) -> Option<Jiffies> {
        match (self.rlb_calm_in_time(now), self.rlb_tell(now)) {
            (Some(calm), Some(tell)) => Some(calm.min(tell)),
            (calm, tell) => calm.or(tell),
        }
    }

    /// Has clients told what they are to be told now, and says when there will be more.
    fn rlb_tell(&self, now: Jiffies) -> Option<Jiffies> {
        let next = self.with_clients(|table| table.next_timeout(now))??;
        if !next.reached(now) {
            return Some(next);
        }
        // Room for what all clients are to be told at once: rarely needed, and never for long.
        let Ok(mut outbox) = filled::<Option<Update>>(None) else {
            return Some(now.after(Ticks(1)));
        };
        let guard = rcu::read_lock();
        let team = Team::new(self.plan.load(&guard)?, self.dev());
        let next = {
            let mut clients = self.clients.lock();
            let table = &mut Option::as_mut(&mut clients)?.table;
            let mut room = outbox.iter_mut();
            table.tick(now, &team, |update| {
                // There is room for as many as there are clients.
                if let Some(place) = room.next() {
                    *place = Some(update);
                }
            });
            table.next_timeout(now)
        };
        for update in outbox.iter().map_while(Option::as_ref) {
            team.tell(update);
        }
        next
    }

    /// There is one more slave to receive by: the clients are spread anew.
    pub(crate) fn rlb_rebalance_soon(&self) {
        self.with_clients(Table::rebalance_soon);
    }

    /// A slave is down, or has left the plan: its clients get others; `rlb_clear_slave()` in C.
    pub(crate) fn rlb_clear_slave(&self, slave: &Slave) {
        let id = id_of(&slave.dev);
        self.with_team(Some(id), |table, team| table.clear_slave(id, team));
    }

    /// A slave has another address: its clients are told; `rlb_req_update_slave_clients()` in C.
    pub(crate) fn rlb_update_clients_of(&self, slave: &Slave) {
        let id = id_of(&slave.dev);
        self.with_clients(|table| table.address_changed(id));
    }

    /// The bond is no more in a VLAN; `bond_alb_clear_vlan()` in C.
    pub(crate) fn rlb_clear_vlan(&self, id: VlanId) {
        self.with_clients(|table| table.purge_vlan(id.proto(), id.vid()));
    }

    /// Writes the table for debugfs; `bond_debug_rlb_hash_show()` in C.
    pub(crate) fn show_clients(&self, out: &mut SeqFile<'_>) -> Result {
        writeln!(out, "{}", show::HEADING)?;
        let state = self.lock();
        let clients = self.clients.lock();
        let Some(clients) = clients.as_ref() else {
            return Ok(());
        };
        for client in clients.table.clients() {
            let name = client.slave.and_then(|id| state.name_of(id));
            let slave = name.as_ref().map(|name| Bytes(name.as_bytes()));
            writeln!(out, "{}", show::Line { client, slave })?;
        }
        Ok(())
    }
}

impl State {
    /// The name of a slave.
    fn name_of(&self, id: SlaveId) -> Option<Name> {
        let mut members = self.members.iter();
        let member = members.find(|m| id_of(&m.slave.dev) == id)?;
        Some(member.slave.dev.name())
    }
}
