// SPDX-License-Identifier: GPL-2.0

//! Which frames may be sent by any slave, and which by the active one only.

use crate::{
    hash::Frame,
    wire::eth::{ethertype, Header, Mac, HEADER_LEN},
};

/// The protocol numbers that matter.
const IGMP: u8 = 2;
const ICMPV6: u8 = 58;

/// The length of an IPv4 header without options, bytes.
const IPV4_LEN: usize = 20;
/// The length of an IPv6 header, bytes.
const IPV6_LEN: usize = 40;
/// The length of an ICMPv6 header, bytes.
const ICMPV6_LEN: usize = 8;

/// Where frames for all IPv6 nodes go.
const ALL_NODES: Mac = Mac([0x33, 0x33, 0, 0, 0, 1]);

/// How a frame is spread over the slaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// It goes through the active slave.
    Active,
    /// It goes where the flows with this key go, which in balance-alb is made of the destination.
    Key(u8),
    /// It goes where the bond's hash says.
    Hash,
    /// It is ARP, which tells the peer where to send to.
    Arp,
}

/// [`spread_tlb`] as far as the headers lie in one piece and are of the ordinary kind; `None` else.
#[inline(always)]
pub fn spread_tlb_quick<F: Frame>(frame: &F) -> Option<Spread> {
    let octets = frame.linear();
    let next = match frame.protocol() {
        ethertype::IPV4 => None,
        ethertype::IPV6 => {
            let [_, _, _, _, _, _, next, ..] = near::<IPV6_LEN>(octets, frame.network_offset())?;
            Some(*next)
        }
        _ => return Some(Spread::Active),
    };
    let [first, ..] = octets.first_chunk::<HEADER_LEN>()?;
    if *first & 1 != 0 {
        return Some(Spread::Active);
    }
    (next != Some(ICMPV6)).then_some(Spread::Hash)
}

/// [`spread_alb`] as far as the headers lie in one piece and are of the ordinary kind; `None` else.
#[inline(always)]
pub fn spread_alb_quick<F: Frame>(frame: &F) -> Option<Spread> {
    let octets = frame.linear();
    let at = frame.network_offset();
    match frame.protocol() {
        ethertype::IPV4 => {
            let [first, ..] = octets.first_chunk::<HEADER_LEN>()?;
            let [_, _, _, _, _, _, _, _, _, protocol, .., a, b, c, d] =
                near::<IPV4_LEN>(octets, at)?;
            if *first == 0xff || *a == 0xff || *protocol == IGMP {
                return None;
            }
            Some(Spread::Key(a ^ b ^ c ^ d))
        }
        ethertype::IPV6 => {
            let [first, ..] = octets.first_chunk::<HEADER_LEN>()?;
            let [_, _, _, _, _, _, next, _, addresses @ ..] = near::<IPV6_LEN>(octets, at)?;
            let (source, target) = (
                addresses.first_chunk::<16>()?,
                addresses.last_chunk::<16>()?,
            );
            if *first & 1 != 0 || *next == ICMPV6 || u128::from_ne_bytes(*source) == 0 {
                return None;
            }
            Some(Spread::Key(fold(u128::from_ne_bytes(*target))))
        }
        ethertype::ARP => Some(Spread::Arp),
        _ => Some(Spread::Active),
    }
}

/// How balance-tlb spreads a frame; `bond_xmit_tlb_slave_get()` in C.
#[inline]
pub fn spread_tlb<F: Frame>(frame: &F) -> Spread {
    let Some(destination) = destination(frame) else {
        return Spread::Active;
    };
    if destination.is_multicast() {
        return Spread::Active;
    }
    match frame.protocol() {
        ethertype::IPV4 => Spread::Hash,
        ethertype::IPV6 if !is_neighbour_discovery(frame) => Spread::Hash,
        _ => Spread::Active,
    }
}

/// How balance-alb spreads a frame; `bond_xmit_alb_slave_get()` in C.
#[inline]
pub fn spread_alb<F: Frame>(frame: &F) -> Spread {
    match frame.protocol() {
        ethertype::IPV4 => spread_ipv4(frame),
        ethertype::IPV6 => spread_ipv6(frame),
        ethertype::ARP => Spread::Arp,
        _ => Spread::Active,
    }
}

#[inline]
fn spread_ipv4<F: Frame>(frame: &F) -> Spread {
    if destination(frame).is_none_or(|mac| mac.is_broadcast()) {
        return Spread::Active;
    }
    let Some(header) = network::<IPV4_LEN, F>(frame, 0) else {
        return Spread::Active;
    };
    let [_, _, _, _, _, _, _, _, _, protocol, .., a, b, c, d] = header;
    if protocol == IGMP || [a, b, c, d] == [0xff; 4] {
        return Spread::Active;
    }
    Spread::Key(a ^ b ^ c ^ d)
}

fn spread_ipv6<F: Frame>(frame: &F) -> Spread {
    match destination(frame) {
        None | Some(Mac::BROADCAST | ALL_NODES) => return Spread::Active,
        Some(_) => {}
    }
    if is_neighbour_discovery(frame) {
        return Spread::Active;
    }
    let Some(source) = network::<16, F>(frame, 8) else {
        return Spread::Active;
    };
    // Asking whether an address is taken already: the question must not come back by another slave.
    if source == [0; 16] {
        return Spread::Active;
    }
    match network::<16, F>(frame, 24) {
        Some(target) => Spread::Key(fold(u128::from_ne_bytes(target))),
        None => Spread::Active,
    }
}

/// Whether an IPv6 frame solicits or advertises a neighbour, or is too short to tell; `alb_determine_nd()` in C.
pub fn is_neighbour_discovery<F: Frame>(frame: &F) -> bool {
    let Some(header) = network::<IPV6_LEN, F>(frame, 0) else {
        return true;
    };
    let [_, _, _, _, _, _, next, ..] = header;
    if next != ICMPV6 {
        return false;
    }
    match network::<ICMPV6_LEN, F>(frame, IPV6_LEN) {
        Some([kind, ..]) => matches!(kind, 135 | 136),
        None => true,
    }
}

/// All octets, exclusive-or'ed.
#[inline(always)]
const fn fold(octets: u128) -> u8 {
    let word = (octets >> 64) as u64 ^ octets as u64;
    let word = (word >> 32) as u32 ^ word as u32;
    let word = word ^ (word >> 16);
    (word ^ (word >> 8)) as u8
}

/// `N` octets at `at`, read in place.
#[inline(always)]
fn near<const N: usize>(octets: &[u8], at: usize) -> Option<&[u8; N]> {
    octets.get(at..)?.first_chunk()
}

#[inline]
fn destination<F: Frame>(frame: &F) -> Option<Mac> {
    let header = match frame.linear().first_chunk::<HEADER_LEN>() {
        Some(header) => *header,
        None => frame.get(0)?,
    };
    Some(Header::parse(&header).destination)
}

/// `N` octets at `offset` from the network header.
#[inline]
fn network<const N: usize, F: Frame>(frame: &F, offset: usize) -> Option<[u8; N]> {
    let at = frame.network_offset().checked_add(offset)?;
    match frame.linear().get(at..).and_then(|rest| rest.first_chunk()) {
        Some(octets) => Some(*octets),
        None => frame.get(at),
    }
}
