// SPDX-License-Identifier: GPL-2.0

//! Routes: over which device an address is reached.
//!
//! C header: [`include/net/dst.h`](srctree/include/net/dst.h)

use crate::{netdevice::Device, sync::RcuEvidence};
use core::ptr::NonNull;

/// A route that was looked up, kept until dropped.
///
/// # Invariants
///
/// `0` is valid, and this value owns a reference to it.
pub struct Route(NonNull<net_bindings::dst_entry>);

impl Route {
    /// # Safety
    ///
    /// A non-null `dst` must be valid, with a reference that the caller gives up.
    pub(crate) unsafe fn from_raw(dst: *mut net_bindings::dst_entry) -> Option<Self> {
        // INVARIANT: By the safety requirements.
        NonNull::new(dst).map(Self)
    }

    /// The device that frames to the address are sent over.
    pub fn dev<'g>(&self, _cx: &'g impl RcuEvidence) -> &'g Device {
        // SAFETY: By the type invariant, in an RCU read side section.
        let dev = unsafe { net_bindings::dst_dev_rcu(self.0.as_ptr()) };
        // SAFETY: A route always has a device, which is not freed before the section ends.
        unsafe { Device::from_raw(dev) }
    }
}

impl Drop for Route {
    fn drop(&mut self) {
        // SAFETY: By the type invariant.
        unsafe { net_bindings::dst_release(self.0.as_ptr()) };
    }
}
