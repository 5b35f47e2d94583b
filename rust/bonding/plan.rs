// SPDX-License-Identifier: GPL-2.0

//! What transmit needs to know of a bond, compiled by the control path and published by RCU.

use crate::{
    alb::{self, Flows},
    bond::{Bond, State},
    member::Member,
    slave::Slave, //
};
use bonding_core::{
    mode::Mode,
    option::XmitPolicy,
    queue,
    sched::{Divisor, Pace},
    tlb::Slot, //
};
use kernel::{prelude::*, sync::Arc};
use kernel_net::{
    sync::rcu::{RcuBox, RcuRef, RcuSlot},
    tx::TxPort, //
};

/// A plan that nobody reads, with room for the next one to be compiled in place.
pub(crate) type PlanBuffer = RcuBox<Header, Entry>;
/// The plan a reader found.
pub(crate) type Plan<'a> = RcuRef<'a, Header, Entry>;
/// Where a bond publishes its plan.
pub(crate) type PlanSlot = RcuSlot<Header, Entry>;

/// The plans of a bond as the control path sees them.
pub(crate) struct Plans {
    /// The next plan; always there between two publications.
    spare: Option<PlanBuffer>,
    /// How many slaves the plan in force has room for.
    in_force: usize,
}

impl Plans {
    /// The plans of a bond without slaves, to go with one of [`buffer`]`(0)` in force.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            spare: Some(buffer(0)?),
            in_force: 0,
        })
    }

    /// How many slaves the next plan has room for.
    fn spare_room(&self) -> usize {
        self.spare.as_ref().map_or(0, |plan| plan.capacity() / 2)
    }
}

/// What is the same for every packet of a bond.
pub(crate) struct Header {
    pub(crate) mode: Mode,
    pub(crate) policy: XmitPolicy,
    /// Finds the slave that has a queue of its own, if there is one and the mode honours it.
    pub(crate) queues: Option<Divisor>,
    /// A slave has IPsec SAs: frames that it is to encrypt may not leave by another one.
    pub(crate) has_sas: bool,
    /// The bond has one transmit queue: the core asks for none, and saves none for the slave.
    pub(crate) one_queue: bool,
    /// One of the three: each frame is to be looked at.
    pub(crate) has_exceptions: bool,
    /// ARP and neighbour discovery go to every usable slave.
    pub(crate) broadcast_neighbor: bool,
    /// How many devices are stacked below the bond with these slaves.
    pub(crate) level: u8,
    /// Picks one of the usable slaves, if there are any.
    pub(crate) pick: Divisor,
    /// The port that all frames go to, if the mode is such.
    pub(crate) only: Option<TxPort>,
    /// The active slave.
    pub(crate) active: Option<TxPort>,
    /// The active slave's number.
    pub(crate) active_slot: Option<Slot>,
    /// Flows have owners, as opposed to being spread by their hash.
    pub(crate) dynamic: bool,
    /// The flows of balance-tlb and balance-alb that have owners, while the bond is open.
    pub(crate) flows: Option<Arc<Flows>>,
    /// What makes the next number of balance-rr.
    pub(crate) turn: Pace,
}

/// One slave in a plan: the usable ones come first, then all, each time in the order they joined.
pub(crate) struct Entry {
    pub(crate) port: TxPort,
    pub(crate) slave: Arc<Slave>,
    /// The slave's number in the bond.
    pub(crate) slot: Slot,
    /// What says of a flow that it belongs to this slave, if it is usable; see [`Flows`].
    pub(crate) owner: u32,
    /// Mbit/s, 0 if unknown.
    pub(crate) speed: u32,
    pub(crate) queue_id: u16,
    links: queue::Links,
    /// The monitor has the link up.
    pub(crate) link_up: bool,
}

/// The usable slaves of a plan.
#[inline(always)]
pub(crate) fn usable(plan: Plan<'_>) -> &[Entry] {
    plan.into_front()
}

/// All slaves of a plan, in the order they joined.
#[inline]
pub(crate) fn all(plan: Plan<'_>) -> &[Entry] {
    plan.into_rest()
}

/// Allocates a plan without slaves that has room for `slaves` of them.
///
/// # Errors
///
/// `ENOMEM`.
pub(crate) fn buffer(slaves: usize) -> Result<PlanBuffer> {
    let capacity = slaves.checked_mul(2).ok_or(ENOMEM)?;
    Ok(RcuBox::new(Header::EMPTY, capacity, GFP_KERNEL)?)
}

/// What a plan holds of the bond's device.
struct Upper {
    level: u8,
    has_sas: bool,
    one_queue: bool,
}

