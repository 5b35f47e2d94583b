// SPDX-License-Identifier: GPL-2.0

//! Items with their places, counted without arithmetic that could panic, and found again.

/// As `enumerate()`, which checks for an overflow that cannot happen.
pub fn numbered<T, I>(items: I) -> impl Iterator<Item = (usize, T)> + Clone
where
    I: Iterator<Item = T> + Clone,
{
    items.scan(0_usize, |next, item| {
        let place = *next;
        *next = place.wrapping_add(1);
        Some((place, item))
    })
}

/// The lowest number that is not among those `used`; `u16::MAX` if none is left.
pub fn lowest_free(used: impl Iterator<Item = u16> + Clone) -> u16 {
    for block in 0..1024_u16 {
        let first = block.wrapping_mul(64);
        let taken = used
            .clone()
            .map(|number| number.wrapping_sub(first))
            .filter(|place| *place < 64)
            .fold(0_u64, |taken, place| {
                taken | 1_u64.wrapping_shl(place.into())
            });
        if taken != u64::MAX {
            // CAST: Below 64.
            return first.wrapping_add(taken.trailing_ones() as u16);
        }
    }
    u16::MAX
}

/// The place of the item that `is` holds for, which most likely is at `near`.
pub fn place_near<T>(items: &[T], near: usize, mut is: impl FnMut(&T) -> bool) -> Option<usize> {
    match items.get(near) {
        Some(item) if is(item) => Some(near),
        _ => items.iter().position(is),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn lowest_free_fills_gaps_first() {
        let free = |used: &[u16]| lowest_free(used.iter().copied());
        assert_eq!(free(&[]), 0);
        assert_eq!(free(&[1, 2]), 0);
        assert_eq!(free(&[2, 0, 1, 4]), 3);
        for count in [63, 64, 65, 128, 300] {
            let mut used: Vec<u16> = (0..count).rev().collect();
            assert_eq!(free(&used), count);
            used.retain(|number| *number != count - 1);
            assert_eq!(free(&used), count - 1);
        }
        let all: Vec<u16> = (0..=u16::MAX).collect();
        assert_eq!(free(&all), u16::MAX);
        assert_eq!(free(&all[..65535]), u16::MAX);
    }
}
