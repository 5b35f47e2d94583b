// SPDX-License-Identifier: GPL-2.0

//! The marker protocol of IEEE 802.1AX 6.5: a peer asks whether all it sent has arrived.
//!
//! C header: [`include/net/bond_3ad.h`](srctree/include/net/bond_3ad.h)

use super::eth::Mac;
use super::lacp::{frame, FRAME_LEN, LEN};

/// Subtype of the marker protocol among the slow protocols.
pub const SUBTYPE: u8 = 2;

const VERSION: u8 = 1;
const LENGTH: u8 = 22;

/// What a marker PDU is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Asks.
    Information,
    /// Answers.
    Response,
    /// Neither, by its number.
    Other(u8),
}

impl Kind {
    const fn from_number(number: u8) -> Self {
        match number {
            1 => Self::Information,
            2 => Self::Response,
            other => Self::Other(other),
        }
    }

    const fn number(self) -> u8 {
        match self {
            Self::Information => 1,
            Self::Response => 2,
            Self::Other(number) => number,
        }
    }
}

/// A marker PDU as it came, at least as long as it must be.
#[derive(Clone, Copy, Debug)]
pub struct View<'a>(&'a [u8; LEN]);

impl<'a> View<'a> {
    /// Looks at what follows the Ethernet header; `None` if it is too short or no marker PDU.
    pub fn new(octets: &'a [u8]) -> Option<Self> {
        let octets = octets.first_chunk::<LEN>()?;
        let [subtype, ..] = octets;
        (*subtype == SUBTYPE).then_some(Self(octets))
    }

    /// What it is.
    pub const fn kind(&self) -> Kind {
        let [_, _, kind, ..] = self.0;
        Kind::from_number(*kind)
    }

    /// The answer, as a frame from the station `source`: what came, said back.
    pub fn response(&self, source: Mac) -> [u8; FRAME_LEN] {
        let [subtype, version, _, rest @ ..] = *self.0;
        let mut pdu = [0; LEN];
        let head = [subtype, version, Kind::Response.number()];
        for (to, from) in pdu.iter_mut().zip(head.into_iter().chain(rest)) {
            *to = from;
        }
        frame(source, &pdu)
    }
}

/// The content of a marker PDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marker {
    /// What it is.
    pub kind: Kind,
    /// The port that asks.
    pub port: u16,
    /// Its system.
    pub system: Mac,
    /// The number of the question.
    pub transaction: u32,
}

impl Marker {
    /// Reads what follows the Ethernet header; `None` if it is no marker PDU.
    pub fn parse(octets: &[u8]) -> Option<Self> {
        let View(octets) = View::new(octets)?;
        let [_, _, kind, _, p0, p1, m0, m1, m2, m3, m4, m5, t0, t1, t2, t3, ..] = *octets;
        Some(Self {
            kind: Kind::from_number(kind),
            port: u16::from_be_bytes([p0, p1]),
            system: Mac([m0, m1, m2, m3, m4, m5]),
            transaction: u32::from_be_bytes([t0, t1, t2, t3]),
        })
    }

    /// The octets of the PDU.
    pub fn emit(&self) -> [u8; LEN] {
        let [p0, p1] = self.port.to_be_bytes();
        let Mac([m0, m1, m2, m3, m4, m5]) = self.system;
        let [t0, t1, t2, t3] = self.transaction.to_be_bytes();
        let kind = self.kind.number();
        let octets = [
            SUBTYPE, VERSION, kind, LENGTH, p0, p1, m0, m1, m2, m3, m4, m5, t0, t1, t2, t3,
        ];
        let mut pdu = [0; LEN];
        for (to, from) in pdu.iter_mut().zip(octets) {
            *to = from;
        }
        pdu
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: Marker = Marker {
        kind: Kind::Information,
        port: 0x0506,
        system: Mac([7, 8, 9, 10, 11, 12]),
        transaction: 0x0d0e_0f10,
    };

    #[test]
    fn round_trip() {
        for kind in [Kind::Information, Kind::Response, Kind::Other(9)] {
            let marker = Marker { kind, ..SAMPLE };
            assert_eq!(Marker::parse(&marker.emit()), Some(marker));
        }
        let head = [
            2, 1, 1, 22, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 0, 0, 0, 0,
        ];
        assert_eq!(SAMPLE.emit()[..20], head);
    }

    #[test]
    fn the_answer_repeats_the_question() {
        let mut pdu = SAMPLE.emit();
        for (at, octet) in pdu.iter_mut().enumerate().skip(16) {
            *octet = at as u8;
        }
        let source = Mac([0xa; 6]);
        let response = View::new(&pdu).unwrap().response(source);
        assert_eq!(response[..6], [0x01, 0x80, 0xc2, 0, 0, 2]);
        assert_eq!(response[6..14], [0xa, 0xa, 0xa, 0xa, 0xa, 0xa, 0x88, 0x09]);
        pdu[2] = 2;
        assert_eq!(response[14..], pdu);
    }

    #[test]
    fn short_or_foreign_is_refused() {
        let pdu = SAMPLE.emit();
        for length in 0..LEN {
            assert!(View::new(&pdu[..length]).is_none());
        }
        assert!(Marker::parse(&[1; LEN]).is_none());
    }
}
