// SPDX-License-Identifier: GPL-2.0

//! The transmit hash: some numbers of the C driver's, and what holds for every frame.
//!
//! The comparison with C over many frames is in tests/oracle.

use bonding_core::hash::{self, Addresses, FlowKeys, Frame, IcmpKey, Linear};
use bonding_core::option::XmitPolicy;
use host::check;
use proptest::prelude::*;

/// A frame in two pieces.
#[derive(Clone, Debug)]
struct Buffer {
    octets: Vec<u8>,
    headlen: usize,
    protocol: u16,
    offset: usize,
    vlan: Option<u16>,
    l4: Option<u32>,
}

impl Frame for Buffer {
    fn linear(&self) -> &[u8] {
        &self.octets[..self.headlen]
    }

    fn get<const N: usize>(&self, offset: usize) -> Option<[u8; N]> {
        self.octets.get(offset..)?.first_chunk().copied()
    }

    fn protocol(&self) -> u16 {
        self.protocol
    }

    fn network_offset(&self) -> usize {
        self.offset
    }

    fn vlan_tag(&self) -> Option<u16> {
        self.vlan
    }

    fn l4_hash(&self) -> Option<u32> {
        self.l4
    }
}

fn all<F: Frame>(frame: &F, keys: Option<FlowKeys>) -> Vec<u32> {
    let policies = XmitPolicy::ALL.iter();
    policies
        .map(|&policy| hash::hash(policy, frame, |_: &_| keys))
        .collect()
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|b| b.is_ascii_hexdigit()).collect();
    let pair = |p: &[u8]| u8::from_str_radix(std::str::from_utf8(p).unwrap(), 16).unwrap();
    digits.chunks(2).map(pair).collect()
}

const TCP4: &str = "020000000002 020000000003 0800
    45000028 00004000 40060000 0a000001 0a000002
    12340050 00000000 00000000 50000000 00000000";

/// What the C driver's code answers, in user space (tests/oracle).
#[test]
fn hashes_are_cs() {
    let keys = FlowKeys {
        addresses: Addresses::V4 {
            source: [10, 0, 0, 1],
            destination: [10, 0, 0, 2],
        },
        ports: [0x12, 0x34, 0, 0x50],
        icmp: IcmpKey::default(),
    };
    let octets = hex(TCP4);
    let mut buffer = Buffer {
        headlen: octets.len(),
        octets,
        protocol: 0x0800,
        offset: 14,
        vlan: None,
        l4: None,
    };
    let mut expected = [
        2049,
        698_987_450,
        50_531_082,
        50_531_082,
        698_987_450,
        131_075,
    ];
    assert_eq!(all(&buffer, Some(keys)), expected);
    assert_eq!(all(&Linear(&buffer.octets), Some(keys)), expected);
    buffer.vlan = Some(5);
    buffer.headlen = 20;
    expected[5] = 131_078;
    assert_eq!(all(&buffer, Some(keys)), expected);
}

fn frames() -> impl Strategy<Value = Buffer> {
    let octets = proptest::collection::vec(any::<u8>(), 0..140);
    let protocol = prop_oneof![Just(0x0800), Just(0x86dd), Just(0x8100), any::<u16>()];
    let offset =
        prop_oneof![6 => Just(14), 1 => 0..200_usize, 1 => any::<usize>(), 1 => Just(usize::MAX)];
    // Protocols that something is done for, where they stand in both IP headers.
    let kind = prop_oneof![Just(1), Just(6), Just(51), Just(58), any::<u8>()];
    let frame = (
        octets,
        any::<u16>(),
        protocol,
        offset,
        any::<Option<u16>>(),
        kind,
    );
    frame.prop_map(|(mut octets, split, protocol, offset, vlan, kind)| {
        if protocol == 0x0800 && octets.len() > 34 {
            octets[14] = 0x45;
            octets[23] = kind;
            octets[20] &= 0x40;
            octets[21] = 0;
            octets[34] &= 0x0f;
        }
        if protocol == 0x86dd && octets.len() > 54 {
            octets[20] = kind;
            octets[54] &= 0x87;
        }
        Buffer {
            headlen: usize::from(split) % (octets.len() + 1),
            octets,
            protocol,
            offset,
            vlan,
            l4: None,
        }
    })
}

