// SPDX-License-Identifier: GPL-2.0

//! Link types: devices that `ip link add type ...` makes.
//!
//! C header: [`include/net/rtnetlink.h`](srctree/include/net/rtnetlink.h)

mod adapter;

use super::{
    attr::{Attrs, Message},
    policy::Policy,
    ExtAck,
    Rtnl, //
};
use crate::netdevice::{Device, Driver};
use adapter::Adapter;
use core::{
    marker::PhantomData,
    ptr,
    sync::atomic::Ordering, //
};
use kernel::{
    build_error,
    error::{to_result, VTABLE_DEFAULT_ERROR},
    prelude::*,
    sync::atomic::{Atomic, Full, Relaxed},
    types::Opaque, //
};

/// What a link type answers; `self` is the private area of a device of the type.
///
/// Functions without a `&Rtnl` are called under RCU only.
#[vtable]
pub trait LinkOps: Driver {
    /// The policy of the attributes in `IFLA_INFO_DATA`, by type.
    const POLICY: &'static [Policy] = &[];
    /// The policy of the attributes in `IFLA_INFO_SLAVE_DATA`, by type.
    const SLAVE_POLICY: &'static [Policy] = &[];
    /// The group of sysfs attributes in the device's directory.
    const SYSFS_GROUP: Option<&'static crate::sysfs::DeviceGroup<Self>> = None;

    /// The number of transmit queues of a device that is to be made, if nobody says otherwise.
    fn num_tx_queues() -> u32 {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// The number of receive queues of a device that is to be made, if nobody says otherwise.
    fn num_rx_queues() -> u32 {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Checks a request before any device exists: `tb` are the `IFLA_*`, `data` the type's own.
    fn validate(_tb: &Attrs<'_>, _data: &Attrs<'_>, _ext: &mut ExtAck<'_>) -> Result {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Completes a device that was just registered; if this fails it is unregistered.
    fn new_link(
        &self,
        _dev: &Device,
        _tb: &Attrs<'_>,
        _data: &Attrs<'_>,
        _rtnl: &Rtnl<'_>,
        _ext: &mut ExtAck<'_>,
    ) -> Result {
        Ok(())
    }

    /// Changes a device; `data` may be absent.
    fn change_link(
        &self,
        _dev: &Device,
        _tb: &Attrs<'_>,
        _data: &Attrs<'_>,
        _rtnl: &Rtnl<'_>,
        _ext: &mut ExtAck<'_>,
    ) -> Result {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// The most bytes [`fill_info`](Self::fill_info) writes.
    fn info_size(&self) -> usize {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Writes the type's attributes.
    fn fill_info(&self, _msg: &mut Message<'_>, _rtnl: &Rtnl<'_>) -> Result {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Changes one of the device's slaves.
    fn slave_change_link(
        &self,
        _slave: &Device,
        _tb: &Attrs<'_>,
        _data: &Attrs<'_>,
        _rtnl: &Rtnl<'_>,
        _ext: &mut ExtAck<'_>,
    ) -> Result {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// The most bytes [`slave_fill_info`](Self::slave_fill_info) writes.
    fn slave_info_size(&self, _slave: &Device) -> usize {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Writes the attributes of one of the device's slaves.
    fn slave_fill_info(&self, _slave: &Device, _msg: &mut Message<'_>, _rtnl: &Rtnl<'_>) -> Result {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// The most bytes [`fill_xstats`](Self::fill_xstats) writes.
    fn xstats_size() -> usize {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Writes extended statistics: the device's own, or those of `slave`.
    fn fill_xstats(
        &self,
        _slave: Option<&Device>,
        _msg: &mut Message<'_>,
        _rtnl: &Rtnl<'_>,
    ) -> Result {
        build_error!(VTABLE_DEFAULT_ERROR)
    }
}

/// The `rtnl_link_ops` of a link type, to be a `static` of the driver.
pub struct LinkType<T: LinkOps> {
    ops: Opaque<net_bindings::rtnl_link_ops>,
    registered: Atomic<bool>,
    _type: PhantomData<fn(T)>,
}

// SAFETY: The C structure is only touched by the RTNL core, under its locks.
unsafe impl<T: LinkOps> Sync for LinkType<T> {}

impl<T: LinkOps> LinkType<T> {
    /// Makes the operations out of the trait's functions.
    pub const fn new() -> Self {
        Self {
            ops: Opaque::new(Adapter::<T>::OPS),
            registered: Atomic::new(false),
            _type: PhantomData,
        }
    }

    /// Registers the type, so that devices can be made.
    ///
    /// Fails with `EEXIST` if the kind is registered, by whomever.
    pub fn register(&'static self) -> Result<LinkRegistration<T>> {
        if self.registered.xchg(true, Full) {
            return Err(EEXIST);
        }
        // SAFETY: The operations live for ever, and are not registered.
        to_result(unsafe { net_bindings::rtnl_link_register(self.ops.get()) })
            .inspect_err(|_| self.registered.store(false, Relaxed))?;
        T::ops().link.store(self.ops.get(), Ordering::Relaxed);
        Ok(LinkRegistration(self))
    }
}

impl<T: LinkOps> Default for LinkType<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// The registration of a link type; dropping it unregisters the type and all its devices.
pub struct LinkRegistration<T: LinkOps>(&'static LinkType<T>);

impl<T: LinkOps> Drop for LinkRegistration<T> {
    fn drop(&mut self) {
        let rtnl = super::lock();
        T::ops().link.store(ptr::null_mut(), Ordering::Relaxed);
        drop(rtnl);
        // SAFETY: The type was registered by `register`.
        unsafe { net_bindings::rtnl_link_unregister(self.0.ops.get()) };
        self.0.registered.store(false, Relaxed);
    }
}
