// SPDX-License-Identifier: GPL-2.0

//! Compares the core's MII monitor and its choice of the active slave with the C driver's own
//! code (`monitor.c`): states, flags, counters, carrier, log lines and notifications, in their
//! order, after each pass; and prints TAP.
//!
//! usage: `monitor PROGRAM [SEED]`

use bonding_core::arp::Traffic;
use bonding_core::link::{Link, LinkState, Monitor, Sample, Speed, Standing, Timing};
use bonding_core::mode::Mode;
use bonding_core::option::PrimaryReselect;
use bonding_core::time::{Hz, Jiffies, Millis, Ticks};
use oracle::{
    rng::Rng,
    sim::{add_line, Bond, Slave},
    Tap,
};
use std::{fmt::Write, process::ExitCode};

/// Full duplex.
const FULL: u8 = 1;

/// A run of a bond: what the C half is told, and what the core did.
struct Run {
    script: String,
    bond: Bond,
    interval: Ticks,
    /// When the monitor looks next. The first time it does so when the slaves were just added:
    /// the core counts a delay from then, C from the first pass.
    next: Jiffies,
    updelay: u32,
}

impl Run {
    /// A bond without slaves. Delays are numbers of intervals.
    fn new(
        mode: Mode,
        miimon: u32,
        updelay: u32,
        downdelay: u32,
        reselect: PrimaryReselect,
    ) -> Self {
        // The counter wraps during the run.
        let now = Jiffies(usize::MAX - 60);
        let hz = Hz::new(250);
        let timing = Timing {
            hz,
            miimon: Millis(miimon),
            updelay: Millis(updelay * miimon),
            downdelay: Millis(downdelay * miimon),
        };
        let (number, kind) = (mode.number(), reselect.number());
        let script = format!(
            "new {number} {miimon} {updelay} {downdelay} {kind} {}\n",
            now.0
        );
        let mut bond = Bond::new(mode, timing, reselect, now);
        bond.out.push_str("new\n");
        let interval = hz.ticks(timing.miimon);
        Self {
            script,
            bond,
            interval,
            next: now,
            updelay,
        }
    }

    fn tell(&mut self, line: std::fmt::Arguments<'_>) {
        let _ = writeln!(self.script, "{line}");
    }

    fn add(&mut self, running: bool, carrier: bool, ethtool: (u32, u8), prio: i32) {
        self.bond.add(Monitor::Mii, running, carrier, ethtool, prio);
        self.script += &add_line(&self.bond.slaves[self.bond.slaves.len() - 1], self.updelay);
    }

    /// What follows when all slaves were added: the first active one.
    fn start(&mut self) {
        if self.bond.mode.uses_primary() {
            self.select();
        } else {
            let up = |slave: &Slave| slave.link.state().is_up();
            let first = self.bond.slaves.iter().position(up);
            self.current(first);
        }
    }

    fn current(&mut self, at: Option<usize>) {
        self.bond.active = at;
        self.tell(format_args!("current {}", number(at)));
    }

    fn primary(&mut self, at: Option<usize>, force: bool) {
        self.bond.primary = at;
        self.bond.force_primary = force;
        self.tell(format_args!("primary {} {}", number(at), u8::from(force)));
    }

    fn carrier(&mut self, at: usize, running: bool, carrier: bool) {
        self.bond.slaves[at].running = running;
        self.bond.slaves[at].carrier = carrier;
        self.tell(format_args!(
            "carrier {at} {} {}",
            u8::from(running),
            u8::from(carrier)
        ));
    }

    fn speed(&mut self, at: usize, ethtool: (u32, u8)) {
        self.bond.slaves[at].ethtool = ethtool;
        self.tell(format_args!("speed {at} {} {}", ethtool.0, ethtool.1));
    }

    fn prio(&mut self, at: usize, prio: i32) {
        self.bond.slaves[at].prio = prio;
        self.tell(format_args!("prio {at} {prio}"));
    }

    fn pass(&mut self) {
        let now = self.next;
        self.next = now.after(self.interval);
        self.bond.pass(now);
        self.bond.report();
        self.tell(format_args!("pass {}", now.0));
    }

    fn select(&mut self) {
        self.bond.select();
        self.bond.report();
        self.tell(format_args!("select"));
    }

    fn best(&mut self) {
        let best = number(self.bond.best());
        let force = u8::from(self.bond.force_primary);
        let _ = writeln!(self.bond.out, "best {best} {force}");
        self.tell(format_args!("best"));
    }
}

