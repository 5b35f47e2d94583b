// SPDX-License-Identifier: GPL-2.0

//! What drivers compiled against the C driver's header read of a bond and its slaves.
//!
//! RDMA and switch drivers contain inline functions that take `netdev_priv()` of a bond for a
//! `struct bonding`, and `rx_handler_data` of its slave for a `struct slave`. Both therefore begin
//! with the C structures, of which the fields below are kept true.
//!
//! C header: [`include/net/bonding.h`](srctree/include/net/bonding.h)

use crate::netdevice::{Device, DeviceRef, Driver, HwAddr};
use core::{marker::PhantomData, mem::offset_of};
use kernel::{
    prelude::*,
    sync::atomic::{Atomic, Relaxed, Release},
    types::Opaque, //
};
use net_bindings::layout;

/// A type that begins with a [`BondAbi`] and lies in the private area of its driver's devices.
///
/// # Safety
///
/// The [`BondAbi`] must be at offset 0. Implemented by [`impl_bond_prefix!`](crate::impl_bond_prefix).
pub unsafe trait BondPrefix: Driver {
    /// The slaves of such a bond.
    type Slave: SlavePrefix<Bond = Self>;
}

/// A type that begins with a [`SlaveAbi`] and lies in an `Arc`.
///
/// # Safety
///
/// The [`SlaveAbi`] must be at offset 0. Implemented by [`impl_slave_prefix!`](crate::impl_slave_prefix).
pub unsafe trait SlavePrefix: Sized + Send + Sync + 'static {
    /// The bonds that such slaves are in.
    type Bond: BondPrefix<Slave = Self>;
}

/// Says that a type begins with a [`BondAbi`]: `impl_bond_prefix!(Bond of Slave, abi)`.
#[macro_export]
macro_rules! impl_bond_prefix {
    ($bond:ident of $slave:ident, $field:ident) => {
        const _: () = {
            assert!(::core::mem::offset_of!($bond, $field) == 0);
            fn field(bond: &$bond) -> &$crate::bonding_abi::BondAbi {
                &bond.$field
            }
            let _: fn(&$bond) -> &$crate::bonding_abi::BondAbi = field;
        };
        // SAFETY: The offset and the type of the field were checked above.
        unsafe impl $crate::bonding_abi::BondPrefix for $bond {
            type Slave = $slave;
        }
    };
}

/// Says that a type begins with a [`SlaveAbi`]: `impl_slave_prefix!(Slave of Bond, abi)`.
#[macro_export]
macro_rules! impl_slave_prefix {
    ($slave:ident of $bond:ident, $field:ident) => {
        const _: () = {
            assert!(::core::mem::offset_of!($slave, $field) == 0);
            fn field(slave: &$slave) -> &$crate::bonding_abi::SlaveAbi<$bond> {
                &slave.$field
            }
            let _: fn(&$slave) -> &$crate::bonding_abi::SlaveAbi<$bond> = field;
        };
        // SAFETY: The offset and the type of the field were checked above.
        unsafe impl $crate::bonding_abi::SlavePrefix for $slave {
            type Bond = $bond;
        }
    };
}

/// The length of what other drivers may look at, the mode included, which is the first of the parameters: what
/// follows is the C driver's own.
const BOND_LEN: usize = offset_of!(net_bindings::bonding, params)
    + offset_of!(net_bindings::bond_params, mode)
    + size_of::<i32>();

/// C's `struct bonding` as far as others read it, zero but for what is set here.
///
/// # Invariants
///
/// `dev` is the device whose private area this lies in.
#[repr(C, align(8))]
pub struct BondAbi(Opaque<[u8; BOND_LEN]>);

// SAFETY: Fields are accessed atomically, or written once before others can see them.
unsafe impl Send for BondAbi {}
// SAFETY: As above.
unsafe impl Sync for BondAbi {}

impl BondAbi {
    /// Initialises the C part of a bond that begins with the mode of that number.
    ///
    /// Lies in the private area of `dev`: nothing else has a use for it.
    pub fn new(dev: &Device, mode: i32) -> impl PinInit<Self> {
        let dev = dev.as_ptr();
        // SAFETY: The closure initialises all of the slot, and does not fail.
        unsafe {
            pin_init::pin_init_from_closure(move |slot: *mut Self| {
                slot.write_bytes(0, 1);
                let bond = slot.cast::<net_bindings::bonding>();
                (&raw mut (*bond).dev).write(dev);
                (&raw mut (*bond).params.mode).write(mode);
                Ok(())
            })
        }
    }

