// SPDX-License-Identifier: GPL-2.0

//! The periodic transmission machine, IEEE 802.1AX 6.4.13: how often the partner hears of us.

use super::port::Port;
use super::Times;
use crate::time::Jiffies;
use crate::wire::lacp::State as Bits;

/// Its states; PERIODIC_TX is passed through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum State {
    /// Nothing is sent unasked.
    #[default]
    None,
    /// Every second.
    Fast,
    /// Every thirty seconds.
    Slow,
}

/// What happens to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The port starts over, has no link or no LACP, or neither end is active.
    Forbidden,
    /// Nobody waits, and the partner wants to hear every second (`true`) or every thirty.
    Check(bool),
    /// `periodic_timer` ran out; and again what the partner wants.
    Timeout(bool),
}

/// The state and `periodic_timer`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    pub(super) state: State,
    pub(super) until: Option<Jiffies>,
}

impl Machine {
    pub(super) const NEW: Machine = Machine {
        state: State::None,
        until: None,
    };
}

/// What the diagram says: the state to enter, and whether PERIODIC_TX lies on the way; `None`
/// where nothing happens.
pub(super) const fn next(state: State, event: Event) -> Option<(State, bool)> {
    use State::*;
    match (state, event) {
        (None, Event::Forbidden) => Option::None,
        (Fast | Slow, Event::Forbidden) => Some((None, false)),
        (None, Event::Check(_) | Event::Timeout(_)) => Some((Fast, false)),
        (Fast | Slow, Event::Timeout(true)) => Some((Fast, true)),
        (Fast | Slow, Event::Timeout(false)) => Some((Slow, true)),
        (Fast, Event::Check(false)) => Some((Slow, false)),
        (Slow, Event::Check(true)) => Some((Fast, true)),
        (Fast, Event::Check(true)) | (Slow, Event::Check(false)) => Option::None,
    }
}

impl Port {
    /// Looks how often to send, and whether it is time; says whether anything changed.
    pub(super) fn send_periodically(&mut self, now: Jiffies, times: &Times) -> bool {
        let active = self.actor.state.has(Bits::ACTIVITY) || self.partner.state.has(Bits::ACTIVITY);
        let short = self.partner.state.has(Bits::TIMEOUT);
        let event = if self.begin || !self.lacp || !self.enabled || !active {
            Event::Forbidden
        } else if self.periodic.until.is_some_and(|at| at.reached(now)) {
            Event::Timeout(short)
        } else {
            Event::Check(short)
        };
        let Some((state, send)) = next(self.periodic.state, event) else {
            return false;
        };
        self.periodic.state = state;
        self.periodic.until = match state {
            State::None => None,
            State::Fast => Some(now.after(times.fast_periodic)),
            State::Slow => Some(now.after(times.slow_periodic)),
        };
        self.ntt |= send;
        true
    }
}
