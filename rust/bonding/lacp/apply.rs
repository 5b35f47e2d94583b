// SPDX-License-Identifier: GPL-2.0

//! Carrying out what the LACP engine decided: roles of slaves, plan, carrier, and who is to be told.

use crate::{
    bond::Bond,
    lacp::LACP,
    role::{tell_lower_state, LowerState},
    slave::Slave, //
};
use bonding_core::lacp::Usage;
use kernel_net::{
    rtnl::{self, Rtnl},
    workqueue::{DelayedWorkItem, DelayedWorks}, //
};

impl Bond {
    /// Brings roles, plan and carrier to what the engine wants. May sleep, with or without the RTNL.
    ///
    /// Listeners are told by the work, since that takes the RTNL.
    pub(crate) fn apply_lacp(&self) {
        let changed = {
            let mut state = self.lock();
            let state = &mut *state;
            let keeps_receiving = state.params.all_slaves_active;
            let mut lacp = self.lacp.lock();
            lacp.undone = false;
            let mut changed = false;
            let mut untold = false;
            let mut next: usize = 0;
            for member in state.members.iter_mut() {
                let near = next;
                next = next.wrapping_add(1);
                let Some(usage) = lacp.usage_of(&member.slave, near) else {
                    continue;
                };
                if member.slave.is_backup() != (usage != Usage::On) {
                    // As in C, listeners learn nothing of what was taken back before they were told.
                    member.untold_role = !member.untold_role;
                }
                untold |= member.untold_role;
                changed |= use_slave(&member.slave, usage, keeps_receiving);
            }
            lacp.untold = untold;
            changed
        };
        if changed {
            self.publish();
        }
        self.follow_carrier();
    }

    /// Tells listeners of roles, and has the neighbours told, as far as that is due.
    fn tell_lacp(&self, rtnl: &Rtnl<'_>) {
        let tell_peers = {
            let mut lacp = self.lacp.lock();
            lacp.untold = false;
            core::mem::take(&mut lacp.tell_peers)
        };
        for slave in self.slaves(rtnl) {
            let untold = self
                .lock()
                .member_mut(&slave)
                .is_some_and(|member| core::mem::take(&mut member.untold_role));
            if untold {
                tell_lower_state(&slave, LowerState::of(&slave), rtnl);
            }
        }
        if tell_peers && self.lock().params.broadcast_neighbor {
            self.reset_peer_notifications();
        }
    }

    /// Whether [`Self::tell_lacp`] has something to do.
    fn has_lacp_news(&self) -> bool {
        let lacp = self.lacp.lock();
        lacp.untold || lacp.tell_peers
    }
}

/// Mirrors what a slave is used for in what receive and other drivers look at. Whether anything changed.
///
/// The bond's lock is held.
fn use_slave(slave: &Slave, usage: Usage, keeps_receiving: bool) -> bool {
    let (backup, inactive) = match usage {
        Usage::On => (false, false),
        Usage::Collecting => (true, false),
        Usage::Off => (true, !keeps_receiving),
    };
    let changed = slave.is_backup() != backup || slave.is_inactive() != inactive;
    slave.set_backup(backup);
    slave.set_inactive(inactive);
    changed
}

impl DelayedWorkItem<LACP> for Bond {
    /// `bond_3ad_state_machine_handler()` in C, which runs ten times a second for ever; this one when
    /// something is due.
    fn run(&self) {
        let ((), frames) = {
            let mut lacp = self.lacp.lock();
            lacp.armed = None;
            lacp.act(self, |lag, now, effects| lag.tick(now, effects))
        };
        frames.send();
        self.apply_lacp();
        if self.has_lacp_news() {
            // Closing the bond waits for this work under RTNL, so it must not be waited for here.
            match rtnl::try_lock() {
                Some(guard) => self.tell_lacp(guard.rtnl()),
                None => {
                    self.lacp.lock().arm_again(self.work());
                    return;
                }
            }
        }
        self.lacp.lock().arm(self.work());
    }
}
