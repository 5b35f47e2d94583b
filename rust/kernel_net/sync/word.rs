// SPDX-License-Identifier: GPL-2.0

//! A word that anybody may read and write, whole, without order.
//!
//! C header: [`include/asm-generic/rwonce.h`](srctree/include/asm-generic/rwonce.h)

use kernel::sync::atomic::Atomic;

/// A machine word that is read by `READ_ONCE()` and written by `WRITE_ONCE()`.
///
/// As `Atomic<usize>` with relaxed order, of which the loads and stores are calls in a kernel built by gcc.
/// For what each received frame looks at: times, and flags on which nothing else depends.
pub struct SharedWord(Atomic<usize>);

impl SharedWord {
    /// A word that is `value`.
    pub const fn new(value: usize) -> Self {
        Self(Atomic::new(value))
    }

    /// What it is now.
    #[inline(always)]
    pub fn get(&self) -> usize {
        // SAFETY: `as_ptr` is valid and aligned. The race with `set` is one the kernel's memory model
        // defines: a volatile load of a machine word is neither torn nor repeated.
        unsafe { self.0.as_ptr().read_volatile() }
    }

    /// Changes it; of several who do so at once the last one counts.
    #[inline(always)]
    pub fn set(&self, value: usize) {
        // SAFETY: As in `get`, for a volatile store.
        unsafe { self.0.as_ptr().write_volatile(value) }
    }

    /// As [`Self::set`], and leaves the cache line to other readers if it is that already.
    #[inline(always)]
    pub fn set_if_new(&self, value: usize) {
        if self.get() != value {
            self.set(value);
        }
    }
}
