// SPDX-License-Identifier: GPL-2.0

//! The devices above a device, and the VLANs on the way to one of them.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

#[cfg(CONFIG_KUNIT = "y")]
mod tests;

use crate::{netdevice::Device, sync::RcuEvidence, vlan::VlanId};
use core::ptr::{self, NonNull};
use kernel::prelude::*;

/// The most devices one above another; `MAX_NEST_DEV` in C.
const MAX_DEPTH: usize = 8;

/// The VLAN tags of a frame that comes down from a device to one below it, the outermost first.
///
/// A device on the way that is no VLAN has a place, and no tag; and so has VLAN 0, a priority tag.
#[derive(Clone, Copy, Default)]
pub struct Tags {
    places: [Option<VlanId>; MAX_DEPTH],
}

impl Tags {
    /// No tags: the way to the device itself.
    pub const NONE: Self = Self {
        places: [None; MAX_DEPTH],
    };

    /// The tag of the device right above, if that is a VLAN.
    pub fn outer(&self) -> Option<VlanId> {
        self.places.first().copied().flatten()
    }

    /// The tags of those further above, the innermost first.
    pub fn inner(&self) -> impl Iterator<Item = VlanId> + '_ {
        let [_, inner @ ..] = &self.places;
        inner.iter().rev().copied().flatten()
    }
}

impl Device {
    /// Finds the way from this device up to `end`: the tags of frames that come down on it.
    ///
    /// `None` if `end` is not above this device. Corresponds to `bond_verify_device_path()`.
    pub fn path_to(&self, end: &Device, cx: &impl RcuEvidence) -> Option<Tags> {
        let mut tags = Tags::NONE;
        self.find(end, 0, &mut tags, cx).then_some(tags)
    }

    fn find(&self, end: &Device, depth: usize, tags: &mut Tags, cx: &impl RcuEvidence) -> bool {
        if self.is(end) {
            return true;
        }
        // Deeper than the core allows: two devices are being exchanged meanwhile.
        if depth >= MAX_DEPTH {
            return false;
        }
        let mut uppers = Uppers::new(self, cx);
        while let Some(upper) = uppers.next() {
            if upper.find(end, depth.wrapping_add(1), tags, cx) {
                if let Some(place) = tags.places.get_mut(depth) {
                    *place = upper.vlan_id().filter(|id| id.vid() != 0);
                }
                return true;
            }
        }
        false
    }

    /// The VLAN that this device is, if it is one.
    pub fn vlan_id(&self) -> Option<VlanId> {
        let (mut proto, mut vid) = (0, 0);
        // SAFETY: The device is valid, the function fills in both if it returns true.
        unsafe { net_bindings::vlan_tag_of(self.as_ptr(), &mut proto, &mut vid) }
            .then(|| VlanId::from_raw(proto, vid))
    }

    /// Whether `test` says so of this device or of any above it.
    pub fn any_upper<F>(&self, cx: &impl RcuEvidence, mut test: F) -> bool
    where
        F: FnMut(&Device) -> bool,
    {
        let _ = cx;
        if test(self) {
            return true;
        }
        let mut data = net_bindings::netdev_nested_priv {
            flags: 0,
            data: ptr::from_mut(&mut test).cast(),
        };
        // SAFETY: The device is valid, in an RCU read side section; `data` is what `call` expects.
        unsafe {
            net_bindings::netdev_walk_all_upper_dev_rcu(self.as_ptr(), Some(call::<F>), &mut data)
                != 0
        }
    }
}

/// # Safety
///
/// `dev` must be valid for this call, `data.data` a `F` that nobody else uses.
unsafe extern "C" fn call<F: FnMut(&Device) -> bool>(
    dev: *mut net_bindings::net_device,
    data: *mut net_bindings::netdev_nested_priv,
) -> c_int {
    // SAFETY: By the safety requirements.
    let test = unsafe { &mut *(*data).data.cast::<F>() };
    // SAFETY: By the safety requirements.
    c_int::from(test(unsafe { Device::from_raw(dev) }))
}

/// Walks over the devices right above one; `netdev_for_each_upper_dev_rcu()` in C.
///
/// # Invariants
///
/// `place` is in the list of the devices above `dev`.
struct Uppers<'a, C> {
    dev: &'a Device,
    place: NonNull<net_bindings::list_head>,
    _cx: &'a C,
}

impl<'a, C: RcuEvidence> Uppers<'a, C> {
    fn new(dev: &'a Device, cx: &'a C) -> Self {
        // SAFETY: The device is valid; this computes an address.
        let head = unsafe { &raw mut (*dev.as_ptr()).adj_list.upper };
        // INVARIANT: The walk begins at the head.
        Self {
            dev,
            // SAFETY: The address of a field is not null.
            place: unsafe { NonNull::new_unchecked(head) },
            _cx: cx,
        }
    }

    /// The next one, which stays as long as the RCU read side section.
    fn next(&mut self) -> Option<&'a Device> {
        let mut place = self.place.as_ptr();
        // SAFETY: The device is valid, `place` is in its list, in an RCU read side section.
        let upper =
            unsafe { net_bindings::netdev_upper_get_next_dev_rcu(self.dev.as_ptr(), &mut place) };
        if upper.is_null() {
            return None;
        }
        // INVARIANT: The function has moved it on.
        self.place = NonNull::new(place)?;
        // SAFETY: A device above is not freed before the section ends.
        Some(unsafe { Device::from_raw(upper) })
    }
}
