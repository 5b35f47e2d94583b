// SPDX-License-Identifier: GPL-2.0

//! What is fuzzed.

use crate::Target;
use bonding_core::{
    hash::{self, Frame, Linear},
    link::{LinkState, Speed},
    log::Silent,
    mode::Mode,
    option::{self, OptionId, PrimaryReselect, Value, View, XmitPolicy},
    params::{from_module, ModuleParams, ModuleSetup, Params},
    select::{self, Candidate, Policy},
    time::{Hz, Jiffies, Millis},
    wire::{arp, eth, nd},
};
use oracle::sim::Bond;

/// All targets.
pub const TARGETS: &[Target] = &[
    ("xdp frame", xdp),
    ("frame in pieces", buffer),
    ("ethernet header", header),
    ("arp and neighbour discovery", neighbours),
    ("course of links", course),
    ("choice of the active slave", choice),
    ("option as text", option_text),
    ("option as number", option_number),
    ("address as text", address),
    ("module parameters", module),
];

fn xdp(input: &[u8]) {
    for &policy in XmitPolicy::ALL {
        let hash = hash::hash(policy, &Linear(input), |_: &_| None);
        assert!(input.len() >= 14 || hash == 0);
    }
}

struct Buffer<'a> {
    octets: &'a [u8],
    headlen: usize,
    protocol: u16,
    offset: usize,
}

impl Frame for Buffer<'_> {
    fn linear(&self) -> &[u8] {
        &self.octets[..self.headlen]
    }
    fn get<const N: usize>(&self, offset: usize) -> Option<[u8; N]> {
        self.octets.get(offset..)?.first_chunk().copied()
    }
    fn protocol(&self) -> u16 {
        self.protocol
    }
    fn network_offset(&self) -> usize {
        self.offset
    }
    fn vlan_tag(&self) -> Option<u16> {
        Some(self.protocol)
    }
    fn l4_hash(&self) -> Option<u32> {
        None
    }
}

fn buffer(input: &[u8]) {
    let Some(([kind, offset, split], octets)) = input.split_first_chunk() else {
        return;
    };
    let protocol = match kind & 3 {
        0 => 0x0800,
        1 => 0x86dd,
        _ => u16::from(*kind) << 8,
    };
    let offset = match *offset {
        255 => usize::MAX,
        254 => usize::MAX - 13,
        n if n < 128 => 14,
        n => usize::from(n) - 128,
    };
    let headlen = usize::from(*split).min(octets.len());
    let pieces = Buffer {
        octets,
        headlen,
        protocol,
        offset,
    };
    let whole = Buffer {
        headlen: octets.len(),
        ..pieces
    };
    for &policy in XmitPolicy::ALL {
        let of = |frame: &Buffer<'_>| hash::hash(policy, frame, |_: &_| None);
        assert_eq!(of(&pieces), of(&whole));
    }
}

fn header(input: &[u8]) {
    if let Some(octets) = input.first_chunk() {
        assert_eq!(&eth::Header::parse(octets).emit(), octets);
    }
}

fn neighbours(input: &[u8]) {
    if let Some(octets) = input.first_chunk() {
        if let Some(packet) = arp::Packet::parse(octets) {
            assert_eq!(&packet.emit(), octets);
        }
    }
    if let Some(packet) = input.first_chunk().and_then(nd::Packet::parse) {
        let targets = [packet.source, packet.destination];
        assert_eq!(nd::place_among(&targets, &packet.source), Some(0));
    }
}

/// Each octet is a carrier that comes or goes, a time that passes, or an option that changes.
fn course(input: &[u8]) {
    let Some(([mode, delays, start], events)) = input.split_first_chunk() else {
        return;
    };
    let mode = Mode::ALL[usize::from(*mode) % Mode::ALL.len()];
    let timing = bonding_core::link::Timing {
        hz: Hz::new(u32::from(*start)),
        miimon: Millis(u32::from(*start & 7) * 50),
        updelay: Millis(u32::from(*delays & 15) * 100),
        downdelay: Millis(u32::from(*delays >> 4) * 100),
    };
    let start = Jiffies(usize::MAX - usize::from(*start));
    let mut bond = Bond::new(mode, timing, PrimaryReselect::Always, start);
    for at in 0..4 {
        bond.add(
            bonding_core::link::Monitor::Mii,
            true,
            at % 2 == 0,
            (1000, 1),
            0,
        );
    }
    for event in events {
        let (at, kind) = (usize::from(*event & 3), *event >> 2);
        let failures = |bond: &Bond| {
            bond.slaves
                .iter()
                .map(|s| u64::from(s.link.failures()))
                .sum::<u64>()
        };
        let before = failures(&bond);
        match kind {
            0..16 => bond.slaves[at].carrier = !bond.slaves[at].carrier,
            16..20 => bond.slaves[at].running = !bond.slaves[at].running,
            20..24 => bond.slaves[at].ethtool.0 = u32::from(*event).wrapping_sub(82),
            24..28 => bond.primary = Some(at),
            28..32 => bond.select(),
            ticks => {
                let later = bonding_core::time::Ticks(usize::from(ticks));
                bond.pass(bond.now.after(later));
            }
        }
        assert!((0..=4).contains(&(failures(&bond) - before)));
        bond.out.clear();
        if mode != Mode::Ieee8023ad && kind >= 32 {
            let up = bond.slaves.iter().any(|s| s.link.state().is_up());
            assert!(bond.carrier == up || !bond.carrier);
        }
    }
}

