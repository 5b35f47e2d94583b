// SPDX-License-Identifier: GPL-2.0

//! One system, looked at from outside.

use super::super::{rx, Bond, Config, Lag, LinkFacts, Usage};
use super::faults::from_partner;
use super::rig::{config, link, Effects, Node, DOWN, GIGABIT, START};
use crate::option::show::AdInfo;
use crate::option::AdSelect;
use crate::report::{Churn, SlaveLacp};
use crate::time::{Hz, Ticks};
use crate::wire::eth::Mac;
use crate::wire::lacp::{Pdu, State as Bits, LEN};

const READY: Bits = Bits(0x38);

/// Lets the aggregate wait go by with partners that are ready on all ports.
fn ready(node: &mut Node, now: crate::time::Jiffies) -> crate::time::Jiffies {
    let mut now = now;
    for _ in 0..3 {
        for place in 0..node.bond.len() {
            let pdu = from_partner(node, place, READY);
            node.act(now, |lag, out| lag.on_pdu(place, &pdu, now, out));
        }
        now = now.after(Ticks(2100));
        node.act(now, |lag, out| lag.tick(now, out));
    }
    now
}

#[test]
fn speeds_have_the_codes_of_c() {
    let speeds = [
        1, 10, 100, 1000, 2500, 5000, 10_000, 14_000, 20_000, 25_000, 40_000, 50_000, 56_000,
        80_000, 100_000, 200_000, 400_000, 800_000, 1_600_000,
    ];
    for (code, mbps) in (1..).zip(speeds) {
        let mut node = Node::new(config(1));
        let place = node.add(link(mbps), START);
        assert_eq!(node.ports[place].actor().key, code << 1 | 1);
    }
}

#[test]
fn what_is_sent_first() {
    let mut node = Node::with_ports(config(1), 1, START);
    assert!(node.out.frames.is_empty(), "too early");
    let now = START.after(Ticks(300));
    node.act(now, |lag, out| lag.tick(now, out));
    let (_, frame) = node.out.frames[0];
    assert_eq!(frame[6..12], [2, 1, 1, 0, 0, 1]);
    let pdu = Pdu::parse(&frame[14..]).unwrap();
    assert_eq!(pdu.actor.state, Bits(0xc5));
    assert_eq!(
        (pdu.actor.key, pdu.actor.port, pdu.actor.port_priority),
        (9, 1, 255)
    );
    assert_eq!(pdu.actor.system_priority, 65535);
    let partner = pdu.partner;
    assert_eq!(
        (partner.system, partner.system_priority),
        (Mac::ZERO, 65535)
    );
    assert_eq!(
        (partner.key, partner.port, partner.port_priority),
        (1, 1, 255)
    );
    assert_eq!(partner.state, Bits::TIMEOUT);
}

#[test]
fn without_an_answer_one_port_goes_without_lacp() {
    let mut node = Node::with_ports(config(1), 3, START);
    assert_eq!(node.out.usage, [Usage::On, Usage::Off, Usage::Off]);
    assert_eq!(node.out.carrier, Some(true));
    let info = node.lag().ad_info().unwrap();
    assert_eq!(
        (
            info.aggregator_id,
            info.ports,
            info.actor_key,
            info.partner_key
        ),
        (1, 1, 9, 1)
    );
    assert!(node.out.lines.is_empty());
}

#[test]
fn half_duplex_is_individual_and_said() {
    let mut node = Node::with_ports(config(1), 0, START);
    let mut half = link(100);
    half.speed.duplex = crate::link::Duplex::Half;
    node.add(half, START);
    assert_eq!(node.ports[0].actor().key, 6);
    assert_eq!(node.ports[0].rx_state(), rx::State::LacpDisabled);
    assert_eq!(node.out.usage, [Usage::On]);
    let text = "Warning: No 802.3ad response from the link partner for any adapters in the bond";
    // Twice, as in C: once before and once after LACP is switched off.
    let line = std::format!("Warn -: {text}");
    assert_eq!(node.out.lines, [line.clone(), line]);
    // Full duplex now: LACP starts.
    node.set_link(0, link(100), START);
    assert_eq!(node.ports[0].rx_state(), rx::State::Expired);
}

#[test]
fn reports_what_c_reports() {
    let mut node = Node::with_ports(config(1), 2, START);
    let now = ready(&mut node, START);
    assert_eq!(node.out.usage, [Usage::On, Usage::On]);
    let info = AdInfo {
        aggregator_id: 1,
        ports: 2,
        actor_key: 9,
        partner_key: 7,
        partner_system: [2, 7, 7, 7, 7, 7],
    };
    assert_eq!(node.lag().ad_info(), Some(info));
    let Some(SlaveLacp::Aggregated(facts)) = node.lag().facts(1) else {
        panic!("port is alone");
    };
    assert_eq!((facts.aggregator_id, facts.actor.port_number), (1, 2));
    assert_eq!(
        (facts.actor.port_state, facts.partner.port_state),
        (0x3d, 0x3d)
    );
    assert_eq!(node.lag().facts(2), None);
    node.act(now, |lag, out| lag.remove(0, now, out));
    assert_eq!(node.lag().place_of(2), Some(0));
}

