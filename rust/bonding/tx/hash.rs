// SPDX-License-Identifier: GPL-2.0

//! balance-xor and 802.3ad: the slave that the flow's hash picks.

use crate::plan::{self, Plan};
use bonding_core::{
    hash::{self, Addresses, FlowKeys, Frame, IcmpKey, Linear},
    wire::eth, //
};
use kernel_net::{flow_dissector, netdevice::Device, skbuff::Skb, tx::TxPort};

/// The usable slave for the flow of `skb`; `bond_xmit_3ad_xor_slave_get()` in C.
#[inline]
pub(super) fn pick<'a>(plan: Plan<'a>, dev: &Device, skb: &Skb) -> Option<&'a TxPort> {
    let place = plan.pick.index(of(plan, dev, skb));
    Some(&plan::usable(plan).get(place as usize)?.port)
}

/// The same for a frame that takes no long look, `None` for others.
#[inline(always)]
pub(super) fn pick_quick<'a>(plan: Plan<'a>, dev: &Device, skb: &Skb) -> Option<&'a TxPort> {
    let hash = quick(plan, dev, skb)?;
    Some(&plan::usable(plan).get(plan.pick.index(hash) as usize)?.port)
}

/// As [`of`] for a frame that takes no long look, `None` for others.
#[inline(always)]
pub(super) fn quick(plan: Plan<'_>, dev: &Device, skb: &Skb) -> Option<u32> {
    hash::quick(plan.policy, Buffer(skb), &Below(dev))
}

/// The slave for the flow of `skb` if all were usable.
pub(super) fn pick_of_all<'a>(plan: Plan<'a>, dev: &Device, skb: &Skb) -> Option<&'a TxPort> {
    let all = plan::all(plan);
    let place = of(plan, dev, skb).checked_rem(all.len() as u32)?;
    Some(&all.get(place as usize)?.port)
}

/// The hash of a frame that is in no buffer; `bond_xmit_hash_xdp()` in C.
pub(crate) fn of_frame(plan: Plan<'_>, dev: &Device, frame: &[u8]) -> u32 {
    hash::hash(plan.policy, Linear(frame), |frame: Linear<'_>| {
        let Linear(bytes) = frame;
        // Shorter than its header: nothing to look into.
        bytes.get(eth::HEADER_LEN..)?;
        flow_dissector::dissect_linear(dev, bytes, frame.protocol()).map(keys_of)
    })
}

#[inline]
pub(super) fn of(plan: Plan<'_>, dev: &Device, skb: &Skb) -> u32 {
    hash::hash(plan.policy, Buffer(skb), Below(dev))
}

/// The flow dissector as it works for a device.
struct Below<'a>(&'a Device);

impl hash::Dissector<Buffer<'_>> for Below<'_> {
    #[inline(always)]
    fn is_plain(&self) -> bool {
        !flow_dissector::is_replaced(self.0)
    }

    #[inline]
    fn dissect(self, frame: Buffer<'_>) -> Option<FlowKeys> {
        dissect(self.0, frame.0)
    }
}

/// A socket buffer as the hash looks at it.
#[derive(Clone, Copy)]
pub(super) struct Buffer<'a>(pub(super) &'a Skb);

impl Frame for Buffer<'_> {
    #[inline(always)]
    fn linear(&self) -> &[u8] {
        self.0.linear()
    }

    #[inline(always)]
    fn get<const N: usize>(&self, offset: usize) -> Option<[u8; N]> {
        self.0.bytes_at(offset)
    }

    #[inline(always)]
    fn protocol(&self) -> u16 {
        self.0.protocol()
    }

    #[inline(always)]
    fn network_offset(&self) -> usize {
        self.0.network_offset() as usize
    }

    #[inline(always)]
    fn vlan_tag(&self) -> Option<u16> {
        self.0.vlan_tag()
    }

    #[inline(always)]
    fn l4_hash(&self) -> Option<u32> {
        self.0.l4_hash()
    }
}

/// The keys of the innermost headers, from the kernel's flow dissector; `bond_flow_dissect()` in C.
fn dissect(dev: &Device, skb: &Skb) -> Option<FlowKeys> {
    flow_dissector::dissect(dev, skb).map(keys_of)
}

fn keys_of(keys: flow_dissector::Keys) -> FlowKeys {
    FlowKeys {
        addresses: addresses_of(keys.addresses),
        ports: keys.ports,
        icmp: IcmpKey {
            kind: keys.icmp_type,
            code: keys.icmp_code,
            id: keys.icmp_id,
        },
    }
}

/// Addresses as the core has them.
pub(crate) fn addresses_of(found: flow_dissector::Addresses) -> Addresses {
    match found {
        flow_dissector::Addresses::None => Addresses::None,
        flow_dissector::Addresses::V4 {
            source,
            destination,
        } => Addresses::V4 {
            source,
            destination,
        },
        flow_dissector::Addresses::V6 {
            source,
            destination,
        } => Addresses::V6 {
            source,
            destination,
        },
        flow_dissector::Addresses::Tipc { key } => Addresses::Tipc { key },
    }
}
