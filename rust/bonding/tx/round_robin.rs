// SPDX-License-Identifier: GPL-2.0

//! balance-rr: one slave after the other.

use super::up_from;
use crate::{
    bond::Bond,
    plan::{self, Plan}, //
};
use bonding_core::sched::Pace;
use kernel_net::{random_u32, skbuff::Skb, tx::TxPort};

/// The IPv4 protocol number of IGMP.
const IPPROTO_IGMP: u8 = 2;
/// The offset of the protocol in an IPv4 header, bytes.
const PROTOCOL: usize = 9;
/// The length of an IPv4 header without options, bytes.
const IPV4_HEADER: usize = 20;

impl Bond {
    /// The next slave in turn for a frame that is no membership report, if it is up; `None` where that takes a
    /// longer look.
    #[inline(always)]
    pub(super) fn pick_round_robin_quick<'a>(
        &self,
        plan: Plan<'a>,
        skb: &Skb,
    ) -> Option<&'a TxPort> {
        if skb.is_ipv4() {
            let protocol = skb.network_offset().wrapping_add(PROTOCOL as isize);
            if *skb.linear().get(protocol as usize)? == IPPROTO_IGMP {
                return None;
            }
        }
        let turn = match &plan.into_header().turn {
            Pace::Each => self.rr_counter.inc_return(),
            Pace::Every(reciprocal) => reciprocal.divide(self.rr_counter.inc_return()),
            Pace::Random => return None,
        };
        let port = &plan::usable(plan).get(plan.pick.index(turn) as usize)?.port;
        port.is_up().then_some(port)
    }

    /// The next slave in turn; `bond_xmit_roundrobin_slave_get()` in C.
    pub(super) fn pick_round_robin<'a>(&self, plan: Plan<'a>, skb: &Skb) -> Option<&'a TxPort> {
        if skb.is_ipv4() && is_igmp(skb) {
            // Membership is to be reported over one slave for as long as it is there.
            return match plan.into_header().active.as_ref() {
                Some(active) => Some(active),
                None => up_from(plan, 0),
            };
        }
        let turn = plan.turn.next(|| self.rr_counter.inc_return(), random_u32);
        up_from(plan, plan.pick.index(turn))
    }
}

/// Whether a frame of IPv4 is a membership report.
fn is_igmp(skb: &Skb) -> bool {
    skb.network_header::<IPV4_HEADER>()
        .is_some_and(|header| header[PROTOCOL] == IPPROTO_IGMP)
}
