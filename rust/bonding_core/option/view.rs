// SPDX-License-Identifier: GPL-2.0

//! What a decision about an option has to know of the bond and of other devices.

use crate::params::DeviceName;

/// The state of a bond that decides which options can be changed.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// Whether the bond is administratively up (`IFF_UP`).
    pub up: bool,
    /// Whether the bond has slaves.
    pub has_slaves: bool,
    /// Whether there is an active slave (`curr_active_slave`).
    pub has_active: bool,
    /// Whether the primary is enslaved (`primary_slave`).
    pub has_primary: bool,
    /// Whether an XDP program is attached to the bond.
    pub has_xdp: bool,
    /// Whether the kernel has IPv6.
    pub ipv6: bool,
    /// Transmit queues of the bond in use (`real_num_tx_queues`).
    pub tx_queues: u32,
    /// The devices of the bond's network namespace.
    pub devices: &'a dyn Devices,
}

impl View<'static> {
    /// A bond that was just made.
    pub const NEW: View<'static> = View {
        up: false,
        has_slaves: false,
        has_active: false,
        has_primary: false,
        has_xdp: false,
        ipv6: true,
        tx_queues: crate::params::DEFAULT_TX_QUEUES,
        devices: &NoDevices,
    };
}

/// The devices of the bond's network namespace.
pub trait Devices {
    /// The device called `name`, which has 1 to 15 bytes: its own name, or another one that it has besides
    /// (`IFLA_ALT_IFNAME`). Replaces `__dev_get_by_name()`.
    fn find(&self, name: &[u8]) -> Option<Device>;

    /// Whether a slave other than the one of index `except` has queue id `queue_id`.
    fn queue_id_taken(&self, queue_id: u16, except: u32) -> bool;
}

/// A network without devices.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoDevices;

impl Devices for NoDevices {
    fn find(&self, _name: &[u8]) -> Option<Device> {
        None
    }

    fn queue_id_taken(&self, _queue_id: u16, _except: u32) -> bool {
        false
    }
}

/// A network device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device {
    /// Index of the interface.
    pub ifindex: u32,
    /// Its own name, whatever name it was found by.
    pub name: DeviceName,
    /// What it is to the bond.
    pub relation: Relation,
}

/// What a device is to the bond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// Not a slave of any bond.
    Stranger,
    /// A slave of another bond.
    OfOtherBond,
    /// A slave of the bond.
    Ours(SlaveView),
}

/// The state of a slave that decides whether it can be made the active one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlaveView {
    /// Whether its link counts as up and the device runs and has a carrier.
    pub usable: bool,
    /// Whether it is the active slave.
    pub active: bool,
}
