// SPDX-License-Identifier: GPL-2.0

//! The churn detection machines, IEEE 802.1AX 6.4.17: a port that does not get in sync within a
//! minute is one for the administrator.

use super::port::Port;
use super::Times;
use crate::report::Churn;
use crate::time::Jiffies;
use crate::wire::lacp::State as Bits;

/// One of the two machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Monitor {
    /// Its state.
    pub state: Churn,
    /// How often it found churn.
    pub count: u32,
    pub(super) until: Option<Jiffies>,
}

impl Monitor {
    const NEW: Monitor = Monitor {
        state: Churn::Monitor,
        count: 0,
        until: None,
    };

    /// As in C the verdict stands until the port starts over or its partner expires.
    fn judge(&mut self, now: Jiffies, in_sync: bool) {
        if !self.until.is_some_and(|at| at.reached(now)) {
            return;
        }
        self.until = None;
        match (self.state, in_sync) {
            (Churn::Monitor, true) => self.state = Churn::NoChurn,
            (Churn::Monitor, false) => {
                self.state = Churn::Churned;
                self.count = self.count.wrapping_add(1);
            }
            (Churn::Churned | Churn::NoChurn, _) => {}
        }
    }
}

/// The machines of both ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Ours.
    pub actor: Monitor,
    /// The partner's.
    pub partner: Monitor,
}

impl Machine {
    pub(super) const NEW: Machine = Machine {
        actor: Monitor::NEW,
        partner: Monitor::NEW,
    };

    /// Starts both over.
    pub(super) fn restart(&mut self, now: Jiffies, times: &Times) {
        for monitor in [&mut self.actor, &mut self.partner] {
            monitor.state = Churn::Monitor;
            monitor.until = Some(now.after(times.churn));
        }
    }
}

impl Port {
    /// Judges both ends if their time is over.
    pub(super) fn detect_churn(&mut self, now: Jiffies) {
        let ours = self.actor.state.has(Bits::SYNCHRONIZATION);
        let theirs = self.partner.state.has(Bits::SYNCHRONIZATION);
        self.churn.actor.judge(now, ours);
        self.churn.partner.judge(now, theirs);
    }
}
