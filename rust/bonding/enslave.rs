// SPDX-License-Identifier: GPL-2.0

//! Enslaving a device: each step undone if a later one fails.

use crate::{
    bond::Bond,
    log::{slave_err, slave_info, slave_warn},
    member::Attachments,
    role::{tell, tell_lower_state, LowerState},
    slave::Slave,
    sysfs::SlaveFiles, //
};
use bonding_core::{failover::Reason, link::LinkState};
use core::cell::Cell;
use kernel::{prelude::*, sync::Arc};
use kernel_net::{
    netdevice::{flags, upper::UpperLink, ArpHrd, Device, Event},
    rtnl::{ExtAck, Rtnl},
    rx_handler,
    sync::rcu,
    undo::Undo,
    vlan, //
};

impl Bond {
    /// Makes `dev` a slave of this bond; `bond_enslave()` in C.
    ///
    /// # Errors
    ///
    /// Those of the checks in their order (see [`Self::check_candidate`]), then whatever the device refuses.
    /// `dev` is then as it was before.
    pub(crate) fn enslave(&self, dev: &Device, rtnl: &Rtnl<'_>, ext: &mut ExtAck<'_>) -> Result {
        let bond_dev = self.dev();

        self.check_candidate(dev, rtnl, ext)?;
        self.adopt_type(dev, rtnl, ext)?;
        // The first slave lends the bond type and address: both go back if it fails.
        let lent = Undo::new(|()| self.give_back_identity(dev, rtnl));

        self.check_address_support(dev, ext)?;
        tell(dev, Event::Join, rtnl);
        self.take_first_address(dev, rtnl)?;

        let slave = Slave::new(self, dev)?;
        let original_mtu = dev.mtu();
        dev.set_mtu(bond_dev.mtu(), rtnl).inspect_err(|e| {
            slave_err!(
                bond_dev,
                dev,
                "Error {} calling dev_set_mtu\n",
                e.to_errno()
            );
        })?;
        let mtu = Undo::new(|()| {
            let _ = dev.set_mtu(original_mtu, rtnl);
        });

        let address = self.address_for(&slave);
        // A bond in a bond: nobody asked it for this address.
        let lower = Bond::of(dev).filter(|bond| address.is_some() && bond.has_own_address());
        if let Some(address) = &address {
            dev.set_mac_address(address, rtnl, ext).inspect_err(|e| {
                slave_err!(
                    bond_dev,
                    dev,
                    "Error {} calling set_mac_address\n",
                    e.to_errno()
                );
            })?;
        }
        let note_address = || {
            if let Some(lower) = lower {
                lower.note_master_address();
            }
        };
        note_address();
        let mac = Undo::new(|()| {
            if address.is_some() {
                let _ = dev.set_mac_address(&slave.perm_hwaddr, rtnl, &mut ExtAck::none());
                note_address();
            }
        });

        // IPv6 must not configure the slave when it opens.
        dev.set_no_addrconf(true, rtnl);
        let addrconf = Undo::new(|()| dev.set_no_addrconf(false, rtnl));
        dev.open(rtnl, ext).inspect_err(|_| {
            slave_err!(bond_dev, dev, "Opening slave failed\n");
        })?;
        dev.set_bonding(true, rtnl);
        let opened = Undo::new(|()| {
            if !dev.is_bond_master() {
                dev.set_bonding(false, rtnl);
            }
            dev.close(rtnl);
        });
        self.start_counting(&slave);
        if self.mode().is_lb() {
            self.alb_attach(&slave, rtnl)?;
        }

        vlan::add_ids_of(bond_dev, dev, rtnl).inspect_err(|_| {
            slave_err!(bond_dev, dev, "Couldn't add bond vlan ids\n");
        })?;
        let vids = Undo::new(|()| vlan::del_ids_of(bond_dev, dev, rtnl));

        let member = self.new_member(&slave, original_mtu, rtnl);
        self.tell_link(&slave, Some(LowerState::of(&slave)), rtnl);
        self.adopt_primary(&slave);
        self.set_initial_role(&member, rtnl);
        // Whoever was made primary or active on the way is so no more.
        let roles = Undo::new(|()| self.withdraw(&slave, rtnl));

        let netpoll = Undo::with(self.poll_new(dev, rtnl)?, |netpoll| {
            if let Some(netpoll) = netpoll {
                netpoll.undo(rtnl);
            }
        });
        if !bond_dev.has_lro() {
            dev.disable_lro(rtnl);
        }
        // Room for the member is made before anything outside can see it.
        self.reserve()?;
        self.reserve_port()?;
        let rx = rx_handler::Registration::new(dev, slave.clone(), rtnl)?;
        let rx = Undo::with(rx, |rx| rx.undo(rtnl));
        // What the bond is by its slaves, once it has counted this one and must do without it.
        let counted = Cell::new(false);
        let recount = Undo::new(|()| {
            if counted.get() {
                self.compute_features(rtnl);
                self.update_carrier(rtnl);
            }
        });
        // The message that tells of the link says of the slave what there is to say.
        self.join(member);
        let leave = || {
            drop(self.leave(&slave));
            slave.listen_to_probe(None, rtnl);
        };
        let upper = UpperLink::new(dev, bond_dev, slave.clone(), self.lag_info(), rtnl, ext)
            .inspect_err(|_| leave())?;
        let upper = Undo::with(upper, |upper| {
            upper.undo(rtnl);
            dev.set_slave(false, rtnl);
        });
        dev.set_slave(true, rtnl);
        let joined = Undo::new(|()| leave());
        tell_lower_state(&slave, LowerState::of(&slave), rtnl);

        let group = SlaveFiles::new(&slave)?;
        let group = Undo::with(group, |group| group.undo());
        self.copy_rx_flags(dev, rtnl)?;
        let rx_flags = Undo::new(|()| self.drop_rx_flags(dev, bond_dev.flags(), rtnl));

        self.add_port(&slave);
        let port = Undo::new(|()| self.remove_port(&slave));
        counted.set(true);
        self.alb_order();
        self.compute_features(rtnl);
        self.update_carrier(rtnl);
        if self.mode().uses_primary() {
            self.select_active(Reason::Primary, rtnl);
        }
        self.run_on_new(dev, rtnl, ext)?;

        // Nothing below fails.
        let attachments = Attachments {
            sysfs: group.keep(),
            upper: upper.keep(),
            rx: rx.keep(),
            netpoll: netpoll.keep().flatten(),
        };
        port.keep();
        rx_flags.keep();
        joined.keep();
        recount.keep();
        roles.keep();
        vids.keep();
        opened.keep();
        addrconf.keep();
        mac.keep();
        mtu.keep();
        lent.keep();
        if let Some(member) = self.lock().member_mut(&slave) {
            member.attachments = attachments;
        }

        self.sync_groups(&slave, rtnl);
        self.sync_probes(rtnl);
        self.publish();
        self.update_xdp_features(rtnl);
        let role = if slave.is_backup() {
            "a backup"
        } else {
            "an active"
        };
        let link = if slave.link() == LinkState::Down {
            "a down"
        } else {
            "an up"
        };
        slave_info!(
            bond_dev,
            dev,
            "Enslaving as {} interface with {} link\n",
            role,
            link
        );
        self.queue_info(&slave);
        Ok(())
    }

