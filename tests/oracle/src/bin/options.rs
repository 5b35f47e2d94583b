// SPDX-License-Identifier: GPL-2.0

//! Compares what the core does about options with the C driver's own code (`options.c`): error
//! number, text for netlink, log lines, configuration, and what is asked of the rest of the
//! driver, for every option in every mode and state; and prints TAP.
//!
//! usage: `options PROGRAM [SEED]`

use bonding_core::log::{Level, Log};
use bonding_core::mode::Mode;
use bonding_core::option::{
    set, ActiveChange, Device, Devices, Effect, Effects, Membership, NetlinkKind, OptionId,
    PrimaryChange, Relation, SlaveRef, SlaveView, Value, View, OPTIONS,
};
use bonding_core::params::{Delay, Params, INT_MAX};
use oracle::{ask, rng::Rng, Tap};
use std::{
    fmt::{self, Write},
    process::ExitCode,
};

/// The devices of the C half, as in its table.
const NAMES: [&str; 5] = ["eth0", "eth1", "eth2", "lan0", "lan1"];

/// The state of a bond.
#[derive(Clone, Copy, Debug)]
struct State {
    up: bool,
    slaves: bool,
    active: bool,
    primary: bool,
    xdp: bool,
}

impl State {
    /// All that can be. Whoever has an active slave or a primary has slaves.
    fn all() -> Vec<State> {
        let bit = |n: u32, at: u32| n >> at & 1 != 0;
        let states = (0..32).map(|n| State {
            up: bit(n, 0),
            slaves: bit(n, 1),
            active: bit(n, 2),
            primary: bit(n, 3),
            xdp: bit(n, 4),
        });
        states
            .filter(|s| s.slaves || !(s.active || s.primary))
            .collect()
    }
}

impl Devices for State {
    fn find(&self, name: &[u8]) -> Option<Device> {
        let at = NAMES.iter().position(|n| n.as_bytes() == name)?;
        let relation = match at {
            0..=2 if self.slaves => Relation::Ours(SlaveView {
                usable: at != 2,
                active: at == 0 && self.active,
            }),
            4 => Relation::OfOtherBond,
            _ => Relation::Stranger,
        };
        let ifindex = at as u32;
        Some(Device { ifindex, relation })
    }

    fn queue_id_taken(&self, queue_id: u16, except: u32) -> bool {
        [0, 3, 0]
            .iter()
            .zip(0..)
            .any(|(&q, at)| q == queue_id && at != except)
    }
}

/// Log lines as the C half prints them.
struct Lines(String);

impl Log for Lines {
    fn line(&mut self, level: Level, text: fmt::Arguments<'_>) {
        let letter = match level {
            Level::Err => 'E',
            Level::Warn => 'W',
            Level::Notice | Level::Info => 'I',
            Level::Debug => return,
        };
        writeln!(self.0, "{letter} {text}").unwrap();
    }
}

/// A value, which owns its text.
#[derive(Clone, Debug)]
enum Given {
    Text(Vec<u8>),
    Number(u64),
    Ipv4([u8; 4]),
    Ipv6([u8; 16]),
    Mac([u8; 6]),
    OfSlave(usize, i32),
}

/// A question.
struct Question {
    id: OptionId,
    params: Params,
    state: State,
    value: Given,
}

fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        write!(text, "{octet:02x}").unwrap();
        text
    })
}

/// The numbers of a configuration, in the order of the C half.
fn numbers(p: &Params) -> [i64; 27] {
    [
        p.mode.number().into(),
        p.xmit_policy.number().into(),
        p.miimon.into(),
        p.num_peer_notif.into(),
        p.missed_max.into(),
        p.arp_interval.into(),
        p.arp_validate.number().into(),
        p.arp_all_targets.number().into(),
        p.fail_over_mac.number().into(),
        p.updelay.intervals().into(),
        p.downdelay.intervals().into(),
        p.peer_notif_delay.intervals().into(),
        p.lacp_active.into(),
        p.lacp_rate.number().into(),
        p.lacp_strict.into(),
        p.min_links.into(),
        p.ad_select.number().into(),
        p.primary_reselect.number().into(),
        p.all_slaves_active.into(),
        p.resend_igmp.into(),
        p.lp_interval.into(),
        p.packets_per_slave.into(),
        p.tlb_dynamic_lb.into(),
        p.ad_actor_sys_prio.into(),
        p.ad_user_port_key.into(),
        p.coupled_control.into(),
        p.broadcast_neighbor.into(),
    ]
}

