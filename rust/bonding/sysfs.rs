// SPDX-License-Identifier: GPL-2.0

//! Stands in.

use crate::slave::Slave;
use kernel::{prelude::*, sync::Arc};

pub(crate) struct SlaveFiles;

impl SlaveFiles {
    pub(crate) fn new(_slave: &Arc<Slave>) -> Result<Self> {
        Ok(Self)
    }
    pub(crate) fn undo(self) {}
}
