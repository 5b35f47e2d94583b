// SPDX-License-Identifier: GPL-2.0

//! The ARP monitor: what proves a link, and the packets that this needs.
//!
//! The comparison with C over many courses of events and frames is in tests/oracle.

use bonding_core::arp::{
    self,
    backup::next_prober,
    validate::{gate, proven, reading, reading_quick, Gate, Kind, Moment, Reading},
    Timing,
};
use bonding_core::option::{ArpAllTargets, ArpValidate};
use bonding_core::time::{Hz, Jiffies, Millis, Ticks};
use bonding_core::wire::{
    arp::{Operation, Packet},
    eth::Mac,
    nd,
};
use host::check;
use proptest::prelude::*;

/// Just before the counter wraps.
const START: Jiffies = Jiffies(usize::MAX - 20);

fn timing() -> Timing {
    Timing::new(Hz::new(250), Millis(100), 2)
}

#[test]
fn intervals_end_half_an_interval_late() {
    let timing = timing();
    for (intervals, last) in [(0, 12), (1, 37), (2, 62), (3, 87)] {
        for age in 0..100 {
            let now = START.after(Ticks(age));
            assert_eq!(
                timing.within(START, now, intervals),
                age <= last,
                "{intervals} {age}"
            );
        }
    }
    // A time ahead by up to an interval, as another processor may write it meanwhile.
    assert!(timing.within(START, START.before(Ticks(25)), 1));
    assert!(!timing.within(START, START.before(Ticks(26)), 1));
}

#[test]
fn any_number_of_intervals_is_a_time() {
    check(
        20_000,
        any::<(u32, u32, u32, usize)>(),
        |(hz, ms, intervals, now)| {
            let timing = Timing::new(Hz::new(hz), Millis(ms), 2);
            prop_assert!(timing.within(Jiffies(now), Jiffies(now), intervals));
            Ok(())
        },
    );
}

/// Each value of the option, for active and backup slaves and each kind of frame.
#[test]
fn gate_is_the_options() {
    use Gate::{Counts, Examine, Ignore};
    let kinds = [Kind::Arp, Kind::Ipv6, Kind::Other];
    let counts = [Counts, Counts, Counts];
    let examine = [Examine, Examine, Ignore];
    let filter = [Counts, Counts, Ignore];
    for (validate, active, backup) in [
        (ArpValidate::None, counts, counts),
        (ArpValidate::Active, examine, counts),
        (ArpValidate::Backup, counts, examine),
        (ArpValidate::All, examine, examine),
        (ArpValidate::Filter, filter, filter),
        (ArpValidate::FilterActive, examine, filter),
        (ArpValidate::FilterBackup, filter, examine),
    ] {
        assert_eq!(
            kinds.map(|kind| gate(validate, true, kind, true)),
            active,
            "{validate:?}"
        );
        assert_eq!(
            kinds.map(|kind| gate(validate, false, kind, true)),
            backup,
            "{validate:?}"
        );
    }
}

/// The whole truth table of who may be believed.
#[test]
fn reading_is_the_situations() {
    let now = START.after(Ticks(100));
    let proved = (now.before(Ticks(5)), now.before(Ticks(10)));
    let unproved = [(now.before(Ticks(10)), now.before(Ticks(5))), (now, now)];
    let (fresh, old) = (now.before(Ticks(37)), now.before(Ticks(38)));
    let mut walked = 0;
    for active in [false, true] {
        for current in [None, Some(proved), Some(unproved[0]), Some(unproved[1])] {
            for prober_tx in [None, Some(fresh), Some(old)] {
                for reply in [false, true] {
                    let moment = Moment {
                        current,
                        prober_tx,
                        reply,
                        now,
                    };
                    let expected = if active {
                        Reading::Answer
                    } else if current == Some(proved) {
                        Reading::Echo
                    } else if prober_tx == Some(fresh) && reply {
                        Reading::Answer
                    } else {
                        Reading::Nothing
                    };
                    let of_moment = || {
                        assert!(!active, "asked for nothing");
                        moment
                    };
                    assert_eq!(
                        reading(active, of_moment, &timing()),
                        expected,
                        "{moment:?}"
                    );
                    if let Some(quick) = reading_quick(active) {
                        assert_eq!(quick, expected, "{moment:?}");
                    }
                    walked += 1;
                }
            }
        }
    }
    assert_eq!(walked, 48);
}

/// Each pair of addresses under each reading; 0 is nobody, 1 ours, 2 and 3 targets, 4 a stranger.
#[test]
fn addresses_prove_what_they_should() {
    for sender in 0..5 {
        for target in 0..5 {
            let of = |reading| {
                proven(
                    reading,
                    sender,
                    target,
                    |a| a == 0,
                    |a| [2, 3].iter().position(|t| *t == a),
                    |a| a == 1,
                )
            };
            let place = |from, to| match (from, to) {
                (2, 1) => Some(0),
                (3, 1) => Some(1),
                _ => None,
            };
            assert_eq!(of(Reading::Answer), place(sender, target));
            assert_eq!(of(Reading::Echo), place(target, sender));
            assert_eq!(of(Reading::Nothing), None);
        }
    }
    // Not even a target that is nobody, or is asked for ours in vain.
    assert_eq!(
        proven(Reading::Answer, 0, 1, |a| a == 0, |_| Some(0), |_| true),
        None
    );
}

