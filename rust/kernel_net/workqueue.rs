// SPDX-License-Identifier: GPL-2.0

//! Workqueues, and delayed works that are part of what they work on.
//!
//! The `kernel` crate's works are for reference-counted items: a queued work owns a reference. The
//! private area of a network device is not reference-counted, and its works are to stop when the
//! device goes. Here the owner of the works ([`HasDelayedWork`]) embeds the works and its lane in the queue
//! they run on, and dropping a work waits for it and disables it for good.
//!
//! C header: [`include/linux/workqueue.h`](srctree/include/linux/workqueue.h)

#[cfg(CONFIG_KUNIT = "y")]
mod tests;

use core::{
    marker::PhantomData,
    ptr::NonNull, //
};
use kernel::{
    bindings,
    new_mutex,
    prelude::*,
    sync::{Arc, LockClassKey, Mutex},
    time::Jiffies,
    types::Opaque, //
};

/// A workqueue for the works of many owners, on any processor.
///
/// Made with `WQ_MEM_RECLAIM`: it makes progress without memory. Dropping it destroys it, which sleeps.
///
/// # Invariants
///
/// This is a valid workqueue until the value is dropped. Only [`WorkHandle`] queues works on it, whose owners
/// keep it until they have disabled them.
pub struct Workqueue(NonNull<bindings::workqueue_struct>);

// SAFETY: Workqueues are usable from any thread.
unsafe impl Send for Workqueue {}
// SAFETY: Workqueues are usable from any thread.
unsafe impl Sync for Workqueue {}

impl Workqueue {
    /// Creates a workqueue; corresponds to `alloc_workqueue()` with `WQ_UNBOUND`. Sleeps.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    pub fn new(name: &CStr) -> Result<Self> {
        // SAFETY: `name` is a C string, which is copied.
        let queue = unsafe { net_bindings::alloc_unbound_workqueue(name.as_char_ptr()) };
        Ok(Self(NonNull::new(queue).ok_or(ENOMEM)?))
    }
}

impl Drop for Workqueue {
    fn drop(&mut self) {
        // SAFETY: By the type invariant; delayed works, which `destroy_workqueue` does not wait for,
        // have been disabled before.
        unsafe { bindings::destroy_workqueue(self.0.as_ptr()) };
    }
}

/// An owner's lane in a workqueue: its works run one at a time, whatever those of others do.
///
/// An ordered workqueue for each owner would promise the same, and cost each a thread for when memory is short.
#[pin_data]
pub struct WorkLane {
    queue: Arc<Workqueue>,
    /// Held while a work of the owner runs.
    #[pin]
    turn: Mutex<()>,
}

impl WorkLane {
    /// A lane in `queue`.
    pub fn new(queue: Arc<Workqueue>) -> impl PinInit<Self> {
        pin_init!(Self {
            queue,
            turn <- new_mutex!((), "WorkLane::turn"),
        })
    }
}

// CAST: A small constant.
const WORK_CPU_UNBOUND: c_int = bindings::wq_misc_consts_WORK_CPU_UNBOUND as c_int;

/// A name and a lock class for lockdep.
type Class = (&'static CStr, Pin<&'static LockClassKey>);

/// Initialises a C delayed work; corresponds to `INIT_DELAYED_WORK()`.
///
/// # Safety
///
/// `slot` must be valid for writes and stay in place, and `callback` be right for the work.
unsafe fn init_delayed(
    slot: *mut bindings::delayed_work,
    callback: unsafe extern "C" fn(*mut bindings::work_struct),
    (work_name, work_key): Class,
    (timer_name, timer_key): Class,
) {
    // SAFETY: `slot` is valid for writes; name and key live for ever.
    unsafe {
        bindings::init_work_with_key(
            &raw mut (*slot).work,
            Some(callback),
            false,
            work_name.as_char_ptr(),
            work_key.as_ptr(),
        )
    };
    // SAFETY: `slot` is valid for writes; name and key live for ever. The timer is the one of a delayed
    // work, for which this function and flag are made.
    unsafe {
        bindings::timer_init_key(
            &raw mut (*slot).timer,
            Some(bindings::delayed_work_timer_fn),
            bindings::TIMER_IRQSAFE,
            timer_name.as_char_ptr(),
            timer_key.as_ptr(),
        )
    };
}