/// Writes into `plan` what `state` says now.
fn compile(state: &State, upper: &Upper, plan: &mut PlanBuffer) {
    let params = &state.params;
    plan.clear();
    for member in state.members.iter().filter(|m| m.can_tx()) {
        let place = plan.entries().len();
        // There is room: `Bond::reserve` made it before the member joined.
        let _ = plan.push(Entry::of(member, alb::owner(member.slot, place)));
    }
    let usable = plan.entries().len();
    plan.end_front();
    for member in state.members.iter() {
        let _ = plan.push(Entry::of(member, alb::NOBODY));
    }
    let slaves = plan.entries_mut().get_mut(usable..);
    let queues = slaves
        .filter(|_| params.mode.overrides_tx_queue())
        .and_then(queue::index);
    let active = state.active.as_ref().map(|s| TxPort::new(&s.dev));
    **plan = Header {
        mode: params.mode,
        policy: params.xmit_policy,
        queues,
        has_sas: upper.has_sas,
        one_queue: upper.one_queue,
        has_exceptions: queues.is_some() || upper.has_sas || upper.one_queue,
        broadcast_neighbor: params.broadcast_neighbor,
        level: upper.level,
        pick: Divisor::new(usable as u32).unwrap_or(Divisor::NONE),
        only: active.clone().filter(|_| params.mode == Mode::ActiveBackup),
        active,
        active_slot: state
            .active
            .as_ref()
            .and_then(|s| state.member(s))
            .map(|m| m.slot),
        dynamic: params.tlb_dynamic_lb,
        flows: state.flows.clone().filter(|_| params.tlb_dynamic_lb),
        turn: Pace::new(params.packets_per_slave.into()),
    };
}

impl Header {
    /// No slaves.
    const EMPTY: Self = Self {
        mode: Mode::RoundRobin,
        policy: XmitPolicy::Layer2,
        queues: None,
        has_sas: false,
        one_queue: false,
        has_exceptions: false,
        broadcast_neighbor: false,
        level: 0,
        pick: Divisor::NONE,
        only: None,
        active: None,
        active_slot: None,
        dynamic: true,
        flows: None,
        turn: Pace::Random,
    };
}

impl Entry {
    fn of(member: &Member, owner: u32) -> Self {
        Self {
            port: TxPort::new(&member.slave.dev),
            slave: member.slave.clone(),
            slot: member.slot,
            owner,
            speed: member.speed.mbps.unwrap_or(0),
            queue_id: member.queue_id,
            links: queue::Links::NONE,
            link_up: member.link_up(),
        }
    }
}

impl queue::Queued for Entry {
    #[inline]
    fn queue(&self) -> u16 {
        self.queue_id
    }

    #[inline]
    fn links(&self) -> &queue::Links {
        &self.links
    }

    fn links_mut(&mut self) -> &mut queue::Links {
        &mut self.links
    }
}

impl Bond {
    /// Makes room for one more slave in the vector and in both plans, the one in force and the next.
    ///
    /// # Errors
    ///
    /// `ENOMEM`: nothing has changed for anybody who sends.
    pub(crate) fn reserve(&self) -> Result {
        let mut plans = self.plans.lock();
        let (room, flows, slots) = {
            let mut state = self.lock();
            state.members.reserve_one(GFP_KERNEL)?;
            (state.members.capacity(), state.flows.clone(), state.slots())
        };
        if let Some(flows) = flows {
            flows.reserve(slots)?;
        }
        if plans.spare_room() < room {
            plans.spare = Some(buffer(room)?);
        }
        if plans.in_force < room {
            // The plan in force is the next one if there is no memory: it must have the room too.
            self.publish_spare(&mut plans);
        }
        if plans.spare_room() < room {
            return Err(ENOMEM);
        }
        Ok(())
    }

    /// Compiles the plan and publishes it. Cannot fail; may sleep, with or without RTNL.
    pub(crate) fn publish(&self) {
        self.publish_spare(&mut self.plans.lock());
    }

    /// Compiles the spare plan and publishes it.
    ///
    /// The next spare is allocated afterwards; without memory the old plan becomes it, once its readers are
    /// gone.
    fn publish_spare(&self, plans: &mut Plans) {
        let Some(mut plan) = plans.spare.take() else {
            return;
        };
        plans.in_force = plan.capacity() / 2;
        let upper = Upper {
            level: self.dev().level(),
            has_sas: self.has_sas(),
            one_queue: self.dev().num_tx_queues() == 1,
        };
        let (retired, room) = {
            let state = self.lock();
            compile(&state, &upper, &mut plan);
            (self.plan.replace(Some(plan)), state.members.capacity())
        };
        plans.spare = match (buffer(room), retired) {
            (Ok(next), _) => Some(next),
            (Err(_), retired) => retired.map(|retired| {
                let mut plan = retired.reclaim();
                *plan = Header::EMPTY;
                plan
            }),
        };
    }

    /// Takes the plan away: nothing is sent any more.
    pub(crate) fn retire_plan(&self) {
        if let Some(retired) = self.plan.replace(None) {
            retired.free();
        }
    }
}
