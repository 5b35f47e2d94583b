// SPDX-License-Identifier: GPL-2.0

//! The LACPDU of IEEE 802.1AX 6.4.2, version 1.
//!
//! C header: [`include/net/bond_3ad.h`](srctree/include/net/bond_3ad.h)

use core::ops::{BitAnd, BitOr, BitXor, Not};

use super::eth::{ethertype, Header, Mac, HEADER_LEN};

/// Length of a PDU of the slow protocols, without the Ethernet header.
pub const LEN: usize = 110;
/// Length of the frame, without its checksum.
pub const FRAME_LEN: usize = HEADER_LEN + LEN;
/// Where all frames of the slow protocols go; no bridge forwards it.
pub const GROUP: Mac = Mac([0x01, 0x80, 0xc2, 0x00, 0x00, 0x02]);
/// Subtype of LACP among the slow protocols.
pub const SUBTYPE: u8 = 1;

const VERSION: u8 = 1;
const ACTOR: [u8; 2] = [1, 20];
const PARTNER: [u8; 2] = [2, 20];
const COLLECTOR: [u8; 2] = [3, 16];

/// The state octet of a port (`LACP_STATE_*`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct State(pub u8);

impl State {
    /// No bit set.
    pub const NONE: State = State(0);
    /// Sends without being asked.
    pub const ACTIVITY: State = State(0x01);
    /// Wants to hear every second.
    pub const TIMEOUT: State = State(0x02);
    /// May share an aggregator with other ports.
    pub const AGGREGATION: State = State(0x04);
    /// Is in the right aggregator.
    pub const SYNCHRONIZATION: State = State(0x08);
    /// Takes frames in.
    pub const COLLECTING: State = State(0x10);
    /// Sends frames out.
    pub const DISTRIBUTING: State = State(0x20);
    /// What it says of its partner is made up.
    pub const DEFAULTED: State = State(0x40);
    /// Has not heard of its partner for too long.
    pub const EXPIRED: State = State(0x80);

    /// Whether all bits of `bits` are set.
    #[inline]
    pub const fn has(self, bits: State) -> bool {
        self.0 & bits.0 == bits.0
    }

    /// Sets or clears the bits of `bits`.
    #[inline]
    pub fn set(&mut self, bits: State, on: bool) {
        *self = if on { *self | bits } else { *self & !bits };
    }
}

impl BitOr for State {
    type Output = State;
    fn bitor(self, other: State) -> State {
        State(self.0 | other.0)
    }
}

impl BitAnd for State {
    type Output = State;
    fn bitand(self, other: State) -> State {
        State(self.0 & other.0)
    }
}

impl BitXor for State {
    type Output = State;
    fn bitxor(self, other: State) -> State {
        State(self.0 ^ other.0)
    }
}

impl Not for State {
    type Output = State;
    fn not(self) -> State {
        State(!self.0)
    }
}

/// What a PDU says of one end of the link. Numbers in host order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Info {
    /// Priority of the system.
    pub system_priority: u16,
    /// The system.
    pub system: Mac,
    /// Operational key of the port: ports with equal keys may be aggregated.
    pub key: u16,
    /// Priority of the port.
    pub port_priority: u16,
    /// Number of the port.
    pub port: u16,
    /// Its state.
    pub state: State,
}

impl Info {
    const fn parse(octets: &[u8; 15]) -> Self {
        let [p0, p1, m0, m1, m2, m3, m4, m5, k0, k1, q0, q1, n0, n1, state] = *octets;
        Self {
            system_priority: u16::from_be_bytes([p0, p1]),
            system: Mac([m0, m1, m2, m3, m4, m5]),
            key: u16::from_be_bytes([k0, k1]),
            port_priority: u16::from_be_bytes([q0, q1]),
            port: u16::from_be_bytes([n0, n1]),
            state: State(state),
        }
    }

    const fn emit(&self) -> [u8; 15] {
        let [p0, p1] = self.system_priority.to_be_bytes();
        let Mac([m0, m1, m2, m3, m4, m5]) = self.system;
        let [k0, k1] = self.key.to_be_bytes();
        let [q0, q1] = self.port_priority.to_be_bytes();
        let [n0, n1] = self.port.to_be_bytes();
        [
            p0,
            p1,
            m0,
            m1,
            m2,
            m3,
            m4,
            m5,
            k0,
            k1,
            q0,
            q1,
            n0,
            n1,
            self.state.0,
        ]
    }

    /// Whether both name the same port of the same system with the same key and the same
    /// willingness to aggregate: what the selection goes by (802.1AX 6.4.9, `update_Selected`).
    pub fn same_port(&self, other: &Info) -> bool {
        let identity = |info: &Info| Info {
            state: info.state & State::AGGREGATION,
            ..*info
        };
        identity(self) == identity(other)
    }
}

/// A LACPDU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pdu {
    /// What the sender says of itself.
    pub actor: Info,
    /// What the sender says of the receiver.
    pub partner: Info,
}