/// What a [`DelayedWork`] does.
pub trait DelayedWorkItem<const ID: u64>: HasDelayedWork<ID> + Send + Sync {
    /// Runs the work, in process context, while no other work of the owner runs. May queue itself and others
    /// again.
    fn run(&self);
}

/// A delayed work that is a field of the `T` it works on.
///
/// Dropping it waits for the work and disables it: queueing it then does nothing.
#[pin_data(PinnedDrop)]
#[repr(transparent)]
pub struct DelayedWork<T, const ID: u64 = 0> {
    #[pin]
    work: Opaque<bindings::delayed_work>,
    _owner: PhantomData<fn(&T)>,
}

// SAFETY: Works are usable from any thread; none of `T` is in here.
unsafe impl<T, const ID: u64> Send for DelayedWork<T, ID> {}
// SAFETY: Works are usable from any thread; none of `T` is in here.
unsafe impl<T, const ID: u64> Sync for DelayedWork<T, ID> {}

/// Creates a [`DelayedWork`] initialiser with newly-created lock classes.
#[macro_export]
macro_rules! new_delayed_work {
    ($name:literal) => {
        $crate::workqueue::DelayedWork::new(
            ::kernel::c_str!($name),
            ::kernel::static_lock_class!(),
            ::kernel::c_str!(::core::concat!($name, "_timer")),
            ::kernel::static_lock_class!(),
        )
    };
}

impl<T: DelayedWorkItem<ID>, const ID: u64> DelayedWork<T, ID> {
    /// Creates a work that is not queued; see [`new_delayed_work!`](crate::new_delayed_work).
    pub fn new(
        work_name: &'static CStr,
        work_key: Pin<&'static LockClassKey>,
        timer_name: &'static CStr,
        timer_key: Pin<&'static LockClassKey>,
    ) -> impl PinInit<Self> {
        pin_init!(Self {
            // SAFETY: `init_delayed` fills in the slot; `callback` is for works queued by `WorkHandle`.
            work <- Opaque::ffi_init(|slot| unsafe {
                init_delayed(
                    slot,
                    Self::callback,
                    (work_name, work_key),
                    (timer_name, timer_key),
                )
            }),
            _owner: PhantomData,
        })
    }

    /// # Safety
    ///
    /// To be called by the workqueue only, for a work queued by [`WorkHandle`].
    unsafe extern "C" fn callback(work: *mut bindings::work_struct) {
        // SAFETY: The work is the `work` of a `delayed_work`.
        let dwork = unsafe { kernel::container_of!(work, bindings::delayed_work, work) };
        // SAFETY: `WorkHandle` only queues works that are the field of a `T`.
        let owner = unsafe { T::container_of(dwork.cast::<Self>()) };
        // SAFETY: The owner was initialised when the work was queued, is pinned, and its drop begins
        // with that of its works, which waits for this function; see `HasDelayedWork`.
        let owner = unsafe { &*owner };
        let _turn = owner.lane().turn.lock();
        owner.run();
    }
}

impl<T, const ID: u64> DelayedWork<T, ID> {
    /// Takes the work out of the queue; true if it was queued. Does not wait; any context.
    pub fn cancel(&self) -> bool {
        // SAFETY: The work is initialised.
        unsafe { net_bindings::cancel_delayed_work(self.work.get()) }
    }

