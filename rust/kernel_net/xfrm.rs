// SPDX-License-Identifier: GPL-2.0

//! IPsec offload of a device that has it from one of the devices below it.
//!
//! [`Sas`] keeps the security associations (SAs) of such a device, and moves them from one device
//! below to another. An SA that moves is on no device for a while: [`SkBuff::ipsec_of`] says
//! which device encrypts a frame, so that it leaves by no other.
//!
//! C header: [`include/net/xfrm.h`](srctree/include/net/xfrm.h)

use crate::{
    error::op_not_supported,
    netdevice::Device,
    rtnl::{ExtAck, Rtnl},
    skbuff::SkBuff,
    sync::rcu::synchronize,
    tx::TxContext, //
};
use core::{cmp::Reverse, ptr::NonNull};
use kernel::{
    error::to_result,
    new_mutex,
    prelude::*,
    rbtree::{RBTree, RBTreeNode},
    sync::{
        atomic::{Atomic, Relaxed},
        rcu,
        Mutex, //
    },
};

mod ops;

pub use self::ops::{Ipsec, Lack, Mismatch};

/// A security association that the IPsec core handed to the device.
///
/// # Invariants
///
/// `0` is valid: the core hands it over by `xdo_dev_state_add` and takes it back by
/// `xdo_dev_state_free`, which waits for the lock of [`Sas`], where all values of this type are.
#[derive(Clone, Copy)]
struct Sa(NonNull<net_bindings::xfrm_state>);

// SAFETY: What is done with an SA is done under its own lock or that of `Sas`.
unsafe impl Send for Sa {}

impl Sa {
    /// The device that does the work; compared, not looked into.
    fn real_dev(self) -> *mut net_bindings::net_device {
        // SAFETY: By the type invariant; written under the lock of `Sas`, which is held.
        unsafe { (&raw const (*self.0.as_ptr()).xso.real_dev).read_volatile() }
    }

    /// Runs `change` under the SA's own lock; it may set the device, and is told whether the user
    /// deleted the SA.
    fn locked<R>(self, change: impl FnOnce(&mut *mut net_bindings::net_device, bool) -> R) -> R {
        let sa = self.0.as_ptr();
        // SAFETY: By the type invariant.
        unsafe { net_bindings::xfrm_state_lock(sa) };
        // SAFETY: By the type invariant.
        let dead = unsafe { net_bindings::xfrm_state_is_dead(sa) };
        // SAFETY: By the type invariant, and the lock is held.
        let result = change(unsafe { &mut (*sa).xso.real_dev }, dead);
        // SAFETY: Locked above.
        unsafe { net_bindings::xfrm_state_unlock(sa) };
        result
    }
}

/// The IPsec operations of a device below, if it has any and is no bond itself.
fn ops_of(dev: &Device) -> Option<&net_bindings::xfrmdev_ops> {
    if dev.is_bond_master() {
        return None;
    }
    // SAFETY: The device is valid; its operations are constant, or there are none.
    unsafe { (*dev.as_ptr()).xfrmdev_ops.as_ref() }
}

/// An SA that is kept.
struct Entry {
    sa: Sa,
    /// It was taken from a device, which does not know yet and has to be told to delete it (true) or
    /// just to free what it has of it (false, as the user deleted it).
    owed: Option<bool>,
}

impl Entry {
    /// Notes that `from` is not to do the work any more, if it is the one that does.
    fn take(&mut self, from: *mut net_bindings::net_device) -> bool {
        if self.sa.real_dev() != from {
            return false;
        }
        self.owed = self.sa.locked(|real_dev, dead| {
            *real_dev = core::ptr::null_mut();
            Some(!dead)
        });
        true
    }

    /// Tells `from` what [`Self::take`] noted.
    fn tell(&mut self, from: &Device, ops: &net_bindings::xfrmdev_ops) {
        let Some(alive) = self.owed.take() else {
            return;
        };
        if let (true, Some(delete)) = (alive, ops.xdo_dev_state_delete) {
            self.sa.locked(|_, _| {
                // SAFETY: The device has the SA, and its lock is held.
                unsafe { delete(from.as_ptr(), self.sa.0.as_ptr()) }
            });
        }
        if let Some(free) = ops.xdo_dev_state_free {
            // SAFETY: The device has deleted the SA.
            unsafe { free(from.as_ptr(), self.sa.0.as_ptr()) };
        }
    }
}

