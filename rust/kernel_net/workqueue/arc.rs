// SPDX-License-Identifier: GPL-2.0

//! Delayed works of reference-counted items: a queued work owns a reference.

use super::{Workqueue, WORK_CPU_UNBOUND};
use core::marker::PhantomData;
use kernel::{
    bindings,
    prelude::*,
    sync::{Arc, LockClassKey},
    time::Jiffies,
    types::Opaque, //
};

/// A reference-counted item that embeds an [`ArcDelayedWork`].
pub trait ArcWorkItem: HasArcDelayedWork + Send + Sync + 'static {
    /// The queue the work runs on, which the item keeps: none, and it cannot be queued.
    fn workqueue(&self) -> Option<&Workqueue>;

    /// Runs the work in process context, with the reference the queue owned.
    fn run(this: Arc<Self>);
}

/// A structure with a field of type [`ArcDelayedWork`].
///
/// # Safety
///
/// The functions are each other's inverse.
pub unsafe trait HasArcDelayedWork: Sized {
    /// Finds the item of a work.
    ///
    /// # Safety
    ///
    /// `work` must be the field of an instance.
    unsafe fn container_of(work: *mut ArcDelayedWork<Self>) -> *mut Self;

    /// Finds the work of an item.
    ///
    /// # Safety
    ///
    /// `item` must be valid.
    unsafe fn work_of(item: *const Self) -> *mut ArcDelayedWork<Self>;
}

/// A delayed work that is a field of the reference-counted `T` it works on.
///
/// Dropping it does nothing: while it is queued there is a reference to the item.
#[pin_data]
#[repr(transparent)]
pub struct ArcDelayedWork<T> {
    #[pin]
    work: Opaque<bindings::delayed_work>,
    _item: PhantomData<fn(T)>,
}

// SAFETY: Works are usable from any thread; none of `T` is in here.
unsafe impl<T> Send for ArcDelayedWork<T> {}
// SAFETY: Works are usable from any thread; none of `T` is in here.
unsafe impl<T> Sync for ArcDelayedWork<T> {}

/// Creates an [`ArcDelayedWork`] initialiser with newly-created lock classes.
#[macro_export]
macro_rules! new_arc_delayed_work {
    ($name:literal) => {
        $crate::workqueue::ArcDelayedWork::new(
            ::kernel::c_str!($name),
            ::kernel::static_lock_class!(),
            ::kernel::c_str!(::core::concat!($name, "_timer")),
            ::kernel::static_lock_class!(),
        )
    };
}

impl<T: ArcWorkItem> ArcDelayedWork<T> {
    /// Creates a work that is not queued; see [`new_arc_delayed_work!`](crate::new_arc_delayed_work).
    pub fn new(
        work_name: &'static CStr,
        work_key: Pin<&'static LockClassKey>,
        timer_name: &'static CStr,
        timer_key: Pin<&'static LockClassKey>,
    ) -> impl PinInit<Self> {
        pin_init!(Self {
            // SAFETY: `init_delayed` fills in the slot; `callback` is for works queued by `queue`.
            work <- Opaque::ffi_init(|slot| unsafe {
                super::init_delayed(
                    slot,
                    Self::callback,
                    (work_name, work_key),
                    (timer_name, timer_key),
                )
            }),
            _item: PhantomData,
        })
    }

    /// Queues the work of `item` after a delay in jiffies; false if it is queued already, or has no
    /// queue. Any context.
    pub fn queue(item: Arc<T>, delay: Jiffies) -> bool {
        let Some(queue) = item.workqueue().map(|wq| wq.queue.as_ptr()) else {
            return false;
        };
        let raw = Arc::into_raw(item);
        // SAFETY: `raw` is valid.
        let work = unsafe { &raw mut (*T::work_of(raw)).work };
        // SAFETY: The work is initialised, and the reference given up above keeps it until the callback
        // takes that. The item keeps the queue: its `workqueue` borrowed it from the item.
        let queued = unsafe {
            bindings::queue_delayed_work_on(WORK_CPU_UNBOUND, queue, Opaque::cast_into(work), delay)
        };
        if !queued {
            // SAFETY: The reference was given up above, and nobody took it.
            drop(unsafe { Arc::from_raw(raw) });
        }
        queued
    }

    /// # Safety
    ///
    /// To be called by the workqueue only, for a work queued by `queue`.
    unsafe extern "C" fn callback(work: *mut bindings::work_struct) {
        // SAFETY: The work is the `work` of a `delayed_work`.
        let dwork = unsafe { kernel::container_of!(work, bindings::delayed_work, work) };
        // SAFETY: Only works that are the field of a `T` have this function.
        let item = unsafe { T::container_of(dwork.cast::<Self>()) };
        // SAFETY: `queue` gave up a reference for each time the work is run.
        T::run(unsafe { Arc::from_raw(item) });
    }
}

/// Implements [`HasArcDelayedWork`]: `impl_has_arc_delayed_work!(Item, field);`.
#[macro_export]
macro_rules! impl_has_arc_delayed_work {
    ($item:ty, $field:ident) => {
        // SAFETY: Both functions name the same field, whose type is checked.
        unsafe impl $crate::workqueue::HasArcDelayedWork for $item {
            unsafe fn container_of(
                work: *mut $crate::workqueue::ArcDelayedWork<Self>,
            ) -> *mut Self {
                // SAFETY: The caller says that it is the field of an instance.
                unsafe { ::kernel::container_of!(work, Self, $field) }
            }

            unsafe fn work_of(item: *const Self) -> *mut $crate::workqueue::ArcDelayedWork<Self> {
                // SAFETY: The caller says that the item is valid.
                unsafe { (&raw const (*item).$field).cast_mut() }
            }
        }
    };
}
