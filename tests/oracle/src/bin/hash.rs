// SPDX-License-Identifier: GPL-2.0

//! Compares the core's transmit hash with that of the C driver, compiled out of the kernel's
//! source (`hash.c`), over frames of many kinds, and so what balance-tlb and balance-alb spread and by what;
//! prints TAP.
//!
//! usage: `hash PROGRAM [SEED]`

use bonding_core::hash::{self, FlowKeys};
use bonding_core::option::XmitPolicy;
use bonding_core::tlb;
use oracle::{
    answer::{ask, Answer, Spread},
    frames::{Family, Frame, FAMILIES},
    rng::Rng,
    Tap,
};
use std::process::ExitCode;

/// Frames of each kind with everything chosen at random.
const RANDOM: usize = 400;
/// Frames of each kind that are cut at each length, and split at each place.
const WALKED: usize = 3;
/// The length of an Ethernet header.
const ETH_HLEN: usize = 14;

/// A socket buffer, as far as the hash looks at it.
struct Buffer<'a>(&'a Frame);

impl hash::Frame for Buffer<'_> {
    fn linear(&self) -> &[u8] {
        &self.0.octets[..self.0.headlen]
    }

    fn get<const N: usize>(&self, offset: usize) -> Option<[u8; N]> {
        self.0.octets.get(offset..)?.first_chunk().copied()
    }

    fn protocol(&self) -> u16 {
        self.0.protocol
    }

    fn network_offset(&self) -> usize {
        self.0.network_offset
    }

    fn vlan_tag(&self) -> Option<u16> {
        self.0.vlan.map(|(_, tci)| tci)
    }

    fn l4_hash(&self) -> Option<u32> {
        self.0.l4_hash
    }
}

/// The frames of one kind.
fn frames(family: &Family, rng: &mut Rng) -> Vec<Frame> {
    let mut frames = Vec::new();
    for _ in 0..RANDOM {
        let mut frame = (family.make)(rng);
        if rng.one_in(4) {
            let length = rng.below(frame.octets.len() + 1);
            frame.octets.truncate(length);
            frame.headlen = length;
        }
        if rng.one_in(2) {
            frame.headlen = rng.below(frame.octets.len() + 1);
        }
        if rng.one_in(4) {
            frame.xdp = true;
        } else if rng.one_in(3) {
            single_out(&mut frame, rng);
        }
        frames.push(frame);
    }
    for n in 0..WALKED {
        let frame = (family.make)(rng);
        for at in 0..=frame.octets.len() {
            let mut cut = frame.clone();
            cut.octets.truncate(at);
            cut.headlen = at;
            cut.xdp = n == 0;
            frames.push(cut);
            let mut split = frame.clone();
            split.headlen = at;
            frames.push(split);
            // Both: the end is missing, and what is there lies in two pieces.
            let mut both = frame.clone();
            both.octets.truncate(at);
            both.headlen = rng.below(at + 1);
            frames.push(both);
        }
    }
    frames
}

/// Makes it one of those that go to all or to a group, or that find neighbours, as far as it has the octets.
fn single_out(frame: &mut Frame, rng: &mut Rng) {
    let at = frame.network_offset;
    let mut put = |at: usize, octets: &[u8]| {
        let place = frame.octets.get_mut(at..at.saturating_add(octets.len()));
        if let Some(place) = place {
            place.copy_from_slice(octets);
        }
    };
    match rng.below(7) {
        0 => put(0, &[0xff; 6]),
        1 => put(0, &[0x33, 0x33, 0, 0, 0, 1]),
        2 => put(0, &[rng.of(&[1, 0x33, 0xff, 2]), 0x33, 0, 0, 0, 1]),
        3 => put(at + 9, &[2]),
        4 => put(at + 16, &[0xff; 4]),
        5 => put(at + 8, &[0; 16]),
        _ => {
            put(at + 6, &[58]);
            put(at + 40, &[133 + rng.below(5) as u8]);
        }
    }
}

/// What we do with a frame in balance-tlb and balance-alb; a quick look says the same, or nothing.
fn spread(frame: &Frame, answer: &Answer) -> (Spread, Spread) {
    let buffer = Buffer(frame);
    let said = |spread| match spread {
        tlb::Spread::Active => Spread::Active,
        tlb::Spread::Arp => Spread::Arp,
        tlb::Spread::Key(key) => Spread::Flow(key),
        tlb::Spread::Hash => Spread::Flow(answer.hashes[0] as u8),
    };
    let (by_tlb, by_alb) = (tlb::spread_tlb(&buffer), tlb::spread_alb(&buffer));
    (
        said(
            tlb::spread_tlb_quick(&buffer)
                .filter(|quick| *quick != by_tlb)
                .unwrap_or(by_tlb),
        ),
        said(
            tlb::spread_alb_quick(&buffer)
                .filter(|quick| *quick != by_alb)
                .unwrap_or(by_alb),
        ),
    )
}

/// C's flow dissector as the kernel has it, and what it found.
struct Found(Option<FlowKeys>);

impl<F> hash::Dissector<F> for Found {
    fn is_plain(&self) -> bool {
        true
    }

    fn dissect(self, _: F) -> Option<FlowKeys> {
        self.0
    }
}

/// Our hash, given what C's flow dissector found.
fn ours(frame: &Frame, policy: XmitPolicy, keys: Option<FlowKeys>) -> u32 {
    if frame.xdp {
        hash::hash(policy, &hash::Linear(&frame.octets), Found(keys))
    } else {
        hash::hash(policy, &Buffer(frame), Found(keys))
    }
}

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let program = args.next().expect("usage: hash PROGRAM [SEED]");
    let seed: u64 = args
        .next()
        .map_or(1, |seed| seed.parse().expect("SEED is a number"));
    let mut tap = Tap::plan(FAMILIES.len());
    println!("# seed {seed}");
    let (mut total, mut dissected, mut spread_out) = (0, 0, 0);
    for (n, family) in FAMILIES.iter().enumerate() {
        let frames = frames(
            family,
            &mut Rng::new(seed.wrapping_add(n as u64 * 1_000_003)),
        );
        let answers = match ask(&program, &frames) {
            Ok(answers) => answers,
            Err(error) => {
                tap.test(&format!("{}: {error}", family.name), false);
                continue;
            }
        };
        let (mut wrong, mut astray) = (0, 0);
        for (frame, answer) in frames.iter().zip(&answers) {
            total += 1;
            dissected += usize::from(answer.keys.is_some());
            if !frame.xdp && frame.headlen >= ETH_HLEN {
                let ours = spread(frame, answer);
                spread_out += usize::from(matches!(answer.alb, Spread::Flow(_)));
                if ours != (answer.tlb, answer.alb) {
                    astray += 1;
                    if astray <= 5 {
                        println!("# C {:?} {:?}, core {ours:?}", answer.tlb, answer.alb);
                        println!("# {frame:02x?}");
                    }
                }
            }
            for (policy, theirs) in XmitPolicy::ALL.iter().zip(answer.hashes) {
                let ours = ours(frame, *policy, answer.keys);
                if ours != theirs {
                    wrong += 1;
                    if wrong <= 5 {
                        println!("# {}: C {theirs:#010x}, core {ours:#010x}", policy.name());
                        println!("# {frame:02x?}");
                    }
                }
            }
        }
        let (name, count) = (family.name, frames.len());
        tap.test(
            &format!("{name}: {count} frames x 6 policies, {wrong} differ, {astray} are spread otherwise"),
            wrong + astray == 0,
        );
    }
    println!("# {total} frames, {dissected} of them understood by C's flow dissector, {spread_out} spread by balance-alb");
    tap.end()
}
