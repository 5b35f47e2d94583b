// SPDX-License-Identifier: GPL-2.0

//! A port goes: its partner is told, and the aggregator that was its slave's finds another place.

use super::{Aggregator, Lag, Port, Sink};
use crate::log::Level;
use crate::time::Jiffies;
use crate::wire::lacp::State as Bits;

impl Lag<'_> {
    /// Removes a port; those behind it move up. That it is not used any more is not said: its slave
    /// goes. Replaces `bond_3ad_unbind_slave()`.
    ///
    /// The aggregator with the slave's number goes with it. Ports in it move to a free one: there
    /// are as many as slaves.
    pub fn remove(&mut self, place: usize, now: Jiffies, sink: &mut dyn Sink) {
        let Some(port) = self.port_mut(place) else {
            return;
        };
        let bits =
            Bits::SYNCHRONIZATION | Bits::COLLECTING | Bits::DISTRIBUTING | Bits::AGGREGATION;
        port.actor.state.set(bits, false);
        port.selected = false;
        port.enabled = false;
        let joined = port.aggregator;
        if sink.send(place, &port.pdu().frame(port.hardware)) {
            self.count(place, |counters| &mut counters.lacpdu_tx);
        }

        let was_active = |at: usize, all: &[Aggregator]| all.get(at).is_some_and(|a| a.active);
        let gone = joined.is_some_and(|at| {
            was_active(at, self.aggregators) && self.members(at, Port::is_enabled) == 0
        });
        self.leave(place, sink);
        self.relocate(place);
        if gone {
            sink.log(
                Some(place),
                Level::Info,
                format_args!("Removing an active aggregator"),
            );
        }

        self.close_gap(place);
        sink.port_removed(place);
        if gone {
            self.choose(now, sink);
        }
        self.settle(now, sink);
    }

    /// Moves the ports in the aggregator of the slave that goes to the first free one.
    fn relocate(&mut self, place: usize) {
        let Some(old) = self.aggregators.get(place).copied() else {
            return;
        };
        if old.ports == 0 {
            return;
        }
        let free = (0..self.bond.len)
            .zip(self.aggregators.iter_mut())
            .find(|(at, aggregator)| *at != place && aggregator.ports == 0);
        let Some((to, new)) = free else {
            return;
        };
        *new = Aggregator { id: new.id, ..old };
        for port in self.ports.iter_mut().take(self.bond.len) {
            if port.aggregator == Some(place) {
                port.aggregator = Some(to);
            }
        }
        if let Some(old) = self.aggregators.get_mut(place) {
            old.clear();
        }
    }

    /// Takes the slave's storage out of the row.
    fn close_gap(&mut self, place: usize) {
        let len = self.bond.len;
        shift_out(self.ports.get_mut(place..len).unwrap_or_default());
        shift_out(self.aggregators.get_mut(place..len).unwrap_or_default());
        self.bond.len = len.saturating_sub(1);
        for port in self.ports.iter_mut().take(self.bond.len) {
            port.aggregator = match port.aggregator {
                Some(at) if at > place => at.checked_sub(1),
                Some(at) if at == place => None,
                other => other,
            };
        }
    }
}

/// Moves the first of `row` behind all others.
fn shift_out<T>(mut row: &mut [T]) {
    while let [first, rest @ ..] = row {
        if let Some(second) = rest.first_mut() {
            core::mem::swap(first, second);
        }
        row = rest;
    }
}
