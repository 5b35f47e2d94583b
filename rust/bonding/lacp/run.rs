// SPDX-License-Identifier: GPL-2.0

//! The bond goes up and down, and its options change.

use crate::bond::Bond;
use bonding_core::{
    lacp::Config,
    mode::Mode,
    report::System,
    wire::{eth::Mac, lacp::GROUP}, //
};
use kernel_net::{
    netdevice::Device,
    rtnl::Rtnl,
    sync::static_key::broadcast_neighbor,
    workqueue::DelayedWorks, //
};

impl Bond {
    /// Starts LACP on a bond that goes up; the part of `bond_open()` in C.
    pub(crate) fn open_lacp(&self, rtnl: &Rtnl<'_>) {
        if self.mode() != Mode::Ieee8023ad {
            return;
        }
        for slave in self.slaves(rtnl) {
            self.receive_lacpdus(&slave.dev, rtnl);
        }
        let ((), frames) = {
            let mut lacp = self.lacp.lock();
            lacp.act(self, |lag, now, effects| lag.open(now, effects))
        };
        self.finish_lacp(frames);
        self.count_broadcast_neighbor(true);
    }

    /// Stops LACP on a bond that goes down; the part of `bond_close()` in C.
    pub(crate) fn close_lacp(&self, rtnl: &Rtnl<'_>) {
        self.lacp.lock().lag().close();
        // Nobody sets the alarm any more.
        self.work::<{ super::LACP }>().cancel_sync();
        self.lacp.lock().armed = None;
        self.count_broadcast_neighbor(false);
        if self.mode() == Mode::Ieee8023ad {
            for slave in self.slaves(rtnl) {
                self.ignore_lacpdus(&slave.dev, rtnl);
            }
        }
    }

    /// Has a slave receive what is sent to the slow protocols' group.
    pub(crate) fn receive_lacpdus(&self, dev: &Device, _rtnl: &Rtnl<'_>) {
        let Mac(group) = GROUP;
        // As in C a device whose list cannot grow goes without; most receive the group anyway.
        let _ = dev.add_multicast(&group);
    }

    /// Takes back [`Self::receive_lacpdus`].
    pub(crate) fn ignore_lacpdus(&self, dev: &Device, _rtnl: &Rtnl<'_>) {
        let Mac(group) = GROUP;
        let _ = dev.del_multicast(&group);
    }

    /// The bond has another address, which may be that of its system.
    pub(crate) fn lacp_address_changed(&self) {
        if self.mode() == Mode::Ieee8023ad && self.has_slaves() {
            self.configure_lacp(true);
        }
    }

    /// Tells the engine of changed options, or of a changed address of the bond. May sleep.
    ///
    /// With `names_system` reports show the system from now on; as in C a bond has none before a slave joins or
    /// an option names one.
    pub(crate) fn configure_lacp(&self, names_system: bool) {
        let frames = {
            // Within the bond's lock: of two that tell different things the later is right.
            let state = self.lock();
            let address = Mac(self.dev().ether_addr());
            let config = Config::new(&state.params, address);
            let Mac(mac) = config.system;
            let mut lacp = self.lacp.lock();
            if names_system {
                lacp.system = System {
                    priority: config.system_priority,
                    mac,
                };
            }
            let ((), frames) = lacp.act(self, |lag, now, effects| {
                lag.configure(config, now, effects)
            });
            frames
        };
        self.finish_lacp(frames);
    }

    /// Keeps or gives back the bond's part in the key by which transmit sees that some bond tells all of its
    /// slaves' neighbours.
    pub(crate) fn count_broadcast_neighbor(&self, up: bool) {
        let wanted = {
            let state = self.lock();
            up && state.mode() == Mode::Ieee8023ad && state.params.broadcast_neighbor
        };
        // Neither is done under the lock: both wait for all processors.
        let new = (wanted && self.lock().broadcast_neighbor.is_none())
            .then(broadcast_neighbor::Enabled::new);
        let old = match (new, wanted) {
            (Some(new), _) => self.lock().broadcast_neighbor.replace(new),
            (None, true) => None,
            (None, false) => self.lock().broadcast_neighbor.take(),
        };
        drop(old);
    }
}
