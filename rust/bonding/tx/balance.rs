// SPDX-License-Identifier: GPL-2.0

//! balance-tlb and balance-alb: the slave that the flow belongs to, by that slave's own address.

use super::{hash, up_from};
use crate::{
    bond::Bond,
    plan::{self, Plan}, //
};
use bonding_core::{
    mode::Mode,
    tlb::{spread_alb, spread_alb_quick, spread_tlb, spread_tlb_quick, Spread},
    wire::arp, //
};
use kernel_net::{
    netdevice::{Device, TxResult},
    skbuff::{SkBuff, Skb},
    tx::{TxContext, TxPort}, //
};

/// Sends a frame in balance-tlb; `bond_tlb_xmit()` in C. What takes a long look gets it from the start.
///
/// Not inlined: it needs more registers than other modes.
#[inline(never)]
pub(super) fn transmit_tlb(
    bond: &Bond,
    plan: Plan<'_>,
    cx: &TxContext<'_>,
    dev: &Device,
    skb: SkBuff,
) -> TxResult {
    let spread = spread_tlb_quick(&hash::Buffer(&skb));
    transmit_spread(bond, plan, cx, dev, skb, spread)
}

/// As [`transmit_tlb`] in balance-alb; `bond_alb_xmit()` in C.
///
/// Flows that have owners are told apart by where they go. Others go by the bond's hash: that is left to the long way.
#[inline(never)]
pub(super) fn transmit_alb(
    bond: &Bond,
    plan: Plan<'_>,
    cx: &TxContext<'_>,
    dev: &Device,
    skb: SkBuff,
) -> TxResult {
    let spread = match spread_alb_quick(&hash::Buffer(&skb)) {
        Some(Spread::Arp) => return transmit_alb_arp(bond, plan, cx, dev, skb),
        spread => spread,
    };
    transmit_spread(bond, plan, cx, dev, skb, spread)
}

/// As [`transmit_alb`], of ARP. What comes from behind the bond is left as it is.
#[inline(never)]
fn transmit_alb_arp(
    bond: &Bond,
    plan: Plan<'_>,
    cx: &TxContext<'_>,
    dev: &Device,
    skb: SkBuff,
) -> TxResult {
    let spread = match is_of_others(plan, &skb) {
        Some(true) => Some(Spread::Active),
        _ => None,
    };
    transmit_spread(bond, plan, cx, dev, skb, spread)
}

/// Sends a frame that is to be spread so, or, if it needs a long look, as that says.
#[inline(always)]
fn transmit_spread(
    bond: &Bond,
    plan: Plan<'_>,
    cx: &TxContext<'_>,
    dev: &Device,
    mut skb: SkBuff,
    spread: Option<Spread>,
) -> TxResult {
    match prepare_quick(plan, dev, &mut skb, spread) {
        Some(port) => port.xmit(cx, dev, skb),
        None => transmit_slowly(bond, plan, cx, dev, skb),
    }
}

/// The slave for a frame that takes no long look, and is then ready to be sent; `None` for others, which are left
/// as they were.
#[inline(always)]
fn prepare_quick<'a>(
    plan: Plan<'a>,
    dev: &Device,
    skb: &mut SkBuff,
    spread: Option<Spread>,
) -> Option<&'a TxPort> {
    let header = plan.into_header();
    let hash = match spread? {
        Spread::Key(key) if header.flows.is_some() => key.into(),
        Spread::Key(_) => return None,
        Spread::Hash => hash::quick(plan, dev, skb)?,
        Spread::Arp => return None,
        Spread::Active => {
            let active = header.active.as_ref().filter(|active| active.is_up())?;
            if let Some(flows) = header.flows.as_ref() {
                flows.count_unbalanced(skb.len());
            }
            return Some(active);
        }
    };
    match header.flows.as_ref() {
        Some(flows) => {
            let port = &flows.owner_of(plan, hash as u8)?.port;
            if !try_set_source(plan, port, skb) {
                return None;
            }
            flows.count(hash as u8, skb.len());
            Some(port)
        }
        None if header.dynamic => None,
        None => {
            let entry = plan::usable(plan).get(header.pick.index(hash) as usize)?;
            let port = Some(&entry.port).filter(|port| port.is_up())?;
            try_set_source(plan, port, skb).then_some(port)
        }
    }
}

/// Has a frame come from the slave that sends it, unless that is the active one. False if something is to be
/// copied for that, and then nothing has changed.
#[inline(always)]
fn try_set_source(plan: Plan<'_>, port: &TxPort, skb: &mut SkBuff) -> bool {
    plan.into_header().active.as_ref() == Some(port)
        || skb.try_set_ether_source(port.dev().ether_addr())
}

/// Whether an ARP packet comes from behind the bond: its sender is none of the slaves. `None` if that takes a longer
/// look.
#[inline(always)]
fn is_of_others(plan: Plan<'_>, skb: &Skb) -> Option<bool> {
    let packet = skb.linear().get(skb.network_offset() as usize..)?;
    let sender = packet.get(arp::SENDER..)?.first_chunk()?;
    let mut all = plan::all(plan).iter();
    Some(!all.any(|entry| entry.port.dev().has_ether_addr(sender)))
}

/// Sends a frame of any kind; `bond_do_alb_xmit()` in C.
///
/// What does not go through the active slave gets the address of the slave that sends it for its source, so that
/// switches know each address on one port only.
#[cold]
#[inline(never)]
fn transmit_slowly(
    bond: &Bond,
    plan: Plan<'_>,
    cx: &TxContext<'_>,
    dev: &Device,
    mut skb: SkBuff,
) -> TxResult {
    let spread = match plan.mode {
        Mode::Alb => spread_alb(&hash::Buffer(&skb)),
        _ => spread_tlb(&hash::Buffer(&skb)),
    };
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
    if active != Some(port) && skb.set_ether_source(port.dev().ether_addr()).is_err() {
        return TxResult::drop(dev, skb);
    }
    port.xmit(cx, dev, skb)
}

/// The slave for a frame that is balanced, and none for others; `bond_xmit_tlb_slave_get()` and
/// `bond_xmit_alb_slave_get()` in C.
pub(super) fn pick_balanced<'a>(plan: Plan<'a>, dev: &Device, skb: &Skb) -> Option<&'a TxPort> {
    let spread = match plan.mode {
        Mode::Alb => spread_alb(&hash::Buffer(skb)),
        _ => spread_tlb(&hash::Buffer(skb)),
    };
    pick(plan, dev, skb, spread)
}

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
