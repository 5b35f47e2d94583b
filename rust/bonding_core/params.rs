// SPDX-License-Identifier: GPL-2.0

//! The whole configuration of a bond.
//!
//! C header: [`include/net/bonding.h`](srctree/include/net/bonding.h) (`struct bond_params`).

use core::fmt;

use crate::mode::Mode;
use crate::option::{
    AdSelect, ArpAllTargets, ArpBackupProbe, ArpValidate, FailOverMac, LacpRate, MacPolicy,
    PrimaryReselect, XmitPolicy,
};
use crate::text::Bytes;

pub mod delay;
pub mod module;
pub mod targets;

pub use self::delay::Delay;
pub use self::module::{from_module, ModuleParams, ModuleSetup};
pub use self::targets::{Ipv4Targets, Ipv6Targets};

/// Bytes of a device name, the terminating NUL included (`IFNAMSIZ`).
pub const NAME_SIZE: usize = 16;
/// Number of ARP targets, and of NS targets, of a bond.
pub const MAX_TARGETS: usize = 16;
/// Milliseconds between two looks at the links in a mode that cannot do without (`miimon`).
pub const DEFAULT_MIIMON: u32 = 100;
/// Transmit queues of a bond, if the module parameter says nothing.
pub const DEFAULT_TX_QUEUES: u32 = 16;
/// Bonds made when the module is loaded, if the module parameter says nothing.
pub const DEFAULT_MAX_BONDS: u32 = 1;
/// Greatest value of most of the options that take a number.
pub const INT_MAX: u32 = i32::MAX as u32;

/// The name of a network device: at most 15 bytes, none of them NUL.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct DeviceName([u8; NAME_SIZE]);

impl DeviceName {
    /// No name.
    pub const NONE: DeviceName = DeviceName([0; NAME_SIZE]);

    /// The name in `bytes` up to the first NUL, cut to 15 bytes as `strscpy()` does.
    pub fn new(bytes: &[u8]) -> DeviceName {
        let mut name = [0; NAME_SIZE];
        for (to, from) in name
            .iter_mut()
            .take(NAME_SIZE - 1)
            .zip(bytes.iter().take_while(|&&b| b != 0))
        {
            *to = *from;
        }
        DeviceName(name)
    }

    /// The bytes of the name, without NUL.
    pub fn as_bytes(&self) -> &[u8] {
        let len = self.0.iter().take_while(|&&b| b != 0).count();
        self.0.get(..len).unwrap_or_default()
    }

    /// The bytes as C has them, padded with NUL.
    pub fn as_c(&self) -> &[u8; NAME_SIZE] {
        &self.0
    }

    /// Whether there is no name.
    pub fn is_empty(&self) -> bool {
        self.0.starts_with(&[0])
    }
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Bytes(self.as_bytes()).fmt(f)
    }
}

