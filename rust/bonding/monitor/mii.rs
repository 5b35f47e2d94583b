// SPDX-License-Identifier: GPL-2.0

//! The MII monitor: looks at carriers when a device says that its own changed, whenever a delay ends, and every
//! `miimon`.

use crate::{
    bond::{Bond, MII},
    log::log_event,
    member::{now, read_speed},
    slave::Slave, //
};
use bonding_core::link::{self, LinkState, Monitor, Outcome, Proposal, Role, Sample, Standing};
use kernel::sync::Arc;
use kernel_net::{
    rtnl::{self, Rtnl},
    workqueue::{DelayedWorkItem, DelayedWorks}, //
};

impl DelayedWorkItem<MII> for Bond {
    /// `bond_mii_monitor()` in C.
    fn run(&self) {
        let polled = self.poll_is_due();
        let changed = self.inspect_links();
        let announcing = polled && self.lock().peer_notifications != 0;
        if changed || announcing {
            // Closing the bond waits for this work under RTNL, so it must not be waited for here.
            let Some(guard) = rtnl::try_lock() else {
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

    /// Looks at all links and notes what they should become; `bond_miimon_inspect()` in C. Whether any
    /// should become something else.
    fn inspect_links(&self) -> bool {
        let mut state = self.lock();
        let monitor = state.monitor();
        let (timing, mode, now) = (state.timing(), state.mode(), now());
        let usable = state.members.iter().any(|m| m.can_tx());
        let mut ignore_updelay = link::ignore_updelay(mode, state.active.is_some(), usable.into());
        let mut changed = false;
        for member in state.members.iter_mut() {
            let sample = Sample {
                carrier: member.slave.is_up(),
                active: !member.slave.is_backup(),
                mode,
                now,
            };
            member.proposal = match monitor {
                // A carrier proves nothing there, but none is proof.
                Monitor::Arp => member.link.inspect_loss(&sample),
                Monitor::Mii | Monitor::None => {
                    member.link.inspect(&sample, &timing, &mut ignore_updelay)
                }
            };
            member.link.mark_seen();
            changed |= member.proposal.is_some();
        }
        changed
    }

    /// Does what the inspection proposed; `bond_miimon_commit()` in C.
    fn commit_links(&self, rtnl: &Rtnl<'_>) {
        for slave in self.slaves(rtnl) {
            let event = self.lock().member(&slave).and_then(|m| m.proposal?.event);
            if let Some(event) = event {
                log_event(self.dev(), &slave.dev, &event);
            }
        }
        let mut reselect = false;
        for slave in self.slaves(rtnl) {
            let proposal = self
                .lock()
                .member_mut(&slave)
                .and_then(|m| m.proposal.take());
            if let Some(proposal) = proposal {
                reselect |= self.commit_link(&slave, &proposal, rtnl);
            }
        }
        if reselect {
            self.select_active(rtnl);
        }
        self.update_carrier(rtnl);
        self.publish();
    }

    /// Enters one link's new state and tells of it. Whether the active slave is to be selected anew.
    fn commit_link(&self, slave: &Arc<Slave>, proposal: &Proposal, rtnl: &Rtnl<'_>) -> bool {
        if proposal.state == LinkState::Up {
            self.store_speed(slave, read_speed(&slave.dev, rtnl));
        }
        let Some(outcome) = self.enter_state(slave, proposal) else {
            return false;
        };
        if outcome.notify {
            self.link_changed(slave, rtnl);
        }
        match outcome.role {
            Role::Keep => {}
            Role::Active => self.set_role(slave, false, rtnl),
            Role::Backup => self.set_role(slave, true, rtnl),
            Role::Inactive => self.set_inactive_flags(slave, rtnl),
        }
        if let Some(event) = &outcome.event {
            log_event(self.dev(), &slave.dev, event);
        }
        if let Some(up) = outcome.changed {
            self.update_port_link(slave);
            self.publish();
            self.alb_link_changed(slave, up, rtnl);
        }
        outcome.reselect
    }

    fn enter_state(&self, slave: &Slave, proposal: &Proposal) -> Option<Outcome> {
        let mut state = self.lock();
        let mode = state.mode();
        let is_current = state.is_active(slave);
        let is_primary = state.is_primary(slave);
        let current_prio = state
            .active
            .as_ref()
            .and_then(|active| state.member(active))
            .map(|m| m.prio);
        let member = state.member_mut(slave)?;
        let standing = Standing {
            is_current,
            is_primary,
            prio: member.prio,
            current_prio,
        };
        let outcome = member
            .link
            .commit(proposal, mode, member.speed, &standing, now());
        slave.set_link(member.link.state());
        Some(outcome)
    }
}
