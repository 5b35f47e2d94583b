// SPDX-License-Identifier: GPL-2.0

//! Values that are published by RCU: read without a lock, replaced whole.
//!
//! A [`RcuBox`] is built, then put into a [`RcuSlot`], where readers find it. What was there before
//! comes back as [`Retired`], which is freed after a grace period or, in a context that may sleep,
//! given back to be filled again.
//!
//! The callback that frees a retired value is code of this module. Whoever uses this file holds a
//! [`RcuBarrier`] as the last field of the module's own structure, so that no callback is left when
//! the code goes.
//!
//! C header: [`include/linux/rcupdate.h`](srctree/include/linux/rcupdate.h)

#[cfg(CONFIG_KUNIT = "y")]
mod tests;

use crate::rtnl::Rtnl;
use core::{
    alloc::Layout,
    marker::PhantomData,
    mem::{offset_of, ManuallyDrop},
    ops::{Deref, DerefMut},
    ptr::{self, NonNull},
};
use kernel::{
    alloc::{allocator::Kmalloc, AllocError, Allocator, Flags, NumaNode},
    bindings,
    prelude::*,
    sync::{
        atomic::{Atomic, Full},
        rcu, //
    },
};

/// A value whose existence shows that the current CPU is in an RCU read side critical section.
///
/// # Safety
///
/// For as long as an instance exists, a grace period that begins must not end: `rcu_read_lock()` is
/// held, or bottom halves or preemption are disabled.
pub unsafe trait RcuEvidence {}

pub use RcuEvidence as ReadSide;

// SAFETY: By its invariant, the RCU read side lock is held while the guard exists.
unsafe impl RcuEvidence for rcu::Guard {}

// SAFETY: What holds for the referent holds for the shorter time the reference exists.
unsafe impl<T: RcuEvidence> RcuEvidence for &T {}

/// The hot part of an allocation: header and entries begin on a cache line of their own.
#[repr(C, align(64))]
struct Inner<H, E> {
    header: H,
    front: u32,
    len: u32,
    capacity: u32,
    entries: [E; 0],
}

/// The cold part, behind the last entry there is room for.
#[repr(C)]
struct Tail {
    head: bindings::callback_head,
    start: *mut c_void,
}

impl<H, E> Inner<H, E> {
    /// The offset of the [`Tail`] and the layout of the whole, for `capacity` entries.
    fn layout(capacity: usize) -> Result<(usize, Layout), AllocError> {
        let entries = size_of::<E>().checked_mul(capacity).ok_or(AllocError)?;
        let tail = offset_of!(Self, entries)
            .checked_add(entries)
            .and_then(|end| {
                end.max(size_of::<Self>())
                    .checked_next_multiple_of(align_of::<Tail>())
            })
            .ok_or(AllocError)?;
        let size = tail.checked_add(size_of::<Tail>()).ok_or(AllocError)?;
        let layout = Layout::from_size_align(size, align_of::<Self>()).map_err(|_| AllocError)?;
        Ok((tail, layout.pad_to_align()))
    }

    /// The first entry.
    ///
    /// # Safety
    ///
    /// `this` must point to an allocation of this type.
    #[inline(always)]
    unsafe fn entries(this: NonNull<Self>) -> NonNull<E> {
        // SAFETY: The offset is within the allocation by the safety requirements.
        unsafe { this.byte_add(offset_of!(Self, entries)) }.cast()
    }

