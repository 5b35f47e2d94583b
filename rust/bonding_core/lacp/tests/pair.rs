// SPDX-License-Identifier: GPL-2.0

//! Systems that talk to each other.

use std::vec;
use std::vec::Vec;

use super::super::{port, Config, Usage};
use super::rig::{config, link, Node, Weather, World, DOWN, GIGABIT, START};
use crate::wire::eth::Mac;

fn fast(system: u8) -> Config {
    Config {
        fast: true,
        ..config(system)
    }
}

#[test]
fn two_ports_come_up_as_in_c() {
    let mut world = World::pair(config(1), config(2), 2, 1);
    let took = world.until(&[2, 2], 4000);
    // The wait for others takes 2 s, the handshake a few LACPDUs at 300 ms each.
    assert!((2000..3200).contains(&took), "{took}");
    assert_eq!(world.nodes[0].out.carrier, Some(true));
    assert!(
        world.nodes[0].out.lines.is_empty(),
        "{:?}",
        world.nodes[0].out.lines
    );
}

#[test]
fn fast_start_converges_at_once() {
    let quick = |system| Config {
        fast_start: true,
        ..config(system)
    };
    let mut world = World::pair(quick(1), quick(2), 2, 1);
    let took = world.until(&[2, 2], 100);
    assert!(took <= 50, "{took}");
}

#[test]
fn steady_state_is_kept_with_both_rates() {
    for rate in [false, true] {
        for coupled in [false, true] {
            let with = |system| Config {
                fast: rate,
                coupled,
                ..config(system)
            };
            let mut world = World::pair(with(1), with(2), 3, 7);
            world.until(&[3, 3], 6000);
            let plans = world.nodes[0].out.plans;
            let counters = *world.nodes[0].bond.counters();
            world.run(300_000);
            assert_eq!(world.distributing(), [3, 3]);
            assert_eq!(world.nodes[0].out.plans, plans);
            let sent = world.nodes[0].bond.counters().lacpdu_tx - counters.lacpdu_tx;
            let expected = if rate { 880..=905 } else { 29..=33 };
            assert!(expected.contains(&sent), "{sent} LACPDUs in 5 min");
        }
    }
}

/// C looks ten times a second, 3000 times in this while.
#[test]
fn d4_lacp_wakes_only_when_something_is_due() {
    let mut world = World::pair(config(1), config(2), 4, 7);
    world.until(&[4, 4], 6000);
    // The churn machines watch for a minute.
    world.run(120_000);
    let mut due = Vec::new();
    for _ in 0..300_000 / 10 {
        due.extend(world.nodes[0].lag().next_timeout());
        world.run(10);
    }
    due.dedup();
    // Of each port every 30 seconds a LACPDU to be sent, and one that came, whose timeout begins anew.
    assert!((10..=100).contains(&due.len()), "{} moments", due.len());
}

#[test]
fn over_links_that_lose_delay_reorder_and_duplicate() {
    for seed in 0..20 {
        for coupled in [true, false] {
            let with = |system| Config {
                coupled,
                ..fast(system)
            };
            let mut world = World::pair(with(1), with(2), 3, seed);
            world.weather = Weather {
                loss: 30,
                twice: 20,
                delay: 400,
            };
            world.run(60_000);
            world.weather = Weather::default();
            world.until(&[3, 3], 15_000);
        }
    }
}

#[test]
fn a_peer_that_restarts_is_taken_back() {
    let mut world = World::pair(fast(1), fast(2), 2, 3);
    world.until(&[2, 2], 5000);
    world.nodes[1] = Node::with_ports(fast(2), 2, world.now);
    world.run(1500);
    assert_eq!(world.nodes[0].distributing(), 0, "the peer is not ready");
    world.until(&[2, 2], 5000);
}

#[test]
fn a_silent_peer_is_given_up_within_the_short_timeout() {
    let mut world = World::pair(fast(1), fast(2), 2, 4);
    world.until(&[2, 2], 5000);
    world.run(5000);
    world.weather.loss = 100;
    world.run(3100);
    assert_eq!(world.distributing(), [0, 0]);
    world.run(3000);
    // Nobody answers any more: one port goes without LACP.
    assert_eq!(world.distributing(), [1, 1]);
    assert_eq!(world.nodes[0].out.carrier, Some(true));
    world.weather.loss = 0;
    // A partner that was given up is spoken to every 30 s only.
    world.until(&[2, 2], 35_000);
}

#[test]
fn passive_speaks_when_spoken_to() {
    let passive = |system| Config {
        active: false,
        ..fast(system)
    };
    let mut world = World::pair(passive(1), fast(2), 2, 5);
    world.until(&[2, 2], 8000);
    world.run(60_000);
    assert_eq!(world.distributing(), [2, 2]);
}

/// As in C two passive ends do speak, when their mux machines move: they agree nevertheless.
#[test]
fn passive_and_passive_agree() {
    let passive = |system| Config {
        active: false,
        ..config(system)
    };
    let mut world = World::pair(passive(1), passive(2), 2, 6);
    for _ in 0..20 {
        world.run(20_000);
        let [left, right] = world.distributing()[..] else {
            panic!("two systems");
        };
        assert_eq!(left, right);
    }
}

