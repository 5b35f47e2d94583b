// SPDX-License-Identifier: GPL-2.0

//! What slaves do in the place of the bond.

mod hwtstamp;
mod ipsec;
pub(crate) mod tls;
mod xdp;

pub(crate) use ipsec::keep_secret;
pub(crate) use xdp::Running;
