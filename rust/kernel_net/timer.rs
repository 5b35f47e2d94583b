// SPDX-License-Identifier: GPL-2.0

//! Timers in jiffies that are part of what they work on.
//!
//! As the works of [`workqueue`](crate::workqueue), for what is so little that a worker need not be woken for
//! it.
//!
//! C header: [`include/linux/timer.h`](srctree/include/linux/timer.h)

use core::marker::PhantomData;
use kernel::{
    bindings,
    prelude::*,
    sync::LockClassKey,
    time::Jiffies,
    types::Opaque, //
};

/// What a [`Timer`] does.
pub trait TimerItem: HasTimer + Send + Sync {
    /// Runs when the time has come, in softirq context; after how many jiffies it is to run again, if it is.
    fn expired(&self) -> Option<Jiffies>;
}

/// A timer that is a field of the `T` it works on.
///
/// Dropping it waits for it and keeps it from running again.
#[pin_data(PinnedDrop)]
#[repr(transparent)]
pub struct Timer<T> {
    #[pin]
    timer: Opaque<bindings::timer_list>,
    _owner: PhantomData<fn(&T)>,
}

// SAFETY: Timers are usable from any thread; none of `T` is in here.
unsafe impl<T> Send for Timer<T> {}
// SAFETY: As above.
unsafe impl<T> Sync for Timer<T> {}

/// Creates a [`Timer`] initialiser with a newly-created lock class.
#[macro_export]
macro_rules! new_timer {
    ($name:literal) => {
        $crate::timer::Timer::new(::kernel::c_str!($name), ::kernel::static_lock_class!())
    };
}

impl<T: TimerItem> Timer<T> {
    /// Creates a timer that does not run; see [`new_timer!`](crate::new_timer).
    pub fn new(name: &'static CStr, key: Pin<&'static LockClassKey>) -> impl PinInit<Self> {
        pin_init!(Self {
            timer <- Opaque::ffi_init(|slot| {
                // SAFETY: `slot` is valid for writes and pinned; name and key live for ever.
                unsafe {
                    bindings::timer_init_key(
                        slot,
                        Some(Self::callback),
                        0,
                        name.as_char_ptr(),
                        key.as_ptr(),
                    )
                }
            }),
            _owner: PhantomData,
        })
    }

    /// # Safety
    ///
    /// To be called by the kernel's timers only, for a timer started by [`HasTimer::start_timer`].
    unsafe extern "C" fn callback(timer: *mut bindings::timer_list) {
        // SAFETY: `start_timer` only starts timers that are the field of a `T`.
        let owner = unsafe { T::container_of(timer.cast::<Self>()) };
        // SAFETY: The owner was initialised when the timer was started, is pinned, and the timer's drop waits for
        // this function; what is dropped before it may still be used, see `HasTimer`.
        let owner = unsafe { &*owner };
        if let Some(delay) = owner.expired() {
            owner.start_timer(delay);
        }
    }
}

#[pinned_drop]
impl<T> PinnedDrop for Timer<T> {
    fn drop(self: Pin<&mut Self>) {
        // SAFETY: The timer is initialised; afterwards starting it does nothing.
        unsafe { bindings::timer_shutdown_sync(self.timer.get()) };
    }
}

/// A structure that embeds a [`Timer`].
///
/// # Safety
///
/// - [`container_of`](Self::container_of) and [`timer_of`](Self::timer_of) are each other's inverse.
/// - What is dropped before the timer may still be used, as [`DelayedWork`](crate::workqueue::DelayedWork) may.
pub unsafe trait HasTimer: Sized {
    /// Finds the owner of a timer.
    ///
    /// # Safety
    ///
    /// `timer` must be the field of an instance.
    unsafe fn container_of(timer: *mut Timer<Self>) -> *mut Self;

    /// Finds the timer.
    fn timer_of(&self) -> &Timer<Self>;

    /// Has the timer run after a delay in jiffies, in place of when it was to run; `mod_timer()` in C. Any
    /// context.
    fn start_timer(&self, delay: Jiffies)
    where
        Self: TimerItem,
    {
        // SAFETY: The counter is always there; it is read as C's volatile reads it.
        let now = unsafe { (&raw const bindings::jiffies).read_volatile() };
        let when = now.wrapping_add(delay);
        // SAFETY: The timer is initialised. The owner is pinned, since a `Timer` is only made by a pinned
        // initialiser, and waits for the timer before it goes.
        unsafe { bindings::mod_timer(self.timer_of().timer.get(), when) };
    }

    /// Keeps the timer from running, and waits until it does not; `timer_delete_sync()` in C. Not from the timer
    /// itself. It can be started again.
    fn stop_timer(&self) {
        // SAFETY: The timer is initialised.
        unsafe { bindings::timer_delete_sync(self.timer_of().timer.get()) };
    }
}

/// Implements [`HasTimer`] for a structure: `impl_has_timer!(Bond, poll before lane)`.
///
/// The structure is `#[repr(C)]`, has no `Drop` of its own, and begins with its works and this timer, which
/// [`impl_has_delayed_work!`](crate::impl_has_delayed_work) asserts of the works; then comes their lane.
#[macro_export]
macro_rules! impl_has_timer {
    ($owner:ty, $timer:ident before $lane:ident) => {
        const _: () = {
            // After the works, which are the first that need a drop, and before their lane.
            ::core::assert!(
                ::core::mem::offset_of!($owner, $timer) < ::core::mem::offset_of!($owner, $lane)
            );
        };
        // SAFETY: Both functions name the same field. Of what is dropped earlier there are works only.
        unsafe impl $crate::timer::HasTimer for $owner {
            #[inline]
            unsafe fn container_of(timer: *mut $crate::timer::Timer<Self>) -> *mut Self {
                // SAFETY: The caller says that it is the field of an instance.
                unsafe { ::kernel::container_of!(timer, Self, $timer) }
            }

            #[inline]
            fn timer_of(&self) -> &$crate::timer::Timer<Self> {
                &self.$timer
            }
        }
    };
}
