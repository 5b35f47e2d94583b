// SPDX-License-Identifier: GPL-2.0

//! Statistics of a bond: what its slaves counted while they were in it.

use crate::{bond::Bond, plan, slave::Slave};
use bonding_core::stats::advance;
use core::mem::MaybeUninit;
use kernel_net::{
    netdevice::{LinkStats, StatsReport},
    sync::rcu::RcuEvidence, //
};

/// What was counted so far, under a lock of its own that is not taken by a packet.
#[derive(Default)]
pub(crate) struct Totals(LinkStats);

impl Totals {
    /// Adds what a slave counted since the last look at it.
    fn fold(&mut self, slave: &Slave) {
        let mut room = MaybeUninit::uninit();
        let new = slave.dev.stats(&mut room);
        let mut old = slave.counted.lock();
        let totals = self.0.counters_mut().iter_mut();
        for ((total, new), old) in totals.zip(new.counters()).zip(old.counters_mut()) {
            *total = total.wrapping_add(advance(*new, *old));
            *old = *new;
        }
    }
}

impl Bond {
    /// What the bond's slaves counted while they were in it; `bond_get_stats()` in C. Does not sleep.
    pub(crate) fn report_stats(&self, report: StatsReport<'_>, cx: &impl RcuEvidence) {
        let plan = self.plan.load(cx);
        // The plan may still have a slave that is not below the bond any more.
        let level = plan.map_or(0, |plan| plan.level).max(self.dev().level());
        let mut totals = self.totals.lock(level);
        for entry in plan.map(plan::all).unwrap_or_default() {
            totals.fold(&entry.slave);
        }
        report.write(&totals.0);
    }

    /// Remembers what a device had counted before it joined.
    pub(crate) fn start_counting(&self, slave: &Slave) {
        let mut room = MaybeUninit::uninit();
        let counted = slave.dev.stats(&mut room);
        *slave.counted.lock() = *counted;
    }

    /// Adds what a slave counted until now. For one that nobody sends through any more: this was the last.
    ///
    /// `level` is that of the bond's device while the slave is below it, see `Device::level()`.
    pub(crate) fn fold_stats(&self, slave: &Slave, level: u8) {
        self.totals.lock(level).fold(slave);
    }
}
