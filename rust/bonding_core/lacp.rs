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

pub mod aggregator;
pub mod churn;
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
use crate::option::show::AdInfo;
use crate::option::{AdSelect, LacpRate};
use crate::params::Params;
use crate::report::{PortFacts, PortInfo, SlaveLacp, System};
use crate::time::{Hz, Jiffies};
use crate::wire::eth::Mac;
use crate::wire::lacp::{self, Info, Pdu, State as Bits, FRAME_LEN, LEN};
use crate::wire::marker;

pub use aggregator::Aggregator;
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

/// The options that LACP goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// `lacp_active`.
    pub active: bool,
    /// `lacp_rate` is fast.
    pub fast: bool,
    /// `lacp_strict`.
    pub strict: bool,
    /// `ad_select`.
    pub select: AdSelect,
    /// `min_links`.
    pub min_links: u32,
    /// `coupled_control`.
    pub coupled: bool,
    /// `lacp_fast_start`: no port waits for others, and the first LACPDUs go without a pause.
    pub fast_start: bool,
    /// `ad_actor_system`, or the bond's own address.
    pub system: Mac,
    /// `ad_actor_sys_prio`.
    pub system_priority: u16,
    /// `ad_user_port_key`.
    pub user_key: u16,
}

impl Config {
    /// The options of a bond whose own address is `address`.
    pub const fn new(params: &Params, address: Mac, fast_start: bool) -> Self {
        let asked = Mac(params.ad_actor_system);
        Self {
            active: params.lacp_active,
            fast: matches!(params.lacp_rate, LacpRate::Fast),
            strict: params.lacp_strict,
            select: params.ad_select,
            min_links: params.min_links,
            coupled: params.coupled_control,
            fast_start,
            system: if asked.is_zero() { address } else { asked },
            system_priority: params.ad_actor_sys_prio,
            user_key: params.ad_user_port_key,
        }
    }
}

/// What came and went (`struct bond_3ad_stats`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// LACPDUs received.
    pub lacpdu_rx: u64,
    /// LACPDUs sent.
    pub lacpdu_tx: u64,
    /// PDUs of another slow protocol.
    pub lacpdu_unknown_rx: u64,
    /// PDUs too short or out of shape.
    pub lacpdu_illegal_rx: u64,
    /// Markers received.
    pub marker_rx: u64,
    /// Markers sent: never, as in C.
    pub marker_tx: u64,
    /// Answers to markers received.
    pub marker_resp_rx: u64,
    /// Answers to markers sent.
    pub marker_resp_tx: u64,
    /// Marker PDUs that are neither.
    pub marker_unknown_rx: u64,
}

impl Counters {
    /// Nothing yet.
    pub const NONE: Counters = Counters {
        lacpdu_rx: 0,
        lacpdu_tx: 0,
        lacpdu_unknown_rx: 0,
        lacpdu_illegal_rx: 0,
        marker_rx: 0,
        marker_tx: 0,
        marker_resp_rx: 0,
        marker_resp_tx: 0,
        marker_unknown_rx: 0,
    };

    /// The counters in the order of their numbers for user space (`BOND_3AD_STAT_*`).
    pub const fn in_order(&self) -> [u64; 9] {
        [
            self.lacpdu_rx,
            self.lacpdu_tx,
            self.lacpdu_unknown_rx,
            self.lacpdu_illegal_rx,
            self.marker_rx,
            self.marker_tx,
            self.marker_resp_rx,
            self.marker_resp_tx,
            self.marker_unknown_rx,
        ]
    }
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

    /// Adds a port behind the others; says where it is, or `None` if the storage is full.
    ///
    /// `hardware` is the slave's own address. Replaces `bond_3ad_bind_slave()`, and
    /// `bond_3ad_initialize()` for the first slave.
    pub fn add(
        &mut self,
        hardware: Mac,
        link: LinkFacts,
        now: Jiffies,
        sink: &mut dyn Sink,
    ) -> Option<usize> {
        let place = self.bond.len;
        if place == 0 {
            self.bond.aggregator_id = 0;
            // Without slaves the driver has its own rule.
            self.bond.carrier = None;
            self.bond.hold = Some(now.after(self.bond.times.first_choice));
        }
        let number = self.next_number();
        let port = self.ports.get_mut(place)?;
        let aggregator = self.aggregators.get_mut(place)?;
        self.bond.len = place.saturating_add(1);
        self.bond.aggregator_id = successor(self.bond.aggregator_id);
        *aggregator = Aggregator::EMPTY;
        aggregator.id = self.bond.aggregator_id;
        *port = Port::new(hardware, number, link, &self.bond.config, now);
        let (key, speed) = (port.actor.key, port::speed_code(link.mbps()));
        self.complain_about_speed(place, sink);
        if key != 0 && speed == 0 {
            say_no_speed(sink, place, number);
        }
        sink.set_usage(place, Usage::Off);
        self.settle(now, sink);
        Some(place)
    }