    /// Drops the contents and gives the memory back.
    ///
    /// # Safety
    ///
    /// `this` must come from [`RcuBox::new`], and must not be used afterwards.
    unsafe fn destroy(this: NonNull<Self>) {
        // SAFETY: The allocation is initialised and the caller's own.
        let (len, capacity) = unsafe { ((*this.as_ptr()).len, (*this.as_ptr()).capacity) };
        // SAFETY: `this` is an allocation of this type.
        let entries = unsafe { Self::entries(this) };
        let entries = ptr::slice_from_raw_parts_mut(entries.as_ptr(), len as usize);
        // SAFETY: The first `len` entries are initialised, and are not used again.
        unsafe { ptr::drop_in_place(entries) };
        // SAFETY: The header is initialised, and is not used again.
        unsafe { ptr::drop_in_place(&raw mut (*this.as_ptr()).header) };
        if let Ok((_, layout)) = Self::layout(capacity as usize) {
            // SAFETY: The memory was allocated by `Kmalloc` with this very layout.
            unsafe { Kmalloc::free(this.cast(), layout) };
        }
    }
}

/// An owned allocation of a header and, behind it, room for a number of entries.
///
/// The allocation begins on a cache line, and so do the header and the first entries. It is not
/// visible to others until it is put into a [`RcuSlot`].
///
/// # Invariants
///
/// `0` comes from [`RcuBox::new`] and belongs to this value; its header and its first `len` entries
/// are initialised; `front` is at most `len`, which is at most `capacity`.
pub struct RcuBox<H, E = ()>(NonNull<Inner<H, E>>);

// SAFETY: The box owns its contents.
unsafe impl<H: Send, E: Send> Send for RcuBox<H, E> {}
// SAFETY: A shared reference only gives shared references to the contents.
unsafe impl<H: Sync, E: Sync> Sync for RcuBox<H, E> {}

impl<H, E> RcuBox<H, E> {
    /// Allocates a box with `header`, no entries, and room for `capacity` entries.
    pub fn new(header: H, capacity: usize, flags: Flags) -> Result<Self, AllocError> {
        let stored = u32::try_from(capacity).map_err(|_| AllocError)?;
        let (tail, layout) = Inner::<H, E>::layout(capacity)?;
        let start: NonNull<Inner<H, E>> = Kmalloc::alloc(layout, flags, NumaNode::NO_NODE)?.cast();
        // SAFETY: The allocation is at least `size_of::<Inner>()` bytes, aligned, and ours.
        unsafe {
            start.write(Inner {
                header,
                front: 0,
                len: 0,
                capacity: stored,
                entries: [],
            })
        };
        // SAFETY: `tail` is within the allocation.
        let tail = unsafe { start.byte_add(tail) }.cast::<Tail>();
        // SAFETY: The layout has room for a `Tail` there, at an offset aligned for it.
        unsafe {
            tail.write(Tail {
                head: pin_init::zeroed(),
                start: start.as_ptr().cast(),
            })
        };
        // INVARIANT: Just allocated, with an initialised header and no entries.
        Ok(Self(start))
    }

    /// The number of entries there is room for.
    pub fn capacity(&self) -> usize {
        // SAFETY: By the type invariant.
        unsafe { (*self.0.as_ptr()).capacity as usize }
    }

    /// The entries.
    pub fn entries(&self) -> &[E] {
        self.as_ref().into_entries()
    }

    /// The entries, to be changed in place.
    pub fn entries_mut(&mut self) -> &mut [E] {
        // SAFETY: By the type invariant.
        let len = unsafe { (*self.0.as_ptr()).len as usize };
        // SAFETY: By the type invariant.
        let first = unsafe { Inner::entries(self.0) };
        // SAFETY: The first `len` entries are initialised, and `self` is borrowed for as long.
        unsafe { core::slice::from_raw_parts_mut(first.as_ptr(), len) }
    }

    /// Appends an entry, or gives it back when there is no room.
    pub fn push(&mut self, entry: E) -> Result<(), E> {
        // SAFETY: By the type invariant.
        let (len, capacity) = unsafe { ((*self.0.as_ptr()).len, (*self.0.as_ptr()).capacity) };
        if len >= capacity {
            return Err(entry);
        }
        // SAFETY: By the type invariant.
        let first = unsafe { Inner::entries(self.0) };
        // SAFETY: `len` is below `capacity`, hence the place is within the allocation.
        let place = unsafe { first.add(len as usize) };
        // SAFETY: The place is valid for writes, and holds no value.
        unsafe { place.write(entry) };
        // SAFETY: By the type invariant, and `self` is borrowed mutably.
        // INVARIANT: One more entry is initialised, and there was room for it.
        unsafe { (*self.0.as_ptr()).len = len.wrapping_add(1) };
        Ok(())
    }

