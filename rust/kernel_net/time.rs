// SPDX-License-Identifier: GPL-2.0

//! The time, in ticks.
//!
//! C header: [`include/linux/timekeeping.h`](srctree/include/linux/timekeeping.h)

use crate::sync::SharedWord;
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

/// The counter of ticks, which stands still while no processor sees to it.
#[inline(always)]
fn jiffies() -> usize {
    // SAFETY: The counter is a valid word, which may change at any time and is read whole.
    unsafe { (&raw const bindings::jiffies).read_volatile() }
}

/// A clock for what is noted for each frame: [`ticks`], asked once for each tick of the counter `jiffies`.
///
/// It is late by less than a tick, and by as long as the counter stands still.
pub struct FrameClock {
    jiffies: SharedWord,
    ticks: SharedWord,
}

impl FrameClock {
    /// A clock that nobody has looked at.
    pub const fn new() -> Self {
        Self {
            jiffies: SharedWord::new(usize::MAX),
            ticks: SharedWord::new(0),
        }
    }

    /// The time, if somebody has asked for it in this tick; any context.
    ///
    /// Of several who ask at once one may get that of the tick before.
    #[inline(always)]
    pub fn peek(&self) -> Option<usize> {
        (self.jiffies.get() == jiffies()).then(|| self.ticks.get())
    }

    /// The time; any context but an NMI's.
    #[inline]
    pub fn ticks(&self) -> usize {
        if let Some(now) = self.peek() {
            return now;
        }
        let (jiffies, now) = (jiffies(), ticks());
        self.ticks.set(now);
        self.jiffies.set(jiffies);
        now
    }
}

impl Default for FrameClock {
    fn default() -> Self {
        Self::new()
    }
}
