// SPDX-License-Identifier: GPL-2.0

//! The ioctls of bonds: copies, permissions and names; what is asked goes to the driver.
//!
//! C header: [`include/uapi/linux/if_bonding.h`](srctree/include/uapi/linux/if_bonding.h)

use crate::{
    error::op_not_supported,
    netdevice::{
        ops::{Driver, VTable},
        Device,
    },
    rtnl::Rtnl,
};
use kernel::{bindings, error::from_result, prelude::*};
use net_bindings::{ifreq, ifslave};

/// Asked of a bond: what it is. Filled in by the driver; `ifbond` in C.
pub struct BondQuery {
    /// The mode, its number.
    pub mode: i32,
    /// How many slaves there are.
    pub num_slaves: i32,
    /// How often links are looked at, milliseconds.
    pub miimon: i32,
}

/// Asked of a bond: what one of its slaves is. Filled in by the driver; `ifslave` in C.
pub struct SlaveQuery {
    index: i32,
    answer: ifslave,
}

impl SlaveQuery {
    /// Which slave is asked about: its place, from 0; may be any number.
    pub fn index(&self) -> i32 {
        self.index
    }

    /// Answers: the device, the link state's number, whether it stands by, how often the link failed.
    pub fn answer(&mut self, dev: &Device, link: i8, backup: bool, link_failures: u32) {
        let name = dev.name();
        self.answer.slave_name = [0; net_bindings::IFNAMSIZ as usize];
        for (to, from) in self.answer.slave_name.iter_mut().zip(name.as_bytes()) {
            *to = *from;
        }
        self.answer.link = link;
        self.answer.state = backup.into();
        self.answer.link_failure_count = link_failures;
    }
}

