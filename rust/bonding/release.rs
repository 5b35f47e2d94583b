// SPDX-License-Identifier: GPL-2.0

//! Releasing a slave: everything enslaving did, undone.

use crate::{
    bond::Bond,
    log::{slave_info, slave_warn},
    role::tell, //
};
use bonding_core::{failover::Reason, mode::Mode, option::FailOverMac};
use kernel::prelude::*;
use kernel_net::{
    netdev_info,
    netdevice::{priv_flags, Device, Event},
    rtnl::{ExtAck, Rtnl},
    sync::rcu,
    vlan, //
};

/// Why a slave is released.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Somebody asked for it.
    Request,
    /// The slave's device goes away.
    SlaveGone,
    /// The bond goes away, and all its slaves with it.
    BondGone,
}

impl Bond {
    /// Releases `dev`; `__bond_release_one()` in C.
    ///
    /// # Errors
    ///
    /// `EINVAL`: `dev` is not a slave of this bond.
    pub(crate) fn release(&self, dev: &Device, cause: Cause, rtnl: &Rtnl<'_>) -> Result {
        let bond_dev = self.dev();
        let bond_flags = bond_dev.flags();
        let level = bond_dev.level();
        let was_challenged = bond_dev.is_vlan_challenged();
        let mode = self.mode();
        let slave = self.slave_of(dev).ok_or(EINVAL)?;

        self.settle(rtnl);
        self.set_inactive_flags(&slave, rtnl);
        let attachments = match self.lock().member_mut(&slave) {
            Some(member) => core::mem::take(&mut member.attachments),
            None => return Err(EINVAL),
        };
        if let Some(group) = attachments.sysfs {
            group.undo();
        }
        self.fold_stats(&slave, level);
        self.stop_on(dev, rtnl);
        self.remove_port(&slave);
        let Some(member) = self.leave(&slave) else {
            return Err(EINVAL);
        };
        let unlinked = attachments.upper.map(|upper| upper.unlink(rtnl));
        dev.set_slave(false, rtnl);
        slave_info!(
            bond_dev,
            dev,
            "Releasing {} interface\n",
            if slave.is_backup() {
                "backup"
            } else {
                "active"
            }
        );

        let keeps_address =
            mode == Mode::ActiveBackup && self.lock().params.fail_over_mac == FailOverMac::Active;
        if cause != Cause::BondGone
            && !keeps_address
            && bond_dev.hw_addr() == slave.perm_hwaddr
            && self.has_slaves()
        {
            slave_warn!(
                bond_dev,
                dev,
                "the permanent HWaddr of slave - {} - is still in use by bond - set the HWaddr of slave to a different address to avoid conflicts\n",
                slave.perm_hwaddr
            );
        }

        let was_active = self.lock().is_active(&slave);
        {
            let mut state = self.lock();
            if state.is_primary(&slave) {
                state.primary = None;
            }
        }
        if was_active {
            self.change_active(None, Reason::Administrator, rtnl);
        } else {
            // A monitor may have switched away from the slave without RTNL since: it still has what only the
            // active slave has, and can give it back only now.
            self.settle(rtnl);
        }
        if mode.is_lb() {
            self.alb_detach(&slave, rtnl);
        }
        if was_active && cause != Cause::BondGone {
            self.select_active(Reason::Administrator, rtnl);
        }
        self.update_carrier(rtnl);
        let last = !self.has_slaves();
        if last {
            self.draw_address_anew(rtnl);
        }
        self.publish();
        // One grace period for all: nobody receives or sends through the slave any more, and nobody looks at it as
        // the active one.
        match (attachments.rx, unlinked) {
            (Some(rx), Some(unlinked)) => rx.undo_after(unlinked, rtnl),
            (Some(rx), None) => rx.undo(rtnl),
            (None, Some(unlinked)) => unlinked.wait(rtnl),
            (None, None) => rcu::synchronize(rtnl),
        }
        self.fold_stats(&slave, level);
        if last {
            tell(bond_dev, Event::ChangeAddr, rtnl);
            tell(bond_dev, Event::Release, rtnl);
        }
        self.compute_features(rtnl);
        if was_challenged && !bond_dev.is_vlan_challenged() {
            slave_info!(
                bond_dev,
                dev,
                "last VLAN challenged slave left bond - VLAN blocking is removed\n"
            );
        }
        if member.in_groups {
            self.leave_groups(&slave, rtnl);
        }
        slave.listen_to_probe(None, rtnl);
        self.sync_probes(rtnl);
        vlan::del_ids_of(bond_dev, dev, rtnl);
        self.drop_rx_flags(dev, bond_flags, rtnl);

        if let Some(netpoll) = attachments.netpoll {
            netpoll.undo(rtnl);
        }
        // Closed before its address is restored: not every device takes a new one while open.
        dev.close(rtnl);
        dev.set_no_addrconf(false, rtnl);
        let lower = Bond::of(dev).filter(|bond| !keeps_address && bond.has_own_address());
        if !keeps_address {
            // A device that does not take its own address back cannot be helped.
            let _ = dev.set_mac_address(&slave.perm_hwaddr, rtnl, &mut ExtAck::none());
        }
        if let Some(lower) = lower {
            lower.note_master_address();
        }
        if cause == Cause::Request {
            let _ = dev.set_mtu(member.original_mtu, rtnl);
        } else {
            let _ = dev.set_mtu_unregistering(member.original_mtu, rtnl);
        }
        if !dev.is_bond_master() {
            dev.set_bonding(false, rtnl);
        }
        self.update_xdp_features(rtnl);
        Ok(())
    }

    /// Releases a slave whose device goes away, and destroys a non-Ethernet bond with its last one;
    /// `bond_release_and_destroy()` in C.
    pub(crate) fn release_gone(&self, dev: &Device, rtnl: &Rtnl<'_>) {
        let released = self.release(dev, Cause::SlaveGone, rtnl).is_ok();
        let bond_dev = self.dev();
        if released && !bond_dev.is_ethernet() && !self.has_slaves() && !bond_dev.is_unregistering()
        {
            bond_dev.change_priv_flags(priv_flags::DISABLE_NETPOLL, 0, rtnl);
            netdev_info!(bond_dev, "Destroying bond\n");
            self.remove_proc();
            bond_dev.unregister(rtnl);
        }
    }

    /// Releases all slaves because the bond goes away; the first half of `bond_uninit()` in C.
    pub(crate) fn release_all(&self, rtnl: &Rtnl<'_>) {
        while let Some(slave) = self.slaves(rtnl).next() {
            if self.release(&slave.dev, Cause::BondGone, rtnl).is_err() {
                break;
            }
        }
        netdev_info!(self.dev(), "Released all slaves\n");
    }
}