    /// The C object, of which there is [`BOND_LEN`].
    #[inline]
    fn as_ptr(&self) -> *mut net_bindings::bonding {
        self.0.get().cast()
    }

    /// The bond's device.
    #[inline]
    pub fn dev(&self) -> &Device {
        // SAFETY: Written once, before others could see it.
        let dev = unsafe { (*self.as_ptr()).dev };
        // SAFETY: The private area is freed with the device.
        unsafe { Device::from_raw(dev) }
    }

    /// Sets the mode, its number; `params.mode` in C.
    pub fn set_mode(&self, mode: i32) {
        // SAFETY: The field is valid, aligned, and only accessed atomically.
        unsafe { Atomic::<i32>::from_ptr(&raw mut (*self.as_ptr()).params.mode) }
            .store(mode, Relaxed);
    }

    /// The mode, its number; any context.
    pub fn mode(&self) -> i32 {
        // SAFETY: The field is valid, aligned, and only accessed atomically.
        unsafe { Atomic::<i32>::from_ptr(&raw mut (*self.as_ptr()).params.mode) }.load(Relaxed)
    }

    /// Publishes the active slave; `rcu_assign_pointer(bond->curr_active_slave, ...)` in C.
    ///
    /// A slave is to be taken back, and a grace period waited for, before it is freed.
    pub fn set_curr_active<B>(&self, slave: Option<&SlaveAbi<B>>) {
        let slave = slave.map_or(core::ptr::null_mut(), SlaveAbi::as_ptr);
        // SAFETY: The field is valid, aligned, and only accessed atomically.
        let field = unsafe {
            Atomic::<*mut net_bindings::slave>::from_ptr(
                &raw mut (*self.as_ptr()).curr_active_slave,
            )
        };
        field.store(slave, Release);
    }

    /// The device of the active slave, or null. To be called in an RCU read-side critical section.
    pub(crate) fn curr_active_dev(&self) -> *mut net_bindings::net_device {
        // SAFETY: The field is valid; the load is volatile, and what it points to is reached by it.
        let slave = unsafe { (&raw const (*self.as_ptr()).curr_active_slave).read_volatile() };
        if slave.is_null() {
            return core::ptr::null_mut();
        }
        // SAFETY: An active slave is freed a grace period after it was taken back.
        unsafe { (*slave).dev }
    }

    /// Sets the number of slaves; `slave_cnt` in C.
    pub fn set_slave_cnt(&self, count: i32) {
        // SAFETY: The field is valid, aligned, and only accessed atomically.
        unsafe { Atomic::<i32>::from_ptr(&raw mut (*self.as_ptr()).slave_cnt) }
            .store(count, Relaxed);
    }
}

const _: () = {
    assert!(align_of::<net_bindings::bonding>() <= align_of::<BondAbi>());
    assert!(offset_of!(net_bindings::bonding, dev) < BOND_LEN);
    assert!(offset_of!(net_bindings::bonding, curr_active_slave) < BOND_LEN);
    assert!(offset_of!(net_bindings::bonding, slave_cnt) < BOND_LEN);
    assert!(align_of::<net_bindings::slave>() <= align_of::<SlaveAbi<()>>());
    assert!(layout::OFFSET_SLAVE_FLAGS + 1 == offset_of!(net_bindings::slave, duplex));
    assert!(layout::SLAVE_FLAG_BACKUP.is_power_of_two());
    assert!(layout::SLAVE_FLAG_INACTIVE.is_power_of_two());
};

/// The length of what other drivers may look at: what follows is the C driver's own.
const SLAVE_LEN: usize = offset_of!(net_bindings::slave, ad_info);

/// C's `struct slave` as far as others read it, zero but for what is set here, and what keeps the bond it points to.
///
/// # Invariants
///
/// `slave.bond` is a `B` in the private area of the device in `bond_dev`, as it was given to [`Self::new`].
#[repr(C, align(8))]
pub struct SlaveAbi<B> {
    slave: Opaque<[u8; SLAVE_LEN]>,
    bond_dev: DeviceRef,
    bond: PhantomData<fn() -> B>,
}

// SAFETY: Fields are accessed atomically, or written once before others can see them.
unsafe impl<B> Send for SlaveAbi<B> {}
// SAFETY: As above.
unsafe impl<B> Sync for SlaveAbi<B> {}

