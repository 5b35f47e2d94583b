// SPDX-License-Identifier: GPL-2.0

//! The transmit machine, IEEE 802.1AX 6.4.16: no more LACPDUs in a second than the standard allows.

use super::port::Port;
use super::{Config, Times};
use crate::time::Jiffies;

/// When the last three LACPDUs went, the latest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    sent: [Option<Jiffies>; 3],
}

impl Machine {
    pub(super) const NEW: Machine = Machine { sent: [None; 3] };

    /// Behaves as if a LACPDU had gone at `now`.
    pub(super) fn hold(&mut self, now: Jiffies) {
        let [latest, earlier, _] = self.sent;
        self.sent = [Some(now), latest, earlier];
    }

    /// When the next LACPDU may go; `None` if it may at any time.
    ///
    /// As in C at most one in 300 ms. With `lacp_fast_start` the three that the standard allows
    /// in a second may go at once.
    pub(super) fn earliest(&self, fast_start: bool, times: &Times) -> Option<Jiffies> {
        let [latest, _, oldest] = self.sent;
        let earliest = if fast_start {
            oldest?.after(times.tx_window)
        } else {
            latest?.after(times.tx_gap)
        };
        Some(earliest)
    }
}

/// What the transmit machine does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// There is nothing to send.
    Idle,
    /// There is, but not yet.
    Wait,
    /// Send.
    Send,
}

impl Port {
    /// Looks whether a LACPDU is to be sent now.
    pub(super) fn transmit(&self, now: Jiffies, config: &Config, times: &Times) -> Decision {
        let free = match self.tx.earliest(config.fast_start, times) {
            None => true,
            Some(at) => at.reached(now),
        };
        match (self.ntt && self.lacp && !self.begin, free) {
            (false, _) => Decision::Idle,
            (true, false) => Decision::Wait,
            (true, true) => Decision::Send,
        }
    }
}