    /// The checks that come before anything is changed, in C's order.
    ///
    /// # Errors
    ///
    /// `EPERM`: a CAN device, the master of something else, the bond itself, a device that cannot do VLANs
    /// under a bond that has some, a device that is up. `EBUSY`: a device that somebody else receives from.
    fn check_candidate(&self, dev: &Device, rtnl: &Rtnl<'_>, ext: &mut ExtAck<'_>) -> Result {
        let bond_dev = self.dev();
        if dev.type_() == ArpHrd::CAN {
            return Err(self.refuse(ext, EPERM, c"CAN devices cannot be enslaved"));
        }
        if dev.flags() & flags::MASTER != 0 && !dev.is_bond_master() {
            return Err(self.refuse(
                ext,
                EPERM,
                c"Device type (master device) cannot be enslaved",
            ));
        }
        if dev.is_rx_handler_busy(rtnl) {
            return Err(self.refuse_slave(
                ext,
                dev,
                EBUSY,
                c"Device is in use and cannot be enslaved",
            ));
        }
        if dev.is(bond_dev) {
            return Err(self.refuse(ext, EPERM, c"Cannot enslave bond to itself."));
        }
        if dev.is_vlan_challenged() {
            if vlan::uses(bond_dev, rtnl) {
                return Err(self.refuse_slave(
                    ext,
                    dev,
                    EPERM,
                    c"Can not enslave VLAN challenged device to VLAN enabled bond",
                ));
            }
            slave_warn!(
                bond_dev,
                dev,
                "enslaved VLAN challenged slave. Adding VLANs will be blocked as long as it is part of bond.\n"
            );
        }
        if dev.flags() & flags::UP != 0 {
            return Err(self.refuse_slave(ext, dev, EPERM, c"Device can not be enslaved while up"));
        }
        Ok(())
    }

    /// Makes the slave the primary if it has the name.
    fn adopt_primary(&self, slave: &Arc<Slave>) {
        let name = slave.dev.name();
        let mut state = self.lock();
        let wanted = state.params.primary;
        if state.mode().uses_primary() && !wanted.is_empty() && wanted.as_bytes() == name.as_bytes()
        {
            state.primary = Some(slave.clone());
            state.force_primary = true;
        }
    }

    /// Takes back what a slave became on its way in.
    fn withdraw(&self, slave: &Slave, rtnl: &Rtnl<'_>) {
        let was_active = {
            let mut state = self.lock();
            if state.is_primary(slave) {
                state.primary = None;
            }
            state.is_active(slave)
        };
        if was_active {
            self.change_active(None, Reason::Administrator, rtnl);
            self.select_active(Reason::Administrator, rtnl);
        } else {
            self.settle(rtnl);
        }
        // Other drivers may still look at the slave as the active one.
        rcu::synchronize(rtnl);
    }
}
