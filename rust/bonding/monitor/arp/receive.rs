// SPDX-License-Identifier: GPL-2.0

//! Which received frames prove a link: the view of a frame that the core judges.

use super::{times::Target, watch::Watch};
use crate::{bond::Bond, member::now, plan, slave::Slave};
use bonding_core::{
    arp::{
        backup_probe,
        validate::{self, Gate, Kind, Moment, Reading},
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
    rx_handler::{Received, RxContext, Verdict},
    skbuff::{PacketType, Skb}, //
};

impl Slave {
    /// What becomes of a frame while the ARP monitor runs; `bond_rcv_validate()` in C.
    ///
    /// As in [`Handler::handle`](kernel_net::rx_handler::Handler::handle) nothing comes after calls.
    #[inline(never)]
    pub(crate) fn handle_watched<'a>(
        &'a self,
        watch: &Watch,
        frame: Received<'a>,
        cx: &'a RxContext<'_>,
    ) -> Verdict<'a> {
        let kind = match frame.protocol() {
            ethertype::ARP if watch.backup_probe == ArpBackupProbe::Probe => {
                return self.handle_answer(watch, frame, cx)
            }
            ethertype::ARP => Kind::Arp,
            ethertype::IPV6 => Kind::Ipv6,
            _ => Kind::Other,
        };
        self.handle_proof(kind, watch, frame, cx)
    }

    /// As [`Self::handle_watched`], of ARP, but the answer to a probe of the slave's own is for nobody else.
    #[inline(never)]
    fn handle_answer<'a>(
        &'a self,
        watch: &Watch,
        frame: Received<'a>,
        cx: &'a RxContext<'_>,
    ) -> Verdict<'a> {
        if self.take_answer(watch, &frame, cx) {
            return frame.consume();
        }
        self.handle_proof(Kind::Arp, watch, frame, cx)
    }

    #[inline(always)]
    fn handle_proof<'a>(
        &'a self,
        kind: Kind,
        watch: &Watch,
        frame: Received<'a>,
        cx: &'a RxContext<'_>,
    ) -> Verdict<'a> {
        match validate::gate(watch.validate, !self.is_backup(), kind, cfg!(CONFIG_IPV6)) {
            Gate::Counts if self.times.set_received_again() => {}
            Gate::Counts => return self.handle_first(frame),
            Gate::Examine => match kind {
                Kind::Arp => return self.handle_arp(watch, frame, cx),
                _ => return self.handle_nd(watch, frame, cx),
            },
            Gate::Ignore => {}
        }
        self.hand_on(frame)
    }

    /// What becomes of a frame that counts, the first one of a tick.
    #[cold]
    #[inline(never)]
    fn handle_first<'a>(&'a self, frame: Received<'a>) -> Verdict<'a> {
        self.times.set_received();
        self.hand_on(frame)
    }

    /// What becomes of an ARP packet that counts if its addresses are right; `bond_arp_rcv()` in C.
    ///
    /// Most are of no target, which is told at once where nothing else is to be known.
    #[inline(never)]
    fn handle_arp<'a>(
        &'a self,
        watch: &Watch,
        frame: Received<'a>,
        cx: &'a RxContext<'_>,
    ) -> Verdict<'a> {
        let reading = validate::reading_quick(!self.is_backup());
        let (Some(reading), Some(octets)) = (reading, frame.linear().first_chunk()) else {
            return self.handle_arp_slowly(watch, frame, cx);
        };
        let packet = self.arp_packet(&frame, octets);
        if let Some(place) = packet.and_then(|packet| self.arp_proven(watch, reading, &packet, cx))
        {
            self.times.set_heard(Target::Ipv4(place));
        }
        self.hand_on(frame)
    }

    /// As [`Self::handle_arp`], of any slave.
    #[inline(never)]
    fn handle_arp_slowly<'a>(
        &'a self,
        watch: &Watch,
        frame: Received<'a>,
        cx: &'a RxContext<'_>,
    ) -> Verdict<'a> {
        if let Some(place) = self.proven_by_arp(watch, &frame, cx) {
            self.times.set_heard(Target::Ipv4(place));
        }
        self.hand_on(frame)
    }

    /// The ARP packet in a frame, if it is one that may prove anything.
    #[inline]
    fn arp_packet(&self, skb: &Skb, octets: &[u8; arp::LEN]) -> Option<arp::Packet> {
        if skb.packet_type() == PacketType::Other || !self.bond_dev().is_ethernet() {
            return None;
        }
        arp::Packet::parse(octets)
    }

    /// The target, by its place, that an ARP packet proves if it is read so.
    #[inline]
    fn arp_proven(
        &self,
        watch: &Watch,
        reading: Reading,
        packet: &arp::Packet,
        cx: &RxContext<'_>,
    ) -> Option<usize> {
        validate::proven(
            reading,
            packet.sender_ip,
            packet.target_ip,
            |address| address == [0; 4],
            |address| watch.ipv4.position(address),
            |address| ipv4::is_local(self.bond_dev(), address, cx),
        )
    }

    /// The target, by its place, that an ARP packet received by any slave proves, if it does.
    #[inline]
    fn proven_by_arp(&self, watch: &Watch, skb: &Skb, cx: &RxContext<'_>) -> Option<usize> {
        let packet = self.arp_packet(skb, skb.header_at(0, &mut None)?)?;
        let reading = self.reading(watch, packet.operation == Operation::Reply, cx);
        match self.arp_proven(watch, reading, &packet, cx) {
            Some(place) => {
                self.note_echo(reading);
                Some(place)
            }
            None => {
                let broadcast = skb.packet_type() == PacketType::Broadcast;
                let overhears = broadcast && self.overhears(watch);
                backup_probe::overheard(&packet, overhears, |ip| watch.ipv4.position(ip))
            }
        }
    }

    /// What becomes of neighbour discovery that counts if its addresses are right.
    #[inline(never)]
    fn handle_nd<'a>(
        &'a self,
        watch: &Watch,
        frame: Received<'a>,
        cx: &'a RxContext<'_>,
    ) -> Verdict<'a> {
        if let Some(place) = self.proven_by_nd(watch, &frame, cx) {
            self.times.set_heard(Target::Ipv6(place));
        }
        self.hand_on(frame)
    }

    /// The target, by its place, that neighbour discovery proves, if it does; `bond_na_rcv()` in C.
    #[inline]
    fn proven_by_nd(&self, watch: &Watch, skb: &Skb, cx: &RxContext<'_>) -> Option<usize> {
        let packet_type = skb.packet_type();
        if packet_type == PacketType::Other || !ipv6::is_enabled() {
            return None;
        }
        let packet = nd::Packet::parse(skb.header_at(0, &mut None)?)?;
        let dev = self.bond_dev();
        let reading = self.reading(watch, true, cx);
        let proven = validate::proven(
            reading,
            packet.source,
            packet.destination,
            |address| address == nd::UNSPECIFIED,
            |address| nd::place_among(watch.ipv6.iter(), &address),
            |address| address == nd::ALL_NODES || ipv6::is_local(dev, address, cx),
        );
        match proven {
            Some(place) => {
                self.note_echo(reading);
                Some(place)
            }
            None => {
                let multicast = packet_type == PacketType::Multicast;
                let overhears = multicast && self.overhears(watch);
                backup_probe::overheard6(&packet, overhears, watch.ipv6.iter())
            }
        }
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
    #[inline]
    fn reading(&self, watch: &Watch, reply: bool, cx: &RxContext<'_>) -> Reading {
        let moment = || self.moment(watch, reply, cx);
        validate::reading(!self.is_backup(), moment, &watch.timing)
    }

    #[inline(never)]
    fn moment(&self, watch: &Watch, reply: bool, cx: &RxContext<'_>) -> Moment {
        let bond = self.bond();
        Moment {
            current: bond.active_proof(watch, cx),
            prober_tx: match bond.prober_sent.get() {
                0 => None,
                ticks => Some(Jiffies(ticks)),
            },
            reply,
            now: now(),
        }
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
