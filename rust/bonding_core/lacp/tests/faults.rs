// SPDX-License-Identifier: GPL-2.0

//! Faults of C that are not repeated, by their numbers in the list of differences.

use super::super::{mux, rx, Config, Usage};
use super::rig::{config, link, Node, World, DOWN, GIGABIT, START};
use crate::time::Ticks;
use crate::wire::eth::Mac;
use crate::wire::lacp::{Info, Pdu, State as Bits};
use crate::wire::marker;

/// A partner's LACPDU that knows the port as it is.
pub(super) fn from_partner(node: &Node, place: usize, state: Bits) -> Pdu {
    Pdu {
        actor: Info {
            system_priority: 7,
            system: Mac([2, 7, 7, 7, 7, 7]),
            key: 7,
            port_priority: 7,
            port: 7 + place as u16,
            state: state | Bits::AGGREGATION | Bits::ACTIVITY,
        },
        partner: *node.ports[place].actor(),
    }
}

const READY: Bits = Bits(0x38);

/// B4: a LACPDU of our own must not keep a silent partner alive, nor flood the log.
#[test]
fn b4_an_own_lacpdu_does_not_stop_the_receive_timer() {
    let with = |system| Config {
        fast: true,
        ..config(system)
    };
    let mut world = World::pair(with(1), with(2), 1, 1);
    world.run(5000);
    world.weather.loss = 100;
    let echo = world.nodes[0].ports[0].pdu();
    for _ in 0..320 {
        world.run(10);
        let now = world.now;
        world.nodes[0].act(now, |lag, out| lag.on_pdu(0, &echo, now, out));
    }
    assert_eq!(world.nodes[0].ports[0].rx_state(), rx::State::Expired);
    assert_eq!(world.nodes[0].out.lines.len(), 10);
    assert!(world.nodes[0].out.lines[0].contains("illegal loopback occurred on slave\nCheck"));
}

/// B5: a port that collects is told to take frames in, again and again.
#[test]
fn b5_a_port_in_collecting_receives() {
    let mut node = Node::with_ports(
        Config {
            coupled: false,
            ..config(1)
        },
        1,
        START,
    );
    let mut now = START.after(Ticks(2500));
    node.act(now, |lag, out| lag.tick(now, out));
    for _ in 0..3 {
        for (state, usage, mux) in [
            (
                Bits::SYNCHRONIZATION,
                Usage::Collecting,
                mux::State::Collecting,
            ),
            (READY, Usage::On, mux::State::Distributing),
            (
                Bits::SYNCHRONIZATION,
                Usage::Collecting,
                mux::State::Collecting,
            ),
            (Bits::NONE, Usage::Off, mux::State::Attached),
        ] {
            now = now.after(Ticks(2500));
            let pdu = from_partner(&node, 0, state);
            node.act(now, |lag, out| lag.on_pdu(0, &pdu, now, out));
            // The PDU answers what we said before; the next one answers this.
            let pdu = from_partner(&node, 0, state);
            node.act(now, |lag, out| lag.on_pdu(0, &pdu, now, out));
            now = now.after(Ticks(2100));
            node.act(now, |lag, out| lag.tick(now, out));
            assert_eq!(node.ports[0].mux_state(), mux);
            assert_eq!(node.out.usage[0], usage);
        }
    }
}

/// With coupled control nothing is sent to a partner that does not take it in.
#[test]
fn the_partners_collecting_bit_is_honoured() {
    let mut node = Node::with_ports(config(1), 1, START);
    let mut now = START;
    for (state, usage) in [
        (Bits::SYNCHRONIZATION, Usage::Collecting),
        (READY, Usage::On),
        (Bits::SYNCHRONIZATION, Usage::Collecting),
    ] {
        for _ in 0..2 {
            now = now.after(Ticks(2500));
            let pdu = from_partner(&node, 0, state);
            node.act(now, |lag, out| lag.on_pdu(0, &pdu, now, out));
        }
        assert_eq!(
            node.ports[0].mux_state(),
            mux::State::CollectingDistributing
        );
        assert_eq!(node.out.usage[0], usage);
    }
}

/// B9: the user's part of the key reaches ports that are there already.
#[test]
fn b9_the_user_key_reaches_bound_ports() {
    let mut node = Node::with_ports(config(1), 2, START);
    assert_eq!(node.ports[1].actor().key, 9);
    node.configure(START, |config| config.user_key = 1023);
    assert_eq!(node.ports[1].actor().key, 1023 << 6 | 9);
    assert_eq!(
        node.lag().aggregator_of(1).unwrap().actor_key,
        1023 << 6 | 9
    );
}

/// B10: so does the system, when the bond's address changes.
#[test]
fn b10_the_system_follows_the_address() {
    let mut node = Node::with_ports(config(1), 2, START);
    node.configure(START, |config| config.system = Mac([2, 3, 4, 5, 6, 7]));
    for port in &node.ports {
        assert_eq!(port.actor().system, Mac([2, 3, 4, 5, 6, 7]));
    }
    let later = START.after(Ticks(300));
    node.out.frames.clear();
    node.act(later, |lag, out| lag.tick(later, out));
    let (_, frame) = node.out.frames[0];
    assert_eq!(frame[20..26], [2, 3, 4, 5, 6, 7]);
}

