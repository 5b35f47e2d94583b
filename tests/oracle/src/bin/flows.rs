// SPDX-License-Identifier: GPL-2.0

//! Prints frames for a guest to send, each with the hashes that the C driver's own code gives it.
//!
//! A line: the linear length asked for (0: all), 1 if the frame goes through a VLAN device, the
//! six hashes by the policy's number, and the frame in hexadecimal.
//!
//! usage: `flows PROGRAM COUNT [SEED]`

use oracle::{
    answer::ask,
    frames::{Frame, FAMILIES},
    rng::Rng,
};
use std::fmt::Write;

/// The id of the VLAN that the guest makes.
const VLAN: u16 = 5;
/// EtherTypes that the stack will not put a tag beside of: MPLS.
const UNTAGGED: [u16; 2] = [0x8847, 0x8848];
/// Longer than a page: only then the kernel puts a part of a frame that a program sends elsewhere.
const LONG: usize = 4400;

/// The frame as the stack has it when a program sends `octets` as they are, or `None` if it may be
/// refused or changed on the way.
fn sent(octets: Vec<u8>, rng: &mut Rng) -> Option<Frame> {
    let [hi, lo] = *octets.get(12..)?.first_chunk()?;
    let protocol = u16::from_be_bytes([hi, lo]);
    // A length, or a tag: where the network header is said to be then is another matter.
    if octets.len() < 15 || protocol < 0x600 || [0x8100, 0x88a8].contains(&protocol) {
        return None;
    }
    let mut frame = Frame {
        headlen: octets.len(),
        network_offset: 14,
        protocol,
        vlan: (!UNTAGGED.contains(&protocol) && rng.one_in(3)).then_some((0x8100, VLAN)),
        l4_hash: None,
        xdp: false,
        octets,
    };
    if frame.vlan.is_none() && rng.one_in(8) {
        frame.headlen = 14 + rng.below(frame.octets.len() - 14);
        frame.octets.resize(LONG, 0);
    }
    Some(frame)
}

fn main() {
    let mut args = std::env::args().skip(1);
    let program = args.next().expect("usage: flows PROGRAM COUNT [SEED]");
    let count: usize = args
        .next()
        .expect("COUNT")
        .parse()
        .expect("COUNT is a number");
    let seed = args
        .next()
        .map_or(1, |seed| seed.parse().expect("SEED is a number"));
    let mut rng = Rng::new(seed);
    let mut frames = Vec::new();
    while frames.len() < count {
        let family = &FAMILIES[frames.len() % FAMILIES.len()];
        let mut frame = None;
        while frame.is_none() {
            let mut octets = (family.make)(&mut rng).octets;
            if rng.one_in(6) {
                octets.truncate(rng.below(octets.len() + 1));
            }
            // Unicast from a station, so that nobody on the way takes it for something else.
            for at in [0, 6] {
                if let Some(first) = octets.get_mut(at) {
                    *first &= 0xfe;
                }
            }
            frame = sent(octets, &mut rng);
            // Families of tags only: something else instead.
            if frame.is_none() && rng.one_in(4) {
                let other = &FAMILIES[rng.below(FAMILIES.len())];
                frame = sent((other.make)(&mut rng).octets, &mut rng);
            }
        }
        frames.extend(frame);
    }
    let answers = ask(&program, &frames).expect("the program answers");
    for (frame, answer) in frames.iter().zip(answers) {
        let split = frame.headlen < frame.octets.len();
        let mut line = format!(
            "{} {}",
            if split { frame.headlen } else { 0 },
            u8::from(frame.vlan.is_some())
        );
        for hash in answer.hashes {
            let _ = write!(line, " {hash}");
        }
        line.push(' ');
        for octet in &frame.octets {
            let _ = write!(line, "{octet:02x}");
        }
        println!("{line}");
    }
}
