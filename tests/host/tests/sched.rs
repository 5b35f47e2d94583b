// SPDX-License-Identifier: GPL-2.0

//! Division by reciprocals is exact.

use bonding_core::sched::{Divisor, Pace, Reciprocal};
use host::check;
use proptest::prelude::*;

/// Values where a quotient or a remainder by `n` changes, and the ends of the range.
fn edges(n: u32) -> impl Iterator<Item = u32> {
    let near =
        |x: u64| (x.saturating_sub(2)..=x.saturating_add(2)).filter_map(|x| u32::try_from(x).ok());
    let multiples = [1, 2, 3, 0x7fff, 0xffff, 0x1_0000]
        .into_iter()
        .map(move |k| k * u64::from(n));
    let last = u64::from(u32::MAX / n) * u64::from(n);
    multiples
        .chain([
            0,
            0x7fff_ffff,
            0x8000_0000,
            0xffff_ffff,
            last,
            last.saturating_sub(n.into()),
        ])
        .flat_map(near)
}

/// Counts of slaves, and whatever else fits.
fn counts() -> impl Iterator<Item = u32> {
    let powers = (0..32).flat_map(|bit| {
        let power = 1_u32 << bit;
        [power.wrapping_sub(1), power, power.wrapping_add(1)]
    });
    (1..=5000)
        .chain(powers)
        .chain([u32::MAX, u32::MAX - 1])
        .filter(|&n| n != 0)
}

#[test]
fn remainder_is_exact_at_the_edges_of_every_count() {
    for n in counts() {
        let divisor = Divisor::new(n).unwrap();
        assert_eq!(divisor.count(), n);
        for hash in edges(n) {
            assert_eq!(divisor.index(hash), hash % n, "{hash} mod {n}");
        }
    }
}

#[test]
fn remainder_is_exact_over_the_whole_range_of_some_counts() {
    for n in [1, 2, 3, 5, 7, 300] {
        let divisor = Divisor::new(n).unwrap();
        // Every 97th value, 97 being prime to all of them.
        for hash in (0..=u32::MAX).step_by(97) {
            assert_eq!(divisor.index(hash), hash % n, "{hash} mod {n}");
        }
    }
}

#[test]
fn remainder_and_quotient_are_exact() {
    check(200_000, (1_u32.., any::<u32>()), |(n, value)| {
        prop_assert_eq!(Divisor::new(n).unwrap().index(value), value % n);
        prop_assert_eq!(Reciprocal::new(n).unwrap().divide(value), value / n);
        Ok(())
    });
}

#[test]
fn quotient_is_exact_at_the_edges_of_every_count() {
    for n in counts().chain(5000..=65535) {
        let reciprocal = Reciprocal::new(n).unwrap();
        for value in edges(n) {
            assert_eq!(reciprocal.divide(value), value / n, "{value} / {n}");
        }
    }
}

#[test]
fn nothing_divides_by_zero() {
    assert_eq!(Divisor::new(0), None);
    assert_eq!(Reciprocal::new(0), None);
}

/// What the kernel's `reciprocal_value()` gives: other drivers may read these fields.
#[test]
fn reciprocals_are_the_kernels() {
    for (n, m, sh1, sh2) in [
        (1, 1, 0, 0),
        (2, 1, 1, 0),
        (3, 0x5555_5556, 1, 1),
        (7, 0x2492_4925, 1, 2),
        (10, 0x9999_999a, 1, 3),
        (65535, 0x0001_0002, 1, 15),
    ] {
        assert_eq!(Reciprocal::new(n), Some(Reciprocal { m, sh1, sh2 }), "{n}");
    }
}

#[test]
fn pace_takes_what_the_option_says() {
    let none = || -> u32 { panic!("not asked for") };
    assert_eq!(Pace::new(0).next(none, || 7), 7);
    assert_eq!(Pace::new(1).next(|| 8, none), 8);
    for n in [2, 3, 100, 65535] {
        let pace = Pace::new(n);
        for counter in edges(n) {
            assert_eq!(pace.next(|| counter, none), counter / n);
        }
    }
}

/// N packets in a row for each slave, in turn, also where the counter wraps.
#[test]
fn each_slave_gets_its_packets_in_a_row() {
    let (pace, slaves) = (Pace::new(4), Divisor::new(3).unwrap());
    let mut counter = 3_u32;
    let picks: Vec<u32> = (0..24)
        .map(|_| {
            counter = counter.wrapping_add(1);
            slaves.index(pace.next(|| counter, || 0))
        })
        .collect();
    let expected: Vec<u32> = [1, 2, 0, 1, 2, 0]
        .into_iter()
        .flat_map(|s| [s; 4])
        .collect();
    assert_eq!(picks, expected);
}
