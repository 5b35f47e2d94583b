// SPDX-License-Identifier: GPL-2.0

//! A system on the host, and a world of systems with links that lose, delay, reorder and duplicate.

use std::fmt;
use std::string::{String, ToString};
use std::vec::Vec;

use super::super::{mux, rx, Aggregator, Bond, Config, Lag, LinkFacts, Port, Sink, Usage};
use crate::link::{Duplex, Speed};
use crate::log::Level;
use crate::params::Params;
use crate::time::{Hz, Jiffies, Ticks};
use crate::wire::eth::Mac;
use crate::wire::lacp::{Pdu, State as Bits, FRAME_LEN};

/// The tests' ticks are milliseconds, and the counter wraps in the middle of them.
pub(super) const START: Jiffies = Jiffies(usize::MAX - 20_000);

pub(super) const GIGABIT: LinkFacts = link(1000);

pub(super) const fn link(mbps: u32) -> LinkFacts {
    LinkFacts {
        up: true,
        running: true,
        speed: Speed {
            mbps: Some(mbps),
            duplex: Duplex::Full,
        },
    }
}

pub(super) const DOWN: LinkFacts = LinkFacts {
    up: false,
    running: false,
    speed: Speed::UNKNOWN,
};

/// What a system wanted done.
#[derive(Default)]
pub(super) struct Effects {
    pub(super) frames: Vec<(usize, [u8; FRAME_LEN])>,
    pub(super) carrier: Option<bool>,
    pub(super) carriers: usize,
    pub(super) plans: usize,
    pub(super) peers: usize,
    pub(super) lines: Vec<String>,
    pub(super) usage: Vec<Usage>,
    pub(super) refuse: bool,
}

impl Sink for Effects {
    fn send(&mut self, port: usize, frame: &[u8; FRAME_LEN]) -> bool {
        if !self.refuse {
            self.frames.push((port, *frame));
        }
        !self.refuse
    }

    fn set_usage(&mut self, port: usize, usage: Usage) {
        if self.usage.len() <= port {
            self.usage.resize(port + 1, Usage::Off);
        }
        self.usage[port] = usage;
    }

    fn set_carrier(&mut self, on: bool) {
        assert_ne!(self.carrier, Some(on), "carrier told twice");
        self.carrier = Some(on);
        self.carriers += 1;
    }

    fn plan_changed(&mut self) {
        self.plans += 1;
    }

    fn notify_peers(&mut self) {
        self.peers += 1;
    }

    fn log(&mut self, port: Option<usize>, level: Level, text: fmt::Arguments<'_>) {
        if level != Level::Debug {
            let who = port.map_or("-".to_string(), |port| port.to_string());
            self.lines.push(std::format!("{level:?} {who}: {text}"));
        }
    }
}

/// A system: a bond and its ports.
pub(super) struct Node {
    pub(super) bond: Bond,
    pub(super) ports: Vec<Port>,
    pub(super) aggregators: Vec<Aggregator>,
    pub(super) out: Effects,
    sent: Vec<(u16, Jiffies)>,
}

pub(super) fn config(system: u8) -> Config {
    Config::new(&Params::DEFAULT, Mac([2, 0, 0, 0, 0, system]))
}

impl Node {
    pub(super) fn new(config: Config) -> Self {
        Self {
            bond: Bond::new(config, Hz::new(1000)),
            ports: Vec::new(),
            aggregators: Vec::new(),
            out: Effects::default(),
            sent: Vec::new(),
        }
    }

    /// A system that is up and has `ports` gigabit ports.
    pub(super) fn with_ports(config: Config, ports: usize, now: Jiffies) -> Self {
        let mut node = Self::new(config);
        for _ in 0..ports {
            node.add(GIGABIT, now);
        }
        node.act(now, |lag, out| lag.open(now, out));
        node
    }

    pub(super) fn add(&mut self, link: LinkFacts, now: Jiffies) -> usize {
        self.ports.push(Port::EMPTY);
        self.aggregators.push(Aggregator::EMPTY);
        let last = self.ports.len() as u8;
        let hardware = Mac([2, 1, self.bond.config().system.0[5], 0, 0, last]);
        self.act(now, |lag, out| lag.add(hardware, link, now, out))
            .expect("storage for the port")
    }

