// SPDX-License-Identifier: GPL-2.0

//! A pass of the ARP monitor in balance-rr, balance-xor and broadcast.

use crate::{
    bond::{Bond, State},
    member::now, //
};
use bonding_core::{
    arp::balance,
    failover::waits_for_rtnl,
    link::{LinkState, Role},
    time::Jiffies, //
};

impl Bond {
    /// Notes what each link should become; the first half of `bond_loadbalance_arp_mon()` in C. Whether any
    /// should become something else.
    pub(super) fn inspect_all(&self, now: Jiffies) -> bool {
        let mut state = self.lock();
        let timing = state.arp_timing();
        let mut changed = false;
        for member in state.members.iter_mut() {
            let traffic = member.slave.times.traffic();
            // What came in before the carrier was lost proves nothing.
            member.arp_proposal = balance::inspect(&member.link, &traffic, now, &timing)
                .filter(|to| !to.is_up() || member.slave.is_up());
            changed |= member.arp_proposal.is_some();
        }
        changed
    }

    /// Asks over every slave whose device is up.
    pub(super) fn probe_all(&self) {
        let mut place = 0;
        loop {
            let slave = self.lock().members.get(place).map(|m| m.slave.clone());
            let Some(slave) = slave else { break };
            if slave.is_up() {
                self.send_probes(&slave);
            }
            place = place.wrapping_add(1);
        }
    }
}

impl State {
    /// Enters the states that the inspection proposed, gives all slaves the roles that go with theirs, and notes
    /// what is left to do; the second half of `bond_loadbalance_arp_mon()` in C. Whether any was entered, and
    /// whether the active slave is to be selected anew.
    ///
    /// With `alone`, those which wait for RTNL stay as they are.
    pub(super) fn enter_all(&mut self, alone: bool) -> (bool, bool) {
        let (now, mode, roles) = (now(), self.mode(), self.roles());
        let fail_over_mac = self.params.fail_over_mac;
        let active = &self.active;
        let (mut entered, mut reselect) = (false, false);
        for member in self.members.iter_mut() {
            let waits = |to: &mut LinkState| alone && waits_for_rtnl(mode, fail_over_mac, *to);
            if member.arp_proposal.as_mut().is_some_and(waits) {
                continue;
            }
            let Some(to) = member.arp_proposal.take() else {
                continue;
            };
            let is_current = active.as_ref().is_some_and(|a| a.is(&member.slave));
            let outcome = balance::commit(&mut member.link, to, active.is_some(), is_current, now);
            member.slave.set_link(&member.link);
            // C logs all of them before anybody is told.
            member.unsettled.noticed = outcome.event;
            reselect |= outcome.reselect;
            entered = true;
        }
        for member in self.members.iter_mut().filter(|_| entered) {
            let told = match balance::role(member.link.state()) {
                Role::Active => roles.set_backup(&member.slave, false),
                Role::Backup => roles.set_backup(&member.slave, true),
                Role::Keep | Role::Inactive => None,
            };
            member.unsettled.role = told.or(member.unsettled.role);
        }
        (entered, reselect)
    }
}