    /// Takes the work out of the queue and waits until it does not run; true if it was queued.
    ///
    /// Sleeps; not from a work of the same owner, and not under a lock it takes.
    pub fn cancel_sync(&self) -> bool {
        // SAFETY: The work is initialised.
        unsafe { bindings::cancel_delayed_work_sync(self.work.get()) }
    }

    /// Waits for the work if it runs or is due, not for one whose time is yet to come; corresponds to `flush_work()`.
    ///
    /// Sleeps; not from a work of the same owner, and not under a lock it takes.
    pub fn flush(&self) {
        // SAFETY: The work is initialised.
        unsafe { bindings::flush_work(&raw mut (*self.work.get()).work) };
    }

    /// Whether the work is queued or its timer runs.
    #[inline]
    pub fn is_pending(&self) -> bool {
        // SAFETY: The work is initialised. Bit 0 of the data is `WORK_STRUCT_PENDING`; it is read
        // as `test_bit()` reads it, by one volatile load.
        let data = unsafe {
            (&raw const (*self.work.get()).work.data)
                .cast::<usize>()
                .read_volatile()
        };
        data & 1 != 0
    }
}

#[pinned_drop]
impl<T, const ID: u64> PinnedDrop for DelayedWork<T, ID> {
    fn drop(self: Pin<&mut Self>) {
        // SAFETY: The work is initialised. It stays so, disabled: a work of the same owner that
        // still runs may try to queue it, to no effect.
        unsafe { net_bindings::disable_delayed_work_sync(self.work.get()) };
    }
}

/// A structure that embeds [`DelayedWork`]s and the [`WorkLane`] they run on.
///
/// # Safety
///
/// - [`container_of`](Self::container_of) and [`work_of`](Self::work_of) are each other's inverse.
/// - The works are dropped before anything else of the structure, and the lane after all of them.
pub unsafe trait HasDelayedWork<const ID: u64>: Sized {
    /// Finds the owner of a work.
    ///
    /// # Safety
    ///
    /// `work` must be the field of an instance.
    unsafe fn container_of(work: *mut DelayedWork<Self, ID>) -> *mut Self;

    /// Finds the work `ID`.
    fn work_of(&self) -> &DelayedWork<Self, ID>;

    /// Finds the lane.
    fn lane(&self) -> &WorkLane;
}

/// Access to the works of a structure, by their number; implemented by
/// [`impl_has_delayed_work!`](crate::impl_has_delayed_work).
pub trait DelayedWorks: Sized {
    /// The work `ID`, to be queued.
    #[inline]
    fn work<const ID: u64>(&self) -> WorkHandle<'_, Self, ID>
    where
        Self: DelayedWorkItem<ID>,
    {
        WorkHandle(self)
    }

    /// Waits for all works that run or are due, see [`DelayedWork::flush`].
    fn flush_works(&self);
}

/// One of the works of a structure, to be queued.
pub struct WorkHandle<'a, T, const ID: u64>(&'a T);

impl<T: DelayedWorkItem<ID>, const ID: u64> WorkHandle<'_, T, ID> {
    /// Queues the work after a delay in jiffies, unless it is queued already (then false).
    ///
    /// Corresponds to `queue_delayed_work()`; any context.
    pub fn queue(&self, delay: Jiffies) -> bool {
        let queue = self.0.lane().queue.0.as_ptr();
        // SAFETY: Both are initialised. The owner is pinned, since a `DelayedWork` is only made by
        // a pinned initialiser, and waits for the work before it goes; it keeps the queue until then.
        unsafe {
            bindings::queue_delayed_work_on(
                WORK_CPU_UNBOUND,
                queue,
                self.0.work_of().work.get(),
                delay,
            )
        }
    }

    /// Queues the work after a delay in jiffies, in place of what it was queued for (then true).
    ///
    /// Corresponds to `mod_delayed_work()`; any context.
    pub fn requeue(&self, delay: Jiffies) -> bool {
        let queue = self.0.lane().queue.0.as_ptr();
        // SAFETY: As in `queue`.
        unsafe {
            net_bindings::mod_delayed_work_on(
                WORK_CPU_UNBOUND,
                queue,
                self.0.work_of().work.get(),
                delay,
            )
        }
    }

    /// See [`DelayedWork::cancel`].
    pub fn cancel(&self) -> bool {
        self.0.work_of().cancel()
    }

    /// See [`DelayedWork::cancel_sync`].
    pub fn cancel_sync(&self) -> bool {
        self.0.work_of().cancel_sync()
    }

    /// See [`DelayedWork::is_pending`].
    #[inline]
    pub fn is_pending(&self) -> bool {
        self.0.work_of().is_pending()
    }
}

