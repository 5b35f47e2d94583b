// SPDX-License-Identifier: GPL-2.0

//! Statistics of devices.

use super::Device;

/// How many counters [`LinkStats`] has.
pub const COUNTERS: usize = size_of::<net_bindings::rtnl_link_stats64>() / size_of::<u64>();

/// The counters of a device, `rtnl_link_stats64` in C.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct LinkStats([u64; COUNTERS]);

const _: () = assert!(size_of::<LinkStats>() == size_of::<net_bindings::rtnl_link_stats64>());

impl Default for LinkStats {
    fn default() -> Self {
        Self::ZERO
    }
}

impl LinkStats {
    /// All counters at zero.
    pub const ZERO: Self = Self([0; COUNTERS]);

    /// The counters, in the order of C's structure.
    pub fn counters(&self) -> &[u64; COUNTERS] {
        &self.0
    }

    /// The counters, in the order of C's structure.
    pub fn counters_mut(&mut self) -> &mut [u64; COUNTERS] {
        &mut self.0
    }

    /// Hands the counters to C.
    ///
    /// # Safety
    ///
    /// `to` must be valid for writes; it need not be aligned, since netlink has the structure in attributes.
    pub(crate) unsafe fn write_to(&self, to: *mut net_bindings::rtnl_link_stats64) {
        // SAFETY: By the safety requirements; all fields are `u64`, and the sizes are equal.
        unsafe { to.cast::<Self>().write_unaligned(*self) }
    }
}

impl Device {
    /// What the device has counted; `dev_get_stats()` in C.
    ///
    /// Depending on the driver this sleeps; in a context that must not sleep only ask devices that
    /// C would ask there, too.
    pub fn stats(&self) -> LinkStats {
        let mut stats = LinkStats::ZERO;
        // SAFETY: The device is valid, and `stats` has the size and alignment of C's structure, of
        // whose fields all are `u64`.
        unsafe { net_bindings::dev_get_stats(self.as_ptr(), (&raw mut stats).cast()) };
        stats
    }
}
