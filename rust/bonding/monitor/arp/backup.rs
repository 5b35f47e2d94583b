// SPDX-License-Identifier: GPL-2.0

//! A pass of the ARP monitor in active-backup.

use crate::{
    bond::{Bond, State},
    log::log_event,
    member::now,
    role::LowerState,
    slave::Slave, //
};
use bonding_core::{
    arp::{
        backup::{self, Look, Prober, Verdict},
        Traffic,
    },
    failover::waits_for_rtnl,
    link::{LinkState, Role, Standing},
    time::Jiffies, //
};
use kernel::sync::Arc;
use kernel_net::{netdev_info, sync::SharedWord};

impl State {
    /// Enters the states that the inspection proposed, and notes what is left to do of them;
    /// `bond_ab_arp_commit()` in C. Whether any was entered, and whether the active slave is to be selected anew.
    ///
    /// With `alone`, those which wait for RTNL stay as they are.
    pub(super) fn enter_backups(&mut self, alone: bool, prober_sent: &SharedWord) -> (bool, bool) {
        let (now, mode, roles) = (now(), self.mode(), self.roles());
        let fail_over_mac = self.params.fail_over_mac;
        let current_prio = self
            .active
            .as_ref()
            .and_then(|active| self.member(active))
            .map(|m| m.prio);
        let (active, primary) = (&self.active, &self.primary);
        let (mut entered, mut reselect) = (false, false);
        let mut retired = None;
        for member in self.members.iter_mut() {
            let waits = |to: &mut LinkState| alone && waits_for_rtnl(mode, fail_over_mac, *to);
            if member.arp_proposal.as_mut().is_some_and(waits) {
                continue;
            }
            let Some(to) = member.arp_proposal.take() else {
                continue;
            };
            let slave = &member.slave;
            let standing = Standing {
                is_current: active.as_ref().is_some_and(|a| a.is(slave)),
                is_primary: primary.as_ref().is_some_and(|p| p.is(slave)),
                prio: member.prio,
                current_prio,
            };
            let Verdict { outcome, prober } = backup::commit(&mut member.link, to, &standing, now);
            slave.set_link(&member.link);
            match prober {
                Prober::Keep => {}
                Prober::Retire => retired = self.arp.prober.take().or(retired),
                Prober::Forget => self.arp.prober = None,
            }
            let left = &mut member.unsettled;
            if outcome.notify {
                left.link = Some(LowerState::of(slave));
            }
            if retired.as_ref().is_some_and(|prober| prober.is(slave))
                || outcome.role == Role::Inactive
            {
                left.role = roles.stand_by(slave).or(left.role);
            }
            left.said = outcome.event;
            reselect |= outcome.reselect;
            entered = true;
        }
        if let Some(member) = retired.and_then(|prober| self.member_mut(&prober)) {
            let told = roles.stand_by(&member.slave);
            member.unsettled.role = told.or(member.unsettled.role);
        }
        if self.arp.prober.is_none() {
            prober_sent.set(0);
        }
        (entered, reselect)
    }
}

impl Bond {
    /// Looks at when each slave sent and received, and notes what its link should become;
    /// `bond_ab_arp_inspect()` in C. Whether any should become something else.
    pub(super) fn inspect_backups(&self, now: Jiffies) -> bool {
        let mut state = self.lock();
        let state = &mut *state;
        let timing = state.arp_timing();
        let probing = state.arp.prober.is_some();
        let params = &state.params;
        let mut changed = false;
        for member in state.members.iter_mut() {
            let slave = &member.slave;
            let times = &slave.times;
            let look = Look {
                traffic: Traffic {
                    last_rx: times.last_rx(
                        params.arp_all_targets,
                        &params.arp_targets,
                        &params.ns_targets,
                    ),
                    ..times.traffic()
                },
                active: !slave.is_backup(),
                probing,
                now,
            };
            // What came in before the carrier was lost proves nothing.
            member.arp_proposal = backup::inspect(&member.link, &look, &timing)
                .filter(|to| !to.is_up() || slave.is_up());
            changed |= member.arp_proposal.is_some();
        }
        changed
    }

    /// Asks over the active slave, or over the next one that might become it; `bond_ab_arp_probe()` in C.
    pub(super) fn probe(&self) {
        let (active, prober) = {
            let state = self.lock();
            (state.active.clone(), state.arp.prober.clone())
        };
        if let Some(active) = active {
            if let Some(prober) = prober {
                netdev_info!(
                    self.dev(),
                    "PROBE: c_arp {} && cas {} BAD\n",
                    prober.dev.name(),
                    active.dev.name()
                );
            }
            self.send_probes(&active);
            return;
        }
        let (next, stale) = self.begin_search();
        if stale {
            self.publish();
        }
        if let Some(next) = next {
            self.send_probes(&next);
            self.prober_sent.set(now().0);
            let mut state = self.lock();
            if let Some(member) = state.member_mut(&next) {
                member.link.grant_time(now());
                next.set_link(&member.link);
                state.arp.prober = Some(next);
            }
        }
    }

    /// Takes links down that are stale, and finds the slave that is to ask next, which gets active flags. Whether
    /// any link was stale.
    ///
    /// Works without RTNL; listeners are told later.
    fn begin_search(&self) -> (Option<Arc<Slave>>, bool) {
        let mut state = self.lock();
        let state = &mut *state;
        let now = now();
        let current = state
            .arp
            .prober
            .as_ref()
            .and_then(|prober| state.members.iter().position(|m| m.slave.is(prober)));
        let next = backup::next_prober(current, state.members.iter().map(|m| m.slave.is_up()));
        let mut stale = false;
        for member in state.members.iter_mut() {
            if !backup::is_stale(&member.link, member.slave.is_up()) {
                continue;
            }
            stale = true;
            let event = backup::take_down(&mut member.link, now);
            member.slave.set_link(&member.link);
            member.untold_link = !member.untold_link;
            member.set_backup_untold(true);
            if !state.params.all_slaves_active {
                member.slave.set_inactive(true);
            }
            log_event(self.dev(), &member.slave.dev, &event);
        }
        let Some(member) = next.and_then(|place| state.members.get_mut(place)) else {
            return (None, stale);
        };
        backup::begin(&mut member.link, now);
        member.slave.set_link(&member.link);
        member.untold_link = !member.untold_link;
        member.set_backup_untold(false);
        member.slave.set_inactive(false);
        (Some(member.slave.clone()), stale)
    }
}
