// SPDX-License-Identifier: GPL-2.0

//! Items with their places, counted without arithmetic that could panic.

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
