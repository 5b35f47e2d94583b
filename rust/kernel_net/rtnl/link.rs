// SPDX-License-Identifier: GPL-2.0

//! Link types: devices that `ip link add type ...` makes.
//!
//! C header: [`include/net/rtnetlink.h`](srctree/include/net/rtnetlink.h)

use super::{
    attr::{Attrs, Message},
    ExtAck,
    Rtnl, //
};
use crate::{
    netdevice::{ops::VTable, Device, Driver}, //
};
use core::{
    marker::PhantomData,
    ptr::{self, NonNull},
    sync::atomic::Ordering, //
};
use kernel::{
    build_error,
    error::{from_result, to_result, VTABLE_DEFAULT_ERROR},
    prelude::*,
    sync::atomic::{Atomic, Full, Relaxed},
    types::Opaque, //
};

/// What the netlink core checks of an attribute before the link type sees it (`struct nla_policy`).
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct Policy(net_bindings::nla_policy);

// SAFETY: The pointers in a policy are to constants.
unsafe impl Sync for Policy {}
// SAFETY: The pointers in a policy are to constants.
unsafe impl Send for Policy {}

/// The values an attribute may have (`struct netlink_range_validation`).
#[repr(transparent)]
pub struct Range(net_bindings::netlink_range_validation);

impl Range {
    /// From `min` to `max`, both included.
    pub const fn new(min: u64, max: u64) -> Self {
        Self(net_bindings::netlink_range_validation { min, max })
    }
}

impl Policy {
    /// Any length, not looked at.
    pub const UNSPEC: Self = Self::of(net_bindings::NLA_UNSPEC, 0);
    /// A byte.
    pub const U8: Self = Self::of(net_bindings::NLA_U8, 0);
    /// 16 bits in host order.
    pub const U16: Self = Self::of(net_bindings::NLA_U16, 0);
    /// 32 bits in host order.
    pub const U32: Self = Self::of(net_bindings::NLA_U32, 0);
    /// A signed number of 32 bits.
    pub const S32: Self = Self::of(net_bindings::NLA_S32, 0);
    /// Attributes in an attribute.
    pub const NESTED: Self = Self::of(net_bindings::NLA_NESTED, 0);

    // CAST: The C enumeration is kept in a byte.
    const fn of(kind: c_uint, len: u16) -> Self {
        Self(net_bindings::nla_policy {
            type_: kind as u8,
            len,
            ..pin_init::zeroed()
        })
    }

    /// At most `len` bytes.
    pub const fn binary(len: u16) -> Self {
        Self::of(net_bindings::NLA_BINARY, len)
    }

    /// A number of 32 bits within a range; `NLA_POLICY_FULL_RANGE(NLA_U32, ...)`.
    pub const fn u32_in(range: &'static Range) -> Self {
        let mut policy = Self::U32;
        policy.0.validation_type = net_bindings::nla_policy_validation_NLA_VALIDATE_RANGE_PTR as u8;
        policy.0.__bindgen_anon_1.range = &range.0;
        policy
    }
}

/// Whose extended statistics are asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Xstats {
    /// The device's own (`IFLA_STATS_LINK_XSTATS`).
    Own,
    /// Those of one of its slaves (`IFLA_STATS_LINK_XSTATS_SLAVE`).
    Slave,
}

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
        self.0
            .registered
            .store(false, kernel::sync::atomic::Relaxed);
    }
}

/// The functions that C calls.
struct Adapter<T>(PhantomData<T>);

type RawTb = *mut *mut net_bindings::nlattr;

/// The table of `IFLA_*` attributes.
///
/// # Safety
///
/// `tb` must be one, valid for `'a`.
unsafe fn ifla<'a>(tb: RawTb) -> Attrs<'a> {
    // CAST: A small constant.
    const MAX: u16 = (net_bindings::__IFLA_MAX - 1) as u16;
    // SAFETY: By the safety requirements.
    unsafe { Attrs::from_raw(tb, MAX) }
}

