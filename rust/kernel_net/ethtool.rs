// SPDX-License-Identifier: GPL-2.0

//! What ethtool is told of a device.
//!
//! C header: [`include/linux/ethtool.h`](srctree/include/linux/ethtool.h)

use crate::{
    netdevice::ops::{Driver, VTable},
    rtnl::Rtnl,
};
use kernel::prelude::*;

/// Which driver a device has, `ethtool_drvinfo` in C.
#[derive(Clone, Copy)]
pub struct DriverInfo {
    /// The name.
    pub driver: &'static CStr,
    /// What stands in place of a firmware's version.
    pub fw_version: &'static CStr,
}

/// The speed of a device.
#[derive(Clone, Copy, Default)]
pub struct LinkSettings {
    /// Mbit/s; `None` if unknown.
    pub speed: Option<u32>,
    /// `DUPLEX_HALF` (0) or `DUPLEX_FULL` (1); `None` if unknown.
    pub duplex: Option<u8>,
}

/// Copies a string as far as there is room, the terminating zero in any case.
fn copy_str(to: &mut [c_char], from: &CStr) {
    let room = to.len().saturating_sub(1);
    for (to, from) in to.iter_mut().take(room).zip(from.to_bytes_with_nul()) {
        *to = *from;
    }
}

impl<T: Driver> VTable<T> {
    /// The operations for ethtool.
    pub(crate) const ETHTOOL: net_bindings::ethtool_ops = net_bindings::ethtool_ops {
        get_drvinfo: if T::INFO.is_some() {
            Some(Self::get_drvinfo)
        } else {
            None
        },
        get_link: Some(net_bindings::ethtool_op_get_link),
        get_link_ksettings: if T::HAS_LINK_SETTINGS {
            Some(Self::get_link_ksettings)
        } else {
            None
        },
        get_ts_info: if T::HAS_TIMESTAMPS {
            Some(Self::get_ts_info)
        } else {
            None
        },
        ..pin_init::zeroed()
    };

    /// # Safety
    ///
    /// To be called by the ethtool core only, after a successful `ndo_init`.
    unsafe extern "C" fn get_drvinfo(
        _dev: *mut net_bindings::net_device,
        info: *mut net_bindings::ethtool_drvinfo,
    ) {
        let Some(ours) = T::INFO else { return };
        // SAFETY: The core passes a valid structure.
        let info = unsafe { &mut *info };
        copy_str(&mut info.driver, ours.driver);
        copy_str(&mut info.fw_version, ours.fw_version);
    }

    /// # Safety
    ///
    /// To be called by the ethtool core only, after a successful `ndo_init`.
    unsafe extern "C" fn get_link_ksettings(
        dev: *mut net_bindings::net_device,
        settings: *mut net_bindings::ethtool_link_ksettings,
    ) -> c_int {
        // SAFETY: `dev` is valid for this call, and was initialised.
        let (this, dev) = unsafe { Self::parts(dev) };
        // SAFETY: Called with the RTNL held.
        let link = T::link_settings(this, dev, &unsafe { Rtnl::assume_held() });
        // SAFETY: The core passes a valid structure.
        let base = unsafe { &mut (*settings).base };
        base.port = net_bindings::PORT_OTHER as u8;
        base.speed = link.speed.unwrap_or(net_bindings::SPEED_UNKNOWN as u32);
        base.duplex = link.duplex.unwrap_or(net_bindings::DUPLEX_UNKNOWN as u8);
        0
    }
}
