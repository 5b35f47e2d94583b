// SPDX-License-Identifier: GPL-2.0

//! A growing array none of whose paths can panic.

use core::{
    alloc::Layout,
    ops::{Deref, DerefMut},
    ptr::{self, NonNull},
};
use kernel::{
    alloc::{allocator::Kmalloc, AllocError, Allocator, Flags, NumaNode},
    prelude::*, //
};

/// A growing array, as `KVec`, whose arithmetic a kernel with overflow checks turns into calls of `panic`.
///
/// # Invariants
///
/// `ptr` is dangling if `capacity` is 0, otherwise an allocation by `Kmalloc` with room for `capacity` values
/// of type `T`. The first `len` are initialised; `len` is at most `capacity`.
pub struct Vector<T> {
    ptr: NonNull<T>,
    len: usize,
    capacity: usize,
}

// SAFETY: The vector owns its values.
unsafe impl<T: Send> Send for Vector<T> {}
// SAFETY: A shared reference only gives shared references to the values.
unsafe impl<T: Sync> Sync for Vector<T> {}

impl<T> Vector<T> {
    /// Creates an empty vector that has no memory.
    pub const fn new() -> Self {
        // INVARIANT: There is no capacity.
        Self {
            ptr: NonNull::dangling(),
            len: 0,
            capacity: 0,
        }
    }

    /// The number of values there is room for.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Makes room for one more value, and on the way for some more.
    ///
    /// # Errors
    ///
    /// Fails without memory; nothing has changed then.
    pub fn reserve_one(&mut self, flags: Flags) -> Result<(), AllocError> {
        if self.len < self.capacity {
            return Ok(());
        }
        let capacity = self.capacity.checked_mul(2).ok_or(AllocError)?.max(2);
        let layout = Layout::array::<T>(capacity).map_err(|_| AllocError)?;
        let new: NonNull<T> = Kmalloc::alloc(layout, flags, NumaNode::NO_NODE)?.cast();
        // SAFETY: Both are valid for `len` values and do not overlap. The old values are not dropped below.
        unsafe { ptr::copy_nonoverlapping(self.ptr.as_ptr(), new.as_ptr(), self.len) };
        self.free();
        // INVARIANT: Just allocated, with the first `len` values moved in.
        self.ptr = new;
        self.capacity = capacity;
        Ok(())
    }

    /// Creates an empty vector with room for so many values.
    ///
    /// # Errors
    ///
    /// Fails without memory.
    pub fn with_capacity(capacity: usize, flags: Flags) -> Result<Self, AllocError> {
        let mut vector = Self::new();
        if capacity != 0 {
            let layout = Layout::array::<T>(capacity).map_err(|_| AllocError)?;
            // INVARIANT: Just allocated; there are no values.
            vector.ptr = Kmalloc::alloc(layout, flags, NumaNode::NO_NODE)?.cast();
            vector.capacity = capacity;
        }
        Ok(vector)
    }

    /// Moves the values into `room`, which was allocated outside of a lock that is held now, and gives back
    /// what is to be freed once it is not held any more.
    ///
    /// Nothing is moved if `room` has values of its own, or too little room.
    pub fn move_into(&mut self, mut room: Self) -> Self {
        if room.len != 0 || room.capacity < self.len {
            return room;
        }
        // SAFETY: Both are valid for `len` values and do not overlap. The old values are not used again, by
        // the length of 0.
        unsafe { ptr::copy_nonoverlapping(self.ptr.as_ptr(), room.ptr.as_ptr(), self.len) };
        // INVARIANT: The first `len` values were moved in, and out of the other.
        room.len = core::mem::take(&mut self.len);
        core::mem::replace(self, room)
    }

    /// Appends a value, or gives it back if there is no room.
    ///
    /// # Errors
    ///
    /// The value, see [`Self::reserve_one`].
    pub fn push(&mut self, value: T) -> Result<(), T> {
        if self.len >= self.capacity {
            return Err(value);
        }
        // SAFETY: `len` is below `capacity`, hence the place is within the allocation.
        let place = unsafe { self.ptr.add(self.len) };
        // SAFETY: The place is valid for writes and holds no value.
        unsafe { place.write(value) };
        // INVARIANT: One more value is initialised, and there was room for it.
        self.len = self.len.wrapping_add(1);
        Ok(())
    }

    /// Takes out the value at `place`; those behind move up.
    pub fn remove(&mut self, place: usize) -> Option<T> {
        let behind = self.len.checked_sub(place)?.checked_sub(1)?;
        // SAFETY: `place` is below `len`.
        let at = unsafe { self.ptr.add(place) };
        // SAFETY: The value is initialised, and is overwritten or forgotten below.
        let value = unsafe { at.read() };
        // INVARIANT: One value less is initialised.
        self.len = self.len.wrapping_sub(1);
        // SAFETY: `behind` values follow the place, which is valid for as many.
        unsafe { ptr::copy(at.as_ptr().add(1), at.as_ptr(), behind) };
        Some(value)
    }

    /// Gives the memory back without dropping the values.
    fn free(&mut self) {
        if self.capacity == 0 {
            return;
        }
        if let Ok(layout) = Layout::array::<T>(self.capacity) {
            // SAFETY: The memory was allocated by `Kmalloc` with this very layout, and is not used again.
            unsafe { Kmalloc::free(self.ptr.cast(), layout) };
        }
    }
}

impl<T> Default for Vector<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Deref for Vector<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: By the type invariant.
        unsafe { core::slice::from_raw_parts(self.ptr.as_ptr(), self.len) }
    }
}

impl<T> DerefMut for Vector<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: By the type invariant, and `self` is borrowed mutably.
        unsafe { core::slice::from_raw_parts_mut(self.ptr.as_ptr(), self.len) }
    }
}

impl<T> Drop for Vector<T> {
    fn drop(&mut self) {
        let values: *mut [T] = &mut **self;
        // SAFETY: The values are initialised, and are not used again.
        unsafe { ptr::drop_in_place(values) };
        self.free();
    }
}
