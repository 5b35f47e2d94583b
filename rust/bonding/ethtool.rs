// SPDX-License-Identifier: GPL-2.0

//! What ethtool is told of a bond.

use crate::{bond::Bond, member::read_speed};
use bonding_core::{link::Duplex, mode::Mode};
use kernel_net::{
    ethtool::{DriverInfo, LinkSettings},
    rtnl::Rtnl, //
};

/// Which driver it is; the version is that of the interface to ifenslave.
pub(crate) const INFO: DriverInfo = DriverInfo {
    driver: c"bonding",
    fw_version: c"2",
};

impl Bond {
    /// The speed of all slaves that can send together, or in mode broadcast that of the slowest;
    /// `bond_ethtool_get_link_ksettings()` in C.
    ///
    /// Each of these slaves is asked anew. The duplex is that of the first one that knows.
    pub(crate) fn speed(&self, rtnl: &Rtnl<'_>) -> LinkSettings {
        let broadcast = self.mode() == Mode::Broadcast;
        let mut sum = LinkSettings::default();
        for slave in self.slaves(rtnl) {
            if !self.lock().member(&slave).is_some_and(|m| m.can_tx()) {
                continue;
            }
            let speed = read_speed(&slave.dev, rtnl);
            self.store_speed(&slave, speed);
            sum.speed = match (sum.speed, speed.mbps) {
                (Some(sum), Some(mbps)) if broadcast => Some(sum.min(mbps)),
                (Some(sum), Some(mbps)) => Some(sum.wrapping_add(mbps)),
                (sum, mbps) => sum.or(mbps),
            };
            sum.duplex = sum.duplex.or(match speed.duplex {
                Duplex::Unknown => None,
                Duplex::Half => Some(0),
                Duplex::Full => Some(1),
            });
        }
        sum
    }
}
