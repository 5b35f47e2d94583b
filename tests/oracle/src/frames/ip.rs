// SPDX-License-Identifier: GPL-2.0

//! IPv4 and IPv6 packets with almost anything in them.

use crate::rng::Rng;

pub(super) const IPV4: u16 = 0x0800;
pub(super) const IPV6: u16 = 0x86dd;
pub(super) const PORTED: [u8; 7] = [6, 17, 33, 50, 51, 132, 136];

/// An IPv4 packet with almost anything in it.
pub(super) fn any4(r: &mut Rng, depth: usize) -> Vec<u8> {
    match r.below(if depth < 2 { 7 } else { 4 }) {
        0 => fragment4(r),
        1 => options4(r),
        2 => {
            let l4 = icmp_query(r);
            ipv4(r, 1, l4)
        }
        3 | 4 => {
            let p = r.of(&PORTED);
            let l4 = transport(r, p);
            ipv4(r, p, l4)
        }
        5 => {
            let inner = any4(r, depth + 1);
            let l4 = icmp_error(r, inner);
            ipv4(r, 1, l4)
        }
        _ => {
            let inner = any4(r, depth + 1);
            ipv4(r, 4, inner)
        }
    }
}

/// An IPv6 packet with almost anything in it.
pub(super) fn any6(r: &mut Rng, depth: usize) -> Vec<u8> {
    match r.below(if depth < 2 { 6 } else { 4 }) {
        0 => {
            let (p, l4) = extended(r);
            ipv6(r, p, l4)
        }
        1 => {
            let l4 = icmp_query(r);
            ipv6(r, 58, l4)
        }
        2 | 3 => {
            let p = r.of(&PORTED);
            let l4 = transport(r, p);
            ipv6(r, p, l4)
        }
        4 => {
            let inner = any6(r, depth + 1);
            let l4 = icmp6_error(r, inner);
            ipv6(r, 58, l4)
        }
        _ => {
            let inner = any6(r, depth + 1);
            ipv6(r, 41, inner)
        }
    }
}

pub(super) fn ipv4(r: &mut Rng, protocol: u8, payload: Vec<u8>) -> Vec<u8> {
    let length = (20 + payload.len()) as u16;
    let mut octets = vec![0x45, r.bits() as u8];
    octets.extend(length.to_be_bytes());
    octets.extend(r.octets::<2>());
    // Don't fragment, or not even that.
    octets.extend([r.of(&[0x40, 0x00]), 0, 64, protocol]);
    octets.extend(r.octets::<10>());
    octets.extend(payload);
    octets
}

/// More to come, not the first, both, or only the reserved bit.
pub(super) fn fragment4(r: &mut Rng) -> Vec<u8> {
    let p = r.of(&[6, 17, 1, 4]);
    let l4 = transport(r, p);
    let mut octets = ipv4(r, p, l4);
    let offset = match r.below(5) {
        0 => 0x2000,
        1 => 1 + r.below(0x1fff) as u16,
        2 => 0x2000 | r.below(0x2000) as u16,
        3 => 0x8000,
        _ => 0xe000 | r.below(0x2000) as u16,
    };
    octets[6..8].copy_from_slice(&offset.to_be_bytes());
    octets
}

pub(super) fn options4(r: &mut Rng) -> Vec<u8> {
    let p = r.of(&[6, 17, 1, 51]);
    let words = r.below(16);
    let mut l4 = r.vec(words.saturating_sub(5) * 4);
    l4.extend(transport(r, p));
    let mut octets = ipv4(r, p, l4);
    octets[0] = r.of(&[0x40, 0x40, 0x40, 0x00, 0x60]) | words as u8;
    octets
}

pub(super) fn ipv6(r: &mut Rng, next: u8, payload: Vec<u8>) -> Vec<u8> {
    let mut octets = match r.below(3) {
        // With and without a flow label, which some keys are made of.
        0 => vec![0x60, 0, 0, 0],
        _ => vec![0x60, r.bits() as u8, r.bits() as u8, r.bits() as u8],
    };
    octets.extend((payload.len() as u16).to_be_bytes());
    octets.extend([next, 64]);
    octets.extend(r.octets::<32>());
    octets.extend(payload);
    octets
}

/// A chain of extension headers and what ends it.
pub(super) fn extended(r: &mut Rng) -> (u8, Vec<u8>) {
    let mut next = r.of(&[6, 17, 58, 59, 132, 50]);
    let mut octets = transport(r, next);
    for _ in 0..1 + r.below(3) {
        let kind = r.of(&[0, 43, 44, 60, 51, 135]);
        let mut header = vec![next];
        if kind == 44 {
            header.push(0);
            header.extend(r.of(&[0u16, 1, 8, 9, 0x100]).to_be_bytes());
            header.extend(r.octets::<4>());
        } else {
            let words = r.below(3);
            header.push(words as u8);
            let length = if kind == 51 {
                words * 4 + 8
            } else {
                words * 8 + 8
            };
            header.extend(r.vec(length - 2));
        }
        header.extend(octets);
        octets = header;
        next = kind;
    }
    (next, octets)
}

/// A header of this protocol, and a few octets more.
pub(super) fn transport(r: &mut Rng, protocol: u8) -> Vec<u8> {
    match protocol {
        1 | 58 => icmp_query(r),
        6 => {
            let mut octets = r.vec(24);
            octets[12] = 0x50 | (octets[12] & 0x0f);
            octets
        }
        _ => r.vec(20),
    }
}

/// Echo, timestamp and others; identifiers that are 0, too.
pub(super) fn icmp_query(r: &mut Rng) -> Vec<u8> {
    let mut octets = vec![
        r.of(&[8, 0, 13, 14, 128, 129, 17, 133, 135, 136, 15]),
        r.of(&[0, 0, 1, 7]),
    ];
    octets.extend(r.octets::<2>());
    if r.one_in(4) {
        octets.extend([0, 0]);
    } else {
        octets.extend(r.octets::<2>());
    }
    octets.extend(r.octets::<10>());
    octets
}

pub(super) fn icmp_error(r: &mut Rng, inner: Vec<u8>) -> Vec<u8> {
    let mut octets = vec![r.of(&[3, 4, 5, 11, 12]), r.below(16) as u8];
    octets.extend(r.octets::<6>());
    octets.extend(inner);
    octets
}

pub(super) fn icmp6_error(r: &mut Rng, inner: Vec<u8>) -> Vec<u8> {
    let mut octets = vec![r.of(&[1, 2, 3, 4]), r.below(8) as u8];
    octets.extend(r.octets::<6>());
    octets.extend(inner);
    octets
}