#[test]
fn keys_and_system_may_change_under_load() {
    let mut world = World::pair(fast(1), fast(2), 3, 7);
    world.until(&[3, 3], 5000);
    let now = world.now;
    world.nodes[0].configure(now, |config| config.user_key = 5);
    assert!(world.nodes[0]
        .ports
        .iter()
        .all(|port| port.actor().key >> 6 == 5));
    world.run(2000);
    world.until(&[3, 3], 8000);
    assert_eq!(world.nodes[1].ports[0].partner().key >> 6, 5);
    let now = world.now;
    world.nodes[0].configure(now, |config| config.system = Mac([2, 9, 9, 9, 9, 9]));
    world.run(2000);
    world.until(&[3, 3], 8000);
    assert_eq!(
        world.nodes[1].ports[2].partner().system,
        Mac([2, 9, 9, 9, 9, 9])
    );
}

#[test]
fn a_port_that_loses_its_link_leaves_the_others_alone() {
    let mut world = World::pair(fast(1), fast(2), 3, 8);
    world.until(&[3, 3], 5000);
    let now = world.now;
    world.nodes[0].set_link(1, DOWN, now);
    world.nodes[1].set_link(1, DOWN, now);
    assert_eq!(world.distributing(), [2, 2]);
    world.run(10_000);
    assert_eq!(world.distributing(), [2, 2]);
    let now = world.now;
    world.nodes[0].set_link(1, GIGABIT, now);
    world.nodes[1].set_link(1, GIGABIT, now);
    world.until(&[3, 3], 6000);
}

#[test]
fn one_to_300_ports() {
    for ports in [1, 2, 7, 300] {
        let mut world = World::pair(fast(1), fast(2), ports, 9);
        world.until(&[ports, ports], 8000);
        let numbers: Vec<u16> = world.nodes[0]
            .ports
            .iter()
            .map(port::Port::number)
            .collect();
        assert!(numbers.iter().copied().eq(1..=ports as u16));
    }
}

/// One system with links to two others: one aggregator carries, the other stands by.
fn two_switches() -> World {
    let nodes = vec![
        Node::with_ports(fast(1), 4, START),
        Node::with_ports(fast(2), 2, START),
        Node::with_ports(fast(3), 2, START),
    ];
    let wires = vec![
        [(0, 0), (1, 0)],
        [(0, 1), (1, 1)],
        [(0, 2), (2, 0)],
        [(0, 3), (2, 1)],
    ];
    World::new(nodes, wires, 10)
}

#[test]
fn two_partners_one_active_one_standing_by() {
    let mut world = two_switches();
    world.until(&[2, 2, 0], 8000);
    world.run(20_000);
    assert_eq!(world.distributing(), [2, 2, 0]);
    let now = world.now;
    for place in 0..2 {
        world.nodes[0].set_link(place, DOWN, now);
        world.nodes[1].set_link(place, DOWN, now);
    }
    let took = world.until(&[2, 0, 2], 2000);
    assert!(took < 700, "{took}");
    // Stable: back again does not take over.
    let now = world.now;
    for place in 0..2 {
        world.nodes[0].set_link(place, GIGABIT, now);
        world.nodes[1].set_link(place, GIGABIT, now);
    }
    world.run(20_000);
    assert_eq!(world.distributing(), [2, 0, 2]);
}

#[test]
fn bandwidth_takes_over_and_the_former_stops_on_both_ends() {
    let mut world = two_switches();
    let now = world.now;
    world.nodes[0].configure(now, |config| {
        config.select = crate::option::AdSelect::Bandwidth
    });
    world.until(&[2, 2, 0], 8000);
    let now = world.now;
    for place in 2..4 {
        world.nodes[0].set_link(place, link(10_000), now);
        world.nodes[2].set_link(place - 2, link(10_000), now);
    }
    world.until(&[2, 0, 2], 8000);
    world.run(10_000);
    assert_eq!(world.distributing(), [2, 0, 2]);
}

#[test]
fn coupled_and_independent_understand_each_other() {
    let mut world = World::pair(
        Config {
            coupled: false,
            ..fast(1)
        },
        fast(2),
        2,
        11,
    );
    world.until(&[2, 2], 6000);
    world.run(10_000);
    assert_eq!(world.distributing(), [2, 2]);
}

#[test]
fn a_removed_port_is_gone_on_the_other_side_too() {
    let mut world = World::pair(fast(1), fast(2), 3, 12);
    world.until(&[3, 3], 5000);
    let now = world.now;
    world.nodes[0].act(now, |lag, out| lag.remove(2, now, out));
    world.nodes[0].ports.pop();
    world.run(100);
    assert_eq!(world.distributing(), [2, 2]);
    assert_eq!(world.nodes[1].ports[2].usage(), Usage::Off);
}

#[test]
fn down_for_longer_than_half_the_counter() {
    let mut world = World::pair(fast(1), fast(2), 2, 13);
    world.until(&[2, 2], 5000);
    for node in &mut world.nodes {
        node.lag().close();
    }
    world.now = world
        .now
        .after(crate::time::Ticks(usize::MAX / 2 + 100_000));
    let now = world.now;
    for node in &mut world.nodes {
        node.act(now, |lag, out| lag.open(now, out));
    }
    world.run(1000);
    world.until(&[2, 2], 35_000);
}
