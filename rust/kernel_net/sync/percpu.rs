// SPDX-License-Identifier: GPL-2.0

//! Values of which each CPU has its own.
//!
//! C header: [`include/linux/percpu.h`](srctree/include/linux/percpu.h)

use core::ptr::NonNull;
use kernel::prelude::*;

/// A value of which each CPU has its own, starting at 0.
///
/// # Invariants
///
/// `0` is the percpu address of a `T` on each possible CPU, allocated by `alloc_percpu()`.
pub struct PerCpu<T>(NonNull<T>);

// SAFETY: A percpu allocation belongs to no thread, and may be freed from any.
unsafe impl<T> Send for PerCpu<T> {}
// SAFETY: Each access is a single operation on the current CPU's own counter.
unsafe impl Sync for PerCpu<u32> {}

impl PerCpu<u32> {
    /// Allocates a counter; sleeps. Fails with `ENOMEM`.
    pub fn new() -> Result<Self> {
        // SAFETY: No requirements but a context that may sleep, a wrong one is not a matter of
        // memory safety.
        let ptr = unsafe { net_bindings::alloc_percpu_u32() };
        // INVARIANT: Just allocated.
        NonNull::new(ptr).map(Self).ok_or(ENOMEM)
    }

    /// Increments the counter of the current CPU and returns the new value; it wraps.
    ///
    /// Any context; what this returns may be of another CPU by the time it is used.
    #[inline(always)]
    pub fn inc_return(&self) -> u32 {
        #[cfg(all(CONFIG_X86_64, CONFIG_SMP))]
        {
            let old: u32;
            // SAFETY: By the type invariant the percpu address, relative to the base of the percpu
            // area that `gs` holds, is this CPU's counter. One instruction: neither an interrupt
            // nor a migration can come between.
            unsafe {
                core::arch::asm!(
                    "xaddl {value:e}, %gs:({ptr})",
                    value = inout(reg) 1u32 => old,
                    ptr = in(reg) self.0.as_ptr(),
                    options(att_syntax, nostack),
                )
            };
            old.wrapping_add(1)
        }
        #[cfg(not(all(CONFIG_X86_64, CONFIG_SMP)))]
        {
            // SAFETY: By the type invariant.
            unsafe { net_bindings::this_cpu_inc_return_u32(self.0.as_ptr()) }
        }
    }
}

impl<T> Drop for PerCpu<T> {
    fn drop(&mut self) {
        // SAFETY: By the type invariant, and nobody uses the counter any more.
        unsafe { net_bindings::free_percpu(self.0.as_ptr().cast()) };
    }
}

/// A row of counters of which each CPU has its own, starting at 0.
///
/// # Invariants
///
/// `0` is the percpu address of `N` times a `u64` on each possible CPU, allocated by `alloc_percpu()`.
pub struct PerCpuRow<const N: usize>(NonNull<u64>);

// SAFETY: A percpu allocation belongs to no thread, and may be freed from any.
unsafe impl<const N: usize> Send for PerCpuRow<N> {}
// SAFETY: Each write is a single operation on the current CPU's own counter, and reads are of whole words. (Of
// half words on a machine with 32 bits, as for all of C's counters of this kind.)
unsafe impl<const N: usize> Sync for PerCpuRow<N> {}

impl<const N: usize> PerCpuRow<N> {
    /// Allocates the counters; sleeps. Fails with `ENOMEM`.
    pub fn new() -> Result<Self> {
        // SAFETY: No requirements but a context that may sleep, a wrong one is not a matter of
        // memory safety.
        let row = NonNull::new(unsafe { net_bindings::alloc_percpu_u64s(N) }).ok_or(ENOMEM)?;
        // INVARIANT: Just allocated.
        Ok(Self(row))
    }

    /// The percpu address of a counter.
    #[inline(always)]
    fn at(&self, place: usize) -> Option<*mut u64> {
        if place >= N {
            return None;
        }
        // SAFETY: The place is within the row, by the type invariant.
        Some(unsafe { self.0.as_ptr().add(place) })
    }

    /// Adds to one counter of the current CPU. Any context; nothing if there is no such counter.
    #[inline(always)]
    pub fn add(&self, place: usize, value: u64) {
        let Some(counter) = self.at(place) else {
            return;
        };
        #[cfg(all(CONFIG_X86_64, CONFIG_SMP))]
        // SAFETY: The percpu address, relative to the base of the percpu area that `gs` holds, is
        // this CPU's counter. One instruction: neither an interrupt nor a migration can come between.
        unsafe {
            core::arch::asm!(
                "addq {value}, %gs:({counter})",
                value = in(reg) value,
                counter = in(reg) counter,
                options(att_syntax, nostack),
            )
        };
        #[cfg(not(all(CONFIG_X86_64, CONFIG_SMP)))]
        // SAFETY: The counter is in the row, by the type invariant.
        unsafe {
            net_bindings::this_cpu_add_u64(counter, value)
        };
    }

    /// The sum of one counter over all CPUs. Any context.
    pub fn sum(&self, place: usize) -> u64 {
        // SAFETY: The counter is in the row, by the type invariant.
        self.at(place).map_or(0, |counter| unsafe {
            net_bindings::percpu_sum_u64(counter)
        })
    }
}

impl<const N: usize> Drop for PerCpuRow<N> {
    fn drop(&mut self) {
        // SAFETY: By the type invariant, and nobody uses the counters any more.
        unsafe { net_bindings::free_percpu(self.0.as_ptr().cast()) };
    }
}
