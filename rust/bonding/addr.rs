// SPDX-License-Identifier: GPL-2.0

//! What a bond's device has and its slaves must have too: MTU, addresses, receive flags, VLANs.

use crate::{bond::Bond, log::slave_warn, plan};
use bonding_core::{mode::Mode, option::FailOverMac};
use kernel::{prelude::*, sync::atomic::Relaxed};
use kernel_net::{
    error::address_not_available,
    netdevice::{addr_list::AddrLock, flags, Device, HwAddr},
    rtnl::{ExtAck, Rtnl},
    sync::rcu::RcuEvidence,
    vlan::{self, VlanId}, //
};

impl Bond {
    /// Sets the MTU of all slaves, or of none; `bond_change_mtu()` in C. Bytes.
    ///
    /// # Errors
    ///
    /// That of the first slave that refuses.
    pub(crate) fn pass_mtu(&self, mtu: u32, rtnl: &Rtnl<'_>) -> Result {
        self.passing_mtu.store(1, Relaxed);
        let result = self.pass_mtu_to_all(mtu, rtnl);
        self.passing_mtu.store(0, Relaxed);
        result
    }

    /// Says so if a slave's MTU was changed by somebody else, and is not the bond's any more.
    pub(crate) fn check_mtu(&self, dev: &Device, _rtnl: &Rtnl<'_>) {
        let bond_dev = self.dev();
        if self.passing_mtu.load(Relaxed) == 0 && dev.mtu() != bond_dev.mtu() {
            slave_warn!(
                bond_dev,
                dev,
                "MTU was changed to {}, the bond's is {}\n",
                dev.mtu(),
                bond_dev.mtu()
            );
        }
    }

    fn pass_mtu_to_all(&self, mtu: u32, rtnl: &Rtnl<'_>) -> Result {
        let dev = self.dev();
        for (done, slave) in self.slaves(rtnl).enumerate() {
            if let Err(e) = slave.dev.set_mtu(mtu, rtnl) {
                for slave in self.slaves(rtnl).take(done) {
                    // There is nothing more to be done for a slave that refuses its old MTU.
                    let _ = slave.dev.set_mtu(dev.mtu(), rtnl);
                }
                return Err(e);
            }
        }
        dev.store_mtu(mtu, rtnl);
        Ok(())
    }

    /// Sets the address of the bond and of all slaves, or of none; `bond_set_mac_address()` in C.
    ///
    /// With `fail_over_mac` it succeeds and does nothing, as ifenslave expects.
    ///
    /// # Errors
    ///
    /// `EADDRNOTAVAIL`: not a unicast address. Else that of the first slave that refuses.
    pub(crate) fn pass_address(&self, address: &HwAddr, rtnl: &Rtnl<'_>) -> Result {
        if self.mode() == Mode::Alb {
            self.alb_pass_address(address, rtnl)?;
            self.note_address();
            return Ok(());
        }
        let dev = self.dev();
        {
            let state = self.lock();
            if state.mode() == Mode::ActiveBackup && state.params.fail_over_mac != FailOverMac::None
            {
                return Ok(());
            }
        }
        if !address.is_valid_ether() {
            return Err(address_not_available());
        }
        for (done, slave) in self.slaves(rtnl).enumerate() {
            if let Err(e) = slave
                .dev
                .set_mac_address(address, rtnl, &mut ExtAck::none())
            {
                let old = dev.hw_addr();
                for slave in self.slaves(rtnl).take(done) {
                    // There is nothing more to be done for a slave that refuses its old address.
                    let _ = slave.dev.set_mac_address(&old, rtnl, &mut ExtAck::none());
                }
                return Err(e);
            }
        }
        dev.store_address(address, rtnl);
        self.note_address();
        self.sync_probes(rtnl);
        Ok(())
    }

    /// Passes changes of promiscuity and all-multicast on; `bond_change_rx_flags()` in C.
    pub(crate) fn pass_rx_flags(&self, changed: u32, rtnl: &Rtnl<'_>) {
        let dev_flags = self.dev().flags();
        let step = |flag| if dev_flags & flag != 0 { 1 } else { -1 };
        let primary = self.mode().uses_primary();
        let active = self.lock().settled_active().cloned();
        for slave in self.slaves(rtnl) {
            if primary && !active.as_ref().is_some_and(|a| a.is(&slave)) {
                continue;
            }
            if changed & flags::PROMISC != 0
                && slave
                    .dev
                    .set_promiscuity(step(flags::PROMISC), rtnl)
                    .is_err()
            {
                break;
            }
            if changed & flags::ALLMULTI != 0
                && slave.dev.set_allmulti(step(flags::ALLMULTI), rtnl).is_err()
            {
                break;
            }
        }
    }

