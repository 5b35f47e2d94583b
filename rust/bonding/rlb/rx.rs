// SPDX-License-Identifier: GPL-2.0

//! Receive in balance-alb: every slave has clients that send to it.

use crate::{rx::keep, slave::Slave};
use bonding_core::wire::eth::ethertype;
use kernel_net::{
    netdevice::priv_flags,
    rx_handler::{RxContext, Verdict},
    skbuff::{PacketType, SkBuff}, //
};

impl Slave {
    /// What becomes of a frame; `bond_handle_frame()` in C as far as it is about this mode.
    ///
    /// A slave that is not the active one drops only what all receive. With a bridge over the bond a frame for
    /// the address of any slave is one for the bond's, which is the only one the bridge knows.
    pub(crate) fn handle_balanced<'a>(
        &'a self,
        cx: &'a RxContext<'_>,
        mut skb: SkBuff,
    ) -> Verdict<'a> {
        if skb.protocol() == ethertype::ARP {
            if let Some(bond) = self.bond() {
                bond.rlb_arp_receive(&skb, cx);
            }
        }
        let kind = skb.packet_type();
        if self.is_inactive() && matches!(kind, PacketType::Broadcast | PacketType::Multicast) {
            return keep(skb);
        }
        let bond_dev = self.bond_dev();
        if kind == PacketType::Host
            && bond_dev.priv_flags() & priv_flags::BRIDGE_PORT != 0
            && skb.set_received_destination(bond_dev.ether_addr()).is_err()
        {
            return Verdict::Consumed;
        }
        Verdict::Another(skb, bond_dev)
    }
}