    /// Has the entries that are there now be the front of those that come.
    pub fn end_front(&mut self) {
        // SAFETY: By the type invariant, and `self` is borrowed mutably.
        // INVARIANT: Not more than `len`.
        unsafe { (*self.0.as_ptr()).front = (*self.0.as_ptr()).len };
    }

    /// Drops all entries.
    pub fn clear(&mut self) {
        let entries: *mut [E] = self.entries_mut();
        // SAFETY: By the type invariant, and `self` is borrowed mutably.
        // INVARIANT: None of none.
        unsafe { (*self.0.as_ptr()).front = 0 };
        // SAFETY: By the type invariant, and `self` is borrowed mutably.
        // INVARIANT: No entry is claimed to be initialised any more.
        unsafe { (*self.0.as_ptr()).len = 0 };
        // SAFETY: The entries were initialised, and nobody reaches them any more.
        unsafe { ptr::drop_in_place(entries) };
    }

    /// The contents as a reader sees them.
    pub fn as_ref(&self) -> RcuRef<'_, H, E> {
        // INVARIANT: The allocation lives for as long as `self` is borrowed.
        RcuRef(self.0, PhantomData)
    }

    fn into_raw(self) -> *mut Inner<H, E> {
        ManuallyDrop::new(self).0.as_ptr()
    }
}

impl<H, E> Deref for RcuBox<H, E> {
    type Target = H;

    fn deref(&self) -> &H {
        // SAFETY: By the type invariant.
        unsafe { &(*self.0.as_ptr()).header }
    }
}

impl<H, E> DerefMut for RcuBox<H, E> {
    fn deref_mut(&mut self) -> &mut H {
        // SAFETY: By the type invariant, and `self` is borrowed mutably.
        unsafe { &mut (*self.0.as_ptr()).header }
    }
}

impl<H, E> Drop for RcuBox<H, E> {
    fn drop(&mut self) {
        // SAFETY: By the type invariant, and `self` is not used again.
        unsafe { Inner::destroy(self.0) }
    }
}

/// What a reader finds in a [`RcuSlot`]: a header and entries.
///
/// # Invariants
///
/// `0` is an initialised allocation that is not written to, and not freed before the end of `'g`.
pub struct RcuRef<'g, H, E = ()>(NonNull<Inner<H, E>>, PhantomData<(&'g H, &'g [E])>);

impl<H, E> Clone for RcuRef<'_, H, E> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<H, E> Copy for RcuRef<'_, H, E> {}

impl<'g, H, E> RcuRef<'g, H, E> {
    /// The header.
    #[inline(always)]
    pub fn into_header(self) -> &'g H {
        // SAFETY: By the type invariant.
        unsafe { &(*self.0.as_ptr()).header }
    }

    /// The entries.
    #[inline(always)]
    pub fn into_entries(self) -> &'g [E] {
        // SAFETY: By the type invariant.
        let len = unsafe { (*self.0.as_ptr()).len as usize };
        // SAFETY: By the type invariant.
        let first = unsafe { Inner::entries(self.0) };
        // SAFETY: The first `len` entries are initialised, and not written to before `'g` ends.
        unsafe { core::slice::from_raw_parts(first.as_ptr(), len) }
    }

    /// The entries.
    #[inline(always)]
    pub fn entries(&self) -> &'g [E] {
        (*self).into_entries()
    }

    /// The entries up to [`RcuBox::end_front`].
    #[inline(always)]
    pub fn into_front(self) -> &'g [E] {
        // SAFETY: By the type invariant.
        let front = unsafe { (*self.0.as_ptr()).front as usize };
        // SAFETY: By the type invariant.
        let first = unsafe { Inner::entries(self.0) };
        // SAFETY: The front is of initialised entries, which are not written to before `'g` ends.
        unsafe { core::slice::from_raw_parts(first.as_ptr(), front) }
    }

    /// The entries behind the front.
    #[inline]
    pub fn into_rest(self) -> &'g [E] {
        let front = self.into_front().len();
        self.into_entries().get(front..).unwrap_or_default()
    }
}

