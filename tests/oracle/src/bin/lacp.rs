// SPDX-License-Identifier: GPL-2.0

//! Compares the core's LACP engine with the C driver's own (`lacp.c`, which is bond_3ad.c as it
//! is): states of all machines, what is known of partners, aggregators, carrier, use of slaves, log
//! lines, and the latest LACPDU of each port, octet by octet. Prints TAP.
//!
//! C's machines take a step in a pass, ten of them a second, and count their timers in passes; the
//! core's run until nothing changes, and their timers are moments. So both are compared, and
//! things happen to them, only when nothing has changed for a second nor will within the next. A
//! chain of C's steps takes less than half a second: within that time nothing else may change. A
//! run in which two timers come closer than that ends there.
//!
//! usage: `lacp PROGRAM [SEED]`

use bonding_core::lacp::{Config, LinkFacts};
use bonding_core::link::Duplex;
use bonding_core::option::AdSelect;
use bonding_core::params::Params;
use bonding_core::wire::eth::Mac;
use bonding_core::wire::lacp::{Info, Pdu, State as Bits};
use oracle::{
    lacp::{equal, link, System, DOWN},
    rng::Rng,
    run::{self, Course},
};
use std::process::ExitCode;

/// Passes that a chain of C's steps takes at most.
const CHAIN: usize = 5;
/// Passes without a change before anything happens or is compared, and as many after it.
const QUIET: usize = 10;

const POLICIES: [AdSelect; 4] = [
    AdSelect::Stable,
    AdSelect::Bandwidth,
    AdSelect::Count,
    AdSelect::ActorPortPrio,
];

fn config() -> Config {
    Config::new(&Params::DEFAULT, Mac([2, 0, 0, 0, 0, 1]))
}

/// What is at the other end of each port.
#[derive(Clone, Copy)]
struct Partner {
    info: Info,
}

impl Partner {
    fn new(number: u16) -> Self {
        Self {
            info: Info {
                system_priority: 7,
                system: Mac([2, 0, 0, 0, 7, 1]),
                key: 7,
                port_priority: 7,
                port: number,
                state: Bits(0x3f),
            },
        }
    }
}

/// A system and who it talks to.
struct Run {
    system: System,
    partners: Vec<Partner>,
    /// Ports there ever were.
    added: u16,
    /// Passes since anything changed.
    quiet: usize,
    /// Two things changed too close to each other.
    over: bool,
    /// Ports that a partner asks how they stand, and how they stood before: C may answer before
    /// it took all steps, if there are any to take.
    asked: Vec<(usize, Info)>,
}

impl Course for Run {
    fn script(&self) -> &str {
        self.system.script()
    }

    fn ours(&self) -> &str {
        self.system.ours()
    }
}

impl Run {
    fn new(config: Config, links: &[LinkFacts]) -> Self {
        let mut run = Self {
            system: System::new(config, true),
            partners: Vec::new(),
            added: 0,
            quiet: 0,
            over: false,
            asked: Vec::new(),
        };
        for &link in links {
            run.add(link);
        }
        run.open();
        run
    }

    fn add(&mut self, link: LinkFacts) {
        self.added += 1;
        self.partners.push(Partner::new(self.added));
        self.system.add(link);
        self.quiet = 0;
    }

    fn remove(&mut self, place: usize) {
        self.partners.remove(place);
        self.system.remove(place);
        self.quiet = 0;
    }

    fn open(&mut self) {
        self.system.open();
        // C chooses an aggregator one pass later, and so does the core.
        self.system.pass();
        self.quiet = 0;
    }

    fn pass(&mut self, passes: usize) {
        for _ in 0..passes {
            if self.over {
                return;
            }
            if self.system.pass() {
                self.over = self.quiet + 1 < CHAIN;
                self.quiet = 0;
                self.asked.clear();
            } else {
                self.quiet += 1;
            }
        }
    }

    /// Waits for a quiet time, and compares.
    fn settle(&mut self) {
        for _ in 0..1000 {
            if self.over {
                return;
            }
            if self.quiet >= QUIET && self.system.is_quiet(QUIET) {
                self.system.report();
                for (place, before) in std::mem::take(&mut self.asked) {
                    if self.system.actor(place) == before {
                        self.system.sent(place);
                    }
                }
                return;
            }
            self.pass(1);
        }
        panic!("no quiet time");
    }

