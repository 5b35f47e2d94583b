// SPDX-License-Identifier: GPL-2.0

//! Neighbours of devices whose slaves have something to say about them.
//!
//! C header: [`include/net/neighbour.h`](srctree/include/net/neighbour.h)

use crate::netdevice::{
    ops::{Driver, VTable},
    Device,
};
use kernel::{prelude::*, sync::rcu};

impl<T: Driver> VTable<T> {
    /// Has the slaves' word asked for when there is a neighbour; `bond_neigh_setup()` in C.
    ///
    /// Devices above call this for their own parameters, too, which are left alone.
    ///
    /// # Safety
    ///
    /// To be called by the networking core only, or by the driver of a device above.
    pub(crate) unsafe extern "C" fn ndo_neigh_setup(
        dev: *mut net_bindings::net_device,
        parms: *mut net_bindings::neigh_parms,
    ) -> c_int {
        // SAFETY: The caller passes valid parameters.
        let parms = unsafe { &mut *parms };
        if core::ptr::eq(parms.dev, dev) {
            parms.neigh_setup = Some(Self::neigh_setup);
        }
        0
    }

    /// Sets a new neighbour up as the slave wants it; `bond_neigh_init()` in C.
    ///
    /// # Safety
    ///
    /// To be called by the neighbour core only.
    unsafe extern "C" fn neigh_setup(neigh: *mut net_bindings::neighbour) -> c_int {
        // SAFETY: The neighbour is valid, and has a device.
        let dev = unsafe { Device::from_raw((*neigh).dev) };
        let Some(this) = dev.driver::<T>() else {
            return 0;
        };
        let cx = rcu::read_lock();
        let Some(slave) = T::neighbour_model(this, &cx) else {
            return 0;
        };
        // SAFETY: The device is valid, and always has operations.
        let setup = unsafe { (*(*slave.as_ptr()).netdev_ops).ndo_neigh_setup };
        let Some(setup) = setup else { return 0 };
        let mut parms: net_bindings::neigh_parms = pin_init::zeroed();
        // SAFETY: The device is valid; drivers only set the function in the parameters.
        let ret = unsafe { setup(slave.as_ptr(), &mut parms) };
        if ret != 0 {
            return ret;
        }
        match parms.neigh_setup {
            // SAFETY: The neighbour is valid, and this is the function for it.
            Some(setup) => unsafe { setup(neigh) },
            None => 0,
        }
    }
}
