// SPDX-License-Identifier: GPL-2.0

//! The transmit hash: the same flow gets the same number as in the C driver, bit for bit.
//!
//! Written for the transmit path: headers are read in place, nothing is zeroed, and each policy is
//! a branch of its own.

mod ip;
mod l2;

use crate::option::XmitPolicy;
use crate::wire::eth;

pub use ip::{socket, Addresses, FlowKeys, IcmpKey};

/// A frame as the hash looks at it.
///
/// Implemented by the driver for socket buffers and for XDP frames; monomorphised, so that each
/// method should be a few loads, `#[inline]`.
pub trait Frame {
    /// The `N` octets at `offset` from the start of the frame, in linear memory or not; `None` if
    /// the frame ends before their end.
    ///
    /// `offset` may be any number. For socket buffers this is `skb_header_pointer()`.
    fn get<const N: usize>(&self, offset: usize) -> Option<[u8; N]>;

    /// The protocol, host order: `skb->protocol`, or the EtherType in the header of an XDP frame.
    fn protocol(&self) -> u16;

    /// Where the network header starts (`skb_network_offset()`; 14 for an XDP frame).
    ///
    /// `usize::MAX` if it lies before the frame's start: then nothing can be read there, and the
    /// frame is hashed by its Ethernet header.
    fn network_offset(&self) -> usize;

    /// The VLAN tag that is kept beside the frame (`skb_vlan_tag_get()`), if there is one.
    fn vlan_tag(&self) -> Option<u16>;

    /// The hash over ports that the stack or the NIC has already made (`skb->hash` if
    /// `skb->l4_hash` is set).
    fn l4_hash(&self) -> Option<u32>;
}

/// The hash of `frame` under `policy` (C's `bond_xmit_hash()` and `bond_xmit_hash_xdp()`).
///
/// `dissect` is the kernel's flow dissector with the keys of `flow_keys_bonding`; it is called for
/// the two encap policies only, and returns `None` where the dissector returns false.
///
/// Any context; reads the frame only.
#[inline]
pub fn hash<F: Frame>(
    policy: XmitPolicy,
    frame: &F,
    dissect: impl FnOnce(&F) -> Option<FlowKeys>,
) -> u32 {
    match policy {
        XmitPolicy::Layer2 => l2::eth(frame),
        XmitPolicy::Layer34 => ip::layer34(frame).unwrap_or_else(|| l2::eth(frame)),
        XmitPolicy::Layer23 => ip::layer23(frame).unwrap_or_else(|| l2::eth(frame)),
        XmitPolicy::Encap23 => match dissect(frame) {
            Some(keys) => ip::fold(l2::eth(frame) ^ keys.addresses.mix()),
            None => l2::eth(frame),
        },
        XmitPolicy::Encap34 => match frame.l4_hash() {
            Some(hash) => hash,
            None => match dissect(frame) {
                Some(keys) => ip::fold(keys.l4() ^ keys.addresses.mix()) >> 1,
                None => l2::eth(frame),
            },
        },
        XmitPolicy::VlanSrcMac => l2::vlan_srcmac(frame),
    }
}

/// A frame that lies in one piece, as XDP has it: starts with its Ethernet header, tags in band.
#[derive(Clone, Copy, Debug)]
pub struct Linear<'a>(pub &'a [u8]);

impl Frame for Linear<'_> {
    #[inline]
    fn get<const N: usize>(&self, offset: usize) -> Option<[u8; N]> {
        self.0.get(offset..)?.first_chunk::<N>().copied()
    }

    /// 0 for a frame shorter than an Ethernet header: it is no IP, and hashes to 0.
    #[inline]
    fn protocol(&self) -> u16 {
        self.get(12).map_or(0, u16::from_be_bytes)
    }

    #[inline]
    fn network_offset(&self) -> usize {
        eth::HEADER_LEN
    }

    #[inline]
    fn vlan_tag(&self) -> Option<u16> {
        None
    }

    #[inline]
    fn l4_hash(&self) -> Option<u32> {
        None
    }
}
