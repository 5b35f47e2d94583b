// SPDX-License-Identifier: GPL-2.0

//! Frames of many kinds, each built from the inside out.

mod family;
mod ip;
mod tunnel;

pub use family::{Family, FAMILIES};

use crate::rng::Rng;
use ip::{any4, any6, IPV4, IPV6};

/// A frame and what the stack would know about it.
#[derive(Clone, Debug)]
pub struct Frame {
    /// All of it, from the Ethernet header on.
    pub octets: Vec<u8>,
    /// How much lies in the linear part.
    pub headlen: usize,
    /// Where the network header starts.
    pub network_offset: usize,
    /// `skb->protocol`, host order.
    pub protocol: u16,
    /// A tag beside the frame: its type and content.
    pub vlan: Option<(u16, u16)>,
    /// A hash that the stack has made.
    pub l4_hash: Option<u32>,
    /// In the form that XDP has it; then the other fields follow from `octets`.
    pub xdp: bool,
}

/// An untagged frame.
fn plain(r: &mut Rng, payload: fn(&mut Rng) -> Vec<u8>, ethertype: u16) -> Frame {
    let payload = payload(r);
    frame(r, &[], ethertype, payload)
}

fn frame(r: &mut Rng, tags: &[(u16, u16)], ethertype: u16, payload: Vec<u8>) -> Frame {
    let octets = ethernet(r, tags, ethertype, payload);
    Frame {
        headlen: octets.len(),
        network_offset: 14,
        protocol: tags.first().map_or(ethertype, |tag| tag.0),
        vlan: None,
        l4_hash: None,
        xdp: false,
        octets,
    }
}

fn ethernet(r: &mut Rng, tags: &[(u16, u16)], ethertype: u16, payload: Vec<u8>) -> Vec<u8> {
    let mut octets = r.vec(12);
    for (kind, tci) in tags {
        octets.extend(kind.to_be_bytes());
        octets.extend(tci.to_be_bytes());
    }
    octets.extend(ethertype.to_be_bytes());
    octets.extend(payload);
    octets
}

/// A frame of one of the ordinary kinds.
fn mixed(r: &mut Rng) -> Frame {
    if r.one_in(2) {
        plain(r, |r| any4(r, 0), IPV4)
    } else {
        plain(r, |r| any6(r, 0), IPV6)
    }
}

fn tag(r: &mut Rng) -> Option<(u16, u16)> {
    Some((r.of(&[0x8100, 0x88a8]), r.bits() as u16))
}

fn tagged(r: &mut Rng, tags: usize) -> Frame {
    let tags: Vec<_> = (0..tags).filter_map(|_| tag(r)).collect();
    let (inner, kind) = if r.one_in(2) {
        (any4(r, 0), IPV4)
    } else {
        (any6(r, 0), IPV6)
    };
    frame(r, &tags, kind, inner)
}

fn accelerated(r: &mut Rng) -> Frame {
    let mut frame = mixed(r);
    frame.vlan = tag(r);
    frame
}
