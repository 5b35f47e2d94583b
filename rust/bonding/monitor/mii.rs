// SPDX-License-Identifier: GPL-2.0

//! The MII monitor: looks at carriers when a device says that its own changed, whenever a delay ends, and every
//! `miimon`.

use crate::{
    bond::{Bond, State, MII},
    member::now,
    plan, //
};
use bonding_core::{
    link::Monitor,
    peers,
    time::{Jiffies, Millis}, //
};
use kernel::{
    sync::{atomic::Relaxed, rcu},
    time::{delay::fsleep, Delta}, //
};
use kernel_net::{
    rtnl::{self, RtnlGuard},
    timer::{HasTimer, TimerItem},
    workqueue::{DelayedWorkItem, DelayedWorks}, //
};

/// How long the monitor sleeps between its tries for an RTNL that is busy, before it acts on losses without.
///
/// Who tells of a device's event holds it, and gives it back soon.
const SOON: [Delta; 4] = [
    Delta::from_micros(50),
    Delta::from_micros(100),
    Delta::from_micros(150),
    Delta::from_micros(200),
];
/// The same before it has switches learn without: with RTNL that comes where it does in C.
const LATER: [Delta; 3] = [
    Delta::from_micros(500),
    Delta::from_micros(1000),
    Delta::from_micros(1500),
];
/// How long RTNL has to be busy for losses to be told without, in another order than C's.
const PATIENCE: Millis = Millis(100);

impl DelayedWorkItem<MII> for Bond {
    /// `bond_mii_monitor()` in C.
    fn run(&self) {
        let due = self.pass_is_due();
        let changed = self.links_want_to_change() || self.is_unsettled();
        if changed || due && self.lock().peers.is_some() {
            // Closing the bond waits for this work under RTNL, so it must not be waited for here.
            let Some(guard) = self.rtnl_or_losses() else {
                self.settle_early(self.rtnl_is_long_busy());
                self.work::<MII>().queue(1);
                return;
            };
            if changed {
                self.commit_links(guard.rtnl());
            }
            // The bond may have its carrier back, for which the first one waits.
            self.notify_peers(due, guard.rtnl());
        }
        self.arm_mii(due);
    }
}

impl State {
    /// How long it is from one pass to the next; `None` if passes come by events only.
    ///
    /// Without any monitor there are passes as long as peers are to be notified more than once.
    fn pace(&self) -> Option<Millis> {
        match self.monitor() {
            Monitor::Mii => Some(Millis(self.params.miimon)),
            Monitor::None if self.peers.is_some() && self.params.num_peer_notif > 1 => {
                Some(peers::PACE)
            }
            Monitor::Arp | Monitor::None => None,
        }
    }
}

impl Bond {
    /// Has the monitor look at the links at once, and count its interval from then on.
    pub(crate) fn poll_now(&self) {
        self.next_poll.store(now().0, Relaxed);
        self.work::<MII>().requeue(0);
    }

    /// Has the monitor look no more, and waits until it does not. Under RTNL.
    ///
    /// The bond is closed or has no `miimon` any more, so that the work does not start the timer again.
    pub(crate) fn stop_polling_links(&self) {
        self.work::<MII>().cancel_sync();
        self.stop_timer();
        self.work::<MII>().cancel_sync();
        self.lock().rtnl_busy_since = None;
    }

    /// Has the links looked at because one of them may have changed; polling goes on as before.
    ///
    /// Any context that may sleep, listeners to netdevice events included.
    pub(crate) fn look_at_links(&self) {
        if self.dev().is_running() {
            self.work::<MII>().requeue(0);
        }
    }

    /// Whether this pass is one of those that come at intervals, rather than one due to an event.
    fn pass_is_due(&self) -> bool {
        self.lock().pace().is_some() && self.next_poll().reached(now())
    }

    fn next_poll(&self) -> Jiffies {
        Jiffies(self.next_poll.load(Relaxed))
    }

    /// Takes RTNL if it is free, or becomes so within some milliseconds; waits only the first time in a row
    /// that it is busy.
    ///
    /// If it does not become so at once, losses that need not wait for it are entered meanwhile.
    fn rtnl_or_losses(&self) -> Option<RtnlGuard> {
        let waits = self.lock().rtnl_busy_since.is_none();
        let pauses = |pauses: &'static [Delta]| if waits { pauses } else { &[] };
        let guard = try_rtnl(pauses(&SOON)).or_else(|| {
            self.lose_links();
            try_rtnl(pauses(&LATER))
        });
        let mut state = self.lock();
        state.rtnl_busy_since = match &guard {
            Some(_) => None,
            None => state.rtnl_busy_since.or(Some(now())),
        };
        drop(state);
        guard
    }

    /// Whether RTNL has been busy so long that losses are told without.
    fn rtnl_is_long_busy(&self) -> bool {
        let state = self.lock();
        let patience = state.timing().hz.ticks(PATIENCE);
        let since = state.rtnl_busy_since;
        since.is_some_and(|since| since.after(patience).reached(now()))
    }

    /// Has the monitor look again after the interval, or when a delay ends before that.
    ///
    /// As long as nothing is under way a timer looks, for which no worker wakes.
    fn arm_mii(&self, was_due: bool) {
        let (interval, delay, quiet) = {
            let state = self.lock();
            let Some(pace) = state.pace().filter(|_| self.dev().is_running()) else {
                return;
            };
            let (timing, now) = (state.timing(), now());
            let interval = timing.hz.ticks(pace);
            if was_due {
                self.next_poll.store(now.after(interval).0, Relaxed);
            }
            let delays = state.members.iter();
            let mut delays = delays.filter_map(|m| m.link.deadline(&timing)).peekable();
            let quiet = delays.peek().is_none() && !state.peers.is_some();
            let delay = delays
                .map(|deadline| deadline.left(now))
                .fold(self.next_poll().left(now), core::cmp::min);
            (interval, delay, quiet)
        };
        self.poll_interval.store(interval.0.max(1), Relaxed);
        if quiet {
            self.start_timer(delay.0);
        } else {
            // It would put off the poll that the work waits for.
            self.stop_timer();
            self.work::<MII>().queue(delay.0);
        }
    }
}

/// Takes RTNL if it is free now or after one of some pauses.
fn try_rtnl(pauses: &[Delta]) -> Option<RtnlGuard> {
    let mut guard = rtnl::try_lock();
    for &pause in pauses {
        if guard.is_some() {
            break;
        }
        fsleep(pause);
        guard = rtnl::try_lock();
    }
    guard
}

impl TimerItem for Bond {
    /// Looks at the slaves' carriers, and leaves everything else to the work if one of them is not as it was.
    fn expired(&self) -> Option<usize> {
        let quiet = {
            let cx = rcu::read_lock();
            let plan = self.plan.load(&cx);
            let slaves = plan.map(plan::all).unwrap_or_default();
            slaves.iter().all(|e| e.port.is_up() == e.link_up)
        };
        if !quiet {
            self.work::<MII>().requeue(0);
            return None;
        }
        let interval = self.poll_interval.load(Relaxed);
        self.next_poll
            .store(now().0.wrapping_add(interval), Relaxed);
        Some(interval)
    }
}
