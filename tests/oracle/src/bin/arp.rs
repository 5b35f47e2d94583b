// SPDX-License-Identifier: GPL-2.0

//! Compares the core's ARP and ND monitor with the C driver's own code (`monitor.c`): states,
//! flags, counters, who probes, log lines and notifications after each pass; and which received
//! frames prove a link. Prints TAP.
//!
//! usage: `arp PROGRAM [SEED]`

use bonding_core::arp::{
    self,
    validate::{proven, Kind},
};
use bonding_core::link::{LinkState, Monitor, Timing};
use bonding_core::mode::Mode;
use bonding_core::option::{ArpAllTargets, ArpValidate, PrimaryReselect};
use bonding_core::time::{Hz, Jiffies, Millis, Ticks};
use bonding_core::wire::nd;
use oracle::{
    rng::Rng,
    run::{self, number, Course},
    sim::{add_line, Bond},
};
use std::{
    fmt::Write,
    ops::{Deref, DerefMut},
    process::ExitCode,
};

/// A run of a bond with the ARP monitor.
struct Run(run::Run);

impl Course for Run {
    fn script(&self) -> &str {
        self.0.script()
    }

    fn ours(&self) -> &str {
        self.0.ours()
    }
}

impl Deref for Run {
    type Target = run::Run;

    fn deref(&self) -> &run::Run {
        &self.0
    }
}

impl DerefMut for Run {
    fn deref_mut(&mut self) -> &mut run::Run {
        &mut self.0
    }
}

impl Run {
    fn new(
        mode: Mode,
        interval: u32,
        missed: u32,
        all: ArpAllTargets,
        validate: ArpValidate,
    ) -> Self {
        // The counter wraps during the run.
        let now = Jiffies(usize::MAX - 120);
        let hz = Hz::new(250);
        let none = Millis(0);
        let timing = Timing {
            hz,
            miimon: none,
            updelay: none,
            downdelay: none,
        };
        let mut bond = Bond::new(mode, timing, PrimaryReselect::Always, now);
        bond.arp = arp::Timing::new(hz, Millis(interval), missed);
        bond.all_targets = all;
        bond.validate = validate;
        let new = format_args!("new {} 0 0 0 0 {}", mode.number(), now.0);
        let mut run = Self(run::Run::new(bond, new));
        let (all, validate) = (all.number(), validate.number());
        run.tell(format_args!("arp {interval} {missed} {all} {validate}"));
        run
    }

    fn add(&mut self, carrier: bool, prio: i32) {
        let at = self.bond.slaves.len();
        self.bond.add(Monitor::Arp, true, carrier, (1000, 1), prio);
        let line = add_line(&self.bond.slaves[at], 0);
        self.script += &line;
        let now = self.bond.now.0;
        self.tell(format_args!("times {at} {now}"));
    }

    /// A frame came `ago` ticks before the next pass.
    fn rx(&mut self, at: usize, when: Jiffies, target: Option<usize>) {
        let slave = &mut self.bond.slaves[at];
        slave.traffic.last_rx = when;
        if let Some(target) = target {
            slave.heard[target] = when;
        }
        self.tell(format_args!("rx {at} {} {}", when.0, number(target)));
    }

    /// A situation that the monitor's own courses seldom lead to.
    fn disturb(&mut self, rng: &mut Rng) {
        let slaves = self.bond.slaves.len();
        let at = rng.below(slaves);
        let any = Some(rng.below(slaves + 1)).filter(|&at| at < slaves);
        match rng.below(4) {
            0 => {
                let when = self.bond.now.before(Ticks(rng.below(200)));
                self.bond.slaves[at].traffic.last_tx = when;
                self.tell(format_args!("tx {at} {}", when.0));
            }
            1 => {
                let states = [
                    LinkState::Up,
                    LinkState::Fail,
                    LinkState::Down,
                    LinkState::Back,
                ];
                let state = rng.of(&states);
                let now = self.bond.now;
                self.bond.slaves[at].link.set(state, now);
                self.tell(format_args!("link {at} {}", state.number()));
            }
            2 => {
                self.bond.prober = any;
                self.tell(format_args!("prober {}", number(any)));
            }
            _ => {
                self.bond.active = any;
                self.tell(format_args!("current {}", number(any)));
            }
        }
    }

