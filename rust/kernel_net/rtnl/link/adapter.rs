// SPDX-License-Identifier: GPL-2.0

//! The functions of a link type as C calls them.

use super::LinkOps;
use crate::{
    netdevice::{ops::VTable, Device},
    rtnl::{
        attr::{Attrs, Message},
        policy::Policy,
        ExtAck,
        Rtnl, //
    }, //
};
use core::{
    marker::PhantomData,
    ptr::{self, NonNull},
};
use kernel::{
    error::{from_result, to_result},
    prelude::*, //
};

/// The functions that C calls.
pub(super) struct Adapter<T>(PhantomData<T>);

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

/// Whose extended statistics are asked for.
enum Xstats {
    /// The device's own (`IFLA_STATS_LINK_XSTATS`).
    Own,
    /// Those of one of its slaves (`IFLA_STATS_LINK_XSTATS_SLAVE`).
    Slave,
}

/// The arguments of a request.
///
/// # Safety
///
/// `tb` must be the table of `IFLA_*` attributes, `data` null or parsed by `policy`, `extack` null or
/// nobody else's; all valid for `'a`.
unsafe fn request<'a>(
    tb: RawTb,
    data: RawTb,
    policy: &'static [Policy],
    extack: *mut net_bindings::netlink_ext_ack,
) -> (Attrs<'a>, Attrs<'a>, ExtAck<'a>) {
    // SAFETY: By the safety requirements.
    let tb = unsafe { ifla(tb) };
    // SAFETY: By the safety requirements.
    let data = unsafe { own(data, policy) };
    // SAFETY: By the safety requirements.
    (tb, data, unsafe { ExtAck::from_raw(extack) })
}

impl<T: LinkOps> Adapter<T> {
    pub(super) const OPS: net_bindings::rtnl_link_ops = net_bindings::rtnl_link_ops {
        kind: T::KIND.to_bytes_with_nul().as_ptr(),
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
        // SAFETY: The core passes valid parameters.
        let params = unsafe { &*params };
        // SAFETY: The core passes tables parsed by the policies, and its acknowledgement.
        let (tb, data, mut ext) = unsafe { request(params.tb, params.data, T::POLICY, extack) };
        // SAFETY: The core holds the RTNL.
        let rtnl = unsafe { Rtnl::assume_held() };
        from_result(|| {
            // SAFETY: The device is allocated and not registered, the RTNL is held.
            to_result(unsafe { net_bindings::register_netdevice(dev) })?;
            // SAFETY: The device is registered, and stays at least for this call.
            let this = unsafe { Self::private(dev) };
            // SAFETY: As above.
            let device = unsafe { Self::device(dev) };
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
        // SAFETY: The core passes tables parsed by the policies, and its acknowledgement.
        let (tb, data, mut ext) = unsafe { request(tb, data, T::POLICY, extack) };
        // SAFETY: The core holds the RTNL.
        let rtnl = unsafe { Rtnl::assume_held() };
        // SAFETY: The device is registered, and stays at least for this call.
        let this = unsafe { Self::private(dev) };
        // SAFETY: As above.
        let device = unsafe { Self::device(dev) };
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
            // SAFETY: The core holds the RTNL.
            let rtnl = unsafe { Rtnl::assume_held() };
            // SAFETY: The core lends the message.
            let mut msg = unsafe { Message::from_raw(skb) };
            // SAFETY: The device is registered, and stays at least for this call.
            T::fill_info(unsafe { Self::private(dev) }, &mut msg, &rtnl).map(|()| 0)
        })
    }

    extern "C" fn get_num_tx_queues() -> c_uint {
        T::num_tx_queues()
    }

    extern "C" fn get_num_rx_queues() -> c_uint {
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
        // SAFETY: The core passes tables parsed by the policies, and its acknowledgement.
        let (tb, data, mut ext) = unsafe { request(tb, data, T::SLAVE_POLICY, extack) };
        // SAFETY: The core holds the RTNL.
        let rtnl = unsafe { Rtnl::assume_held() };
        // SAFETY: Both devices are registered, and stay at least for this call.
        let this = unsafe { Self::private(dev) };
        // SAFETY: As above.
        let slave = unsafe { Self::device(slave) };
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
        let this = unsafe { Self::private(dev) };
        // SAFETY: As above.
        let slave = unsafe { Self::device(slave) };
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
            // SAFETY: The core holds the RTNL.
            let rtnl = unsafe { Rtnl::assume_held() };
            // SAFETY: The core lends the message.
            let mut msg = unsafe { Message::from_raw(skb) };
            // SAFETY: Both devices are registered, and stay at least for this call.
            let this = unsafe { Self::private(dev) };
            // SAFETY: As above.
            let slave = unsafe { Self::device(slave) };
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
            // SAFETY: The core holds the RTNL.
            let rtnl = unsafe { Rtnl::assume_held() };
            // SAFETY: The core lends the message.
            let mut msg = unsafe { Message::from_raw(skb) };
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
                    let this = unsafe { Self::private(master) };
                    // SAFETY: As above.
                    let slave = unsafe { Self::device(dev) };
                    T::fill_xstats(this, Some(slave), &mut msg, &rtnl)?;
                }
            }
            Ok(0)
        })
    }
}
