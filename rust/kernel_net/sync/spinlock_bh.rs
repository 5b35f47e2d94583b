// SPDX-License-Identifier: GPL-2.0

//! A spinlock that also keeps softirqs of this CPU out.
//!
//! C header: [`include/linux/spinlock.h`](srctree/include/linux/spinlock.h)

use kernel::{
    bindings,
    prelude::*,
    sync::lock::{Backend, Lock}, //
};

/// A `spinlock_t` that is taken with bottom halves disabled.
pub type SpinLockBh<T> = Lock<T, SpinLockBhBackend>;

/// Creates a [`SpinLockBh`] initialiser with a newly-created lock class.
#[macro_export]
macro_rules! new_spinlock_bh {
    ($inner:expr, $name:literal) => {
        $crate::sync::SpinLockBh::new(
            $inner,
            ::kernel::c_str!($name),
            ::kernel::static_lock_class!(),
        )
    };
}

/// The `spin_lock_bh()` family as a lock [`Backend`].
pub struct SpinLockBhBackend;

// SAFETY: The underlying `spinlock_t` ensures mutual exclusion, and `relock` uses the default
// implementation, which always calls the same locking method.
unsafe impl Backend for SpinLockBhBackend {
    type State = bindings::spinlock_t;
    type GuardState = ();

    unsafe fn init(ptr: *mut Self::State, name: *const c_char, key: *mut bindings::lock_class_key) {
        // SAFETY: The safety requirements ensure that `ptr` is valid for writes, and `name` and
        // `key` are valid for read indefinitely.
        unsafe { bindings::__spin_lock_init(ptr, name, key) }
    }

    #[inline]
    unsafe fn lock(ptr: *mut Self::State) {
        // SAFETY: The safety requirements ensure that `ptr` points to an initialised lock.
        unsafe { lock_bh(ptr) }
    }

    #[inline]
    unsafe fn unlock(ptr: *mut Self::State, _guard_state: &()) {
        // SAFETY: The safety requirements ensure that the caller owns the lock.
        unsafe { unlock_bh(ptr) }
    }

    #[inline]
    unsafe fn try_lock(ptr: *mut Self::State) -> Option<()> {
        // SAFETY: The safety requirements ensure that `ptr` points to an initialised lock.
        (unsafe { net_bindings::spin_trylock_bh(ptr) } != 0).then_some(())
    }

    #[inline]
    unsafe fn assert_is_held(ptr: *mut Self::State) {
        #[cfg(CONFIG_LOCKDEP)]
        // SAFETY: The safety requirements ensure that `ptr` points to an initialised lock.
        unsafe {
            bindings::spin_assert_is_held(ptr)
        }
        #[cfg(not(CONFIG_LOCKDEP))]
        let _ = ptr;
    }
}

// On most kernels `spin_lock_bh()` is a call of the function that does it, and no other call is needed.
#[cfg(not(all(CONFIG_SMP, not(CONFIG_INLINE_SPIN_LOCK_BH), not(CONFIG_PREEMPT_RT))))]
use net_bindings::spin_lock_bh as lock_bh;
#[cfg(not(all(CONFIG_SMP, not(CONFIG_INLINE_SPIN_UNLOCK_BH), not(CONFIG_PREEMPT_RT))))]
use net_bindings::spin_unlock_bh as unlock_bh;

/// # Safety
///
/// `lock` must be initialised.
#[cfg(all(CONFIG_SMP, not(CONFIG_INLINE_SPIN_LOCK_BH), not(CONFIG_PREEMPT_RT)))]
#[inline(always)]
unsafe fn lock_bh(lock: *mut bindings::spinlock_t) {
    // SAFETY: The lock is initialised, and is a union of which the raw one is a member.
    unsafe { bindings::_raw_spin_lock_bh(lock.cast()) }
}

/// # Safety
///
/// The caller must have taken `lock` by [`lock_bh`].
#[cfg(all(CONFIG_SMP, not(CONFIG_INLINE_SPIN_UNLOCK_BH), not(CONFIG_PREEMPT_RT)))]
#[inline(always)]
unsafe fn unlock_bh(lock: *mut bindings::spinlock_t) {
    // SAFETY: The caller has the lock; see `lock_bh`.
    unsafe { bindings::_raw_spin_unlock_bh(lock.cast()) }
}