/// A table parsed by a link type's own policy.
///
/// # Safety
///
/// `tb` must be null or have an entry for each of `policy`, valid for `'a`.
unsafe fn own<'a>(tb: RawTb, policy: &'static [Policy]) -> Attrs<'a> {
    // CAST: A policy has an entry for each type, a type is 14 bits.
    let max = policy.len().saturating_sub(1) as u16;
    // SAFETY: By the safety requirements.
    unsafe { Attrs::from_raw(tb, max) }
}

impl<T: LinkOps> Adapter<T> {
    const OPS: net_bindings::rtnl_link_ops = net_bindings::rtnl_link_ops {
        kind: T::KIND.as_ptr().cast(),
        priv_size: size_of::<T>(),
        setup: Some(Self::setup),
        maxtype: T::POLICY.len().saturating_sub(1) as c_uint,
        policy: if T::POLICY.is_empty() {
            ptr::null()
        } else {
            T::POLICY.as_ptr().cast()
        },
        validate: if T::HAS_VALIDATE {
            Some(Self::validate)
        } else {
            None
        },
        newlink: Some(Self::newlink),
        changelink: if T::HAS_CHANGE_LINK {
            Some(Self::changelink)
        } else {
            None
        },
        get_size: if T::HAS_INFO_SIZE {
            Some(Self::get_size)
        } else {
            None
        },
        fill_info: if T::HAS_FILL_INFO {
            Some(Self::fill_info)
        } else {
            None
        },
        get_num_tx_queues: if T::HAS_NUM_TX_QUEUES {
            Some(Self::get_num_tx_queues)
        } else {
            None
        },
        get_num_rx_queues: if T::HAS_NUM_RX_QUEUES {
            Some(Self::get_num_rx_queues)
        } else {
            None
        },
        slave_maxtype: T::SLAVE_POLICY.len().saturating_sub(1) as c_uint,
        slave_policy: if T::SLAVE_POLICY.is_empty() {
            ptr::null()
        } else {
            T::SLAVE_POLICY.as_ptr().cast()
        },
        slave_changelink: if T::HAS_SLAVE_CHANGE_LINK {
            Some(Self::slave_changelink)
        } else {
            None
        },
        get_slave_size: if T::HAS_SLAVE_INFO_SIZE {
            Some(Self::get_slave_size)
        } else {
            None
        },
        fill_slave_info: if T::HAS_SLAVE_FILL_INFO {
            Some(Self::fill_slave_info)
        } else {
            None
        },
        get_linkxstats_size: if T::HAS_XSTATS_SIZE {
            Some(Self::get_linkxstats_size)
        } else {
            None
        },
        fill_linkxstats: if T::HAS_FILL_XSTATS {
            Some(Self::fill_linkxstats)
        } else {
            None
        },
        ..pin_init::zeroed()
    };

    /// The private area of a device.
    ///
    /// # Safety
    ///
    /// `dev` must be of this type, have been registered, and stay for `'a`.
    unsafe fn private<'a>(dev: *const net_bindings::net_device) -> &'a T {
        // SAFETY: By the safety requirements.
        let dev: &'a Device = unsafe { Self::device(dev) };
        // SAFETY: `ndo_init` has initialised the private area, which stays until the device goes.
        unsafe { &*dev.private() }
    }

    /// A device argument of a callback.
    ///
    /// # Safety
    ///
    /// `dev` must stay for `'a`.
    unsafe fn device<'a>(dev: *const net_bindings::net_device) -> &'a Device {
        // SAFETY: By the safety requirements.
        unsafe { Device::from_raw(dev.cast_mut()) }
    }

    /// # Safety
    ///
    /// To be called by the core only, for a device of this type under construction.
    unsafe extern "C" fn setup(dev: *mut net_bindings::net_device) {
        // SAFETY: By the safety requirements.
        unsafe { VTable::<T>::setup(dev) };
        if let Some(group) = T::SYSFS_GROUP {
            // SAFETY: As above; the first group is the driver's to set, and the group lives for ever.
            unsafe { (*dev).sysfs_groups[0] = group.as_ptr() };
        }
    }

    /// # Safety
    ///
    /// To be called by the RTNL core only.
    unsafe extern "C" fn validate(
        tb: RawTb,
        data: RawTb,
        extack: *mut net_bindings::netlink_ext_ack,
    ) -> c_int {
        // SAFETY: The core passes tables parsed by the policies, and its acknowledgement.
        let (tb, data, mut ext) =
            unsafe { (ifla(tb), own(data, T::POLICY), ExtAck::from_raw(extack)) };
        from_result(|| T::validate(&tb, &data, &mut ext).map(|()| 0))
    }

