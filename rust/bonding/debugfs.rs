// SPDX-License-Identifier: GPL-2.0

//! The directory of each bond in `/sys/kernel/debug/bonding`.
//!
//! C has it only in kernels without network namespaces, because two bonds can have the same name. Here a bond
//! of the initial namespace has its name there, one of another namespace its name, `@` and the namespace's
//! inode number.

use crate::{bond::Bond, netns};
use bonding_core::mode::Mode;
use core::fmt::Write;
use kernel::{prelude::*, str::CString, sync::Arc};
use kernel_net::{
    debugfs::{Dir, File},
    namespace::Namespace,
    netdev_warn,
    netdevice::{Device, DeviceRef},
    procfs::SeqFile, //
};

/// The name of the directory of all bonds.
pub(crate) const ROOT: &CStr = c"bonding";

/// The directory of a bond.
pub(crate) type BondDir = Dir<Shown>;

/// What the files of a directory are about: the bond that owns this device.
pub(crate) struct Shown(DeviceRef);

/// The files of a bond. A new one is a row here; it is shown without any lock held.
static FILES: [File<Shown>; 3] = [
    File {
        name: c"rlb_hash_table",
        mode: 0o400,
        show: |shown, out| shown.bond(out, show_rlb),
    },
    File {
        name: c"failovers",
        mode: 0o444,
        show: |shown, out| shown.bond(out, show_failovers),
    },
    File {
        name: c"arp_targets",
        mode: 0o444,
        show: |shown, out| shown.bond(out, Bond::show_targets),
    },
];

impl Shown {
    /// Has `f` write about the bond, if it is still there.
    fn bond(&self, out: &mut SeqFile<'_>, f: fn(&Bond, &mut SeqFile<'_>) -> Result) -> Result {
        Bond::of(&self.0).map_or(Ok(()), |bond| f(bond, out))
    }
}

/// The table of receive load balancing, in the mode that has it; `bond_debug_rlb_hash_show()` in C.
fn show_rlb(bond: &Bond, out: &mut SeqFile<'_>) -> Result {
    if bond.mode() == Mode::Alb {
        return bond.show_clients(out);
    }
    Ok(())
}

/// How often the active slave was replaced or lost, by reason.
fn show_failovers(bond: &Bond, out: &mut SeqFile<'_>) -> Result {
    let failovers = bond.lock().failovers;
    write!(out, "{failovers}")?;
    Ok(())
}

/// The name that the directory of a bond has now.
///
/// # Errors
///
/// `ENOMEM`.
fn name_of(dev: &Device) -> Result<CString> {
    let net = dev.namespace();
    if net.is(Namespace::init_net()) {
        CString::try_from_fmt(fmt!("{}", dev.name()))
    } else {
        CString::try_from_fmt(fmt!("{}@{}", dev.name(), net.inode()))
    }
}

/// The directory of all bonds, which the initial namespace has and lends to the others.
pub(crate) fn root(net: &Namespace) -> Option<Arc<Dir<()>>> {
    if !net.is(Namespace::init_net()) {
        return netns::debugfs_root();
    }
    let root = Dir::root(ROOT).ok();
    if root.is_none() && cfg!(CONFIG_DEBUG_FS) {
        pr_warn!("Warning: Cannot create bonding directory in debugfs\n");
    }
    root
}

impl Bond {
    /// Makes the directory; `bond_debug_register()` in C.
    pub(crate) fn create_debugfs(&self) {
        let Some(root) = netns::debugfs_root() else {
            return;
        };
        let dev = self.dev();
        // As in C nobody is told: the bond does not depend on it.
        let dir =
            name_of(dev).and_then(|name| BondDir::new(root, &name, Shown(dev.to_ref()), &FILES));
        *self.debugfs.lock() = dir.ok();
    }

    /// Gives the directory the name that the device has now; `bond_debug_reregister()` in C.
    pub(crate) fn rename_debugfs(&self) {
        let mut debugfs = self.debugfs.lock();
        let Some(dir) = debugfs.as_ref() else { return };
        let renamed = name_of(self.dev()).and_then(|name| dir.rename(&name));
        if renamed.is_err() {
            netdev_warn!(
                self.dev(),
                "failed to reregister, so just unregister old one\n"
            );
            let old = debugfs.take();
            drop(debugfs);
            drop(old);
        }
    }

    /// Removes the directory, after the last reader of its files is done; `bond_debug_unregister()` in C.
    pub(crate) fn remove_debugfs(&self) {
        let dir = self.debugfs.lock().take();
        drop(dir);
    }
}
