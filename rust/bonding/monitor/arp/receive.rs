// SPDX-License-Identifier: GPL-2.0

//! Which received frames prove a link: the view of a frame that the core judges.

use super::{times::Target, watch::Watch};
use crate::{bond::Bond, member::now, plan, slave::Slave};
use bonding_core::{
    arp::{
        backup_probe,
        validate::{self, Gate, Kind, Reading, Receiver},
    },
    option::ArpBackupProbe,
    time::Jiffies,
    wire::{
        arp::{self, Operation},
        eth::ethertype,
        nd, //
    }, //
};
use kernel_net::{
    ipv4,
    ipv6,
    rx_handler::RxContext,
    skbuff::{PacketType, Skb}, //
};

impl Slave {
    /// Notes a frame that this slave received, if it counts; `bond_rcv_validate()` in C.
    ///
    /// Whether it was the answer to a probe of the slave's own, which nobody else is to have.
    pub(crate) fn listen(&self, bond: &Bond, watch: &Watch, skb: &Skb, cx: &RxContext<'_>) -> bool {
        let kind = match skb.protocol() {
            ethertype::ARP => Kind::Arp,
            ethertype::IPV6 => Kind::Ipv6,
            _ => Kind::Other,
        };
        if watch.backup_probe == ArpBackupProbe::Probe
            && kind == Kind::Arp
            && self.take_answer(bond, watch, skb, cx)
        {
            return true;
        }
        match validate::gate(watch.validate, !self.is_backup(), kind, cfg!(CONFIG_IPV6)) {
            Gate::Counts => self.times.set_received(now()),
            Gate::Examine => {
                if let Some(target) = self.proven_target(bond, watch, skb, cx) {
                    self.times.set_heard(target, now());
                }
            }
            Gate::Ignore => {}
        }
        false
    }

    /// The target that a frame proves, if it does; `bond_arp_rcv()` and `bond_na_rcv()` in C.
    #[cold]
    fn proven_target(
        &self,
        bond: &Bond,
        watch: &Watch,
        skb: &Skb,
        cx: &RxContext<'_>,
    ) -> Option<Target> {
        if skb.packet_type() == PacketType::Other {
            return None;
        }
        let dev = bond.dev();
        if skb.protocol() == ethertype::ARP {
            if !dev.is_ethernet() {
                return None;
            }
            let packet = arp::Packet::parse(&skb.bytes_at(0)?)?;
            let reply = packet.operation == Operation::Reply;
            let reading = self.reading(bond, watch, reply, cx);
            let place_of = |address| watch.ipv4.position(address);
            return validate::proven(
                reading,
                packet.sender_ip,
                packet.target_ip,
                |address| address == [0; 4],
                place_of,
                |address| ipv4::is_local(dev, address, cx),
            )
            .inspect(|_| self.note_echo(reading))
            .or_else(|| {
                let broadcast = skb.packet_type() == PacketType::Broadcast;
                backup_probe::overheard(&packet, self.overhears(watch) && broadcast, place_of)
            })
            .map(Target::Ipv4);
        }
        if !ipv6::is_enabled() {
            return None;
        }
        let packet = nd::Packet::parse(&skb.bytes_at(0)?)?;
        let reading = self.reading(bond, watch, true, cx);
        validate::proven(
            reading,
            packet.source,
            packet.destination,
            |address| address == nd::UNSPECIFIED,
            |address| nd::place_among(watch.ipv6.iter(), &address),
            |address| address == nd::ALL_NODES || ipv6::is_local(dev, address, cx),
        )
        .inspect(|_| self.note_echo(reading))
        .or_else(|| {
            let multicast = skb.packet_type() == PacketType::Multicast;
            let overhears = self.overhears(watch) && multicast;
            backup_probe::overheard6(&packet, overhears, watch.ipv6.iter())
        })
        .map(Target::Ipv6)
    }

    /// Whether what targets broadcast proves this slave.
    fn overhears(&self, watch: &Watch) -> bool {
        watch.backup_probe != ArpBackupProbe::Off && self.is_backup()
    }

    /// Notes that the slave hears our own requests, if that is how a frame was read.
    fn note_echo(&self, reading: Reading) {
        if reading == Reading::Echo {
            self.times.set_echoed();
        }
    }

    /// How the addresses of a frame are to be read that this slave received.
    fn reading(&self, bond: &Bond, watch: &Watch, reply: bool, cx: &RxContext<'_>) -> Reading {
        let receiver = Receiver {
            active: !self.is_backup(),
            current: bond.active_proof(watch, cx),
            prober_tx: match bond.prober_sent.get() {
                0 => None,
                ticks => Some(Jiffies(ticks)),
            },
            reply,
        };
        validate::reading(&receiver, now(), &watch.timing)
    }
}

impl Bond {
    /// When the active slave, if there is one, received last, and when its link came up.
    fn active_proof(&self, watch: &Watch, cx: &RxContext<'_>) -> Option<(Jiffies, Jiffies)> {
        let plan = self.plan.load(cx)?;
        let active = plan.active.as_ref()?;
        let entry = plan::all(plan)
            .iter()
            .find(|entry| entry.port.dev().is(active.dev()))?;
        let times = &entry.slave.times;
        let last_rx = times.last_rx(watch.all_targets, &watch.ipv4, &watch.ipv6);
        Some((last_rx, times.up()))
    }
}
