// SPDX-License-Identifier: GPL-2.0

//! Telling the network of a new active slave: peer notifications and IGMP reports.

use crate::{
    bond::{Bond, IGMP},
    member::Member,
    role::tell, //
};
use bonding_core::mode::Mode;
use kernel_net::{
    netdevice::Event,
    rtnl::{self, Rtnl},
    time,
    workqueue::{DelayedWorkItem, DelayedWorks}, //
};

/// How long between two requests to repeat IGMP reports, a fraction of a second.
const IGMP_PER_SECOND: u32 = 5;

impl Bond {
    /// Grants the notifications that follow a failover; `bond_peer_notify_reset()` in C.
    pub(crate) fn reset_peer_notifications(&self) {
        let mut state = self.lock();
        let every = state.params.peer_notif_delay.intervals().max(1);
        state.peer_notifications = u32::from(state.params.num_peer_notif).saturating_mul(every);
        drop(state);
        // The monitor counts the passes.
        self.look_at_links();
    }

    /// Has the addresses above the bond announced if it is time, and counts the pass; with `force` even one
    /// that announced nothing. `bond_peer_notify_may_events()` in C.
    pub(crate) fn notify_peers(&self, force: bool, rtnl: &Rtnl<'_>) {
        let due = self.peers_are_due();
        if due {
            tell(self.dev(), Event::NotifyPeers, rtnl);
        }
        if due || force {
            let mut state = self.lock();
            state.peer_notifications = state.peer_notifications.saturating_sub(1);
        }
    }

    /// Whether this pass is one that announces; `bond_should_notify_peers()` in C.
    fn peers_are_due(&self) -> bool {
        let state = self.lock();
        let every = state.params.peer_notif_delay.intervals().max(1);
        state.peer_notifications != 0
            && state.peer_notifications.checked_rem(every) == Some(0)
            && self.dev().carrier_ok()
            && match state.mode() {
                Mode::Ieee8023ad => state.members.iter().any(Member::can_tx),
                _ => state
                    .active
                    .as_ref()
                    .is_some_and(|active| !active.dev.is_linkwatch_pending()),
            }
    }

    /// Has IGMP membership reports repeated after a change of the active slave.
    pub(crate) fn schedule_igmp(&self, mode: Mode, has_active: bool) {
        if !self.dev().is_running() {
            return;
        }
        {
            let mut state = self.lock();
            let wanted = (mode.uses_primary() && has_active) || mode == Mode::RoundRobin;
            if state.params.resend_igmp == 0 || !wanted {
                return;
            }
            state.igmp_retrans = state.params.resend_igmp;
        }
        self.work::<IGMP>().queue(1);
    }
}

impl DelayedWorkItem<IGMP> for Bond {
    /// `bond_resend_igmp_join_requests_delayed()` in C.
    fn run(&self) {
        // Closing the bond waits for this work under RTNL, so it must not be waited for here.
        let Some(rtnl) = rtnl::try_lock() else {
            self.work::<IGMP>().queue(1);
            return;
        };
        tell(self.dev(), Event::ResendIgmp, rtnl.rtnl());
        let again = {
            let mut state = self.lock();
            let again = state.igmp_retrans > 1;
            state.igmp_retrans = state.igmp_retrans.saturating_sub(1);
            again
        };
        if again {
            self.work::<IGMP>()
                .queue((time::HZ / IGMP_PER_SECOND) as usize);
        }
    }
}
