// SPDX-License-Identifier: GPL-2.0

//! The tick counter.
//!
//! C header: [`include/linux/jiffies.h`](srctree/include/linux/jiffies.h)

use kernel::bindings;

/// Ticks a second.
pub const HZ: u32 = bindings::HZ;

/// The tick counter, which wraps.
#[inline]
pub fn jiffies() -> usize {
    // SAFETY: The counter is always there; a volatile load of a word that interrupts change is what
    // reading `jiffies` is in C.
    unsafe { (&raw const bindings::jiffies).read_volatile() }
}
