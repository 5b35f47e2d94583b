// SPDX-License-Identifier: GPL-2.0

//! Words that are read without a lock while others write them.
//!
//! C header: [`include/asm-generic/rwonce.h`](srctree/include/asm-generic/rwonce.h)

use core::cell::UnsafeCell;
use pin_init::Zeroable;

/// An array of words, each of which is read and written whole; 0 at first.
///
/// What one word says has nothing to do with any other memory: there is no ordering.
#[repr(transparent)]
pub struct Words<const N: usize>([UnsafeCell<u32>; N]);

// SAFETY: The words are read and written by single volatile accesses only, `READ_ONCE()` and `WRITE_ONCE()` of
// C, which the kernel's memory model allows to race.
unsafe impl<const N: usize> Sync for Words<N> {}

// SAFETY: All bits zero are an array of the number 0.
unsafe impl<const N: usize> Zeroable for Words<N> {}

impl<const N: usize> Words<N> {
    /// The word at `place`; 0 beyond the end.
    #[inline(always)]
    pub fn get(&self, place: usize) -> u32 {
        match self.0.get(place) {
            // SAFETY: The word is valid and aligned; see the implementation of `Sync`.
            Some(word) => unsafe { word.get().read_volatile() },
            None => 0,
        }
    }

    /// Sets the word at `place`; nothing beyond the end.
    #[inline]
    pub fn set(&self, place: usize, value: u32) {
        if let Some(word) = self.0.get(place) {
            // SAFETY: The word is valid and aligned; see the implementation of `Sync`.
            unsafe { word.get().write_volatile(value) };
        }
    }
}