    /// What the partner says that knows the port as it is.
    fn says(&self, place: usize) -> Pdu {
        Pdu {
            actor: self.partners[place].info,
            partner: self.system.actor(place),
        }
    }

    fn speak(&mut self, place: usize) {
        let pdu = self.says(place);
        self.system.pdu(place, &pdu);
        self.quiet = 0;
    }

    /// The same, but with an old view of the port, which is to be told how it stands.
    fn ask(&mut self, place: usize) {
        let mut pdu = self.says(place);
        pdu.partner.state = pdu.partner.state ^ Bits::ACTIVITY;
        let before = self.system.actor(place);
        self.system.pdu(place, &pdu);
        self.quiet = 0;
        if self.system.hears(place) {
            self.asked.push((place, before));
        }
    }

    /// Lets time pass; if nothing changes meanwhile, the LACPDUs are counted.
    fn wait(&mut self, passes: usize) {
        let marks = self.system.mark();
        self.quiet = 0;
        self.pass(passes);
        if self.quiet == passes {
            self.system.tx(&marks);
        }
    }

    fn speak_all(&mut self) {
        for place in 0..self.system.len() {
            if self.system.link_of(place).up {
                self.speak(place);
            }
        }
    }
}

fn any_link(rng: &mut Rng) -> LinkFacts {
    let mut facts = link(rng.of(&[100, 1000, 1000, 1000, 10_000]));
    match rng.below(12) {
        0 => facts.speed.duplex = Duplex::Half,
        1 => return DOWN,
        2 => facts.running = false,
        _ => {}
    }
    facts
}

fn any_config(rng: &mut Rng, config: &mut Config) {
    match rng.below(8) {
        0 => config.active = !config.active,
        1 => config.fast = !config.fast,
        2 => config.strict = !config.strict,
        3 => config.min_links = rng.below(4) as u32,
        4 => config.select = rng.of(&POLICIES),
        5 => config.system_priority = rng.of(&[1, 7, 65535]),
        _ => config.system = Mac([2, 0, 0, 0, 0, rng.of(&[1, 2])]),
    }
}

/// Something else than before at the other end.
fn alter(rng: &mut Rng, info: &mut Info) {
    match rng.below(10) {
        0 => info.system.0[5] = rng.of(&[1, 2]),
        1 if info.state.has(Bits::AGGREGATION) => info.key = rng.of(&[7, 8]),
        2 => info.system_priority = rng.of(&[7, 8]),
        3 => info.port_priority = rng.of(&[7, 8]),
        4 => info.port ^= 64,
        5 => info.state = info.state ^ Bits::SYNCHRONIZATION,
        6 => info.state = info.state ^ Bits::COLLECTING,
        7 => info.state = info.state ^ Bits::TIMEOUT,
        8 => info.state = info.state ^ Bits::ACTIVITY,
        // One that is not willing to aggregate has a key of its own: C aggregates it if it has
        // not (B28).
        _ => {
            info.state = info.state ^ Bits::AGGREGATION;
            info.key = if info.state.has(Bits::AGGREGATION) {
                7
            } else {
                100 + info.port
            };
        }
    }
}

fn happen(rng: &mut Rng, run: &mut Run) {
    let slaves = run.system.len();
    let place = if slaves == 0 { 0 } else { rng.below(slaves) };
    match rng.below(20) {
        0..7 => run.speak_all(),
        7 if slaves != 0 => {
            let mut pdu = run.says(place);
            alter(rng, &mut pdu.partner);
            run.system.pdu(place, &pdu);
            run.quiet = 0;
        }
        8 | 9 if slaves != 0 => {
            alter(rng, &mut run.partners[place].info);
            run.speak(place);
        }
        10 => {
            let mut like = *rng;
            for place in 0..slaves {
                like = *rng;
                alter(&mut like, &mut run.partners[place].info);
            }
            *rng = like;
            run.speak_all();
        }
        11..14 if slaves != 0 => {
            let link = any_link(rng);
            run.system.set_link(place, link);
            run.quiet = 0;
        }
        14 => {
            let mut config = run.system.config();
            any_config(rng, &mut config);
            run.system.configure(config);
            run.quiet = 0;
        }
        15 if slaves != 0 => {
            run.system.set_priority(place, rng.of(&[1, 255, 1000]));
            run.quiet = 0;
        }
        16 if slaves < 8 => run.add(any_link(rng)),
        17 if slaves > 1 => run.remove(place),
        18 => run.wait(rng.of(&[25, 62, 100, 300, 610])),
        19 if slaves != 0 => run.ask(place),
        _ => run.pass(QUIET),
    }
}