impl Question {
    /// The line for the C half.
    fn line(&self) -> String {
        let mut line = format!("{}", self.id as u8);
        for number in numbers(&self.params) {
            write!(line, " {number}").unwrap();
        }
        let (p, s) = (&self.params, self.state);
        write!(line, " {} {}", p.arp_targets.len(), p.ns_targets.len()).unwrap();
        for flag in [s.up, s.slaves, s.active, s.primary, s.xdp] {
            write!(line, " {}", u8::from(flag)).unwrap();
        }
        let value = match &self.value {
            Given::Text(text) if text.is_empty() => "t -".into(),
            Given::Text(text) => format!("t {}", hex(text)),
            Given::Number(number) => format!("n {number}"),
            Given::Ipv4(ip) => format!("n {}", u32::from_ne_bytes(*ip)),
            Given::Ipv6(ip) => format!("6 {}", hex(ip)),
            Given::Mac([a, b, c, d, e, f]) => {
                format!("n {}", u64::from_ne_bytes([*a, *b, *c, *d, *e, *f, 0, 0]))
            }
            Given::OfSlave(at, number) => format!("s {at} {number}"),
        };
        writeln!(line, " {value}").unwrap();
        line
    }

    /// The core's answer, in the words of the C half.
    fn answer(&self) -> String {
        let s = self.state;
        let view = View {
            up: s.up,
            has_slaves: s.slaves,
            has_active: s.active,
            has_primary: s.primary,
            has_xdp: s.xdp,
            devices: &s,
            ..View::NEW
        };
        let value = match &self.value {
            Given::Text(text) => Value::Text(text),
            Given::Number(number) => Value::Number(*number),
            Given::Ipv4(ip) => Value::Ipv4(*ip),
            Given::Ipv6(ip) => Value::Ipv6(*ip),
            Given::Mac(mac) => Value::Mac(*mac),
            Given::OfSlave(at, number) => {
                let slave = SlaveRef {
                    ifindex: *at as u32,
                    name: NAMES[*at].as_bytes(),
                };
                Value::OfSlave((s.slaves && *at < 3 || *at == 4).then_some(slave), *number)
            }
        };
        let mut params = self.params.clone();
        let mut log = Lines(String::new());
        let answer = set(&mut params, &view, self.id, value, &mut log);
        let (errno, extack, effects) = match answer {
            Ok(effects) => (0, "", effects),
            Err(error) => (error.errno.to_c(), self.extack_of_c(&error), Effects::NONE),
        };
        let mut out = log.0;
        write!(out, "ret {errno}\nextack {extack}\nparams").unwrap();
        for number in numbers(&params) {
            write!(out, " {number}").unwrap();
        }
        let (mac, primary) = (hex(&params.ad_actor_system), hex(params.primary.as_c()));
        write!(out, " {mac} {primary} ").unwrap();
        params
            .arp_targets
            .slots()
            .iter()
            .for_each(|ip| out.push_str(&hex(ip)));
        out.push(' ');
        params
            .ns_targets
            .slots()
            .iter()
            .for_each(|ip| out.push_str(&hex(ip)));
        out.push_str("\nevents");
        self.events(&mut out, &params, &effects);
        out.push_str("\nslaves");
        for at in 0..3 {
            self.slave(&mut out, &params, &effects, at);
        }
        out.push_str("\nend\n");
        out
    }

