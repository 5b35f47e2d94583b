// SPDX-License-Identifier: GPL-2.0

//! The mux machine, IEEE 802.1AX 6.4.15, with coupled and with independent control: from being in
//! an aggregator to carrying its frames.

use super::port::Port;
use super::Times;
use crate::time::{Jiffies, Ticks};
use crate::wire::lacp::State as Bits;

/// Its states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum State {
    /// In no aggregator.
    #[default]
    Detached,
    /// In one, waiting for others that may join.
    Waiting,
    /// In one, waiting for the partner.
    Attached,
    /// Frames are taken in (independent control).
    Collecting,
    /// Frames are taken in and sent out (independent control).
    Distributing,
    /// Frames are taken in and sent out (coupled control).
    CollectingDistributing,
}

/// How things stand: what the machine sees of the world, in ascending order of readiness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// The port starts over.
    Begin,
    /// It has not been given an aggregator.
    Unselected,
    /// Its aggregator is not the one in use.
    Standby,
    /// The partner is not in sync.
    OutOfSync,
    /// It is.
    InSync,
    /// And takes frames in.
    Collecting,
}

/// What the machine has to know of the bond and the aggregator.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings {
    /// The aggregator is the one in use.
    pub(super) active: bool,
    /// All ports of the aggregator have waited long enough.
    pub(super) ready: bool,
    /// No port may start yet: the first choice among aggregators is not made.
    pub(super) hold: bool,
    /// `coupled_control`.
    pub(super) coupled: bool,
    /// How long to wait for others.
    pub(super) wait: Ticks,
}

/// The state and `wait_while_timer`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    pub(super) state: State,
    pub(super) until: Option<Jiffies>,
    /// A port that has not been through BEGIN enters DETACHED from nowhere.
    pub(super) fresh: bool,
}

impl Machine {
    pub(super) const NEW: Machine = Machine {
        state: State::Detached,
        until: None,
        fresh: true,
    };
}

/// What the diagrams say. `ready`: the wait is over; `start`: the state after ATTACHED, `None`
/// while no port may start.
pub(super) const fn next(state: State, event: Event, ready: bool, start: Option<State>) -> State {
    use State::*;
    match (state, event) {
        (_, Event::Begin) => Detached,
        (Detached, Event::Unselected) => Detached,
        (Detached, _) => Waiting,
        (Waiting, Event::Unselected) => Detached,
        (Waiting, _) if ready => Attached,
        (Waiting, _) => Waiting,
        (Attached, Event::Unselected) => Detached,
        (Attached, Event::Standby | Event::OutOfSync) => Attached,
        (Attached, Event::InSync | Event::Collecting) => match start {
            Some(state) => state,
            None => Attached,
        },
        (CollectingDistributing, Event::InSync | Event::Collecting) => CollectingDistributing,
        (CollectingDistributing, _) => Attached,
        (Collecting, Event::Collecting) => Distributing,
        (Collecting, Event::InSync) => Collecting,
        (Collecting, _) => Attached,
        (Distributing, Event::Collecting) => Distributing,
        (Distributing, _) => Collecting,
    }
}

impl Port {
    /// Looks whether the port has waited for others long enough; says whether that is new.
    pub(super) fn wait_for_others(&mut self, now: Jiffies) -> bool {
        if self.mux.state != State::Waiting || !self.mux.until.is_some_and(|at| at.reached(now)) {
            return false;
        }
        self.mux.until = None;
        self.ready = true;
        true
    }

    fn readiness(&self, active: bool) -> Event {
        if self.begin {
            Event::Begin
        } else if !self.selected {
            Event::Unselected
        } else if !active {
            Event::Standby
        } else if !self.partner.state.has(Bits::SYNCHRONIZATION) {
            Event::OutOfSync
        } else if !self.partner.state.has(Bits::COLLECTING) {
            Event::InSync
        } else {
            Event::Collecting
        }
    }

    /// Takes one step if there is one; says whether there was.
    pub(super) fn multiplex(&mut self, now: Jiffies, around: &Surroundings) -> bool {
        let start = match (around.hold, around.coupled) {
            (true, _) => None,
            (false, true) => Some(State::CollectingDistributing),
            (false, false) => Some(State::Collecting),
        };
        // A port that waits itself is not ready, whatever the others say.
        let ready = around.ready && self.mux.until.is_none();
        let event = self.readiness(around.active);
        let state = next(self.mux.state, event, ready, start);
        if state == self.mux.state && !self.mux.fresh {
            return self.follow_aggregator(around.active);
        }
        self.mux.fresh = false;
        self.mux.state = state;
        self.mux.until = None;
        let bits = &mut self.actor.state;
        match state {
            State::Detached => {
                let all = Bits::SYNCHRONIZATION | Bits::COLLECTING | Bits::DISTRIBUTING;
                bits.set(all, false);
                self.ready = false;
                self.ntt = true;
            }
            State::Waiting => self.mux.until = Some(now.after(around.wait)),
            State::Attached => {
                bits.set(Bits::SYNCHRONIZATION, around.active);
                bits.set(Bits::COLLECTING | Bits::DISTRIBUTING, false);
                self.ntt = true;
            }
            State::CollectingDistributing => {
                let all = Bits::SYNCHRONIZATION | Bits::COLLECTING | Bits::DISTRIBUTING;
                bits.set(all, true);
                self.ntt = true;
            }
            State::Collecting => {
                bits.set(Bits::SYNCHRONIZATION | Bits::COLLECTING, true);
                bits.set(Bits::DISTRIBUTING, false);
                self.ntt = true;
            }
            State::Distributing => bits.set(Bits::SYNCHRONIZATION | Bits::DISTRIBUTING, true),
        }
        true
    }

    /// An attached port is in sync as long as its aggregator is in use; the partner is told at once.
    fn follow_aggregator(&mut self, active: bool) -> bool {
        let in_sync = self.actor.state.has(Bits::SYNCHRONIZATION);
        if self.mux.state != State::Attached || in_sync == active {
            return false;
        }
        self.actor.state.set(Bits::SYNCHRONIZATION, active);
        self.ntt = true;
        true
    }
}

impl Surroundings {
    /// How long a port waits for others that may join its aggregator.
    pub(super) const fn wait(fast_start: bool, times: &Times) -> Ticks {
        if fast_start {
            Ticks(0)
        } else {
            times.aggregate_wait
        }
    }
}
