// SPDX-License-Identifier: GPL-2.0

//! Changes of links: one pass under the bond's lock decides and enters them all, then they are acted on.
//!
//! With RTNL the pass takes all changes; without, a loss that need not wait for it
//! ([`waits_for_rtnl`]).

use crate::{
    active::Unsettled,
    bond::{Bond, State},
    member::{now, read_speed, Member},
    role::{LowerState, RolePolicy},
    slave::Slave, //
};
use bonding_core::{
    failover::{waits_for_rtnl, Reason},
    link::{self, Event, LinkState, Monitor, Outcome, Proposal, Role, Sample, Standing},
    mode::Mode, //
};
use kernel::sync::Arc;
use kernel_net::rtnl::Rtnl;

/// Why the active slave is to be selected anew, if it is.
#[derive(Default)]
struct Reselect(Option<Reason>);

impl Reselect {
    /// The active slave lost its link, or a better one came up.
    fn add(&mut self, state: LinkState) {
        self.0 = match (state, self.0) {
            (LinkState::Down, _) | (_, Some(Reason::Carrier)) => Some(Reason::Carrier),
            _ => Some(Reason::Primary),
        };
    }
}

impl State {
    /// Looks at all links and notes what they should become; `bond_miimon_inspect()` in C. Whether any
    /// should become something else.
    fn inspect_links(&mut self) -> bool {
        let (monitor, timing, mode, now) = (self.monitor(), self.timing(), self.mode(), now());
        let usable = self.members.iter().any(|m| m.can_tx());
        let mut ignore_updelay = link::ignore_updelay(mode, self.active.is_some(), usable.into());
        let mut changed = false;
        for member in self.members.iter_mut() {
            member.proposal = None;
            if member.slave.dev.is_dismantled() {
                // It is about to be released.
                continue;
            }
            let sample = Sample {
                carrier: member.has_carrier(monitor),
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
            changed |= member.proposal.is_some();
        }
        changed
    }

    /// Enters the states that the inspection proposed and notes what is left to do of them;
    /// `bond_miimon_commit()` in C. Whether any was entered, and why the active slave is to be selected anew.
    ///
    /// With `alone`, those which wait for RTNL stay as they are.
    fn enter_links(&mut self, alone: bool) -> (bool, Option<Reason>) {
        let now = now();
        let (mode, roles) = (self.mode(), self.roles());
        let (monitor, long_ago) = (self.monitor(), self.long_ago(now));
        let fail_over_mac = self.params.fail_over_mac;
        let current_prio = self
            .active
            .as_ref()
            .and_then(|active| self.member(active))
            .map(|m| m.prio);
        let (active, primary) = (&self.active, &self.primary);
        let (mut entered, mut reselect) = (false, Reselect::default());
        for member in self.members.iter_mut() {
            let Some(proposal) = member.proposal.take() else {
                continue;
            };
            if alone && waits_for_rtnl(mode, fail_over_mac, proposal.state) {
                continue;
            }
            let standing = Standing {
                is_current: active.as_ref().is_some_and(|a| a.is(&member.slave)),
                is_primary: primary.as_ref().is_some_and(|p| p.is(&member.slave)),
                prio: member.prio,
                current_prio,
            };
            let outcome = member
                .link
                .commit(&proposal, mode, member.speed, &standing, now);
            member.slave.set_link(&member.link);
            if monitor == Monitor::Arp && member.link.state() == LinkState::Down {
                // A link that comes back has to prove itself anew.
                member.slave.times.begin(long_ago);
            }
            member.note(&proposal, &outcome, roles);
            entered = true;
            if outcome.reselect {
                reselect.add(member.link.state());
            }
        }
        (entered, reselect.0)
    }

    /// Whether the active slave has just lost its carrier, need not wait for RTNL to be replaced, and can be.
    fn can_fail_over_alone(&self) -> bool {
        let lost = |m: &Member| {
            m.link_up() && !m.slave.is_up() && !m.trusted && !m.slave.dev.is_dismantled()
        };
        !waits_for_rtnl(self.mode(), self.params.fail_over_mac, LinkState::Down)
            && self
                .active
                .as_ref()
                .and_then(|active| self.member(active))
                .is_some_and(lost)
            && self.members.iter().any(|m| m.link_up() && m.slave.is_up())
    }
}

impl Member {
    /// Sets the slave's flags, and notes what is to be logged and told of its link.
    fn note(&mut self, proposal: &Proposal, outcome: &Outcome, roles: RolePolicy) {
        let slave: &Arc<Slave> = &self.slave;
        let left: &mut Unsettled = &mut self.unsettled;
        left.noticed = proposal.event;
        if outcome.notify {
            left.link = Some(LowerState::of(slave));
        }
        let role = match outcome.role {
            Role::Keep => None,
            Role::Active => roles.set_backup(slave, false),
            Role::Backup => roles.set_backup(slave, true),
            Role::Inactive => roles.stand_by(slave),
        };
        left.role = role.or(left.role);
        // C repeats at each look that the speed is still not known.
        let repeated = outcome.event == Some(Event::SpeedUnknown)
            && core::mem::replace(&mut self.said_unknown, true);
        left.said = outcome.event.filter(|_| !repeated);
        left.up = outcome.changed.or(left.up);
    }
}

impl Bond {
    /// Whether a link should become something else than it is.
    pub(crate) fn links_want_to_change(&self) -> bool {
        let mut state = self.lock();
        let wanted = state.inspect_links();
        let now = now();
        for member in state.members.iter_mut() {
            member.link.mark_seen(now);
        }
        wanted
    }

