// SPDX-License-Identifier: GPL-2.0

//! The bond's own MAC address: drawn by lot, or taken from a slave, as `mac_policy` says.

use crate::{bond::Bond, params};
use bonding_core::{
    mac::{self, Assigned, Origin},
    option::MacPolicy, //
};
use kernel::prelude::*;
use kernel_net::{
    netdevice::{flags, AddrAssign, Device, HwAddr},
    rtnl::Rtnl, //
};

/// As the core names it.
fn assigned(dev: &Device) -> Assigned {
    match dev.addr_assigned() {
        AddrAssign::Permanent => Assigned::Permanent,
        AddrAssign::Random => Assigned::Random,
        AddrAssign::Stolen => Assigned::Stolen,
        AddrAssign::Set => Assigned::Set,
    }
}

/// As the kernel names it.
fn assign(assigned: Assigned) -> AddrAssign {
    match assigned {
        Assigned::Permanent => AddrAssign::Permanent,
        Assigned::Random => AddrAssign::Random,
        Assigned::Stolen => AddrAssign::Stolen,
        Assigned::Set => AddrAssign::Set,
    }
}

/// Gives the device of a new bond an address unless it was made with one, before user space hears of it.
pub(crate) fn first_address(dev: &Device, rtnl: &Rtnl<'_>) -> Origin {
    if !dev.hw_addr().is_zero_ether() || dev.addr_assigned() != AddrAssign::Permanent {
        return Origin::Asked;
    }
    dev.randomize_address(rtnl);
    let policy = params::defaults().mac_policy;
    dev.declare_address(assign(mac::declared(policy)), rtnl);
    Origin::Drawn
}

impl Bond {
    /// Takes the address of a device, be it because somebody asked or because it is the active slave's.
    ///
    /// # Errors
    ///
    /// That of whoever objects to the new address.
    pub(crate) fn take_address_of(&self, dev: &Device, origin: Origin, rtnl: &Rtnl<'_>) -> Result {
        self.dev().take_address(&dev.hw_addr(), rtnl)?;
        self.lock().mac_origin = origin;
        Ok(())
    }

    /// Takes an address from the device that becomes the first slave, if the bond's own is to give way.
    ///
    /// # Errors
    ///
    /// That of whoever objects to the new address.
    pub(crate) fn take_first_address(&self, dev: &Device, rtnl: &Rtnl<'_>) -> Result {
        let (policy, origin) = {
            let state = self.lock();
            (state.params.mac_policy, state.mac_origin)
        };
        if self.has_slaves() || !mac::takes_first(policy, origin, assigned(self.dev())) {
            return Ok(());
        }
        let theirs = dev.hw_addr();
        let address = if dev.is_ethernet() {
            HwAddr::ether(mac::from_first(policy, theirs.first_six()))
        } else {
            theirs
        };
        self.dev().take_address(&address, rtnl)?;
        self.lock().mac_origin = Origin::Slave;
        Ok(())
    }

    /// Draws an address by lot, because no slave is left whose own this could be, unless somebody wanted it.
    pub(crate) fn draw_address_anew(&self, rtnl: &Rtnl<'_>) {
        let dev = self.dev();
        let mut state = self.lock();
        let policy = state.params.mac_policy;
        if mac::draws_anew(policy, state.mac_origin, assigned(dev)) {
            dev.randomize_address(rtnl);
            dev.declare_address(assign(mac::declared(policy)), rtnl);
            state.mac_origin = Origin::Drawn;
        }
    }

    /// Notes that the bond has become a device of another type: an address that somebody asked for before is none of
    /// the new type, so that the first slave's may take the place of what there is now.
    pub(crate) fn forget_address(&self, rtnl: &Rtnl<'_>) {
        let mut state = self.lock();
        let policy = state.params.mac_policy;
        if policy != MacPolicy::Compat {
            state.mac_origin = Origin::Drawn;
            self.dev()
                .declare_address(assign(mac::declared(policy)), rtnl);
        }
    }

    /// Draws an address by lot if the one that the bond has is from the device that did not become its first
    /// slave.
    pub(crate) fn give_back_address(&self, dev: &Device, rtnl: &Rtnl<'_>) {
        let taken = self.lock().mac_origin == Origin::Slave;
        if taken || self.dev().ether_addr() == dev.ether_addr() {
            self.draw_address_anew(rtnl);
        }
    }

    /// Whether a bond that becomes a slave, or was one, has an address that nobody asked for.
    pub(crate) fn has_own_address(&self) -> bool {
        let origin = self.lock().mac_origin;
        origin == Origin::Master || self.dev().addr_assigned() != AddrAssign::Set
    }

    /// Notes that the address is whatever the bond's master made it.
    pub(crate) fn note_master_address(&self) {
        self.lock().mac_origin = Origin::Master;
    }

    /// Notes that somebody asked for the address, unless the bond is a slave, whose address is its master's.
    pub(crate) fn note_address(&self) {
        if self.dev().flags() & flags::SLAVE == 0 {
            self.lock().mac_origin = Origin::Asked;
        }
    }

    /// Declares an address drawn by lot as the policy wants it now.
    pub(crate) fn declare_address(&self, rtnl: &Rtnl<'_>) {
        let dev = self.dev();
        let state = self.lock();
        if state.mac_origin == Origin::Drawn && dev.addr_assigned() != AddrAssign::Set {
            dev.declare_address(assign(mac::declared(state.params.mac_policy)), rtnl);
        }
    }
}
