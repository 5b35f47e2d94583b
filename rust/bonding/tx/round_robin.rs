// SPDX-License-Identifier: GPL-2.0

//! balance-rr: one slave after the other.

use super::up_from;
use crate::{bond::Bond, plan::Plan};
use kernel_net::{random_u32, skbuff::SkBuff, tx::TxPort};

/// The IPv4 protocol number of IGMP.
const IPPROTO_IGMP: u8 = 2;
/// The offset of the protocol in an IPv4 header, bytes.
const PROTOCOL: usize = 9;
/// The length of an IPv4 header without options, bytes.
const IPV4_HEADER: usize = 20;

impl Bond {
    /// The next slave in turn; `bond_xmit_roundrobin_slave_get()` in C.
    #[inline]
    pub(super) fn pick_round_robin<'a>(&self, plan: Plan<'a>, skb: &SkBuff) -> Option<&'a TxPort> {
        if skb.is_ipv4() && is_igmp(skb) {
            // Membership is to be reported over one slave for as long as it is there.
            return match plan.into_header().active.as_ref() {
                Some(active) => Some(active),
                None => up_from(plan, 0),
            };
        }
        let turn = plan.turn.next(|| self.rr_counter.inc_return(), random_u32);
        up_from(plan, plan.pick?.index(turn))
    }
}

#[inline]
fn is_igmp(skb: &SkBuff) -> bool {
    skb.network_header::<IPV4_HEADER>()
        .is_some_and(|header| header[PROTOCOL] == IPPROTO_IGMP)
}
