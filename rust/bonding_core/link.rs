// SPDX-License-Identifier: GPL-2.0

//! The link state of one slave, and the MII monitor's transitions of it.
//!
//! [`Link::inspect`] looks and proposes, [`Link::commit`] enters the new state and says what the
//! driver has to do. Delays are deadlines in time, counted from the moment the change was seen,
//! not in passes of the monitor. C: `bond_miimon_inspect()`, `bond_miimon_commit()`.

mod commit;
mod event;
mod speed;

use crate::mode::Mode;
use crate::time::{Hz, Jiffies, Millis};

pub use commit::{Outcome, Proposal, Role, Standing};
pub use event::{Event, Level};
pub use speed::{Duplex, Speed};

/// LinkState of a slave's link (`BOND_LINK_*`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum LinkState {
    /// Up and in use.
    Up = 0,
    /// Carrier lost, `downdelay` is running.
    Fail = 1,
    /// Down.
    #[default]
    Down = 2,
    /// Carrier is back, `updelay` is running.
    Back = 3,
}

impl LinkState {
    /// The number of user space (`BOND_LINK_*`).
    #[inline]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The word in `/proc/net/bonding` and sysfs (C's `bond_slave_link_status()`).
    pub const fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Fail => "going down",
            Self::Down => "down",
            Self::Back => "going back",
        }
    }

    /// Whether it is `Up`.
    #[inline]
    pub const fn is_up(self) -> bool {
        matches!(self, Self::Up)
    }

    /// What a lower device is told about its link (`netdev_lag_lower_state_info.link_up`).
    #[inline]
    pub const fn lower_link_up(self) -> bool {
        matches!(self, Self::Up | Self::Fail)
    }
}

/// What watches the links of a bond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Monitor {
    /// Neither `miimon` nor `arp_interval`.
    None,
    /// `miimon`.
    Mii,
    /// `arp_interval`.
    Arp,
}

/// The options that the MII monitor goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Ticks a second.
    pub hz: Hz,
    /// The poll interval; 0 if there is no polling. Times in log lines are multiples of it.
    pub miimon: Millis,
    /// How long carrier must be there before the link counts as up.
    pub updelay: Millis,
    /// How long carrier must be away before the link counts as down.
    pub downdelay: Millis,
}

/// What the bond is like, as far as a single link's transition goes by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The device is running and has carrier.
    pub carrier: bool,
    /// The slave is active (as opposed to backup); named in one log line of active-backup.
    pub active: bool,
    /// The bond's mode.
    pub mode: Mode,
    /// The time.
    pub now: Jiffies,
}

/// Whether `updelay` is to be ignored for the first link that comes up: nothing else is usable.
///
/// `has_current`: there is an active slave; `usable`: how many slaves are able to transmit. C
/// forgets balance-rr and broadcast (differences.md, B7).
pub const fn ignore_updelay(mode: Mode, has_current: bool, usable: usize) -> bool {
    match mode {
        Mode::ActiveBackup => !has_current,
        _ => usable == 0,
    }
}

/// The link of one slave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    state: LinkState,
    /// When the state was entered, and the delay that was in force then. Meaningful in `Fail` and
    /// `Back`.
    began: Jiffies,
    delay: Millis,
    /// Whether the monitor has seen the slave in `Back` or `Fail`: C has then taken off one
    /// interval of the delay.
    seen: bool,
    last_up: Jiffies,
    failures: u32,
}

impl Link {
    /// The link of a slave that is being enslaved.
    ///
    /// `carrier` is "running and carrier" under the MII monitor and "carrier" under the ARP
    /// monitor. Without a monitor the link is taken for up.
    pub fn new(monitor: Monitor, carrier: bool, timing: &Timing, now: Jiffies) -> Self {
        let (state, delay) = match (monitor, carrier) {
            (Monitor::None, _) | (Monitor::Arp, true) => (LinkState::Up, Millis(0)),
            (_, false) => (LinkState::Down, Millis(0)),
            (Monitor::Mii, true) if timing.updelay.get() != 0 => (LinkState::Back, timing.updelay),
            (Monitor::Mii, true) => (LinkState::Up, Millis(0)),
        };
        Self {
            state,
            began: now,
            delay,
            seen: false,
            last_up: now,
            failures: 0,
        }
    }

    /// The state.
    #[inline]
    pub const fn state(&self) -> LinkState {
        self.state
    }

    /// When the link came up last (C's `last_link_up`).
    #[inline]
    pub const fn last_up(&self) -> Jiffies {
        self.last_up
    }

    /// How often the link went down.
    #[inline]
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// When a running delay ends: the monitor should look again then.
    pub fn deadline(&self, timing: &Timing) -> Option<Jiffies> {
        match self.state {
            LinkState::Fail | LinkState::Back => {
                Some(self.began.after(timing.hz.ticks(self.delay)))
            }
            LinkState::Up | LinkState::Down => None,
        }
    }