impl<H, E> Deref for RcuRef<'_, H, E> {
    type Target = H;

    #[inline(always)]
    fn deref(&self) -> &H {
        self.into_header()
    }
}

/// A place where a [`RcuBox`] is published, or nothing.
///
/// The last value is retired when the slot is dropped.
///
/// # Invariants
///
/// The pointer is null or came from a [`RcuBox`], whose ownership it holds. Once taken out, it is
/// neither written to nor freed before a grace period has passed.
pub struct RcuSlot<H: Send + Sync + 'static, E: Send + Sync + 'static = ()> {
    ptr: Atomic<*mut Inner<H, E>>,
    _owned: PhantomData<RcuBox<H, E>>,
}

impl<H: Send + Sync + 'static, E: Send + Sync + 'static> RcuSlot<H, E> {
    /// Creates an empty slot.
    pub const fn empty() -> Self {
        // INVARIANT: The pointer is null.
        Self {
            ptr: Atomic::new(ptr::null_mut()),
            _owned: PhantomData,
        }
    }

    /// Creates a slot with a value in it.
    pub fn new(value: RcuBox<H, E>) -> Self {
        // INVARIANT: Takes over the ownership of `value`.
        Self {
            ptr: Atomic::new(value.into_raw()),
            _owned: PhantomData,
        }
    }

    /// Finds the published value; corresponds to `rcu_dereference()`.
    ///
    /// One load. The value stays what it is until the section that `_guard` shows ends.
    #[inline(always)]
    pub fn load<'g>(&self, _guard: &'g impl RcuEvidence) -> Option<RcuRef<'g, H, E>> {
        // `Atomic::load` is a call in a kernel built by gcc, and this is the transmit path.
        // SAFETY: `as_ptr` is valid and aligned. The race with `replace` is one the kernel's memory
        // model defines: a volatile load of a machine word is a `READ_ONCE()`, it is neither torn
        // nor repeated, and all further accesses are made through the loaded address, which orders
        // them after it (an address dependency) against the release in `replace`.
        let ptr = unsafe { self.ptr.as_ptr().read_volatile() };
        // INVARIANT: By the invariant of the slot the value stays until a grace period has passed,
        // and none that begins after this load ends while the guard exists.
        NonNull::new(ptr).map(|ptr| RcuRef(ptr, PhantomData))
    }

    /// Whether a value is published; it may be gone or there a moment later.
    #[inline]
    pub fn is_some(&self) -> bool {
        // SAFETY: As in `load`; the pointer is not dereferenced.
        !unsafe { self.ptr.as_ptr().read_volatile() }.is_null()
    }

    /// Publishes `new` and takes out what was there; corresponds to `rcu_replace_pointer()`.
    ///
    /// Any number of callers may do so at once, each gets what it replaced. The lock under which the
    /// values are computed decides which is the last.
    pub fn replace(&self, new: Option<RcuBox<H, E>>) -> Option<Retired<H, E>> {
        let new = new.map_or(ptr::null_mut(), RcuBox::into_raw);
        // ORDERING: `Full` includes the release that makes the contents of `new` visible before the
        // pointer to it, and the acquire for the contents of the old value.
        // INVARIANT: Takes over the ownership of `new`, gives that of the old value away, under the
        // invariant of `Retired`.
        let old = self.ptr.xchg(new, Full);
        NonNull::new(old).map(|old| Retired(ManuallyDrop::new(RcuBox(old))))
    }
}

