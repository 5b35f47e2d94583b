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