/// The SAs, under the lock.
struct Kept {
    /// By the order in which they came, the last one first.
    all: RBTree<Reverse<u64>, Entry>,
    /// The place in that order of each.
    places: RBTree<usize, u64>,
    next: u64,
}

/// The security associations of a device.
#[pin_data]
pub struct Sas {
    #[pin]
    kept: Mutex<Kept>,
    /// How many there are, and are about to be.
    count: Atomic<u32>,
}

impl Sas {
    /// No SAs.
    pub fn new() -> impl PinInit<Self> {
        pin_init!(Self {
            kept <- new_mutex!(Kept {
                all: RBTree::new(),
                places: RBTree::new(),
                next: 0,
            }, "Sas::kept"),
            count: Atomic::new(0),
        })
    }

    /// Whether there is any, or may be in a moment; any context.
    pub fn any(&self) -> bool {
        self.count.load(Relaxed) != 0
    }

    /// Takes all SAs off `from`: until [`Self::put_on`] no device does their work, and nothing is
    /// encrypted by them. Waits for frames on their way.
    ///
    /// `cannot` is told once for each SA that `from` has no means to let go of.
    pub fn take_off(&self, from: &Device, mut cannot: impl FnMut(), rtnl: &Rtnl<'_>) {
        let mut kept = self.kept.lock();
        if kept.all.is_empty() {
            return;
        }
        let Some(ops) = ops_of(from).filter(|ops| ops.xdo_dev_state_delete.is_some()) else {
            for entry in kept.all.values() {
                if !entry.sa.real_dev().is_null() {
                    cannot();
                }
            }
            return;
        };
        let mut any = false;
        for entry in kept.all.values_mut() {
            // From here on frames that need it are kept back.
            any |= entry.take(from.as_ptr());
        }
        if any {
            // Those that were sent before are with the device.
            synchronize(rtnl);
        }
        for entry in kept.all.values_mut() {
            entry.tell(from, ops);
        }
    }

    /// Puts all SAs on `to`, which does their work from now on.
    ///
    /// `cannot` is told, with false, that `to` has no IPsec, or, with true, of each SA that it refused.
    pub fn put_on(&self, to: &Device, mut cannot: impl FnMut(bool), _rtnl: &Rtnl<'_>) {
        let mut kept = self.kept.lock();
        if kept.all.is_empty() {
            return;
        }
        let Some((ops, add)) = ops_of(to).and_then(|ops| Some((ops, ops.xdo_dev_state_add?)))
        else {
            cannot(false);
            return;
        };
        for entry in kept.all.values_mut() {
            let sa = entry.sa;
            let other = sa.real_dev();
            if other == to.as_ptr() {
                // It came while all others were on their way.
                continue;
            }
            if !other.is_null() {
                // As this one, and went where the others had just been.
                // SAFETY: An SA is taken off a device before that leaves.
                let from = unsafe { Device::from_raw(other) };
                entry.take(other);
                if let Some(ops) = ops_of(from) {
                    entry.tell(from, ops);
                }
            }
            // SAFETY: Both are valid, and the SA is on no device.
            if unsafe { add(to.as_ptr(), sa.0.as_ptr(), core::ptr::null_mut()) } != 0 {
                cannot(true);
                continue;
            }
            sa.locked(|real_dev, dead| {
                // The user deleted it meanwhile, when there was no device to tell.
                if let (true, Some(delete)) = (dead, ops.xdo_dev_state_delete) {
                    // SAFETY: The device has the SA, and its lock is held.
                    unsafe { delete(to.as_ptr(), sa.0.as_ptr()) };
                }
                *real_dev = to.as_ptr();
            });
        }
    }