fn choice(input: &[u8]) {
    let Some(([policy], rest)) = input.split_first_chunk() else {
        return;
    };
    let slaves: Vec<Candidate> = rest
        .chunks_exact(2)
        .enumerate()
        .map(|(at, pair)| Candidate {
            link: [
                LinkState::Up,
                LinkState::Fail,
                LinkState::Down,
                LinkState::Back,
            ][usize::from(pair[0] & 3)],
            remaining: Millis(u32::from(pair[0] >> 4)),
            up: pair[0] & 4 != 0,
            prio: i32::from(pair[1] as i8) << 24,
            speed: Speed::from_ethtool(u32::from(pair[1] & 15), pair[0] >> 6),
            active: at == usize::from(policy >> 4),
            primary: at == usize::from(policy & 15),
        })
        .collect();
    for &reselect in PrimaryReselect::ALL {
        let mut force = policy & 1 != 0;
        let policy = Policy {
            reselect,
            force_primary: &mut force,
            updelay: Millis(9),
        };
        if let Some(at) = select::best(policy, slaves.iter().copied()) {
            assert!(matches!(slaves[at].link, LinkState::Up | LinkState::Back));
        }
    }
}

/// Sets an option; a refused request changes nothing.
fn set(mode: u8, id: OptionId, value: Value<'_>) {
    let mut params = Params {
        mode: Mode::ALL[usize::from(mode) % Mode::ALL.len()],
        ..Params::DEFAULT
    };
    let before = params.clone();
    let view = View {
        up: mode & 0x80 != 0,
        has_slaves: mode & 0x40 != 0,
        ..View::NEW
    };
    if option::set(&mut params, &view, id, value, &mut Silent).is_err() {
        assert!(params == before, "{id:?} was refused and changed something");
    }
}

fn id_of(octet: u8) -> Option<OptionId> {
    Some(
        option::OPTIONS
            .get(usize::from(octet) % option::OPTIONS.len())?
            .id,
    )
}

fn option_text(input: &[u8]) {
    let Some((mode, rest)) = input.split_first() else {
        return;
    };
    for (at, _) in option::OPTIONS.iter().enumerate() {
        if let Some(id) = id_of(at as u8) {
            set(*mode, id, Value::Text(rest));
        }
    }
}

fn option_number(input: &[u8]) {
    let Some(([mode, id, octets @ ..], _)) = input.split_first_chunk::<10>() else {
        return;
    };
    let number = u64::from_le_bytes(*octets);
    // Numbers of every size.
    let number = number >> (number & 63);
    if let Some(id) = id_of(*id) {
        for value in [
            Value::Number(number),
            Value::from_u32(number as u32),
            Value::Number(!number),
        ] {
            set(*mode, id, value);
        }
    }
}

fn address(input: &[u8]) {
    let _ = option::parse_mac(input);
    let _ = option::device_name_is_valid(input);
    assert!(option::token(input).len() <= input.len());
    if let Some(ip) = option::parse_ipv4(input) {
        let text = ip.map(|octet| octet.to_string()).join(".");
        assert_eq!(option::parse_ipv4(text.as_bytes()), Some(ip));
    }
}

fn module(input: &[u8]) {
    let Some(([a, b, c, d], text)) = input.split_first_chunk() else {
        return;
    };
    let (a, b, c, d) = (
        i32::from(*a as i8),
        i32::from(*b as i8),
        i32::from(*c),
        i32::from(*d),
    );
    let (one, two) = text.split_at(text.len() / 2);
    let _ = from_module(
        &ModuleParams {
            max_bonds: a,
            tx_queues: b << c.min(23),
            num_peer_notif: c,
            miimon: d << (c & 15),
            updelay: a.wrapping_mul(d),
            downdelay: b << (d & 15),
            min_links: a,
            arp_interval: b,
            resend_igmp: c,
            packets_per_slave: d << 12,
            lp_interval: d as u32,
            mode: Some(if a & 1 == 0 { one } else { b"1" }),
            primary: Some(two),
            primary_reselect: (b & 1 == 0).then_some(two),
            lacp_rate: (b & 2 == 0).then_some(two),
            ad_select: (b & 4 == 0).then_some(one),
            xmit_hash_policy: (b & 8 == 0).then_some(two),
            arp_ip_target: [Some(two); 16],
            arp_validate: (b & 16 == 0).then_some(one),
            arp_all_targets: (b & 32 == 0).then_some(two),
            fail_over_mac: (b & 64 == 0).then_some(one),
            ..ModuleParams::default()
        },
        &mut ModuleSetup::DEFAULT.clone(),
        &mut Silent,
    );
}
