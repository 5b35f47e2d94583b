// SPDX-License-Identifier: GPL-2.0

//! Operating a device: opening, closing, configuring it, and telling others of its state.

use super::{Device, HwAddr};
use crate::{
    namespace::Namespace,
    rtnl::{extack::ExtAck, Rtnl}, //
};
use kernel::{
    error::to_result,
    prelude::*, //
};

/// What [`Device::bonding_info_change`] says of a slave and its bond, `netdev_bonding_info` in C.
pub struct BondingInfo {
    /// The bond's mode, its number.
    pub mode: i32,
    /// How many slaves the bond has.
    pub num_slaves: i32,
    /// How often links are looked at, milliseconds.
    pub miimon: i32,
    /// The slave's link state, its number.
    pub link: i8,
    /// Whether the slave stands by.
    pub backup: bool,
    /// How often the link failed.
    pub link_failures: u32,
}

impl BondingInfo {
    /// The C object, for the slave named `name`.
    fn to_raw(&self, name: &super::Name) -> net_bindings::netdev_bonding_info {
        let mut info: net_bindings::netdev_bonding_info = pin_init::zeroed();
        info.master.bond_mode = self.mode;
        info.master.num_slaves = self.num_slaves;
        info.master.miimon = self.miimon;
        for (to, from) in info.slave.slave_name.iter_mut().zip(name.as_bytes()) {
            *to = *from as c_char;
        }
        info.slave.link = self.link;
        info.slave.state = i8::from(self.backup);
        info.slave.link_failure_count = self.link_failures;
        info
    }
}

impl Namespace {
    /// The device of that name, valid under the RTNL; `__dev_get_by_name()` in C.
    pub fn device_by_name<'a>(&self, name: &CStr, _rtnl: &'a Rtnl<'_>) -> Option<&'a Device> {
        // SAFETY: The namespace is valid, `name` is a C string, and the RTNL is held.
        let dev = unsafe { net_bindings::__dev_get_by_name(self.as_ptr(), name.as_char_ptr()) };
        // SAFETY: A registered device is not freed while the RTNL is held.
        (!dev.is_null()).then(|| unsafe { Device::from_raw(dev) })
    }

    /// The device of that index, valid under the RTNL; `__dev_get_by_index()` in C.
    pub fn device_by_index<'a>(&self, index: i32, _rtnl: &'a Rtnl<'_>) -> Option<&'a Device> {
        // SAFETY: The namespace is valid, and the RTNL is held.
        let dev = unsafe { net_bindings::__dev_get_by_index(self.as_ptr(), index) };
        // SAFETY: A registered device is not freed while the RTNL is held.
        (!dev.is_null()).then(|| unsafe { Device::from_raw(dev) })
    }
}

impl Device {
    /// Opens the device; `dev_open()` in C.
    ///
    /// # Errors
    ///
    /// That of the driver, or of a listener who objects.
    pub fn open(&self, _rtnl: &Rtnl<'_>, ext: &mut ExtAck<'_>) -> Result {
        // SAFETY: The device is valid, the RTNL is held, and the text goes to a valid place or none.
        to_result(unsafe { net_bindings::dev_open(self.as_ptr(), ext.as_ptr()) })
    }

    /// Closes the device; `dev_close()` in C.
    pub fn close(&self, _rtnl: &Rtnl<'_>) {
        // SAFETY: The device is valid, and the RTNL is held.
        unsafe { net_bindings::dev_close(self.as_ptr()) }
    }

    /// Has the device change its MTU, bytes; `dev_set_mtu()` in C.
    ///
    /// # Errors
    ///
    /// `EINVAL` out of range, `ENODEV` if it is not there, or what the driver or a listener says.
    pub fn set_mtu(&self, mtu: u32, _rtnl: &Rtnl<'_>) -> Result {
        let mtu = c_int::try_from(mtu).map_err(|_| EINVAL)?;
        // SAFETY: The device is valid, and the RTNL is held.
        to_result(unsafe { net_bindings::dev_set_mtu(self.as_ptr(), mtu) })
    }

    /// As [`Self::set_mtu`], without telling anybody, for a device that is going away.
    ///
    /// # Errors
    ///
    /// What the driver says.
    pub fn set_mtu_unregistering(&self, mtu: u32, _rtnl: &Rtnl<'_>) -> Result {
        let mtu = c_int::try_from(mtu).map_err(|_| EINVAL)?;
        // SAFETY: The device is valid.
        unsafe { net_bindings::netdev_lock_ops(self.as_ptr()) };
        // SAFETY: The device is valid, the RTNL and the device's lock are held.
        let ret = unsafe { net_bindings::__netif_set_mtu(self.as_ptr(), mtu) };
        // SAFETY: The lock was taken above.
        unsafe { net_bindings::netdev_unlock_ops(self.as_ptr()) };
        to_result(ret)
    }

