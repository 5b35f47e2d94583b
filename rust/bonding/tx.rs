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
use bonding_core::mode::Mode;
use kernel_net::{
    netdevice::{Device, TxResult},
    skbuff::SkBuff,
    tx::{TxContext, TxPort}, //
};

impl Bond {
    /// Sends `skb` over the slave that the mode picks; `bond_start_xmit()` in C.
    #[inline]
    pub(crate) fn transmit(&self, cx: &TxContext<'_>, dev: &Device, mut skb: SkBuff) -> TxResult {
        let Some(plan) = self.plan.load(cx) else {
            return TxResult::drop(dev, skb);
        };
        if plan.has_sas {
            let port = match queue_slave(plan, &skb) {
                Some(entry) => Some(&entry.port),
                None => plan.into_header().active.as_ref(),
            };
            skb = match keep_secret(port, cx, dev, skb) {
                Ok(skb) => skb,
                Err(result) => return result,
            };
        }
        if plan.has_queues {
            skb = match override_queue(plan, cx, skb) {
                Ok(result) => return result,
                Err(skb) => skb,
            };
        }
        if let Some(target) = skb.tls_device(cx) {
            return tls::transmit(plan, target, cx, dev, skb);
        }
        let port = match plan.mode {
            Mode::RoundRobin => self.pick_round_robin(plan, &skb),
            Mode::ActiveBackup => plan.into_header().active.as_ref(),
            Mode::Ieee8023ad if broadcast::is_for_all(plan, &skb) => {
                return broadcast::transmit(plan, cx, dev, skb)
            }
            Mode::Xor | Mode::Ieee8023ad => hash::pick(plan, dev, &skb),
            Mode::Broadcast => return broadcast::transmit(plan, cx, dev, skb),
            Mode::Tlb => {
                let spread = balance::by_flow(&skb);
                return balance::transmit(self, plan, cx, dev, skb, spread);
            }
            Mode::Alb => {
                let spread = balance::by_destination(&skb);
                return balance::transmit(self, plan, cx, dev, skb, spread);
            }
        };
        match port {
            Some(port) => port.xmit(cx, skb),
            None => TxResult::drop(dev, skb),
        }
    }

    /// The device that [`Self::transmit`] would send `skb` over; `bond_xmit_get_slave()` in C. The bond need
    /// not ever have been open.
    pub(crate) fn xmit_slave<'a>(
        &self,
        cx: &'a TxContext<'_>,
        skb: &SkBuff,
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

/// Sends over the slave whose `queue_id` is the buffer's queue, if there is one and it is up; gives the
/// buffer back otherwise. `bond_slave_override()` in C.
fn override_queue(plan: Plan<'_>, cx: &TxContext<'_>, skb: SkBuff) -> Result<TxResult, SkBuff> {
    match queue_slave(plan, &skb) {
        Some(entry) => {
            entry.port.xmit(cx, skb);
            Ok(TxResult::Ok)
        }
        None => Err(skb),
    }
}

/// The slave that the buffer's queue is of, if there is one and it is up.
fn queue_slave<'a>(plan: Plan<'a>, skb: &SkBuff) -> Option<&'a plan::Entry> {
    let queue = skb.queue_mapping();
    if queue == 0 || !plan.has_queues {
        return None;
    }
    plan::all(plan)
        .iter()
        .find(|e| e.queue_id == queue)
        .filter(|e| e.link_up && e.port.is_up())
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
