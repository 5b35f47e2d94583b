// SPDX-License-Identifier: GPL-2.0

//! Time stamps by the active slave's clock.

use crate::{bond::Bond, plan};
use kernel::{prelude::*, sync::rcu};
use kernel_net::{hwtstamp::TimestampInfo, netdevice::DeviceRef, rtnl::Rtnl};

impl Bond {
    /// The active slave, in the modes that have one; `bond_option_active_slave_get_rcu()` in C.
    ///
    /// Does not sleep: the ethtool core asks within an RCU read side section.
    pub(crate) fn active_device(&self) -> Option<DeviceRef> {
        let guard = rcu::read_lock();
        let plan = self.plan.load(&guard)?;
        let active = plan.into_header().active.as_ref()?;
        plan.mode.uses_primary().then(|| active.dev().to_ref())
    }

    /// Says what the active slave says, and without one whether all slaves stamp by software;
    /// `bond_ethtool_get_ts_info()` in C.
    ///
    /// # Errors
    ///
    /// That of the slave asked last.
    pub(crate) fn describe_timestamps(
        &self,
        info: &mut TimestampInfo<'_>,
        rtnl: &Rtnl<'_>,
    ) -> Result {
        if let Some(active) = self.active_device() {
            return info.copy_from(&active, rtnl);
        }
        let guard = rcu::read_lock();
        let slaves = self.plan.load(&guard).map(plan::all).unwrap_or_default();
        for entry in slaves {
            if !entry.port.dev().stamps_tx_by_software(rtnl)? {
                return Ok(());
            }
        }
        if !slaves.is_empty() {
            info.add_tx_software();
        }
        Ok(())
    }
}
