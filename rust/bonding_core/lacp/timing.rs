// SPDX-License-Identifier: GPL-2.0

//! The times of IEEE 802.1AX 6.4.4 and of C's driver, in ticks, and limits on how often.

use crate::time::{Hz, Jiffies, Millis, Ticks};

/// How long things take.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    pub(super) fast_periodic: Ticks,
    pub(super) slow_periodic: Ticks,
    pub(super) short_timeout: Ticks,
    pub(super) long_timeout: Ticks,
    pub(super) churn: Ticks,
    pub(super) aggregate_wait: Ticks,
    /// From the first slave to the first choice of an aggregator.
    pub(super) first_choice: Ticks,
    /// C's pass; from opening the bond to the choice.
    pub(super) tick: Ticks,
    /// Between two LACPDUs.
    pub(super) tx_gap: Ticks,
    /// In which there are at most three LACPDUs, and ten frames of slow protocols.
    pub(super) tx_window: Ticks,
    /// In which a [`Limiter`] lets ten lines pass.
    pub(super) log_window: Ticks,
}

impl Times {
    /// The times where a second has so many ticks.
    pub(super) const fn new(hz: Hz) -> Self {
        Self {
            fast_periodic: hz.ticks(Millis(1000)),
            slow_periodic: hz.ticks(Millis(30_000)),
            short_timeout: hz.ticks(Millis(3000)),
            long_timeout: hz.ticks(Millis(90_000)),
            churn: hz.ticks(Millis(60_000)),
            aggregate_wait: hz.ticks(Millis(2000)),
            first_choice: hz.ticks(Millis(8000)),
            tick: hz.ticks(Millis(100)),
            tx_gap: hz.ticks(Millis(300)),
            tx_window: hz.ticks(Millis(1000)),
            log_window: hz.ticks(Millis(5000)),
        }
    }
}

/// Lets ten of something pass in a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limiter {
    since: Option<Jiffies>,
    passed: u8,
}

impl Limiter {
    const BURST: u8 = 10;

    pub(super) const NEW: Limiter = Limiter {
        since: None,
        passed: 0,
    };

    /// Whether one more log line may pass.
    pub(super) fn allow(&mut self, now: Jiffies, times: &Times) -> bool {
        self.pass(now, times.log_window)
    }

    /// Whether one more frame of a slow protocol may pass.
    pub(super) fn allow_slow_frame(&mut self, now: Jiffies, times: &Times) -> bool {
        self.pass(now, times.tx_window)
    }

    fn pass(&mut self, now: Jiffies, window: Ticks) -> bool {
        let fresh = match self.since {
            // A moment ahead is one from before the counter wrapped.
            Some(since) => since.after(window).reached(now) || !since.reached(now),
            None => true,
        };
        if fresh {
            self.since = Some(now);
            self.passed = 0;
        }
        let allowed = self.passed < Self::BURST;
        self.passed = self.passed.saturating_add(1);
        allowed
    }
}
