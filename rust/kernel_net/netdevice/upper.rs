// SPDX-License-Identifier: GPL-2.0

//! Being the master of other devices.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

use super::{Device, DeviceRef};
use crate::{
    bonding_abi::{BondPrefix, SlavePrefix},
    rtnl::{extack::ExtAck, Rtnl},
    sync::rcu::synchronize, //
};
use core::mem::ManuallyDrop;
use kernel::{
    error::to_result,
    prelude::*,
    sync::{rcu, Arc}, //
};

/// How a master distributes what it sends, `netdev_lag_tx_type` in C.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum LagTxType {
    /// In a way that hardware need not know.
    Unknown = net_bindings::netdev_lag_tx_type_NETDEV_LAG_TX_TYPE_UNKNOWN,
    /// At random.
    Random = net_bindings::netdev_lag_tx_type_NETDEV_LAG_TX_TYPE_RANDOM,
    /// To all.
    Broadcast = net_bindings::netdev_lag_tx_type_NETDEV_LAG_TX_TYPE_BROADCAST,
    /// To one after the other.
    RoundRobin = net_bindings::netdev_lag_tx_type_NETDEV_LAG_TX_TYPE_ROUNDROBIN,
    /// To the active one.
    ActiveBackup = net_bindings::netdev_lag_tx_type_NETDEV_LAG_TX_TYPE_ACTIVEBACKUP,
    /// By a hash over the flow.
    Hash = net_bindings::netdev_lag_tx_type_NETDEV_LAG_TX_TYPE_HASH,
}

/// What the hash is over, `netdev_lag_hash` in C.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum LagHash {
    /// There is no hash.
    None = net_bindings::netdev_lag_hash_NETDEV_LAG_HASH_NONE,
    /// Ethernet addresses.
    L2 = net_bindings::netdev_lag_hash_NETDEV_LAG_HASH_L2,
    /// IP addresses and ports.
    L34 = net_bindings::netdev_lag_hash_NETDEV_LAG_HASH_L34,
    /// Ethernet and IP addresses.
    L23 = net_bindings::netdev_lag_hash_NETDEV_LAG_HASH_L23,
    /// As `L23`, inside tunnels.
    E23 = net_bindings::netdev_lag_hash_NETDEV_LAG_HASH_E23,
    /// As `L34`, inside tunnels.
    E34 = net_bindings::netdev_lag_hash_NETDEV_LAG_HASH_E34,
    /// VLAN and source address.
    VlanSrcMac = net_bindings::netdev_lag_hash_NETDEV_LAG_HASH_VLAN_SRCMAC,
    /// Something that hardware need not know.
    Unknown = net_bindings::netdev_lag_hash_NETDEV_LAG_HASH_UNKNOWN,
}

/// What hardware needs to know of a master, `netdev_lag_upper_info` in C.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LagInfo {
    /// How it distributes what it sends.
    pub tx_type: LagTxType,
    /// What the hash is over.
    pub hash: LagHash,
}

/// A link between a slave and its master.
///
/// Dropped without [`Self::undo`] it stays for ever, with all that belongs to it.
///
/// # Invariants
///
/// `master` is a device of the driver `S::Bond` and the master of `dev`, and `slave` is the private
/// pointer of the link.
#[must_use = "dropping it leaks it"]
pub struct UpperLink<S: SlavePrefix> {
    dev: ManuallyDrop<DeviceRef>,
    master: ManuallyDrop<DeviceRef>,
    slave: ManuallyDrop<Arc<S>>,
}

impl<S: SlavePrefix> UpperLink<S> {
    /// Makes `master` the master of `dev`; `netdev_master_upper_dev_link()` in C.
    ///
    /// # Errors
    ///
    /// `EBUSY` if `dev` has a master or is above `master`, `EINVAL` if `master` is not of the driver
    /// that `S` belongs to, `ENOMEM`, or what a listener says.
    pub fn new(
        dev: &Device,
        master: &Device,
        slave: Arc<S>,
        info: LagInfo,
        _rtnl: &Rtnl<'_>,
        ext: &mut ExtAck<'_>,
    ) -> Result<Self> {
        if master.driver::<S::Bond>().is_none() {
            return Err(EINVAL);
        }
        let mut info = net_bindings::netdev_lag_upper_info {
            tx_type: info.tx_type as u32,
            hash_type: info.hash as u32,
        };
        // SAFETY: The devices are valid, the RTNL is held, `info` outlives the call, and the
        // object lives until `undo`.
        to_result(unsafe {
            net_bindings::netdev_master_upper_dev_link(
                dev.as_ptr(),
                master.as_ptr(),
                Arc::as_ptr(&slave).cast_mut().cast(),
                (&raw mut info).cast(),
                ext.as_ptr(),
            )
        })?;
        // INVARIANT: Checked and linked above.
        Ok(Self {
            dev: ManuallyDrop::new(dev.to_ref()),
            master: ManuallyDrop::new(master.to_ref()),
            slave: ManuallyDrop::new(slave),
        })
    }

