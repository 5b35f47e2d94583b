// SPDX-License-Identifier: GPL-2.0

//! Time stamps made by hardware, which a device has from one of the devices below it.
//!
//! C header: [`include/linux/net_tstamp.h`](srctree/include/linux/net_tstamp.h)

use crate::{
    error::op_not_supported,
    netdevice::{
        ops::{Driver, VTable},
        Device, //
    },
    rtnl::Rtnl, //
};
use kernel::{
    error::{from_result, to_result},
    prelude::*,
    uaccess::{UserPtr, UserSlice},
};

/// `HWTSTAMP_FLAG_BONDED_PHC_INDEX`: whose clock it is may change with the device below.
const BONDED_PHC_INDEX: c_int =
    net_bindings::hwtstamp_flags_HWTSTAMP_FLAG_BONDED_PHC_INDEX as c_int;

/// What a device can say of its time stamps; `kernel_ethtool_ts_info` in C.
pub struct TimestampInfo<'a>(&'a mut net_bindings::kernel_ethtool_ts_info);

impl TimestampInfo<'_> {
    /// Says what `dev` says.
    ///
    /// # Errors
    ///
    /// That of its driver.
    pub fn copy_from(&mut self, dev: &Device, _rtnl: &Rtnl<'_>) -> Result {
        // SAFETY: The device is valid, the RTNL is held, and there is room for the answer.
        to_result(unsafe { net_bindings::ethtool_get_ts_info_by_layer(dev.as_ptr(), self.0) })
    }

    /// Says that frames are stamped by software as they are sent.
    pub fn add_tx_software(&mut self) {
        self.0.so_timestamping |= net_bindings::SOF_TIMESTAMPING_TX_SOFTWARE;
    }
}

impl Device {
    /// Whether frames are stamped by software as they are sent.
    ///
    /// # Errors
    ///
    /// That of the driver, which cannot say.
    pub fn stamps_tx_by_software(&self, rtnl: &Rtnl<'_>) -> Result<bool> {
        let mut info = pin_init::zeroed();
        TimestampInfo(&mut info).copy_from(self, rtnl)?;
        Ok(info.so_timestamping & net_bindings::SOF_TIMESTAMPING_TX_SOFTWARE != 0)
    }
}

/// Says that the clock is that of a device below, which may be another one tomorrow;
/// `bond_set_phc_index_flag()` in C.
///
/// # Errors
///
/// `EFAULT`: the user's memory is gone.
fn mark_bonded(config: &mut net_bindings::kernel_hwtstamp_config) -> Result {
    if !config.copied_to_user {
        config.flags |= BONDED_PHC_INDEX;
        return Ok(());
    }
    // The device below has an old driver, which has answered the user itself.
    // SAFETY: With `copied_to_user` set the request is there, and its data is where the user wants the answer.
    let answer = unsafe { (*config.ifr).ifr_ifru.ifru_data };
    // The flags come first in the structure.
    let place = || UserSlice::new(UserPtr::from_addr(answer.addr()), size_of::<c_int>());
    let flags: c_int = place().reader().read()?;
    place().writer().write(&(flags | BONDED_PHC_INDEX))
}

impl<T: Driver> VTable<T> {
    /// # Safety
    ///
    /// To be called by the networking core only, after a successful `ndo_init`.
    pub(crate) unsafe extern "C" fn ndo_hwtstamp_get(
        dev: *mut net_bindings::net_device,
        config: *mut net_bindings::kernel_hwtstamp_config,
    ) -> c_int {
        // SAFETY: `dev` is valid for this call, and was initialised.
        let (this, _) = unsafe { Self::parts(dev) };
        // SAFETY: Called with the RTNL held.
        let rtnl = unsafe { Rtnl::assume_held() };
        from_result(|| {
            let clock = T::clock(this, &rtnl).ok_or_else(op_not_supported)?;
            // SAFETY: Device and configuration are valid, and the RTNL is held.
            to_result(unsafe { net_bindings::generic_hwtstamp_get_lower(clock.as_ptr(), config) })?;
            // SAFETY: The core passes a valid structure.
            mark_bonded(unsafe { &mut *config }).map(|()| 0)
        })
    }

    /// # Safety
    ///
    /// To be called by the networking core only, after a successful `ndo_init`.
    pub(crate) unsafe extern "C" fn ndo_hwtstamp_set(
        dev: *mut net_bindings::net_device,
        config: *mut net_bindings::kernel_hwtstamp_config,
        extack: *mut net_bindings::netlink_ext_ack,
    ) -> c_int {
        // SAFETY: `dev` is valid for this call, and was initialised.
        let (this, _) = unsafe { Self::parts(dev) };
        // SAFETY: Called with the RTNL held.
        let rtnl = unsafe { Rtnl::assume_held() };
        from_result(|| {
            // SAFETY: The core passes a valid structure.
            if unsafe { (*config).flags } & BONDED_PHC_INDEX == 0 {
                return Err(op_not_supported());
            }
            let clock = T::clock(this, &rtnl).ok_or_else(op_not_supported)?;
            // SAFETY: Device and configuration are valid, and the RTNL is held.
            to_result(unsafe {
                net_bindings::generic_hwtstamp_set_lower(clock.as_ptr(), config, extack)
            })?;
            // SAFETY: The core passes a valid structure.
            mark_bonded(unsafe { &mut *config }).map(|()| 0)
        })
    }

    /// # Safety
    ///
    /// To be called by the ethtool core only, after a successful `ndo_init`.
    pub(crate) unsafe extern "C" fn get_ts_info(
        dev: *mut net_bindings::net_device,
        info: *mut net_bindings::kernel_ethtool_ts_info,
    ) -> c_int {
        // SAFETY: `dev` is valid for this call, and was initialised.
        let (this, _) = unsafe { Self::parts(dev) };
        // SAFETY: Called with the RTNL held.
        let rtnl = unsafe { Rtnl::assume_held() };
        // SAFETY: The core passes a valid structure.
        let mut info = TimestampInfo(unsafe { &mut *info });
        from_result(|| T::timestamps(this, &mut info, &rtnl).map(|()| 0))
    }
}