    /// # Safety
    ///
    /// To be called by the RTNL core only, for a device of this type that `setup` has seen.
    unsafe extern "C" fn newlink(
        dev: *mut net_bindings::net_device,
        params: *mut net_bindings::rtnl_newlink_params,
        extack: *mut net_bindings::netlink_ext_ack,
    ) -> c_int {
        // SAFETY: The core holds the RTNL; the parameters are valid, their tables were parsed by the
        // policies.
        let (rtnl, tb, data, mut ext) = unsafe {
            (
                Rtnl::assume_held(),
                ifla((*params).tb),
                own((*params).data, T::POLICY),
                ExtAck::from_raw(extack),
            )
        };
        from_result(|| {
            // SAFETY: The device is allocated and not registered, the RTNL is held.
            to_result(unsafe { net_bindings::register_netdevice(dev) })?;
            // SAFETY: The device is registered, and stays at least for this call.
            let (device, this) = unsafe { (Self::device(dev), Self::private(dev)) };
            T::new_link(this, device, &tb, &data, &rtnl, &mut ext).inspect_err(|_| {
                // SAFETY: The device is registered, the RTNL is held.
                unsafe { net_bindings::unregister_netdevice_queue(dev, ptr::null_mut()) };
            })?;
            Ok(0)
        })
    }

    /// # Safety
    ///
    /// To be called by the RTNL core only, for a registered device of this type.
    unsafe extern "C" fn changelink(
        dev: *mut net_bindings::net_device,
        tb: RawTb,
        data: RawTb,
        extack: *mut net_bindings::netlink_ext_ack,
    ) -> c_int {
        // SAFETY: The core holds the RTNL, and passes tables parsed by the policies.
        let (rtnl, tb, data, mut ext) = unsafe {
            (
                Rtnl::assume_held(),
                ifla(tb),
                own(data, T::POLICY),
                ExtAck::from_raw(extack),
            )
        };
        // SAFETY: The device is registered, and stays at least for this call.
        let (device, this) = unsafe { (Self::device(dev), Self::private(dev)) };
        from_result(|| T::change_link(this, device, &tb, &data, &rtnl, &mut ext).map(|()| 0))
    }

    /// # Safety
    ///
    /// To be called by the RTNL core only, for a registered device of this type.
    unsafe extern "C" fn get_size(dev: *const net_bindings::net_device) -> usize {
        // SAFETY: The device is registered, and the core is in an RCU section or has the RTNL.
        T::info_size(unsafe { Self::private(dev) })
    }

    /// # Safety
    ///
    /// To be called by the RTNL core only, for a registered device of this type.
    unsafe extern "C" fn fill_info(
        skb: *mut net_bindings::sk_buff,
        dev: *const net_bindings::net_device,
    ) -> c_int {
        from_result(|| {
            let skb = NonNull::new(skb).ok_or(EINVAL)?;
            // SAFETY: The core holds the RTNL, and lends the message.
            let (rtnl, mut msg) = unsafe { (Rtnl::assume_held(), Message::from_raw(skb)) };
            // SAFETY: The device is registered, and stays at least for this call.
            T::fill_info(unsafe { Self::private(dev) }, &mut msg, &rtnl).map(|()| 0)
        })
    }

    unsafe extern "C" fn get_num_tx_queues() -> c_uint {
        T::num_tx_queues()
    }

    unsafe extern "C" fn get_num_rx_queues() -> c_uint {
        T::num_rx_queues()
    }

    /// # Safety
    ///
    /// To be called by the RTNL core only, for a registered device of this type and a slave of it.
    unsafe extern "C" fn slave_changelink(
        dev: *mut net_bindings::net_device,
        slave: *mut net_bindings::net_device,
        tb: RawTb,
        data: RawTb,
        extack: *mut net_bindings::netlink_ext_ack,
    ) -> c_int {
        // SAFETY: The core holds the RTNL, and passes tables parsed by the policies.
        let (rtnl, tb, data, mut ext) = unsafe {
            (
                Rtnl::assume_held(),
                ifla(tb),
                own(data, T::SLAVE_POLICY),
                ExtAck::from_raw(extack),
            )
        };
        // SAFETY: Both devices are registered, and stay at least for this call.
        let (slave, this) = unsafe { (Self::device(slave), Self::private(dev)) };
        from_result(|| T::slave_change_link(this, slave, &tb, &data, &rtnl, &mut ext).map(|()| 0))
    }

