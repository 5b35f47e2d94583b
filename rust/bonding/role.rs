// SPDX-License-Identifier: GPL-2.0

//! Which slaves are active and which stand by, and telling the rest of the kernel so.

use crate::{
    bond::Bond,
    member::Member,
    slave::Slave, //
};
use bonding_core::{
    mode::Mode,
    select, //
};
use kernel::sync::Arc;
use kernel_net::{
    netdevice::{Device, Event},
    rtnl::Rtnl, //
};

impl Bond {
    /// Has a slave stand by; `bond_set_slave_inactive_flags()` in C.
    pub(crate) fn set_inactive_flags(&self, slave: &Arc<Slave>, rtnl: &Rtnl<'_>) {
        let changed = {
            let state = self.lock();
            let changed = !state.mode().is_lb() && !slave.is_backup();
            if changed {
                slave.set_backup(true);
            }
            if !state.params.all_slaves_active {
                slave.set_inactive(true);
            }
            changed
        };
        if changed {
            self.role_changed(slave, rtnl);
        }
    }

    /// Has a slave send and receive; `bond_set_slave_active_flags()` in C.
    pub(crate) fn set_active_flags(&self, slave: &Arc<Slave>, rtnl: &Rtnl<'_>) {
        slave.set_inactive(false);
        self.set_role(slave, false, rtnl);
    }

    /// Makes a slave a backup or an active one without touching what it receives;
    /// `bond_set_backup_slave()` and `bond_set_active_slave()` in C.
    pub(crate) fn set_role(&self, slave: &Arc<Slave>, backup: bool, rtnl: &Rtnl<'_>) {
        let changed = {
            let _state = self.lock();
            let changed = slave.is_backup() != backup;
            slave.set_backup(backup);
            changed
        };
        if changed {
            self.role_changed(slave, rtnl);
        }
    }

    /// Tells of a slave that became active or backup.
    fn role_changed(&self, slave: &Arc<Slave>, rtnl: &Rtnl<'_>) {
        self.notify_lower_state(slave, rtnl);
        self.queue_info(slave);
    }

    /// Tells of a slave whose link state changed; `bond_commit_link_state()` in C with `NOTIFY_NOW`.
    pub(crate) fn link_changed(&self, slave: &Arc<Slave>, rtnl: &Rtnl<'_>) {
        self.queue_info(slave);
        self.notify_lower_state(slave, rtnl);
    }

    /// Tells switch drivers and RDMA of a slave's state; `bond_lower_state_changed()` in C.
    pub(crate) fn notify_lower_state(&self, slave: &Slave, rtnl: &Rtnl<'_>) {
        let link_up = slave.link().lower_link_up();
        slave
            .dev
            .lower_state_changed(link_up, !slave.is_backup(), rtnl);
    }

    /// Turns the bond's carrier on or off by its slaves; `bond_set_carrier()` in C. Whether it changed.
    pub(crate) fn update_carrier(&self, _rtnl: &Rtnl<'_>) -> bool {
        self.follow_carrier()
    }

    /// As [`Self::update_carrier`], without the RTNL.
    pub(crate) fn follow_carrier(&self) -> bool {
        // The lock is held to the end: of two that find different things the later has its way.
        let state = self.lock();
        let up = select::carrier(
            state.mode(),
            state.members.iter().map(|m| m.link.state()),
            self.lacp_carrier(),
        );
        let dev = self.dev();
        let changed = dev.carrier_ok() != up;
        if changed && up {
            dev.carrier_on();
        } else if changed {
            dev.carrier_off();
        }
        changed
    }

    /// Gives every slave the role it has by its mode and link, when the bond is opened.
    pub(crate) fn reset_roles(&self, rtnl: &Rtnl<'_>) {
        let mode = self.mode();
        for slave in self.slaves(rtnl) {
            if mode.uses_primary() && !self.lock().is_active(&slave) {
                self.set_inactive_flags(&slave, rtnl);
            } else if mode != Mode::Ieee8023ad {
                self.set_active_flags(&slave, rtnl);
            }
        }
    }

    /// The role of a slave that has just joined.
    pub(crate) fn set_initial_role(&self, member: &Member, rtnl: &Rtnl<'_>) {
        let slave = &member.slave;
        match self.mode() {
            Mode::ActiveBackup | Mode::Ieee8023ad => self.set_inactive_flags(slave, rtnl),
            Mode::Tlb | Mode::Alb => {
                self.set_role(slave, false, rtnl);
                self.set_inactive_flags(slave, rtnl);
            }
            Mode::RoundRobin | Mode::Xor | Mode::Broadcast => {
                self.set_role(slave, false, rtnl);
                let mut state = self.lock();
                if state.active.is_none() && member.link_up() {
                    state.active = Some(slave.clone());
                    self.abi().set_curr_active(Some(slave.abi()));
                }
            }
        }
    }
}

/// Tells the rest of the kernel of an event that nobody can object to.
pub(crate) fn tell(dev: &Device, event: Event, rtnl: &Rtnl<'_>) {
    let _ = dev.notify(event, rtnl);
}
