// SPDX-License-Identifier: GPL-2.0

//! The multicast groups in which a backup hears the solicitations that the active slave sends.

use crate::{bond::Bond, slave::Slave};
use bonding_core::{
    mode::Mode,
    option::ArpValidate,
    params::Ipv6Targets, //
};
use kernel_net::{ipv6, netdevice::flags, rtnl::Rtnl};

impl Bond {
    /// Has all slaves listen to the groups they should; after the options that decide it changed.
    pub(crate) fn sync_all_groups(&self, rtnl: &Rtnl<'_>) {
        let (before, after) = {
            let mut state = self.lock();
            let after = state.params.ns_targets;
            (core::mem::replace(&mut state.groups, after), after)
        };
        for slave in self.slaves(rtnl) {
            self.change_groups(&slave, &before, &after, rtnl);
        }
    }

    /// Has a slave listen to the solicited-node groups of `ns_ip6_target` if it stands by and what it receives is
    /// to be validated, and else to none; `bond_slave_ns_maddrs_add()` and `bond_slave_ns_maddrs_del()` in C.
    ///
    /// To be called after whatever decides it has changed. What it did before is known, so it leaves none behind.
    pub(crate) fn sync_groups(&self, slave: &Slave, rtnl: &Rtnl<'_>) {
        let groups = self.lock().groups;
        self.change_groups(slave, &groups, &groups, rtnl);
    }

    /// As [`Self::sync_groups`], for a slave whose groups were those of `before` and are now those of `after`.
    fn change_groups(
        &self,
        slave: &Slave,
        before: &Ipv6Targets,
        after: &Ipv6Targets,
        rtnl: &Rtnl<'_>,
    ) {
        let (listened, listens) = {
            let mut state = self.lock();
            let listens = state.mode() == Mode::ActiveBackup
                && state.params.arp_validate != ArpValidate::None
                && slave.is_backup()
                && slave.dev.flags() & flags::MULTICAST != 0;
            let Some(member) = state.member_mut(slave) else {
                return;
            };
            (core::mem::replace(&mut member.in_groups, listens), listens)
        };
        let none = &Ipv6Targets::NONE;
        exchange(
            slave,
            if listened { before } else { none },
            if listens { after } else { none },
            rtnl,
        );
    }

    /// Has a slave that left the bond, and was in the groups, listen to none of them.
    pub(crate) fn leave_groups(&self, slave: &Slave, rtnl: &Rtnl<'_>) {
        let groups = self.lock().groups;
        exchange(slave, &groups, &Ipv6Targets::NONE, rtnl);
    }
}

/// Leaves the groups of `before` that are not in `after`, and joins the others of `after`.
fn exchange(slave: &Slave, before: &Ipv6Targets, after: &Ipv6Targets, rtnl: &Rtnl<'_>) {
    let has = |targets: &Ipv6Targets, target: &[u8; 16]| targets.iter().any(|t| t == target);
    for target in before.iter().filter(|target| !has(after, target)) {
        ipv6::listen_for(&slave.dev, *target, false, rtnl);
    }
    for target in after.iter().filter(|target| !has(before, target)) {
        ipv6::listen_for(&slave.dev, *target, true, rtnl);
    }
}
