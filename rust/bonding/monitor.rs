// SPDX-License-Identifier: GPL-2.0

//! Watching the links.

pub(crate) mod arp;
pub(crate) mod mii;