/// What is asked of a bond.
pub enum Request<'a> {
    /// What are you?
    Info(&'a mut BondQuery),
    /// What is your slave? `ENODEV` if there is none in that place.
    SlaveInfo(&'a mut SlaveQuery),
    /// Make this device a slave.
    Enslave(&'a Device),
    /// Release this slave.
    Release(&'a Device),
    /// Take the address of this device.
    SetHwAddr(&'a Device),
    /// Make this slave the active one.
    ChangeActive(&'a Device),
}

/// Copies a structure from user space.
///
/// # Safety
///
/// Any bytes must be a valid `T`.
unsafe fn read<T>(from: *const c_void) -> Result<T> {
    let mut value = core::mem::MaybeUninit::<T>::uninit();
    // SAFETY: `value` has the size given; `from` is checked by the callee.
    let left = unsafe { bindings::copy_from_user(value.as_mut_ptr().cast(), from, size_of::<T>()) };
    if left != 0 {
        return Err(EFAULT);
    }
    // SAFETY: All bytes were written, and any are valid by the safety requirements.
    Ok(unsafe { value.assume_init() })
}

/// Copies a structure to user space.
///
/// # Safety
///
/// All bytes of `value`, padding too, must be initialised.
unsafe fn write<T>(to: *mut c_void, value: &T) -> Result {
    // SAFETY: `value` has the size given, and is initialised; `to` is checked by the callee.
    let left =
        unsafe { bindings::copy_to_user(to, core::ptr::from_ref(value).cast(), size_of::<T>()) };
    if left == 0 {
        Ok(())
    } else {
        Err(EFAULT)
    }
}

/// `bond_do_ioctl()` in C. `data` and `slave` are the two things the union in C's `ifreq` can be.
fn bond_ioctl<T: Driver>(
    this: &T,
    dev: &Device,
    data: *mut c_void,
    slave: [c_char; net_bindings::IFNAMSIZ as usize],
    cmd: u32,
    rtnl: &Rtnl<'_>,
) -> Result {
    match cmd {
        net_bindings::SIOCBONDINFOQUERY => {
            // SAFETY: Any bytes are a valid `ifbond`.
            let mut info = unsafe { read::<net_bindings::ifbond>(data) }?;
            let mut query = BondQuery {
                mode: 0,
                num_slaves: 0,
                miimon: 0,
            };
            this.siocbond(dev, Request::Info(&mut query), rtnl)?;
            info.bond_mode = query.mode;
            info.num_slaves = query.num_slaves;
            info.miimon = query.miimon;
            // SAFETY: All of it was initialised by `read`.
            return unsafe { write(data, &info) };
        }
        net_bindings::SIOCBONDSLAVEINFOQUERY => {
            // SAFETY: Any bytes are a valid `ifslave`.
            let answer = unsafe { read::<ifslave>(data) }?;
            let mut query = SlaveQuery {
                index: answer.slave_id,
                answer,
            };
            this.siocbond(dev, Request::SlaveInfo(&mut query), rtnl)?;
            let mut out = core::mem::MaybeUninit::<ifslave>::zeroed();
            // SAFETY: Valid for writes; the padding stays zero as fields are written one by one.
            let out = unsafe { &mut *out.as_mut_ptr() };
            out.slave_id = query.answer.slave_id;
            out.slave_name = query.answer.slave_name;
            out.link = query.answer.link;
            out.state = query.answer.state;
            out.link_failure_count = query.answer.link_failure_count;
            // SAFETY: All of it, padding too, was zeroed above.
            return unsafe { write(data, out) };
        }
        _ => {}
    }
    let net = dev.namespace();
    if !net.may_admin() {
        return Err(EPERM);
    }
    let mut name = [0u8; net_bindings::IFNAMSIZ as usize + 1];
    for (to, from) in name.iter_mut().zip(slave) {
        *to = from;
    }
    let name = CStr::from_bytes_until_nul(&name).map_err(|_| ENODEV)?;
    let slave = net.device_by_name(name, rtnl).ok_or(ENODEV)?;
    let request = match cmd {
        net_bindings::SIOCBONDENSLAVE => Request::Enslave(slave),
        net_bindings::SIOCBONDRELEASE => Request::Release(slave),
        net_bindings::SIOCBONDSETHWADDR => Request::SetHwAddr(slave),
        net_bindings::SIOCBONDCHANGEACTIVE => Request::ChangeActive(slave),
        _ => return Err(op_not_supported()),
    };
    this.siocbond(dev, request, rtnl)
}

impl<T: Driver> VTable<T> {
    /// `bond_do_ioctl()` in C.
    ///
    /// # Safety
    ///
    /// To be called by the networking core only, after a successful `ndo_init`.
    pub(crate) unsafe extern "C" fn ndo_siocbond(
        dev: *mut net_bindings::net_device,
        ifr: *mut ifreq,
        cmd: c_int,
    ) -> c_int {
        // SAFETY: `dev` is valid for this call, and was initialised.
        let (this, dev) = unsafe { Self::parts(dev) };
        // SAFETY: Called with the RTNL held.
        let rtnl = unsafe { Rtnl::assume_held() };
        // SAFETY: The core passes a valid request; any bytes are a pointer to user space.
        let data = unsafe { (*ifr).ifr_ifru.ifru_data };
        // SAFETY: As above, or the name of a device.
        let slave = unsafe { (*ifr).ifr_ifru.ifru_slave };
        from_result(|| bond_ioctl(this, dev, data, slave, cmd as u32, &rtnl).map(|()| 0))
    }

    /// The numbers that were used before the above had their own; `bond_siocdevprivate()` in C.
    ///
    /// # Safety
    ///
    /// To be called by the networking core only, after a successful `ndo_init`.
    pub(crate) unsafe extern "C" fn ndo_siocdevprivate(
        dev: *mut net_bindings::net_device,
        ifr: *mut ifreq,
        data: *mut c_void,
        cmd: c_int,
    ) -> c_int {
        // SAFETY: `dev` is valid for this call, and was initialised.
        let (this, dev) = unsafe { Self::parts(dev) };
        // SAFETY: Called with the RTNL held.
        let rtnl = unsafe { Rtnl::assume_held() };
        // SAFETY: The core passes a valid request; any bytes are the name of a device.
        let slave = unsafe { (*ifr).ifr_ifru.ifru_slave };
        from_result(|| {
            let cmd = match cmd as u32 {
                net_bindings::BOND_INFO_QUERY_OLD => net_bindings::SIOCBONDINFOQUERY,
                net_bindings::BOND_SLAVE_INFO_QUERY_OLD => net_bindings::SIOCBONDSLAVEINFOQUERY,
                net_bindings::BOND_ENSLAVE_OLD => net_bindings::SIOCBONDENSLAVE,
                net_bindings::BOND_RELEASE_OLD => net_bindings::SIOCBONDRELEASE,
                net_bindings::BOND_SETHWADDR_OLD => net_bindings::SIOCBONDSETHWADDR,
                net_bindings::BOND_CHANGE_ACTIVE_OLD => net_bindings::SIOCBONDCHANGEACTIVE,
                _ => return Err(op_not_supported()),
            };
            bond_ioctl(this, dev, data, slave, cmd, &rtnl).map(|()| 0)
        })
    }

    /// Answers as a PHY whose status register says whether there is a carrier;
    /// `bond_eth_ioctl()` in C.
    ///
    /// # Safety
    ///
    /// To be called by the networking core only, after a successful `ndo_init`.
    pub(crate) unsafe extern "C" fn ndo_eth_ioctl(
        dev: *mut net_bindings::net_device,
        ifr: *mut ifreq,
        cmd: c_int,
    ) -> c_int {
        /// The register with the link status, `MII_BMSR`.
        const STATUS: u16 = 1;
        // SAFETY: The core passes a valid request; the union is large enough and aligned for this.
        let mii =
            unsafe { &mut *(&raw mut (*ifr).ifr_ifru).cast::<net_bindings::mii_ioctl_data>() };
        match cmd as u32 {
            net_bindings::SIOCGMIIPHY => mii.phy_id = 0,
            net_bindings::SIOCGMIIREG => {}
            _ => return op_not_supported().to_errno(),
        }
        if mii.reg_num == STATUS {
            // SAFETY: `dev` is valid for this call.
            let carrier = unsafe { Device::from_raw(dev) }.carrier_ok();
            mii.val_out = if carrier {
                net_bindings::BMSR_LSTATUS as u16
            } else {
                0
            };
        }
        0
    }
}
