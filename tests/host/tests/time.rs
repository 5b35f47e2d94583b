// SPDX-License-Identifier: GPL-2.0

//! Times compare rightly around the counter's wrap, and spans convert as in the kernel.

use bonding_core::time::{Hz, Jiffies, Millis, Ticks};
use host::check;
use proptest::prelude::*;

/// The kernel's counter starts five minutes before a 32-bit wrap; here, just before the real one.
const LATE: usize = usize::MAX - 3;

#[test]
fn order_survives_the_wrap() {
    let start = Jiffies(LATE);
    let later = start.after(Ticks(10));
    assert_eq!(later.0, 6);
    assert!(start.reached(later));
    assert!(!later.reached(start));
    assert!(later.reached(later));
    assert_eq!(start.elapsed(later), Ticks(10));
    assert_eq!(later.elapsed(start), Ticks(0));
    assert_eq!(later.left(start), Ticks(10));
    assert_eq!(start.left(later), Ticks(0));
    assert_eq!(start.min(later), start);
    assert_eq!(later.min(start), start);
    assert_eq!(later.before(Ticks(10)), start);
}

#[test]
fn deadlines_are_reached_exactly_when_due() {
    let times = (any::<usize>(), 0..=Ticks::MAX.0, 0..=Ticks::MAX.0);
    check(20_000, times, |(start, wait, passed)| {
        let deadline = Jiffies(start).after(Ticks(wait));
        let now = Jiffies(start).after(Ticks(passed));
        prop_assert_eq!(deadline.reached(now), passed >= wait);
        prop_assert_eq!(deadline.left(now).0, wait.saturating_sub(passed));
        prop_assert_eq!(deadline.elapsed(now).0, passed.saturating_sub(wait));
        prop_assert_eq!(deadline.min(now).0, start.wrapping_add(wait.min(passed)));
        Ok(())
    });
}

#[test]
fn milliseconds_become_ticks_as_in_the_kernel() {
    for (hz, ms, ticks) in [
        (250, 0, 0),
        (250, 1, 1),
        (250, 4, 1),
        (250, 5, 2),
        (250, 100, 25),
        (1000, 100, 100),
        (100, 1, 1),
        (100, 10, 1),
        (100, 11, 2),
        (300, 10, 3),
        (1024, 1000, 1024),
        (1000, u32::MAX, u32::MAX as usize),
    ] {
        assert_eq!(
            Hz::new(hz).ticks(Millis(ms)),
            Ticks(ticks),
            "{ms} ms at {hz}"
        );
    }
    assert_eq!(Hz::new(0), Hz::new(1));
}

#[test]
fn conversion_never_shortens_a_wait() {
    check(20_000, (1_u32..=1_000_000, any::<u32>()), |(hz, ms)| {
        let hz = Hz::new(hz);
        let ticks = hz.ticks(Millis(ms));
        prop_assert!(hz.millis(ticks) >= Millis(ms).min(hz.millis(Ticks::MAX)));
        if let Some(fewer) = ticks.0.checked_sub(1) {
            prop_assert!(hz.millis(Ticks(fewer)) < Millis(ms));
        }
        Ok(())
    });
}

#[test]
fn long_spans_saturate() {
    assert_eq!(Hz::new(1000).millis(Ticks(usize::MAX)), Millis(u32::MAX));
    assert_eq!(
        Hz::new(u32::MAX).millis(Ticks(usize::MAX)),
        Millis(u32::MAX)
    );
    // A product of which 64 bits would keep nothing.
    assert_eq!(Hz::new(1).millis(Ticks(1 << 61)), Millis(u32::MAX));
    assert_eq!(Millis(u32::MAX).plus(Millis(1)), Millis(u32::MAX));
    assert_eq!(Millis(3).minus(Millis(4)), Millis(0));
}

#[test]
fn floor_is_the_multiple_below() {
    for (ms, unit, floor) in [
        (0, 100, 0),
        (99, 100, 0),
        (100, 100, 100),
        (250, 100, 200),
        (7, 0, 7),
    ] {
        assert_eq!(Millis(ms).floor(Millis(unit)), Millis(floor));
    }
}
