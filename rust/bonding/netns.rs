// SPDX-License-Identifier: GPL-2.0

//! What the driver keeps in each network namespace, and making bonds there without netlink.
//!
//! This is `struct bond_net` of C: the bonds in the order they were made, the file `bonding_masters` that shows,
//! makes and destroys them, and the directory in `/proc/net`.

use crate::{
    bond::Bond,
    debugfs,
    log::ModuleLog,
    params, //
};
use bonding_core::{
    log::Log,
    option::{device_name_is_valid, show::List, token},
    params::DeviceName, //
};
use kernel::{
    new_mutex,
    page::PAGE_SIZE,
    prelude::*,
    sync::{Arc, Mutex}, //
};
use kernel_net::{
    debugfs::Dir,
    namespace::{KillList, Namespace, NamespaceData, PerNet},
    netdevice::{registration, Device, DeviceRef},
    procfs::ProcDir,
    rtnl::{self, Rtnl},
    sysfs::{ClassFile, SysfsBuf},
    vector::Vector,
    workqueue::Workqueue, //
};

/// The name of the directory in `/proc/net`.
const DIRECTORY: &CStr = c"bonding";
/// The name of the file in `/sys/class/net`.
const MASTERS: &CStr = c"bonding_masters";

/// Where the data of each namespace is found.
pub(crate) static PER_NET: PerNet<BondNet> = PerNet::new();

/// What the driver keeps in a network namespace.
#[pin_data]
pub(crate) struct BondNet {
    /// The bonds, in the order they were made. Process context; nothing is called with it held.
    #[pin]
    bonds: Mutex<Vector<DeviceRef>>,
    /// The directory in `/proc/net`, which goes after the files of the bonds.
    proc_dir: Option<Arc<ProcDir>>,
    /// The directory in debugfs, the same for all namespaces.
    debugfs: Option<Arc<Dir<()>>>,
    /// What the works of all bonds run on, once there was a bond.
    #[pin]
    queue: Mutex<Option<Arc<Workqueue>>>,
}

impl NamespaceData for BondNet {
    const CLASS_FILE: Option<&'static ClassFile<Self>> = Some(&ClassFile {
        name: MASTERS,
        mode: 0o644,
        show: Self::show_masters,
        store: Self::store_masters,
        taken: Self::masters_taken,
    });

    fn per_net() -> &'static PerNet<Self> {
        &PER_NET
    }

    fn init(net: &Namespace) -> impl PinInit<Self, Error> {
        let proc_dir = ProcDir::new(net, DIRECTORY).ok();
        if proc_dir.is_none() && cfg!(CONFIG_PROC_FS) {
            ModuleLog.warn(format_args!("Warning: Cannot create /proc/net/bonding"));
        }
        try_pin_init!(Self {
            bonds <- new_mutex!(Vector::new(), "BondNet::bonds"),
            proc_dir,
            debugfs: debugfs::root(net),
            queue <- new_mutex!(None, "BondNet::queue"),
        }? Error)
    }

    /// Destroys the bonds made after the link type was unregistered.
    fn exit_rtnl(&self, _net: &Namespace, devices: &mut KillList<'_>, rtnl: &Rtnl<'_>) {
        for dev in self.bonds() {
            devices.add(&dev, rtnl);
        }
    }
}

impl BondNet {
    /// The data of the namespace that `dev` is in.
    fn of(dev: &Device) -> Option<&Self> {
        PER_NET.get(dev.namespace())
    }

