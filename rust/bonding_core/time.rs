// SPDX-License-Identifier: GPL-2.0

//! The kernel's tick counter and spans of it, compared so that its wrap does no harm.
//!
//! The core has no clock: whoever calls it passes the time in.

/// A reading of the tick counter (C's `jiffies`, an `unsigned long` that wraps).
///
/// Two readings compare rightly as long as they lie less than half the counter's range apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jiffies(pub usize);

/// A length of time in ticks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticks(pub usize);

/// A length of time in milliseconds, the unit of all options.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Millis(pub u32);

/// How many ticks a second has (C's `HZ`), at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hz(u32);

impl Jiffies {
    /// The reading `span` later.
    #[inline]
    pub const fn after(self, span: Ticks) -> Self {
        Self(self.0.wrapping_add(span.0))
    }

    /// The reading `span` earlier.
    #[inline]
    pub const fn before(self, span: Ticks) -> Self {
        Self(self.0.wrapping_sub(span.0))
    }

    /// Whether this time has come at `now` (C's `time_after_eq(now, self)`).
    #[inline]
    pub const fn reached(self, now: Jiffies) -> bool {
        now.0.wrapping_sub(self.0) as isize >= 0
    }

    /// How long ago this was at `now`; nothing if it lies ahead.
    #[inline]
    pub const fn elapsed(self, now: Jiffies) -> Ticks {
        if self.reached(now) {
            Ticks(now.0.wrapping_sub(self.0))
        } else {
            Ticks(0)
        }
    }

    /// How long it is at `now` until this time; nothing if it has come.
    #[inline]
    pub const fn left(self, now: Jiffies) -> Ticks {
        if self.reached(now) {
            Ticks(0)
        } else {
            Ticks(self.0.wrapping_sub(now.0))
        }
    }

    /// The earlier of two readings.
    #[inline]
    pub const fn min(self, other: Jiffies) -> Self {
        if self.reached(other) {
            self
        } else {
            other
        }
    }
}

impl Ticks {
    /// The longest span that can be waited for: beyond it a deadline would compare as past.
    pub const MAX: Ticks = Ticks((usize::MAX >> 1) - 1);
}

impl Hz {
    /// The tick rate; 0 is taken as 1.
    pub const fn new(ticks_per_second: u32) -> Self {
        if ticks_per_second == 0 {
            Self(1)
        } else {
            Self(ticks_per_second)
        }
    }

    /// The ticks that `span` takes, a started tick counting whole (C's `msecs_to_jiffies()`).
    pub const fn ticks(self, span: Millis) -> Ticks {
        // Two factors below 2^32: the product fits.
        let ticks = (span.0 as u64).wrapping_mul(self.0 as u64).div_ceil(1000);
        if ticks > Ticks::MAX.0 as u64 {
            Ticks::MAX
        } else {
            Ticks(ticks as usize)
        }
    }

    /// The whole milliseconds in `span`, saturating.
    pub const fn millis(self, span: Ticks) -> Millis {
        let hz = self.0 as usize;
        let (Some(seconds), Some(rest)) = (span.0.checked_div(hz), span.0.checked_rem(hz)) else {
            return Millis(u32::MAX);
        };
        // The rest is below HZ, and HZ below 2^32.
        let Some(rest) = (rest as u64).wrapping_mul(1000).checked_div(hz as u64) else {
            return Millis(u32::MAX);
        };
        let millis = (seconds as u64).saturating_mul(1000).saturating_add(rest);
        if millis > u32::MAX as u64 {
            Millis(u32::MAX)
        } else {
            Millis(millis as u32)
        }
    }
}

impl Millis {
    /// The number.
    #[inline]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The sum, saturating.
    #[inline]
    pub const fn plus(self, other: Millis) -> Millis {
        Millis(self.0.saturating_add(other.0))
    }

    /// The difference, nothing if `other` is longer.
    #[inline]
    pub const fn minus(self, other: Millis) -> Millis {
        Millis(self.0.saturating_sub(other.0))
    }

    /// The greatest multiple of `unit` that is not longer; unchanged if `unit` is 0.
    #[inline]
    pub const fn floor(self, unit: Millis) -> Millis {
        match self.0.checked_rem(unit.0) {
            Some(rest) => Millis(self.0.saturating_sub(rest)),
            None => self,
        }
    }
}

impl core::fmt::Display for Millis {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Display::fmt(&self.0, f)
    }
}
