// SPDX-License-Identifier: GPL-2.0

//! broadcast: every frame over every usable slave.

use crate::plan::{self, Plan};
use kernel_net::{
    net_err_ratelimited,
    netdevice::{Device, TxResult},
    skbuff::SkBuff,
    tx::TxContext, //
};

/// Sends a copy over each usable slave, and the buffer itself over the last; `bond_xmit_broadcast()` in C.
///
/// It is sent if one slave took it.
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
            Some(copy) => sent |= port.xmit(cx, copy).is_ok(),
            None => net_err_ratelimited!(
                "{}: Error: bond_xmit_broadcast: skb_clone() failed\n",
                dev.name()
            ),
        }
        port = next;
    }
    sent |= port.xmit(cx, skb).is_ok();
    if sent {
        TxResult::Ok
    } else {
        TxResult::dropped(dev)
    }
}
