// SPDX-License-Identifier: GPL-2.0

//! Which slaves are active and which stand by, and telling the rest of the kernel so.

use crate::{
    bond::{Bond, State},
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

/// What switch drivers and RDMA are told of a slave, as it was when it was to be told;
/// `struct netdev_lag_lower_state_info` in C.
#[derive(Clone, Copy)]
pub(crate) struct LowerState {
    link_up: bool,
    tx_enabled: bool,
}

impl LowerState {
    /// That of a slave now.
    pub(crate) fn of(slave: &Slave) -> Self {
        Self {
            link_up: slave.link().lower_link_up(),
            tx_enabled: !slave.is_backup(),
        }
    }
}

/// How a bond treats the slaves that stand by.
#[derive(Clone, Copy)]
pub(crate) struct RolePolicy {
    mode: Mode,
    all_slaves_active: bool,
}

impl RolePolicy {
    /// Has a slave stand by; what to tell if that is new. `bond_set_slave_inactive_flags()` in C.
    ///
    /// The caller holds the bond's lock.
    pub(crate) fn stand_by(self, slave: &Slave) -> Option<LowerState> {
        let changed = !self.mode.is_lb() && !slave.is_backup();
        if changed {
            slave.set_backup(true);
        }
        if !self.all_slaves_active {
            slave.set_inactive(true);
        }
        changed.then(|| LowerState::of(slave))
    }

    /// Has a slave send and receive; what to tell if that is new. `bond_set_slave_active_flags()` in C.
    ///
    /// The caller holds the bond's lock.
    pub(crate) fn activate(self, slave: &Slave) -> Option<LowerState> {
        slave.set_inactive(false);
        self.set_backup(slave, false)
    }

    /// Makes a slave a backup or an active one without touching what it receives; what to tell if that is new.
    /// `bond_set_backup_slave()` and `bond_set_active_slave()` in C.
    ///
    /// The caller holds the bond's lock.
    pub(crate) fn set_backup(self, slave: &Slave, backup: bool) -> Option<LowerState> {
        let changed = slave.is_backup() != backup;
        slave.set_backup(backup);
        changed.then(|| LowerState::of(slave))
    }
}

impl State {
    /// How slaves that stand by are treated.
    pub(crate) fn roles(&self) -> RolePolicy {
        RolePolicy {
            mode: self.mode(),
            all_slaves_active: self.params.all_slaves_active,
        }
    }
}

impl Bond {
    /// Has a slave stand by, and tells of it.
    pub(crate) fn set_inactive_flags(&self, slave: &Arc<Slave>, rtnl: &Rtnl<'_>) {
        let changed = {
            let state = self.lock();
            state.roles().stand_by(slave)
        };
        self.tell_role(slave, changed, rtnl);
    }

    /// Has a slave send and receive, and tells of it.
    pub(crate) fn set_active_flags(&self, slave: &Arc<Slave>, rtnl: &Rtnl<'_>) {
        let changed = {
            let state = self.lock();
            state.roles().activate(slave)
        };
        self.tell_role(slave, changed, rtnl);
    }

    /// Makes a slave a backup or an active one, and tells of it.
    pub(crate) fn set_role(&self, slave: &Arc<Slave>, backup: bool, rtnl: &Rtnl<'_>) {
        let changed = {
            let state = self.lock();
            state.roles().set_backup(slave, backup)
        };
        self.tell_role(slave, changed, rtnl);
    }

    /// Tells of a slave that became active or backup, if it did.
    pub(crate) fn tell_role(
        &self,
        slave: &Arc<Slave>,
        changed: Option<LowerState>,
        rtnl: &Rtnl<'_>,
    ) {
        if let Some(now) = changed {
            if let Some(member) = self.lock().member_mut(slave) {
                member.untold_role = false;
            }
            tell_lower_state(slave, now, rtnl);
            self.queue_info(slave);
        }
    }

    /// Tells of a slave whose link state changed, if it did; `bond_commit_link_state()` in C with
    /// `NOTIFY_NOW`.
    pub(crate) fn tell_link(
        &self,
        slave: &Arc<Slave>,
        changed: Option<LowerState>,
        rtnl: &Rtnl<'_>,
    ) {
        if let Some(now) = changed {
            if let Some(member) = self.lock().member_mut(slave) {
                member.untold_link = false;
            }
            self.queue_info(slave);
            tell_lower_state(slave, now, rtnl);
        }
    }

    /// Turns the bond's carrier on or off by its slaves; `bond_set_carrier()` in C. Whether it changed.
    pub(crate) fn update_carrier(&self, _rtnl: &Rtnl<'_>) -> bool {
        self.follow_carrier()
    }

    /// As [`Self::update_carrier`], without the RTNL.
    pub(crate) fn follow_carrier(&self) -> bool {
        // The lock is held to the end: of two that find different things the later has its way.
        let state = self.lock();
        let up = self.has_link(&state);
        let dev = self.dev();
        let changed = dev.carrier_ok() != up;
        if changed && up {
            dev.carrier_on();
        } else if changed {
            dev.carrier_off();
        }
        changed
    }

    /// Turns the bond's carrier off if no slave has a link. Whether it changed.
    ///
    /// For changes of links without RTNL: that the carrier comes back waits for it.
    pub(crate) fn lose_carrier(&self) -> bool {
        let state = self.lock();
        let dev = self.dev();
        let changed = dev.carrier_ok() && !self.has_link(&state);
        if changed {
            dev.carrier_off();
        }
        changed
    }

    /// Whether the slaves give the bond a link.
    fn has_link(&self, state: &State) -> bool {
        select::carrier(
            state.mode(),
            state.members.iter().map(|m| m.link.state()),
            self.lacp_carrier(),
        )
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

/// Tells switch drivers and RDMA of a slave's state; `bond_lower_state_changed()` in C.
pub(crate) fn tell_lower_state(slave: &Slave, state: LowerState, rtnl: &Rtnl<'_>) {
    slave
        .dev
        .lower_state_changed(state.link_up, state.tx_enabled, rtnl);
}

/// Tells the rest of the kernel of an event that nobody can object to.
pub(crate) fn tell(dev: &Device, event: Event, rtnl: &Rtnl<'_>) {
    let _ = dev.notify(event, rtnl);
}