impl fmt::Debug for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// What a bond is configured to do.
///
/// `Default` is what a bond made by a module without parameters has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    /// How frames are spread over the slaves.
    pub mode: Mode,
    /// What frames are hashed by.
    pub xmit_policy: XmitPolicy,
    /// Milliseconds between two looks at the links, 0 for none; at most `INT_MAX`.
    pub miimon: u32,
    /// Peer notifications after a failover.
    pub num_peer_notif: u8,
    /// Unanswered ARP intervals until a link counts as down, at least 1 (`arp_missed_max`).
    pub missed_max: u8,
    /// Milliseconds between two ARP probes, 0 for none; at most `INT_MAX`.
    pub arp_interval: u32,
    /// Which slaves' probes are validated.
    pub arp_validate: ArpValidate,
    /// How many targets must answer.
    pub arp_all_targets: ArpAllTargets,
    /// What proves a backup besides our own requests.
    pub arp_backup_probe: ArpBackupProbe,
    /// Which MAC addresses the slaves have.
    pub fail_over_mac: FailOverMac,
    /// Whether LACP starts without waiting for more ports.
    pub lacp_fast_start: bool,
    /// Where the bond's own MAC address comes from.
    pub mac_policy: MacPolicy,
    /// How long a link must be up until it is used.
    pub updelay: Delay,
    /// How long a link must be down until it is given up.
    pub downdelay: Delay,
    /// Time between two peer notifications.
    pub peer_notif_delay: Delay,
    /// Whether LACPDUs are sent unasked.
    pub lacp_active: bool,
    /// How often LACPDUs are asked from the partner (`lacp_fast`).
    pub lacp_rate: LacpRate,
    /// Whether only ports that negotiated make a carrier.
    pub lacp_strict: bool,
    /// Links needed for a carrier; at most `INT_MAX`.
    pub min_links: u32,
    /// What makes an aggregator the active one.
    pub ad_select: AdSelect,
    /// Name of the primary, be it enslaved or not.
    pub primary: DeviceName,
    /// When a primary that came back takes over.
    pub primary_reselect: PrimaryReselect,
    /// IPv4 addresses that the ARP monitor probes.
    pub arp_targets: Ipv4Targets,
    /// IPv6 addresses that the ARP monitor probes.
    pub ns_targets: Ipv6Targets,
    /// Whether frames are delivered that come in on slaves that stand by.
    pub all_slaves_active: bool,
    /// IGMP membership reports sent after a failover.
    pub resend_igmp: u8,
    /// Seconds between two learning packets to a slave's switch; 1 to `INT_MAX`.
    pub lp_interval: u32,
    /// Packets in a row through one slave, 0 for a random slave each (balance-rr).
    pub packets_per_slave: u16,
    /// Whether flows are moved between slaves by load.
    pub tlb_dynamic_lb: bool,
    /// LACP system priority, at least 1.
    pub ad_actor_sys_prio: u16,
    /// Upper ten bits of the LACP port keys, at most 1023.
    pub ad_user_port_key: u16,
    /// LACP system id, all zero for the bond's own MAC address.
    pub ad_actor_system: [u8; 6],
    /// Whether LACP uses the mux machine with coupled control.
    pub coupled_control: bool,
    /// Whether neighbour packets go to all ports.
    pub broadcast_neighbor: bool,
}

impl Params {
    /// What a bond has when nobody says anything.
    pub const DEFAULT: Params = Params {
        mode: Mode::RoundRobin,
        xmit_policy: XmitPolicy::Layer2,
        miimon: 0,
        num_peer_notif: 1,
        missed_max: 2,
        arp_interval: 0,
        arp_validate: ArpValidate::None,
        arp_all_targets: ArpAllTargets::Any,
        arp_backup_probe: ArpBackupProbe::Off,
        fail_over_mac: FailOverMac::None,
        lacp_fast_start: false,
        mac_policy: MacPolicy::First,
        updelay: Delay::ZERO,
        downdelay: Delay::ZERO,
        peer_notif_delay: Delay::ZERO,
        lacp_active: true,
        lacp_rate: LacpRate::Slow,
        lacp_strict: false,
        min_links: 0,
        ad_select: AdSelect::Stable,
        primary: DeviceName::NONE,
        primary_reselect: PrimaryReselect::Always,
        arp_targets: Ipv4Targets::NONE,
        ns_targets: Ipv6Targets::NONE,
        all_slaves_active: false,
        resend_igmp: 1,
        lp_interval: 1,
        packets_per_slave: 1,
        tlb_dynamic_lb: true,
        ad_actor_sys_prio: 65535,
        ad_user_port_key: 0,
        ad_actor_system: [0; 6],
        coupled_control: true,
        broadcast_neighbor: false,
    };

    /// Whether slaves are picked by hash, which also means that there is an array of usable
    /// slaves (`bond_mode_uses_xmit_hash()`).
    #[inline]
    pub fn uses_xmit_hash(&self) -> bool {
        self.mode.uses_xmit_hash(self.tlb_dynamic_lb)
    }

    /// `updelay` in milliseconds, as user space reads it.
    #[inline]
    pub fn updelay_ms(&self) -> i32 {
        self.updelay.ms(self.miimon)
    }

    /// `downdelay` in milliseconds, as user space reads it.
    #[inline]
    pub fn downdelay_ms(&self) -> i32 {
        self.downdelay.ms(self.miimon)
    }

    /// `peer_notif_delay` in milliseconds, as user space reads it.
    #[inline]
    pub fn peer_notif_delay_ms(&self) -> i32 {
        self.peer_notif_delay.ms(self.miimon)
    }
}

impl Default for Params {
    fn default() -> Self {
        Params::DEFAULT
    }
}

#[cfg(test)]
mod tests;
