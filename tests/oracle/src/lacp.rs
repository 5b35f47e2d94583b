// SPDX-License-Identifier: GPL-2.0

//! A system that speaks LACP as the core says, and writes down what becomes of it as the C half
//! does. Its clock has the length of C's pass: a tenth of a second.

use crate::run::Course;
use bonding_core::lacp::{
    mux, periodic, rx, Aggregator, Bond, Config, Lag, LinkFacts, Port, Sink, Usage,
};
use bonding_core::link::Duplex;
use bonding_core::log::Level;
use bonding_core::option::AdSelect;
use bonding_core::report::Churn;
use bonding_core::time::{Hz, Jiffies, Ticks};
use bonding_core::wire::eth::Mac;
use bonding_core::wire::lacp::{Info, Pdu, FRAME_LEN, LEN};
use std::fmt::{self, Write};

/// What the system wanted done.
#[derive(Clone, Default)]
struct Out {
    text: String,
    sent: Vec<[u8; LEN]>,
    carrier: bool,
    names: Vec<usize>,
}

impl Sink for Out {
    fn send(&mut self, port: usize, frame: &[u8; FRAME_LEN]) -> bool {
        let mut pdu = [0; LEN];
        pdu.copy_from_slice(&frame[FRAME_LEN - LEN..]);
        if pdu[0] == 1 {
            self.sent[port] = pdu;
        }
        true
    }

    fn set_usage(&mut self, _: usize, _: Usage) {}

    fn set_carrier(&mut self, on: bool) {
        self.carrier = on;
    }

    fn plan_changed(&mut self) {}

    fn notify_peers(&mut self) {}

    fn log(&mut self, port: Option<usize>, level: Level, text: fmt::Arguments<'_>) {
        let level = match level {
            Level::Debug => return,
            Level::Info => "info",
            Level::Warn => "warn",
            _ => "err",
        };
        let _ = match port {
            Some(port) => writeln!(
                self.text,
                "{level}: (slave eth{}): {text}",
                self.names[port]
            ),
            None => writeln!(self.text, "print: bond0: {text}"),
        };
    }
}

/// A bond, its ports, and the script that makes the C half's do the same.
#[derive(Clone)]
pub struct System {
    bond: Bond,
    ports: Vec<Port>,
    aggregators: Vec<Aggregator>,
    links: Vec<LinkFacts>,
    out: Out,
    named: usize,
    now: Jiffies,
    /// Passes that C was not told of yet.
    behind: usize,
    script: String,
    /// How long the text and the script were at the latest report.
    settled: (usize, usize),
}

impl Course for System {
    fn script(&self) -> &str {
        &self.script
    }

    fn ours(&self) -> &str {
        &self.out.text
    }
}

/// A link of that many megabits a second in full duplex.
pub fn link(mbps: u32) -> LinkFacts {
    let mut link = DOWN;
    link.up = true;
    link.running = true;
    link.speed.mbps = Some(mbps);
    link.speed.duplex = Duplex::Full;
    link
}

/// No link.
pub const DOWN: LinkFacts = LinkFacts {
    up: false,
    running: false,
    speed: bonding_core::link::Speed::UNKNOWN,
};

fn facts(link: &LinkFacts) -> String {
    let duplex = match link.speed.duplex {
        Duplex::Full => 1,
        Duplex::Half => 0,
        Duplex::Unknown => 0xff,
    };
    let speed = link.speed.mbps.unwrap_or(u32::MAX);
    let (up, running) = (u8::from(link.up), u8::from(link.running));
    format!("{up} {running} {speed} {duplex}")
}

fn options(config: &Config) -> String {
    let select = match config.select {
        AdSelect::Stable => 0,
        AdSelect::Bandwidth => 1,
        AdSelect::Count => 2,
        AdSelect::ActorPortPrio => 3,
    };
    let (active, fast) = (u8::from(config.active), u8::from(config.fast));
    let (strict, coupled) = (u8::from(config.strict), u8::from(config.coupled));
    let (links, prio, key) = (config.min_links, config.system_priority, config.user_key);
    let system = hex(&config.system.0);
    format!("{active} {fast} {strict} {select} {links} {coupled} {prio} {key} {system}")
}

fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        let _ = write!(text, "{octet:02x}");
        text
    })
}

impl System {
    /// A bond without slaves that is not up. `mended`: the C half does what the core does on
    /// purpose (Documentation/differences.md), as far as both can be told to.
    pub fn new(config: Config, mended: bool) -> Self {
        let mended = u8::from(mended);
        Self {
            bond: Bond::new(config, Hz::new(10)),
            ports: Vec::new(),
            aggregators: Vec::new(),
            links: Vec::new(),
            out: Out {
                text: "new\n".to_owned(),
                ..Out::default()
            },
            named: 0,
            // The counter wraps during a run.
            now: Jiffies(usize::MAX - 400),
            behind: 0,
            script: format!("new {mended} {}\n", options(&config)),
            settled: (0, 0),
        }
    }