fn wild(rng: &mut Rng) -> Run {
    let mut config = config();
    for _ in 0..rng.below(6) {
        any_config(rng, &mut config);
    }
    config.coupled = !rng.one_in(3);
    let links: Vec<LinkFacts> = (0..1 + rng.below(5)).map(|_| any_link(rng)).collect();
    let mut run = Run::new(config, &links);
    for _ in 0..60 {
        run.settle();
        if run.over {
            break;
        }
        happen(rng, &mut run);
    }
    run.system.end();
    run
}

fn courses(rng: &mut Rng) -> Vec<(&'static str, Vec<Run>)> {
    let wild: Vec<Run> = (0..500).map(|_| wild(rng)).collect();
    let reports: usize = wild
        .iter()
        .map(|run| run.ours().matches("bond carrier").count())
        .sum();
    println!("# {reports} comparisons");
    vec![("up to eight ports, anything may happen", wild)]
}

/// A system of its own, and what C makes of the same script without being mended.
struct Case {
    system: System,
}

impl Case {
    fn new(config: Config, links: &[LinkFacts]) -> Self {
        let mut system = System::new(config, false);
        for &link in links {
            system.add(link);
        }
        system.open();
        Self { system }
    }

    fn pass(&mut self, passes: usize) {
        for _ in 0..passes {
            self.system.pass();
        }
    }

    fn pdu(&mut self, place: usize, change: impl FnOnce(&mut Info)) {
        let mut pdu = Pdu {
            actor: Partner::new(1 + place as u16).info,
            partner: self.system.actor(place),
        };
        change(&mut pdu.actor);
        self.system.pdu(place, &pdu);
    }

    /// Whether C's last report has `theirs` in it, and the core's `ours`.
    fn differs(mut self, program: &str, theirs: &str, ours: &str) -> bool {
        self.system.report();
        let script = self.system.script().as_bytes().to_vec();
        let answer = oracle::ask(program, script).unwrap_or_default();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let last = |text: &str| text[text.rfind("bond carrier").unwrap_or(0)..].to_owned();
        let (c, core) = (last(&answer), last(self.system.ours()));
        let ok = c.contains(theirs) && core.contains(ours) && theirs != ours;
        if !ok {
            println!("# C:\n# {}", c.replace('\n', "\n# "));
            println!("# core:\n# {}", core.replace('\n', "\n# "));
        }
        ok
    }
}

fn fast() -> Config {
    Config {
        fast: true,
        ..config()
    }
}

/// B4: after a LACPDU of our own, C waits for its partner for ever.
fn fault_b4(program: &str) -> bool {
    let mut case = Case::new(fast(), &[link(1000)]);
    case.pass(40);
    case.pdu(0, |_| {});
    case.pass(10);
    let own = case.system.config().system;
    case.pdu(0, |actor| actor.system = own);
    case.pass(100);
    case.differs(program, "rx current", "rx defaulted")
}

/// B18: with the first of its ports down, C takes an aggregator for one without bandwidth.
fn fault_b18(program: &str) -> bool {
    let config = Config {
        select: AdSelect::Bandwidth,
        ..config()
    };
    let mut case = Case::new(config, &[link(1000); 4]);
    case.pass(40);
    for place in [0, 1, 2] {
        case.pdu(place, |_| {});
    }
    case.pdu(3, |actor| actor.system.0[5] = 2);
    case.pass(10);
    // Two are left, but the port that joined last has no link.
    case.system.set_link(2, DOWN);
    case.pass(10);
    case.differs(program, "active 2 1", "active 1 2")
}