    /// The bonds, one by one, without the lock being held between two of them.
    fn bonds(&self) -> impl Iterator<Item = DeviceRef> + '_ {
        (0..usize::MAX).map_while(|i| self.bonds.lock().get(i).cloned())
    }

    /// The bond of that name.
    fn by_name(&self, name: &[u8]) -> Option<DeviceRef> {
        self.bonds().find(|dev| dev.name().as_bytes() == name)
    }

    /// Shows the names of all bonds; `bonding_show_bonds()` in C.
    fn show_masters(&self, _net: &Namespace, out: &mut SysfsBuf<'_>) -> Result {
        let mut list = List::of_names(out, PAGE_SIZE);
        for dev in self.bonds() {
            list.push(fmt!("{}", dev.name()))?;
        }
        list.finish()?;
        Ok(())
    }

    /// Makes the bond `+name`, destroys the bond `-name`; `bonding_store_bonds()` in C.
    fn store_masters(&self, net: &Namespace, input: &[u8]) -> Result<usize> {
        let (command, name) = match token(input) {
            [command @ (b'+' | b'-'), name @ ..] if device_name_is_valid(name) => {
                (command, DeviceName::new(name))
            }
            _ => {
                pr_err!("no command found in bonding_masters - use +ifname or -ifname\n");
                return Err(EPERM);
            }
        };
        let text = CStr::from_bytes_until_nul(name.as_c()).map_err(|_| EPERM)?;
        if *command == b'+' {
            pr_info!("{} is being created...\n", text);
            create(net, Some(text)).inspect_err(|e| {
                if *e == EEXIST {
                    pr_info!("{} already exists\n", text);
                } else {
                    pr_info!("{} creation failed\n", text);
                }
            })?;
        } else {
            let rtnl = rtnl::lock();
            let Some(dev) = self.by_name(name.as_bytes()) else {
                pr_err!("unable to delete non-existent {}\n", text);
                return Err(ENODEV);
            };
            pr_info!("{} is being deleted...\n", text);
            dev.unregister(rtnl.rtnl());
        }
        Ok(input.len())
    }

    /// Is told that `bonding_masters` could not be made.
    ///
    /// As in C, a module loaded a second time goes without the file. The name may also be that of a device.
    fn masters_taken(&self, net: &Namespace) {
        if net.is_name_in_use(MASTERS) {
            pr_err!("network device named {} already exists in sysfs\n", MASTERS);
        }
    }
}

/// Makes a bond, called `bond0`, `bond1` and so on if it has no name; `bond_create()` in C. Takes the RTNL.
///
/// # Errors
///
/// `EEXIST`: there is a device of this name. Else what registering the device says.
pub(crate) fn create(net: &Namespace, name: Option<&CStr>) -> Result {
    let guard = rtnl::lock();
    registration::create::<Bond>(
        net,
        name.unwrap_or(c"bond%d"),
        params::tx_queues(),
        guard.rtnl(),
    )?;
    Ok(())
}

/// The directory of all bonds in debugfs.
pub(crate) fn debugfs_root() -> Option<Arc<Dir<()>>> {
    PER_NET.get(Namespace::init_net())?.debugfs.clone()
}

/// What the works of the bonds in the namespace of `dev` run on. Sleeps.
///
/// # Errors
///
/// `ENOMEM`: there is none yet, nor room for it.
pub(crate) fn workqueue(dev: &Device) -> Result<Arc<Workqueue>> {
    let net = BondNet::of(dev).ok_or(ENODEV)?;
    let mut queue = net.queue.lock();
    if let Some(queue) = &*queue {
        return Ok(queue.clone());
    }
    let made = Arc::new(Workqueue::new(c"bonding")?, GFP_KERNEL)?;
    *queue = Some(made.clone());
    Ok(made)
}

/// Notes a new bond; the last step of `ndo_init` that can fail.
///
/// # Errors
///
/// `ENOMEM`: it is not noted.
pub(crate) fn enter(dev: &Device) -> Result {
    let net = BondNet::of(dev).ok_or(ENODEV)?;
    let mut bonds = net.bonds.lock();
    bonds.reserve_one(GFP_KERNEL)?;
    bonds.push(dev.to_ref()).map_err(|_| ENOMEM)
}

impl Bond {
    /// Forgets the bond, which goes away.
    pub(crate) fn leave_namespace(&self) {
        let Some(net) = BondNet::of(self.dev()) else {
            return;
        };
        let mut bonds = net.bonds.lock();
        let place = bonds.iter().position(|bond| bond.is(self.dev()));
        let gone = place.and_then(|i| bonds.remove(i));
        drop(bonds);
        drop(gone);
    }

    /// The directory in `/proc/net` for the bond's file.
    pub(crate) fn proc_dir(&self) -> Option<Arc<ProcDir>> {
        BondNet::of(self.dev())?.proc_dir.clone()
    }
}
