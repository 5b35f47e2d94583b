// SPDX-License-Identifier: GPL-2.0

//! Compares the core's receive balancing with the C driver's own code (`rlb.c`): over which slave each
//! ARP packet goes and what it names, who is told what in which order, and the whole table after each
//! step. Prints TAP.
//!
//! usage: `rlb PROGRAM [SEED]`

use bonding_core::rlb::{Entries, Entry, Ip4, SlaveId, Slaves, Table, Update, Vlan, BURST, SIZE};
use bonding_core::time::{Hz, Jiffies, Ticks};
use bonding_core::wire::arp::{Operation, Packet};
use bonding_core::wire::eth::{Mac, VlanTci};
use oracle::{
    rng::Rng,
    run::{self, number, Course},
};
use std::{fmt::Write, process::ExitCode};

const CTAG: u16 = 0x8100;
const UNKNOWN: u32 = u32::MAX;

/// A slave.
#[derive(Clone)]
struct Port {
    speed: u32,
    usable: bool,
    gone: bool,
    address: Mac,
}

/// The slaves of a bond.
struct Team {
    ports: Vec<Port>,
    active: Option<usize>,
    bond: Mac,
}

impl Slaves for Team {
    fn usable(&self) -> impl Iterator<Item = (SlaveId, u32)> {
        let ports = self.ports.iter().enumerate();
        let usable = ports.filter(|(_, port)| port.usable && !port.gone);
        usable.map(|(at, port)| {
            let known = Some(port.speed).filter(|&speed| speed != UNKNOWN);
            (SlaveId(at as u32), known.unwrap_or(0))
        })
    }

    fn active(&self) -> Option<SlaveId> {
        self.active.map(|at| SlaveId(at as u32))
    }

    fn address(&self, slave: SlaveId) -> Option<Mac> {
        let port = self.ports.get(slave.0 as usize)?;
        (!port.gone).then_some(port.address)
    }

    fn bond_address(&self) -> Mac {
        self.bond
    }

    fn owns(&self, address: Mac) -> bool {
        let mut ports = self.ports.iter();
        ports.any(|port| !port.gone && port.address == address)
    }
}

fn mac(address: Mac) -> u64 {
    address
        .0
        .iter()
        .fold(0, |n, &octet| n << 8 | u64::from(octet))
}

fn ip(address: Ip4) -> u32 {
    u32::from_be_bytes(address)
}

fn place(slave: Option<SlaveId>) -> isize {
    number(slave.map(|SlaveId(at)| at as usize))
}

/// A run: what the C half is told, and what the core did.
struct Clients {
    script: String,
    out: String,
    table: Table<Box<Entries>>,
    team: Team,
    now: Jiffies,
    noticed: bool,
}

impl Course for Clients {
    fn script(&self) -> &str {
        &self.script
    }

    fn ours(&self) -> &str {
        &self.out
    }
}

impl Clients {
    fn new() -> Self {
        let bond = Mac([2, 0, 0, 0, 0, 0]);
        let mut run = Self {
            script: String::new(),
            out: "new\n".to_owned(),
            table: Table::new(Box::new([Entry::EMPTY; SIZE]), Hz::new(10)),
            team: Team {
                ports: Vec::new(),
                active: None,
                bond,
            },
            // The counter wraps during the run.
            now: Jiffies(usize::MAX - 300),
            noticed: false,
        };
        run.say(format_args!("new {:x}", mac(bond)));
        run
    }

    fn say(&mut self, line: std::fmt::Arguments<'_>) {
        let _ = writeln!(self.script, "{line}");
    }

    fn add(&mut self, speed: u32, usable: bool) {
        let address = Mac([2, 0, 0, 0, 0, self.team.ports.len() as u8]);
        self.team.ports.push(Port {
            speed,
            usable,
            gone: false,
            address,
        });
        let line = format!("add {speed} {} {:x}", u8::from(usable), mac(address));
        self.say(format_args!("{line}"));
    }

    fn active(&mut self, at: Option<usize>) {
        self.team.active = at;
        self.say(format_args!("active {}", number(at)));
    }

    fn tell(&mut self, update: &Update) {
        let (proto, tci) = update.vlan.map_or((0, 0), |vlan| (vlan.proto, vlan.tci.0));
        for _ in 0..BURST {
            let _ = writeln!(
                self.out,
                "told {} {:08x} {:08x} {:012x} {proto:04x} {tci:04x}",
                place(Some(update.slave)),
                ip(update.server),
                ip(update.client),
                mac(update.client_mac),
            );
        }
    }

    fn send(&mut self, packet: &Packet, tci: u16) {
        let op = if packet.operation == Operation::Reply {
            2
        } else {
            1
        };
        let line = format!(
            "send {op} {:x} {:x} {:x} {:x} {tci}",
            mac(packet.sender),
            ip(packet.sender_ip),
            mac(packet.target),
            ip(packet.target_ip),
        );
        self.say(format_args!("{line}"));
        let vlan = (tci != 0).then_some(Vlan {
            proto: CTAG,
            tci: VlanTci(tci),
        });
        let sent = self.table.on_transmit(packet, vlan, self.now, &self.team);
        if let Some(moved) = &sent.moved {
            self.tell(moved);
        }
        let named = match (sent.slave, packet.operation) {
            (Some(slave), Operation::Reply) => self.team.address(slave),
            _ => None,
        };
        let named = mac(named.unwrap_or(packet.sender));
        let _ = writeln!(self.out, "sent {} {named:012x}", place(sent.slave));
    }