/// The bond's monitor waits for downdelay; until then the port is not used, and that is all.
#[test]
fn a_carrier_that_flickers_moves_no_aggregator() {
    // `stable` would keep what is in use in any case.
    let mut node = Node::with_ports(
        Config {
            select: AdSelect::Count,
            ..config(1)
        },
        2,
        START,
    );
    let gone = LinkFacts {
        running: false,
        ..GIGABIT
    };
    node.set_link(0, gone, START);
    assert_eq!(node.lag().ad_info().unwrap().aggregator_id, 1);
    assert_eq!(node.out.usage, [Usage::Off, Usage::Off]);
    node.set_link(0, GIGABIT, START);
    assert_eq!(node.out.usage, [Usage::On, Usage::Off]);
    node.set_link(0, DOWN, START);
    assert_eq!(node.out.usage, [Usage::Off, Usage::On]);
}

#[test]
fn min_links_and_strict_decide_on_the_carrier() {
    let mut node = Node::with_ports(
        Config {
            min_links: 2,
            ..config(1)
        },
        2,
        START,
    );
    assert_eq!(node.out.carrier, Some(false));
    let now = ready(&mut node, START);
    assert_eq!(node.out.carrier, Some(true));
    node.configure(now, |config| config.min_links = 3);
    assert_eq!(node.out.carrier, Some(false));
    node.configure(now, |config| config.min_links = 2);
    node.configure(now, |config| config.strict = true);
    assert_eq!(node.out.carrier, Some(true));
    let pdu = from_partner(&node, 0, Bits::NONE);
    node.act(now, |lag, out| lag.on_pdu(0, &pdu, now, out));
    assert_eq!(node.out.carrier, Some(false), "one port lost sync");
    node.configure(now, |config| config.strict = false);
    assert_eq!(node.out.carrier, Some(true));
    node.set_link(1, DOWN, now);
    assert_eq!(node.out.carrier, Some(false));
}

#[test]
fn policies_choose_as_they_say() {
    // Port 0: partner A, 10G. Ports 1 and 2: partner B, 1G. Port 3: partner C, 1G, high priority.
    for (policy, chosen) in [
        (AdSelect::Stable, 0),
        (AdSelect::Bandwidth, 0),
        (AdSelect::Count, 1),
        (AdSelect::ActorPortPrio, 3),
    ] {
        let mut node = Node::with_ports(
            Config {
                select: policy,
                ..config(1)
            },
            0,
            START,
        );
        for mbps in [10_000, 1000, 1000, 1000] {
            node.add(link(mbps), START);
        }
        node.act(START, |lag, out| lag.set_port_priority(3, 1000, START, out));
        for (place, partner) in [(0, 1), (1, 2), (2, 2), (3, 3)] {
            let mut pdu = from_partner(&node, place, READY);
            pdu.actor.system = Mac([2, 7, 7, 7, 7, partner]);
            node.act(START, |lag, out| lag.on_pdu(place, &pdu, START, out));
        }
        let active = node.lag().active_place();
        assert_eq!(active, node.ports[chosen].aggregator, "{policy:?}");
    }
}

#[test]
fn churn_is_found_after_a_minute_and_counted() {
    let mut node = Node::with_ports(config(1), 1, START);
    let mut now = START;
    // A partner that never gets in sync but keeps talking.
    for _ in 0..7 {
        let pdu = from_partner(&node, 0, Bits::NONE);
        node.act(now, |lag, out| lag.on_pdu(0, &pdu, now, out));
        now = now.after(Ticks(10_000));
        node.act(now, |lag, out| lag.tick(now, out));
    }
    let churn = node.ports[0].churn();
    assert_eq!((churn.actor.state, churn.actor.count), (Churn::NoChurn, 0));
    assert_eq!(
        (churn.partner.state, churn.partner.count),
        (Churn::Churned, 1)
    );
}

#[test]
fn a_frame_that_cannot_be_sent_is_sent_later() {
    let mut node = Node::with_ports(config(1), 1, START);
    node.out.refuse = true;
    let now = START.after(Ticks(300));
    node.act(now, |lag, out| lag.tick(now, out));
    assert_eq!(node.ports[0].counters().lacpdu_tx, 0);
    node.out.refuse = false;
    let now = now.after(Ticks(300));
    node.act(now, |lag, out| lag.tick(now, out));
    assert_eq!(
        (node.out.frames.len(), node.ports[0].counters().lacpdu_tx),
        (1, 1)
    );
}

