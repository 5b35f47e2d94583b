// SPDX-License-Identifier: GPL-2.0

//! Delays that are counted in looks at the links.

/// A delay, as a number of `miimon` intervals.
///
/// What user space reads is that number times `miimon`, so a new `miimon` scales the delay. The
/// one exception is a delay given to the module without `miimon`: it waits, in milliseconds, for
/// the first `miimon` that is set, and reads 0 until then.
///
/// # Invariants
///
/// Not both numbers differ from 0; neither exceeds `INT_MAX`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delay {
    intervals: u32,
    waiting_ms: u32,
}

/// A delay cut down to a multiple of the interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rounded {
    /// Milliseconds that were asked for.
    pub asked: i32,
    /// Milliseconds that there will be.
    pub got: i32,
}

impl Delay {
    /// No delay.
    pub const ZERO: Delay = Delay {
        intervals: 0,
        waiting_ms: 0,
    };

    /// `ms` milliseconds, counted in intervals of `miimon` milliseconds; tells if that is less
    /// than asked for. `None` if there is no interval to count in.
    pub fn from_ms(ms: u32, miimon: u32) -> Option<(Delay, Option<Rounded>)> {
        let intervals = ms.checked_div(miimon)?;
        let got = intervals.wrapping_mul(miimon);
        let rounded = (got != ms).then_some(Rounded {
            asked: ms as i32,
            got: got as i32,
        });
        // INVARIANT: The quotient is not greater than `ms`.
        let delay = Delay {
            intervals,
            waiting_ms: 0,
        };
        Some((delay, rounded))
    }

    /// `ms` milliseconds, once there is an interval to count in.
    pub fn waiting(ms: u32) -> Delay {
        // INVARIANT: There are no intervals.
        Delay {
            intervals: 0,
            waiting_ms: ms,
        }
    }

    /// Counts a delay that was waiting, now that there is an interval. Does nothing for others,
    /// and nothing if `miimon` is 0.
    pub fn settle(&mut self, miimon: u32) -> Option<Rounded> {
        if self.waiting_ms == 0 {
            return None;
        }
        let (delay, rounded) = Delay::from_ms(self.waiting_ms, miimon)?;
        *self = delay;
        rounded
    }

    /// How many looks at the links the delay lasts.
    #[inline]
    pub fn intervals(self) -> u32 {
        self.intervals
    }

    /// Milliseconds, as C computes them: the product of two `int`, which wraps.
    #[inline]
    pub fn ms(self, miimon: u32) -> i32 {
        self.intervals.wrapping_mul(miimon) as i32
    }

    /// Milliseconds that wait for an interval to be counted in.
    pub(super) fn waiting_ms(self) -> u32 {
        self.waiting_ms
    }

    /// Whether there is no delay, not even one that waits.
    #[inline]
    pub fn is_zero(self) -> bool {
        self == Delay::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::{Delay, Rounded};

    #[test]
    fn counts_in_intervals() {
        assert_eq!(Delay::from_ms(200, 0), None);
        let (delay, rounded) = Delay::from_ms(250, 100).unwrap();
        assert_eq!(delay.intervals(), 2);
        assert_eq!(
            rounded,
            Some(Rounded {
                asked: 250,
                got: 200
            })
        );
        assert_eq!(Delay::from_ms(300, 100).unwrap().1, None);
        assert_eq!(delay.ms(50), 100);
    }

    #[test]
    fn product_wraps_like_c() {
        let (delay, _) = Delay::from_ms(3, 1).unwrap();
        assert_eq!(delay.ms(i32::MAX as u32), 0x7fff_fffd);
        assert_eq!(Delay::from_ms(2, 1).unwrap().0.ms(i32::MAX as u32), -2);
    }

    /// B8: a delay given without miimon is milliseconds, not a multiplier.
    #[test]
    fn b8_waits_for_miimon() {
        let mut delay = Delay::waiting(250);
        assert_eq!((delay.ms(0), delay.intervals()), (0, 0));
        assert_eq!(delay.settle(0), None);
        assert_eq!(delay, Delay::waiting(250));
        assert_eq!(
            delay.settle(100),
            Some(Rounded {
                asked: 250,
                got: 200
            })
        );
        assert_eq!(delay.ms(100), 200);
        // From here on it is a delay like any other.
        assert_eq!(delay.settle(50), None);
        assert_eq!(delay.ms(50), 100);
    }
}
