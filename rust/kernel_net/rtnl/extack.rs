// SPDX-License-Identifier: GPL-2.0

//! Error texts for netlink requests.

use core::marker::PhantomData;

/// Where the text for a refused request goes, if the requester wants one.
///
/// # Invariants
///
/// `ptr` is null, or valid and not used by anybody else for `'a`.
pub struct ExtAck<'a> {
    ptr: *mut net_bindings::netlink_ext_ack,
    _request: PhantomData<&'a mut net_bindings::netlink_ext_ack>,
}

impl<'a> ExtAck<'a> {
    /// Nobody wants the text.
    pub fn none() -> Self {
        // INVARIANT: Null.
        Self {
            ptr: core::ptr::null_mut(),
            _request: PhantomData,
        }
    }

    /// Wraps the C object.
    ///
    /// # Safety
    ///
    /// `ptr` must be null, or valid and not used by anybody else for `'a`.
    pub(crate) unsafe fn from_raw(ptr: *mut net_bindings::netlink_ext_ack) -> Self {
        // INVARIANT: By the safety requirements.
        Self {
            ptr,
            _request: PhantomData,
        }
    }

    /// The C object, or null.
    pub(crate) fn as_ptr(&mut self) -> *mut net_bindings::netlink_ext_ack {
        self.ptr
    }
}
