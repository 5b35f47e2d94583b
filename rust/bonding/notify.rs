// SPDX-License-Identifier: GPL-2.0

//! Telling the network of a new active slave: peer notifications and IGMP reports.

use crate::{
    bond::{Bond, State, IGMP},
    member::Member,
    role::tell, //
};
use bonding_core::{
    mode::Mode,
    peers::{Audience, Passes}, //
};
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
        let every = state.params.peer_notif_delay.intervals();
        state.peers = Passes::granted(state.params.num_peer_notif, every);
        drop(state);
        // The monitor counts the passes.
        self.look_at_links();
    }

    /// Has the addresses above the bond announced if it is time, and counts the pass; with `count` even one
    /// that announced nothing. `bond_peer_notify_may_events()` in C.
    pub(crate) fn notify_peers(&self, count: bool, rtnl: &Rtnl<'_>) {
        let announces = {
            let mut state = self.lock();
            let every = state.params.peer_notif_delay.intervals();
            let audience = self.audience(&state);
            state.peers.pass(every, audience, count)
        };
        if announces {
            tell(self.dev(), Event::NotifyPeers, rtnl);
        }
    }

    /// Who would hear an announcement now; `bond_should_notify_peers()` in C.
    fn audience(&self, state: &State) -> Audience {
        let (usable, pending) = match (state.mode(), &state.active) {
            (Mode::Ieee8023ad, _) => (state.members.iter().any(Member::can_tx), false),
            (_, Some(active)) => (true, active.dev.is_linkwatch_pending()),
            (_, None) => (false, false),
        };
        if !usable {
            Audience::Nobody
        } else if pending || !self.dev().carrier_ok() {
            Audience::NotYet
        } else {
            Audience::Peers
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
