// SPDX-License-Identifier: GPL-2.0

//! How the property tests run: from a fixed seed, which a failure prints.

pub mod fabric;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

/// The seed, unless `BONDING_SEED` gives another.
const SEED: u64 = 1;

/// Checks `property` for `cases` values of `strategy`.
///
/// # Panics
///
/// If it does not hold: with the smallest value found, and the seed.
pub fn check<S: Strategy>(
    cases: u32,
    strategy: S,
    property: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    let seed = match std::env::var("BONDING_SEED") {
        Ok(seed) => seed.parse().expect("BONDING_SEED is a number"),
        Err(_) => SEED,
    };
    let mut octets = [0; 32];
    octets[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &octets);
    if let Err(error) = TestRunner::new_with_rng(config, rng).run(&strategy, property) {
        panic!("BONDING_SEED={seed}: {error}");
    }
}
