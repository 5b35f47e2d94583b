// SPDX-License-Identifier: GPL-2.0

//! Initialisers for what is too large to be on the stack on its way to where it stays.

use kernel::prelude::*;

/// Copies `value` to where it is to be.
pub fn copied<T: Copy>(value: &T) -> impl Init<T> + use<'_, T> {
    // SAFETY: The closure initialises all of the slot, and does not fail.
    unsafe {
        pin_init::init_from_closure(move |slot: *mut T| {
            slot.copy_from_nonoverlapping(value, 1);
            Ok(())
        })
    }
}
