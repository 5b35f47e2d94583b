// SPDX-License-Identifier: GPL-2.0

//! The seven modes of a bond, and what each of them uses.
//!
//! C header: [`include/uapi/linux/if_bonding.h`](srctree/include/uapi/linux/if_bonding.h).

use crate::option::XmitPolicy;

/// How a bond spreads frames over its slaves (`BOND_MODE_*`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Mode {
    /// One slave after the other.
    #[default]
    RoundRobin = 0,
    /// One slave at a time, the others stand by.
    ActiveBackup = 1,
    /// The slave that a hash of the frame picks.
    Xor = 2,
    /// Every slave.
    Broadcast = 3,
    /// The slave that a hash picks, among the ports that LACP agreed on.
    Ieee8023ad = 4,
    /// Adaptive transmit load balancing.
    Tlb = 5,
    /// Adaptive transmit and receive load balancing.
    Alb = 6,
}

impl Mode {
    /// Every mode, by number.
    pub const ALL: [Mode; 7] = [
        Mode::RoundRobin,
        Mode::ActiveBackup,
        Mode::Xor,
        Mode::Broadcast,
        Mode::Ieee8023ad,
        Mode::Tlb,
        Mode::Alb,
    ];

    /// The number of user space (`BOND_MODE_*`).
    #[inline]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The name that options take and show.
    pub const fn name(self) -> &'static str {
        match self {
            Mode::RoundRobin => "balance-rr",
            Mode::ActiveBackup => "active-backup",
            Mode::Xor => "balance-xor",
            Mode::Broadcast => "broadcast",
            Mode::Ieee8023ad => "802.3ad",
            Mode::Tlb => "balance-tlb",
            Mode::Alb => "balance-alb",
        }
    }

    /// The description in `/proc/net/bonding` and in log lines. Replaces `bond_mode_name()`.
    pub const fn description(self) -> &'static str {
        match self {
            Mode::RoundRobin => "load balancing (round-robin)",
            Mode::ActiveBackup => "fault-tolerance (active-backup)",
            Mode::Xor => "load balancing (xor)",
            Mode::Broadcast => "fault-tolerance (broadcast)",
            Mode::Ieee8023ad => "IEEE 802.3ad Dynamic link aggregation",
            Mode::Tlb => "transmit load balancing",
            Mode::Alb => "adaptive load balancing",
        }
    }

    /// Whether the mode has a current active slave that user space sees, and a primary
    /// (`bond_mode_uses_primary()`).
    #[inline]
    pub const fn uses_primary(self) -> bool {
        matches!(self, Mode::ActiveBackup | Mode::Tlb | Mode::Alb)
    }

    /// Whether the ARP monitor works in the mode (`bond_mode_uses_arp()`).
    #[inline]
    pub const fn uses_arp(self) -> bool {
        !matches!(self, Mode::Ieee8023ad | Mode::Tlb | Mode::Alb)
    }

    /// Whether the mode balances by load (`bond_is_lb()`).
    #[inline]
    pub const fn is_lb(self) -> bool {
        matches!(self, Mode::Tlb | Mode::Alb)
    }

    /// Whether decisions of the mode need speed and duplex of the slaves
    /// (`bond_needs_speed_duplex()`).
    #[inline]
    pub const fn needs_speed_duplex(self) -> bool {
        matches!(self, Mode::Ieee8023ad | Mode::Tlb | Mode::Alb)
    }

    /// Whether some configuration of the mode picks slaves by hash
    /// (`bond_mode_can_use_xmit_hash()`).
    #[inline]
    pub const fn can_use_xmit_hash(self) -> bool {
        matches!(self, Mode::Xor | Mode::Ieee8023ad | Mode::Tlb | Mode::Alb)
    }

    /// Whether the mode picks slaves by hash, given the option `tlb_dynamic_lb`
    /// (`bond_mode_uses_xmit_hash()`). These are also the modes with an array of usable slaves.
    #[inline]
    pub const fn uses_xmit_hash(self, tlb_dynamic_lb: bool) -> bool {
        match self {
            Mode::Xor | Mode::Ieee8023ad => true,
            Mode::Tlb | Mode::Alb => !tlb_dynamic_lb,
            _ => false,
        }
    }

    /// Whether a slave's own queue may be asked for (`bond_should_override_tx_queue()`).
    #[inline]
    pub const fn overrides_tx_queue(self) -> bool {
        matches!(self, Mode::ActiveBackup | Mode::RoundRobin)
    }

    /// Whether an XDP program can run on a bond of this mode and hash policy
    /// (`__bond_xdp_check()`).
    #[inline]
    pub const fn supports_xdp(self, policy: XmitPolicy) -> bool {
        match self {
            Mode::RoundRobin | Mode::ActiveBackup => true,
            Mode::Xor | Mode::Ieee8023ad => !matches!(policy, XmitPolicy::VlanSrcMac),
            _ => false,
        }
    }

    /// The set that has this mode only.
    #[inline]
    pub const fn set(self) -> ModeSet {
        ModeSet(1 << self as u8)
    }
}

impl TryFrom<u8> for Mode {
    type Error = u8;

    fn try_from(number: u8) -> Result<Self, u8> {
        Mode::ALL.get(usize::from(number)).copied().ok_or(number)
    }
}

impl TryFrom<i32> for Mode {
    type Error = i32;

    fn try_from(number: i32) -> Result<Self, i32> {
        u8::try_from(number)
            .ok()
            .and_then(|n| Mode::try_from(n).ok())
            .ok_or(number)
    }
}

impl TryFrom<u64> for Mode {
    type Error = u64;

    fn try_from(number: u64) -> Result<Self, u64> {
        u8::try_from(number)
            .ok()
            .and_then(|n| Mode::try_from(n).ok())
            .ok_or(number)
    }
}

/// A set of modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModeSet(u8);

impl ModeSet {
    /// No mode.
    pub const NONE: ModeSet = ModeSet(0);
    /// The modes without ARP monitor.
    pub const NO_ARP: ModeSet = ModeSet::of(&[Mode::Ieee8023ad, Mode::Tlb, Mode::Alb]);
    /// All modes but those with a primary.
    pub const ALL_EXCEPT_PRIMARY: ModeSet =
        ModeSet::of(&[Mode::ActiveBackup, Mode::Tlb, Mode::Alb]).complement();

    /// The set of the modes listed.
    pub const fn of(modes: &[Mode]) -> ModeSet {
        let mut bits = 0;
        let mut rest = modes;
        while let [first, tail @ ..] = rest {
            bits |= 1 << *first as u8;
            rest = tail;
        }
        ModeSet(bits)
    }

    /// The modes that are not in the set (`BOND_MODE_ALL_EX()`).
    pub const fn complement(self) -> ModeSet {
        ModeSet(!self.0 & 0x7f)
    }

    /// Whether `mode` is in the set.
    #[inline]
    pub const fn contains(self, mode: Mode) -> bool {
        self.0 & (1 << mode as u8) != 0
    }

    /// Whether the set has no mode.
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}
