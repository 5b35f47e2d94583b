// SPDX-License-Identifier: GPL-2.0

//! Frames of the slow protocols that slaves receive.

use crate::{bond::Bond, slave::Slave};
use bonding_core::wire::{
    eth::{ethertype, Mac},
    lacp::{GROUP, LEN}, //
};
use kernel_net::{
    rx_handler::{Received, Verdict},
    skbuff::Skb,
    workqueue::DelayedWorks, //
};

/// Whether a frame that a slave received may be one for LACP; the first thing `bond_3ad_lacpdu_recv()`
/// looks at in C.
#[inline]
pub(crate) fn is_slow_protocol(skb: &Skb) -> bool {
    skb.protocol() == ethertype::SLOW
}

impl Slave {
    /// What becomes of a frame of the slow protocols.
    #[inline(never)]
    pub(crate) fn handle_slow_protocol<'a>(&'a self, frame: Received<'a>) -> Verdict<'a> {
        if self.takes_slow_protocol(&frame) {
            frame.consume()
        } else {
            self.hand_on(frame)
        }
    }

    /// Hands a frame to LACP; the rest of `bond_3ad_lacpdu_recv()` in C. Whether that is all that is to be
    /// done with it.
    fn takes_slow_protocol(&self, skb: &Skb) -> bool {
        let Mac(group) = GROUP;
        if skb.eth_header().map(|header| header.dest) != Some(group) {
            return false;
        }
        let copy;
        let octets = match skb.linear() {
            linear if linear.len() >= LEN => linear,
            linear => match skb.bytes_at::<LEN>(0) {
                Some(octets) => {
                    copy = octets;
                    &copy
                }
                // Too short, which the engine counts.
                None => linear.get(..0).unwrap_or_default(),
            },
        };
        self.bond().receive_slow_protocol(self, octets)
    }
}

impl Bond {
    /// Has the engine look at a PDU of the slow protocols. Whether that is all that is to be done with it.
    fn receive_slow_protocol(&self, slave: &Slave, octets: &[u8]) -> bool {
        let (taken, frames) = {
            let mut lacp = self.lacp.lock();
            if !lacp.core.is_running() {
                return false;
            }
            let Some(place) = lacp.place_of(slave) else {
                return false;
            };
            let done = lacp.act(self, |lag, now, effects| {
                lag.on_frame(place, octets, now, effects)
            });
            lacp.arm(self.work());
            done
        };
        frames.send();
        taken
    }
}