impl<B: BondPrefix> SlaveAbi<B> {
    /// Initialises the C part of the slave that `dev` is in `bond`, whose address is `perm_hwaddr`.
    pub fn new(dev: &Device, bond: &B, perm_hwaddr: &HwAddr) -> impl PinInit<Self> {
        let dev = dev.as_ptr();
        // SAFETY: A `B` begins with a `BondAbi`.
        let bond_dev = unsafe { &*core::ptr::from_ref(bond).cast::<BondAbi>() }
            .dev()
            .to_ref();
        let bond = core::ptr::from_ref(bond)
            .cast_mut()
            .cast::<net_bindings::bonding>();
        let perm_hwaddr = *perm_hwaddr.padded();
        // SAFETY: The closure initialises all of the slot, and does not fail.
        unsafe {
            pin_init::pin_init_from_closure(move |slot: *mut Self| {
                (&raw mut (*slot).slave).write_bytes(0, 1);
                let slave = slot.cast::<net_bindings::slave>();
                (&raw mut (*slave).dev).write(dev);
                // INVARIANT: The bond lies in the private area of its device.
                (&raw mut (*slave).bond).write(bond);
                (&raw mut (*slave).perm_hwaddr).write(perm_hwaddr);
                (&raw mut (*slot).bond_dev).write(bond_dev);
                Ok(())
            })
        }
    }

    /// The bond.
    #[inline(always)]
    pub fn bond(&self) -> &B {
        // SAFETY: Written once, before others could see it.
        let bond = unsafe { (*self.as_ptr()).bond };
        // SAFETY: By the type invariant, and the private area is dropped when nobody holds the device any more.
        unsafe { &*bond.cast::<B>() }
    }
}

impl<B> SlaveAbi<B> {
    /// The C object, of which there is [`SLAVE_LEN`].
    #[inline]
    fn as_ptr(&self) -> *mut net_bindings::slave {
        self.slave.get().cast()
    }

    /// The device of the bond.
    #[inline]
    pub fn bond_dev(&self) -> &Device {
        &self.bond_dev
    }

    /// The byte with the one-bit fields.
    #[inline]
    fn flags_ptr(&self) -> *mut u8 {
        // SAFETY: The offset is within the object.
        unsafe {
            self.slave
                .get()
                .cast::<u8>()
                .add(layout::OFFSET_SLAVE_FLAGS)
        }
    }

    #[inline]
    fn flag(&self, flag: usize) -> bool {
        // SAFETY: The byte is valid; it is only read and written whole.
        usize::from(unsafe { self.flags_ptr().read_volatile() }) & flag != 0
    }

    /// Sets one of the flags. The caller excludes other writers.
    fn set_flag(&self, flag: usize, on: bool) {
        // SAFETY: The byte is valid; it is only read and written whole.
        let old = usize::from(unsafe { self.flags_ptr().read_volatile() });
        let new = if on { old | flag } else { old & !flag };
        // SAFETY: As above. Readers see the old or the new byte.
        unsafe { self.flags_ptr().write_volatile(new as u8) }
    }

    /// Whether the slave stands by; `backup` in C.
    #[inline]
    pub fn backup(&self) -> bool {
        self.flag(layout::SLAVE_FLAG_BACKUP)
    }

    /// Whether what the slave receives is not for the bond; `inactive` in C.
    #[inline]
    pub fn inactive(&self) -> bool {
        self.flag(layout::SLAVE_FLAG_INACTIVE)
    }

    /// Sets whether the slave stands by. The caller excludes other writers of flags, by a lock.
    pub fn set_backup(&self, backup: bool) {
        self.set_flag(layout::SLAVE_FLAG_BACKUP, backup);
    }

    /// Sets whether what the slave receives is kept from the bond. The caller excludes other
    /// writers of flags, by a lock.
    pub fn set_inactive(&self, inactive: bool) {
        self.set_flag(layout::SLAVE_FLAG_INACTIVE, inactive);
    }

    /// Sets the link state, its number.
    pub fn set_link(&self, link: i8) {
        // SAFETY: The field is valid; readers see the old or the new byte.
        unsafe { (&raw mut (*self.as_ptr()).link).write_volatile(link) }
    }

    /// The link state, its number.
    pub fn link(&self) -> i8 {
        // SAFETY: The field is valid; readers see the old or the new byte.
        unsafe { (&raw const (*self.as_ptr()).link).read_volatile() }
    }
}