fn number(at: Option<usize>) -> isize {
    at.map_or(-1, |at| at as isize)
}

/// Whether C does the same in all of `runs`; prints the first that differ.
fn same(program: &str, runs: &[Run]) -> bool {
    let script: String = runs.iter().map(|run| run.script.as_str()).collect();
    let theirs = match oracle::ask(program, script.into_bytes()) {
        Ok(output) => String::from_utf8_lossy(&output).into_owned(),
        Err(error) => {
            println!("# {error}");
            return false;
        }
    };
    let theirs: Vec<&str> = theirs.split("new\n").skip(1).collect();
    if theirs.len() != runs.len() {
        println!("# {} answers for {} runs", theirs.len(), runs.len());
        return false;
    }
    let mut wrong = 0;
    for (run, theirs) in runs.iter().zip(theirs) {
        let ours = run.bond.out.strip_prefix("new\n").unwrap_or("");
        if ours != theirs {
            wrong += 1;
            if wrong <= 2 {
                for line in run.script.lines() {
                    println!("# script: {line}");
                }
                for (c, core) in theirs.lines().zip(ours.lines()) {
                    let mark = if c == core { ' ' } else { '!' };
                    println!("# {mark} C    {c}\n# {mark} core {core}");
                }
            }
        }
    }
    wrong == 0
}

const DELAYS: [(u32, u32); 9] = [
    (0, 0),
    (0, 1),
    (0, 2),
    (1, 0),
    (1, 1),
    (1, 2),
    (2, 0),
    (2, 1),
    (2, 2),
];

/// Each mode and delays, and each way that carriers may come and go.
fn walk(slaves: u32, passes: u32) -> Vec<Run> {
    let mut runs = Vec::new();
    for mode in Mode::ALL {
        for (updelay, downdelay) in DELAYS {
            for carriers in 0_u64..1 << (slaves * passes) {
                let mut run = Run::new(mode, 100, updelay, downdelay, PrimaryReselect::Always);
                for _ in 0..slaves {
                    run.add(true, carriers & 1 != 0, (1000, FULL), 0);
                }
                run.start();
                for pass in 0..passes {
                    for at in 0..slaves {
                        let carrier = carriers >> (pass * slaves + at) & 1 != 0;
                        run.carrier(at as usize, true, carrier);
                    }
                    run.pass();
                }
                runs.push(run);
            }
        }
    }
    runs
}

/// A long run in which anything may happen.
fn wild(rng: &mut Rng) -> Run {
    let mode = rng.of(&Mode::ALL);
    let reselect = rng.of(PrimaryReselect::ALL);
    let miimon = rng.of(&[4, 100, 200, 1000]);
    let (updelay, downdelay) = (rng.below(5) as u32, rng.below(4) as u32);
    let mut run = Run::new(mode, miimon, updelay, downdelay, reselect);
    let slaves = 1 + rng.below(5);
    // Where C takes an unknown speed for the fastest, the core does not.
    let speeds: &[(u32, u8)] = match reselect {
        PrimaryReselect::Better => &[(100, 0), (100, 1), (1000, 1), (10_000, 1)],
        _ => &[
            (100, 0),
            (1000, 1),
            (u32::MAX, 1),
            (0, 1),
            (1000, 0xff),
            (10_000, 1),
        ],
    };
    for _ in 0..slaves {
        let (carrier, speed, prio) = (!rng.one_in(3), rng.of(speeds), rng.below(3) as i32 - 1);
        run.add(true, carrier, speed, prio);
    }
    if mode.uses_primary() && rng.one_in(2) {
        run.primary(Some(rng.below(slaves)), true);
    }
    run.start();
    for _ in 0..60 {
        for at in 0..slaves {
            let (running, carrier) = (run.bond.slaves[at].running, run.bond.slaves[at].carrier);
            match rng.below(16) {
                0..4 => run.carrier(at, running, !carrier),
                4 => run.carrier(at, !running, carrier),
                5 => run.speed(at, rng.of(speeds)),
                6 if mode.uses_primary() => run.prio(at, rng.below(3) as i32 - 1),
                _ => {}
            }
        }
        if mode.uses_primary() {
            match rng.below(12) {
                0 => run.primary(Some(rng.below(slaves)), true),
                1 => run.primary(None, false),
                2 => run.select(),
                _ => {}
            }
        }
        run.pass();
    }
    run
}

