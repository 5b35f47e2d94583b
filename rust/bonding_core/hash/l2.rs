// SPDX-License-Identifier: GPL-2.0

//! Hashes over the Ethernet header.

use super::{Elsewhere, Source};
use crate::wire::eth::HEADER_LEN;

/// The last octets of both addresses and the EtherType, exclusive-or'ed; 0 if the frame is shorter
/// than its header (C's `bond_eth_hash()`).
#[inline(always)]
pub(super) fn eth<S: Source>(source: &S) -> Result<u32, Elsewhere> {
    let Some(octets) = source.read::<HEADER_LEN>(0)? else {
        return Ok(0);
    };
    let [_, _, _, _, _, destination, _, _, _, _, _, source, type_hi, type_lo] = octets;
    Ok(u32::from(destination ^ source) ^ u32::from(u16::from_be_bytes([type_hi, type_lo])))
}

/// The tag kept beside the frame and both halves of the source address, exclusive-or'ed; 0 if the
/// frame is shorter than its header (C's `bond_vlan_srcmac_hash()`).
#[inline(always)]
pub(super) fn vlan_srcmac<S: Source>(source: &S, tag: Option<u16>) -> Result<u32, Elsewhere> {
    let Some(octets) = source.read::<HEADER_LEN>(0)? else {
        return Ok(0);
    };
    let [_, _, _, _, _, _, v0, v1, v2, d0, d1, d2, _, _] = octets;
    let vendor = u32::from_be_bytes([0, v0, v1, v2]);
    let device = u32::from_be_bytes([0, d0, d1, d2]);
    Ok(u32::from(tag.unwrap_or(0)) ^ vendor ^ device)
}
