// SPDX-License-Identifier: GPL-2.0

//! The file of a bond in `/proc/net/bonding`.

use crate::{
    bond::{Bond, State},
    member::Member, //
};
use bonding_core::{
    mode::Mode,
    numbered::numbered,
    report::{self, MasterFacts, SlaveFacts}, //
};
use kernel::prelude::*;
use kernel_net::{
    netdev_warn,
    netdevice::DeviceRef,
    procfs::{self, ProcFile, ProcShow, SeqFile}, //
};

/// What the file shows: the bond that owns this device.
pub(crate) struct Report(DeviceRef);

impl ProcShow for Report {
    fn show(&self, out: &mut SeqFile<'_>) -> Result {
        let Some(bond) = Bond::of(&self.0) else {
            return Ok(());
        };
        // C asks who reads, and only the first user namespace.
        let admin = out.opener_may_admin(self.0.namespace());
        let state = bond.lock_settled();
        show_master(bond, &state, admin, out)?;
        for (place, member) in numbered(state.members.iter()) {
            show_slave(bond, member, place, state.mode(), admin, out)?;
        }
        Ok(())
    }
}

/// The text about the bond itself.
fn show_master(bond: &Bond, state: &State, admin: bool, out: &mut SeqFile<'_>) -> Result {
    let dev = bond.dev();
    let name = dev.name();
    let primary = state.primary.as_ref().map(|slave| slave.dev.name());
    let active = state.active.as_ref().map(|slave| slave.dev.name());
    report::master(
        out,
        &MasterFacts {
            release: procfs::kernel_release(),
            name: name.as_bytes(),
            params: &state.params,
            carrier: dev.carrier_ok(),
            primary: primary.as_ref().map(|name| name.as_bytes()),
            active: active.as_ref().map(|name| name.as_bytes()),
            ipv6: cfg!(CONFIG_IPV6),
            admin,
            lacp: bond.lacp_system(),
            ad: bond.ad_info(),
        },
    )?;
    Ok(())
}

/// The text about a slave.
fn show_slave(
    bond: &Bond,
    member: &Member,
    place: usize,
    mode: Mode,
    admin: bool,
    out: &mut SeqFile<'_>,
) -> Result {
    let name = member.slave.dev.name();
    report::slave(
        out,
        &SlaveFacts {
            name: name.as_bytes(),
            link: member.link.state(),
            speed: member.speed,
            link_failures: member.link.failures(),
            perm_hwaddr: member.slave.perm_hwaddr.as_bytes(),
            queue_id: member.queue_id,
            lacp: bond.port_facts(mode, &member.slave, place),
            admin,
        },
    )?;
    Ok(())
}

impl Bond {
    /// Makes the file, named as the device is now; `bond_create_proc_entry()` in C.
    pub(crate) fn create_proc(&self) {
        let Some(dir) = self.proc_dir() else { return };
        let dev = self.dev();
        match ProcFile::new(dir, &dev.name(), Report(dev.to_ref())) {
            Ok(file) => drop(self.proc.lock().replace(file)),
            Err(_) => netdev_warn!(dev, "Cannot create /proc/net/bonding/{}\n", dev.name()),
        }
    }

    /// Removes the file, after its last reader is done; `bond_remove_proc_entry()` in C.
    pub(crate) fn remove_proc(&self) {
        let file = self.proc.lock().take();
        drop(file);
    }
}