    /// Takes the link away; when this returns nobody finds the slave through it any more.
    ///
    /// Waits for an RCU grace period.
    pub fn undo(self, rtnl: &Rtnl<'_>) {
        self.unlink(rtnl).wait(rtnl);
    }

    /// Takes the link away. Nobody finds the slave through it who looks from now on.
    pub fn unlink(self, _rtnl: &Rtnl<'_>) -> Unlinked<S> {
        // SAFETY: By the type invariant the devices are linked, and the RTNL is held.
        unsafe { net_bindings::netdev_upper_dev_unlink(self.dev.as_ptr(), self.master.as_ptr()) };
        // INVARIANT: Unlinked just now.
        Unlinked(self)
    }
}

/// A link that was taken away, and that readers may still see.
///
/// Dropped without [`Self::wait`] or [`Registration::undo_after`](crate::rx_handler::Registration::undo_after) it
/// leaks what the link held.
///
/// # Invariants
///
/// The devices are linked no more.
#[must_use = "dropping it leaks it"]
pub struct Unlinked<S: SlavePrefix>(UpperLink<S>);

impl<S: SlavePrefix> Unlinked<S> {
    /// Waits for an RCU grace period.
    pub fn wait(self, rtnl: &Rtnl<'_>) {
        synchronize(rtnl);
        // SAFETY: A grace period has passed since the value was made.
        unsafe { self.end() };
    }

    /// Gives up what the link held.
    ///
    /// # Safety
    ///
    /// An RCU grace period must have passed since the value was made.
    pub(crate) unsafe fn end(self) {
        let Self(link) = self;
        // Those who found the slave by way of the link are gone.
        drop(ManuallyDrop::into_inner(link.slave));
        drop(ManuallyDrop::into_inner(link.master));
        drop(ManuallyDrop::into_inner(link.dev));
    }
}

impl Device {
    /// The device's master, valid under the RTNL; `netdev_master_upper_dev_get()` in C.
    pub fn master<'a>(&self, _rtnl: &'a Rtnl<'_>) -> Option<&'a Device> {
        // SAFETY: The device is valid, and the RTNL is held.
        let master = unsafe { net_bindings::netdev_master_upper_dev_get(self.as_ptr()) };
        // SAFETY: A registered device is not freed while the RTNL is held.
        (!master.is_null()).then(|| unsafe { Device::from_raw(master) })
    }

    /// Whether `upper` is directly above this device; `netdev_has_upper_dev()` in C.
    pub fn has_upper(&self, upper: &Device, _rtnl: &Rtnl<'_>) -> bool {
        // SAFETY: The devices are valid, and the RTNL is held.
        unsafe { net_bindings::netdev_has_upper_dev(self.as_ptr(), upper.as_ptr()) }
    }

    /// Whether `upper` is above this device, at any height; `netdev_has_upper_dev_all_rcu()` in C.
    pub fn is_below(&self, upper: &Device) -> bool {
        let _guard = rcu::read_lock();
        // SAFETY: The devices are valid, and the RCU read lock is held.
        unsafe { net_bindings::netdev_has_upper_dev_all_rcu(self.as_ptr(), upper.as_ptr()) }
    }

    /// The slave that this device is, if its master is of the driver `S::Bond`.
    pub fn slave<S: SlavePrefix>(&self, rtnl: &Rtnl<'_>) -> Option<Arc<S>>
    where
        S::Bond: BondPrefix<Slave = S>,
    {
        let master = self.master(rtnl)?;
        master.driver::<S::Bond>()?;
        // SAFETY: The devices are valid, and the RTNL is held.
        let slave =
            unsafe { net_bindings::netdev_lower_dev_get_private(master.as_ptr(), self.as_ptr()) };
        let slave = slave.cast_const().cast::<S>();
        if slave.is_null() {
            return None;
        }
        // SAFETY: Links to a device of the driver `S::Bond` are made by `UpperLink` only, whose
        // slave is of the one type that goes with `S::Bond`. It is owned by the link, which is
        // undone under the RTNL only.
        let borrowed = ManuallyDrop::new(unsafe { Arc::from_raw(slave) });
        Some((*borrowed).clone())
    }
}
