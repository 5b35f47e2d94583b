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
    run::{self, number, Course},
    sim::{add_line, Bond, Slave},
};
use std::{
    fmt::Write,
    ops::{Deref, DerefMut},
    process::ExitCode,
};

/// Full duplex.
const FULL: u8 = 1;

/// A run of a bond with the MII monitor.
struct Run {
    run: run::Run,
    interval: Ticks,
    /// When the monitor looks next. The first time it does so when the slaves were just added:
    /// the core counts a delay from then, C from the first pass.
    next: Jiffies,
    updelay: u32,
}

impl Course for Run {
    fn script(&self) -> &str {
        self.run.script()
    }

    fn ours(&self) -> &str {
        self.run.ours()
    }
}

impl Deref for Run {
    type Target = run::Run;

    fn deref(&self) -> &run::Run {
        &self.run
    }
}

impl DerefMut for Run {
    fn deref_mut(&mut self) -> &mut run::Run {
        &mut self.run
    }
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
        let bond = Bond::new(mode, timing, reselect, now);
        let new = format_args!(
            "new {number} {miimon} {updelay} {downdelay} {kind} {}",
            now.0
        );
        Self {
            run: run::Run::new(bond, new),
            interval: hz.ticks(timing.miimon),
            next: now,
            updelay,
        }
    }

    fn add(&mut self, running: bool, carrier: bool, ethtool: (u32, u8), prio: i32) {
        self.bond.add(Monitor::Mii, running, carrier, ethtool, prio);
        let line = add_line(&self.bond.slaves[self.bond.slaves.len() - 1], self.updelay);
        self.script += &line;
    }

    fn primary(&mut self, at: Option<usize>, force: bool) {
        self.bond.primary = at;
        self.bond.force_primary = force;
        self.tell(format_args!("primary {} {}", number(at), u8::from(force)));
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

    fn best(&mut self) {
        let best = number(self.bond.best());
        let force = u8::from(self.bond.force_primary);
        let _ = writeln!(self.bond.out, "best {best} {force}");
        self.tell(format_args!("best"));
    }
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
    if kind.link == LinkState::Back && waited != 0 {
        // The first pass took one interval off.
        link.mark_seen(began.after(timing.hz.ticks(timing.miimon)));
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
        let (theirs, ours) = run::last(program, &run);
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
    let (theirs, ours) = run::last(program, &run);
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
    let (theirs, ours) = run::last(program, &run);
    (theirs.as_str(), ours.as_str())
        == (
            "active -1 carrier 0 | 2 0 0 1",
            "active 0 carrier 0 | 1 0 0 0",
        )
}

fn courses(rng: &mut Rng) -> Vec<(&'static str, Vec<Run>)> {
    let wild = (0..3000).map(|_| wild(rng)).collect();
    let any = (0..20_000).map(|_| any_choice(rng)).collect();
    vec![
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
    ]
}

const FAULTS: &[run::Fault] = &[
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

fn main() -> ExitCode {
    run::main(courses, run::same, FAULTS)
}