/// A slave in one of the states that the choice tells apart.
#[derive(Clone, Copy)]
struct Kind {
    link: LinkState,
    up: bool,
    /// Intervals of three that are left of updelay.
    left: u32,
    prio: i32,
    speed: (u32, u8),
}

const KINDS: [Kind; 11] = {
    const UP: Kind = Kind {
        link: LinkState::Up,
        up: true,
        left: 0,
        prio: 0,
        speed: (1000, 1),
    };
    const BACK: Kind = Kind {
        link: LinkState::Back,
        ..UP
    };
    [
        UP,
        Kind { prio: 1, ..UP },
        Kind {
            speed: (100, 1),
            ..UP
        },
        Kind {
            speed: (1000, 0),
            ..UP
        },
        Kind {
            prio: -1,
            speed: (10_000, 1),
            ..UP
        },
        Kind {
            link: LinkState::Fail,
            up: false,
            ..UP
        },
        Kind {
            link: LinkState::Down,
            up: false,
            ..UP
        },
        Kind { left: 1, ..BACK },
        Kind { left: 2, ..BACK },
        Kind { left: 3, ..BACK },
        Kind {
            left: 1,
            up: false,
            ..BACK
        },
    ]
};

/// The link of a slave of this kind, at the end of a time that makes it so.
fn link_of(kind: Kind, timing: &Timing, now: Jiffies) -> Link {
    let waited = 3_u32.saturating_sub(kind.left);
    let began = now.before(timing.hz.ticks(Millis(waited * timing.miimon.get())));
    let mut link = Link::new(Monitor::Mii, kind.link != LinkState::Down, timing, began);
    let mut ignore = kind.link != LinkState::Back;
    let sample = |carrier, now| Sample {
        carrier,
        active: true,
        mode: Mode::ActiveBackup,
        now,
    };
    let mut go = |carrier| {
        if let Some(proposal) = link.inspect(&sample(carrier, began), timing, &mut ignore) {
            let standing = Standing::default();
            let _ = link.commit(
                &proposal,
                Mode::ActiveBackup,
                Speed::UNKNOWN,
                &standing,
                began,
            );
        }
    };
    if matches!(kind.link, LinkState::Up | LinkState::Fail) {
        go(true);
    }
    if kind.link == LinkState::Fail {
        go(false);
    }
    assert_eq!(link.state(), kind.link);
    link
}

/// One question which slave is the best.
fn choice(
    kinds: &[Kind],
    current: Option<usize>,
    primary: Option<usize>,
    force: bool,
    reselect: PrimaryReselect,
) -> Run {
    let mut run = Run::new(Mode::ActiveBackup, 100, 3, 3, reselect);
    let (timing, now) = (run.bond.timing, run.bond.now);
    for &kind in kinds {
        let link = link_of(kind, &timing, now);
        let slave = Slave {
            link,
            running: kind.up,
            carrier: kind.up,
            ethtool: kind.speed,
            speed: Speed::from_ethtool(kind.speed.0, kind.speed.1),
            prio: kind.prio,
            backup: true,
            inactive: true,
            traffic: Traffic {
                last_tx: now,
                last_rx: now,
            },
            heard: [now; 2],
            untold: (false, false),
        };
        run.script += &add_line(&slave, kind.left);
        run.bond.slaves.push(slave);
    }
    run.current(current);
    run.primary(primary, force);
    run.best();
    run
}

/// Each combination of slaves, active one, primary one and policy.
fn choices(slaves: usize) -> Vec<Run> {
    let mut runs = Vec::new();
    let places: Vec<Option<usize>> = (0..slaves).map(Some).chain([None]).collect();
    for n in 0..KINDS.len().pow(slaves as u32) {
        let kinds: Vec<Kind> = (0..slaves)
            .map(|at| KINDS[n / KINDS.len().pow(at as u32) % KINDS.len()])
            .collect();
        for &current in &places {
            for &primary in &places {
                for &reselect in PrimaryReselect::ALL {
                    for force in [false, true] {
                        runs.push(choice(&kinds, current, primary, force, reselect));
                    }
                }
            }
        }
    }
    runs
}