/// Implements [`HasDelayedWork`] for the works of a structure.
///
/// The structure is `#[repr(C)]` and has no `Drop` of its own. The works follow, in the order given
/// here, the fields named by `after` (which need no drop), and the lane comes later:
///
/// ```ignore
/// #[pin_data]
/// #[repr(C)]
/// struct Bond {
///     abi: BondAbi,
///     #[pin]
///     mii: DelayedWork<Bond, 0>,
///     #[pin]
///     arp: DelayedWork<Bond, 1>,
///     #[pin]
///     lane: WorkLane,
///     // ...
/// }
/// impl_has_delayed_work! {
///     Bond, on lane after { abi: BondAbi } { mii: 0, arp: 1 }
/// }
/// ```
#[macro_export]
macro_rules! impl_has_delayed_work {
    ($owner:ty, on $lane:ident after { $($before:ident : $before_ty:ty),* $(,)? } {
        $($field:ident : $id:expr),+ $(,)?
    }) => {
        const _: () = {
            // Fields of a `repr(C)` structure lie in the order of their declaration, in which they
            // are dropped.
            let mut end = 0;
            $(
                ::core::assert!(!::core::mem::needs_drop::<$before_ty>());
                ::core::assert!(::core::mem::offset_of!($owner, $before) == end);
                end += ::core::mem::size_of::<$before_ty>();
            )*
            $(
                end = $crate::workqueue::next_work(end);
                ::core::assert!(::core::mem::offset_of!($owner, $field) == end);
                end += ::core::mem::size_of::<$crate::workqueue::DelayedWork<$owner, { $id }>>();
            )+
            ::core::assert!(::core::mem::offset_of!($owner, $lane) >= end);
        };
        // A `Drop` of the owner would run before that of the works: then this is a conflict.
        impl $crate::workqueue::MustNotImplDrop for $owner {}

        impl $crate::workqueue::DelayedWorks for $owner {
            fn flush_works(&self) {
                $(self.$field.flush();)+
            }
        }

        $(
            // SAFETY: Both functions name the same field. The assertions above hold.
            unsafe impl $crate::workqueue::HasDelayedWork<{ $id }> for $owner {
                #[inline]
                unsafe fn container_of(
                    work: *mut $crate::workqueue::DelayedWork<Self, { $id }>,
                ) -> *mut Self {
                    // SAFETY: The caller says that it is the field of an instance.
                    unsafe { ::kernel::container_of!(work, Self, $field) }
                }

                #[inline]
                fn work_of(&self) -> &$crate::workqueue::DelayedWork<Self, { $id }> {
                    &self.$field
                }

                #[inline]
                fn lane(&self) -> &$crate::workqueue::WorkLane {
                    &self.$lane
                }
            }
        )+
    };
}

#[doc(hidden)]
pub const fn next_work(end: usize) -> usize {
    const ALIGN: usize = align_of::<DelayedWork<(), 0>>();
    end.wrapping_add(ALIGN).wrapping_sub(1) & !ALIGN.wrapping_sub(1)
}

#[doc(hidden)]
pub trait MustNotImplDrop {}

#[expect(
    drop_bounds,
    reason = "it is there to be in conflict with another implementation"
)]
impl<T: Drop> MustNotImplDrop for T {}
