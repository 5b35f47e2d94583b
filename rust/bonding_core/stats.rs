// SPDX-License-Identifier: GPL-2.0

//! Adding up counters of devices that come, go, wrap and start over.

/// What a counter moved on by from `old` to `new`.
///
/// A counter that went back either started over, as some drivers do when they are closed, which adds
/// nothing, or is only 32 bits wide and wrapped. The two are told apart by distance: a wrap of a counter
/// read at all often leaves it less than half its range ahead. Replaces `bond_fold_stats()`, which
/// also took every step of 2 GiB and more for one back.
#[inline]
pub const fn advance(new: u64, old: u64) -> u64 {
    if new >= old {
        return new.wrapping_sub(old);
    }
    if old > u32::MAX as u64 {
        return 0;
    }
    let step = (new as u32).wrapping_sub(old as u32);
    if step <= i32::MAX as u32 {
        step as u64
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::advance;

    #[test]
    fn counts_forward() {
        assert_eq!(advance(10, 3), 7);
        assert_eq!(advance(3, 3), 0);
        assert_eq!(advance(u64::MAX, 0), u64::MAX);
    }

    /// B3: 3 GB between two looks were taken for a step back.
    #[test]
    fn b3_more_than_half_of_32_bits_is_forward() {
        assert_eq!(advance(3_000_000_586, 266), 3_000_000_320);
    }

    #[test]
    fn wraps_at_32_bits() {
        assert_eq!(advance(5, 0xffff_fffb), 10);
    }

    #[test]
    fn a_counter_that_started_over_adds_nothing() {
        assert_eq!(advance(5, 1000), 0);
        assert_eq!(advance(5, 0x1_0000_0000), 0);
    }
}