fn any_choice(rng: &mut Rng) -> Run {
    let kinds: Vec<Kind> = (0..4 + rng.below(5)).map(|_| rng.of(&KINDS)).collect();
    let place = |rng: &mut Rng| Some(rng.below(kinds.len() + 1)).filter(|&at| at < kinds.len());
    let (current, primary) = (place(rng), place(rng));
    choice(
        &kinds,
        current,
        primary,
        rng.one_in(2),
        rng.of(PrimaryReselect::ALL),
    )
}

/// What C and the core report last, for one run.
fn last(program: &str, run: &Run) -> (String, String) {
    let theirs = oracle::ask(program, run.script.clone().into_bytes()).unwrap_or_default();
    let theirs = String::from_utf8_lossy(&theirs).into_owned();
    let last = |text: &str| text.lines().last().unwrap_or("").to_owned();
    (last(&theirs), last(&run.bond.out))
}

/// B7: with no slave usable, C waits for updelay in two modes.
fn fault_b7(program: &str) -> bool {
    [Mode::RoundRobin, Mode::Broadcast].into_iter().all(|mode| {
        let mut run = Run::new(mode, 100, 20, 0, PrimaryReselect::Always);
        run.tell(format_args!("arrays 0"));
        run.add(true, false, (1000, FULL), 0);
        run.start();
        run.pass();
        run.carrier(0, true, true);
        run.pass();
        let (theirs, ours) = last(program, &run);
        (theirs.as_str(), ours.as_str())
            == (
                "active -1 carrier 0 | 3 0 0 0",
                "active 0 carrier 1 | 0 0 0 0",
            )
    })
}

/// B12: C takes a primary of unknown speed for better than one of 10 Gbit/s.
fn fault_b12(program: &str) -> bool {
    let unknown = Kind {
        speed: (u32::MAX, 1),
        ..KINDS[0]
    };
    let fast = Kind {
        speed: (10_000, 1),
        ..KINDS[0]
    };
    let run = choice(
        &[unknown, fast],
        Some(1),
        Some(0),
        false,
        PrimaryReselect::Better,
    );
    let (theirs, ours) = last(program, &run);
    (theirs.as_str(), ours.as_str()) == ("best 0 0", "best 1 0")
}

/// B19: while RTNL is busy, C takes an interval off each delay with every jiffy.
fn fault_b19(program: &str) -> bool {
    let mut run = Run::new(Mode::Xor, 100, 0, 5, PrimaryReselect::Always);
    run.add(true, true, (1000, FULL), 0);
    run.start();
    run.carrier(0, true, false);
    run.pass();
    for _ in 0..6 {
        let now = run.bond.now.after(Ticks(1));
        run.bond.look(now);
        run.tell(format_args!("look {}", now.0));
    }
    run.pass();
    let (theirs, ours) = last(program, &run);
    (theirs.as_str(), ours.as_str())
        == (
            "active -1 carrier 0 | 2 0 0 1",
            "active 0 carrier 0 | 1 0 0 0",
        )
}

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let program = args.next().expect("usage: monitor PROGRAM [SEED]");
    let seed: u64 = args
        .next()
        .map_or(1, |seed| seed.parse().expect("SEED is a number"));
    let mut rng = Rng::new(seed);
    let wild: Vec<Run> = (0..3000).map(|_| wild(&mut rng)).collect();
    let any: Vec<Run> = (0..20_000).map(|_| any_choice(&mut rng)).collect();
    let tests = [
        (
            "one link, every course of carrier over 8 passes",
            walk(1, 8),
        ),
        (
            "two links, every course of carrier over 4 passes",
            walk(2, 4),
        ),
        ("up to five links, 60 passes, anything may happen", wild),
        ("best of one slave, every combination", choices(1)),
        ("best of two slaves, every combination", choices(2)),
        ("best of three slaves, every combination", choices(3)),
        ("best of four to eight slaves", any),
    ];
    type Fault = (&'static str, fn(&str) -> bool);
    let faults: [Fault; 3] = [
        (
            "B7: C waits for updelay with no slave usable, the core does not",
            fault_b7,
        ),
        (
            "B12: C takes unknown speed for the best, the core does not",
            fault_b12,
        ),
        (
            "B19: C's delays run off while RTNL is busy, the core's do not",
            fault_b19,
        ),
    ];
    let mut tap = Tap::plan(tests.len() + faults.len());
    println!("# seed {seed}");
    for (name, runs) in tests {
        tap.test(
            &format!("{name}: {} runs", runs.len()),
            same(&program, &runs),
        );
    }
    for (name, fault) in faults {
        tap.test(name, fault(&program));
    }
    tap.end()
}