    fn hear(&mut self, packet: &Packet) {
        let op = if packet.operation == Operation::Reply {
            2
        } else {
            1
        };
        let line = format!(
            "hear {op} {:x} {:x} {:x} {:x}",
            mac(packet.sender),
            ip(packet.sender_ip),
            mac(packet.target),
            ip(packet.target_ip),
        );
        self.say(format_args!("{line}"));
        self.table.on_receive(packet, &self.team);
    }

    /// A slave can send from now on, or cannot any more.
    fn usable(&mut self, at: usize, usable: bool) {
        self.team.ports[at].usable = usable;
        self.say(format_args!("usable {at} {}", u8::from(usable)));
        if usable {
            self.table.rebalance_soon();
            self.say(format_args!("spread"));
        } else {
            self.table.clear_slave(SlaveId(at as u32), &self.team);
            self.say(format_args!("lost {at}"));
        }
    }

    fn leave(&mut self, at: usize) {
        self.team.ports[at].gone = true;
        self.table.clear_slave(SlaveId(at as u32), &self.team);
        self.say(format_args!("left {at}"));
    }

    fn moved(&mut self, at: usize, address: Mac) {
        self.team.ports[at].address = address;
        self.table.address_changed(SlaveId(at as u32));
        let line = format!("mac {at} {:x}\nmoved {at}", mac(address));
        self.say(format_args!("{line}"));
    }

    fn vlan(&mut self, id: u16) {
        self.table.purge_vlan(CTAG, id);
        self.say(format_args!("vlan {id}"));
    }

    /// Has the core notice what has changed, so that it is done with the next [`Self::tick`].
    fn notice(&mut self) {
        if self.table.is_pending() && !self.noticed {
            self.table.tick(self.now, &self.team, |_| {});
        }
        self.noticed = self.table.is_pending();
    }

    /// A run of the monitor.
    fn tick(&mut self, after: usize) {
        self.notice();
        self.now = self.now.after(Ticks(after + 1));
        let pause = u8::from(self.table.pauses(self.now));
        self.say(format_args!("tick {pause}"));
        let mut told = Vec::new();
        self.table
            .tick(self.now, &self.team, |update| told.push(update));
        for update in told {
            self.tell(&update);
        }
        self.noticed = self.table.is_pending();
    }

    fn show(&mut self) {
        self.notice();
        self.say(format_args!("show"));
        for client in self.table.clients() {
            let _ = writeln!(
                self.out,
                "client {:08x} {:08x} {:012x} {}",
                ip(client.server),
                ip(client.client),
                mac(client.client_mac),
                place(client.slave)
            );
        }
        let pending = u8::from(self.table.is_pending());
        let _ = writeln!(self.out, "pending {pending}");
    }
}

/// An ARP packet.
fn packet(reply: bool, sender: Mac, sender_ip: Ip4, target: Mac, target_ip: Ip4) -> Packet {
    Packet {
        operation: if reply {
            Operation::Reply
        } else {
            Operation::Request
        },
        sender,
        sender_ip,
        target,
        target_ip,
    }
}

/// A course in which anything may happen; addresses that few share meet often.
fn wild(rng: &mut Rng, steps: usize) -> Clients {
    let mut run = Clients::new();
    for _ in 0..2 + rng.below(4) {
        let speed = rng.of(&[100, 1000, 1000, 10_000]);
        run.add(speed, !rng.one_in(5));
    }
    let ports = run.team.ports.len();
    run.active(Some(0));
    let spread = rng.of(&[2, 6, 40]);
    let mut next = 100_u8;
    for _ in 0..steps {
        let at = rng.below(ports);
        let server = [10, 0, 0, 200 + rng.below(spread.min(6)) as u8];
        let client = [10, 0, rng.below(3) as u8, rng.below(spread) as u8];
        let station = Mac([2, 0, 0, 1, client[2], client[3]]);
        let other = Mac([2, 0, 0, 2, 0, rng.below(4) as u8]);
        // An address of ours is always in the same VLAN.
        let tci = [0, 5, 0x6007, 9][usize::from(server[3] & 3)];
        match rng.below(20) {
            0..5 => run.send(&packet(true, run.team.bond, server, station, client), tci),
            5..9 => run.send(
                &packet(false, run.team.bond, server, Mac::ZERO, client),
                tci,
            ),
            9 => run.send(&packet(true, other, server, station, client), tci),
            10 | 11 => {
                let station = rng.of(&[station, station, other]);
                run.hear(&packet(true, station, client, run.team.bond, server));
            }
            12 => run.hear(&packet(rng.one_in(2), other, server, station, client)),
            13 => {
                if !run.team.ports[at].gone {
                    let usable = !run.team.ports[at].usable;
                    run.usable(at, usable);
                    let first = run.team.usable().next();
                    run.active(first.map(|(id, _)| id.0 as usize));
                }
            }
            14 if !run.team.ports[at].gone => {
                let others = run.team.ports.iter().filter(|port| !port.gone).count();
                if rng.one_in(4) && others > 1 && run.team.active != Some(at) {
                    run.leave(at);
                } else {
                    next = next.wrapping_add(1);
                    run.moved(at, Mac([2, 0, 0, 3, 0, next]));
                }
            }
            15 => run.vlan(rng.of(&[5, 9])),
            16 if !run.team.ports[at].gone => {
                run.team.ports[at].speed = rng.of(&[100, 1000, 10_000]);
                let speed = run.team.ports[at].speed;
                run.say(format_args!("speed {at} {speed}"));
            }
            _ => run.tick(rng.of(&[0, 1, 5, 25])),
        }
        run.show();
    }
    run
}

