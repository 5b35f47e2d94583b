// SPDX-License-Identifier: GPL-2.0

//! IPsec offload of devices that have it from a slave, which none is asked for yet.
//!
//! A device whose features name IPsec must have these operations: the listeners of the network
//! stack do not accept it otherwise.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h) (`struct xfrmdev_ops`)

use crate::{
    error::op_not_supported,
    netdevice::{
        ops::{Driver, VTable},
        Device,
    },
    rtnl::ExtAck,
};
use kernel::{error::from_result, prelude::*, sync::rcu};

impl<T: Driver> VTable<T> {
    /// The operations for IPsec.
    const XFRM: &'static net_bindings::xfrmdev_ops = &net_bindings::xfrmdev_ops {
        xdo_dev_state_add: Some(Self::state_add),
        xdo_dev_state_delete: Some(Self::state_delete),
        ..pin_init::zeroed()
    };

    /// Gives a device under construction the operations, if its driver says who stands for it.
    pub(crate) fn setup_xfrm(dev: &mut net_bindings::net_device) {
        if T::HAS_IPSEC_MODEL {
            dev.xfrmdev_ops = Self::XFRM;
        }
    }

    /// Refuses a security association; the refusals of `bond_ipsec_add_sa()` in C.
    ///
    /// # Safety
    ///
    /// To be called by the IPsec core only, for a device of this driver.
    unsafe extern "C" fn state_add(
        dev: *mut net_bindings::net_device,
        _state: *mut net_bindings::xfrm_state,
        extack: *mut net_bindings::netlink_ext_ack,
    ) -> c_int {
        // SAFETY: The core calls with a device that stays at least for this call.
        let dev = unsafe { Device::from_raw(dev) };
        // SAFETY: The core lends the acknowledgement, or null, for this call.
        let mut ext = unsafe { ExtAck::from_raw(extack) };
        from_result(|| {
            let this = dev.driver::<T>().ok_or(EINVAL)?;
            T::ipsec_model(this, &rcu::read_lock()).ok_or(ENODEV)?;
            ext.set_msg(c"bonding: Slave does not support ipsec offload");
            Err(op_not_supported())
        })
    }

    /// # Safety
    ///
    /// To be called by the IPsec core only.
    unsafe extern "C" fn state_delete(
        _dev: *mut net_bindings::net_device,
        _state: *mut net_bindings::xfrm_state,
    ) {
    }
}