/// B13: a port whose speed is not known takes no part in LACP.
#[test]
fn b13_unknown_speed_has_no_lacp() {
    let mut node = Node::with_ports(config(1), 0, START);
    let mut unknown = GIGABIT;
    unknown.speed = crate::link::Speed::UNKNOWN;
    let place = node.add(unknown, START);
    assert_eq!(node.ports[place].rx_state(), rx::State::LacpDisabled);
    let now = START.after(Ticks(5000));
    node.act(now, |lag, out| lag.tick(now, out));
    assert!(node.out.frames.is_empty());
}

/// B18: an aggregator is as wide as its links are together, whichever port is at its head.
#[test]
fn b18_bandwidth_is_the_sum_of_enabled_ports() {
    let mut node = Node::with_ports(
        Config {
            select: crate::option::AdSelect::Bandwidth,
            ..config(1)
        },
        3,
        START,
    );
    let now = START.after(Ticks(2500));
    // Ports 0 and 1 lead to one partner, port 2 to another.
    for place in 0..3 {
        let mut pdu = from_partner(&node, place, READY);
        if place == 2 {
            pdu.actor.system = Mac([2, 8, 8, 8, 8, 8]);
        }
        node.act(now, |lag, out| lag.on_pdu(place, &pdu, now, out));
    }
    assert_eq!(node.lag().aggregator_of(0).unwrap().tally.bandwidth, 2000);
    for down in 0..2 {
        node.set_link(down, super::rig::DOWN, now);
        let lag = node.lag();
        let other = lag.aggregator_of(1 - down).unwrap();
        assert_eq!(other.tally.bandwidth, 1000, "head {down} down");
        node.set_link(down, GIGABIT, now);
        let pdu = from_partner(&node, down, READY);
        node.act(now, |lag, out| lag.on_pdu(down, &pdu, now, out));
    }
}

/// B24: the carrier is told when it changed, whatever else there is to tell.
#[test]
fn b24_the_carrier_is_told_when_it_changed() {
    let mut world = World::pair(config(1), config(2), 3, 1);
    world.until(&[3, 3], 10_000);
    let told = |world: &World| world.nodes[0].out.carriers;
    let before = told(&world);
    world.run(60_000);
    for at in [DOWN, GIGABIT, link(100), GIGABIT] {
        let now = world.now;
        world.nodes[0].set_link(0, at, now);
        world.run(5000);
    }
    let now = world.now;
    world.nodes[0].configure(now, |config| config.min_links = 2);
    world.nodes[0].act(now, |lag, out| lag.remove(2, now, out));
    assert_eq!(told(&world), before, "the carrier never went");
    world.nodes[0].set_link(0, DOWN, now);
    assert_eq!(told(&world), before + 1);
    assert_eq!(world.nodes[0].out.carrier, Some(false));
}

/// B28: a partner that does not aggregate gets links of their own.
#[test]
fn b28_an_individual_partner_stays_alone() {
    let mut node = Node::with_ports(config(1), 2, START);
    for place in 0..2 {
        let mut pdu = from_partner(&node, place, READY);
        pdu.actor.state.set(Bits::AGGREGATION, false);
        node.act(START, |lag, out| lag.on_pdu(place, &pdu, START, out));
    }
    let own: std::vec::Vec<_> = node.ports.iter().map(|port| port.aggregator).collect();
    assert_ne!(own[0], own[1]);
    // One end may change its mind first: the other port's aggregator is still not open to it.
    for (place, together) in [(1, false), (0, true)] {
        let pdu = from_partner(&node, place, READY);
        node.act(START, |lag, out| lag.on_pdu(place, &pdu, START, out));
        assert_eq!(
            node.ports[0].aggregator == node.ports[1].aggregator,
            together
        );
    }
}

/// C16: a flood of markers gets ten answers a second.
#[test]
fn c16_markers_are_answered_at_a_limited_rate() {
    let mut node = Node::with_ports(config(1), 1, START);
    let question = marker::Marker {
        kind: marker::Kind::Information,
        port: 1,
        system: Mac([2; 6]),
        transaction: 0x01020304,
    };
    let octets = question.emit();
    for round in 0..3 {
        let now = START.after(Ticks(round * 1000));
        node.out.frames.clear();
        for _ in 0..500 {
            assert!(node.act(now, |lag, out| lag.on_frame(0, &octets, now, out)));
        }
        let markers = node.out.frames.iter().filter(|(_, frame)| frame[14] == 2);
        assert_eq!(markers.count(), 10);
    }
    let counters = node.ports[0].counters();
    assert_eq!((counters.marker_rx, counters.marker_resp_tx), (1500, 30));
}

/// E5: a speed without a code is said for each port, and aggregated with equals only.
#[test]
fn e5_speeds_without_a_code() {
    let mut node = Node::with_ports(config(1), 0, START);
    for mbps in [3000, 3000, 4000] {
        node.add(link(mbps), START);
    }
    for place in 0..3 {
        let pdu = from_partner(&node, place, READY);
        node.act(START, |lag, out| lag.on_pdu(place, &pdu, START, out));
    }
    assert_eq!(
        node.out.lines[0],
        "Err 0: unknown ethtool speed (3000) for port 1 (set it to 0)"
    );
    assert_eq!(node.out.lines[1], "Err 0: speed changed to 0 on port 1");
    assert_eq!(node.out.lines.len(), 6);
    let own: std::vec::Vec<_> = node.ports.iter().map(|port| port.aggregator).collect();
    assert_eq!(own[0], own[1]);
    assert_ne!(own[0], own[2]);
}
