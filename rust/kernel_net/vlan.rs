// SPDX-License-Identifier: GPL-2.0

//! VLANs and the filters for them.
//!
//! C header: [`include/linux/if_vlan.h`](srctree/include/linux/if_vlan.h)

use crate::{netdevice::Device, rtnl::Rtnl};
use kernel::{error::to_result, prelude::*};

/// A VLAN: the kind of tag, and the number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct VlanId {
    proto: u16,
    vid: u16,
}

impl VlanId {
    /// Wraps C's pair; `proto` in network order.
    pub(crate) fn from_raw(proto: u16, vid: u16) -> Self {
        Self { proto, vid }
    }

    /// C's pair, see [`from_raw`](Self::from_raw).
    pub(crate) fn as_raw(self) -> (u16, u16) {
        (self.proto, self.vid)
    }

    /// The number.
    pub fn vid(&self) -> u16 {
        self.vid
    }

    /// The EtherType of the tag, in host order.
    pub fn proto(&self) -> u16 {
        u16::from_be(self.proto)
    }
}

/// A tag as it is on the wire.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Tag {
    /// The EtherType that announces it, in host order.
    pub proto: u16,
    /// Number, priority and drop eligibility.
    pub tci: u16,
}

/// Whether there are VLANs over a device; `vlan_uses_dev()` in C.
pub fn uses(dev: &Device, _rtnl: &Rtnl<'_>) -> bool {
    // SAFETY: The device is valid, and the RTNL is held.
    unsafe { net_bindings::vlan_uses_dev(dev.as_ptr()) }
}

/// Has a device receive a VLAN; `vlan_vid_add()` in C.
///
/// # Errors
///
/// `ENOMEM`, or what the driver says.
pub fn add(dev: &Device, id: VlanId, _rtnl: &Rtnl<'_>) -> Result {
    // SAFETY: The device is valid, and the RTNL is held.
    to_result(unsafe { net_bindings::vlan_vid_add(dev.as_ptr(), id.proto, id.vid) })
}

/// Takes back [`add`]; `vlan_vid_del()` in C.
pub fn del(dev: &Device, id: VlanId, _rtnl: &Rtnl<'_>) {
    // SAFETY: The device is valid, and the RTNL is held.
    unsafe { net_bindings::vlan_vid_del(dev.as_ptr(), id.proto, id.vid) }
}

/// Has `dev` receive all VLANs that `by` does; `vlan_vids_add_by_dev()` in C.
///
/// # Errors
///
/// `ENOMEM`, or what the driver says; `dev` then receives none of them.
pub fn add_ids_of(by: &Device, dev: &Device, _rtnl: &Rtnl<'_>) -> Result {
    // SAFETY: The devices are valid, and the RTNL is held.
    to_result(unsafe { net_bindings::vlan_vids_add_by_dev(dev.as_ptr(), by.as_ptr()) })
}

/// Takes back [`add_ids_of`]; `vlan_vids_del_by_dev()` in C.
pub fn del_ids_of(by: &Device, dev: &Device, _rtnl: &Rtnl<'_>) {
    // SAFETY: The devices are valid, and the RTNL is held.
    unsafe { net_bindings::vlan_vids_del_by_dev(dev.as_ptr(), by.as_ptr()) }
}
