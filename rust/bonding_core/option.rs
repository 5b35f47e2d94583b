// SPDX-License-Identifier: GPL-2.0

//! The options of a bond.

mod values;

pub use values::*;