    /// The text that C gives: where it has none, ours says more.
    fn extack_of_c(&self, error: &bonding_core::option::Error) -> &'static str {
        const OF_C: [i32; 5] = [-13, -39, -16, -22, -19];
        let text = matches!(self.value, Given::Text(_));
        match error.errno.to_c() {
            -19 if !text => "",
            errno if OF_C.contains(&errno) => error.extack,
            _ => "",
        }
    }

    /// What is asked of the rest of the driver, in the order of the C half's list.
    fn events(&self, out: &mut String, params: &Params, effects: &Effects) {
        let has = |effect| effects.has(effect);
        let (mii, arp) = (has(Effect::MiiMonitor), has(Effect::ArpMonitor));
        let bcast = has(Effect::BroadcastNeigh);
        // Stopping a monitor that does not run is not asked for.
        for (name, happens) in [
            (
                "select",
                has(Effect::SelectActive) || effects.active == Some(ActiveChange::Choose),
            ),
            ("change", effects.active.is_some()),
            ("carrier", has(Effect::Carrier)),
            ("mii-queue", mii && params.miimon != 0),
            ("mii-cancel", mii && params.miimon == 0),
            ("arp-queue", arp && params.arp_interval != 0),
            ("arp-cancel", arp && params.arp_interval == 0),
            ("lacp-active", has(Effect::LacpActive)),
            ("lacp-rate", has(Effect::LacpRate)),
            ("ad-actor", has(Effect::AdActor)),
            ("bcast-on", bcast && params.broadcast_neighbor),
            ("bcast-off", bcast && !params.broadcast_neighbor),
            ("xdp-features", has(Effect::Mode)),
        ] {
            if happens {
                write!(out, " {name}").unwrap();
            }
        }
        match effects.active {
            Some(ActiveChange::Choose) => out.push_str(" to -1"),
            Some(ActiveChange::Slave(at)) => write!(out, " to {at}").unwrap(),
            None => {}
        }
        match effects.membership {
            Some(Membership::Enslave(at)) => write!(out, " enslave {at}").unwrap(),
            Some(Membership::Release(at)) => write!(out, " release {at}").unwrap(),
            None => {}
        }
        if has(Effect::ForcePrimary) {
            out.push_str(" force");
        }
    }

    /// A slave's own settings, and whether it is the primary.
    fn slave(&self, out: &mut String, params: &Params, effects: &Effects, at: u32) {
        let change = effects.slave.filter(|change| change.ifindex == at);
        let queue = if at == 1 { 3 } else { 0 };
        let queue = change.and_then(|c| c.queue_id).unwrap_or(queue);
        let prio = change.and_then(|c| c.prio).unwrap_or(0);
        let port_prio = change.and_then(|c| c.port_prio).unwrap_or(0);
        let stands_by = self.state.slaves && at != 0;
        let inactive = stands_by && effects.has(Effect::Inactive) && !params.all_slaves_active;
        let primary = match effects.primary {
            Some(PrimaryChange::Slave(index)) => index == at,
            Some(PrimaryChange::None) => false,
            None => self.state.primary && at == 1,
        };
        let primary = if primary { ":primary" } else { "" };
        write!(
            out,
            " {queue}:{prio}:{port_prio}:{}{primary}",
            u8::from(inactive)
        )
        .unwrap();
    }
}

/// Makes questions.
struct Source {
    rng: Rng,
    states: Vec<State>,
}

