// SPDX-License-Identifier: GPL-2.0

//! What the IPsec core asks of a device that has IPsec from one of the devices below it.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h) (`struct xfrmdev_ops`)

use super::{ops_of, Sas};
use crate::{
    netdevice::{
        ops::{Driver, Setup, VTable},
        Device, //
    },
    rtnl::ExtAck, //
};
use core::ptr::NonNull;
use kernel::{
    error::from_result,
    prelude::*,
    sync::{
        atomic::Relaxed,
        rcu, //
    },
};

/// What a driver can tell of an SA whose work is asked for.
pub struct Mismatch<'a> {
    /// The device that is to do the work.
    pub active: &'a Device,
    /// The device that has the SA.
    pub real: &'a Device,
}

/// A driver whose devices have IPsec from a device below.
pub trait Ipsec: Driver {
    /// Where the SAs of the device are kept.
    fn sas(&self) -> &Sas;

    /// There is an SA now, or none any more: [`Sas::any`] has another answer. May sleep.
    fn sas_changed(&self);

    /// The device below that is given a new SA.
    fn ipsec_model<'a>(&'a self, guard: &'a rcu::Guard) -> Option<&'a Device>;

    /// The device below that frames leave by.
    fn ipsec_worker<'a>(&'a self, guard: &'a rcu::Guard) -> Option<&'a Device>;

    /// The user deleted an SA, and `dev` has no means to.
    fn sa_stays(&self, dev: &Device);

    /// Something is asked of an SA that is not on the device that frames leave by. Must not sleep.
    fn ipsec_mismatch(&self, mismatch: &Mismatch<'_>);

    /// `dev` cannot do something that is asked of it. Must not sleep.
    fn ipsec_lacks(dev: &Device, lack: Lack);
}

impl Setup<'_> {
    /// Gives the device the operations for IPsec.
    pub fn offer_ipsec<T: Ipsec>(&mut self) {
        self.dev().xfrmdev_ops = VTable::<T>::XFRM;
    }
}