/// B28: C joins links whose partner says that it cannot have them together.
fn fault_b28(program: &str) -> bool {
    let mut case = Case::new(config(), &[link(1000); 2]);
    case.pass(40);
    for place in [0, 1] {
        case.pdu(place, |actor| actor.state.set(Bits::AGGREGATION, false));
    }
    case.pass(10);
    case.differs(program, "active 1 2", "active 1 1")
}

/// G10: ports of an aggregator that is not in use say that they carry frames.
fn fault_g10(program: &str) -> bool {
    let config = Config {
        select: AdSelect::Bandwidth,
        ..config()
    };
    let mut case = Case::new(config, &[link(1000), link(1000)]);
    case.pass(40);
    case.pdu(0, |_| {});
    case.pdu(1, |actor| actor.system.0[5] = 2);
    case.pass(10);
    case.system.set_link(1, link(10_000));
    case.pass(40);
    case.pdu(1, |actor| actor.system.0[5] = 2);
    case.pass(10);
    case.differs(
        program,
        "/1/3d partner 7/020000000701",
        "/1/05 partner 7/020000000701",
    )
}

/// G18: a port that went without LACP stays in use although its partner is not in sync.
fn fault_g18(program: &str) -> bool {
    let mut case = Case::new(config(), &[link(1000)]);
    case.pass(40);
    case.pdu(0, |actor| actor.state.set(Bits::SYNCHRONIZATION, false));
    case.pass(10);
    case.differs(program, "mux attached use on", "mux attached use off")
}

/// G14: a slave that has a carrier, but waits for updelay, gives the bond a carrier.
fn fault_g14(program: &str) -> bool {
    let waits = LinkFacts {
        up: false,
        ..link(1000)
    };
    let mut case = Case::new(config(), &[waits]);
    case.pass(40);
    case.differs(program, "bond carrier 1", "bond carrier 0")
}

/// G15: a port that becomes half duplex goes on with its partner.
fn fault_g15(program: &str) -> bool {
    let mut case = Case::new(config(), &[link(1000)]);
    case.pass(40);
    case.pdu(0, |_| {});
    case.pass(10);
    let mut half = link(1000);
    half.speed.duplex = Duplex::Half;
    case.system.set_link(0, half);
    case.pass(10);
    case.differs(program, "rx current", "rx no-lacp")
}

/// G16: each LACPDU to a half duplex port makes C choose an aggregator, and warn.
fn fault_g16(program: &str) -> bool {
    let mut half = link(1000);
    half.speed.duplex = Duplex::Half;
    let mut case = Case::new(config(), &[half]);
    case.pass(40);
    for _ in 0..20 {
        case.pdu(0, |_| {});
        case.pass(5);
    }
    case.system.report();
    let script = case.system.script().as_bytes().to_vec();
    let answer = oracle::ask(program, script).unwrap_or_default();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let warnings = |text: &str| text.matches("No 802.3ad response").count();
    (warnings(&answer), warnings(case.system.ours())) == (22, 2)
}

/// G17: with lacp_strict, C leaves the carrier on when its only port starts over.
fn fault_g17(program: &str) -> bool {
    let config = Config {
        strict: true,
        min_links: 1,
        ..config()
    };
    let mut case = Case::new(config, &[link(100)]);
    case.pass(40);
    case.pdu(0, |_| {});
    case.pass(10);
    case.system.set_link(0, link(1000));
    // As no monitor's pass would.
    case.pass(40);
    case.differs(program, "bond carrier 1", "bond carrier 0")
}

const FAULTS: &[run::Fault] = &[
    ("B4: our own LACPDU stops C's receive timer", fault_b4),
    ("B18: C takes one port's speed for all", fault_b18),
    ("B28: C aggregates what must not be", fault_b28),
    ("G10: C's replaced ports say that they carry", fault_g10),
    ("G18: C sends to a partner that is not in sync", fault_g18),
    ("G14: C counts a slave that waits for updelay", fault_g14),
    ("G15: C goes on at half duplex", fault_g15),
    ("G16: C chooses anew with each LACPDU", fault_g16),
    ("G17: C's strict carrier stays on", fault_g17),
];

fn main() -> ExitCode {
    let check = |program: &str, runs: &[Run]| run::agree(program, runs, equal);
    run::main(courses, check, FAULTS)
}
