// SPDX-License-Identifier: GPL-2.0

//! What only one thing tells apart: each field that is compared, each reason for a choice.

use super::super::{mux, periodic, LinkFacts, Usage};
use super::faults::from_partner;
use super::rig::{config, link, Node, GIGABIT, START};
use crate::link::{Duplex, Speed};
use crate::option::AdSelect;
use crate::time::{Jiffies, Ticks};
use crate::wire::lacp::{Info, Pdu, State as Bits};

const READY: Bits = Bits(0x38);
const CHANGES: [fn(&mut Info); 6] = [
    |info| info.system.0[5] ^= 1,
    |info| info.system_priority ^= 1,
    |info| info.key ^= 1,
    |info| info.port_priority ^= 1,
    |info| info.port ^= 1,
    |info| info.state = info.state ^ Bits::AGGREGATION,
];

fn hear(node: &mut Node, place: usize, pdu: &Pdu, now: Jiffies) {
    node.act(now, |lag, out| lag.on_pdu(place, pdu, now, out));
}

/// A system with one port that waited long enough, and the time then.
fn waited() -> (Node, Jiffies) {
    let mut node = Node::with_ports(config(1), 1, START);
    let now = START.after(Ticks(2500));
    node.act(now, |lag, out| lag.tick(now, out));
    (node, now)
}

#[test]
fn a_partner_that_takes_us_for_another_is_not_in_sync() {
    for change in CHANGES {
        let (mut node, now) = waited();
        let mut pdu = from_partner(&node, 0, READY);
        change(&mut pdu.partner);
        hear(&mut node, 0, &pdu, now);
        assert!(!node.ports[0].partner().state.has(Bits::SYNCHRONIZATION));
        // A link of its own needs no view of us.
        pdu.actor.state.set(Bits::AGGREGATION, false);
        hear(&mut node, 0, &pdu, now);
        assert!(node.ports[0].partner().state.has(Bits::SYNCHRONIZATION));
    }
}

#[test]
fn a_partner_that_takes_us_for_another_is_told() {
    for change in CHANGES {
        let (mut node, mut now) = waited();
        for _ in 0..2 {
            let pdu = from_partner(&node, 0, Bits::NONE);
            hear(&mut node, 0, &pdu, now);
            now = now.after(Ticks(500));
            node.act(now, |lag, out| lag.tick(now, out));
        }
        node.out.frames.clear();
        let mut pdu = from_partner(&node, 0, Bits::NONE);
        hear(&mut node, 0, &pdu, now);
        assert!(node.out.frames.is_empty(), "nothing to tell");
        change(&mut pdu.partner);
        hear(&mut node, 0, &pdu, now);
        assert_eq!(node.out.frames.len(), 1);
    }
}

/// Whether two ports share an aggregator, the second having `link` and a partner changed like this.
fn share(second: LinkFacts, change: fn(&mut Info)) -> bool {
    let mut node = Node::with_ports(config(1), 1, START);
    node.add(second, START);
    for place in [0, 1] {
        let mut pdu = from_partner(&node, place, READY);
        if place == 1 {
            change(&mut pdu.actor);
        }
        hear(&mut node, place, &pdu, START);
    }
    node.ports[0].aggregator == node.ports[1].aggregator
}

#[test]
fn ports_share_an_aggregator_only_if_all_is_alike() {
    assert!(share(GIGABIT, |_| {}));
    assert!(share(GIGABIT, |partner| partner.port_priority ^= 1));
    assert!(!share(link(100), |_| {}));
    assert!(!share(GIGABIT, |partner| partner.system.0[5] ^= 1));
    assert!(!share(GIGABIT, |partner| partner.system_priority ^= 1));
    assert!(!share(GIGABIT, |partner| partner.key ^= 1));
    assert!(!share(GIGABIT, |partner| partner
        .state
        .set(Bits::AGGREGATION, false)));
}

#[test]
fn passive_speaks_only_to_an_active_partner() {
    let (mut node, now) = waited();
    node.configure(now, |config| config.active = false);
    assert_eq!(node.ports[0].periodic_state(), periodic::State::None);
    let mut pdu = from_partner(&node, 0, READY);
    hear(&mut node, 0, &pdu, now);
    assert_eq!(node.ports[0].periodic_state(), periodic::State::Slow);
    pdu.actor.state.set(Bits::ACTIVITY, false);
    hear(&mut node, 0, &pdu, now);
    assert_eq!(node.ports[0].periodic_state(), periodic::State::None);
}

#[test]
fn half_duplex_does_not_speak() {
    let mut half = link(100);
    half.speed.duplex = Duplex::Half;
    let mut node = Node::with_ports(config(1), 0, START);
    node.add(half, START);
    assert_eq!(node.ports[0].periodic_state(), periodic::State::None);
}

#[test]
fn an_answering_partner_beats_bandwidth() {
    for policy in [AdSelect::Stable, AdSelect::Bandwidth] {
        let mut node = Node::with_ports(config(1), 0, START);
        node.configure(START, |config| config.select = policy);
        node.add(link(10_000), START);
        node.add(GIGABIT, START);
        let pdu = from_partner(&node, 1, READY);
        hear(&mut node, 1, &pdu, START);
        assert_eq!(node.lag().active_place(), node.ports[1].aggregator);
    }
}

#[test]
fn a_link_without_carrier_is_no_candidate() {
    let dead = LinkFacts {
        running: false,
        ..GIGABIT
    };
    let mut node = Node::with_ports(config(1), 0, START);
    node.add(dead, START);
    assert_eq!(
        (node.lag().ad_info(), node.out.carrier),
        (None, Some(false))
    );
}

#[test]
fn a_key_of_nothing_does_not_stay() {
    let nothing = LinkFacts {
        speed: Speed::UNKNOWN,
        ..GIGABIT
    };
    let mut node = Node::with_ports(config(1), 0, START);
    node.add(nothing, START);
    assert_eq!(node.lag().active_place(), node.ports[0].aggregator);
    node.add(GIGABIT, START);
    assert_eq!(node.lag().active_place(), node.ports[1].aggregator);
}

#[test]
fn a_new_priority_is_told_at_once() {
    let (mut node, now) = waited();
    let now = now.after(Ticks(400));
    node.act(now, |lag, out| lag.tick(now, out));
    node.out.frames.clear();
    let now = now.after(Ticks(300));
    node.configure(now, |config| config.system_priority = 5);
    let pdu = Pdu::parse(&node.out.frames[0].1[14..]).unwrap();
    assert_eq!(pdu.actor.system_priority, 5);
}

#[test]
fn no_port_starts_before_the_first_choice() {
    let mut node = Node::with_ports(config(1), 0, START);
    let now = START.after(Ticks(1000));
    node.act(now, |lag, out| lag.tick(now, out));
    node.add(GIGABIT, now);
    let mut at = now;
    for second in 0..9 {
        let pdu = from_partner(&node, 0, READY);
        hear(&mut node, 0, &pdu, at);
        let started = node.ports[0].mux_state() == mux::State::CollectingDistributing;
        assert_eq!(started, second >= 8, "after {second} s");
        at = at.after(Ticks(1000));
        node.act(at, |lag, out| lag.tick(at, out));
    }
    assert_eq!(node.out.usage[0], Usage::On);
}