    /// Hands a new SA to the device that `choose` names, and keeps it.
    fn add<T: Ipsec>(
        &self,
        this: &T,
        sa: NonNull<net_bindings::xfrm_state>,
        ext: &mut ExtAck<'_>,
    ) -> Result {
        // INVARIANT: The core just handed it over.
        let sa = Sa(sa);
        let mut kept = self.kept.lock();
        let to = T::ipsec_model(this, &rcu::read_lock())
            .ok_or(ENODEV)?
            .to_ref();
        let Some(add) = ops_of(&to).and_then(|ops| ops.xdo_dev_state_add) else {
            ext.set_msg(c"bonding: Slave does not support ipsec offload");
            return Err(op_not_supported());
        };
        let place = kept.next;
        let order = RBTreeNode::new(Reverse(place), Entry { sa, owed: None }, GFP_KERNEL)?;
        let by_address = RBTreeNode::new(sa.0.addr().get(), place, GFP_KERNEL)?;
        // SAFETY: Both are valid, and the acknowledgement is lent for this call.
        to_result(unsafe { add(to.as_ptr(), sa.0.as_ptr(), ext.as_ptr()) })?;
        sa.locked(|real_dev, _| *real_dev = to.as_ptr());
        kept.next = place.wrapping_add(1);
        drop(kept.all.insert(order));
        drop(kept.places.insert(by_address));
        Ok(())
    }

    /// Forgets an SA; whether it was kept.
    fn free(&self, sa: NonNull<net_bindings::xfrm_state>) -> bool {
        // INVARIANT: The core takes it back by this very call.
        let sa = Sa(sa);
        let mut kept = self.kept.lock();
        let real_dev = sa.real_dev();
        if !real_dev.is_null() {
            // SAFETY: An SA is taken off a device before that leaves.
            let dev = unsafe { Device::from_raw(real_dev) };
            sa.locked(|real_dev, _| *real_dev = core::ptr::null_mut());
            // SAFETY: As in `ops_of()`; whoever took the SA can free it.
            let ops = unsafe { (*dev.as_ptr()).xfrmdev_ops.as_ref() };
            if let Some(free) = ops.and_then(|ops| ops.xdo_dev_state_free) {
                // SAFETY: The device has the SA, and the user deleted it before.
                unsafe { free(real_dev, sa.0.as_ptr()) };
            }
        }
        let Some(place) = kept.places.remove(&sa.0.addr().get()) else {
            return false;
        };
        let _ = kept.all.remove(&Reverse(place));
        true
    }
}

impl SkBuff {
    /// The SA that encrypts the frame on its way out of `dev`, if one does.
    #[inline]
    pub fn ipsec_of(&self, dev: &Device) -> Option<FrameSa<'_>> {
        // SAFETY: Buffer and device are valid.
        let sa = unsafe { net_bindings::xfrm_state_of(self.as_ptr(), dev.as_ptr()) };
        NonNull::new(sa).map(|sa| FrameSa(sa, core::marker::PhantomData))
    }
}

/// The SA of a frame.
///
/// # Invariants
///
/// The frame holds a reference to the SA.
pub struct FrameSa<'a>(
    NonNull<net_bindings::xfrm_state>,
    core::marker::PhantomData<&'a SkBuff>,
);

impl FrameSa<'_> {
    /// Whether `dev` is the device that does the work of the SA.
    #[inline]
    pub fn is_on(&self, dev: &Device, _cx: &TxContext<'_>) -> bool {
        // SAFETY: By the type invariant; the pointer is compared only.
        let real_dev = unsafe { (&raw const (*self.0.as_ptr()).xso.real_dev).read_volatile() };
        real_dev == dev.as_ptr()
    }
}

impl Device {
    /// Has the IPsec core give up all SAs of the device; `xfrm_dev_state_flush()` in C.
    pub fn flush_sas(&self, _rtnl: &Rtnl<'_>) {
        // SAFETY: The device is valid, and sleeping is allowed.
        let _ = unsafe { net_bindings::xfrm_dev_state_flush(self.net_ptr(), self.as_ptr(), true) };
    }
}