impl<T: Ipsec> VTable<T> {
    /// The operations for IPsec.
    const XFRM: &'static net_bindings::xfrmdev_ops = &net_bindings::xfrmdev_ops {
        xdo_dev_state_add: Some(Self::state_add),
        xdo_dev_state_delete: Some(Self::state_delete),
        xdo_dev_state_free: Some(Self::state_free),
        xdo_dev_offload_ok: Some(Self::offload_ok),
        xdo_dev_state_advance_esn: Some(Self::advance_esn),
        xdo_dev_state_update_stats: Some(Self::update_stats),
        ..pin_init::zeroed()
    };

    /// Takes a security association; `bond_ipsec_add_sa()` in C.
    ///
    /// # Safety
    ///
    /// To be called by the IPsec core only, for a device of this driver.
    unsafe extern "C" fn state_add(
        dev: *mut net_bindings::net_device,
        state: *mut net_bindings::xfrm_state,
        extack: *mut net_bindings::netlink_ext_ack,
    ) -> c_int {
        // SAFETY: The core calls with a device that stays at least for this call.
        let dev = unsafe { Device::from_raw(dev) };
        // SAFETY: The core lends the acknowledgement, or null, for this call.
        let mut ext = unsafe { ExtAck::from_raw(extack) };
        from_result(|| {
            let this = dev.driver::<T>().ok_or(EINVAL)?;
            let sas = T::sas(this);
            let state = NonNull::new(state).ok_or(EINVAL)?;
            // Before there is an SA everybody must know that there may be one.
            if sas.count.fetch_add(1, Relaxed) == 0 {
                T::sas_changed(this);
            }
            sas.add(this, state, &mut ext).inspect_err(|_| {
                if sas.count.fetch_sub(1, Relaxed) == 1 {
                    T::sas_changed(this);
                }
            })?;
            Ok(0)
        })
    }

    /// Has the device below forget the keys of a security association; `bond_ipsec_del_sa()` in C.
    ///
    /// # Safety
    ///
    /// To be called by the IPsec core only, with the SA's lock held.
    unsafe extern "C" fn state_delete(
        dev: *mut net_bindings::net_device,
        state: *mut net_bindings::xfrm_state,
    ) {
        // SAFETY: The core calls with a valid SA, whose lock is held.
        let real_dev = unsafe { (*state).xso.real_dev };
        if real_dev.is_null() {
            return;
        }
        // SAFETY: The core calls with a valid device.
        let dev = unsafe { Device::from_raw(dev) };
        // SAFETY: An SA is taken off a device, under its lock, before that leaves.
        let real_dev = unsafe { Device::from_raw(real_dev) };
        match ops_of(real_dev).and_then(|ops| ops.xdo_dev_state_delete) {
            // SAFETY: The device has the SA, and its lock is held.
            Some(delete) => unsafe { delete(real_dev.as_ptr(), state) },
            None => {
                if let Some(this) = dev.driver::<T>() {
                    T::sa_stays(this, real_dev);
                }
            }
        }
    }

    /// Takes a security association back for good; `bond_ipsec_free_sa()` in C.
    ///
    /// # Safety
    ///
    /// To be called by the IPsec core only.
    unsafe extern "C" fn state_free(
        dev: *mut net_bindings::net_device,
        state: *mut net_bindings::xfrm_state,
    ) {
        // SAFETY: The core calls with a valid device.
        let dev = unsafe { Device::from_raw(dev) };
        let (Some(this), Some(state)) = (dev.driver::<T>(), NonNull::new(state)) else {
            return;
        };
        let sas = T::sas(this);
        if sas.free(state) && sas.count.fetch_sub(1, Relaxed) == 1 {
            T::sas_changed(this);
        }
    }

    /// The device below that does the work of an SA, if it is the one that is to; `bond_ipsec_dev()` in C.
    ///
    /// # Safety
    ///
    /// `state` must be valid, and of a device of this driver.
    unsafe fn worker<'a>(
        state: *mut net_bindings::xfrm_state,
        guard: &'a rcu::Guard,
    ) -> Option<&'a Device> {
        // SAFETY: By the safety requirements.
        let (dev, real_dev) = unsafe {
            (
                (*state).xso.dev,
                (&raw const (*state).xso.real_dev).read_volatile(),
            )
        };
        if dev.is_null() {
            return None;
        }
        // SAFETY: An SA holds a reference to its device.
        let dev = unsafe { Device::from_raw(dev) };
        let this = dev.driver::<T>()?;
        let active = T::ipsec_worker(this, guard)?;
        if real_dev.is_null() {
            return None;
        }
        // SAFETY: A device below is freed a grace period after its SAs were taken off.
        let real = unsafe { Device::from_raw(real_dev) };
        if !active.is(real) {
            T::ipsec_mismatch(this, &Mismatch { active, real });
            return None;
        }
        Some(active)
    }

    /// Whether a frame may be left to the device below; `bond_ipsec_offload_ok()` in C.
    ///
    /// # Safety
    ///
    /// To be called by the IPsec core only.
    unsafe extern "C" fn offload_ok(
        _skb: *mut net_bindings::sk_buff,
        state: *mut net_bindings::xfrm_state,
    ) -> bool {
        let guard = rcu::read_lock();
        // SAFETY: The core calls with a valid SA.
        unsafe { Self::worker(state, &guard) }.is_some_and(|dev| !dev.is_bond_master())
    }

    /// Tells the device below that sequence numbers have gone on; `bond_advance_esn_state()` in C.
    ///
    /// # Safety
    ///
    /// To be called by the IPsec core only.
    unsafe extern "C" fn advance_esn(state: *mut net_bindings::xfrm_state) {
        let guard = rcu::read_lock();
        // SAFETY: The core calls with a valid SA.
        let Some(dev) = (unsafe { Self::worker(state, &guard) }) else {
            return;
        };
        // SAFETY: As in `ops_of()`.
        let ops = unsafe { (*dev.as_ptr()).xfrmdev_ops.as_ref() };
        match ops.and_then(|ops| ops.xdo_dev_state_advance_esn) {
            // SAFETY: The device has the SA.
            Some(advance) => unsafe { advance(state) },
            None => T::ipsec_lacks(dev, Lack::AdvanceEsn),
        }
    }

    /// Asks the device below for what it has counted; `bond_xfrm_update_stats()` in C.
    ///
    /// # Safety
    ///
    /// To be called by the IPsec core only.
    unsafe extern "C" fn update_stats(state: *mut net_bindings::xfrm_state) {
        let guard = rcu::read_lock();
        // SAFETY: The core calls with a valid SA.
        let Some(dev) = (unsafe { Self::worker(state, &guard) }) else {
            return;
        };
        // SAFETY: As in `ops_of()`.
        let ops = unsafe { (*dev.as_ptr()).xfrmdev_ops.as_ref() };
        match ops.and_then(|ops| ops.xdo_dev_state_update_stats) {
            // SAFETY: The device has the SA.
            Some(update) => unsafe { update(state) },
            None => T::ipsec_lacks(dev, Lack::UpdateStats),
        }
    }
}

/// Something that a device with IPsec need not have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// `xdo_dev_state_advance_esn`.
    AdvanceEsn,
    /// `xdo_dev_state_update_stats`.
    UpdateStats,
}
