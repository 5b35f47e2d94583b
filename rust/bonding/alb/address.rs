// SPDX-License-Identifier: GPL-2.0

//! The slaves' addresses: each has its own, and the active one the bond's.
//!
//! In balance-tlb that is true of the addresses that the slaves send by; to receive, each is programmed with the
//! bond's. In balance-alb it is true of both.

use crate::{
    bond::Bond,
    log::{slave_err, slave_warn},
    slave::Slave, //
};
use bonding_core::{
    mode::Mode,
    tlb::{self, Attach, Mine},
    wire::eth::Mac, //
};
use kernel::{prelude::*, sync::Arc};
use kernel_net::{
    error::{address_not_available, op_not_supported},
    netdevice::HwAddr,
    rtnl::{ExtAck, Rtnl}, //
};

/// The first six bytes of an address: all that is compared, as in C.
fn mac(address: &HwAddr) -> Mac {
    Mac(address.first_six())
}

impl Slave {
    fn addresses(&self) -> Mine {
        Mine {
            permanent: mac(&self.perm_hwaddr),
            current: mac(&self.dev.hw_addr()),
        }
    }
}

impl Bond {
    /// Gives a slave an address to send by, which in balance-alb it also receives by;
    /// `alb_set_slave_mac_addr()` in C.
    ///
    /// # Errors
    ///
    /// `EOPNOTSUPP`: the device does not take an address while it is open.
    fn alb_set_address(&self, slave: &Slave, address: &HwAddr, rtnl: &Rtnl<'_>) -> Result {
        let dev = &slave.dev;
        if self.mode() == Mode::Tlb {
            dev.store_address(address, rtnl);
            return Ok(());
        }
        dev.set_mac_address(address, rtnl, &mut ExtAck::none())
            .map_err(|_| {
                slave_err!(
                    self.dev(),
                    dev,
                    "dev_set_mac_address on slave failed! ALB mode requires that the base driver support setting the hw address also when the network device's interface is open\n"
                );
                op_not_supported()
            })
    }

    /// Gives a slave that is about to join an address that no other has; `bond_alb_init_slave()` in C.
    ///
    /// # Errors
    ///
    /// `EOPNOTSUPP`: the device does not take an address while it is open. `EFAULT`: there is no address left.
    pub(crate) fn alb_attach(&self, slave: &Slave, rtnl: &Rtnl<'_>) -> Result {
        self.alb_set_address(slave, &slave.perm_hwaddr, rtnl)?;
        let bond_dev = self.dev();
        let bonds = bond_dev.hw_addr();
        let attach = {
            let state = self.lock();
            tlb::on_attach(
                &slave.addresses(),
                mac(&bonds),
                state.active.is_some(),
                state.members.iter().map(|m| m.slave.addresses()),
            )
        };
        let first_bonds = match attach {
            Attach::Keep => false,
            Attach::Bonds { set } => set,
            Attach::Lend { first_bonds, .. } | Attach::Refuse { first_bonds } => first_bonds,
        };
        if first_bonds {
            let _ = self.alb_set_address(slave, &bonds, rtnl);
        }
        match attach {
            Attach::Keep | Attach::Bonds { .. } => {}
            Attach::Lend { place, .. } => {
                let lender = self.lock().members.get(place).map(|m| m.slave.clone());
                if let Some(lender) = lender {
                    let _ = self.alb_set_address(slave, &lender.perm_hwaddr, rtnl);
                    slave_warn!(
                        bond_dev,
                        slave.dev,
                        "the slave hw address is in use by the bond; giving it the hw address of {}\n",
                        lender.dev.name()
                    );
                }
            }
            Attach::Refuse { .. } => {
                slave_err!(
                    bond_dev,
                    slave.dev,
                    "the slave hw address is in use by the bond; couldn't find a slave with a free hw address to give it (this should not have happened)\n"
                );
                return Err(EFAULT);
            }
        }
        Ok(())
    }

    /// Gives a slave that has left its permanent address back, if another has it;
    /// `alb_change_hw_addr_on_detach()` in C.
    pub(super) fn alb_take_back(&self, slave: &Arc<Slave>, rtnl: &Rtnl<'_>) {
        let bonds = mac(&self.dev().hw_addr());
        let other = {
            let state = self.lock();
            let others = state.members.iter().map(|m| m.slave.addresses());
            tlb::on_detach(&slave.addresses(), bonds, others)
                .and_then(|place| state.members.get(place))
                .map(|m| m.slave.clone())
        };
        if let Some(other) = other {
            self.alb_swap(slave, &other, rtnl);
        }
    }

