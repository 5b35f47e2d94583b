// SPDX-License-Identifier: GPL-2.0

//! The lists of addresses a device receives.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

use super::{address::ETH_ALEN, Device, HwAddr};
use crate::{rtnl::Rtnl, sync::rcu::RcuEvidence};
use core::marker::PhantomData;
use kernel::{
    error::to_result,
    prelude::*,
    types::NotThreadSafe, //
};

/// Evidence that the address lists of a device are locked; `netif_addr_lock_bh()` in C.
///
/// # Invariants
///
/// The address lists of `of` are locked, with bottom halves disabled, while the value exists.
pub struct AddrLock<'a> {
    of: &'a Device,
    _not_send: PhantomData<NotThreadSafe>,
}

// SAFETY: Bottom halves are disabled by the type invariant.
unsafe impl RcuEvidence for AddrLock<'_> {}

impl<'a> AddrLock<'a> {
    /// Creates evidence out of the caller's word.
    ///
    /// # Safety
    ///
    /// The address lists of `of` must be locked, and stay so while the returned value lives. It
    /// must not be dropped.
    pub(crate) unsafe fn assume_held(of: &'a Device) -> core::mem::ManuallyDrop<Self> {
        // INVARIANT: By the safety requirements.
        core::mem::ManuallyDrop::new(Self {
            of,
            _not_send: PhantomData,
        })
    }

    /// The device whose lists are locked.
    pub fn device(&self) -> &Device {
        self.of
    }

    /// Makes `to` receive what this device does; for one device at a time. `dev_uc_sync()` and
    /// `dev_mc_sync()` in C.
    ///
    /// That there is no memory, or no room in a filter, is not an error: the next change retries.
    pub fn sync_to(&self, to: &Device) {
        if self.of.is(to) {
            return;
        }
        // SAFETY: The devices are valid and different, and the lists of the second are locked.
        let _ = unsafe { net_bindings::dev_uc_sync(to.as_ptr(), self.of.as_ptr()) };
        // SAFETY: As above.
        let _ = unsafe { net_bindings::dev_mc_sync(to.as_ptr(), self.of.as_ptr()) };
    }

    /// As [`Self::sync_to`], multicast addresses only: that does without the RTNL.
    ///
    /// A device that filters no unicast addresses becomes promiscuous by the first of them, for
    /// which the RTNL is needed. `dev_mc_sync()` in C.
    pub fn sync_multicast_to(&self, to: &Device) {
        if self.of.is(to) {
            return;
        }
        // SAFETY: The devices are valid and different, and the lists of the second are locked.
        let _ = unsafe { net_bindings::dev_mc_sync(to.as_ptr(), self.of.as_ptr()) };
    }

    /// Makes `to` receive what this device does, as one of several. `dev_uc_sync_multiple()` and
    /// `dev_mc_sync_multiple()` in C.
    ///
    /// That there is no memory, or no room in a filter, is not an error: the next change retries.
    pub fn sync_multiple_to(&self, to: &Device) {
        if self.of.is(to) {
            return;
        }
        // SAFETY: The devices are valid and different, and the lists of the second are locked.
        let _ = unsafe { net_bindings::dev_uc_sync_multiple(to.as_ptr(), self.of.as_ptr()) };
        // SAFETY: As above.
        let _ = unsafe { net_bindings::dev_mc_sync_multiple(to.as_ptr(), self.of.as_ptr()) };
    }
}

impl Drop for AddrLock<'_> {
    fn drop(&mut self) {
        // SAFETY: By the type invariant the lock is held, and it is ours.
        unsafe { net_bindings::netif_addr_unlock_bh(self.of.as_ptr()) }
    }
}

impl Device {
    /// Locks the address lists.
    pub fn lock_addresses(&self) -> AddrLock<'_> {
        // SAFETY: The device is valid.
        unsafe { net_bindings::netif_addr_lock_bh(self.as_ptr()) };
        // INVARIANT: Locked just now.
        AddrLock {
            of: self,
            _not_send: PhantomData,
        }
    }

    /// Makes this device no longer receive what `from` does; `dev_uc_unsync()` and
    /// `dev_mc_unsync()` in C. Takes the locks of both.
    pub fn unsync_addresses(&self, from: &Device) {
        if self.is(from) {
            return;
        }
        // SAFETY: The devices are valid and different.
        unsafe { net_bindings::dev_uc_unsync(self.as_ptr(), from.as_ptr()) };
        // SAFETY: As above.
        unsafe { net_bindings::dev_mc_unsync(self.as_ptr(), from.as_ptr()) };
    }

    /// As [`Self::unsync_addresses`], multicast addresses only: that does without the RTNL.
    pub fn unsync_multicast(&self, from: &Device) {
        if self.is(from) {
            return;
        }
        // SAFETY: The devices are valid and different.
        unsafe { net_bindings::dev_mc_unsync(self.as_ptr(), from.as_ptr()) };
    }

    /// Forgets all unicast and multicast addresses; `dev_uc_flush()` and `dev_mc_flush()` in C.
    pub fn flush_addresses(&self, _rtnl: &Rtnl<'_>) {
        // SAFETY: The device is valid.
        unsafe { net_bindings::dev_uc_flush(self.as_ptr()) };
        // SAFETY: As above.
        unsafe { net_bindings::dev_mc_flush(self.as_ptr()) };
    }

    /// Receives frames to another unicast address, too; `dev_uc_add()` in C.
    ///
    /// As often as it was added it has to be taken back. A device that cannot filter such addresses becomes
    /// promiscuous.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    pub fn add_unicast(&self, address: &[u8; ETH_ALEN], _rtnl: &Rtnl<'_>) -> Result {
        let address = HwAddr::ether(*address);
        // SAFETY: The device is valid, no address is longer than the array, and the RTNL is held, under which
        // the device may become promiscuous.
        to_result(unsafe { net_bindings::dev_uc_add(self.as_ptr(), address.padded().as_ptr()) })
    }

    /// Takes back [`Self::add_unicast`]; `dev_uc_del()` in C.
    ///
    /// # Errors
    ///
    /// `ENOENT` if it was not there.
    pub fn del_unicast(&self, address: &[u8; ETH_ALEN], _rtnl: &Rtnl<'_>) -> Result {
        let address = HwAddr::ether(*address);
        // SAFETY: As in `add_unicast`.
        to_result(unsafe { net_bindings::dev_uc_del(self.as_ptr(), address.padded().as_ptr()) })
    }

    /// Receives frames to a multicast address, too; `dev_mc_add()` in C.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    pub fn add_multicast(&self, address: &[u8; ETH_ALEN]) -> Result {
        let mut padded = [0u8; net_bindings::MAX_ADDR_LEN as usize];
        for (to, from) in padded.iter_mut().zip(address) {
            *to = *from;
        }
        // SAFETY: The device is valid, and no address is longer than the array.
        to_result(unsafe { net_bindings::dev_mc_add(self.as_ptr(), padded.as_ptr()) })
    }

    /// Takes back [`Self::add_multicast`]; `dev_mc_del()` in C.
    ///
    /// # Errors
    ///
    /// `ENOENT` if it was not there.
    pub fn del_multicast(&self, address: &[u8; ETH_ALEN]) -> Result {
        let mut padded = [0u8; net_bindings::MAX_ADDR_LEN as usize];
        for (to, from) in padded.iter_mut().zip(address) {
            *to = *from;
        }
        // SAFETY: The device is valid, and no address is longer than the array.
        to_result(unsafe { net_bindings::dev_mc_del(self.as_ptr(), padded.as_ptr()) })
    }
}
