// SPDX-License-Identifier: GPL-2.0

//! MAC addresses at a change of the active slave, as `fail_over_mac` wants them.

use crate::{bond::Bond, log::slave_err, slave::Slave};
use bonding_core::{mac::Origin, option::FailOverMac};
use kernel::sync::Arc;
use kernel_net::{
    netdevice::HwAddr,
    rtnl::{ExtAck, Rtnl}, //
};

impl Bond {
    /// Moves addresses as `fail_over_mac` wants; `bond_do_fail_over_mac()` in C.
    pub(super) fn fail_over_mac(
        &self,
        new: &Arc<Slave>,
        old: Option<&Arc<Slave>>,
        rtnl: &Rtnl<'_>,
    ) {
        let bond_dev = self.dev();
        let policy = self.lock().params.fail_over_mac;
        match policy {
            FailOverMac::None => {}
            FailOverMac::Active => {
                if let Err(e) = self.take_address_of(&new.dev, Origin::Slave, rtnl) {
                    slave_err!(
                        bond_dev,
                        new.dev,
                        "Error {} setting bond MAC from slave\n",
                        e.to_errno().wrapping_neg()
                    );
                }
            }
            FailOverMac::Follow => self.swap_addresses(new, old, rtnl),
        }
    }

    /// Gives `new` the address of `old`, and `old` that of `new`.
    fn swap_addresses(&self, new: &Arc<Slave>, old: Option<&Arc<Slave>>, rtnl: &Rtnl<'_>) {
        let bond_dev = self.dev();
        let old = match old {
            Some(old) => Some(old.clone()),
            None => self.owner_of_address(new, rtnl),
        };
        let theirs = new.dev.hw_addr();
        let wanted = match &old {
            Some(old) => old.dev.hw_addr(),
            None => bond_dev.hw_addr(),
        };
        if let Err(e) = new.dev.set_mac_address(&wanted, rtnl, &mut ExtAck::none()) {
            slave_err!(
                bond_dev,
                new.dev,
                "Error {} setting MAC of new active slave\n",
                e.to_errno().wrapping_neg()
            );
            return;
        }
        let Some(old) = old else { return };
        if let Err(e) = old.dev.set_mac_address(&theirs, rtnl, &mut ExtAck::none()) {
            slave_err!(
                bond_dev,
                old.dev,
                "Error {} setting MAC of old active slave\n",
                e.to_errno().wrapping_neg()
            );
        }
    }

    /// Another slave than `except` that has the bond's address; `bond_get_old_active()` in C.
    fn owner_of_address(&self, except: &Slave, rtnl: &Rtnl<'_>) -> Option<Arc<Slave>> {
        let address: HwAddr = self.dev().hw_addr();
        self.slaves(rtnl)
            .find(|s| !s.is(except) && s.dev.hw_addr() == address)
    }
}