    pub(super) fn lag(&mut self) -> Lag<'_> {
        Lag::new(&mut self.bond, &mut self.ports, &mut self.aggregators)
    }

    /// Calls the engine, and checks what must be true afterwards.
    pub(super) fn act<R>(
        &mut self,
        now: Jiffies,
        what: impl FnOnce(&mut Lag<'_>, &mut Effects) -> R,
    ) -> R {
        let mut out = std::mem::take(&mut self.out);
        let before = out.frames.len();
        let result = what(&mut self.lag(), &mut out);
        let mut lag = self.lag();
        if lag.next_timeout().is_some_and(|at| at.reached(now)) {
            lag.tick(now, &mut out);
        }
        for (place, frame) in &out.frames[before..] {
            let pdu = Pdu::parse(&frame[14..]);
            if let (Some(pdu), Some(port)) = (pdu, self.ports.get(*place)) {
                // A port that was removed says good-bye whenever it goes.
                if pdu.actor.state.has(Bits::AGGREGATION) {
                    self.sent.push((port.number(), now));
                }
            }
        }
        self.out = out;
        self.check(now);
        result
    }

    pub(super) fn set_link(&mut self, place: usize, link: LinkFacts, now: Jiffies) {
        self.act(now, |lag, out| lag.set_link(place, link, now, out));
    }

    pub(super) fn configure(&mut self, now: Jiffies, change: impl FnOnce(&mut Config)) {
        let mut config = *self.bond.config();
        change(&mut config);
        self.act(now, |lag, out| lag.configure(config, now, out));
    }

    /// The invariants.
    pub(super) fn check(&mut self, now: Jiffies) {
        let fast_start = self.bond.config().fast_start;
        let lag = self.lag();
        let active = lag.aggregators().iter().filter(|a| a.is_active()).count();
        assert!(active <= 1, "{active} aggregators in use");
        for (at, aggregator) in lag.aggregators().iter().enumerate() {
            let ports = lag.ports().iter().filter(|p| p.aggregator == Some(at));
            assert_eq!(ports.count(), usize::from(aggregator.port_count()));
            assert!(!aggregator.is_active() || aggregator.port_count() > 0);
        }
        if !lag.bond.running {
            assert_eq!(lag.next_timeout(), None);
            return;
        }
        if let Some(next) = lag.next_timeout() {
            assert!(!next.reached(now), "a deadline that has come is left");
            assert!(next.left(now) <= Ticks(90_000));
        }
        for (place, port) in lag.ports().iter().enumerate() {
            let aggregator = lag.aggregator_of(place).expect("every port has one");
            let bits = port.actor().state;
            let (collecting, distributing) = match port.mux_state() {
                mux::State::Detached | mux::State::Waiting | mux::State::Attached => (false, false),
                mux::State::Collecting => (true, false),
                mux::State::Distributing | mux::State::CollectingDistributing => (true, true),
            };
            assert_eq!(bits.has(Bits::COLLECTING), collecting, "{port:?}");
            assert_eq!(bits.has(Bits::DISTRIBUTING), distributing, "{port:?}");
            if collecting {
                assert!(port.selected && aggregator.is_active(), "{port:?}");
                assert!(bits.has(Bits::SYNCHRONIZATION));
                assert!(port.partner().state.has(Bits::SYNCHRONIZATION));
                assert!(port.enabled && port.lacp);
            }
            if bits.has(Bits::SYNCHRONIZATION) {
                assert!(aggregator.is_active() && port.selected);
            }
            if port.usage() == Usage::On && aggregator.has_partner() {
                assert!(distributing && port.partner().state.has(Bits::COLLECTING));
            }
            match port.rx_state() {
                rx::State::Expired => assert!(bits.has(Bits::EXPIRED)),
                rx::State::PortDisabled => {}
                _ => assert!(!bits.has(Bits::EXPIRED)),
            }
            assert!(!port.begin);
        }
        // Nothing is left to do.
        let mut idle = Effects {
            carrier: self.out.carrier,
            ..Effects::default()
        };
        let before = (self.ports.clone(), self.aggregators.clone());
        self.lag().tick(now, &mut idle);
        if !self.out.refuse {
            assert_eq!(before.0, self.ports, "it was not done");
            assert_eq!(before.1, self.aggregators);
        }
        assert!(idle.frames.is_empty() && idle.plans == 0);
        // Not too many LACPDUs.
        self.sent.retain(|(_, at)| at.elapsed(now) < Ticks(1000));
        for (number, at) in &self.sent {
            let mine = self.sent.iter().filter(|(other, _)| other == number);
            let recent =
                mine.filter(|(_, other)| at.elapsed(*other) < Ticks(300) && at.reached(*other));
            let most = if fast_start { 3 } else { 1 };
            assert!(recent.count() <= most, "too many LACPDUs of port {number}");
        }
    }

    pub(super) fn distributing(&self) -> usize {
        let ports = self.ports.iter().take(self.bond.len());
        ports.filter(|port| port.usage() == Usage::On).count()
    }
}

