// SPDX-License-Identifier: GPL-2.0

//! What happens to the bond's own device and to its slaves' devices.

use crate::{bond::Bond, member::read_speed_locked, role::tell, slave::Slave};
use bonding_core::failover::Reason;
use kernel_net::{
    netdev_info,
    netdevice::{Device, Event},
    notifier::NetdeviceHandler,
    rtnl::Rtnl, //
};

/// The driver's listener to netdevice events.
pub(crate) struct Events;

impl NetdeviceHandler for Events {
    type Bond = Bond;
    type Slave = Slave;

    /// `bond_master_netdev_event()` in C.
    fn bond_event(bond: &Bond, event: Event, rtnl: &Rtnl<'_>) {
        match event {
            Event::ChangeName => {
                bond.remove_proc();
                bond.create_proc();
                bond.rename_debugfs();
            }
            Event::Register => {
                bond.create_proc();
                bond.create_debugfs();
            }
            Event::Unregister => {
                bond.remove_proc();
                bond.dev().flush_sas(rtnl);
            }
            Event::ChangeAddr => bond.lacp_address_changed(),
            _ => {}
        }
    }

    /// `bond_slave_netdev_event()` in C.
    fn slave_event(slave: &Slave, dev: &Device, event: Event, rtnl: &Rtnl<'_>) {
        let bond = slave.bond();
        match event {
            Event::Unregister => bond.release_gone(dev, rtnl),
            Event::Up | Event::Change => {
                bond.store_speed(slave, read_speed_locked(dev, rtnl));
                bond.doubt_unknown_speed(slave);
                bond.update_port_link(slave);
                bond.link_event();
            }
            Event::Down => {
                bond.update_port_link(slave);
                bond.link_event();
            }
            Event::ChangeName => bond.slave_renamed(slave, rtnl),
            Event::ChangeMtu => bond.check_mtu(dev, rtnl),
            Event::FeatChange => bond.compute_features(rtnl),
            Event::XdpFeatChange => bond.update_xdp_features(rtnl),
            Event::ResendIgmp => tell(bond.dev(), Event::ResendIgmp, rtnl),
            _ => {}
        }
    }
}

impl Bond {
    /// A slave has a new name, which may make it the primary or no longer so.
    fn slave_renamed(&self, slave: &Slave, rtnl: &Rtnl<'_>) {
        let became_primary = {
            let mut state = self.lock();
            if !state.mode().uses_primary() || state.params.primary.is_empty() {
                return;
            }
            if state.is_primary(slave) {
                state.primary = None;
                false
            } else if state.params.primary.as_bytes() == slave.dev.name().as_bytes() {
                state.primary = state.member(slave).map(|m| m.slave.clone());
                true
            } else {
                return;
            }
        };
        if became_primary {
            netdev_info!(
                self.dev(),
                "Primary slave changed to {}, reselecting active slave\n",
                slave.dev.name()
            );
        } else {
            netdev_info!(
                self.dev(),
                "Primary slave changed to none, reselecting active slave\n"
            );
        }
        self.select_active(Reason::Primary, rtnl);
    }
}
