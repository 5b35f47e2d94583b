// SPDX-License-Identifier: GPL-2.0

//! Features of the bond: what all of its slaves can do.

use crate::bond::Bond;
use kernel::sync::atomic::Relaxed;
use kernel_net::{netdevice::Features, rtnl::Rtnl};

impl Bond {
    /// Recomputes what depends on the slaves' features; `netdev_compute_master_upper_features()` in C.
    ///
    /// The change of the bond's own features that follows may come back as one of a slave's: that is not
    /// followed again.
    pub(crate) fn compute_features(&self, rtnl: &Rtnl<'_>) {
        if self.computing_features.xchg(1, Relaxed) == 0 {
            self.dev().compute_master_upper_features(true, rtnl);
            self.computing_features.store(0, Relaxed);
        }
    }

    /// Cuts the features wanted down to what the slaves can do; `bond_fix_features()` in C.
    pub(crate) fn fixed_features(&self, wanted: Features, rtnl: &Rtnl<'_>) -> Features {
        self.slaves(rtnl)
            .fold(wanted.base(), |features, slave| {
                features.increment(slave.dev.features(), wanted)
            })
            .add_tso(wanted)
    }
}
