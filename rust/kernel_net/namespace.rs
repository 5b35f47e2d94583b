// SPDX-License-Identifier: GPL-2.0

//! Network namespaces.

use kernel::types::Opaque;

/// A `struct net`.
#[repr(transparent)]
pub struct Namespace(Opaque<net_bindings::net>);

impl Namespace {
    /// Makes a reference out of a pointer.
    ///
    /// # Safety
    ///
    /// `ptr` must be to a namespace that is not freed during `'a`.
    pub(crate) unsafe fn from_raw<'a>(ptr: *mut net_bindings::net) -> &'a Self {
        // SAFETY: By the safety requirements; `Self` is a transparent wrapper.
        unsafe { &*ptr.cast() }
    }

    /// The C object.
    pub(crate) fn as_ptr(&self) -> *mut net_bindings::net {
        self.0.get()
    }
}
