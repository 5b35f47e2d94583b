// SPDX-License-Identifier: GPL-2.0

//! balance-tlb and balance-alb: the work that keeps the loads level, and what a change of slaves means for them.

mod address;
mod flows;
mod learn;

pub(crate) use flows::{owner, Flows, NOBODY};

use crate::{
    bond::{Bond, State, ALB},
    member::now,
    slave::Slave, //
};
use bonding_core::{
    mode::Mode,
    numbered::lowest_free,
    time::{Hz, Jiffies, Millis, Ticks},
    tlb::{Slot, REBALANCE}, //
};
use kernel::{
    prelude::*,
    sync::{rcu, Arc}, //
};
use kernel_net::{
    rtnl::Rtnl,
    time,
    workqueue::{DelayedWorkItem, DelayedWorks}, //
};

/// What the work waits for.
#[derive(Clone, Copy)]
pub(crate) struct Timers {
    /// When learning frames were sent last, or the first slave joined.
    learnt: Jiffies,
    /// When the flows were distributed last.
    levelled: Jiffies,
}

impl State {
    /// The numbers of slaves below which all are, and one that might join.
    pub(crate) fn slots(&self) -> usize {
        let used = self
            .members
            .iter()
            .map(|m| usize::from(m.slot.0).wrapping_add(1))
            .fold(0, core::cmp::max);
        used.max(self.members.len().wrapping_add(1))
    }

    /// The lowest number that no slave has.
    pub(crate) fn free_slot(&self) -> Slot {
        Slot(lowest_free(self.members.iter().map(|m| m.slot.0)))
    }

    /// Whether the work has anything to do: not if flows go by a hash and nobody is to be taught.
    fn balances(&self) -> bool {
        self.params.mode == Mode::Alb
            || (self.params.mode == Mode::Tlb && self.params.tlb_dynamic_lb)
    }
}

impl Bond {
    /// Makes the tables and starts the work; the part of `bond_open()` in C for these modes.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    pub(crate) fn alb_open(&self) -> Result {
        let (mode, slots) = {
            let state = self.lock();
            (state.mode(), state.slots())
        };
        if !mode.is_lb() {
            return Ok(());
        }
        let flows = Flows::new(slots, now())?;
        if mode == Mode::Alb {
            self.rlb_open()?;
        }
        {
            let mut state = self.lock();
            state.receives_balanced = mode == Mode::Alb;
            state.flows = Some(flows);
        }
        self.alb_wake();
        Ok(())
    }

    /// Stops the work and frees the tables once nobody looks at them; `bond_alb_deinitialize()` in C.
    pub(crate) fn alb_close(&self) {
        self.work::<ALB>().cancel_sync();
        self.rlb_close();
        let flows = {
            let mut state = self.lock();
            state.alb_timers = None;
            state.flows.take()
        };
        if flows.is_some() {
            self.publish();
        }
    }

    /// Has the work look now. Any context.
    pub(crate) fn alb_wake(&self) {
        self.work::<ALB>().requeue(0);
    }

    /// A slave's link came up or went down; `bond_alb_handle_link_change()` in C.
    pub(crate) fn alb_link_changed(&self, slave: &Arc<Slave>, up: bool, rtnl: &Rtnl<'_>) {
        if !self.mode().is_lb() {
            return;
        }
        if up {
            self.alb_order();
        } else {
            self.release_flows(slave);
            self.alb_clear_clients(slave, rtnl);
        }
    }

    /// A slave has joined: flows and clients are to be distributed anew.
    pub(crate) fn alb_order(&self) {
        self.rlb_rebalance_soon();
        let flows = self.lock().flows.clone();
        if let Some(flows) = flows {
            flows.order();
            self.alb_wake();
        }
    }

    /// A slave has left, and no new active one is chosen yet; `bond_alb_deinit_slave()` in C.
    pub(crate) fn alb_detach(&self, slave: &Arc<Slave>, rtnl: &Rtnl<'_>) {
        self.alb_take_back(slave, rtnl);
        self.alb_clear_clients(slave, rtnl);
    }

    /// Takes all flows from a slave.
    pub(crate) fn release_flows(&self, slave: &Slave) {
        let (flows, slot) = {
            let state = self.lock();
            let Some(member) = state.member(slave) else {
                return;
            };
            (state.flows.clone(), member.slot)
        };
        if let Some(flows) = flows {
            flows.release(slot);
        }
    }

    /// Has the clients of a slave that is lost received by others; `rlb_clear_slave()` in C.
    fn alb_clear_clients(&self, slave: &Slave, rtnl: &Rtnl<'_>) {
        let is_active = {
            let state = self.lock();
            if !state.receives_balanced {
                return;
            }
            state.settled_active().is_some_and(|a| a.is(slave))
        };
        self.rlb_clear_slave(slave);
        if !is_active {
            self.rlb_teach_disabled(&slave.dev.hw_addr(), rtnl);
        }
    }

    /// Distributes the flows anew if it is time or somebody asked for it.
    fn alb_level(&self, flows: &Flows, timers: &mut Timers, now: Jiffies) {
        let due = timers.levelled.after(interval(REBALANCE));
        if !flows.take_order() && !due.reached(now) {
            return;
        }
        timers.levelled = now;
        let mut counted = flows.sample();
        let guard = rcu::read_lock();
        if let Some(plan) = self.plan.load(&guard) {
            flows.rebalance(plan, &mut counted, now);
        }
    }
}

/// A span as ticks of the kernel.
fn interval(span: Millis) -> Ticks {
    Hz::new(time::HZ).ticks(span)
}

impl DelayedWorkItem<ALB> for Bond {
    /// `bond_alb_monitor()` in C, which looks ten times a second whether it is time for anything.
    fn run(&self) {
        let now = now();
        let (flows, mode, learning, timers) = {
            let mut state = self.lock();
            let Some(flows) = state.flows.clone() else {
                return;
            };
            if !state.balances() || state.members.is_empty() {
                // The next slave that joins has the work run again.
                state.alb_timers = None;
                return;
            }
            let learning = Millis(state.params.lp_interval.saturating_mul(1000));
            (flows, state.mode(), learning, state.alb_timers)
        };
        let mut timers = timers.unwrap_or(Timers {
            learnt: now,
            levelled: now,
        });
        let learning = interval(learning);
        if timers.learnt.after(learning).reached(now) {
            timers.learnt = now;
            self.alb_learn(mode == Mode::Alb);
        }
        self.alb_level(&flows, &mut timers, now);
        self.lock().alb_timers = Some(timers);

        let mut next = timers
            .learnt
            .after(learning)
            .min(timers.levelled.after(interval(REBALANCE)));
        if mode == Mode::Alb {
            next = self.rlb_run(now).map_or(next, |rlb| rlb.min(next));
        }
        self.work::<ALB>().queue(next.left(now).0.max(1));
    }
}