#[test]
fn all_targets_means_the_oldest_of_all() {
    let at = |ticks| START.after(Ticks(ticks));
    let heard = [at(30), at(10), at(50)];
    assert_eq!(arp::last_rx(ArpAllTargets::Any, at(60), heard), at(60));
    assert_eq!(arp::last_rx(ArpAllTargets::All, at(60), heard), at(10));
    assert_eq!(arp::last_rx(ArpAllTargets::All, at(60), []), at(60));
}

/// Each set of up to six devices that are up: those that are get their turn, in a ring.
#[test]
fn every_device_gets_its_turn() {
    for slaves in 1..=6_usize {
        for set in 0..1_u32 << slaves {
            let up = |at: usize| set >> at & 1 != 0;
            let next = |current| next_prober(current, (0..slaves).map(up));
            if set == 0 {
                assert_eq!(next(None), None);
                continue;
            }
            let mut seen = 0;
            let mut current = next(None);
            for _ in 0..set.count_ones() {
                let at = current.unwrap();
                assert!(up(at));
                seen |= 1 << at;
                current = next(current);
            }
            assert_eq!(seen, set);
            if slaves > 1 && set & 1 != 0 && set != 1 {
                assert_ne!(next(None), Some(0), "the search begins behind the first");
            }
        }
    }
}

#[test]
fn packets_round_trip() {
    check(20_000, any::<([u8; 28], bool)>(), |(mut octets, right)| {
        if right {
            octets[..6].copy_from_slice(&[0, 1, 8, 0, 6, 4]);
        }
        match Packet::parse(&octets) {
            Some(packet) => prop_assert_eq!(packet.emit(), octets),
            None => prop_assert!(octets[..6] != [0, 1, 8, 0, 6, 4]),
        }
        Ok(())
    });
}

#[test]
fn probe_is_cs() {
    let packet = Packet::probe(Mac([2, 0, 0, 0, 0, 1]), [10, 0, 0, 1], [10, 0, 0, 2]);
    assert_eq!(packet.operation, Operation::Request);
    let expected = [
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0,
        0, 0, 0, 1, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2,
    ];
    assert_eq!(packet.frame(Mac::BROADCAST), expected);
}

#[test]
fn neighbour_discovery_is_read_only_directly_after_the_header() {
    let mut octets = [0; nd::LEN];
    octets[8] = 0xfd;
    octets[39] = 7;
    for next in 0..=255 {
        for kind in 0..=255 {
            octets[6] = next;
            octets[40] = kind;
            let packet = nd::Packet::parse(&octets);
            assert_eq!(packet.is_some(), next == 58 && (kind == 135 || kind == 136));
            if let Some(packet) = packet {
                assert_eq!((packet.source[0], packet.destination[15]), (0xfd, 7));
                assert_eq!(packet.advertisement, kind == 136);
            }
        }
    }
}

#[test]
fn groups_are_made_of_addresses() {
    let mut ip = [0xfe; 16];
    ip[13..].copy_from_slice(&[1, 2, 3]);
    let group = nd::solicited_node(&ip);
    assert_eq!(
        group,
        [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 1, 2, 3]
    );
    assert_eq!(nd::multicast_mac(&group), Mac([0x33, 0x33, 0xff, 1, 2, 3]));
    let other = [9; 16];
    assert_eq!(nd::place_among([&other, &ip], &group), Some(1));
    assert_eq!(nd::place_among([&other, &ip], &ip), Some(1));
    assert_eq!(nd::place_among([&other], &ip), None);
}

/// The table of targets is cheap to search, the addresses of all devices above the bond are not.
#[test]
fn d9_addresses_are_searched_last() {
    for reading in [Reading::Answer, Reading::Echo] {
        let mut asked = 0;
        let place = proven(
            reading,
            [10, 0, 0, 1],
            [10, 0, 0, 2],
            |address| address == [0; 4],
            |_| None,
            |_| {
                asked += 1;
                true
            },
        );
        assert_eq!((place, asked), (None, 0));
    }
}

#[test]
fn times_follow_their_targets() {
    let before = [("a", START), ("b", Jiffies(1)), ("c", Jiffies(2))];
    let now = Jiffies(9);
    let times = |after: &[&str]| -> Vec<Jiffies> {
        after
            .iter()
            .map(|target| arp::heard_before(before.iter().map(|(t, at)| (t, *at)), target, now))
            .collect()
    };
    assert_eq!(times(&["b", "c"]), [Jiffies(1), Jiffies(2)]);
    assert_eq!(times(&["a", "d", "b"]), [START, now, Jiffies(1)]);
}
