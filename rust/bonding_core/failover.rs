// SPDX-License-Identifier: GPL-2.0

//! Failovers: which of them wait for RTNL, and how often each kind of reason led to one.

use crate::link::LinkState;
use crate::mode::Mode;
use crate::option::FailOverMac;
use core::fmt;

/// Whether a link may enter `state` only with RTNL held.
///
/// A loss waits where its consequences cannot be told apart: where addresses move with the active
/// slave (`fail_over_mac`, balance-tlb, balance-alb). What comes back always waits; nothing is lost
/// by that. In C everything waits.
pub const fn waits_for_rtnl(mode: Mode, fail_over_mac: FailOverMac, state: LinkState) -> bool {
    match state {
        LinkState::Up | LinkState::Back => true,
        LinkState::Fail | LinkState::Down => match mode {
            Mode::RoundRobin | Mode::Xor | Mode::Broadcast | Mode::Ieee8023ad => false,
            Mode::ActiveBackup => !matches!(fail_over_mac, FailOverMac::None),
            Mode::Tlb | Mode::Alb => true,
        },
    }
}

/// Why another slave became the active one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The active one lost its carrier or was closed.
    Carrier,
    /// The ARP monitor heard no answer through the active one.
    Arp,
    /// The primary, or a slave of a higher priority, takes over.
    Primary,
    /// Somebody chose another one, or took the active one out of the bond.
    Administrator,
}

/// How often the active slave was replaced or lost, by reason. The counters stay at their end.
///
/// A first active slave, or the first after there was none, replaces nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failovers {
    carrier: u64,
    arp: u64,
    primary: u64,
    administrator: u64,
}

impl Failovers {
    /// None yet.
    pub const NONE: Self = Self {
        carrier: 0,
        arp: 0,
        primary: 0,
        administrator: 0,
    };

    /// Counts one.
    pub fn count(&mut self, reason: Reason) {
        let counter = match reason {
            Reason::Carrier => &mut self.carrier,
            Reason::Arp => &mut self.arp,
            Reason::Primary => &mut self.primary,
            Reason::Administrator => &mut self.administrator,
        };
        *counter = counter.saturating_add(1);
    }
}

/// One line for each reason: its name, a space, how often.
impl fmt::Display for Failovers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "carrier {}", self.carrier)?;
        writeln!(f, "arp {}", self.arp)?;
        writeln!(f, "primary {}", self.primary)?;
        writeln!(f, "administrator {}", self.administrator)
    }
}

#[cfg(test)]
mod tests {
    use super::{waits_for_rtnl, Failovers, Reason};
    use crate::link::LinkState::{Back, Down, Fail, Up};
    use crate::mode::Mode;
    use crate::option::FailOverMac;

    const MODES: [Mode; 7] = [
        Mode::RoundRobin,
        Mode::ActiveBackup,
        Mode::Xor,
        Mode::Broadcast,
        Mode::Ieee8023ad,
        Mode::Tlb,
        Mode::Alb,
    ];
    const POLICIES: [FailOverMac; 3] =
        [FailOverMac::None, FailOverMac::Active, FailOverMac::Follow];

    /// The table of Documentation/failover.md, cell by cell.
    #[test]
    fn only_a_loss_does_without_rtnl() {
        for mode in MODES {
            for policy in POLICIES {
                for state in [Up, Back] {
                    assert!(waits_for_rtnl(mode, policy, state));
                }
                let alone = match mode {
                    Mode::Tlb | Mode::Alb => false,
                    Mode::ActiveBackup => policy == FailOverMac::None,
                    _ => true,
                };
                for state in [Fail, Down] {
                    assert_eq!(waits_for_rtnl(mode, policy, state), !alone, "{mode:?}");
                }
            }
        }
    }

    #[test]
    fn each_reason_has_its_counter() {
        let mut failovers = Failovers::NONE;
        for (times, reason) in [
            (1, Reason::Carrier),
            (2, Reason::Arp),
            (3, Reason::Primary),
            (4, Reason::Administrator),
        ] {
            for _ in 0..times {
                failovers.count(reason);
            }
        }
        assert_eq!(
            failovers.to_string(),
            "carrier 1\narp 2\nprimary 3\nadministrator 4\n"
        );
        failovers.carrier = u64::MAX;
        failovers.count(Reason::Carrier);
        assert_eq!(failovers.carrier, u64::MAX);
    }
}
