// SPDX-License-Identifier: GPL-2.0

//! The time, in ticks.
//!
//! C header: [`include/linux/timekeeping.h`](srctree/include/linux/timekeeping.h)

use kernel::bindings;

/// Ticks a second.
///
/// The bindings' own `HZ` is the one of the headers for user space, 100 whatever the kernel has.
pub const HZ: u32 = bindings::CONFIG_HZ;

/// How long a tick is, ns.
const TICK: u64 = 1_000_000_000 / HZ as u64;

/// The monotonic time in ticks since the machine started.
///
/// The clock's own time, not the counter `jiffies`, which stands still while a virtual CPU is not run and
/// then takes all that was missed at once.
#[inline]
pub fn ticks() -> usize {
    // SAFETY: No requirements but a context other than an NMI's, a wrong one is not a matter of memory
    // safety.
    let now = unsafe { bindings::ktime_get() };
    // CAST: The time since the start is not negative, and a tick number of 32 bits may wrap.
    (now.unsigned_abs() / TICK) as usize
}