/// How bad a link is; chances in percent.
#[derive(Clone, Copy, Default)]
pub(super) struct Weather {
    pub(super) loss: u64,
    pub(super) twice: u64,
    pub(super) delay: u64,
}

/// Systems and the links between their ports.
pub(super) struct World {
    pub(super) now: Jiffies,
    pub(super) nodes: Vec<Node>,
    pub(super) wires: Vec<[(usize, usize); 2]>,
    pub(super) weather: Weather,
    flying: Vec<(Jiffies, usize, usize, [u8; FRAME_LEN])>,
    seed: u64,
}

impl World {
    pub(super) fn new(nodes: Vec<Node>, wires: Vec<[(usize, usize); 2]>, seed: u64) -> Self {
        Self {
            now: START,
            nodes,
            wires,
            weather: Weather::default(),
            flying: Vec::new(),
            seed: seed.wrapping_mul(2).wrapping_add(1),
        }
    }

    /// Two systems, all ports connected one to one.
    pub(super) fn pair(left: Config, right: Config, ports: usize, seed: u64) -> Self {
        let nodes = [left, right].map(|config| Node::with_ports(config, ports, START));
        let wires = (0..ports).map(|port| [(0, port), (1, port)]).collect();
        Self::new(nodes.into(), wires, seed)
    }

    pub(super) fn random(&mut self, below: u64) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed % below.max(1)
    }

    fn post(&mut self) {
        for from in 0..self.nodes.len() {
            for (place, frame) in std::mem::take(&mut self.nodes[from].out.frames) {
                let far = self.wires.iter().find_map(|[a, b]| {
                    if *a == (from, place) {
                        Some(*b)
                    } else if *b == (from, place) {
                        Some(*a)
                    } else {
                        None
                    }
                });
                let Some((to, port)) = far else { continue };
                let copies = if self.random(100) < self.weather.twice {
                    2
                } else {
                    1
                };
                for _ in 0..copies {
                    if self.random(100) < self.weather.loss {
                        continue;
                    }
                    let delay = 1 + self.random(self.weather.delay) as usize;
                    self.flying
                        .push((self.now.after(Ticks(delay)), to, port, frame));
                }
            }
        }
    }

    /// Lets `millis` go by.
    pub(super) fn run(&mut self, millis: usize) {
        let end = self.now.after(Ticks(millis));
        loop {
            self.post();
            let timers = self
                .nodes
                .iter_mut()
                .filter_map(|node| node.lag().next_timeout());
            let next = timers
                .chain(self.flying.iter().map(|(at, ..)| *at))
                .reduce(Jiffies::min);
            let Some(next) = next.filter(|next| end.reached(*next) == (*next == end)) else {
                break;
            };
            self.now = next;
            let now = next;
            let due: Vec<_> = {
                let (due, later) = self.flying.drain(..).partition(|(at, ..)| at.reached(now));
                self.flying = later;
                due
            };
            for (_, to, place, frame) in due {
                if self.nodes[to].ports[place].link.up {
                    self.nodes[to].act(now, |lag, out| {
                        lag.on_frame(place, &frame[14..], now, out);
                    });
                }
            }
            for node in &mut self.nodes {
                if node.lag().next_timeout().is_some_and(|at| at.reached(now)) {
                    node.act(now, |lag, out| lag.tick(now, out));
                }
            }
        }
        self.now = end;
    }

    pub(super) fn distributing(&self) -> Vec<usize> {
        self.nodes.iter().map(Node::distributing).collect()
    }

    /// Runs until each node has so many ports in use; how long it took.
    pub(super) fn until(&mut self, wanted: &[usize], within: usize) -> usize {
        let begin = self.now;
        loop {
            if self.distributing() == wanted {
                return begin.elapsed(self.now).0;
            }
            let waited = begin.elapsed(self.now).0;
            assert!(
                waited < within,
                "{:?} after {waited} ms",
                self.distributing()
            );
            self.run(10);
        }
    }
}