impl<H: Send + Sync + 'static, E: Send + Sync + 'static> Drop for RcuSlot<H, E> {
    fn drop(&mut self) {
        drop(self.replace(None));
    }
}

/// A value taken out of a [`RcuSlot`], which readers may still see.
///
/// Dropped, it is freed after a grace period; this neither fails, nor allocates, nor sleeps.
///
/// # Invariants
///
/// The value is not reached from a slot any more, and belongs to this instance but for readers that
/// began before.
#[must_use = "say whether it is to be freed or reclaimed"]
pub struct Retired<H: Send + Sync + 'static, E: Send + Sync + 'static = ()>(
    ManuallyDrop<RcuBox<H, E>>,
);

impl<H: Send + Sync + 'static, E: Send + Sync + 'static> Retired<H, E> {
    /// Frees the value after a grace period.
    ///
    /// Header and entries are dropped in softirq context: their destructors must not sleep.
    pub fn free(self) {
        drop(self)
    }

    /// Waits for a grace period and gives the value back, without its entries.
    ///
    /// Sleeps: process context, no spinlock, no RCU read side section.
    pub fn reclaim(self) -> RcuBox<H, E> {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: There is nothing to be fulfilled; the context is the caller's responsibility, a
        // wrong one is found by the kernel's debugging and costs no memory safety.
        unsafe { bindings::synchronize_rcu() };
        // SAFETY: `this` is not used again.
        let mut value = unsafe { ManuallyDrop::take(&mut this.0) };
        value.clear();
        value
    }

    /// # Safety
    ///
    /// To be called by RCU only, with the `head` of the tail of a retired value.
    unsafe extern "C" fn callback(head: *mut bindings::callback_head) {
        // SAFETY: By the safety requirements `head` is in a `Tail`, and is its first field.
        let start = unsafe { (*head.cast::<Tail>()).start };
        let Some(start) = NonNull::new(start.cast::<Inner<H, E>>()) else {
            return;
        };
        // SAFETY: `start` came from `RcuBox::new`. The value was out of its slot when `call_rcu()`
        // was called, and a grace period has passed: there is no reader.
        unsafe { Inner::destroy(start) }
    }
}

impl<H: Send + Sync + 'static, E: Send + Sync + 'static> Drop for Retired<H, E> {
    fn drop(&mut self) {
        let start = self.0 .0;
        let Ok((tail, _)) = Inner::<H, E>::layout(self.0.capacity()) else {
            return;
        };
        // SAFETY: The tail is at this offset within the allocation.
        let head = unsafe { start.byte_add(tail) }.cast::<bindings::callback_head>();
        // SAFETY: `head` is the first field of the tail, and nothing else uses it. It stays valid
        // until the callback frees it. The callback's code stays as long as the `RcuBarrier` that
        // the module holds says so.
        unsafe { bindings::call_rcu(head.as_ptr(), Some(Self::callback)) };
    }
}

/// Waits for all RCU callbacks when dropped; the last field of a module that retires values.
pub struct RcuBarrier(());

impl RcuBarrier {
    /// Creates the barrier.
    pub const fn new() -> Self {
        Self(())
    }
}

impl Default for RcuBarrier {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for RcuBarrier {
    fn drop(&mut self) {
        // SAFETY: There is nothing to be fulfilled; a module is unloaded in process context.
        unsafe { bindings::rcu_barrier() };
    }
}

/// Waits until all RCU read side sections that began before are over; `synchronize_net()` in C. Sleeps.
///
/// All requests of an administrator wait for the RTNL, hence this hurries.
pub fn synchronize(_rtnl: &Rtnl<'_>) {
    // SAFETY: No requirements; the RTNL is a mutex, so sleeping is allowed.
    unsafe { net_bindings::synchronize_net() };
}
