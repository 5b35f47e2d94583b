// SPDX-License-Identifier: GPL-2.0

//! Runs the machines of all ports until nothing changes, sends what is to be sent, and tells the
//! driver what is new. Replaces `bond_3ad_state_machine_handler()`.

use super::mux::Surroundings;
use super::port::{Port, Usage};
use super::tx::Decision;
use super::{mux, rx, tx, Lag, Sink, Times};
use crate::time::Jiffies;
use crate::wire::lacp::State as Bits;

/// More rounds than the longest way through the machines takes.
const ROUNDS: usize = 32;

impl Lag<'_> {
    pub(super) fn settle(&mut self, now: Jiffies, sink: &mut dyn Sink) {
        if self.bond.running {
            if self.bond.hold.is_some_and(|until| until.reached(now)) {
                self.bond.hold = None;
                self.choose(now, sink);
            }
            for _ in 0..ROUNDS {
                let mut changed = false;
                for place in 0..self.bond.len {
                    changed |= self.step(place, now, sink);
                }
                if !changed {
                    break;
                }
            }
            for place in 0..self.bond.len {
                self.transmit(place, now, sink);
                if let Some(port) = self.ports.get_mut(place) {
                    port.detect_churn(now);
                }
            }
        }
        self.tell(sink);
    }

    /// One step of each machine of a port; says whether any moved.
    fn step(&mut self, place: usize, now: Jiffies, sink: &mut dyn Sink) -> bool {
        let times = self.bond.times;
        let Some(port) = self.ports.get_mut(place) else {
            return false;
        };
        let mut changed = port.begin;
        let event = if port.begin {
            rx::Event::Begin
        } else if port.rx.until.is_some_and(|at| at.reached(now)) {
            rx::Event::Timeout
        } else {
            rx::Event::Check
        };
        changed |= port.receive(event, now, &times);
        changed |= port.send_periodically(now, &times);
        changed |= self.select_port(place, now, sink);

        let waited = self
            .ports
            .get_mut(place)
            .is_some_and(|port| port.wait_for_others(now));
        let around = self.surroundings(place);
        let Some(port) = self.ports.get_mut(place) else {
            return changed;
        };
        let before = port.mux.state;
        let moved = port.multiplex(now, &around);
        port.begin = false;
        let carries = |state| {
            matches!(
                state,
                mux::State::CollectingDistributing | mux::State::Distributing
            )
        };
        if carries(port.mux.state) && !carries(before) {
            sink.notify_peers();
        }
        changed | waited | moved
    }

    fn surroundings(&self, place: usize) -> Surroundings {
        let config = &self.bond.config;
        let aggregator = self.aggregator_of(place);
        let port = self.ports.get(place);
        let at = port.and_then(|port| port.aggregator);
        // One that is not ready itself need not look at the others.
        let asks = port.is_some_and(|port| port.mux.state == mux::State::Waiting && port.ready);
        let waiting = |port: &Port| port.aggregator == at && !port.ready;
        Surroundings {
            active: aggregator.is_some_and(|aggregator| aggregator.active),
            ready: asks && !self.ports().iter().any(waiting),
            hold: self.bond.hold.is_some() && !config.fast_start,
            coupled: config.coupled,
            wait: Surroundings::wait(config.fast_start, &self.bond.times),
        }
    }

    fn transmit(&mut self, place: usize, now: Jiffies, sink: &mut dyn Sink) {
        let Some(port) = self.ports.get_mut(place) else {
            return;
        };
        match port.transmit(now, &self.bond.config, &self.bond.times) {
            Decision::Idle | Decision::Wait => {}
            Decision::Send => {
                let sent = sink.send(place, &port.pdu().frame(port.hardware));
                port.tx.hold(now);
                if sent {
                    port.ntt = false;
                    self.count(place, |counters| &mut counters.lacpdu_tx);
                }
            }
        }
    }

    /// Tells the driver how slaves are to be used, and whether the bond has a carrier.
    pub(super) fn tell(&mut self, sink: &mut dyn Sink) {
        let mut changed = false;
        for place in 0..self.bond.len {
            let usage = self.usage(place);
            if let Some(port) = self.ports.get_mut(place) {
                if port.usage != usage {
                    port.usage = usage;
                    changed = true;
                    sink.set_usage(place, usage);
                }
            }
        }
        if changed {
            sink.plan_changed();
        }
        if let Some(on) = self.carrier() {
            if self.bond.carrier != Some(on) {
                self.bond.carrier = Some(on);
                sink.set_carrier(on);
            }
        }
    }

    /// How the slave is to be used: as the mux machine says, and never towards a partner that does
    /// not take frames in; where nobody answers, the aggregator in use goes without LACP.
    fn usage(&self, place: usize) -> Usage {
        let (Some(port), Some(aggregator)) = (self.ports().get(place), self.aggregator_of(place))
        else {
            return Usage::Off;
        };
        if !aggregator.active || !port.link.up || !port.link.running {
            return Usage::Off;
        }
        if !aggregator.has_partner() {
            return Usage::On;
        }
        match port.mux.state {
            mux::State::Detached | mux::State::Waiting | mux::State::Attached => Usage::Off,
            mux::State::Collecting => Usage::Collecting,
            mux::State::Distributing | mux::State::CollectingDistributing => {
                if port.partner.state.has(Bits::COLLECTING) {
                    Usage::On
                } else {
                    Usage::Collecting
                }
            }
        }
    }

    /// Whether the bond is to have a carrier; `None` without slaves, when LACP has no say.
    /// Replaces `bond_3ad_set_carrier()`.
    pub fn carrier(&self) -> Option<bool> {
        if self.bond.is_empty() {
            return None;
        }
        let Some(place) = self.active_place() else {
            return Some(false);
        };
        let links = if self.bond.config.strict {
            self.members(place, Port::is_usable)
        } else {
            self.members(place, Port::is_enabled)
        };
        Some(links >= self.bond.config.min_links)
    }

    /// How many ports of the aggregator are such.
    pub(super) fn members(&self, place: usize, such: fn(&Port) -> bool) -> u32 {
        let members = self.ports().iter();
        members
            .filter(|port| port.aggregator == Some(place) && such(port))
            .fold(0, |count: u32, _| count.saturating_add(1))
    }
}

impl Port {
    /// While the bond was down the clock went on, maybe so far that moments past look as if they
    /// lay ahead: those have come.
    pub(super) fn drop_stale_timers(&mut self, now: Jiffies, fast_start: bool, times: &Times) {
        for timer in [
            &mut self.rx.until,
            &mut self.periodic.until,
            &mut self.mux.until,
            &mut self.churn.actor.until,
            &mut self.churn.partner.until,
        ] {
            if timer.is_some_and(|at| at.left(now) > times.long_timeout) {
                *timer = Some(now);
            }
        }
        self.tx = tx::Machine::NEW;
        if !fast_start {
            self.tx.hold(now);
        }
    }
}
