// SPDX-License-Identifier: GPL-2.0

//! Frames of many kinds, each built from the inside out.

use crate::rng::Rng;

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

/// A kind of frames.
pub struct Family {
    /// What its test is called.
    pub name: &'static str,
    /// Makes one, whole and linear.
    pub make: fn(&mut Rng) -> Frame,
}

/// All kinds.
pub const FAMILIES: &[Family] = &[
    Family {
        name: "IPv4 TCP and UDP",
        make: |r| {
            plain(
                r,
                |r| {
                    let p = r.of(&[6, 17]);
                    let l4 = transport(r, p);
                    ipv4(r, p, l4)
                },
                IPV4,
            )
        },
    },
    Family {
        name: "IPv4, all protocols with ports or an SPI",
        make: |r| {
            plain(
                r,
                |r| {
                    let p = r.of(&PORTED);
                    let l4 = transport(r, p);
                    ipv4(r, p, l4)
                },
                IPV4,
            )
        },
    },
    Family {
        name: "IPv4, any protocol number",
        make: |r| {
            plain(
                r,
                |r| {
                    let p = r.bits() as u8;
                    let l4 = r.vec(40);
                    ipv4(r, p, l4)
                },
                IPV4,
            )
        },
    },
    Family {
        name: "IPv4 fragments",
        make: |r| plain(r, fragment4, IPV4),
    },
    Family {
        name: "IPv4 options and wrong header lengths",
        make: |r| plain(r, options4, IPV4),
    },
    Family {
        name: "ICMP with and without identifier",
        make: |r| {
            plain(
                r,
                |r| {
                    let l4 = icmp_query(r);
                    ipv4(r, 1, l4)
                },
                IPV4,
            )
        },
    },
    Family {
        name: "ICMP errors",
        make: |r| {
            plain(
                r,
                |r| {
                    let inner = any4(r, 0);
                    let l4 = icmp_error(r, inner);
                    ipv4(r, 1, l4)
                },
                IPV4,
            )
        },
    },
    Family {
        name: "ICMP of any type and code",
        make: |r| {
            plain(
                r,
                |r| {
                    let inner = any4(r, 1);
                    let mut l4 = icmp_error(r, inner);
                    l4[0] = r.bits() as u8;
                    l4[1] = r.bits() as u8;
                    ipv4(r, 1, l4)
                },
                IPV4,
            )
        },
    },
    Family {
        name: "ICMPv6 in IPv4 and ICMP in IPv6",
        make: crossed_icmp,
    },
    Family {
        name: "IPv6 TCP and UDP",
        make: |r| {
            plain(
                r,
                |r| {
                    let p = r.of(&[6, 17]);
                    let l4 = transport(r, p);
                    ipv6(r, p, l4)
                },
                IPV6,
            )
        },
    },
    Family {
        name: "IPv6, any next header",
        make: |r| {
            plain(
                r,
                |r| {
                    let p = r.bits() as u8;
                    let l4 = r.vec(48);
                    ipv6(r, p, l4)
                },
                IPV6,
            )
        },
    },
    Family {
        name: "IPv6 extension headers",
        make: |r| {
            plain(
                r,
                |r| {
                    let (p, l4) = extended(r);
                    ipv6(r, p, l4)
                },
                IPV6,
            )
        },
    },
    Family {
        name: "ICMPv6 with and without identifier",
        make: |r| {
            plain(
                r,
                |r| {
                    let l4 = icmp_query(r);
                    ipv6(r, 58, l4)
                },
                IPV6,
            )
        },
    },
    Family {
        name: "ICMPv6 errors",
        make: |r| {
            plain(
                r,
                |r| {
                    let inner = any6(r, 0);
                    let l4 = icmp6_error(r, inner);
                    ipv6(r, 58, l4)
                },
                IPV6,
            )
        },
    },
    Family {
        name: "IP in IP, all four combinations",
        make: ip_in_ip,
    },
    Family {
        name: "GRE with all flags",
        make: |r| outer(r, 47, gre),
    },
    Family {
        name: "GRE carrying Ethernet",
        make: |r| outer(r, 47, gre_ethernet),
    },
    Family {
        name: "PPTP",
        make: |r| outer(r, 47, pptp),
    },
    Family {
        name: "VXLAN",
        make: |r| outer(r, 17, vxlan),
    },
    Family {
        name: "VLAN in band",
        make: |r| tagged(r, 1),
    },
    Family {
        name: "VLANs stacked in band",
        make: |r| {
            let n = 2 + r.below(2);
            tagged(r, n)
        },
    },
    Family {
        name: "VLAN beside the frame",
        make: accelerated,
    },
    Family {
        name: "VLAN beside and in the frame",
        make: |r| {
            let n = 1 + r.below(2);
            let mut f = tagged(r, n);
            f.vlan = tag(r);
            f
        },
    },
    Family {
        name: "ARP",
        make: |r| plain(r, |r| r.vec(28), 0x0806),
    },
    Family {
        name: "TIPC, MPLS, PPPoE, batman, FCoE, PTP, HSR",
        make: odd,
    },
    Family {
        name: "any EtherType",
        make: |r| {
            let t = r.bits() as u16;
            plain(r, |r| r.vec(64), t)
        },
    },
    Family {
        name: "hash made by the stack",
        make: |r| {
            let mut f = mixed(r);
            f.l4_hash = Some(r.bits() as u32);
            f
        },
    },
    Family {
        name: "protocol that is not the header's",
        make: |r| {
            let mut f = mixed(r);
            f.protocol = r.of(&[IPV4, IPV6, 0x8100, 0x88a8, 0, 0x8847]);
            f
        },
    },
    Family {
        name: "network header anywhere",
        make: |r| {
            let mut f = mixed(r);
            f.network_offset = r.below(f.octets.len() + 20);
            f
        },
    },
    Family {
        name: "network header behind the tags",
        make: |r| {
            let n = 1 + r.below(2);
            let mut f = tagged(r, n);
            f.network_offset += 4 * n;
            if r.one_in(2) {
                f.protocol = r.of(&[IPV4, IPV6]);
            }
            f
        },
    },
    Family {
        name: "noise",
        make: |r| {
            let n = r.below(120);
            let mut f = mixed(r);
            f.octets = r.vec(n);
            f.headlen = n;
            f
        },
    },
];

