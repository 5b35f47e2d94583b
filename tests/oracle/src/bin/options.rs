// SPDX-License-Identifier: GPL-2.0

//! Compares what the core does about options with the C driver's own code (`options.c`): error
//! number, text for netlink, log lines, configuration, and what is asked of the rest of the
//! driver, for every option in every mode and state, and for netlink requests of several; and
//! prints TAP.
//!
//! usage: `options PROGRAM [SEED]`

use bonding_core::mode::Mode;
use bonding_core::option::{
    changelink::ORDER, ArpValidate, NetlinkKind, OptionId, XmitPolicy, OPTIONS,
};
use bonding_core::params::{Delay, Params, INT_MAX};
use oracle::{
    ask,
    options::{attribute, Given, Question, State, NAMES},
    rng::Rng,
    Tap,
};
use std::process::ExitCode;

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
            p.arp_validate = self.pick(ArpValidate::ALL);
        }
        let delay = |ms: u32| Delay::from_ms(ms, 1).unwrap_or_default().0;
        p.updelay = delay(self.pick(&[0, 1, 3]));
        p.downdelay = delay(self.pick(&[0, 2]));
        p.peer_notif_delay = delay(self.pick(&[0, 5]));
        p.xmit_policy = self.pick(XmitPolicy::ALL);
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

    /// What an attribute carries, mostly something that the option takes.
    fn payload(&mut self, id: OptionId) -> Vec<u8> {
        let netlink = id.def().netlink.expect("it has an attribute");
        match netlink.kind {
            NetlinkKind::IfIndex => u32::to_ne_bytes(self.pick(&[0, 1, 2, 3, 4, 5, 9])).into(),
            NetlinkKind::Mac => {
                let n = self.pick(&[0, 1, 2]);
                let len = self.pick(&[6, 6, 6, 6, 5, 0]);
                [n, 0, 0, 0, 0, n][..len].to_vec()
            }
            NetlinkKind::Nested { element } => {
                let mut octets = Vec::new();
                for at in 0..self.pick(&[0, 1, 2, 16, 17]) {
                    let mut ip = vec![10; element.into()];
                    ip[usize::from(element) - 1] = at as u8;
                    if self.rng.one_in(20) {
                        ip = self.pick(&[vec![0; ip.len()], vec![255; ip.len()], vec![1; 3]]);
                    }
                    octets.extend(attribute(at, &ip));
                }
                octets
            }
            kind => {
                let named = self.pick(id.def().values).value;
                let number = named.wrapping_add(self.pick(&[0, 0, 0, 0, 0, 1, u64::MAX]));
                // The policy holds this one within its range.
                let number = match kind {
                    NetlinkKind::U32Range { max } => number.min(max.into()),
                    _ => number,
                };
                let len = match kind {
                    NetlinkKind::U8 => 1,
                    NetlinkKind::U16 => 2,
                    _ => 4,
                };
                number.to_ne_bytes()[..len].to_vec()
            }
        }
    }

    /// A netlink request about a bond in `mode`.
    fn request(&mut self, mode: Mode) -> Question {
        let mut list: Vec<(OptionId, Vec<u8>)> = Vec::new();
        for _ in 0..=self.below(6) {
            let id = self.pick(&ORDER);
            if list.iter().all(|(of, _)| *of != id) {
                let payload = self.payload(id);
                list.push((id, payload));
            }
        }
        let states = self.states.clone();
        Question {
            id: OptionId::Mode,
            params: self.params(mode),
            state: self.pick(&states),
            value: Given::Attributes(list),
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
    let about = |id| question.id == id || question.has(id);
    if !running(p.miimon) && !about(OptionId::MiiMon) {
        answer = answer.replace(" mii-cancel", "");
    }
    if !running(p.arp_interval) && !about(OptionId::ArpInterval) {
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

/// Asks all `questions`, and says where the answers differ; whether they never do.
fn compare(program: &str, questions: &[Question]) -> bool {
    let input: String = questions.iter().map(Question::line).collect();
    let output = ask(program, input.into_bytes()).expect("the C half answers");
    let output = String::from_utf8_lossy(&output);
    let answers: Vec<&str> = output.split_inclusive("\nend\n").collect();
    let mut wrong = 0;
    for (question, theirs) in questions.iter().zip(&answers) {
        let (mut ours, mut theirs) = (question.answer(), settle(question, theirs));
        if matches!(question.value, Given::Attributes(_)) && !theirs.contains("ret 0\n") {
            // C leaves applied what came before the refusal.
            for answer in [&mut ours, &mut theirs] {
                answer.truncate(answer.find("params").unwrap_or_default());
            }
        }
        if ours != theirs {
            wrong += 1;
            if wrong <= 3 {
                let (mode, state) = (question.params.mode.name(), question.state);
                println!(
                    "# {} in {mode}, {state:?}: {:?}",
                    question.id.name(),
                    question.value
                );
                println!("# C:\n{theirs}# ours:\n{ours}");
            }
        }
    }
    wrong == 0 && answers.len() == questions.len()
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
    // The C half knows no more.
    let of_c = &OPTIONS[..OptionId::COUNT_OF_C];
    let mut tap = Tap::plan(of_c.len() + Mode::ALL.len());
    for def in of_c {
        let mut questions = Vec::new();
        for mode in Mode::ALL {
            questions.extend((0..600).map(|_| source.question(def.id, mode)));
        }
        questions.retain(|question| !is_cut(question));
        let ok = compare(&program, &questions);
        tap.test(&format!("{}: {} questions", def.name, questions.len()), ok);
    }
    for mode in Mode::ALL {
        let questions: Vec<Question> = (0..3000).map(|_| source.request(mode)).collect();
        let ok = compare(&program, &questions);
        tap.test(
            &format!("requests in {}: {}", mode.name(), questions.len()),
            ok,
        );
    }
    tap.end()
}
