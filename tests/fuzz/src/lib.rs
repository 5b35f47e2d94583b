// SPDX-License-Identifier: GPL-2.0

//! Fuzz targets: each takes any octets, and panics if something is wrong.

mod mutate;
mod targets;

pub use mutate::Mutator;
pub use targets::TARGETS;

use oracle::rng::Rng;
use std::panic::{catch_unwind, AssertUnwindSafe};

/// A target: its name, and what it does with an input.
pub type Target = (&'static str, fn(&[u8]));

/// Runs `target` on `count` inputs that `seed` determines.
///
/// # Panics
///
/// If the target does: with the input and the seed.
pub fn run(target: &Target, seed: u64, count: u64) {
    let mut mutator = Mutator::new(Rng::new(seed));
    for _ in 0..count {
        let input = mutator.input();
        if catch_unwind(AssertUnwindSafe(|| target.1(&input))).is_err() {
            let hex: String = input.iter().map(|octet| format!("{octet:02x}")).collect();
            panic!("{}: seed {seed}, input {hex}", target.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{run, TARGETS};
    use oracle::{frames::FAMILIES, rng::Rng};

    /// Inputs for each target.
    const COUNT: u64 = 50_000;

    #[test]
    fn targets_stand_any_input() {
        for target in TARGETS {
            run(target, 1, COUNT);
        }
    }

    /// Each kind of frame, cut off after each octet, ARP and neighbour discovery among them.
    #[test]
    fn targets_stand_frames_cut_anywhere() {
        let mut rng = Rng::new(1);
        for family in FAMILIES {
            let octets = (family.make)(&mut rng).octets;
            for length in 0..=octets.len() {
                for skip in [0, 14] {
                    let cut = octets[..length].get(skip..).unwrap_or_default();
                    for (_, target) in TARGETS {
                        target(cut);
                    }
                }
            }
        }
    }

    #[test]
    fn a_panic_is_found_and_told() {
        let broken = ("broken", (|input| assert!(input.len() < 30)) as fn(&[u8]));
        let told = std::panic::catch_unwind(|| run(&broken, 1, COUNT)).unwrap_err();
        let told = told.downcast_ref::<String>().unwrap();
        assert!(told.starts_with("broken: seed 1, input "), "{told}");
    }
}
