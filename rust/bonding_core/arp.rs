// SPDX-License-Identifier: GPL-2.0

//! The ARP and ND monitor: a link is up while probes over it are answered.
//!
//! Without I/O: when frames came and went is passed in, what is to be sent and changed comes out.
//! [`backup`] is the monitor of active-backup, [`balance`] that of balance-rr, balance-xor and
//! broadcast, [`validate`] decides which received frames prove a link, [`backup_probe`] what proves a
//! backup where our own requests do not reach it.

pub mod backup;
pub mod backup_probe;
pub mod balance;
pub mod validate;

use crate::option::ArpAllTargets;
use crate::time::{Hz, Jiffies, Millis, Ticks};

/// The options that the monitor goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// `arp_interval`, in ticks.
    pub interval: Ticks,
    /// `arp_missed_max`, in intervals.
    pub missed_max: u32,
}

impl Timing {
    /// From the options.
    pub const fn new(hz: Hz, arp_interval: Millis, missed_max: u32) -> Self {
        Self {
            interval: hz.ticks(arp_interval),
            missed_max,
        }
    }

    /// Whether `last` is at most `intervals` and a half ago at `now`, the half for networks that
    /// are as fast as the monitor (C's `bond_time_in_interval()`).
    ///
    /// A time that lies ahead counts if it is at most one interval away, as in C.
    pub fn within(&self, last: Jiffies, now: Jiffies, intervals: u32) -> bool {
        let Ticks(interval) = self.interval;
        let longest = (intervals as usize)
            .saturating_mul(interval)
            .saturating_add(interval >> 1)
            .min(Ticks::MAX.0);
        last.before(self.interval).reached(now) && now.reached(last.after(Ticks(longest)))
    }
}

/// When a slave last sent a probe and received what counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traffic {
    /// When the last probe was sent.
    pub last_tx: Jiffies,
    /// When it received last, by [`last_rx`].
    pub last_rx: Jiffies,
}

/// When a slave received last, by the option `arp_all_targets` (C's `slave_last_rx()`).
///
/// `last` is when anything was received that counts, `targets` when each configured target was
/// heard, IPv4 and IPv6 (C looks at the IPv4 targets only: differences.md, B6). With `all` the oldest of
/// them decides.
pub fn last_rx(
    all_targets: ArpAllTargets,
    last: Jiffies,
    targets: impl IntoIterator<Item = Jiffies>,
) -> Jiffies {
    match all_targets {
        ArpAllTargets::Any => last,
        ArpAllTargets::All => targets.into_iter().reduce(Jiffies::min).unwrap_or(last),
    }
}

/// When a target was heard, by a list of targets as it was before with the times of each; a target
/// that is new is given the time from `now` on.
pub fn heard_before<'a, A: PartialEq + 'a>(
    before: impl IntoIterator<Item = (&'a A, Jiffies)>,
    target: &A,
    now: Jiffies,
) -> Jiffies {
    before
        .into_iter()
        .find(|(old, _)| *old == target)
        .map_or(now, |(_, heard)| heard)
}