/// Where a frame is cut into pieces does not matter, and nothing panics, wherever the stack says
/// that its network header is.
#[test]
fn pieces_do_not_matter() {
    check(60_000, frames(), |frame| {
        let whole = Buffer {
            headlen: frame.octets.len(),
            ..frame.clone()
        };
        let nothing = Buffer {
            headlen: 0,
            ..frame.clone()
        };
        prop_assert_eq!(all(&frame, None), all(&whole, None));
        prop_assert_eq!(all(&nothing, None), all(&whole, None));
        Ok(())
    });
}

#[test]
fn xdp_frames_hash_as_buffers_do() {
    check(20_000, frames(), |frame| {
        let linear = Linear(&frame.octets);
        let buffer = Buffer {
            headlen: frame.octets.len(),
            protocol: linear.protocol(),
            offset: 14,
            vlan: None,
            ..frame.clone()
        };
        prop_assert_eq!(all(&linear, None), all(&buffer, None));
        if frame.octets.len() < 14 {
            prop_assert_eq!(all(&linear, None), [0; 6]);
        }
        Ok(())
    });
}

/// A connection's packets hash by layer3+4 as its socket does.
#[test]
fn sockets_hash_as_their_packets() {
    check(
        20_000,
        any::<([u8; 32], [u8; 4], bool)>(),
        |(addresses, ports, v6)| {
            let mut octets = vec![0; 12];
            let (addresses, protocol) = if v6 {
                octets.extend([0x86, 0xdd, 0x60, 0, 0, 0, 0, 20, 6, 64]);
                octets.extend(addresses);
                let (source, destination) = addresses.split_at(16);
                let (source, destination) =
                    (source.try_into().unwrap(), destination.try_into().unwrap());
                (
                    Addresses::V6 {
                        source,
                        destination,
                    },
                    0x86dd,
                )
            } else {
                octets.extend([8, 0, 0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0]);
                octets.extend(&addresses[..8]);
                let [a, b, c, d, e, f, g, h, ..] = addresses;
                let (source, destination) = ([a, b, c, d], [e, f, g, h]);
                (
                    Addresses::V4 {
                        source,
                        destination,
                    },
                    0x0800,
                )
            };
            octets.extend(ports);
            let frame = Linear(&octets);
            prop_assert_eq!(frame.protocol(), protocol);
            let packet = hash::hash(XmitPolicy::Layer34, &frame, |_: &_| None);
            prop_assert_eq!(hash::socket(&addresses, ports), packet);
            // The dissector's view of it is the same, too.
            let keys = FlowKeys {
                addresses,
                ports,
                icmp: IcmpKey::default(),
            };
            prop_assert_eq!(
                hash::hash(XmitPolicy::Encap34, &frame, |_: &_| Some(keys)),
                packet
            );
            Ok(())
        },
    );
}

#[test]
fn dissector_is_asked_for_encap_only() {
    check(
        5_000,
        (frames(), any::<Option<u32>>()),
        |(mut frame, l4)| {
            frame.l4 = l4;
            for &policy in XmitPolicy::ALL {
                let mut asked = 0;
                let hash = hash::hash(policy, &frame, |_: &_| {
                    asked += 1;
                    None
                });
                let expected = match policy {
                    XmitPolicy::Encap23 => true,
                    XmitPolicy::Encap34 => l4.is_none(),
                    _ => false,
                };
                prop_assert_eq!(asked, usize::from(expected));
                if let (XmitPolicy::Encap34, Some(l4)) = (policy, l4) {
                    prop_assert_eq!(hash, l4);
                }
            }
            Ok(())
        },
    );
}
