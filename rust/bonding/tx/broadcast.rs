// SPDX-License-Identifier: GPL-2.0

//! broadcast: every frame over every usable slave.

use crate::plan::{self, Plan};
use bonding_core::wire::{eth::ethertype, nd};
use kernel_net::{
    net_err_ratelimited,
    netdevice::{Device, TxResult},
    skbuff::{SkBuff, Skb},
    sync::static_key::broadcast_neighbor,
    tx::TxContext, //
};

/// Whether a bond of 802.3ad sends a frame over every usable slave: it is one of ARP or of IPv6's neighbour
/// discovery, and the option `broadcast_neighbor` is on; `bond_should_broadcast_neighbor()` in C.
#[inline]
pub(super) fn is_for_all(plan: Plan<'_>, skb: &Skb) -> bool {
    plan.broadcast_neighbor && broadcast_neighbor::enabled() && is_neighbour_discovery(skb)
}

#[cold]
fn is_neighbour_discovery(skb: &Skb) -> bool {
    match skb.protocol() {
        ethertype::ARP => true,
        ethertype::IPV6 => skb
            .network_header::<{ nd::LEN }>()
            .is_some_and(|headers| nd::Packet::parse(&headers).is_some()),
        _ => false,
    }
}

/// Sends a copy over each usable slave, and the buffer itself over the last; `bond_xmit_broadcast()` in C.
///
/// It is sent if one slave took it.
#[inline(never)]
pub(super) fn transmit(plan: Plan<'_>, cx: &TxContext<'_>, dev: &Device, skb: SkBuff) -> TxResult {
    let mut ports = plan::usable(plan)
        .iter()
        .map(|entry| &entry.port)
        .filter(|port| port.is_up());
    let Some(mut port) = ports.next() else {
        return TxResult::drop(dev, skb);
    };
    let mut sent = false;
    for next in ports {
        match skb.try_clone() {
            Some(copy) => sent |= port.xmit(cx, dev, copy).is_ok(),
            None => net_err_ratelimited!(
                "{}: Error: bond_xmit_broadcast: skb_clone() failed\n",
                dev.name()
            ),
        }
        port = next;
    }
    sent |= port.xmit(cx, dev, skb).is_ok();
    if sent {
        TxResult::OK
    } else {
        TxResult::dropped(dev)
    }
}
