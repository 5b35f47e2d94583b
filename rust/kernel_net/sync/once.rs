// SPDX-License-Identifier: GPL-2.0

//! A value that is made once, where it stays.
//!
//! As `SetOnce` of the `kernel` crate, whose value goes over the stack of whoever sets it.

use core::{cell::UnsafeCell, mem::MaybeUninit};
use kernel::{
    prelude::*,
    sync::atomic::{Acquire, Atomic, Relaxed, Release}, //
};

/// Nobody has made the value yet.
const EMPTY: u32 = 0;
/// Somebody is about to.
const BUSY: u32 = 1;
/// It is there.
const MADE: u32 = 2;

/// A place for a `T` that is made there once. For statics: the value is never dropped.
///
/// # Invariants
///
/// `state` is [`MADE`] only if `value` is initialised, and stays so then. Who has changed it from [`EMPTY`] to
/// [`BUSY`] has `value` for itself until it changes it again.
pub struct MadeOnce<T> {
    value: UnsafeCell<MaybeUninit<T>>,
    state: Atomic<u32>,
}

// SAFETY: The value is made by one thread and may then be used by all.
unsafe impl<T: Send + Sync> Sync for MadeOnce<T> {}

impl<T> MadeOnce<T> {
    /// A place without a value.
    #[expect(clippy::new_without_default, reason = "for statics")]
    pub const fn new() -> Self {
        // INVARIANT: There is no value yet.
        Self {
            value: UnsafeCell::new(MaybeUninit::uninit()),
            state: Atomic::new(EMPTY),
        }
    }

    /// Has `init` make the value, unless somebody has done so or is at it: then it is dropped.
    ///
    /// # Errors
    ///
    /// That of `init`; there is no value then, and another may be made.
    pub fn make<E>(&self, init: impl Init<T, E>) -> Result<(), E> {
        if self.state.cmpxchg(EMPTY, BUSY, Relaxed).is_err() {
            return Ok(());
        }
        // SAFETY: The place is valid for writes and, by the type invariants, of this thread alone. What is in it
        // after an error is not used.
        let made = unsafe { init.__init(self.value.get().cast::<T>()) };
        // INVARIANT: The value is initialised if there is no error. `Release` shows it to those who see the state.
        self.state
            .store(if made.is_ok() { MADE } else { EMPTY }, Release);
        made
    }

    /// The value, if it was made.
    pub fn get(&self) -> Option<&T> {
        if self.state.load(Acquire) != MADE {
            return None;
        }
        // SAFETY: By the type invariants.
        Some(unsafe { (*self.value.get()).assume_init_ref() })
    }
}
