// SPDX-License-Identifier: GPL-2.0

//! Layouts of what goes over the wire: views that check once, and builders of whole frames.

pub mod arp;
pub mod eth;
pub mod lacp;
pub mod learning;
pub mod marker;
pub mod nd;