#[test]
fn bad_frames_are_counted_and_no_more() {
    let mut node = Node::with_ports(config(1), 1, START);
    let before = std::format!("{:?}", node.ports[0].rx);
    for length in 0..LEN {
        let octets = [1; LEN];
        assert!(!node.act(START, |lag, out| lag.on_frame(
            0,
            &octets[..length],
            START,
            out
        )));
    }
    assert_eq!(node.ports[0].counters().lacpdu_illegal_rx, LEN as u64);
    let mut pdu = from_partner(&node, 0, READY).emit();
    pdu[3] = 19;
    assert!(node.act(START, |lag, out| lag.on_frame(0, &pdu, START, out)));
    assert_eq!(node.bond.counters().lacpdu_illegal_rx, LEN as u64 + 1);
    for subtype in (0..=255).filter(|subtype| !(1..=2).contains(subtype)) {
        pdu[0] = subtype;
        assert!(!node.act(START, |lag, out| lag.on_frame(0, &pdu, START, out)));
    }
    assert_eq!(node.ports[0].counters().lacpdu_unknown_rx, 254);
    let marker = [2; LEN];
    assert!(node.act(START, |lag, out| lag.on_frame(0, &marker, START, out)));
    let marker = [&[2, 1, 9][..], &[0; LEN]].concat();
    assert!(node.act(START, |lag, out| lag.on_frame(0, &marker, START, out)));
    let counters = node.ports[0].counters();
    assert_eq!(
        (counters.marker_resp_rx, counters.marker_unknown_rx),
        (1, 1)
    );
    assert_eq!(before, std::format!("{:?}", node.ports[0].rx));
    assert!(node.out.lines.is_empty());
}

#[test]
fn numbers_and_aggregators_when_slaves_go() {
    let mut node = Node::with_ports(config(1), 3, START);
    let now = ready(&mut node, START);
    assert_eq!(node.lag().ad_info().unwrap().aggregator_id, 1);
    // Its aggregator goes with the first slave; the ports move to a free one.
    node.out.frames.clear();
    node.act(now, |lag, out| lag.remove(0, now, out));
    let (place, frame) = node.out.frames[0];
    let pdu = Pdu::parse(&frame[14..]).unwrap();
    assert_eq!(
        (place, pdu.actor.port, pdu.actor.state),
        (0, 1, Bits::ACTIVITY)
    );
    assert_eq!(node.lag().ad_info().unwrap().aggregator_id, 2);
    assert_eq!(node.distributing(), 2);
    let numbers = |node: &mut Node| -> std::vec::Vec<u16> {
        node.lag()
            .ports()
            .iter()
            .map(|port| port.number())
            .collect()
    };
    assert_eq!(numbers(&mut node), [2, 3]);
    node.ports.pop();
    node.aggregators.pop();
    node.add(GIGABIT, now);
    assert_eq!(numbers(&mut node), [2, 3, 4]);
    assert_eq!(node.lag().aggregators()[2].id(), 4);
    for _ in 0..3 {
        node.act(now, |lag, out| lag.remove(0, now, out));
    }
    assert!(node.bond.is_empty());
    assert_eq!(node.lag().next_timeout(), None);
    assert_eq!(node.lag().ad_info(), None);
    node.ports.clear();
    node.aggregators.clear();
    // The driver took the carrier away with the last slave, and is told anew.
    node.out.carrier = None;
    node.add(GIGABIT, now);
    assert_eq!(node.out.carrier, Some(true));
    assert_eq!(
        (numbers(&mut node), node.aggregators[0].id()),
        (std::vec![1], 1)
    );
}

#[test]
fn removing_the_active_aggregators_only_port_is_said() {
    let mut node = Node::with_ports(config(1), 2, START);
    node.act(START, |lag, out| lag.remove(0, START, out));
    assert_eq!(node.out.lines, ["Info 0: Removing an active aggregator"]);
    assert_eq!(node.lag().ad_info().unwrap().aggregator_id, 2);
    assert_eq!(node.ports[0].usage(), Usage::On);
}

#[test]
fn full_storage_refuses() {
    let mut bond = Bond::new(config(1), Hz::new(250));
    let mut lag = Lag::new(&mut bond, &mut [], &mut []);
    let mut out = Effects::default();
    assert_eq!(lag.add(Mac([2; 6]), GIGABIT, START, &mut out), None);
    lag.remove(0, START, &mut out);
    lag.set_link(0, DOWN, START, &mut out);
    lag.on_frame(0, &[1; 200], START, &mut out);
    assert!(bond.is_empty());
}

#[test]
fn a_bond_that_is_down_stands_still() {
    let mut node = Node::new(config(1));
    node.add(GIGABIT, START);
    let pdu = from_partner(&node, 0, READY);
    node.act(START, |lag, out| lag.on_pdu(0, &pdu, START, out));
    assert!(node.ports[0].partner().system.is_zero());
    assert!(node.out.frames.is_empty());
    node.act(START, |lag, out| lag.open(START, out));
    assert!(node.lag().next_timeout().is_some());
}
