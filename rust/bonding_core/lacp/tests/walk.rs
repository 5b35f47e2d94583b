// SPDX-License-Identifier: GPL-2.0

//! Every state of a port and every event, with the rig's invariants after each; and long random walks.

use super::super::{mux, periodic, rx, Config};
use super::faults::from_partner;
use super::rig::{config, link, Node, World, DOWN, GIGABIT, START};
use super::tables::{MUX, PERIODIC, RX};
use crate::time::Ticks;
use crate::wire::eth::Mac;
use crate::wire::lacp::{State as Bits, LEN};

/// Puts the port of a fresh system into a state, possible or not.
fn place_into(case: usize, coupled: bool) -> Node {
    let mut node = Node::with_ports(
        Config {
            coupled,
            ..config(1)
        },
        1,
        START,
    );
    let mut rest = case;
    let mut pick = |below: usize| {
        let picked = rest % below;
        rest /= below;
        picked
    };
    let rx = RX[pick(5)];
    let mux = MUX[pick(6)];
    let periodic = PERIODIC[pick(3)];
    let partner = pick(16);
    let flags = pick(16);
    let now = START;
    let port = &mut node.ports[0];
    port.rx.state = rx;
    let waits = matches!(rx, rx::State::Expired | rx::State::Current);
    port.rx.until = (waits && flags & 1 != 0).then_some(now);
    port.mux.state = mux;
    port.mux.until = (mux == mux::State::Waiting).then_some(now.after(Ticks(1)));
    port.periodic.state = periodic;
    port.periodic.until = (periodic != periodic::State::None).then_some(now);
    let mut state = Bits::AGGREGATION;
    state.set(Bits::SYNCHRONIZATION, partner & 1 != 0);
    state.set(Bits::COLLECTING, partner & 2 != 0);
    state.set(Bits::ACTIVITY, partner & 4 != 0);
    state.set(Bits::TIMEOUT, partner & 8 != 0);
    port.partner.state = state;
    port.partner.system = Mac([2, 7, 7, 7, 7, 7]);
    port.selected = flags & 2 != 0;
    port.begin = flags & 4 != 0;
    port.lacp = flags & 8 != 0;
    let bits = &mut port.actor.state;
    let carries = [3, 4, 5].map(|at| MUX[at]).contains(&mux);
    bits.set(Bits::COLLECTING | Bits::SYNCHRONIZATION, carries);
    bits.set(Bits::DISTRIBUTING, carries && mux != mux::State::Collecting);
    bits.set(Bits::EXPIRED, rx == rx::State::Expired);
    // What a port's state implies stays true.
    if !(port.lacp && matches!(rx, rx::State::Current)) {
        port.partner.state.set(Bits::SYNCHRONIZATION, false);
    }
    node
}

const CASES: usize = 5 * 6 * 3 * 16 * 16;

#[test]
fn every_state_and_every_event() {
    for case in 0..CASES {
        for coupled in [true, false] {
            for event in 0..7 {
                let mut node = place_into(case, coupled);
                let now = START;
                match event {
                    0 => node.act(now, |lag, out| lag.tick(now, out)),
                    1 => node.set_link(0, DOWN, now),
                    2 => node.set_link(0, link(100), now),
                    3 => {
                        let pdu = from_partner(&node, 0, Bits(0x38));
                        node.act(now, |lag, out| {
                            lag.on_pdu(0, &pdu, now, out);
                            lag.tick(now, out);
                        });
                    }
                    4 => {
                        let pdu = from_partner(&node, 0, Bits::NONE);
                        node.act(now, |lag, out| {
                            lag.on_pdu(0, &pdu, now, out);
                            lag.tick(now, out);
                        });
                    }
                    5 => node.configure(now, |config| config.user_key = 3),
                    _ => node.act(now, |lag, out| lag.remove(0, now, out)),
                }
            }
        }
    }
}

/// Anything may happen to two systems at any time; afterwards they find together.
#[test]
fn random_walks_end_together() {
    for seed in 1..40 {
        let with = |system| Config {
            fast: seed % 2 == 0,
            coupled: seed % 3 != 0,
            fast_start: seed % 5 == 0,
            ..config(system)
        };
        let mut world = World::pair(with(1), with(2), 4, seed);
        world.weather.loss = 20;
        world.weather.delay = 50;
        for _ in 0..60 {
            let node = world.random(2) as usize;
            let place = world.random(4) as usize;
            let kind = world.random(9);
            let value = world.random(4);
            let now = world.now;
            let it = &mut world.nodes[node];
            match kind {
                0 => it.set_link(place, DOWN, now),
                1 => it.set_link(place, link(10_000), now),
                2 => it.configure(now, |config| config.fast = value % 2 == 0),
                3 => it.configure(now, |config| config.active = value % 2 == 0),
                4 => it.configure(now, |config| config.user_key = value as u16),
                5 => it.configure(now, |config| config.system.0[4] = value as u8),
                6 => it.configure(now, |config| config.min_links = value as u32),
                7 => it.act(now, |lag, out| {
                    lag.set_port_priority(place, value as u16, now, out)
                }),
                _ => {
                    let mut octets = [0; LEN];
                    let pdu = it.ports[place].pdu().emit();
                    octets.copy_from_slice(&pdu);
                    for _ in 0..3 {
                        let at = world.random(LEN as u64) as usize;
                        octets[at] = world.random(256) as u8;
                    }
                    world.nodes[node].act(now, |lag, out| {
                        lag.on_frame(place, &octets, now, out);
                    });
                }
            }
            let pause = world.random(3000) as usize;
            world.run(pause);
        }
        world.weather = Default::default();
        let now = world.now;
        for node in &mut world.nodes {
            for place in 0..4 {
                node.set_link(place, GIGABIT, now);
            }
            node.configure(now, |config| {
                config.active = true;
                config.fast = true;
            });
        }
        world.run(100_000);
        assert_eq!(world.distributing(), [4, 4], "seed {seed}");
    }
}
