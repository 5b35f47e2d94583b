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

/// The place of the item that `is` holds for, which most likely is at `near`.
pub fn place_near<T>(items: &[T], near: usize, mut is: impl FnMut(&T) -> bool) -> Option<usize> {
    match items.get(near) {
        Some(item) if is(item) => Some(near),
        _ => items.iter().position(is),
    }
}
