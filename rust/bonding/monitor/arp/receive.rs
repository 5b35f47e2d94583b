// SPDX-License-Identifier: GPL-2.0

//! Which received frames prove a link: the view of a frame that the core judges.

use super::{times::Target, watch::Watch};
use crate::{bond::Bond, member::now, plan, slave::Slave};
use bonding_core::{
    arp::validate::{self, Gate, Kind, Reading, Receiver},
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
    skbuff::{PacketType, SkBuff}, //
};

impl Slave {
    /// Notes a frame that this slave received, if it counts; `bond_rcv_validate()` in C.
    pub(crate) fn listen(&self, bond: &Bond, watch: &Watch, skb: &SkBuff, cx: &RxContext<'_>) {
        let kind = match skb.protocol() {
            ethertype::ARP => Kind::Arp,
            ethertype::IPV6 => Kind::Ipv6,
            _ => Kind::Other,
        };
        match validate::gate(watch.validate, !self.is_backup(), kind, cfg!(CONFIG_IPV6)) {
            Gate::Counts => self.times.set_received(now()),
            Gate::Examine => {
                if let Some(target) = self.proven_target(bond, watch, skb, cx) {
                    self.times.set_heard(target, now());
                }
            }
            Gate::Ignore => {}
        }
    }

    /// The target that a frame proves, if it does; `bond_arp_rcv()` and `bond_na_rcv()` in C.
    #[cold]
    fn proven_target(
        &self,
        bond: &Bond,
        watch: &Watch,
        skb: &SkBuff,
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
            return validate::proven(
                self.reading(bond, watch, reply, cx),
                packet.sender_ip,
                packet.target_ip,
                |address| address == [0; 4],
                |address| watch.ipv4.position(address),
                |address| ipv4::is_local(dev, address, cx),
            )
            .map(Target::Ipv4);
        }
        if !ipv6::is_enabled() {
            return None;
        }
        let packet = nd::Packet::parse(&skb.bytes_at(0)?)?;
        validate::proven(
            self.reading(bond, watch, true, cx),
            packet.source,
            packet.destination,
            |address| address == nd::UNSPECIFIED,
            |address| nd::place_among(watch.ipv6.iter(), &address),
            |address| address == nd::ALL_NODES || ipv6::is_local(dev, address, cx),
        )
        .map(Target::Ipv6)
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
