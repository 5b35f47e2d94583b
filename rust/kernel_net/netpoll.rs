// SPDX-License-Identifier: GPL-2.0

//! Netpoll: sending and receiving where nothing else works, for the kernel's log.
//!
//! C header: [`include/linux/netpoll.h`](srctree/include/linux/netpoll.h)

use crate::{
    netdevice::{
        ops::{Driver, VTable},
        Device,
    },
    rtnl::Rtnl,
    tx::TxContext,
};
use core::ptr::NonNull;
use kernel::{
    error::{from_err_ptr, from_result},
    prelude::*, //
};

/// A use of a device by netpoll.
///
/// Dropped without [`Self::undo`] it stays for ever.
///
/// # Invariants
///
/// `0` was set up by `__netpoll_setup()`, and belongs to this value.
#[must_use = "dropping it leaks it"]
pub struct Netpoll(NonNull<net_bindings::netpoll>);

// SAFETY: It is only used with the RTNL held.
unsafe impl Send for Netpoll {}
// SAFETY: There is nothing to do with a shared reference.
unsafe impl Sync for Netpoll {}

impl Netpoll {
    /// Makes a device usable by netpoll; `slave_enable_netpoll()` in C.
    ///
    /// # Errors
    ///
    /// `ENOTSUPP` if the device is not for netpoll, `EOPNOTSUPP` in kernels without it, `ENOMEM`, or
    /// what the driver says.
    pub fn setup(dev: &Device, _rtnl: &Rtnl<'_>) -> Result<Self> {
        // SAFETY: The device is valid, and the RTNL is held.
        let np = from_err_ptr(unsafe { net_bindings::netpoll_setup_dev(dev.as_ptr()) })?;
        // INVARIANT: Set up just now.
        NonNull::new(np).map(Self).ok_or(ENOMEM)
    }

    /// Takes the use back; waits for an RCU grace period. `slave_disable_netpoll()` in C.
    pub fn undo(self, _rtnl: &Rtnl<'_>) {
        // SAFETY: By the type invariant, and the RTNL is held.
        unsafe { net_bindings::netpoll_free_dev(self.0.as_ptr()) }
    }
}

impl Device {
    /// Whether netpoll uses the device.
    pub fn uses_netpoll(&self, _rtnl: &Rtnl<'_>) -> bool {
        #[cfg(CONFIG_NETPOLL)]
        // SAFETY: The device is valid, and the field is written under the RTNL.
        return !unsafe { (*self.as_ptr()).npinfo }.is_null();
        #[cfg(not(CONFIG_NETPOLL))]
        false
    }

    /// Has the device receive what is there, in netpoll's context; `netpoll_poll_dev()` in C.
    pub fn poll_by_netpoll(&self, _cx: &TxContext<'_>) {
        // SAFETY: The device is valid; the context is that of a poll of the device above.
        unsafe { net_bindings::netpoll_poll_lower(self.as_ptr()) }
    }
}

#[cfg_attr(not(CONFIG_NET_POLL_CONTROLLER), expect(dead_code))]
impl<T: Driver> VTable<T> {
    /// # Safety
    ///
    /// To be called by the netpoll core only, after a successful `ndo_init`.
    pub(crate) unsafe extern "C" fn ndo_netpoll_setup(dev: *mut net_bindings::net_device) -> c_int {
        // SAFETY: `dev` is valid for this call, and was initialised.
        let (this, dev) = unsafe { Self::parts(dev) };
        // SAFETY: Called with the RTNL held.
        let rtnl = unsafe { Rtnl::assume_held() };
        from_result(|| T::netpoll_setup(this, dev, &rtnl).map(|()| 0))
    }

    /// # Safety
    ///
    /// To be called by the netpoll core only, after a successful `ndo_init`.
    pub(crate) unsafe extern "C" fn ndo_netpoll_cleanup(dev: *mut net_bindings::net_device) {
        // SAFETY: `dev` is valid for this call, and was initialised.
        let (this, dev) = unsafe { Self::parts(dev) };
        // SAFETY: Called with the RTNL held.
        T::netpoll_cleanup(this, dev, &unsafe { Rtnl::assume_held() });
    }

    /// # Safety
    ///
    /// To be called by the netpoll core only, after a successful `ndo_init`.
    pub(crate) unsafe extern "C" fn ndo_poll_controller(dev: *mut net_bindings::net_device) {
        // SAFETY: `dev` is valid for this call, and was initialised.
        let (this, _) = unsafe { Self::parts(dev) };
        // SAFETY: Called with interrupts disabled.
        T::poll_controller(this, unsafe { TxContext::assume() });
    }
}
