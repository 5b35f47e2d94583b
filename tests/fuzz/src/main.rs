// SPDX-License-Identifier: GPL-2.0

//! usage: `fuzz [SECONDS [SEED]]`: runs all targets for so long; or `fuzz -` runs them once on
//! what standard input has, as other fuzzers start it and to see a finding again.

use fuzz::{run, TARGETS};
use std::{
    io::Read,
    time::{Duration, Instant},
};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.first().is_some_and(|arg| arg == "-") {
        let mut input = Vec::new();
        std::io::stdin()
            .read_to_end(&mut input)
            .expect("standard input can be read");
        for (_, target) in TARGETS {
            target(&input);
        }
        return;
    }
    let number = |at: usize, other: u64| {
        args.get(at)
            .map_or(other, |arg| arg.parse().expect("a number"))
    };
    let (seconds, mut seed) = (number(0, 60), number(1, 1));
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut inputs = 0;
    while Instant::now() < end {
        for target in TARGETS {
            run(target, seed, 10_000);
            inputs += 10_000;
        }
        seed += 1;
    }
    println!("{inputs} inputs, seeds up to {}, nothing found", seed - 1);
}
