// SPDX-License-Identifier: GPL-2.0

//! What devices can do: `netdev_features_t` in C.

use super::Device;
use crate::rtnl::Rtnl;
use core::ops::{BitAnd, BitOr, Not};

/// A set of features, `NETIF_F_*` in C.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Features(u64);

impl Features {
    /// No feature.
    pub const NONE: Self = Self(0);
    /// What a master can pass on from its VLANs and slaves; `MASTER_UPPER_DEV_VLAN_FEATURES`.
    pub const MASTER_UPPER_VLAN: Self = Self(net_bindings::MASTER_UPPER_DEV_VLAN_FEATURES);
    /// All segmentation inside tunnels.
    pub const GSO_ENCAP_ALL: Self = Self(net_bindings::NETIF_F_GSO_ENCAP_ALL);
    /// Segmentation with a fixed part done by the hardware.
    pub const GSO_PARTIAL: Self = Self(net_bindings::NETIF_F_GSO_PARTIAL);
    /// Large receive offload.
    pub const LRO: Self = Self(net_bindings::NETIF_F_LRO);
    /// Cannot do VLANs.
    pub const VLAN_CHALLENGED: Self = Self(net_bindings::NETIF_F_VLAN_CHALLENGED);
    /// Takes customer VLAN tags off.
    pub const HW_VLAN_CTAG_RX: Self = Self(net_bindings::NETIF_F_HW_VLAN_CTAG_RX);
    /// Puts customer VLAN tags on.
    pub const HW_VLAN_CTAG_TX: Self = Self(net_bindings::NETIF_F_HW_VLAN_CTAG_TX);
    /// Filters by customer VLAN tags.
    pub const HW_VLAN_CTAG_FILTER: Self = Self(net_bindings::NETIF_F_HW_VLAN_CTAG_FILTER);
    /// Takes service VLAN tags off.
    pub const HW_VLAN_STAG_RX: Self = Self(net_bindings::NETIF_F_HW_VLAN_STAG_RX);
    /// Puts service VLAN tags on.
    pub const HW_VLAN_STAG_TX: Self = Self(net_bindings::NETIF_F_HW_VLAN_STAG_TX);
    /// Filters by service VLAN tags.
    pub const HW_VLAN_STAG_FILTER: Self = Self(net_bindings::NETIF_F_HW_VLAN_STAG_FILTER);
    /// IPsec; `BOND_XFRM_FEATURES`, which are none in kernels without IPsec offload.
    pub const XFRM: Self = if cfg!(CONFIG_XFRM_OFFLOAD) {
        Self(
            net_bindings::NETIF_F_HW_ESP
                | net_bindings::NETIF_F_HW_ESP_TX_CSUM
                | net_bindings::NETIF_F_GSO_ESP,
        )
    } else {
        Self::NONE
    };

    /// Wraps C's number.
    pub(crate) const fn from_raw(features: u64) -> Self {
        Self(features)
    }

    /// C's number.
    pub(crate) const fn as_raw(self) -> u64 {
        self.0
    }

    /// Whether all of `other` are in this set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// All of both, usable in constants.
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What a master starts from: the set that needs all slaves, without what one slave suffices
    /// for; `netdev_base_features()` in C.
    pub fn base(self) -> Self {
        // SAFETY: No requirements.
        Self(unsafe { net_bindings::netdev_base_features(self.0) })
    }

    /// This set with those of one more slave taken in, within `mask`;
    /// `netdev_increment_features()` in C.
    pub fn increment(self, slave: Self, mask: Self) -> Self {
        // SAFETY: No requirements.
        Self(unsafe { net_bindings::netdev_increment_features(self.0, slave.0, mask.0) })
    }

    /// This set with segmentation that the software can do; `netdev_add_tso_features()` in C.
    pub fn add_tso(self, mask: Self) -> Self {
        // SAFETY: No requirements.
        Self(unsafe { net_bindings::netdev_add_tso_features(self.0, mask.0) })
    }
}

impl BitOr for Features {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for Features {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Not for Features {
    type Output = Self;

    fn not(self) -> Self {
        Self(!self.0)
    }
}

impl Device {
    /// The features in use.
    #[inline]
    pub fn features(&self) -> Features {
        // SAFETY: The device is valid; the field is read without locks, as in C.
        Features(unsafe { (&raw const (*self.as_ptr()).features).read_volatile() })
    }

    /// Sets the features in use, and tells nobody.
    pub fn store_features(&self, features: Features, _rtnl: &Rtnl<'_>) {
        // SAFETY: The device is valid, and writers are excluded by the RTNL.
        unsafe { (&raw mut (*self.as_ptr()).features).write_volatile(features.0) }
    }

    /// The features that may be turned on and off.
    pub fn hw_features(&self) -> Features {
        // SAFETY: The device is valid; the field is read without locks, as in C.
        Features(unsafe { (&raw const (*self.as_ptr()).hw_features).read_volatile() })
    }

    /// The features that somebody asked for.
    pub fn wanted_features(&self) -> Features {
        // SAFETY: The device is valid; the field is read without locks, as in C.
        Features(unsafe { (&raw const (*self.as_ptr()).wanted_features).read_volatile() })
    }

    /// Asks for some features and no longer for others, without having it come true yet.
    pub fn want_features(&self, set: Features, clear: Features, _rtnl: &Rtnl<'_>) {
        let wanted = (self.wanted_features() | set) & !clear;
        // SAFETY: The device is valid, and writers are excluded by the RTNL.
        unsafe { (&raw mut (*self.as_ptr()).wanted_features).write_volatile(wanted.0) }
    }

    /// Whether VLANs cannot be had over the device.
    pub fn is_vlan_challenged(&self) -> bool {
        self.features().contains(Features::VLAN_CHALLENGED)
    }

    /// Whether large receive offload is on.
    pub fn has_lro(&self) -> bool {
        self.features().contains(Features::LRO)
    }

    /// Computes the features of a master out of its slaves' features, and has it come true;
    /// `netdev_compute_master_upper_features()` in C.
    ///
    /// With `headers`, the room for headers is computed too.
    pub fn compute_master_upper_features(&self, headers: bool, _rtnl: &Rtnl<'_>) {
        // SAFETY: The device is valid, and the RTNL is held.
        unsafe { net_bindings::netdev_compute_master_upper_features(self.as_ptr(), headers) }
    }

    /// Has the wanted features come true as far as possible; `netdev_update_features()` in C.
    pub fn update_features(&self, _rtnl: &Rtnl<'_>) {
        // SAFETY: The device is valid, and the RTNL is held.
        unsafe { net_bindings::netdev_update_features(self.as_ptr()) }
    }

    /// As [`Self::update_features`], and tells of it in any case; `netdev_change_features()` in C.
    pub fn change_features(&self, _rtnl: &Rtnl<'_>) {
        // SAFETY: The device is valid, and the RTNL is held.
        unsafe { net_bindings::netdev_change_features(self.as_ptr()) }
    }
}