impl Pdu {
    /// Reads what follows the Ethernet header; `None` if it is too short, not LACP, or its first two
    /// TLVs are not those of actor and partner. The version is not looked at: later ones begin alike.
    pub fn parse(octets: &[u8]) -> Option<Self> {
        let (octets, _) = octets.split_first_chunk::<LEN>()?;
        let [subtype, _version, a_type, a_length, rest @ ..] = octets;
        let (actor, rest) = rest.split_first_chunk::<15>()?;
        let [_, _, _, p_type, p_length, rest @ ..] = rest else {
            return None;
        };
        let (partner, _) = rest.split_first_chunk::<15>()?;
        let sound =
            *subtype == SUBTYPE && [*a_type, *a_length] == ACTOR && [*p_type, *p_length] == PARTNER;
        sound.then(|| Self {
            actor: Info::parse(actor),
            partner: Info::parse(partner),
        })
    }

    /// The octets of the PDU; the collector's delay is zero.
    pub fn emit(&self) -> [u8; LEN] {
        const RESERVED: [u8; 3] = [0; 3];
        let octets = [SUBTYPE, VERSION]
            .into_iter()
            .chain(ACTOR)
            .chain(self.actor.emit())
            .chain(RESERVED)
            .chain(PARTNER)
            .chain(self.partner.emit())
            .chain(RESERVED)
            .chain(COLLECTOR);
        let mut pdu = [0; LEN];
        for (to, from) in pdu.iter_mut().zip(octets) {
            *to = from;
        }
        pdu
    }

    /// The PDU as a frame from the station `source`.
    pub fn frame(&self, source: Mac) -> [u8; FRAME_LEN] {
        frame(source, &self.emit())
    }
}

/// A PDU of the slow protocols as a frame from the station `source`.
pub(super) fn frame(source: Mac, pdu: &[u8; LEN]) -> [u8; FRAME_LEN] {
    let header = Header {
        destination: GROUP,
        source,
        ethertype: ethertype::SLOW,
    };
    let mut frame = [0; FRAME_LEN];
    let octets = header.emit().into_iter().chain(*pdu);
    for (to, from) in frame.iter_mut().zip(octets) {
        *to = from;
    }
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Pdu {
        Pdu {
            actor: Info {
                system_priority: 0x0102,
                system: Mac([3, 4, 5, 6, 7, 8]),
                key: 0x090a,
                port_priority: 0x0b0c,
                port: 0x0d0e,
                state: State(0x0f),
            },
            partner: Info {
                system_priority: 0x1112,
                system: Mac([0x13, 0x14, 0x15, 0x16, 0x17, 0x18]),
                key: 0x191a,
                port_priority: 0x1b1c,
                port: 0x1d1e,
                state: State(0x1f),
            },
        }
    }

    #[test]
    fn every_octet_is_in_its_place() {
        let frame = sample().frame(Mac([0xa, 0xb, 0xc, 0xd, 0xe, 0xf]));
        let mut expected =
            std::vec![0x01, 0x80, 0xc2, 0, 0, 2, 0xa, 0xb, 0xc, 0xd, 0xe, 0xf, 0x88, 0x09, 1, 1];
        expected.extend([1, 20]);
        expected.extend([
            1, 2, 3, 4, 5, 6, 7, 8, 9, 0xa, 0xb, 0xc, 0xd, 0xe, 0xf, 0, 0, 0,
        ]);
        expected.extend([2, 20]);
        expected.extend(0x11..0x20);
        expected.extend([0, 0, 0, 3, 16]);
        expected.resize(124, 0);
        assert_eq!(frame.as_slice(), expected);
    }

    #[test]
    fn round_trip() {
        let pdu = sample().emit();
        assert_eq!(Pdu::parse(&pdu), Some(sample()));
        let mut longer = pdu.to_vec();
        longer.extend([0xff; 40]);
        assert_eq!(Pdu::parse(&longer), Some(sample()));
    }

    #[test]
    fn every_shorter_length_is_refused() {
        let pdu = sample().emit();
        for length in 0..LEN {
            assert_eq!(Pdu::parse(&pdu[..length]), None, "{length}");
        }
    }

    #[test]
    fn wrong_heads_of_tlvs_are_refused() {
        for (at, good) in [(0, 1), (2, 1), (3, 20), (22, 2), (23, 20)] {
            for value in 0..=255 {
                let mut pdu = sample().emit();
                pdu[at] = value;
                assert_eq!(Pdu::parse(&pdu).is_some(), value == good, "{at} {value}");
            }
        }
    }

    #[test]
    fn other_versions_and_reserved_octets_are_accepted() {
        let mut pdu = sample().emit();
        pdu[1] = 2;
        for at in [19, 20, 21, 39, 40, 41, 50, 109] {
            pdu[at] = 0xff;
        }
        assert_eq!(Pdu::parse(&pdu), Some(sample()));
    }
}
