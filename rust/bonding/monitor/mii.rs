// SPDX-License-Identifier: GPL-2.0

//! The MII monitor: looks at carriers when a device says that its own changed, whenever a delay ends, and every
//! `miimon`.

use crate::{
    bond::{Bond, MII},
    member::now, //
};
use kernel::time::{delay::fsleep, Delta};
use kernel_net::{
    rtnl::{self, RtnlGuard},
    workqueue::{DelayedWorkItem, DelayedWorks}, //
};

/// How often the monitor looks again for an RTNL that is busy, before it does without.
///
/// Who tells of a device's event holds it, and gives it back soon.
const TRIES: u32 = 10;
/// How long it sleeps before it looks again.
const PAUSE: Delta = Delta::from_micros(50);

impl DelayedWorkItem<MII> for Bond {
    /// `bond_mii_monitor()` in C.
    fn run(&self) {
        let polled = self.poll_is_due();
        let changed = self.links_want_to_change() || self.is_unsettled();
        let announcing = polled && self.lock().peer_notifications != 0;
        if changed || announcing {
            // Closing the bond waits for this work under RTNL, so it must not be waited for here.
            let Some(guard) = self.rtnl_soon() else {
                self.lose_links();
                self.settle_early();
                self.work::<MII>().queue(1);
                return;
            };
            if changed {
                self.commit_links(guard.rtnl());
            }
            if announcing {
                self.notify_peers(true, guard.rtnl());
            }
        }
        self.arm_mii(polled);
    }
}

impl Bond {
    /// Has the monitor look at the links at once, and count its interval from then on.
    pub(crate) fn poll_now(&self) {
        self.lock().next_poll = now();
        self.work::<MII>().requeue(0);
    }

    /// Has the links looked at because one of them may have changed; polling goes on as before.
    ///
    /// Any context that may sleep, listeners to netdevice events included.
    pub(crate) fn look_at_links(&self) {
        if self.dev().is_running() {
            self.work::<MII>().requeue(0);
        }
    }

    /// Whether this pass is one of those that `miimon` asks for, rather than one due to an event.
    fn poll_is_due(&self) -> bool {
        let state = self.lock();
        state.params.miimon != 0 && state.next_poll.reached(now())
    }

    /// Takes RTNL if it is free, or becomes so within half a millisecond; waits only the first time in a row
    /// that it is busy.
    fn rtnl_soon(&self) -> Option<RtnlGuard> {
        let tries = if self.lock().rtnl_was_busy { 1 } else { TRIES };
        let mut guard = rtnl::try_lock();
        for _ in 1..tries {
            if guard.is_some() {
                break;
            }
            fsleep(PAUSE);
            guard = rtnl::try_lock();
        }
        self.lock().rtnl_was_busy = guard.is_none();
        guard
    }

    /// Has the monitor look again after the interval, or when a delay ends before that.
    fn arm_mii(&self, polled: bool) {
        let delay = {
            let mut state = self.lock();
            if state.params.miimon == 0 {
                return;
            }
            let (timing, now) = (state.timing(), now());
            if polled {
                state.next_poll = now.after(timing.hz.ticks(timing.miimon));
            }
            state
                .members
                .iter()
                .filter_map(|m| m.link.deadline(&timing))
                .map(|deadline| deadline.left(now))
                .fold(state.next_poll.left(now), core::cmp::min)
        };
        self.work::<MII>().queue(delay.0);
    }
}
