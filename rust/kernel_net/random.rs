// SPDX-License-Identifier: GPL-2.0

//! Random numbers.
//!
//! C header: [`include/linux/random.h`](srctree/include/linux/random.h)

/// A random number; `get_random_u32()` in C. Any context.
#[inline]
pub fn random_u32() -> u32 {
    // SAFETY: No requirements.
    unsafe { net_bindings::get_random_u32() }
}