const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;
const PORTED: [u8; 7] = [6, 17, 33, 50, 51, 132, 136];

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

/// An IPv4 packet with almost anything in it.
fn any4(r: &mut Rng, depth: usize) -> Vec<u8> {
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
fn any6(r: &mut Rng, depth: usize) -> Vec<u8> {
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

fn ipv4(r: &mut Rng, protocol: u8, payload: Vec<u8>) -> Vec<u8> {
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
fn fragment4(r: &mut Rng) -> Vec<u8> {
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

fn options4(r: &mut Rng) -> Vec<u8> {
    let p = r.of(&[6, 17, 1, 51]);
    let words = r.below(16);
    let mut l4 = r.vec(words.saturating_sub(5) * 4);
    l4.extend(transport(r, p));
    let mut octets = ipv4(r, p, l4);
    octets[0] = r.of(&[0x40, 0x40, 0x40, 0x00, 0x60]) | words as u8;
    octets
}

fn ipv6(r: &mut Rng, next: u8, payload: Vec<u8>) -> Vec<u8> {
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
fn extended(r: &mut Rng) -> (u8, Vec<u8>) {
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
fn transport(r: &mut Rng, protocol: u8) -> Vec<u8> {
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
fn icmp_query(r: &mut Rng) -> Vec<u8> {
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

fn icmp_error(r: &mut Rng, inner: Vec<u8>) -> Vec<u8> {
    let mut octets = vec![r.of(&[3, 4, 5, 11, 12]), r.below(16) as u8];
    octets.extend(r.octets::<6>());
    octets.extend(inner);
    octets
}

fn icmp6_error(r: &mut Rng, inner: Vec<u8>) -> Vec<u8> {
    let mut octets = vec![r.of(&[1, 2, 3, 4]), r.below(8) as u8];
    octets.extend(r.octets::<6>());
    octets.extend(inner);
    octets
}

fn crossed_icmp(r: &mut Rng) -> Frame {
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

fn ip_in_ip(r: &mut Rng) -> Frame {
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
fn outer(r: &mut Rng, protocol: u8, make: fn(&mut Rng) -> Vec<u8>) -> Frame {
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
fn gre(r: &mut Rng) -> Vec<u8> {
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

fn gre_ethernet(r: &mut Rng) -> Vec<u8> {
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

fn pptp(r: &mut Rng) -> Vec<u8> {
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

fn vxlan(r: &mut Rng) -> Vec<u8> {
    let mut octets = r.octets::<2>().to_vec();
    octets.extend(4789u16.to_be_bytes());
    octets.extend(r.octets::<4>());
    octets.extend([0x08, 0, 0, 0]);
    octets.extend(r.octets::<4>());
    let inner = any4(r, 1);
    octets.extend(ethernet(r, &[], IPV4, inner));
    octets
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

/// Protocols that the flow dissector knows, too.
fn odd(r: &mut Rng) -> Frame {
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
