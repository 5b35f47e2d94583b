// SPDX-License-Identifier: GPL-2.0

//! ARP for IPv4 over Ethernet (RFC 826).
//!
//! C header: [`include/uapi/linux/if_arp.h`](srctree/include/uapi/linux/if_arp.h)

use super::eth::{ethertype, Header, Mac, HEADER_LEN};

/// Length of a packet, without the Ethernet header.
pub const LEN: usize = 28;

/// Where in a packet its sender's station is, octets.
pub const SENDER: usize = 8;

/// Hardware type of Ethernet, protocol type of IPv4, and the lengths of both kinds of addresses.
const TYPES: [u8; 6] = [0, 1, 8, 0, 6, 4];

/// What a packet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Asks who has an address.
    Request,
    /// Answers.
    Reply,
    /// Anything else, by its number.
    Other(u16),
}

impl Operation {
    #[inline]
    const fn from_number(number: u16) -> Self {
        match number {
            1 => Self::Request,
            2 => Self::Reply,
            other => Self::Other(other),
        }
    }

    const fn number(self) -> u16 {
        match self {
            Self::Request => 1,
            Self::Reply => 2,
            Self::Other(number) => number,
        }
    }
}

/// A packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    /// What it is.
    pub operation: Operation,
    /// The station that sends it.
    pub sender: Mac,
    /// And its address.
    pub sender_ip: [u8; 4],
    /// The station it is about; zero in a request.
    pub target: Mac,
    /// And its address.
    pub target_ip: [u8; 4],
}

impl Packet {
    /// Reads a packet; `None` if it is not for IPv4 over Ethernet.
    #[inline]
    pub fn parse(octets: &[u8; LEN]) -> Option<Self> {
        let [t0, t1, t2, t3, t4, t5, o0, o1, rest @ ..] = *octets;
        if [t0, t1, t2, t3, t4, t5] != TYPES {
            return None;
        }
        let [s0, s1, s2, s3, s4, s5, si0, si1, si2, si3, d0, d1, d2, d3, d4, d5, di0, di1, di2, di3] =
            rest;
        Some(Self {
            operation: Operation::from_number(u16::from_be_bytes([o0, o1])),
            sender: Mac([s0, s1, s2, s3, s4, s5]),
            sender_ip: [si0, si1, si2, si3],
            target: Mac([d0, d1, d2, d3, d4, d5]),
            target_ip: [di0, di1, di2, di3],
        })
    }

    /// The octets of the packet.
    pub fn emit(&self) -> [u8; LEN] {
        let [t0, t1, t2, t3, t4, t5] = TYPES;
        let [o0, o1] = self.operation.number().to_be_bytes();
        let Mac([s0, s1, s2, s3, s4, s5]) = self.sender;
        let [si0, si1, si2, si3] = self.sender_ip;
        let Mac([d0, d1, d2, d3, d4, d5]) = self.target;
        let [di0, di1, di2, di3] = self.target_ip;
        [
            t0, t1, t2, t3, t4, t5, o0, o1, s0, s1, s2, s3, s4, s5, si0, si1, si2, si3, d0, d1, d2,
            d3, d4, d5, di0, di1, di2, di3,
        ]
    }

    /// The monitor's probe: who has `target_ip`, asks `sender`; `sender_ip` is 0.0.0.0 where no
    /// route leads to the target.
    pub const fn probe(sender: Mac, sender_ip: [u8; 4], target_ip: [u8; 4]) -> Self {
        Self {
            operation: Operation::Request,
            sender,
            sender_ip,
            target: Mac::ZERO,
            target_ip,
        }
    }

    /// The packet as a frame from its sender to `destination`.
    pub fn frame(&self, destination: Mac) -> [u8; HEADER_LEN + LEN] {
        let header = Header {
            destination,
            source: self.sender,
            ethertype: ethertype::ARP,
        };
        let mut frame = [0; HEADER_LEN + LEN];
        let octets = header.emit().into_iter().chain(self.emit());
        for (to, from) in frame.iter_mut().zip(octets) {
            *to = from;
        }
        frame
    }
}
