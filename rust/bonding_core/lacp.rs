// SPDX-License-Identifier: GPL-2.0

//! LACP, the link aggregation control protocol of IEEE 802.1AX, as mode 802.3ad speaks it.
//!
//! Without I/O: frames, link changes and time come in, what is to be done goes to the [`Sink`]. The
//! storage of [`Port`]s and [`Aggregator`]s is the caller's and lent to a [`Lag`] for each call, one
//! of each per slave and in the order of the slaves. Timers are moments: between two calls nothing
//! needs to run until [`Lag::next_timeout`].
//!
//! Each machine has a module: [`rx`], [`periodic`], [`mux`], [`tx`], [`churn`], and the selection
//! logic. Unlike in C the machines run until nothing changes any more, not one step in 100 ms.
//!
//! C file: [`drivers/net/bonding/bond_3ad.c`](srctree/drivers/net/bonding/bond_3ad.c).

mod add;
pub mod aggregator;
mod change;
pub mod churn;
mod config;
mod counters;
mod facts;
mod input;
pub mod mux;
pub mod periodic;
pub mod port;
mod remove;
pub mod rx;
mod select;
mod settle;
pub mod timing;
pub mod tx;

#[cfg(test)]
mod tests;

use core::fmt;

use crate::log::Level;
use crate::time::{Hz, Jiffies};
use crate::wire::lacp::FRAME_LEN;

pub use aggregator::Aggregator;
pub use config::Config;
pub use counters::Counters;
pub use port::{LinkFacts, Port, Usage};
pub use timing::{Limiter, Times};

/// What the engine wants done. Ports are named by their place among the slaves.
pub trait Sink {
    /// Send this frame through the slave; `false` if that is not possible now.
    fn send(&mut self, port: usize, frame: &[u8; FRAME_LEN]) -> bool;

    /// Use the slave like this from now on. [`Sink::plan_changed`] follows.
    fn set_usage(&mut self, port: usize, usage: Usage);

    /// The bond has a carrier from now on, or has none.
    fn set_carrier(&mut self, on: bool);

    /// The port is gone, and those behind it have moved up. Its usage does not matter any more.
    fn port_removed(&mut self, port: usize) {
        let _ = port;
    }

    /// The slaves that may transmit are others than before.
    fn plan_changed(&mut self);

    /// A port began to carry frames: with `broadcast_neighbor`, tell the neighbours.
    fn notify_peers(&mut self);

    /// Log a line, of the bond or of one of its slaves.
    fn log(&mut self, port: Option<usize>, level: Level, text: fmt::Arguments<'_>);
}

/// What LACP keeps of a bond (`struct ad_bond_info`).
#[derive(Clone, Copy, Debug)]
pub struct Bond {
    config: Config,
    times: Times,
    /// How many ports there are.
    len: usize,
    /// Whether the bond is up: the machines stand still while it is not.
    running: bool,
    /// Until when no port starts, so that all may answer before an aggregator is chosen.
    hold: Option<Jiffies>,
    /// Number of the latest aggregator.
    aggregator_id: u16,
    /// What the driver was told last.
    carrier: Option<bool>,
    counters: Counters,
    warnings: Limiter,
}

impl Bond {
    /// A bond that is down and has no slaves.
    pub fn new(config: Config, hz: Hz) -> Self {
        Self {
            config,
            times: Times::new(hz),
            len: 0,
            running: false,
            hold: None,
            aggregator_id: 0,
            carrier: None,
            counters: Counters::NONE,
            warnings: Limiter::NEW,
        }
    }

    /// How many ports there are.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The options.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Whether the bond is up.
    pub const fn is_running(&self) -> bool {
        self.running
    }

    /// What went through all ports, former ones too.
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }
}

/// The engine at work: a bond, and the storage that the caller lends for its ports.
///
/// Both slices must be what they were at the last call, or longer; what is in use of them is
/// [`Bond::len`]. The caller must see to it that only one works on a bond at a time.
pub struct Lag<'a> {
    bond: &'a mut Bond,
    ports: &'a mut [Port],
    aggregators: &'a mut [Aggregator],
}

impl<'a> Lag<'a> {
    /// Puts the parts together.
    pub fn new(
        bond: &'a mut Bond,
        ports: &'a mut [Port],
        aggregators: &'a mut [Aggregator],
    ) -> Self {
        bond.len = bond.len.min(ports.len()).min(aggregators.len());
        Self {
            bond,
            ports,
            aggregators,
        }
    }

    /// The bond goes up: the machines run from now on.
    pub fn open(&mut self, now: Jiffies, sink: &mut dyn Sink) {
        let (times, fast_start) = (self.bond.times, self.bond.config.fast_start);
        for port in self.ports.iter_mut().take(self.bond.len) {
            port.drop_stale_timers(now, fast_start, &times);
        }
        self.bond.running = true;
        self.bond.hold = Some(now.after(times.tick));
        self.settle(now, sink);
    }

    /// The bond goes down: nothing happens any more, what is known stays.
    pub fn close(&mut self) {
        self.bond.running = false;
    }

    /// It is [`Lag::next_timeout`], or later, or earlier.
    pub fn tick(&mut self, now: Jiffies, sink: &mut dyn Sink) {
        self.settle(now, sink);
    }

    /// When [`Lag::tick`] is due; `None` if nothing ever will be.
    pub fn next_timeout(&self) -> Option<Jiffies> {
        if !self.bond.running || self.bond.is_empty() {
            return None;
        }
        let (config, times) = (&self.bond.config, &self.bond.times);
        self.ports()
            .iter()
            .filter_map(|port| port.deadline(config, times))
            .chain(self.bond.hold)
            .reduce(Jiffies::min)
    }

    /// Chooses the aggregator in use now rather than at the next occasion.
    pub fn reselect(&mut self, now: Jiffies, sink: &mut dyn Sink) {
        self.choose(now, sink);
        self.settle(now, sink);
    }

    /// The ports, in the order of the slaves.
    pub fn ports(&self) -> &[Port] {
        self.ports.get(..self.bond.len).unwrap_or_default()
    }

    /// The aggregators, one for each slave.
    pub fn aggregators(&self) -> &[Aggregator] {
        self.aggregators.get(..self.bond.len).unwrap_or_default()
    }

    fn port_mut(&mut self, place: usize) -> Option<&mut Port> {
        self.ports
            .get_mut(..self.bond.len)
            .unwrap_or_default()
            .get_mut(place)
    }

    fn count(&mut self, place: usize, which: fn(&mut Counters) -> &mut u64) {
        let bump = |counters: &mut Counters| {
            let counter = which(counters);
            *counter = counter.wrapping_add(1);
        };
        if let Some(port) = self.port_mut(place) {
            bump(&mut port.counters);
            bump(&mut self.bond.counters);
        }
    }
}