    /// Passes the unicast and multicast lists on; `bond_set_rx_mode()` in C.
    pub(crate) fn sync_addresses(&self, list: &AddrLock<'_>, cx: &impl RcuEvidence) {
        let Some(plan) = self.plan.load(cx) else {
            return;
        };
        if plan.mode.uses_primary() {
            if let Some(active) = plan.active.as_ref() {
                list.sync_to(active.dev());
            }
        } else {
            for entry in plan::all(plan) {
                list.sync_multiple_to(entry.port.dev());
            }
        }
    }

    /// Adds a VLAN to the filters of all slaves, or of none; `bond_vlan_rx_add_vid()` in C.
    ///
    /// # Errors
    ///
    /// That of the first slave that refuses.
    pub(crate) fn add_vlan(&self, id: VlanId, rtnl: &Rtnl<'_>) -> Result {
        for (done, slave) in self.slaves(rtnl).enumerate() {
            if let Err(e) = vlan::add(&slave.dev, id, rtnl) {
                for slave in self.slaves(rtnl).take(done) {
                    vlan::del(&slave.dev, id, rtnl);
                }
                return Err(e);
            }
        }
        Ok(())
    }

    /// Removes a VLAN from the filters of all slaves; `bond_vlan_rx_kill_vid()` in C.
    pub(crate) fn remove_vlan(&self, id: VlanId, rtnl: &Rtnl<'_>) {
        for slave in self.slaves(rtnl) {
            vlan::del(&slave.dev, id, rtnl);
        }
        self.rlb_clear_vlan(id);
    }

    /// Has a new slave receive what the bond is to, in the modes where every slave does.
    ///
    /// # Errors
    ///
    /// That of the device, which is then as before.
    pub(crate) fn copy_rx_flags(&self, dev: &Device, rtnl: &Rtnl<'_>) -> Result {
        if self.mode().uses_primary() {
            return Ok(());
        }
        let bond_dev = self.dev();
        let bond_flags = bond_dev.flags();
        if bond_flags & flags::PROMISC != 0 {
            dev.set_promiscuity(1, rtnl)?;
        }
        if bond_flags & flags::ALLMULTI != 0 {
            dev.set_allmulti(1, rtnl).inspect_err(|_| {
                if bond_flags & flags::PROMISC != 0 {
                    let _ = dev.set_promiscuity(-1, rtnl);
                }
            })?;
        }
        if bond_flags & flags::UP != 0 {
            bond_dev.lock_addresses().sync_multiple_to(dev);
            if self.mode() == Mode::Ieee8023ad {
                self.receive_lacpdus(dev, rtnl);
            }
        }
        Ok(())
    }

    /// Takes back what [`Self::copy_rx_flags`] gave, by the flags the bond had then.
    pub(crate) fn drop_rx_flags(&self, dev: &Device, bond_flags: u32, rtnl: &Rtnl<'_>) {
        if self.mode().uses_primary() {
            return;
        }
        if bond_flags & flags::PROMISC != 0 {
            let _ = dev.set_promiscuity(-1, rtnl);
        }
        if bond_flags & flags::ALLMULTI != 0 {
            let _ = dev.set_allmulti(-1, rtnl);
        }
        if bond_flags & flags::UP != 0 {
            dev.unsync_addresses(self.dev());
            if self.mode() == Mode::Ieee8023ad {
                self.ignore_lacpdus(dev, rtnl);
            }
        }
    }

    /// Moves the multicast addresses from `old` to `new`, which does without RTNL.
    pub(crate) fn move_multicast(&self, old: Option<&Device>, new: &Device) {
        if let Some(old) = old {
            old.unsync_multicast(self.dev());
        }
        self.dev().lock_addresses().sync_multicast_to(new);
    }

    /// Moves what only the active slave receives from `old` to `new`; `bond_hw_addr_swap()` in C.
    pub(crate) fn move_rx_flags(
        &self,
        old: Option<&Device>,
        new: Option<&Device>,
        rtnl: &Rtnl<'_>,
    ) {
        let bond_dev = self.dev();
        let bond_flags = bond_dev.flags();
        for (dev, step) in [(old, -1), (new, 1)] {
            let Some(dev) = dev else { continue };
            if bond_flags & flags::PROMISC != 0 {
                let _ = dev.set_promiscuity(step, rtnl);
            }
            if bond_flags & flags::ALLMULTI != 0 {
                let _ = dev.set_allmulti(step, rtnl);
            }
            if bond_flags & flags::UP == 0 {
                continue;
            }
            if step < 0 {
                dev.unsync_addresses(bond_dev);
            } else {
                bond_dev.lock_addresses().sync_to(dev);
            }
        }
    }
}