impl Source {
    fn below(&mut self, limit: usize) -> usize {
        self.rng.below(limit)
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    /// A configuration that a bond can have.
    fn params(&mut self, mode: Mode) -> Params {
        let mut p = Params {
            mode,
            ..Params::DEFAULT
        };
        p.miimon = self.pick(&[0, 0, 1, 7, 100, 1000, INT_MAX]);
        if p.miimon == 0 && mode.uses_arp() {
            p.arp_interval = self.pick(&[0, 1, 200]);
            p.arp_validate = self.pick(bonding_core::option::ArpValidate::ALL);
        }
        let delay = |ms: u32| Delay::from_ms(ms, 1).unwrap_or_default().0;
        p.updelay = delay(self.pick(&[0, 1, 3]));
        p.downdelay = delay(self.pick(&[0, 2]));
        p.peer_notif_delay = delay(self.pick(&[0, 5]));
        p.xmit_policy = self.pick(bonding_core::option::XmitPolicy::ALL);
        p.all_slaves_active = self.rng.one_in(2);
        p.broadcast_neighbor = mode == Mode::Ieee8023ad && self.rng.one_in(2);
        p.tlb_dynamic_lb = self.rng.one_in(2);
        for n in 1..=self.pick(&[0, 1, 2, 15, 16]) {
            p.arp_targets.add([10, 0, 0, n]).unwrap();
        }
        for n in 1..=self.pick(&[0, 1, 16]) {
            p.ns_targets.add(ns_target(n)).unwrap();
        }
        p
    }

    /// A text that has to do with the option, or nearly.
    fn text(&mut self, id: OptionId) -> Vec<u8> {
        const WORDS: [&str; 40] = [
            "",
            "0",
            "1",
            "2",
            "3",
            "7",
            "-1",
            "+1",
            "100",
            "250",
            "255",
            "256",
            "65535",
            "65536",
            "2147483647",
            "2147483648",
            "4294967296",
            "18446744073709551615",
            "99999999999999999999",
            "default",
            "off",
            "on",
            "maxval",
            "minval",
            "eth0",
            "eth1",
            "eth2",
            "lan0",
            "lan1",
            "eth9",
            "0x1",
            "01",
            "10.0.0.1",
            "10.0.0.200",
            "0.0.0.0",
            "255.255.255.255",
            "1.2.3",
            "02:00:00:00:00:01",
            "01:00:5e:00:00:01",
            "x",
        ];
        const MARKS: [&[u8]; 12] = [
            b"", b"", b"", b"\n", b" ", b"+", b"-", b":", b".", b"\t", b"\xa0", b",",
        ];
        let mut text = Vec::new();
        for _ in 0..=self.below(3) {
            text.extend(self.pick(&MARKS));
            let named = id.def().values;
            if !named.is_empty() && self.rng.one_in(2) {
                let value = self.pick(named);
                let number = value.value.wrapping_add(self.pick(&[0, 0, 1, u64::MAX]));
                match self.rng.one_in(2) {
                    true => text.extend(value.name.as_bytes()),
                    false => text.extend(number.to_string().as_bytes()),
                }
            } else {
                text.extend(self.pick(&WORDS).as_bytes());
            }
            text.extend(self.pick(&MARKS));
        }
        if self.below(8) == 0 {
            let at = self.below(text.len() + 1);
            // Not a NUL, which ends a text on its way to either side. UTF-8, as log lines are.
            text.insert(at, self.pick(b"x0 \n:+-.\t\x0b\x0c\r"));
        }
        text.retain(|&b| b != 0xa0 || id.def().values.is_empty());
        text
    }

    /// A value of some kind that the option is given by one interface or another.
    fn value(&mut self, id: OptionId) -> Given {
        match id {
            OptionId::Prio | OptionId::ActorPortPrio => {
                let number = self.pick(&[0, 1, -1, 255, 65535, i32::MIN, i32::MAX]);
                let number = match id {
                    OptionId::Prio => number,
                    _ => number & 0xffff,
                };
                Given::OfSlave(self.below(4), number)
            }
            OptionId::NsTargets => {
                let n = self.pick(&[1, 2, 16, 17, 99]);
                let special = [[0; 16], {
                    let mut loopback = [0; 16];
                    loopback[15] = 1;
                    loopback
                }];
                match self.below(4) {
                    0 => Given::Ipv6(self.pick(&special)),
                    1 => Given::Ipv6([0xff; 16]),
                    _ => Given::Ipv6(ns_target(n)),
                }
            }
            OptionId::ArpTargets if self.rng.one_in(2) => {
                let n = self.pick(&[0, 1, 2, 16, 17]);
                Given::Ipv4(self.pick(&[[10, 0, 0, n], [n, 0, 0, 1], [0; 4], [255; 4]]))
            }
            OptionId::AdActorSystem if self.rng.one_in(2) => {
                let n = self.pick(&[0, 1, 2]);
                Given::Mac([n, 0, 0, 0, 0, n])
            }
            OptionId::QueueId if self.rng.one_in(2) => {
                let queue = self.pick(&["0", "1", "3", "16", "17", "-1", "65536", "65539", "x"]);
                let blank = self.pick(&["", " ", "\n"]);
                let text = format!(
                    "{}:{blank}{queue}{}",
                    self.pick(&NAMES),
                    self.pick(&["", "\n"])
                );
                Given::Text(text.into())
            }
            OptionId::ArpTargets | OptionId::Slaves if self.rng.one_in(2) => {
                let sign = self.pick(&["+", "-"]);
                let n = self.pick(&[0, 1, 2, 15, 16, 17]);
                let what = match id {
                    OptionId::Slaves => self.pick(&NAMES).to_string(),
                    _ => format!("10.0.0.{n}"),
                };
                Given::Text(format!("{sign}{what}{}", self.pick(&["", "\n"])).into())
            }
            OptionId::ActiveSlave | OptionId::Primary if self.rng.one_in(2) => {
                let text = format!("{}{}", self.pick(&NAMES), self.pick(&["", "\n"]));
                Given::Text(text.into())
            }
            _ if !id.def().flags.raw && self.below(3) == 0 => self.number(id),
            _ => Given::Text(self.text(id)),
        }
    }

    /// A number, as wide as the netlink attribute.
    fn number(&mut self, id: OptionId) -> Given {
        let named = self.pick(id.def().values).value;
        let any = self.pick(&[
            0,
            1,
            255,
            256,
            65535,
            65536,
            0x7fff_ffff,
            0x8000_0000,
            0xffff_ffff,
        ]);
        let near = named.wrapping_add(self.pick(&[0, 1, u64::MAX]));
        let number = if self.rng.one_in(2) { near } else { any };
        match id.def().netlink.map(|netlink| netlink.kind) {
            Some(NetlinkKind::U8) => Given::Number(number & 0xff),
            Some(NetlinkKind::U16) => Given::Number(number & 0xffff),
            // Through an int, which makes the greatest of them no number at all.
            _ => Given::Number(i64::from(number as u32 as i32) as u64),
        }
    }

    /// A question about option `id` in `mode`.
    fn question(&mut self, id: OptionId, mode: Mode) -> Question {
        let states = self.states.clone();
        Question {
            id,
            params: self.params(mode),
            state: self.pick(&states),
            value: self.value(id),
        }
    }
}

fn ns_target(n: u8) -> [u8; 16] {
    let mut ip = [0; 16];
    ip[..4].copy_from_slice(&[0x20, 1, 0xd, 0xb8]);
    ip[15] = n;
    ip
}

/// The C half's answer, without what it asks for though it changes nothing.
fn settle(question: &Question, answer: &str) -> String {
    let p = &question.params;
    let running = |interval: u32| question.state.up && interval != 0;
    let mut answer = answer.to_string();
    if !running(p.miimon) && question.id != OptionId::MiiMon {
        answer = answer.replace(" mii-cancel", "");
    }
    if !running(p.arp_interval) && question.id != OptionId::ArpInterval {
        answer = answer.replace(" arp-cancel", "");
    }
    answer
}

/// Names of slaves that are too long: C cuts them, and may then find another device.
fn is_cut(question: &Question) -> bool {
    let Given::Text(text) = &question.value else {
        return false;
    };
    let word = bonding_core::option::token(text);
    match question.id {
        OptionId::ActiveSlave => word.len() > 15,
        OptionId::Slaves => word.len() > 16,
        _ => false,
    }
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let program = arguments.next().expect("usage: options PROGRAM [SEED]");
    let seed = arguments
        .next()
        .map_or(1, |seed| seed.parse().expect("a number"));
    println!("# seed {seed}");
    let mut source = Source {
        rng: Rng::new(seed),
        states: State::all(),
    };
    let mut tap = Tap::plan(OPTIONS.len());
    for def in &OPTIONS {
        let mut questions = Vec::new();
        for mode in Mode::ALL {
            for _ in 0..600 {
                let question = source.question(def.id, mode);
                if !is_cut(&question) {
                    questions.push(question);
                }
            }
        }
        let input: String = questions.iter().map(Question::line).collect();
        let output = ask(&program, input.into_bytes()).expect("the C half answers");
        let output = String::from_utf8_lossy(&output);
        let answers: Vec<&str> = output.split_inclusive("\nend\n").collect();
        let mut wrong = 0;
        for (question, theirs) in questions.iter().zip(&answers) {
            let (ours, theirs) = (question.answer(), settle(question, theirs));
            if ours != theirs {
                wrong += 1;
                if wrong <= 3 {
                    let (s, v) = (question.state, &question.value);
                    println!(
                        "# {} in {}, {s:?}: {v:?}",
                        def.name,
                        question.params.mode.name()
                    );
                    println!("# C:\n{theirs}# ours:\n{ours}");
                }
            }
        }
        let ok = wrong == 0 && answers.len() == questions.len();
        tap.test(&format!("{}: {} questions", def.name, questions.len()), ok);
    }
    tap.end()
}
