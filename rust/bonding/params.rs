// SPDX-License-Identifier: GPL-2.0

//! What new bonds start with.

use bonding_core::params::Params;

/// The configuration of a new bond.
pub(crate) fn defaults() -> &'static Params {
    &Params::DEFAULT
}
