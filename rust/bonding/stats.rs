// SPDX-License-Identifier: GPL-2.0

//! Statistics of a bond: what its slaves counted while they were in it.

use crate::{bond::Bond, plan, slave::Slave};
use bonding_core::stats::advance;
use kernel_net::{
    netdevice::LinkStats,
    sync::rcu::RcuEvidence, //
};

/// What was counted so far, under a lock of its own that is not taken by a packet.
#[derive(Default)]
pub(crate) struct Totals(LinkStats);

impl Totals {
    /// Adds what a slave counted since the last look at it.
    fn fold(&mut self, slave: &Slave) {
        let new = slave.dev.stats();
        let old = core::mem::replace(&mut *slave.counted.lock(), new);
        for ((total, new), old) in self
            .0
            .counters_mut()
            .iter_mut()
            .zip(new.counters())
            .zip(old.counters())
        {
            *total = total.wrapping_add(advance(*new, *old));
        }
    }
}

impl Bond {
    /// What the bond's slaves counted while they were in it; `bond_get_stats()` in C. Does not sleep.
    pub(crate) fn stats(&self, cx: &impl RcuEvidence) -> LinkStats {
        let plan = self.plan.load(cx);
        // The plan may still have a slave that is not below the bond any more.
        let level = plan.map_or(0, |plan| plan.level).max(self.dev().level());
        let mut totals = self.totals.lock(level);
        for entry in plan.map(plan::all).unwrap_or_default() {
            totals.fold(&entry.slave);
        }
        totals.0
    }

    /// Remembers what a device had counted before it joined.
    pub(crate) fn start_counting(&self, slave: &Slave) {
        let counted = slave.dev.stats();
        *slave.counted.lock() = counted;
    }

    /// Adds what a slave counted until now. For one that nobody sends through any more: this was the last.
    ///
    /// `level` is that of the bond's device while the slave is below it, see `Device::level()`.
    pub(crate) fn fold_stats(&self, slave: &Slave, level: u8) {
        self.totals.lock(level).fold(slave);
    }
}
