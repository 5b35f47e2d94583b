// SPDX-License-Identifier: GPL-2.0

//! What a device says of its speed and duplex.

/// Half or full duplex.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Duplex {
    /// Not known (`DUPLEX_UNKNOWN`); ordered below the others.
    #[default]
    Unknown,
    /// Half (`DUPLEX_HALF`).
    Half,
    /// Full (`DUPLEX_FULL`).
    Full,
}

/// Speed and duplex of a slave as its driver told them.
///
/// Ordered from worse to better, speed before duplex. Unknown is the slowest (C has it as the
/// fastest: differences.md, B12).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Speed {
    /// Megabits a second; `None` if unknown.
    pub mbps: Option<u32>,
    /// Duplex.
    pub duplex: Duplex,
}

impl Speed {
    /// Neither is known.
    pub const UNKNOWN: Speed = Speed {
        mbps: None,
        duplex: Duplex::Unknown,
    };

    /// From what ethtool says: known only if both are (C's `bond_update_speed_duplex()`).
    pub const fn from_ethtool(speed: u32, duplex: u8) -> Self {
        match (speed, duplex) {
            (0 | u32::MAX, _) => Self::UNKNOWN,
            (_, 0) => Self {
                mbps: Some(speed),
                duplex: Duplex::Half,
            },
            (_, 1) => Self {
                mbps: Some(speed),
                duplex: Duplex::Full,
            },
            _ => Self::UNKNOWN,
        }
    }

    /// Whether both are known.
    #[inline]
    pub const fn is_known(&self) -> bool {
        self.mbps.is_some()
    }
}
