// SPDX-License-Identifier: GPL-2.0

//! Events of devices, `NETDEV_*` in C.

use super::Device;
use crate::rtnl::Rtnl;
use kernel::{error::to_result, prelude::*};

/// What happened, or is about to happen, to a device.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Event {
    /// Was opened.
    Up = net_bindings::netdev_cmd_NETDEV_UP,
    /// Was closed.
    Down = net_bindings::netdev_cmd_NETDEV_DOWN,
    /// Its flags or its link changed.
    Change = net_bindings::netdev_cmd_NETDEV_CHANGE,
    /// Exists from now on.
    Register = net_bindings::netdev_cmd_NETDEV_REGISTER,
    /// Goes away.
    Unregister = net_bindings::netdev_cmd_NETDEV_UNREGISTER,
    /// Its MTU changed.
    ChangeMtu = net_bindings::netdev_cmd_NETDEV_CHANGEMTU,
    /// Its address changed.
    ChangeAddr = net_bindings::netdev_cmd_NETDEV_CHANGEADDR,
    /// Its name changed.
    ChangeName = net_bindings::netdev_cmd_NETDEV_CHANGENAME,
    /// Its features changed.
    FeatChange = net_bindings::netdev_cmd_NETDEV_FEAT_CHANGE,
    /// The active slave of this bond changed.
    BondingFailover = net_bindings::netdev_cmd_NETDEV_BONDING_FAILOVER,
    /// Is about to change its hardware type; may be refused.
    PreTypeChange = net_bindings::netdev_cmd_NETDEV_PRE_TYPE_CHANGE,
    /// Changed its hardware type.
    PostTypeChange = net_bindings::netdev_cmd_NETDEV_POST_TYPE_CHANGE,
    /// Released its last slave.
    Release = net_bindings::netdev_cmd_NETDEV_RELEASE,
    /// Neighbours are to be told where it is.
    NotifyPeers = net_bindings::netdev_cmd_NETDEV_NOTIFY_PEERS,
    /// Is about to become a slave.
    Join = net_bindings::netdev_cmd_NETDEV_JOIN,
    /// Has a new master, or none.
    ChangeUpper = net_bindings::netdev_cmd_NETDEV_CHANGEUPPER,
    /// Membership reports are to be repeated.
    ResendIgmp = net_bindings::netdev_cmd_NETDEV_RESEND_IGMP,
    /// What netlink says of it changed.
    ChangeInfoData = net_bindings::netdev_cmd_NETDEV_CHANGEINFODATA,
    /// What it can do with XDP changed.
    XdpFeatChange = net_bindings::netdev_cmd_NETDEV_XDP_FEAT_CHANGE,
}

impl Event {
    const ALL: [Self; 19] = [
        Self::Up,
        Self::Down,
        Self::Change,
        Self::Register,
        Self::Unregister,
        Self::ChangeMtu,
        Self::ChangeAddr,
        Self::ChangeName,
        Self::FeatChange,
        Self::BondingFailover,
        Self::PreTypeChange,
        Self::PostTypeChange,
        Self::Release,
        Self::NotifyPeers,
        Self::Join,
        Self::ChangeUpper,
        Self::ResendIgmp,
        Self::ChangeInfoData,
        Self::XdpFeatChange,
    ];

    /// The event with this number, if it is one of the above.
    pub(crate) fn from_raw(number: c_ulong) -> Option<Self> {
        Self::ALL.into_iter().find(|e| *e as c_ulong == number)
    }
}

impl Device {
    /// Tells the rest of the kernel of an event; `call_netdevice_notifiers()` in C.
    ///
    /// # Errors
    ///
    /// That of a listener who objects. Most events are told rather than asked: nobody objects to them.
    pub fn notify(&self, event: Event, _rtnl: &Rtnl<'_>) -> Result {
        // SAFETY: The device is valid, and the RTNL is held.
        let ret =
            unsafe { net_bindings::call_netdevice_notifiers(event as c_ulong, self.as_ptr()) };
        // SAFETY: No requirements.
        to_result(unsafe { net_bindings::notifier_to_errno(ret) })
    }
}
