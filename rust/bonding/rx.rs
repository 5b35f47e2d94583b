// SPDX-License-Identifier: GPL-2.0

//! Receive: what becomes of a frame that a slave got.

use crate::{lacp::is_slow_protocol, slave::Slave};
use kernel_net::{
    rx_handler::{Handler, RxContext, Verdict},
    skbuff::SkBuff, //
};

impl Handler for Slave {
    /// `bond_handle_frame()` in C.
    ///
    /// What a slave that stands by receives is a duplicate: it goes only to sockets bound to that very
    /// device. Link-local frames go to the slave as if it were in no bond, for LLDP and its like.
    #[inline]
    fn handle<'a>(&'a self, cx: &'a RxContext<'_>, skb: SkBuff) -> Verdict<'a> {
        if is_slow_protocol(&skb) && self.takes_slow_protocol(&skb) {
            skb.consume();
            return Verdict::Consumed;
        }
        if self.balances_receive {
            return self.handle_balanced(cx, skb);
        }
        if let Some(bond) = self.bond() {
            if let Some(watch) = bond.watches.load(cx) {
                if self.listen(bond, watch.into_header(), &skb, cx) {
                    skb.consume();
                    return Verdict::Consumed;
                }
            }
        }
        if self.is_inactive() {
            return keep(skb);
        }
        Verdict::Another(skb, self.bond_dev())
    }
}

/// What becomes of a frame that the bond is not to have.
pub(crate) fn keep<'a>(skb: SkBuff) -> Verdict<'a> {
    if skb.is_link_local_destination() {
        Verdict::Pass(skb)
    } else {
        Verdict::Exact(skb)
    }
}
