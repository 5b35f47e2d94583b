// SPDX-License-Identifier: GPL-2.0

//! Making and removing devices other than by netlink.

use super::{ops::Driver, Device};
use crate::{namespace::Namespace, rtnl::Rtnl};
use core::sync::atomic::Ordering;
use kernel::{error::to_result, prelude::*};

/// A device that is made, but not registered; freed when dropped.
///
/// # Invariants
///
/// `0` is valid, not registered, and nobody else's.
struct Unregistered(*mut net_bindings::net_device);

impl Drop for Unregistered {
    fn drop(&mut self) {
        // SAFETY: By the type invariant.
        unsafe { net_bindings::free_netdev(self.0) }
    }
}

/// Makes a device of driver `T` with `queues` queues for each direction, registers it and turns its carrier off; `bond_create()` in C.
///
/// A `%d` in `name` stands for the first free number.
///
/// # Errors
///
/// `EINVAL` for a name that is none, `EEXIST` for one that is taken, `ENODEV` while the link type is
/// not registered, `ENOMEM`, or what [`Driver::init`] or a listener says.
pub fn create<'a, T: Driver>(
    net: &Namespace,
    name: &CStr,
    queues: u32,
    rtnl: &'a Rtnl<'_>,
) -> Result<&'a Device> {
    let link = T::ops().link.load(Ordering::Relaxed);
    if link.is_null() {
        return Err(ENODEV);
    }
    if name.to_bytes_with_nul().len() > net_bindings::IFNAMSIZ as usize {
        return Err(EINVAL);
    }
    let size = c_int::try_from(size_of::<T>()).map_err(|_| EINVAL)?;
    // SAFETY: The link type stays registered while the RTNL is held.
    let setup = unsafe { (*link).setup };
    // SAFETY: The name is short enough, and `setup` is for the private area of the size given.
    let dev = unsafe {
        net_bindings::alloc_netdev_mqs(
            size,
            name.as_char_ptr(),
            net_bindings::NET_NAME_UNKNOWN as u8,
            setup,
            queues,
            queues,
        )
    };
    if dev.is_null() {
        return Err(ENOMEM);
    }
    // INVARIANT: Made just now.
    let made = Unregistered(dev);
    // SAFETY: The device is valid and not registered, the namespace is valid.
    unsafe { net_bindings::dev_net_set(dev, net.as_ptr()) };
    // SAFETY: As above. The link type stays registered while the RTNL is held.
    unsafe { (*dev).rtnl_link_ops = link };
    // SAFETY: The device is complete, and the RTNL is held.
    to_result(unsafe { net_bindings::register_netdevice(dev) })?;
    // The core owns it from here on.
    core::mem::forget(made);
    // SAFETY: A registered device is not freed while the RTNL is held.
    let dev = unsafe { Device::from_raw::<'a>(dev) };
    let _ = rtnl;
    dev.carrier_off();
    Ok(dev)
}

impl Device {
    /// Removes the device; `unregister_netdevice()` in C. Does nothing if it is being removed.
    pub fn unregister(&self, _rtnl: &Rtnl<'_>) {
        // SAFETY: The device is valid.
        let state = unsafe { (&raw const (*self.as_ptr()).reg_state).read_volatile() };
        if u32::from(state) != net_bindings::netdev_reg_state_NETREG_REGISTERED {
            return;
        }
        // SAFETY: The device is registered, and the RTNL is held.
        unsafe { net_bindings::unregister_netdevice_queue(self.as_ptr(), core::ptr::null_mut()) }
    }
}
