// SPDX-License-Identifier: GPL-2.0

//! balance-tlb and balance-alb: the slave that the flow belongs to, by that slave's own address.

use super::{hash, up_from};
use crate::{bond::Bond, plan::Plan};
use bonding_core::{
    mode::Mode,
    tlb::{spread_alb, spread_tlb, Spread}, //
};
use kernel_net::{
    netdevice::{Device, TxResult},
    skbuff::{SkBuff, Skb},
    tx::{TxContext, TxPort}, //
};

/// Sends a frame as balance-tlb or balance-alb has it. Not inlined: it needs stack, which other modes do not.
#[inline(never)]
pub(super) fn transmit_any(
    bond: &Bond,
    plan: Plan<'_>,
    cx: &TxContext<'_>,
    dev: &Device,
    skb: SkBuff,
) -> TxResult {
    let spread = match plan.mode {
        Mode::Alb => by_destination(&skb),
        _ => by_flow(&skb),
    };
    transmit(bond, plan, cx, dev, skb, spread)
}

/// Sends a frame; `bond_tlb_xmit()`, `bond_alb_xmit()` and `bond_do_alb_xmit()` in C.
///
/// What does not go through the active slave gets the address of the slave that sends it for its source, so that
/// switches know each address on one port only.
#[inline(always)]
fn transmit(
    bond: &Bond,
    plan: Plan<'_>,
    cx: &TxContext<'_>,
    dev: &Device,
    mut skb: SkBuff,
    spread: Spread,
) -> TxResult {
    let header = plan.into_header();
    let active = header.active.as_ref();
    let picked = match spread {
        Spread::Arp => bond
            .rlb_arp_xmit(plan, cx, &mut skb)
            .filter(|port| port.is_up()),
        spread => pick(plan, dev, &skb, spread),
    };
    let port = match picked {
        Some(port) => port,
        None => {
            if let Some(flows) = header.flows.as_ref() {
                flows.count_unbalanced(skb.len());
            }
            match active.filter(|active| active.is_up()) {
                Some(active) => return active.xmit(cx, dev, skb),
                None => match up_from(plan, 0) {
                    Some(port) => port,
                    None => return TxResult::drop(dev, skb),
                },
            }
        }
    };
    let is_active = active.is_some_and(|active| active.dev().is(port.dev()));
    if !is_active && skb.set_ether_source(port.dev().ether_addr()).is_err() {
        return TxResult::drop(dev, skb);
    }
    port.xmit(cx, dev, skb)
}

/// The slave for a frame that is balanced, and none for others; `bond_xmit_tlb_slave_get()` and
/// `bond_xmit_alb_slave_get()` in C.
#[inline]
pub(super) fn pick_balanced<'a>(plan: Plan<'a>, dev: &Device, skb: &Skb) -> Option<&'a TxPort> {
    let spread = match plan.mode {
        Mode::Alb => by_destination(skb),
        _ => by_flow(skb),
    };
    pick(plan, dev, skb, spread)
}

/// How balance-tlb spreads a frame.
#[inline(always)]
pub(super) fn by_flow(skb: &Skb) -> Spread {
    spread_tlb(&hash::Buffer(skb))
}

/// How balance-alb spreads a frame.
#[inline(always)]
pub(super) fn by_destination(skb: &Skb) -> Spread {
    spread_alb(&hash::Buffer(skb))
}

#[inline(always)]
fn pick<'a>(plan: Plan<'a>, dev: &Device, skb: &Skb, spread: Spread) -> Option<&'a TxPort> {
    let header = plan.into_header();
    if matches!(spread, Spread::Active | Spread::Arp) {
        return None;
    }
    let Some(flows) = header.flows.as_ref() else {
        // A bond that is down has no flows, and is only asked where it would send.
        if header.dynamic {
            return None;
        }
        return up_from(plan, header.pick.index(hash::of(plan, dev, skb)));
    };
    let bucket = match spread {
        Spread::Key(key) => key,
        _ => hash::of(plan, dev, skb) as u8,
    };
    Some(&flows.pick(plan, bucket, skb.len())?.port)
}
