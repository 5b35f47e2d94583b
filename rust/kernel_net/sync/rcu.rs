// SPDX-License-Identifier: GPL-2.0

//! Values that are published by RCU.

use kernel::sync::rcu;

/// A value whose existence shows that the current CPU is in an RCU read side critical section.
///
/// # Safety
///
/// For as long as an instance exists, a grace period that begins must not end: `rcu_read_lock()` is
/// held, or bottom halves or preemption are disabled.
pub unsafe trait RcuEvidence {}

// SAFETY: By its invariant, the RCU read side lock is held while the guard exists.
unsafe impl RcuEvidence for rcu::Guard {}

// SAFETY: What holds for the referent holds for the shorter time the reference exists.
unsafe impl<T: RcuEvidence> RcuEvidence for &T {}