    /// Stores the MTU, bytes, and tells nobody.
    ///
    /// For a driver's own device, when it was asked to change it.
    pub fn store_mtu(&self, mtu: u32, _rtnl: &Rtnl<'_>) {
        // SAFETY: The device is valid, and writers are excluded by the RTNL.
        unsafe { (&raw mut (*self.as_ptr()).mtu).write_volatile(mtu) }
    }

    /// Has the device change its address; `dev_set_mac_address()` in C.
    ///
    /// # Errors
    ///
    /// `EOPNOTSUPP` if it cannot, `ENODEV` if it is not there, or what the driver or a listener says.
    pub fn set_mac_address(
        &self,
        address: &HwAddr,
        _rtnl: &Rtnl<'_>,
        ext: &mut ExtAck<'_>,
    ) -> Result {
        address.with_sockaddr(self.type_().number(), |ss| {
            // SAFETY: The device is valid, the RTNL is held, and the text goes to a valid place or none.
            to_result(unsafe { net_bindings::dev_set_mac_address(self.as_ptr(), ss, ext.as_ptr()) })
        })
    }

    /// Whether the device's driver can change its address.
    pub fn can_set_mac_address(&self) -> bool {
        // SAFETY: The device is valid, and always has operations.
        unsafe { (*(*self.as_ptr()).netdev_ops).ndo_set_mac_address.is_some() }
    }

    /// Adds to, or with a negative number takes from, the users of promiscuity.
    ///
    /// # Errors
    ///
    /// `EOVERFLOW` if there are too many.
    pub fn set_promiscuity(&self, inc: i32, _rtnl: &Rtnl<'_>) -> Result {
        // SAFETY: The device is valid, and the RTNL is held.
        to_result(unsafe { net_bindings::dev_set_promiscuity(self.as_ptr(), inc) })
    }

    /// Adds to, or with a negative number takes from, the users of all-multicast.
    ///
    /// # Errors
    ///
    /// `EOVERFLOW` if there are too many.
    pub fn set_allmulti(&self, inc: i32, _rtnl: &Rtnl<'_>) -> Result {
        // SAFETY: The device is valid, and the RTNL is held.
        to_result(unsafe { net_bindings::dev_set_allmulti(self.as_ptr(), inc) })
    }

    /// Turns large receive offload off, also on the devices below.
    pub fn disable_lro(&self, _rtnl: &Rtnl<'_>) {
        // SAFETY: The device is valid, and the RTNL is held.
        unsafe { net_bindings::dev_disable_lro(self.as_ptr()) }
    }

    /// Tells switch and RDMA drivers of the state of a slave; `netdev_lower_state_changed()` in C.
    pub fn lower_state_changed(&self, link_up: bool, tx_enabled: bool, _rtnl: &Rtnl<'_>) {
        let mut info: net_bindings::netdev_lag_lower_state_info = pin_init::zeroed();
        info.set_link_up(link_up.into());
        info.set_tx_enabled(tx_enabled.into());
        // SAFETY: The device is valid, the RTNL is held, and `info` outlives the call.
        unsafe { net_bindings::netdev_lower_state_changed(self.as_ptr(), (&raw mut info).cast()) }
    }

    /// Tells drivers of the bond that this slave is in; `netdev_bonding_info_change()` in C.
    pub fn bonding_info_change(&self, info: &BondingInfo, _rtnl: &Rtnl<'_>) {
        let mut info = info.to_raw(&self.name());
        // SAFETY: The device is valid, the RTNL is held, and `info` outlives the call.
        unsafe { net_bindings::netdev_bonding_info_change(self.as_ptr(), &mut info) }
    }

    /// Asks the driver for the speed, Mbit/s, and the duplex mode, `DUPLEX_*`.
    ///
    /// `None` if it does not know, or gives values that make no sense. Neither the device's own
    /// lock may be held nor may this be called from a notifier that holds it, see
    /// [`Self::speed_duplex_locked`].
    pub fn speed_duplex(&self, rtnl: &Rtnl<'_>) -> Option<(u32, u8)> {
        // SAFETY: The device is valid.
        unsafe { net_bindings::netdev_lock_ops(self.as_ptr()) };
        let answer = self.speed_duplex_locked(rtnl);
        // SAFETY: The lock was taken above.
        unsafe { net_bindings::netdev_unlock_ops(self.as_ptr()) };
        answer
    }

    /// As [`Self::speed_duplex`], for listeners to the events `Up` and `Change`, which are told
    /// while the device's own lock is held.
    pub fn speed_duplex_locked(&self, _rtnl: &Rtnl<'_>) -> Option<(u32, u8)> {
        let mut settings: net_bindings::ethtool_link_ksettings = pin_init::zeroed();
        // SAFETY: The device is valid, the RTNL is held, and `settings` is valid.
        let ret = unsafe { net_bindings::netif_get_link_ksettings(self.as_ptr(), &mut settings) };
        let speed = settings.base.speed;
        let duplex = settings.base.duplex;
        let known = matches!(
            u32::from(duplex),
            net_bindings::DUPLEX_HALF | net_bindings::DUPLEX_FULL
        );
        (ret >= 0 && speed != 0 && speed != u32::MAX && known).then_some((speed, duplex))
    }
}
