// SPDX-License-Identifier: GPL-2.0

//! The hardware type and address a bond has from its first slave.

use crate::{
    bond::Bond,
    log::{slave_err, slave_warn},
    role::tell,
    slave::Slave, //
};
use bonding_core::{
    mode::Mode,
    option::{FailOverMac, XmitPolicy}, //
};
use kernel::prelude::*;
use kernel_net::{
    error::op_not_supported,
    netdev_err,
    netdevice::{
        upper::{LagHash, LagInfo, LagTxType},
        ArpHrd,
        Device,
        Event,
        HwAddr, //
    },
    rtnl::{ExtAck, Rtnl}, //
};

impl Bond {
    /// Turns the empty bond into a device of the type of `dev`, its first slave, or checks that `dev` is of
    /// the type the other slaves have.
    ///
    /// # Errors
    ///
    /// `EINVAL`: not the type of the other slaves, or not Ethernet in 802.3ad. `EBUSY`: somebody vetoed the
    /// change. `EOPNOTSUPP`: InfiniBand in another mode than active-backup.
    pub(crate) fn adopt_type(&self, dev: &Device, rtnl: &Rtnl<'_>, ext: &mut ExtAck<'_>) -> Result {
        let bond_dev = self.dev();
        if bond_dev.type_() == dev.type_() {
            return Ok(());
        }
        if self.has_slaves() {
            return Err(self.refuse_slave(
                ext,
                dev,
                EINVAL,
                c"Device type is different from other slaves",
            ));
        }
        if dev.type_() != ArpHrd::ETHER && self.mode() == Mode::Ieee8023ad {
            return Err(self.refuse_slave(
                ext,
                dev,
                EINVAL,
                c"8023AD mode requires Ethernet devices",
            ));
        }
        if bond_dev.notify(Event::PreTypeChange, rtnl).is_err() {
            slave_err!(bond_dev, dev, "refused to change device type\n");
            return Err(EBUSY);
        }
        bond_dev.flush_addresses(rtnl);
        if dev.type_() == ArpHrd::ETHER {
            bond_dev.become_ethernet(rtnl);
        } else {
            bond_dev.become_type_of::<Bond>(dev, rtnl);
        }
        self.forget_address(rtnl);
        tell(bond_dev, Event::PostTypeChange, rtnl);
        Ok(())
    }

    /// Checks that the slave's address can be handled in this mode; an active-backup bond without slaves
    /// turns to `fail_over_mac=active` if it cannot be set.
    ///
    /// # Errors
    ///
    /// `EOPNOTSUPP`: InfiniBand in another mode than active-backup, or the address cannot be set and
    /// `fail_over_mac` can no longer be changed.
    pub(crate) fn check_address_support(&self, dev: &Device, ext: &mut ExtAck<'_>) -> Result {
        let bond_dev = self.dev();
        let infiniband = dev.type_() == ArpHrd::INFINIBAND;
        if infiniband && self.mode() != Mode::ActiveBackup {
            return Err(self.refuse_slave(
                ext,
                dev,
                op_not_supported(),
                c"Only active-backup mode is supported for infiniband slaves",
            ));
        }
        if dev.can_set_mac_address() && !infiniband {
            return Ok(());
        }
        slave_warn!(
            bond_dev,
            dev,
            "The slave device specified does not support setting the MAC address\n"
        );
        {
            let mut state = self.lock();
            if state.mode() != Mode::ActiveBackup
                || state.params.fail_over_mac == FailOverMac::Active
            {
                return Ok(());
            }
            if state.members.is_empty() {
                state.params.fail_over_mac = FailOverMac::Active;
                drop(state);
                slave_warn!(
                    bond_dev,
                    dev,
                    "Setting fail_over_mac to active for active-backup mode\n"
                );
                return Ok(());
            }
        }
        Err(self.refuse_slave(
            ext,
            dev,
            op_not_supported(),
            c"Slave device does not support setting the MAC address, but fail_over_mac is not set to active",
        ))
    }

    /// Undoes what the first slave lent, if there is no slave after all.
    pub(crate) fn give_back_identity(&self, dev: &Device, rtnl: &Rtnl<'_>) {
        if self.has_slaves() {
            return;
        }
        let bond_dev = self.dev();
        self.give_back_address(dev, rtnl);
        if bond_dev.type_() != ArpHrd::ETHER {
            bond_dev.close(rtnl);
            bond_dev.become_ethernet(rtnl);
            self.forget_address(rtnl);
        }
    }

    /// The address to give a new slave, `None` to leave it its own.
    pub(crate) fn address_for(&self, slave: &Slave) -> Option<HwAddr> {
        let bond_addr = self.dev().hw_addr();
        let state = self.lock();
        if state.mode() != Mode::ActiveBackup {
            return Some(bond_addr);
        }
        match state.params.fail_over_mac {
            FailOverMac::None => Some(bond_addr),
            FailOverMac::Follow if !state.members.is_empty() && slave.perm_hwaddr == bond_addr => {
                Some(HwAddr::random_ether())
            }
            FailOverMac::Active | FailOverMac::Follow => None,
        }
    }

    /// Says in the extack why the bond refuses, or in the log where there is none; `BOND_NL_ERR()` in C.
    pub(crate) fn refuse(&self, ext: &mut ExtAck<'_>, error: Error, text: &'static CStr) -> Error {
        if ext.is_some() {
            ext.set_msg(text);
        } else {
            netdev_err!(self.dev(), "Error: {}\n", text);
        }
        error
    }

    /// As [`Self::refuse`], about a slave; `SLAVE_NL_ERR()` in C.
    pub(crate) fn refuse_slave(
        &self,
        ext: &mut ExtAck<'_>,
        dev: &Device,
        error: Error,
        text: &'static CStr,
    ) -> Error {
        if ext.is_some() {
            ext.set_msg(text);
        } else {
            slave_err!(self.dev(), dev, "Error: {}\n", text);
        }
        error
    }

    /// What hardware is told of how the bond distributes; `bond_lag_tx_type()` and `bond_lag_hash_type()` in C.
    pub(crate) fn lag_info(&self) -> LagInfo {
        let state = self.lock();
        let tx_type = match state.mode() {
            Mode::RoundRobin => LagTxType::RoundRobin,
            Mode::ActiveBackup => LagTxType::ActiveBackup,
            Mode::Broadcast => LagTxType::Broadcast,
            Mode::Xor | Mode::Ieee8023ad => LagTxType::Hash,
            Mode::Tlb | Mode::Alb => LagTxType::Unknown,
        };
        let hash = match state.params.xmit_policy {
            _ if tx_type != LagTxType::Hash => LagHash::None,
            XmitPolicy::Layer2 => LagHash::L2,
            XmitPolicy::Layer34 => LagHash::L34,
            XmitPolicy::Layer23 => LagHash::L23,
            XmitPolicy::Encap23 => LagHash::E23,
            XmitPolicy::Encap34 => LagHash::E34,
            XmitPolicy::VlanSrcMac => LagHash::VlanSrcMac,
        };
        LagInfo { tx_type, hash }
    }
}
