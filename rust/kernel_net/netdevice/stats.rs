// SPDX-License-Identifier: GPL-2.0

//! Statistics of devices.

use super::Device;
use core::{marker::PhantomData, mem::MaybeUninit, ptr::NonNull};

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
}

/// Where the core wants the counters of a device.
///
/// # Invariants
///
/// `to` is valid for a write of the structure. It need not be aligned, since netlink has it in attributes.
pub struct StatsReport<'a> {
    to: NonNull<net_bindings::rtnl_link_stats64>,
    _core: PhantomData<&'a mut [u8]>,
}

impl StatsReport<'_> {
    /// # Safety
    ///
    /// `to` must be valid for a write of the structure as long as the report lives.
    pub(crate) unsafe fn new(to: NonNull<net_bindings::rtnl_link_stats64>) -> Self {
        // INVARIANT: By the safety requirements.
        Self {
            to,
            _core: PhantomData,
        }
    }

    /// Writes the counters.
    pub fn write(self, stats: &LinkStats) {
        // SAFETY: By the type invariant; all fields are `u64`, and the sizes are equal.
        unsafe { self.to.as_ptr().cast::<LinkStats>().write_unaligned(*stats) }
    }
}

impl Device {
    /// What the device has counted, in `room`; `dev_get_stats()` in C.
    ///
    /// Depending on the driver this sleeps; in a context that must not sleep only ask devices that
    /// C would ask there, too.
    pub fn stats<'a>(&self, room: &'a mut MaybeUninit<LinkStats>) -> &'a LinkStats {
        // SAFETY: The device is valid, and `room` has the size and alignment of C's structure, of
        // whose fields all are `u64`.
        unsafe { net_bindings::dev_get_stats(self.as_ptr(), room.as_mut_ptr().cast()) };
        // SAFETY: Whatever the driver does, all of the structure was written.
        unsafe { room.assume_init_ref() }
    }
}
