// SPDX-License-Identifier: GPL-2.0

//! What slaves do in the place of the bond.

mod xdp;

pub(crate) use xdp::Running;
