// SPDX-License-Identifier: GPL-2.0

//! A device in a bond, as far as readers without the bond's lock need it.

use crate::{
    bond::Bond,
    monitor::arp::{SharedMac, Times},
    rx::RecvProbe, //
};
use bonding_core::link::{Link, LinkState};
use kernel::{
    new_spinlock,
    prelude::*,
    sync::{Arc, SpinLock}, //
};
use kernel_net::{
    bonding_abi::SlaveAbi,
    impl_slave_prefix,
    netdevice::{Device, DeviceRef, HwAddr, LinkStats}, //
};

/// A device in a bond.
///
/// What the control path alone looks at is in [`Member`](crate::member::Member), under the bond's lock. This is
/// what transmit plans and the receive handler hold on to.
#[pin_data]
#[repr(C)]
pub(crate) struct Slave {
    #[pin]
    abi: SlaveAbi<Bond>,
    /// The device itself.
    pub(crate) dev: DeviceRef,
    /// The address the device had when it was enslaved, given back on release.
    pub(crate) perm_hwaddr: HwAddr,
    /// What looks at the frames it receives.
    pub(crate) recv_probe: RecvProbe,
    /// What the device had counted when the bond last looked.
    #[pin]
    pub(crate) counted: SpinLock<LinkStats>,
    /// When it sent probes and heard targets.
    pub(crate) times: Times,
    /// The address from which it probes while it stands by; written under RTNL.
    pub(crate) probe: SharedMac,
}

impl_slave_prefix!(Slave of Bond, abi);

impl Slave {
    /// Allocates the slave for `dev`, which is not a member of `bond` yet.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    pub(crate) fn new(bond: &Bond, dev: &Device) -> Result<Arc<Self>> {
        let perm_hwaddr = dev.hw_addr();
        Arc::pin_init(
            pin_init!(Self {
                abi <- SlaveAbi::new(dev, bond, &perm_hwaddr),
                dev: dev.to_ref(),
                perm_hwaddr,
                recv_probe: RecvProbe::of(bond.mode()),
                counted <- new_spinlock!(LinkStats::ZERO, "Slave::counted"),
                times: Times::new(),
                probe: SharedMac::new(),
            }),
            GFP_KERNEL,
        )
    }

    /// The bond this is, or was, a slave of.
    #[inline(always)]
    pub(crate) fn bond(&self) -> &Bond {
        self.abi.bond()
    }

    /// The device of the bond.
    #[inline]
    pub(crate) fn bond_dev(&self) -> &Device {
        self.abi.bond_dev()
    }

    /// Whether two references are to the same slave.
    pub(crate) fn is(&self, other: &Slave) -> bool {
        core::ptr::eq(self, other)
    }

    /// Whether the device is open and has a carrier; `bond_slave_is_up()` in C.
    pub(crate) fn is_up(&self) -> bool {
        self.dev.is_running() && self.dev.carrier_ok()
    }

    /// Whether the slave stands by; the opposite of *an* active slave, not of the one active slave.
    pub(crate) fn is_backup(&self) -> bool {
        self.abi.backup()
    }

    /// Whether what the slave receives is kept from the bond.
    #[inline]
    pub(crate) fn is_inactive(&self) -> bool {
        self.abi.inactive()
    }

    /// Sets whether the slave stands by. Writers are excluded by the bond's lock.
    pub(crate) fn set_backup(&self, backup: bool) {
        self.abi.set_backup(backup);
    }

    /// Sets whether received frames are kept from the bond. Writers are excluded by the bond's lock.
    pub(crate) fn set_inactive(&self, inactive: bool) {
        self.abi.set_inactive(inactive);
    }

    /// Mirrors the link for C, and for the receive handler. Writers are excluded by the bond's lock.
    pub(crate) fn set_link(&self, link: &Link) {
        self.abi.set_link(link.state() as i8);
        self.times.set_up(link.last_up());
    }

    /// The link state, as last mirrored; the bond's lock guards the real one.
    pub(crate) fn link(&self) -> LinkState {
        match self.abi.link() {
            0 => LinkState::Up,
            1 => LinkState::Fail,
            3 => LinkState::Back,
            _ => LinkState::Down,
        }
    }

    /// The part that other drivers look at.
    pub(crate) fn abi(&self) -> &SlaveAbi<Bond> {
        &self.abi
    }
}