    fn lag<R>(&mut self, what: impl FnOnce(&mut Lag<'_>, Jiffies, &mut Out) -> R) -> R {
        let mut lag = Lag::new(&mut self.bond, &mut self.ports, &mut self.aggregators);
        what(&mut lag, self.now, &mut self.out)
    }

    fn tell(&mut self, line: fmt::Arguments<'_>) {
        if self.behind != 0 {
            let _ = writeln!(self.script, "run {}", self.behind);
            self.behind = 0;
        }
        let _ = writeln!(self.script, "{line}");
    }

    /// How many ports there are.
    pub fn len(&self) -> usize {
        self.links.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.links.is_empty()
    }

    /// The options.
    pub fn config(&self) -> Config {
        *self.bond.config()
    }

    /// A port's link.
    pub fn link_of(&self, place: usize) -> LinkFacts {
        self.links[place]
    }

    /// What the port says of itself.
    pub fn actor(&self, place: usize) -> Info {
        *self.ports[place].actor()
    }

    /// Whether the port listens to its partner.
    pub fn hears(&self, place: usize) -> bool {
        self.ports[place].rx_state() == rx::State::Current
    }

    /// The bond goes up.
    pub fn open(&mut self) {
        self.lag(|lag, now, out| lag.open(now, out));
        self.tell(format_args!("open"));
    }

    /// Adds a slave.
    pub fn add(&mut self, link: LinkFacts) {
        self.links.push(link);
        self.ports.resize(self.links.len(), Port::EMPTY);
        self.aggregators.resize(self.links.len(), Aggregator::EMPTY);
        self.out.names.push(self.named);
        self.named += 1;
        self.out.sent.push([0; LEN]);
        let hardware = Mac([2, 0, 0, 0, 0, 0]);
        self.lag(|lag, now, out| lag.add(hardware, link, now, out));
        self.tell(format_args!("add {}", facts(&link)));
    }

    /// Removes a slave.
    pub fn remove(&mut self, place: usize) {
        self.lag(|lag, now, out| lag.remove(place, now, out));
        self.links.remove(place);
        self.out.names.remove(place);
        self.out.sent.remove(place);
        if self.links.is_empty() {
            // The driver's own rule.
            self.out.carrier = false;
        }
        self.tell(format_args!("remove {place}"));
    }

    /// A slave's link changes.
    pub fn set_link(&mut self, place: usize, link: LinkFacts) {
        self.links[place] = link;
        self.lag(|lag, now, out| lag.set_link(place, link, now, out));
        self.tell(format_args!("link {place} {}", facts(&link)));
    }

    /// Options change.
    pub fn configure(&mut self, config: Config) {
        self.lag(|lag, now, out| lag.configure(config, now, out));
        self.tell(format_args!("options {}", options(&config)));
    }

    /// A slave's `actor_port_prio` changes.
    pub fn set_priority(&mut self, place: usize, priority: u16) {
        self.lag(|lag, now, out| lag.set_port_priority(place, priority, now, out));
        self.tell(format_args!("priority {place} {priority}"));
    }

    /// Octets come in behind the Ethernet header.
    pub fn frame(&mut self, place: usize, octets: &[u8]) {
        let taken = self.lag(|lag, now, out| lag.on_frame(place, octets, now, out));
        if !taken {
            self.out.text.push_str("not taken\n");
        }
        self.tell(format_args!("frame {place} {}", hex(octets)));
    }

    /// A LACPDU comes in.
    pub fn pdu(&mut self, place: usize, pdu: &Pdu) {
        self.frame(place, &pdu.emit());
    }

    /// One pass of C's; says whether anything that is reported changed, but for what was sent.
    pub fn pass(&mut self) -> bool {
        self.behind += 1;
        self.now = self.now.after(Ticks(1));
        if !self.lag(|lag, now, _| lag.next_timeout().is_some_and(|at| at.reached(now))) {
            return false;
        }
        let before = self.picture();
        self.lag(|lag, now, out| lag.tick(now, out));
        before != self.picture()
    }

    /// Whether nothing is going to change in the next `passes`.
    pub fn is_quiet(&mut self, passes: usize) -> bool {
        let said = (
            std::mem::take(&mut self.out.text),
            std::mem::take(&mut self.script),
        );
        let mut later = self.clone();
        (self.out.text, self.script) = said;
        (0..passes).all(|_| !later.pass())
    }

    fn picture(&mut self) -> String {
        let len = self.len();
        let mut text = String::new();
        let carrier = u8::from(self.out.carrier);
        let _ = write!(text, "bond carrier {carrier}");
        let info = self.lag(|lag, _, _| lag.ad_info());
        if let Some(info) = info {
            let (id, ports) = (info.aggregator_id, info.ports);
            let (actor, partner) = (info.actor_key, info.partner_key);
            let system = hex(&info.partner_system);
            let _ = write!(text, " active {id} {ports} {actor} {partner} {system}");
        }
        text.push('\n');
        for place in 0..len {
            self.picture_port(place, &mut text);
        }
        text
    }

    fn picture_port(&mut self, place: usize, text: &mut String) {
        let port = self.ports[place];
        let lag = self.lag(|lag, _, _| lag.aggregator_of(place).map_or(0, Aggregator::id));
        let rx = match port.rx_state() {
            rx::State::PortDisabled => "disabled",
            rx::State::LacpDisabled => "no-lacp",
            rx::State::Expired => "expired",
            rx::State::Defaulted => "defaulted",
            rx::State::Current => "current",
        };
        let periodic = match port.periodic_state() {
            periodic::State::None => "none",
            periodic::State::Fast => "fast",
            periodic::State::Slow => "slow",
        };
        let mux = match port.mux_state() {
            mux::State::Detached => "detached",
            mux::State::Waiting => "waiting",
            mux::State::Attached => "attached",
            mux::State::Collecting => "collecting",
            mux::State::Distributing => "distributing",
            mux::State::CollectingDistributing => "both",
        };
        // G9: towards a partner that does not collect, C sends nevertheless.
        let usage = match (port.usage(), port.mux_state()) {
            (Usage::Collecting, mux::State::CollectingDistributing) | (Usage::On, _) => "on",
            (Usage::Collecting, _) => "collecting",
            (Usage::Off, _) => "off",
        };
        let churn = |monitor: &bonding_core::lacp::churn::Monitor| {
            let state = match monitor.state {
                Churn::Monitor => 0,
                Churn::Churned => 1,
                Churn::NoChurn => 2,
            };
            format!("{state}:{}", monitor.count)
        };
        let (actor, partner) = (churn(&port.churn().actor), churn(&port.churn().partner));
        let _ = write!(text, "port {place} actor {}", end(port.actor()));
        let _ = write!(text, " partner {}", end(port.partner()));
        let _ = write!(text, " rx {rx} periodic {periodic} mux {mux} use {usage}");
        let _ = writeln!(text, " lag {lag} churn {actor} {partner}");
        let counters = port.counters();
        let (rx, illegal) = (counters.lacpdu_rx, counters.lacpdu_illegal_rx);
        let unknown = counters.lacpdu_unknown_rx;
        let _ = writeln!(text, "counts {place} {rx} {illegal} {unknown}");
    }

    /// Writes down how all stands, and has C do it.
    pub fn report(&mut self) {
        let picture = self.picture();
        self.out.text.push_str(&picture);
        self.tell(format_args!("report"));
        self.settled = (self.out.text.len(), self.script.len());
    }

    /// Forgets what was after the latest report.
    pub fn end(&mut self) {
        self.out.text.truncate(self.settled.0);
        self.script.truncate(self.settled.1);
    }

    /// Writes down the latest LACPDU of a port, octet by octet.
    pub fn sent(&mut self, place: usize) {
        let sent = hex(&self.out.sent[place]);
        let _ = writeln!(self.out.text, "sent {place} {sent}");
        self.tell(format_args!("sent {place}"));
    }

    /// How many LACPDUs the ports have sent.
    pub fn mark(&mut self) -> Vec<u64> {
        self.tell(format_args!("mark"));
        let ports = self.ports.iter().take(self.links.len());
        ports.map(|port| port.counters().lacpdu_tx).collect()
    }

    /// Writes down how many since then.
    pub fn tx(&mut self, marks: &[u64]) {
        let mut line = String::from("tx");
        for (port, mark) in self.ports.iter().zip(marks) {
            let _ = write!(line, " {}", port.counters().lacpdu_tx - mark);
        }
        let _ = writeln!(self.out.text, "{line}");
        self.tell(format_args!("tx"));
    }
}

fn end(info: &Info) -> String {
    format!(
        "{}/{}/{}/{}/{}/{:02x}",
        info.system_priority,
        hex(&info.system.0),
        info.key,
        info.port_priority,
        info.port,
        info.state.0
    )
}

/// Whether two lines are the same. LACPDUs sent in a time when nothing changes may be one more or
/// less: it begins anywhere between two.
pub fn equal(theirs: &str, ours: &str) -> bool {
    if theirs == ours {
        return true;
    }
    let (Some(theirs), Some(ours)) = (theirs.strip_prefix("tx "), ours.strip_prefix("tx ")) else {
        return false;
    };
    let numbers = |line: &str| -> Option<Vec<u64>> {
        line.split(' ').map(|number| number.parse().ok()).collect()
    };
    match (numbers(theirs), numbers(ours)) {
        (Some(theirs), Some(ours)) => {
            theirs.len() == ours.len() && theirs.iter().zip(ours).all(|(a, b)| a.abs_diff(b) <= 1)
        }
        _ => false,
    }
}
