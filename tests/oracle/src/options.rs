// SPDX-License-Identifier: GPL-2.0

//! Questions about options, as the C half (`options.c`) is asked them, and the core's answers in
//! its words.

use bonding_core::log::{Level, Log};
use bonding_core::option::changelink::{Changelink, Payload, Refusal, ORDER};
use bonding_core::option::{
    set, ActiveChange, Device, Devices, Effect, Effects, Membership, NetlinkKind, OptionId,
    PrimaryChange, Relation, SlaveRef, SlaveView, Value, View,
};
use bonding_core::params::{DeviceName, Params};
use std::fmt::{self, Write};

/// The devices of the C half, as in its table.
pub const NAMES: [&str; 5] = ["eth0", "eth1", "eth2", "lan0", "lan1"];

/// The state of a bond.
#[derive(Clone, Copy, Debug)]
pub struct State {
    /// It is up.
    pub up: bool,
    /// It has slaves.
    pub slaves: bool,
    /// There is an active slave.
    pub active: bool,
    /// The primary is a slave.
    pub primary: bool,
    /// It has an XDP program.
    pub xdp: bool,
}

impl State {
    /// All that can be. Whoever has an active slave or a primary has slaves.
    pub fn all() -> Vec<State> {
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
        Some(Device {
            ifindex,
            name: DeviceName::new(name),
            relation,
        })
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
pub enum Given {
    /// Text.
    Text(Vec<u8>),
    /// A number.
    Number(u64),
    /// An address to add.
    Ipv4([u8; 4]),
    /// An address to add.
    Ipv6([u8; 16]),
    /// A MAC address.
    Mac([u8; 6]),
    /// A number for the slave at this place.
    OfSlave(usize, i32),
    /// Attributes of a request, in any order: payloads.
    Attributes(Vec<(OptionId, Vec<u8>)>),
}

/// An attribute as netlink has it, or one inside of a nest.
pub fn attribute(number: u16, payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(payload.len() + 4).expect("a short payload");
    let mut octets = [len.to_ne_bytes(), number.to_ne_bytes()].concat();
    octets.extend(payload);
    octets.resize(octets.len().next_multiple_of(4), 0);
    octets
}

/// The payloads in a nest.
fn nested(mut octets: &[u8]) -> Vec<&[u8]> {
    let mut payloads = Vec::new();
    while let [a, b, ..] = *octets {
        let len = usize::from(u16::from_ne_bytes([a, b]));
        payloads.push(&octets[4..len]);
        octets = &octets[len.next_multiple_of(4)..];
    }
    payloads
}

/// A question.
pub struct Question {
    /// The option; of a request, any.
    pub id: OptionId,
    /// What the bond is configured to do.
    pub params: Params,
    /// The state of the bond.
    pub state: State,
    /// The value, or the request.
    pub value: Given,
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
    pub fn line(&self) -> String {
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
            Given::Attributes(list) => {
                let octets = list.iter().flat_map(|(id, payload)| {
                    let netlink = id.def().netlink.expect("it has an attribute");
                    attribute(netlink.number, payload)
                });
                format!("a {}", hex(&octets.collect::<Vec<u8>>()))
            }
        };
        writeln!(line, " {value}").unwrap();
        line
    }

    /// The core's answer, in the words of the C half.
    pub fn answer(&self) -> String {
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
            Given::Attributes(_) => Value::Number(0),
        };
        let mut params = self.params.clone();
        let mut log = Lines(String::new());
        let answer = match &self.value {
            Given::Attributes(list) => request(&mut params, &view, list, &mut log),
            _ => set(&mut params, &view, self.id, value, &mut log).map_err(|error| Refusal {
                error,
                attribute: None,
            }),
        };
        let (errno, attribute, extack, effects) = match answer {
            Ok(effects) => (0, 0, "", effects),
            Err(Refusal { error, attribute }) => {
                let extack = self.extack_of_c(&error);
                // A text that is ours comes with an attribute that C does not name.
                let attribute = attribute.filter(|id| !extack.is_empty() && self.has(*id));
                let number = attribute
                    .and_then(|id| id.def().netlink)
                    .map_or(0, |nl| nl.number);
                (error.errno.to_c(), number, extack, Effects::NONE)
            }
        };
        let mut out = log.0;
        write!(out, "ret {errno}\nextack {attribute} {extack}\nparams").unwrap();
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

    /// Whether option `id` is in the request.
    pub fn has(&self, id: OptionId) -> bool {
        matches!(&self.value, Given::Attributes(list) if list.iter().any(|(of, _)| *of == id))
    }

    /// The text that C gives: where it has none, ours says more.
    fn extack_of_c(&self, error: &bonding_core::option::Error) -> &'static str {
        const OURS: [&str; 3] = [
            "arp_ip_target: needs",
            "ad_actor_system: needs",
            "active_slave: no",
        ];
        if OURS.iter().any(|text| error.extack.starts_with(text)) {
            return "";
        }
        let slave = matches!(self.value, Given::OfSlave(..));
        match error.errno.to_c() {
            -13 | -39 | -16 | -22 => error.extack,
            -19 if !slave => error.extack,
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

/// Applies a request as the driver does.
fn request(
    params: &mut Params,
    view: &View<'_>,
    list: &[(OptionId, Vec<u8>)],
    log: &mut Lines,
) -> Result<Effects, Refusal> {
    let mut copy = params.clone();
    let mut changelink = Changelink::new();
    for id in ORDER {
        let Some((_, octets)) = list.iter().find(|(of, _)| *of == id) else {
            continue;
        };
        let word = || u32::from_ne_bytes(octets[..4].try_into().expect("four octets"));
        let kind = id.def().netlink.map(|netlink| netlink.kind);
        let mut payloads = match kind {
            Some(NetlinkKind::Nested { .. }) => nested(octets),
            _ => Vec::new(),
        }
        .into_iter();
        let payload = match kind {
            Some(NetlinkKind::U8) => Payload::U8(octets[0]),
            Some(NetlinkKind::U16) => Payload::U16(u16::from_ne_bytes([octets[0], octets[1]])),
            Some(NetlinkKind::U32 | NetlinkKind::U32Range { .. }) => Payload::U32(word()),
            Some(NetlinkKind::IfIndex) => {
                let name = (word() as usize)
                    .checked_sub(1)
                    .and_then(|at| NAMES.get(at));
                Payload::Interface(word(), name.map(|name| name.as_bytes()))
            }
            Some(NetlinkKind::Nested { .. }) => Payload::Nested(&mut payloads),
            _ => Payload::Bytes(octets),
        };
        changelink.apply(&mut copy, view, id, payload, log)?;
    }
    *params = copy;
    Ok(changelink.finish())
}