    /// What is left of a running delay, in whole poll intervals: 0 if none is running.
    ///
    /// A slave that no inspection has seen yet has all of it left.
    pub fn remaining(&self, timing: &Timing, now: Jiffies) -> Millis {
        match self.state {
            LinkState::Fail | LinkState::Back => self.delay.minus(self.counted(timing, now)),
            LinkState::Up | LinkState::Down => Millis(0),
        }
    }

    /// Looks at carrier and clock, and proposes a transition if there is one to make.
    ///
    /// `ignore_updelay` comes from the function of that name, once a pass; the first link that
    /// makes use of it takes it away. Nothing changes before the proposal is committed.
    pub fn inspect(
        &self,
        sample: &Sample,
        timing: &Timing,
        ignore_updelay: &mut bool,
    ) -> Option<Proposal> {
        match (self.state, sample.carrier) {
            (LinkState::Up, true) | (LinkState::Down, false) => None,
            (LinkState::Up, false) => Some(self.lost(sample, timing)),
            (LinkState::Fail, true) => Some(self.to(
                LinkState::Up,
                sample.now,
                Some(Event::UpAgain {
                    after: self.waited(timing, sample.now),
                }),
            )),
            (LinkState::Fail, false) => self
                .expired(timing, sample.now)
                .then(|| self.to(LinkState::Down, sample.now, None)),
            (LinkState::Down, true) => Some(self.found(sample, timing, ignore_updelay)),
            (LinkState::Back, false) => Some(self.to(
                LinkState::Down,
                sample.now,
                Some(Event::DownAgain {
                    after: self.waited(timing, sample.now),
                }),
            )),
            (LinkState::Back, true) => {
                if !*ignore_updelay && !self.expired(timing, sample.now) {
                    return None;
                }
                *ignore_updelay = false;
                Some(self.to(LinkState::Up, sample.now, None))
            }
        }
    }

    /// As [`Link::inspect`] where another monitor proves links: proposes to take the link down at
    /// once if its carrier is gone. That it is back proves nothing.
    pub fn inspect_loss(&self, sample: &Sample) -> Option<Proposal> {
        (self.state == LinkState::Up && !sample.carrier).then(|| Proposal {
            arp: true,
            ..self.to(LinkState::Down, sample.now, None)
        })
    }

    /// Marks the slave as seen by a pass of the monitor, after [`Link::inspect`]. The delay of a new slave counts
    /// from the first pass: there is none while the bond is down.
    pub fn mark_seen(&mut self, now: Jiffies) {
        if !self.seen {
            self.seen = true;
            self.began = now;
        }
    }

    /// Sets the state as the ARP monitor or LACP found it. When the link came up last stays.
    pub fn set(&mut self, state: LinkState, now: Jiffies) {
        self.state = state;
        self.began = now;
        self.delay = Millis(0);
    }

    /// Grants the time that a link has after it was enslaved or chosen to prove itself.
    pub fn grant_time(&mut self, now: Jiffies) {
        self.last_up = now;
    }

    /// Counts a failure; the counter stays at its end.
    pub fn count_failure(&mut self) {
        self.failures = self.failures.saturating_add(1);
    }

    /// Up, and carrier is gone.
    fn lost(&self, sample: &Sample, timing: &Timing) -> Proposal {
        if timing.downdelay.get() == 0 {
            return self.to(LinkState::Down, sample.now, None);
        }
        Proposal {
            state: LinkState::Fail,
            event: Some(Event::GoingDown {
                active: (sample.mode == Mode::ActiveBackup).then_some(sample.active),
                delay: timing.downdelay,
            }),
            arp: false,
            began: sample.now,
            delay: timing.downdelay,
        }
    }

    /// Down, and carrier is back.
    fn found(&self, sample: &Sample, timing: &Timing, ignore_updelay: &mut bool) -> Proposal {
        let ignore = *ignore_updelay;
        let event = (timing.updelay.get() != 0).then_some(Event::GoingUp {
            delay: if ignore { Millis(0) } else { timing.updelay },
        });
        if ignore || timing.updelay.get() == 0 {
            *ignore_updelay = false;
            return self.to(LinkState::Up, sample.now, event);
        }
        Proposal {
            state: LinkState::Back,
            event,
            arp: false,
            began: sample.now,
            delay: timing.updelay,
        }
    }

    fn to(&self, state: LinkState, now: Jiffies, event: Option<Event>) -> Proposal {
        Proposal {
            state,
            event,
            arp: false,
            began: now,
            delay: Millis(0),
        }
    }

    /// Whether the running delay is over.
    fn expired(&self, timing: &Timing, now: Jiffies) -> bool {
        self.seen && self.began.after(timing.hz.ticks(self.delay)).reached(now)
    }

    /// How long the state lasts, in whole poll intervals.
    fn waited(&self, timing: &Timing, now: Jiffies) -> Millis {
        if !self.seen {
            return Millis(0);
        }
        timing
            .hz
            .millis(self.began.elapsed(now))
            .floor(timing.miimon)
    }

    /// What C has taken off the delay: one interval at each pass, the first one included.
    fn counted(&self, timing: &Timing, now: Jiffies) -> Millis {
        let waited = self.waited(timing, now);
        if self.seen {
            waited.plus(timing.miimon)
        } else {
            waited
        }
    }
}