/// A network with as many clients as there are places, and more: each collides.
fn crowded(rng: &mut Rng) -> Clients {
    let mut run = Clients::new();
    for _ in 0..4 {
        run.add(1000, true);
    }
    run.active(Some(0));
    for number in 0..700_u16 {
        let [high, low] = number.to_be_bytes();
        let client = [10, 1, high, low];
        let station = Mac([2, 0, 0, 4, high, low]);
        let server = [10, 0, 0, rng.below(256) as u8];
        run.send(&packet(true, run.team.bond, server, station, client), 0);
    }
    run.usable(2, false);
    run.tick(1);
    run.usable(2, true);
    run.tick(30);
    run.show();
    run
}

/// B12: C gives all clients to the slave of unknown speed.
fn fault_b12(program: &str) -> bool {
    let mut run = Clients::new();
    run.add(10_000, true);
    run.add(UNKNOWN, true);
    run.active(Some(0));
    let client = Mac([2, 0, 0, 1, 0, 1]);
    let answer = packet(true, run.team.bond, [10, 0, 0, 1], client, [10, 0, 0, 2]);
    run.send(&answer, 0);
    let (theirs, ours) = run::last(program, &run);
    (theirs.as_str(), ours.as_str()) == ("sent 1 020000000001", "sent 0 020000000000")
}

/// B25: the end of VLAN 0 is the end of untagged clients in C.
fn fault_b25(program: &str) -> bool {
    let mut run = Clients::new();
    run.add(1000, true);
    run.active(Some(0));
    let client = Mac([2, 0, 0, 1, 0, 1]);
    let question = packet(
        false,
        run.team.bond,
        [10, 0, 0, 1],
        Mac::ZERO,
        [10, 0, 0, 2],
    );
    run.send(&question, 0);
    run.hear(&packet(
        true,
        client,
        [10, 0, 0, 2],
        run.team.bond,
        [10, 0, 0, 1],
    ));
    run.vlan(0);
    run.tick(30);
    let (theirs, ours) = run::last(program, &run);
    (theirs.as_str(), ours.as_str())
        == (
            "sent 0 020000000000",
            "told 0 0a000001 0a000002 020000010001 0000 0000",
        )
}

/// An ARP packet from the broadcast address ends the updates of all clients of an address in C.
fn forged(program: &str) -> bool {
    let mut run = Clients::new();
    run.add(1000, true);
    run.active(Some(0));
    let client = Mac([2, 0, 0, 1, 0, 1]);
    let answer = packet(true, run.team.bond, [10, 0, 0, 1], client, [10, 0, 0, 2]);
    run.send(&answer, 0);
    run.hear(&packet(
        false,
        Mac::BROADCAST,
        [10, 0, 0, 1],
        client,
        [10, 0, 0, 9],
    ));
    run.tick(30);
    let (theirs, ours) = run::last(program, &run);
    (theirs.as_str(), ours.as_str())
        == (
            "sent 0 020000000000",
            "told 0 0a000001 0a000002 020000010001 0000 0000",
        )
}

fn courses(rng: &mut Rng) -> Vec<(&'static str, Vec<Clients>)> {
    vec![
        (
            "up to five slaves, 80 steps, anything may happen",
            (0..400).map(|_| wild(rng, 80)).collect(),
        ),
        (
            "up to five slaves, 1000 steps",
            (0..20).map(|_| wild(rng, 1000)).collect(),
        ),
        (
            "more clients than places",
            (0..5).map(|_| crowded(rng)).collect(),
        ),
    ]
}

const FAULTS: &[run::Fault] = &[
    (
        "B12: C takes unknown speed for the best, the core does not",
        fault_b12,
    ),
    (
        "B25: C purges untagged clients with VLAN 0, the core does not",
        fault_b25,
    ),
    (
        "C believes an ARP packet from the broadcast address, the core does not",
        forged,
    ),
];

fn main() -> ExitCode {
    run::main(courses, run::same, FAULTS)
}