    /// Enters all changes of links there are, and acts on them.
    pub(crate) fn commit_links(&self, rtnl: &Rtnl<'_>) {
        self.lock().committing = true;
        self.settle(rtnl);
        self.lock().inspect_links();
        // Drivers are asked without the bond's lock.
        for slave in self.slaves(rtnl) {
            let comes_up = self
                .lock()
                .member(&slave)
                .and_then(|m| m.proposal)
                .is_some_and(|p| p.state == LinkState::Up);
            if comes_up {
                self.store_speed(&slave, read_speed(&slave.dev, rtnl));
            }
        }
        if self.enter(false) {
            self.settle(rtnl);
            self.update_carrier(rtnl);
        }
        self.lock().committing = false;
    }

    /// Enters the losses of links that need not wait for RTNL.
    ///
    /// Any context that may sleep. [`Self::settle`] is to follow, under RTNL; until it can, what is urgent is
    /// done by [`Self::settle_early`].
    pub(crate) fn lose_links(&self) {
        {
            let mut state = self.lock();
            state.inspect_links();
            // What an earlier pass left to be said of the same link comes first.
            let mut members = state.members.iter();
            if members.any(|m| m.proposal.is_some() && m.unsettled.is_some()) {
                self.say(&mut state);
            }
        }
        self.enter(true);
    }

    /// A device told that its link changed: acts on the loss of the active slave at once, and has the rest
    /// done by the bond's work.
    ///
    /// For netdevice events, where the device's own lock may be held: calls into no device.
    pub(crate) fn link_event(&self) {
        if !self.dev().is_running() {
            self.publish();
            return;
        }
        let alone = {
            let mut state = self.lock();
            // A carrier that came ends the trust in its slave, even if it is gone before the work looks.
            let monitor = state.monitor();
            for member in state.members.iter_mut() {
                let _ = member.has_carrier(monitor);
            }
            let alone = state.can_fail_over_alone();
            if alone {
                state.inspect_links();
            }
            alone
        };
        // Who finds something unsettled can rely on the work that settles it.
        self.look_at_links();
        if !(alone && self.enter(true)) {
            self.publish();
        }
    }

    /// Enters what the inspection proposed, selects the active slave anew if need be, and publishes the plan,
    /// once. Whether anything changed.
    fn enter(&self, alone: bool) -> bool {
        let entered = {
            let mut state = self.lock();
            let (entered, reselect) = state.enter_links(alone);
            if let Some(why) = reselect {
                self.choose(&mut state, why);
            }
            entered
        };
        if entered {
            self.publish();
        }
        if entered && alone && self.mode() == Mode::Ieee8023ad {
            self.tell_mode_of_losses();
        }
        entered
    }

    /// Tells 802.3ad of links that went down, which does not wait for RTNL.
    fn tell_mode_of_losses(&self) {
        loop {
            let lost = {
                let mut state = self.lock();
                let mut unsettled = state.members.iter_mut();
                unsettled.find_map(|m| m.unsettled.up.take().map(|_| m.slave.clone()))
            };
            match lost {
                Some(slave) => self.update_port_link(&slave),
                None => return,
            }
        }
    }
}