    fn pass(&mut self) {
        let now = self.bond.now.after(self.bond.arp.interval);
        self.bond.arp_pass(now);
        let (prober, probed) = (number(self.bond.prober), self.bond.probed);
        let _ = writeln!(self.bond.out, "prober {prober} probed {probed:x}");
        self.bond.report();
        self.tell(format_args!("probe {}", now.0));
    }
}

const MODES: [Mode; 4] = [
    Mode::ActiveBackup,
    Mode::RoundRobin,
    Mode::Xor,
    Mode::Broadcast,
];

/// Every course of who hears something, over two slaves.
fn walk() -> Vec<Run> {
    let mut runs = Vec::new();
    for mode in MODES {
        for missed in [1, 2] {
            for course in 0_u32..1 << 12 {
                let mut run = Run::new(mode, 100, missed, ArpAllTargets::Any, ArpValidate::None);
                run.add(true, 0);
                run.add(true, 0);
                run.start();
                for pass in 0..6 {
                    for at in 0..2 {
                        if course >> (pass * 2 + at) & 1 != 0 {
                            let when = run.bond.now.after(Ticks(20));
                            run.rx(at as usize, when, None);
                        }
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
    let mode = rng.of(&[MODES[0], MODES[0], MODES[0], MODES[1], MODES[2], MODES[3]]);
    let all = rng.of(ArpAllTargets::ALL);
    let (interval, missed) = (rng.of(&[4, 20, 100, 1000]), 1 + rng.below(4) as u32);
    let mut run = Run::new(mode, interval, missed, all, ArpValidate::None);
    let slaves = 1 + rng.below(5);
    for _ in 0..slaves {
        run.add(!rng.one_in(4), rng.below(3) as i32 - 1);
    }
    run.start();
    let disturbed = mode == Mode::ActiveBackup && rng.one_in(2);
    let mut alive = vec![true; slaves];
    for _ in 0..60 {
        for at in 0..slaves {
            let (running, carrier) = (run.bond.slaves[at].running, run.bond.slaves[at].carrier);
            match rng.below(24) {
                0 => run.carrier(at, running, !carrier),
                1 => run.carrier(at, !running, carrier),
                2 | 3 => alive[at] = !alive[at],
                _ => {}
            }
            let hears = alive[at] && (run.bond.probed >> at & 1 != 0 || rng.one_in(2));
            if hears {
                let ago = rng.below(run.bond.arp.interval.0 + 1);
                let when = run.bond.now.after(Ticks(ago));
                for target in 0..2 {
                    if !rng.one_in(5) {
                        run.rx(at, when, Some(target));
                    }
                }
            }
        }
        if disturbed && rng.one_in(6) {
            run.disturb(rng);
        }
        run.pass();
    }
    run
}

/// The addresses that both sides have numbers for.
fn address6(n: usize) -> nd::Ip6 {
    let with = |head: [u8; 2], last: u8| {
        let mut ip = [0; 16];
        ip[..2].copy_from_slice(&head);
        ip[15] = last;
        ip
    };
    match n {
        0 => nd::UNSPECIFIED,
        1..=4 => with([0xfd, 0], n as u8),
        5 => nd::ALL_NODES,
        n => nd::solicited_node(&with([0xfd, 0], if n == 6 { 2 } else { 4 })),
    }
}

/// Packet types that the stack tells apart: host, broadcast, multicast, other host, outgoing,
/// loopback.
const TYPES: [u8; 6] = [0, 1, 2, 3, 4, 5];

/// Frames of all kinds to slaves in all situations.
fn frames(rng: &mut Rng) -> Run {
    let (validate, all) = (rng.of(ArpValidate::ALL), rng.of(ArpAllTargets::ALL));
    let mut run = Run::new(Mode::ActiveBackup, 100, 2, all, validate);
    for _ in 0..3 {
        run.add(true, 0);
    }
    // With an active slave that heard something or not, or with a prober.
    if rng.one_in(2) {
        run.start();
    } else {
        for at in 0..3 {
            run.carrier(at, true, at == 1);
        }
        run.pass();
        run.pass();
    }
    for _ in 0..60 {
        let at = rng.below(3);
        let step = Ticks(1 + rng.below(30));
        run.bond.now = run.bond.now.after(step);
        let now = run.bond.now;
        // Both sides keep times that are equal to now out of the way.
        let aside = |time: &mut Jiffies| {
            if *time == now {
                *time = now.before(Ticks(1));
            }
        };
        let slave = &mut run.bond.slaves[at];
        aside(&mut slave.traffic.last_rx);
        slave.heard.iter_mut().for_each(aside);
        let kind = rng.of(&TYPES);
        let legible = kind != 3 && kind != 5;
        let heard = if rng.one_in(2) {
            let ips = [0, 0x0a00_0001, 0x0a00_0002, 0x0a00_0003, 0x0a00_0004_u32];
            let (arp, op, sip, tip) = (
                !rng.one_in(8),
                rng.of(&[1, 2, 2, 9]),
                rng.of(&ips),
                rng.of(&ips),
            );
            run.tell(format_args!(
                "receive {at} {} {} {op} {sip:x} {tip:x} {kind}",
                now.0,
                u8::from(arp)
            ));
            let place = |reading| {
                proven(
                    reading,
                    sip,
                    tip,
                    |ip| ip == 0,
                    |ip| {
                        [0x0a00_0002, 0x0a00_0003]
                            .iter()
                            .position(|target| *target == ip)
                    },
                    |ip| ip == 0x0a00_0001,
                )
            };
            let frame = if arp { Kind::Arp } else { Kind::Other };
            run.bond.receive(at, frame, place, op == 2, legible)
        } else {
            let (next, icmp) = (rng.of(&[58, 58, 58, 17]), rng.of(&[135, 136, 136, 134]));
            let (from, to) = (rng.below(8), rng.below(8));
            run.tell(format_args!(
                "neighbour {at} {} {next} {icmp} {from} {to} {kind}",
                now.0
            ));
            let mut octets = [0; nd::LEN];
            octets[6] = next;
            octets[8..24].copy_from_slice(&address6(from));
            octets[24..40].copy_from_slice(&address6(to));
            octets[40] = icmp;
            let place = |reading| {
                let packet = nd::Packet::parse(&octets)?;
                let targets = [address6(2), address6(3)];
                proven(
                    reading,
                    packet.source,
                    packet.destination,
                    |ip| ip == nd::UNSPECIFIED,
                    |ip| nd::place_among(&targets, &ip),
                    |ip| ip == nd::ALL_NODES || ip == address6(1),
                )
            };
            run.bond.receive(at, Kind::Ipv6, place, true, legible)
        };
        let _ = writeln!(run.bond.out, "heard {heard}");
    }
    run
}

fn courses(rng: &mut Rng) -> Vec<(&'static str, Vec<Run>)> {
    let wild = (0..4000).map(|_| wild(rng)).collect();
    let frames = (0..4000).map(|_| frames(rng)).collect();
    vec![
        (
            "two slaves, every course of who hears something over 6 passes",
            walk(),
        ),
        ("up to five slaves, 60 passes, anything may happen", wild),
        ("60 frames of all kinds to slaves in all situations", frames),
    ]
}

fn main() -> ExitCode {
    run::main(courses, run::same, &[])
}