    /// # Safety
    ///
    /// To be called by the RTNL core only, for a registered device of this type and a slave of it.
    unsafe extern "C" fn get_slave_size(
        dev: *const net_bindings::net_device,
        slave: *const net_bindings::net_device,
    ) -> usize {
        // SAFETY: Both are registered, and the core is in an RCU section or has the RTNL.
        let (slave, this) = unsafe { (Self::device(slave), Self::private(dev)) };
        T::slave_info_size(this, slave)
    }

    /// # Safety
    ///
    /// To be called by the RTNL core only, for a registered device of this type and a slave of it.
    unsafe extern "C" fn fill_slave_info(
        skb: *mut net_bindings::sk_buff,
        dev: *const net_bindings::net_device,
        slave: *const net_bindings::net_device,
    ) -> c_int {
        from_result(|| {
            let skb = NonNull::new(skb).ok_or(EINVAL)?;
            // SAFETY: The core holds the RTNL, and lends the message.
            let (rtnl, mut msg) = unsafe { (Rtnl::assume_held(), Message::from_raw(skb)) };
            // SAFETY: Both devices are registered, and stay at least for this call.
            let (slave, this) = unsafe { (Self::device(slave), Self::private(dev)) };
            T::slave_fill_info(this, slave, &mut msg, &rtnl).map(|()| 0)
        })
    }

    /// Whose statistics a number of the `IFLA_STATS_*` enumeration means.
    fn xstats(attr: c_int) -> Option<Xstats> {
        // CAST: Small constants of a C enumeration.
        const OWN: c_int = net_bindings::IFLA_STATS_LINK_XSTATS as c_int;
        const SLAVE: c_int = net_bindings::IFLA_STATS_LINK_XSTATS_SLAVE as c_int;
        match attr {
            OWN => Some(Xstats::Own),
            SLAVE => Some(Xstats::Slave),
            _ => None,
        }
    }

    /// # Safety
    ///
    /// To be called by the RTNL core only.
    unsafe extern "C" fn get_linkxstats_size(
        _dev: *const net_bindings::net_device,
        attr: c_int,
    ) -> usize {
        Self::xstats(attr).map_or(0, |_| T::xstats_size())
    }

    /// # Safety
    ///
    /// To be called by the RTNL core only, for a registered device of this type, or, if `attr` is
    /// about slaves, for a device whose master is of this type.
    unsafe extern "C" fn fill_linkxstats(
        skb: *mut net_bindings::sk_buff,
        dev: *const net_bindings::net_device,
        _prividx: *mut c_int,
        attr: c_int,
    ) -> c_int {
        from_result(|| {
            let skb = NonNull::new(skb).ok_or(EINVAL)?;
            // SAFETY: The core holds the RTNL, and lends the message.
            let (rtnl, mut msg) = unsafe { (Rtnl::assume_held(), Message::from_raw(skb)) };
            match Self::xstats(attr).ok_or(EINVAL)? {
                Xstats::Own => {
                    // SAFETY: The device is of this type, and stays at least for this call.
                    let this = unsafe { Self::private(dev) };
                    T::fill_xstats(this, None, &mut msg, &rtnl)?;
                }
                Xstats::Slave => {
                    // SAFETY: The device is registered, and the RTNL held.
                    let master =
                        unsafe { net_bindings::netdev_master_upper_dev_get(dev.cast_mut()) };
                    if master.is_null() {
                        return Ok(0);
                    }
                    // SAFETY: The core found these operations as those of the master, which stays
                    // the master while the RTNL is held.
                    let (slave, this) = unsafe { (Self::device(dev), Self::private(master)) };
                    T::fill_xstats(this, Some(slave), &mut msg, &rtnl)?;
                }
            }
            Ok(0)
        })
    }
}
