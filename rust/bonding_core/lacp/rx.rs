// SPDX-License-Identifier: GPL-2.0

//! The receive machine, IEEE 802.1AX 6.4.12: what is known of the partner, and for how long.

use super::port::{Port, KEY_FULL_DUPLEX, NOBODY};
use super::Times;
use crate::time::Jiffies;
use crate::wire::lacp::{Pdu, State as Bits};

/// Its states; INITIALIZE leads to `PortDisabled` at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum State {
    /// There is no link.
    #[default]
    PortDisabled,
    /// The link cannot have LACP (half duplex).
    LacpDisabled,
    /// The partner has been silent too long; it is given the short timeout.
    Expired,
    /// The partner is given up, defaults stand for it.
    Defaulted,
    /// The partner is heard.
    Current,
}

/// What happens to it.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// The port starts over.
    Begin,
    /// Something else changed: look whether the port may leave its state.
    Check,
    /// `current_while_timer` ran out.
    Timeout,
    /// A LACPDU of somebody else came.
    Pdu(&'a Pdu),
}

/// The state and `current_while_timer`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    pub(super) state: State,
    pub(super) until: Option<Jiffies>,
}

impl Machine {
    pub(super) const NEW: Machine = Machine {
        state: State::PortDisabled,
        until: None,
    };
}

/// What the diagram says: the next state, `None` where nothing happens. A state that is entered
/// again does what it does on entry.
pub(super) const fn next(
    state: State,
    event: &Event<'_>,
    enabled: bool,
    lacp: bool,
) -> Option<State> {
    use State::*;
    match (state, event) {
        (_, Event::Begin) => Some(PortDisabled),
        (PortDisabled, _) if !enabled => None,
        (_, _) if !enabled => Some(PortDisabled),
        (LacpDisabled, _) if !lacp => None,
        (_, _) if !lacp => Some(LacpDisabled),
        (PortDisabled, _) => Some(Expired),
        (LacpDisabled, _) => Some(PortDisabled),
        (Expired | Defaulted | Current, Event::Pdu(_)) => Some(Current),
        (Expired, Event::Timeout) => Some(Defaulted),
        (Current, Event::Timeout) => Some(Expired),
        (Defaulted, Event::Timeout) => None,
        (Expired | Defaulted | Current, Event::Check) => None,
    }
}

impl Port {
    /// Lets one event happen; says whether the state changed.
    pub(super) fn receive(&mut self, event: Event<'_>, now: Jiffies, times: &Times) -> bool {
        let Some(state) = next(self.rx.state, &event, self.enabled, self.lacp) else {
            return false;
        };
        let before = self.rx.state;
        self.rx.state = state;
        match (state, event) {
            (State::PortDisabled, Event::Begin) => {
                // INITIALIZE.
                self.lacp = self.actor.key & KEY_FULL_DUPLEX != 0;
                self.selected = false;
                self.record_default();
                self.actor.state.set(Bits::EXPIRED, false);
                self.churn.restart(now, times);
                self.disable_partner();
            }
            (State::PortDisabled, _) => self.disable_partner(),
            (State::LacpDisabled, _) => {
                self.selected = false;
                self.record_default();
                self.partner.state.set(Bits::AGGREGATION, false);
                self.matched = true;
                self.actor.state.set(Bits::EXPIRED, false);
                self.rx.until = None;
            }
            (State::Expired, _) => {
                self.matched = false;
                self.partner.state.set(Bits::SYNCHRONIZATION, false);
                self.partner.state.set(Bits::TIMEOUT, true);
                self.rx.until = Some(now.after(times.short_timeout));
                self.actor.state.set(Bits::EXPIRED, true);
                self.churn.restart(now, times);
            }
            (State::Current, Event::Pdu(pdu)) => {
                if before != State::Current {
                    self.churn.restart(now, times);
                }
                self.update_selected(pdu);
                self.update_ntt(pdu);
                self.record_pdu(pdu);
                let short = self.actor.state.has(Bits::TIMEOUT);
                let span = if short {
                    times.short_timeout
                } else {
                    times.long_timeout
                };
                self.rx.until = Some(now.after(span));
                self.actor.state.set(Bits::EXPIRED, false);
            }
            (State::Defaulted | State::Current, _) => {
                self.rx.until = None;
                if !NOBODY.same_port(&self.partner) {
                    self.selected = false;
                }
                self.record_default();
                self.matched = true;
                self.actor.state.set(Bits::EXPIRED, false);
            }
        }
        before != state
    }

    fn disable_partner(&mut self) {
        self.matched = false;
        self.partner.state.set(Bits::SYNCHRONIZATION, false);
        self.rx.until = None;
    }

    /// `recordDefault`.
    fn record_default(&mut self) {
        self.partner = NOBODY;
        self.actor.state.set(Bits::DEFAULTED, true);
    }

    /// `recordPDU` and `matched`: the partner is in sync only if it knows us as we are, or wants a
    /// link of its own.
    fn record_pdu(&mut self, pdu: &Pdu) {
        self.matched =
            pdu.partner.same_port(&self.actor) || !pdu.actor.state.has(Bits::AGGREGATION);
        self.partner = pdu.actor;
        let sync = self.matched && pdu.actor.state.has(Bits::SYNCHRONIZATION);
        self.partner.state.set(Bits::SYNCHRONIZATION, sync);
        self.actor.state.set(Bits::DEFAULTED, false);
    }

    /// `update_Selected`: another port, system or key at the other end wants a new choice.
    fn update_selected(&mut self, pdu: &Pdu) {
        if !pdu.actor.same_port(&self.partner) {
            self.selected = false;
        }
    }

    /// `update_NTT`: the partner has an old view of us.
    fn update_ntt(&mut self, pdu: &Pdu) {
        let told = Bits::ACTIVITY | Bits::TIMEOUT | Bits::SYNCHRONIZATION | Bits::AGGREGATION;
        let stale = (pdu.partner.state ^ self.actor.state) & told != Bits::NONE;
        if stale || !pdu.partner.same_port(&self.actor) {
            self.ntt = true;
        }
    }
}
