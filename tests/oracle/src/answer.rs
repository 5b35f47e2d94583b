// SPDX-License-Identifier: GPL-2.0

//! Questions to the C driver's hash (`hash.c`), and its answers.

use crate::frames::Frame;
use bonding_core::hash::{Addresses, FlowKeys, IcmpKey};
use std::io::Error;

/// Octets of an answer (`struct answer` in oracle.h).
const ANSWER: usize = 76;

/// The frame as a question to the C program (`struct question` in oracle.h).
fn question(frame: &Frame) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend((frame.octets.len() as u32).to_ne_bytes());
    out.extend((frame.headlen as u32).to_ne_bytes());
    out.extend((frame.network_offset as i32).to_ne_bytes());
    out.extend(frame.protocol.to_ne_bytes());
    let (kind, tci) = frame.vlan.unwrap_or((0, 0));
    out.extend(kind.to_ne_bytes());
    out.extend(tci.to_ne_bytes());
    out.extend([u8::from(frame.xdp), u8::from(frame.l4_hash.is_some())]);
    out.extend(frame.l4_hash.unwrap_or(0).to_ne_bytes());
    out.extend(&frame.octets);
    out
}

/// What C's code answered.
pub struct Answer {
    /// The hash by each policy.
    pub hashes: [u32; 6],
    /// What the flow dissector found.
    pub keys: Option<FlowKeys>,
    /// What balance-tlb does with the frame.
    pub tlb: Spread,
    /// What balance-alb does with it.
    pub alb: Spread,
}

/// How a frame is spread, with the number of its flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// Through the active slave.
    Active,
    /// As ARP.
    Arp,
    /// Where the flow with this number goes.
    Flow(u8),
}

impl Spread {
    fn parse(number: u32) -> Self {
        match number as i32 {
            -1 => Self::Active,
            -2 => Self::Arp,
            flow => Self::Flow(flow as u8),
        }
    }
}

impl Answer {
    fn parse(octets: &[u8; ANSWER]) -> Self {
        let word = |at: usize| u32::from_ne_bytes(octets[at..at + 4].try_into().unwrap());
        let keys = &octets[24..];
        let address = |at: usize| -> [u8; 16] { keys[at..at + 16].try_into().unwrap() };
        let short = |at: usize| -> [u8; 4] { keys[at..at + 4].try_into().unwrap() };
        Self {
            hashes: std::array::from_fn(|policy| word(policy * 4)),
            tlb: Spread::parse(word(68)),
            alb: Spread::parse(word(72)),
            keys: (keys[0] != 0).then(|| FlowKeys {
                addresses: match keys[1] {
                    4 => Addresses::V4 {
                        source: short(8),
                        destination: short(24),
                    },
                    6 => Addresses::V6 {
                        source: address(8),
                        destination: address(24),
                    },
                    1 => Addresses::Tipc { key: short(8) },
                    _ => Addresses::None,
                },
                ports: short(40),
                icmp: IcmpKey {
                    kind: keys[2],
                    code: keys[3],
                    id: u16::from_ne_bytes([keys[4], keys[5]]),
                },
            }),
        }
    }
}

/// Asks the program about all of `frames`.
///
/// # Errors
///
/// If it cannot be run, or says that it failed.
pub fn ask(program: &str, frames: &[Frame]) -> Result<Vec<Answer>, Error> {
    let questions = frames.iter().flat_map(question).collect();
    let answers = crate::ask(program, questions)?;
    if answers.len() != frames.len() * ANSWER {
        let (octets, frames) = (answers.len(), frames.len());
        return Err(Error::other(format!("{octets} octets for {frames} frames")));
    }
    Ok(answers
        .chunks_exact(ANSWER)
        .map(|octets| Answer::parse(octets.try_into().unwrap()))
        .collect())
}
