// SPDX-License-Identifier: GPL-2.0

//! Receive in balance-alb: every slave has clients that send to it.

use crate::{rx::keep, slave::Slave};
use bonding_core::wire::eth::ethertype;
use kernel_net::{
    netdevice::priv_flags,
    rx_handler::{Received, RxContext, Verdict},
    skbuff::PacketType, //
};

impl Slave {
    /// What becomes of a frame; `bond_handle_frame()` in C as far as it is about this mode.
    #[inline(never)]
    pub(crate) fn handle_balanced<'a>(
        &'a self,
        frame: Received<'a>,
        cx: &'a RxContext<'_>,
    ) -> Verdict<'a> {
        if frame.protocol() == ethertype::ARP {
            return self.handle_balanced_arp(frame, cx);
        }
        self.hand_on_balanced(frame)
    }

    #[inline(never)]
    fn handle_balanced_arp<'a>(
        &'a self,
        frame: Received<'a>,
        cx: &'a RxContext<'_>,
    ) -> Verdict<'a> {
        self.bond().rlb_arp_receive(&frame, cx);
        self.hand_on_balanced(frame)
    }

    /// A slave that is not the active one drops only what all receive.
    #[inline(always)]
    fn hand_on_balanced<'a>(&'a self, frame: Received<'a>) -> Verdict<'a> {
        let kind = frame.packet_type();
        if self.is_inactive() && matches!(kind, PacketType::Broadcast | PacketType::Multicast) {
            return keep(frame);
        }
        let bond_dev = self.bond_dev();
        if kind == PacketType::Host && bond_dev.priv_flags() & priv_flags::BRIDGE_PORT != 0 {
            return self.hand_to_bridge(frame);
        }
        frame.another(bond_dev)
    }

    /// With a bridge over the bond a frame for the address of any slave is one for the bond's, which is the only
    /// one the bridge knows.
    #[inline(never)]
    fn hand_to_bridge<'a>(&'a self, mut frame: Received<'a>) -> Verdict<'a> {
        let bond_dev = self.bond_dev();
        match frame.set_destination(bond_dev.ether_addr()) {
            Ok(()) => frame.another(bond_dev),
            Err(_) => frame.drop(),
        }
    }
}
