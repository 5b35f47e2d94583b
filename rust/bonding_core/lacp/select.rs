// SPDX-License-Identifier: GPL-2.0

//! The selection logic, IEEE 802.1AX 6.4.14: which aggregator a port is in, and which one is used.

use super::aggregator::{Aggregator, Tally};
use super::{Lag, Sink};
use crate::log::Level;
use crate::option::AdSelect;
use crate::time::Jiffies;

impl Lag<'_> {
    /// Gives the port an aggregator if it has none or not the right one any more; says whether it
    /// did. Replaces `ad_port_selection_logic()`.
    pub(super) fn select_port(&mut self, place: usize, now: Jiffies, sink: &mut dyn Sink) -> bool {
        match self.ports.get(place) {
            Some(port) if !port.selected => {}
            _ => return false,
        }
        self.leave(place, sink);
        let Some(port) = self.ports.get_mut(place) else {
            return false;
        };
        let mut free = None;
        let mut found = None;
        for (at, aggregator) in (0..self.bond.len).zip(self.aggregators.iter()) {
            if aggregator.ports == 0 {
                free = free.or(Some(at));
            } else if aggregator.suits(port) {
                found = Some(at);
                break;
            }
        }
        let number = port.number();
        let Some(at) = found.or(free) else {
            sink.log(
                Some(place),
                Level::Err,
                format_args!("Port {number} did not find a suitable aggregator"),
            );
            return false;
        };
        if let Some(aggregator) = self.aggregators.get_mut(at) {
            if found.is_some() {
                aggregator.ports = aggregator.ports.saturating_add(1);
            } else {
                aggregator.found(port);
            }
            let which = if found.is_some() { "existing" } else { "new" };
            sink.log(
                Some(place),
                Level::Debug,
                format_args!("Port {number} joined LAG {} ({which} LAG)", aggregator.id),
            );
        }
        port.aggregator = Some(at);
        port.selected = true;
        self.choose(now, sink);
        true
    }

    /// Takes the port out of its aggregator; an aggregator without ports is free.
    pub(super) fn leave(&mut self, place: usize, sink: &mut dyn Sink) {
        let Some(port) = self.ports.get_mut(place) else {
            return;
        };
        let Some(at) = port.aggregator.take() else {
            return;
        };
        if let Some(aggregator) = self.aggregators.get_mut(at) {
            sink.log(
                Some(place),
                Level::Debug,
                format_args!("Port {} left LAG {}", port.number(), aggregator.id),
            );
            aggregator.ports = aggregator.ports.saturating_sub(1);
            if aggregator.ports == 0 {
                aggregator.clear();
            }
        }
    }

    /// Adds up what the aggregators are worth.
    fn tally(&mut self) {
        for aggregator in self.aggregators.iter_mut() {
            aggregator.tally = Tally::default();
        }
        for port in self.ports.iter().take(self.bond.len) {
            let at = port.aggregator.and_then(|at| self.aggregators.get_mut(at));
            if let Some(aggregator) = at {
                aggregator.tally = aggregator.tally.with(port);
            }
        }
    }

    /// Chooses the aggregator in use. Replaces `ad_agg_selection_logic()`.
    pub(super) fn choose(&mut self, now: Jiffies, sink: &mut dyn Sink) {
        self.tally();
        let policy = self.bond.config.select;
        let active = self.active_place();
        let used = |at: Option<usize>, all: &[Aggregator]| at.and_then(|at| all.get(at)).copied();
        let current = used(active, self.aggregators);

        let mut best = match current {
            Some(aggregator) if aggregator.tally.running => active,
            _ => None,
        };
        for (at, aggregator) in (0..self.bond.len).zip(self.aggregators.iter()) {
            let better = match used(best, self.aggregators) {
                None => true,
                Some(best) => aggregator.beats(&best, policy),
            };
            if aggregator.tally.is_candidate() && better {
                best = Some(at);
            }
        }
        if let (AdSelect::Stable, Some(current), Some(chosen)) =
            (policy, &current, used(best, self.aggregators))
        {
            if current.stays(&chosen) {
                best = active;
            }
        }
        for (at, aggregator) in (0..self.bond.len).zip(self.aggregators.iter_mut()) {
            aggregator.active = Some(at) == best;
        }
        let individual = used(best, self.aggregators).is_some_and(|best| best.individual);
        if best != active && individual && self.bond.warnings.allow(now, &self.bond.times) {
            let text =
                "Warning: No 802.3ad response from the link partner for any adapters in the bond";
            sink.log(None, Level::Warn, format_args!("{text}"));
        }
    }

    /// The place of the aggregator in use.
    pub(super) fn active_place(&self) -> Option<usize> {
        (0..self.bond.len)
            .zip(self.aggregators.iter())
            .find(|(_, aggregator)| aggregator.active)
            .map(|(at, _)| at)
    }
}

impl Aggregator {
    /// Whether the policy `stable` keeps it in use although `chosen` is better: as long as it has
    /// links, and a partner where the other has one, and a key where the other has one.
    fn stays(&self, chosen: &Aggregator) -> bool {
        self.tally.enabled != 0
            && (self.has_partner() || !chosen.has_partner())
            && (self.actor_key != 0 || chosen.actor_key == 0)
    }
}
