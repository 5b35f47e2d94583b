// SPDX-License-Identifier: GPL-2.0

//! What happened to a link, and the log line that says so.

use super::{Duplex, Speed};
use crate::time::Millis;
use core::fmt;

pub use crate::log::Level;

/// Something that happened to a slave's link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Carrier was lost, `downdelay` runs.
    GoingDown {
        /// In active-backup, whether the slave is the active one.
        active: Option<bool>,
        /// The delay.
        delay: Millis,
    },
    /// Carrier came back before `downdelay` was over.
    UpAgain {
        /// How long it was away.
        after: Millis,
    },
    /// Carrier is there, `updelay` runs.
    GoingUp {
        /// The delay; 0 if it is ignored.
        delay: Millis,
    },
    /// Carrier was lost before `updelay` was over.
    DownAgain {
        /// How long it was there.
        after: Millis,
    },
    /// The link is up.
    Up {
        /// At this speed.
        speed: Speed,
    },
    /// The link is down.
    Down,
    /// ARP monitor: the link is up.
    ArpUp,
    /// ARP monitor of the load balancing modes: the link is up, and others were before.
    InterfaceUp,
    /// ARP monitor of the load balancing modes: the link is down.
    InterfaceDown,
    /// ARP monitor of active-backup: a device that is not running or has no carrier was still
    /// taken for up.
    BackupDown,
    /// The link is not taken up since the device does not tell its speed.
    SpeedUnknown,
    /// The slave becomes the active one.
    Chosen,
    /// The slave becomes the active one although `updelay` is not over.
    ChosenEarly {
        /// The number C prints: what had been counted of the delay.
        by: Millis,
    },
}

impl Event {
    /// How important the line is.
    pub const fn level(&self) -> Level {
        match self {
            Self::SpeedUnknown => Level::Warn,
            _ => Level::Info,
        }
    }

    /// Whether the line is to be left out when there were too many (`net_ratelimit()`).
    pub const fn is_rate_limited(&self) -> bool {
        match self {
            Self::Up { .. }
            | Self::Down
            | Self::ArpUp
            | Self::InterfaceUp
            | Self::InterfaceDown
            | Self::BackupDown
            | Self::Chosen
            | Self::ChosenEarly { .. } => false,
            Self::GoingDown { .. }
            | Self::UpAgain { .. }
            | Self::GoingUp { .. }
            | Self::DownAgain { .. }
            | Self::SpeedUnknown => true,
        }
    }

    /// The line for a slave of this name, without the end of line.
    pub fn line<N: fmt::Display>(&self, slave: N) -> Line<'_, N> {
        Line { event: self, slave }
    }
}

/// A log line, to be formatted.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a, N> {
    event: &'a Event,
    slave: N,
}

impl<N: fmt::Display> fmt::Display for Line<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "(slave {}): ", self.slave)?;
        match *self.event {
            Event::GoingDown { active, delay } => write!(
                f,
                "link status down for {}interface, disabling it in {delay} ms",
                match active {
                    Some(true) => "active ",
                    Some(false) => "backup ",
                    None => "",
                }
            ),
            Event::UpAgain { after } => write!(f, "link status up again after {after} ms"),
            Event::GoingUp { delay } => write!(f, "link status up, enabling it in {delay} ms"),
            Event::DownAgain { after } => write!(f, "link status down again after {after} ms"),
            Event::Up { speed } => write!(
                f,
                "link status definitely up, {} Mbps {} duplex",
                speed.mbps.unwrap_or(0),
                // As in C, where it is not known the word is "full".
                match speed.duplex {
                    Duplex::Half => "half",
                    Duplex::Full | Duplex::Unknown => "full",
                }
            ),
            Event::Down => f.write_str("link status definitely down, disabling slave"),
            Event::ArpUp => f.write_str("link status definitely up"),
            Event::InterfaceUp => f.write_str("interface is now up"),
            Event::InterfaceDown => f.write_str("interface is now down"),
            Event::BackupDown => f.write_str("backup interface is now down"),
            Event::SpeedUnknown => f.write_str("failed to get link speed/duplex"),
            Event::Chosen => f.write_str("making interface the new active one"),
            Event::ChosenEarly { by } => {
                write!(f, "making interface the new active one {by} ms earlier")
            }
        }
    }
}
