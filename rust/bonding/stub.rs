// SPDX-License-Identifier: GPL-2.0

//! Stands in.

use crate::bond::Bond;
use kernel::prelude::*;
use kernel_net::rtnl::link::{LinkOps, LinkType};

impl Bond {
    pub(crate) fn create_proc(&self) {}
    pub(crate) fn remove_proc(&self) {}
    pub(crate) fn leave_namespace(&self) {}
}

#[vtable]
impl LinkOps for Bond {}

pub(crate) static LINK: LinkType<Bond> = LinkType::new();