    /// The number of the next port: one more than the last one has, as in C. When numbers run out,
    /// those of former ports are used again.
    fn next_number(&self) -> u16 {
        let taken = |number: u16| {
            let mut ports = self.ports().iter();
            ports.any(|port| port.number() == number)
        };
        let last = self.bond.len.checked_sub(1);
        let last = last.and_then(|last| self.ports.get(last));
        let mut number = successor(last.map_or(0, Port::number));
        for _ in 0..self.bond.len {
            if !taken(number) {
                break;
            }
            number = successor(number);
        }
        number
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

    /// What is known of the slave's link changed.
    ///
    /// Replaces `bond_3ad_handle_link_change()` and `bond_3ad_adapter_speed_duplex_changed()`.
    pub fn set_link(&mut self, place: usize, link: LinkFacts, now: Jiffies, sink: &mut dyn Sink) {
        let Some(port) = self.port_mut(place) else {
            return;
        };
        let before = core::mem::replace(&mut port.link, link);
        if before == link {
            return;
        }
        port.enabled = link.up;
        if before.mbps() != link.mbps() {
            self.complain_about_speed(place, sink);
        }
        self.renew_key(place, &before, sink);
        self.choose(now, sink);
        self.settle(now, sink);
    }

    /// A speed that keys have no code for is said for each port (C: once for all bonds, ever).
    fn complain_about_speed(&self, place: usize, sink: &mut dyn Sink) {
        let Some(port) = self.ports.get(place) else {
            return;
        };
        if port.link.is_uncoded() {
            let (mbps, number) = (port.link.mbps(), port.number());
            sink.log(
                Some(place),
                Level::Err,
                format_args!("unknown ethtool speed ({mbps}) for port {number} (set it to 0)"),
            );
        }
    }

    /// Makes the port's key anew after its link changed. Replaces `ad_update_actor_keys()`.
    fn renew_key(&mut self, place: usize, before: &LinkFacts, sink: &mut dyn Sink) {
        let config = self.bond.config;
        let Some(port) = self.port_mut(place) else {
            return;
        };
        let link = port.link;
        let key = port.key(&config);
        let old = core::mem::replace(&mut port.actor.key, key);
        if old == key {
            // The key cannot tell two speeds without a code apart.
            if link.is_uncoded() && before.mbps() != link.mbps() {
                port.begin = true;
            }
            return;
        }
        let full = key & port::KEY_FULL_DUPLEX != 0;
        port.lacp = full;
        if !link.up {
            return;
        }
        let number = port.number();
        if key & port::KEY_SPEED == 0 {
            port.begin |= link.is_uncoded();
            say_no_speed(sink, place, number);
        } else if full && (old ^ key) & port::KEY_SPEED != 0 {
            port.begin = true;
        }
    }

    /// The options changed. What does not concern the ports' state takes effect at once, but the
    /// aggregator in use is chosen anew at the next occasion only, as in C.
    pub fn configure(&mut self, config: Config, now: Jiffies, sink: &mut dyn Sink) {
        self.bond.config = config;
        for port in self.ports.iter_mut().take(self.bond.len) {
            let before = port.actor;
            port.actor.system = config.system;
            port.actor.system_priority = config.system_priority;
            port.actor.state.set(Bits::ACTIVITY, config.active);
            port.actor.state.set(Bits::TIMEOUT, config.fast);
            port.actor.key = port.key(&config);
            port.ntt |= before != port.actor;
            if before.key != port.actor.key {
                port.selected = false;
            }
        }
        self.settle(now, sink);
    }

    /// The slave's `actor_port_prio` changed.
    pub fn set_port_priority(
        &mut self,
        place: usize,
        priority: u16,
        now: Jiffies,
        sink: &mut dyn Sink,
    ) {
        if let Some(port) = self.port_mut(place) {
            port.ntt |= port.actor.port_priority != priority;
            port.actor.port_priority = priority;
            self.settle(now, sink);
        }
    }

    /// A frame to the slow protocols' group came in; `octets` is what follows its Ethernet header.
    ///
    /// Says whether that was all; otherwise others may want the frame. Replaces
    /// `bond_3ad_lacpdu_recv()`.
    pub fn on_frame(
        &mut self,
        place: usize,
        octets: &[u8],
        now: Jiffies,
        sink: &mut dyn Sink,
    ) -> bool {
        let Some(pdu) = octets.first_chunk::<LEN>() else {
            self.count(place, |counters| &mut counters.lacpdu_illegal_rx);
            return false;
        };
        let [subtype, ..] = pdu;
        match *subtype {
            lacp::SUBTYPE => match Pdu::parse(pdu) {
                Some(pdu) => self.on_pdu(place, &pdu, now, sink),
                None => self.count(place, |counters| &mut counters.lacpdu_illegal_rx),
            },
            marker::SUBTYPE => {
                if let Some(marker) = marker::View::new(pdu) {
                    self.on_marker(place, &marker, now, sink);
                }
            }
            _ => {
                self.count(place, |counters| &mut counters.lacpdu_unknown_rx);
                return false;
            }
        }
        true
    }

    /// A LACPDU came in.
    pub fn on_pdu(&mut self, place: usize, pdu: &Pdu, now: Jiffies, sink: &mut dyn Sink) {
        self.count(place, |counters| &mut counters.lacpdu_rx);
        let (running, times) = (self.bond.running, self.bond.times);
        let Some(port) = self.port_mut(place) else {
            return;
        };
        if !running {
            return;
        }
        // Our own voice says nothing about a partner.
        if pdu.actor.system == port.actor.system {
            if port.loopbacks.allow(now, &times) {
                let text = "An illegal loopback occurred on slave\n\
                    Check the configuration to verify that all adapters are connected to 802.3ad compliant switch ports";
                sink.log(Some(place), Level::Err, format_args!("{text}"));
            }
            return;
        }
        let view = |port: &Port| (port.actor, port.partner, port.selected, port.ntt);
        let before = view(port);
        let moved = port.receive(rx::Event::Pdu(pdu), now, &times);
        if moved || before != view(port) {
            self.settle(now, sink);
        }
    }

    /// A marker PDU came in. At most ten a second are answered, what the slow protocols allow.
    pub fn on_marker(
        &mut self,
        place: usize,
        marker: &marker::View<'_>,
        now: Jiffies,
        sink: &mut dyn Sink,
    ) {
        match marker.kind() {
            marker::Kind::Information => {
                self.count(place, |counters| &mut counters.marker_rx);
                let times = self.bond.times;
                let Some(port) = self.port_mut(place) else {
                    return;
                };
                if port.markers.allow_slow_frame(now, &times)
                    && sink.send(place, &marker.response(port.hardware))
                {
                    self.count(place, |counters| &mut counters.marker_resp_tx);
                }
            }
            marker::Kind::Response => self.count(place, |counters| &mut counters.marker_resp_rx),
            marker::Kind::Other(_) => self.count(place, |counters| &mut counters.marker_unknown_rx),
        }
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

    /// The place of the port with this number.
    pub fn place_of(&self, number: u16) -> Option<usize> {
        (0..self.bond.len)
            .zip(self.ports.iter())
            .find(|(_, port)| port.number() == number)
            .map(|(place, _)| place)
    }

    /// The aggregator that the port is in.
    pub fn aggregator_of(&self, place: usize) -> Option<&Aggregator> {
        self.aggregators.get(self.ports().get(place)?.aggregator?)
    }

    /// The aggregator in use. Replaces `bond_3ad_get_active_agg_info()`.
    pub fn ad_info(&self) -> Option<AdInfo> {
        let place = self.active_place()?;
        let aggregator = self.aggregators.get(place)?;
        let Mac(partner_system) = aggregator.partner_system;
        Some(AdInfo {
            aggregator_id: aggregator.id,
            ports: u16::try_from(self.members(place, Port::is_enabled)).unwrap_or(u16::MAX),
            actor_key: aggregator.actor_key,
            partner_key: aggregator.partner_key,
            partner_system,
        })
    }

    /// What is reported of the port.
    pub fn facts(&self, place: usize) -> Option<SlaveLacp> {
        let port = self.ports().get(place)?;
        let Some(aggregator) = self.aggregator_of(place) else {
            return Some(SlaveLacp::Alone);
        };
        Some(SlaveLacp::Aggregated(PortFacts {
            aggregator_id: aggregator.id,
            actor_churn: port.churn.actor.state,
            partner_churn: port.churn.partner.state,
            actor_churned: port.churn.actor.count,
            partner_churned: port.churn.partner.count,
            actor: info(&port.actor),
            partner: info(&port.partner),
        }))
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

/// The number behind `number`; there is no number 0.
const fn successor(number: u16) -> u16 {
    match number.checked_add(1) {
        Some(number) => number,
        None => 1,
    }
}

fn say_no_speed(sink: &mut dyn Sink, place: usize, number: u16) {
    sink.log(
        Some(place),
        Level::Err,
        format_args!("speed changed to 0 on port {number}"),
    );
}

fn info(info: &Info) -> PortInfo {
    let Mac(mac) = info.system;
    PortInfo {
        system: System {
            priority: info.system_priority,
            mac,
        },
        key: info.key,
        port_priority: info.port_priority,
        port_number: info.port,
        port_state: u16::from(info.state.0),
    }
}
