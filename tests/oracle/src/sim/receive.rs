// SPDX-License-Identifier: GPL-2.0

//! What a slave of the simulated bond takes for a proof of its link.

use super::Bond;
use bonding_core::arp::{
    self,
    validate::{gate, reading, Gate, Kind, Moment, Reading},
};

impl Bond {
    /// Notes a frame that slave `at` receives now, as far as it counts.
    ///
    /// `place` is asked which target it proves, its addresses being read like that; `reply`: it is an
    /// ARP reply, or neighbour discovery; `legible`: it is for this station, or for all.
    ///
    /// 0: it does not count; else 1, and with `2 << place` the target. C's half prints the same.
    pub fn receive(
        &mut self,
        at: usize,
        kind: Kind,
        place: impl FnOnce(Reading) -> Option<usize>,
        reply: bool,
        legible: bool,
    ) -> u8 {
        let heard = match gate(self.validate, !self.slaves[at].backup, kind, true) {
            Gate::Counts => None,
            Gate::Ignore => return 0,
            Gate::Examine if !legible => return 0,
            Gate::Examine => {
                let moment = || self.moment(reply);
                match place(reading(!self.slaves[at].backup, moment, &self.arp)) {
                    Some(place) => Some(place),
                    None => return 0,
                }
            }
        };
        let slave = &mut self.slaves[at];
        slave.traffic.last_rx = self.now;
        let Some(place) = heard else { return 1 };
        slave.heard[place] = self.now;
        1 | 2 << place
    }

    fn moment(&self, reply: bool) -> Moment {
        let current = self.active.map(|at| {
            let slave = &self.slaves[at];
            let last_rx = arp::last_rx(self.all_targets, slave.traffic.last_rx, slave.heard);
            (last_rx, slave.link.last_up())
        });
        Moment {
            current,
            prober_tx: self.prober.map(|at| self.slaves[at].traffic.last_tx),
            reply,
            now: self.now,
        }
    }
}
