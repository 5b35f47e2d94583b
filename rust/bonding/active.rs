// SPDX-License-Identifier: GPL-2.0

//! The active slave: choosing it, and switching to it.
//!
//! A change has two halves. [`Bond::switch`] does, under the bond's lock alone, what decides where frames go:
//! the choice, the slaves' roles, what transmit and other drivers look at. What is left to do is noted in
//! the bond's state; [`Bond::settle`] does it under RTNL, in C's order.

mod mac;
mod settle;

pub(crate) use settle::Unsettled;

use crate::{
    bond::{Bond, State},
    member::now,
    role::LowerState,
    slave::Slave, //
};
use bonding_core::{
    failover::Reason,
    link,
    select::{self, Candidate}, //
};
use kernel::sync::Arc;
use kernel_net::rtnl::Rtnl;

/// A change of the active slave of which some is left to do under RTNL.
///
/// Several changes that RTNL was not at hand for are one: from the first slave to the last.
pub(crate) struct Failover {
    /// The slave that still has what only the active slave receives.
    pub(crate) old: Option<Arc<Slave>>,
    new: Option<Arc<Slave>>,
    /// It was chosen rather than asked for: the bond's carrier goes by it.
    chosen: bool,
    /// To be logged of `new`.
    said: Option<link::Event>,
    /// To be told of `new`, which came up before `updelay` was over.
    early: Option<LowerState>,
    old_role: Option<LowerState>,
    new_role: Option<LowerState>,
    /// Switches were taught where `new` is, and it has the multicast addresses.
    taught: bool,
}

impl State {
    /// The best slave now; `bond_find_best_slave()` in C.
    fn best(&mut self) -> Option<Arc<Slave>> {
        let (timing, now) = (self.timing(), now());
        let (active, primary) = (&self.active, &self.primary);
        let policy = select::Policy {
            reselect: self.params.primary_reselect,
            force_primary: &mut self.force_primary,
            updelay: timing.updelay,
        };
        let best = select::best(
            policy,
            self.members.iter().map(|m| Candidate {
                link: m.link.state(),
                remaining: m.link.remaining(&timing, now),
                up: m.slave.is_up(),
                prio: m.prio,
                speed: m.speed,
                active: active.as_ref().is_some_and(|a| a.is(&m.slave)),
                primary: primary.as_ref().is_some_and(|p| p.is(&m.slave)),
            }),
        )?;
        self.members.get(best).map(|m| m.slave.clone())
    }
}

impl Bond {
    /// Makes the best slave the active one, if it is not; `bond_select_active_slave()` in C.
    ///
    /// `why` is counted if another slave was active before.
    pub(crate) fn select_active(&self, why: Reason, rtnl: &Rtnl<'_>) {
        self.settle(rtnl);
        let switched = self.choose(&mut self.lock(), why);
        if switched {
            self.publish();
            self.settle(rtnl);
        }
    }

    /// Makes `new` the active slave, or none; `bond_change_active_slave()` in C.
    ///
    /// `why` is counted if another slave was active before.
    pub(crate) fn change_active(&self, new: Option<Arc<Slave>>, why: Reason, rtnl: &Rtnl<'_>) {
        self.settle(rtnl);
        let switched = self.switch(&mut self.lock(), new, why, false);
        if switched {
            self.publish();
            self.settle(rtnl);
        }
    }

    /// Switches to the best slave; whether that is another than before. The plan is to be published then.
    pub(crate) fn choose(&self, state: &mut State, why: Reason) -> bool {
        let best = state.best();
        self.switch(state, best, why, true)
    }

    /// Switches to `new`, or to no slave; whether that is another than before. The plan is to be published
    /// then.
    fn switch(
        &self,
        state: &mut State,
        new: Option<Arc<Slave>>,
        why: Reason,
        chosen: bool,
    ) -> bool {
        match (&state.active, &new) {
            (Some(old), Some(new)) if old.is(new) => return false,
            (None, None) => return false,
            _ => {}
        }
        let (mode, roles) = (state.mode(), state.roles());
        let earlier = self.take_unsettled(state);
        let (said, early) = new.as_ref().map_or((None, None), |new| state.promote(new));
        self.abi().set_curr_active(new.as_ref().map(|s| s.abi()));
        let old = core::mem::replace(&mut state.active, new.clone());
        let (mut old_role, mut new_role) = (None, None);
        if mode.uses_primary() {
            if old.is_some() {
                state.failovers.count(why);
            }
            old_role = old.as_ref().and_then(|old| roles.stand_by(old));
            new_role = new.as_ref().and_then(|new| roles.activate(new));
        }
        state.failover = Some(Failover {
            old: match earlier {
                Some(earlier) => earlier.old,
                None => old,
            },
            new,
            chosen,
            said,
            early,
            old_role,
            new_role,
            taught: false,
        });
        true
    }

    /// The change that this one takes the place of, if RTNL was not at hand for it; what it has to say is said.
    fn take_unsettled(&self, state: &mut State) -> Option<Failover> {
        if state.failover.is_some() {
            self.say(state);
        }
        state.failover.take()
    }
}

impl State {
    /// Brings a slave that is about to be active up early; what is to be logged and to be told.
    fn promote(&mut self, new: &Slave) -> (Option<link::Event>, Option<LowerState>) {
        let (mode, timing) = (self.mode(), self.timing());
        let Some(member) = self.member_mut(new) else {
            return (None, None);
        };
        let (early, said) = member.link.choose(mode, &timing, now());
        new.set_link(&member.link);
        (said, early.then(|| LowerState::of(new)))
    }
}
