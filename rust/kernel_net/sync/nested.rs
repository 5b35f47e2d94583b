// SPDX-License-Identifier: GPL-2.0

//! A spinlock of stacked devices, which an upper device holds while a lower one takes its own.
//!
//! C header: [`include/linux/spinlock.h`](srctree/include/linux/spinlock.h)

use core::{
    cell::UnsafeCell,
    ops::{Deref, DerefMut},
};
use kernel::{
    bindings,
    prelude::*,
    sync::LockClassKey,
    types::{NotThreadSafe, Opaque}, //
};

/// The deepest nesting that lockdep tells apart.
const MAX_LEVEL: u8 = 7;

/// A `spinlock_t` whose takers say how many of its kind may be held below.
///
/// Neither interrupts nor bottom halves are disabled.
#[pin_data]
pub struct NestedSpinLock<T> {
    #[pin]
    lock: Opaque<bindings::spinlock_t>,
    data: UnsafeCell<T>,
}

// SAFETY: The data goes wherever the lock goes.
unsafe impl<T: Send> Send for NestedSpinLock<T> {}
// SAFETY: The lock serialises access to the data.
unsafe impl<T: Send> Sync for NestedSpinLock<T> {}

/// Creates a [`NestedSpinLock`] initialiser with a newly-created lock class.
#[macro_export]
macro_rules! new_nested_spinlock {
    ($inner:expr, $name:literal) => {
        $crate::sync::nested::NestedSpinLock::new(
            $inner,
            ::kernel::c_str!($name),
            ::kernel::static_lock_class!(),
        )
    };
}

impl<T> NestedSpinLock<T> {
    /// Creates a lock that nobody holds.
    pub fn new(
        data: T,
        name: &'static CStr,
        key: Pin<&'static LockClassKey>,
    ) -> impl PinInit<Self> {
        pin_init!(Self {
            lock <- Opaque::ffi_init(|slot: *mut bindings::spinlock_t| {
                // SAFETY: `slot` is valid for writes; name and key live for ever.
                unsafe { bindings::__spin_lock_init(slot, name.as_char_ptr(), key.as_ptr()) }
            }),
            data: UnsafeCell::new(data),
        })
    }

    /// Takes the lock, at a level above that of all locks of this kind that are taken while it is held.
    pub fn lock(&self, level: u8) -> NestedGuard<'_, T> {
        // SAFETY: The lock was initialised by `new`.
        unsafe {
            net_bindings::spin_lock_nested(self.lock.get(), c_int::from(level.min(MAX_LEVEL)))
        };
        // INVARIANT: The lock was just taken.
        NestedGuard(self, NotThreadSafe)
    }
}

/// Access to what a [`NestedSpinLock`] guards, given up when dropped.
///
/// # Invariants
///
/// The current task holds the lock.
#[must_use = "the lock is released when the guard is dropped"]
pub struct NestedGuard<'a, T>(&'a NestedSpinLock<T>, NotThreadSafe);

impl<T> Deref for NestedGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: By the type invariant nobody else has access.
        unsafe { &*self.0.data.get() }
    }
}

impl<T> DerefMut for NestedGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: By the type invariant nobody else has access, and `self` is borrowed mutably.
        unsafe { &mut *self.0.data.get() }
    }
}

impl<T> Drop for NestedGuard<'_, T> {
    fn drop(&mut self) {
        // SAFETY: By the type invariant the lock is held.
        unsafe { net_bindings::spin_unlock(self.0.lock.get()) }
    }
}
