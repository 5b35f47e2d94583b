// SPDX-License-Identifier: GPL-2.0

//! Packets and frames within others, and what else the flow dissector knows.

use super::ip::{any4, any6, icmp6_error, icmp_error, ipv4, ipv6, IPV4, IPV6};
use super::{ethernet, frame, plain, Frame};
use crate::rng::Rng;

pub(super) fn crossed_icmp(r: &mut Rng) -> Frame {
    if r.one_in(2) {
        plain(
            r,
            |r| {
                let inner = any6(r, 1);
                let l4 = icmp6_error(r, inner);
                ipv4(r, 58, l4)
            },
            IPV4,
        )
    } else {
        plain(
            r,
            |r| {
                let inner = any4(r, 1);
                let l4 = icmp_error(r, inner);
                ipv6(r, 1, l4)
            },
            IPV6,
        )
    }
}

pub(super) fn ip_in_ip(r: &mut Rng) -> Frame {
    match r.below(4) {
        0 => plain(
            r,
            |r| {
                let inner = any4(r, 1);
                ipv4(r, 4, inner)
            },
            IPV4,
        ),
        1 => plain(
            r,
            |r| {
                let inner = any6(r, 1);
                ipv4(r, 41, inner)
            },
            IPV4,
        ),
        2 => plain(
            r,
            |r| {
                let inner = any4(r, 1);
                ipv6(r, 4, inner)
            },
            IPV6,
        ),
        _ => plain(
            r,
            |r| {
                let inner = any6(r, 1);
                ipv6(r, 41, inner)
            },
            IPV6,
        ),
    }
}

/// Something in IPv4 or IPv6.
pub(super) fn outer(r: &mut Rng, protocol: u8, make: fn(&mut Rng) -> Vec<u8>) -> Frame {
    let inner = make(r);
    if r.one_in(2) {
        let packet = ipv4(r, protocol, inner);
        frame(r, &[], IPV4, packet)
    } else {
        let packet = ipv6(r, protocol, inner);
        frame(r, &[], IPV6, packet)
    }
}

/// Checksum, routing, key, sequence number, strict route, versions.
pub(super) fn gre(r: &mut Rng) -> Vec<u8> {
    let flags = r.of(&[
        0u16, 0x8000, 0x2000, 0x1000, 0xa000, 0xb000, 0x3000, 0x4000, 0x0800, 0x0001, 0x2001,
        0x0002,
    ]);
    let inner4 = r.one_in(2);
    let mut octets = flags.to_be_bytes().to_vec();
    octets.extend(if inner4 { IPV4 } else { IPV6 }.to_be_bytes());
    for flag in [0x8000, 0x2000, 0x1000] {
        if flags & flag != 0 {
            octets.extend(r.octets::<4>());
        }
    }
    octets.extend(if inner4 { any4(r, 1) } else { any6(r, 1) });
    octets
}

pub(super) fn gre_ethernet(r: &mut Rng) -> Vec<u8> {
    let mut octets = r.of(&[0u16, 0x2000, 0x8000]).to_be_bytes().to_vec();
    if octets[0] != 0 {
        octets.extend(0x6558u16.to_be_bytes());
        octets.extend(r.octets::<4>());
    } else {
        octets.extend(0x6558u16.to_be_bytes());
    }
    let (inner, kind) = if r.one_in(2) {
        (any4(r, 1), IPV4)
    } else {
        (any6(r, 1), IPV6)
    };
    let tags = if r.one_in(3) {
        vec![(0x8100, r.bits() as u16)]
    } else {
        vec![]
    };
    octets.extend(ethernet(r, &tags, kind, inner));
    octets
}

pub(super) fn pptp(r: &mut Rng) -> Vec<u8> {
    // Key always, sequence and acknowledgement perhaps, version 1.
    let flags = 0x2001 | r.of(&[0u16, 0x1000, 0x0080, 0x1080]);
    let mut octets = flags.to_be_bytes().to_vec();
    octets.extend(0x880bu16.to_be_bytes());
    octets.extend(r.octets::<4>());
    for flag in [0x1000, 0x0080] {
        if flags & flag != 0 {
            octets.extend(r.octets::<4>());
        }
    }
    octets.extend([0xff, 0x03]);
    if r.one_in(2) {
        octets.extend(0x0021u16.to_be_bytes());
        octets.extend(any4(r, 1));
    } else {
        octets.extend(0x0057u16.to_be_bytes());
        octets.extend(any6(r, 1));
    }
    octets
}

pub(super) fn vxlan(r: &mut Rng) -> Vec<u8> {
    let mut octets = r.octets::<2>().to_vec();
    octets.extend(4789u16.to_be_bytes());
    octets.extend(r.octets::<4>());
    octets.extend([0x08, 0, 0, 0]);
    octets.extend(r.octets::<4>());
    let inner = any4(r, 1);
    octets.extend(ethernet(r, &[], IPV4, inner));
    octets
}

/// Protocols that the flow dissector knows, too.
pub(super) fn odd(r: &mut Rng) -> Frame {
    match r.below(8) {
        0 => {
            // TIPC: the user field says whether there is a key.
            let mut payload = r.vec(32);
            payload[0] = (payload[0] & 0x01) | 0x40 | r.of(&[0u8, 0x0d << 1, 0x0e << 1]);
            frame(r, &[], 0x88ca, payload)
        }
        1 => {
            let mut payload = r.vec(8);
            payload[2] &= 0xfe;
            payload.extend(any4(r, 1));
            let kind = r.of(&[0x8847, 0x8848]);
            frame(r, &[], kind, payload)
        }
        2 => {
            let inner4 = r.one_in(2);
            let inner = if inner4 { any4(r, 1) } else { any6(r, 1) };
            let mut payload = vec![0x11, 0];
            payload.extend(r.octets::<2>());
            payload.extend(((inner.len() + 2) as u16).to_be_bytes());
            payload.extend(if inner4 { 0x0021u16 } else { 0x0057 }.to_be_bytes());
            payload.extend(inner);
            frame(r, &[], 0x8864, payload)
        }
        3 => {
            // batman-adv unicast: its header, then Ethernet.
            let mut payload = vec![0x40, 15, 50, 1];
            payload.extend(r.octets::<6>());
            let inner = any4(r, 1);
            payload.extend(ethernet(r, &[], IPV4, inner));
            frame(r, &[], 0x4305, payload)
        }
        4 => plain(r, |r| r.vec(60), 0x8906),
        5 => plain(r, |r| r.vec(44), 0x88f7),
        6 => {
            let mut payload = r.vec(4);
            payload.extend(IPV4.to_be_bytes());
            payload.extend(any4(r, 1));
            let kind = r.of(&[0x88fb, 0x892f]);
            frame(r, &[], kind, payload)
        }
        _ => plain(r, |r| r.vec(40), 0x88e5),
    }
}
