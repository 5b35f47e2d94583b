// SPDX-License-Identifier: GPL-2.0

//! Hashes over the Ethernet header.

use super::Frame;
use crate::wire::eth;

/// The last octets of both addresses and the EtherType, exclusive-or'ed; 0 if the frame is shorter
/// than its header (C's `bond_eth_hash()`).
#[inline]
pub(super) fn eth<F: Frame>(frame: &F) -> u32 {
    match frame.get::<{ eth::HEADER_LEN }>(0) {
        Some([_, _, _, _, _, destination, _, _, _, _, _, source, type_hi, type_lo]) => {
            u32::from(destination ^ source) ^ u32::from(u16::from_be_bytes([type_hi, type_lo]))
        }
        None => 0,
    }
}

/// The tag kept beside the frame and both halves of the source address, exclusive-or'ed; 0 if the
/// frame is shorter than its header (C's `bond_vlan_srcmac_hash()`).
#[inline]
pub(super) fn vlan_srcmac<F: Frame>(frame: &F) -> u32 {
    match frame.get::<{ eth::HEADER_LEN }>(0) {
        Some([_, _, _, _, _, _, v0, v1, v2, d0, d1, d2, _, _]) => {
            let vendor = u32::from_be_bytes([0, v0, v1, v2]);
            let device = u32::from_be_bytes([0, d0, d1, d2]);
            u32::from(frame.vlan_tag().unwrap_or(0)) ^ vendor ^ device
        }
        None => 0,
    }
}