    /// Has the new active slave take over the bond's address; `bond_alb_handle_active_change()` in C.
    ///
    /// To be called once it is the active one.
    pub(crate) fn alb_active_changed(
        &self,
        old: Option<&Arc<Slave>>,
        new: Option<&Arc<Slave>>,
        rtnl: &Rtnl<'_>,
    ) {
        if let Some(old) = old {
            self.rlb_active_leaves(old, rtnl);
        }
        let Some(new) = new else { return };
        let bonds = self.dev().hw_addr();
        let owner = match old {
            Some(old) => Some(old.clone()),
            None => self.alb_owner_of(&bonds, rtnl),
        };
        // What they sent so far is to be distributed anew, by the addresses they have then.
        if let Some(owner) = &owner {
            self.release_flows(owner);
        }
        self.release_flows(new);
        if self.mode() == Mode::Tlb {
            // It may have been programmed with another address, and would not receive by the bond's.
            let own = new.dev.hw_addr();
            let _ = new.dev.set_mac_address(&bonds, rtnl, &mut ExtAck::none());
            new.dev.store_address(&own, rtnl);
        }
        match owner {
            Some(owner) => self.alb_swap(&owner, new, rtnl),
            None => {
                let _ = self.alb_set_address(new, &bonds, rtnl);
                self.alb_send_learning(new, &bonds, false);
            }
        }
    }

    /// Changes the bond's own address in balance-alb; `bond_alb_set_mac_address()` in C.
    ///
    /// The active slave gets it, in exchange for its own if another slave has it. As long as the bond was never
    /// open in this mode, all slaves are programmed with it first.
    ///
    /// # Errors
    ///
    /// `EADDRNOTAVAIL`: not a unicast address. Else that of the first slave that refuses.
    pub(crate) fn alb_pass_address(&self, address: &HwAddr, rtnl: &Rtnl<'_>) -> Result {
        if !address.is_valid_ether() {
            return Err(address_not_available());
        }
        let dev = self.dev();
        if !self.lock().receives_balanced {
            self.alb_program_all(address, rtnl)?;
        }
        dev.store_address(address, rtnl);
        let Some(active) = self.lock().active.clone() else {
            return Ok(());
        };
        match self.alb_owner_of(&dev.hw_addr(), rtnl) {
            Some(owner) => self.alb_swap(&owner, &active, rtnl),
            None => {
                let _ = self.alb_set_address(&active, address, rtnl);
                self.alb_send_learning(&active, address, false);
                self.rlb_update_clients_of(&active);
            }
        }
        Ok(())
    }

    /// Has all slaves receive by an address, or none; each still sends by its own. `alb_set_mac_address()` in C.
    fn alb_program_all(&self, address: &HwAddr, rtnl: &Rtnl<'_>) -> Result {
        let program = |slave: &Slave, address| {
            let own = slave.dev.hw_addr();
            let result = slave
                .dev
                .set_mac_address(address, rtnl, &mut ExtAck::none());
            slave.dev.store_address(&own, rtnl);
            result
        };
        for (done, slave) in self.slaves(rtnl).enumerate() {
            if let Err(e) = program(&slave, address) {
                let old = self.dev().hw_addr();
                for slave in self.slaves(rtnl).take(done) {
                    // There is nothing more to be done for a slave that refuses its old address.
                    let _ = program(&slave, &old);
                }
                return Err(e);
            }
        }
        Ok(())
    }

    /// Swaps the addresses of two slaves and tells switches and clients; `alb_swap_mac_addr()` and
    /// `alb_fasten_mac_swap()` in C.
    fn alb_swap(&self, one: &Arc<Slave>, other: &Arc<Slave>, rtnl: &Rtnl<'_>) {
        let address = one.dev.hw_addr();
        let _ = self.alb_set_address(one, &other.dev.hw_addr(), rtnl);
        let _ = self.alb_set_address(other, &address, rtnl);

        let mut disabled = None;
        for slave in [one, other] {
            if self.can_tx(slave) {
                self.alb_send_learning(slave, &slave.dev.hw_addr(), false);
                self.rlb_update_clients_of(slave);
            } else {
                disabled = Some(slave);
            }
        }
        if self.can_tx(one) != self.can_tx(other) {
            if let Some(disabled) = disabled {
                self.rlb_teach_disabled(&disabled.dev.hw_addr(), rtnl);
            }
        }
    }

    /// Whether a slave, one of the bond's or one that is leaving, is able to send.
    fn can_tx(&self, slave: &Slave) -> bool {
        match self.lock().member(slave) {
            Some(member) => member.can_tx(),
            None => {
                slave.link() == bonding_core::link::LinkState::Up
                    && slave.is_up()
                    && !slave.is_backup()
            }
        }
    }

    /// The slave that has an address, `bond_slave_has_mac()` in C.
    fn alb_owner_of(&self, address: &HwAddr, rtnl: &Rtnl<'_>) -> Option<Arc<Slave>> {
        let wanted = mac(address);
        self.slaves(rtnl).find(|s| mac(&s.dev.hw_addr()) == wanted)
    }
}
