// SPDX-License-Identifier: GPL-2.0

//! Transmit: one RCU load, one match, one index.

mod balance;
mod broadcast;
pub(crate) mod hash;
mod round_robin;

use crate::{
    bond::Bond,
    offload::{keep_secret, tls},
    plan::{self, Plan}, //
};
use bonding_core::{mode::Mode, queue};
use kernel_net::{
    netdevice::{Device, TxResult},
    skbuff::{SkBuff, Skb},
    tx::{TxContext, TxPort}, //
};

impl Bond {
    /// Sends `skb` over the slave that the mode picks; `bond_start_xmit()` in C.
    ///
    /// What is rare is behind calls that nothing comes after, so that the rest needs no stack.
    #[inline(always)]
    pub(crate) fn transmit(&self, cx: &TxContext<'_>, dev: &Device, skb: SkBuff) -> TxResult {
        let Some(plan) = self.plan.load(cx) else {
            return TxResult::drop(dev, skb);
        };
        if plan.has_exceptions || skb.may_be_tls() {
            return self.transmit_exception(plan, cx, dev, skb);
        }
        if let Some(port) = plan.into_header().only.as_ref() {
            return port.xmit(cx, dev, skb);
        }
        self.transmit_by_mode(plan, cx, dev, skb)
    }

    /// Sends a frame that may have to leave by a certain slave, whatever the mode.
    #[cold]
    #[inline(never)]
    fn transmit_exception(
        &self,
        plan: Plan<'_>,
        cx: &TxContext<'_>,
        dev: &Device,
        mut skb: SkBuff,
    ) -> TxResult {
        if plan.one_queue {
            skb.save_queue_mapping();
        }
        if skb.may_be_tls() {
            skb.keep_encrypted(cx);
        }
        let by_queue = queue_slave(plan, &skb).map(|entry| &entry.port);
        if plan.has_sas {
            let port = by_queue.or(plan.into_header().active.as_ref());
            skb = match keep_secret(port, cx, dev, skb) {
                Ok(skb) => skb,
                Err(result) => return result,
            };
        }
        if let Some(port) = by_queue {
            port.xmit(cx, dev, skb);
            return TxResult::OK;
        }
        if let Some(target) = skb.tls_device(cx) {
            return tls::transmit(plan, target, cx, dev, skb);
        }
        match plan.into_header().only.as_ref() {
            Some(port) => port.xmit(cx, dev, skb),
            None => self.transmit_by_mode(plan, cx, dev, skb),
        }
    }

    /// Sends a frame as the mode has it; what is rare goes the long way from the start.
    #[inline(always)]
    fn transmit_by_mode(
        &self,
        plan: Plan<'_>,
        cx: &TxContext<'_>,
        dev: &Device,
        skb: SkBuff,
    ) -> TxResult {
        let port = match plan.mode {
            Mode::RoundRobin => self.pick_round_robin_quick(plan, &skb),
            Mode::Ieee8023ad if plan.broadcast_neighbor => None,
            Mode::Xor | Mode::Ieee8023ad => return self.transmit_by_hash(plan, cx, dev, skb),
            Mode::Broadcast => return broadcast::transmit(plan, cx, dev, skb),
            Mode::Tlb => return balance::transmit_tlb(self, plan, cx, dev, skb),
            Mode::Alb => return balance::transmit_alb(self, plan, cx, dev, skb),
            Mode::ActiveBackup => None,
        };
        match port {
            Some(port) => port.xmit(cx, dev, skb),
            None => self.transmit_slowly(plan, cx, dev, skb),
        }
    }

    /// Not inlined: it needs more registers than the rest.
    #[inline(never)]
    fn transmit_by_hash(
        &self,
        plan: Plan<'_>,
        cx: &TxContext<'_>,
        dev: &Device,
        skb: SkBuff,
    ) -> TxResult {
        match hash::pick_quick(plan, dev, &skb) {
            Some(port) => port.xmit(cx, dev, skb),
            None => self.transmit_slowly(plan, cx, dev, skb),
        }
    }

    /// As [`Self::transmit_by_mode`], for every frame.
    #[cold]
    #[inline(never)]
    fn transmit_slowly(
        &self,
        plan: Plan<'_>,
        cx: &TxContext<'_>,
        dev: &Device,
        skb: SkBuff,
    ) -> TxResult {
        let port = match plan.mode {
            Mode::RoundRobin => self.pick_round_robin(plan, &skb),
            Mode::Ieee8023ad if broadcast::is_for_all(plan, &skb) => {
                return broadcast::transmit(plan, cx, dev, skb)
            }
            Mode::Xor | Mode::Ieee8023ad => hash::pick(plan, dev, &skb),
            _ => plan.into_header().only.as_ref(),
        };
        match port {
            Some(port) => port.xmit(cx, dev, skb),
            None => TxResult::drop(dev, skb),
        }
    }

    /// The device that [`Self::transmit`] would send `skb` over; `bond_xmit_get_slave()` in C. The bond need
    /// not ever have been open.
    pub(crate) fn xmit_slave<'a>(
        &self,
        cx: &'a TxContext<'_>,
        skb: &Skb,
        all_slaves: bool,
    ) -> Option<&'a Device> {
        let plan = self.plan.load(cx)?;
        let port = match plan.mode {
            Mode::RoundRobin => self.pick_round_robin(plan, skb),
            Mode::ActiveBackup => plan.into_header().active.as_ref(),
            Mode::Xor | Mode::Ieee8023ad if all_slaves => hash::pick_of_all(plan, self.dev(), skb),
            Mode::Xor | Mode::Ieee8023ad => hash::pick(plan, self.dev(), skb),
            Mode::Tlb | Mode::Alb => balance::pick_balanced(plan, self.dev(), skb),
            Mode::Broadcast => None,
        };
        port.map(TxPort::dev)
    }
}

/// The slave whose `queue_id` is the buffer's queue, if there is one and it is up; `bond_slave_override()` in C.
fn queue_slave<'a>(plan: Plan<'a>, skb: &Skb) -> Option<&'a plan::Entry> {
    let queue = skb.queue_mapping();
    if queue == 0 {
        return None;
    }
    queue::find(plan::all(plan), plan.queues?, queue).filter(|e| e.link_up && e.port.is_up())
}

/// The usable slave at `place`, or the next one if it has just died.
#[inline(always)]
pub(crate) fn up_from<'a>(plan: Plan<'a>, place: u32) -> Option<&'a TxPort> {
    let usable = plan::usable(plan);
    let port = &usable.get(place as usize)?.port;
    if port.is_up() {
        return Some(port);
    }
    next_up(usable, place as usize)
}

/// The first usable slave from `place` on, and around, that is up.
#[cold]
fn next_up(usable: &[plan::Entry], place: usize) -> Option<&TxPort> {
    let (before, from) = usable.split_at_checked(place)?;
    from.iter()
        .chain(before)
        .map(|entry| &entry.port)
        .find(|port| port.is_up())
}
