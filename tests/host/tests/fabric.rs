// SPDX-License-Identifier: GPL-2.0

//! The ARP monitor in networks that break: two switches, partitions, segments that are cut off but
//! not silent.

use bonding_core::link::LinkState;
use bonding_core::option::ArpValidate;
use bonding_core::time::Jiffies;
use host::{check, fabric::Fabric};
use proptest::prelude::*;

/// Just before the counter wraps, and in the middle.
const STARTS: [Jiffies; 4] = [
    Jiffies(usize::MAX - 20),
    Jiffies(usize::MAX - 400),
    Jiffies(usize::MAX / 2 - 30),
    Jiffies(1 << 40),
];
const FIRST: [u8; 4] = [192, 0, 2, 10];
const SECOND: [u8; 4] = [192, 0, 2, 11];
const STRANGER: [u8; 4] = [192, 0, 2, 90];
/// Intervals after which a loss must have been acted on: those that may be missed, the grace of a
/// link that has just been chosen, and one of the look itself.
const SOON: usize = 5;

/// A loss is looked for among the answers that the active slave gets.
fn looks(validate: ArpValidate) -> bool {
    validate.validates(true)
}

fn state(fabric: &Fabric, at: usize) -> LinkState {
    fabric.bond.slaves[at].link.state()
}

/// A slave at each switch, the target behind the second one; the first slave is active.
fn pair(validate: ArpValidate, start: Jiffies) -> Fabric {
    let mut fabric = Fabric::new(validate, &[0, 1], &[(FIRST, 1)], start);
    fabric.passes(10);
    assert_eq!(fabric.bond.active, Some(0), "{validate:?}");
    assert!((0..2).all(|at| state(&fabric, at).is_up()), "{validate:?}");
    fabric
}

/// The link between the switches is lost: who looks for answers changes to the side of the target.
#[test]
fn trunk_is_lost() {
    for &validate in ArpValidate::ALL {
        let mut fabric = pair(validate, STARTS[0]);
        fabric.trunk = false;
        fabric.passes(SOON);
        // The active slave hears nothing at all, so whoever looks for any frame finds out, too.
        assert_eq!(fabric.bond.active, Some(1), "{validate:?}");
        fabric.passes(20);
        assert_eq!(fabric.bond.active, Some(1), "{validate:?} stays");
        assert!(!state(&fabric, 0).is_up(), "{validate:?}");
        fabric.trunk = true;
        fabric.passes(SOON);
        assert!(state(&fabric, 0).is_up(), "{validate:?}");
        assert_eq!(
            fabric.bond.active,
            Some(1),
            "{validate:?} without a primary"
        );
    }
}

/// The same with a stranger on the side that is cut off, who asks for other strangers.
#[test]
fn cut_off_with_foreign_arp() {
    for &validate in ArpValidate::ALL {
        let mut fabric = pair(validate, STARTS[1]);
        fabric.add_host(0, STRANGER, false, true);
        fabric.passes(3);
        fabric.trunk = false;
        let before = fabric.bond.slaves[0].link.failures();
        fabric.passes(30);
        let active = if looks(validate) { 1 } else { 0 };
        assert_eq!(fabric.bond.active, Some(active), "{validate:?}");
        let failures = fabric.bond.slaves[0].link.failures() - before;
        assert_eq!(failures > 0, looks(validate), "{validate:?}: {failures}");
        assert!(fabric.bond.carrier, "{validate:?}");
    }
}

/// Both slaves are in the segment that is cut off, and hear the stranger and each other.
#[test]
fn cut_off_as_a_whole() {
    for &validate in ArpValidate::ALL {
        let mut fabric = Fabric::new(validate, &[0, 0], &[(FIRST, 1)], STARTS[0]);
        fabric.add_host(0, STRANGER, false, true);
        fabric.passes(10);
        fabric.trunk = false;
        fabric.passes(SOON);
        match validate {
            // Whatever is heard counts: nothing is noticed.
            ArpValidate::None | ArpValidate::Filter => {
                fabric.passes(30);
                assert_eq!(fabric.bond.active, Some(0), "{validate:?}");
                assert!((0..2).all(|at| state(&fabric, at).is_up()), "{validate:?}");
            }
            // Our own requests prove a backup only while the active slave is answered.
            ArpValidate::All => {
                fabric.passes(SOON);
                for _ in 0..30 {
                    fabric.pass();
                    assert_eq!(fabric.bond.active, None);
                    assert!(!fabric.bond.carrier);
                }
            }
            _ => {}
        }
        fabric.trunk = true;
        fabric.passes(SOON);
        assert!(fabric.bond.active.is_some_and(|at| fabric.reaches(at)));
        assert!(fabric.bond.carrier);
    }
}

/// A path that carries nothing though it has a carrier; the switch goes on sending there what it
/// has learned, until the other slave asks.
#[test]
fn black_hole() {
    for &validate in ArpValidate::ALL {
        let mut fabric = Fabric::new(validate, &[0, 0], &[(FIRST, 0)], STARTS[0]);
        fabric.passes(10);
        fabric.cables[0].passes = false;
        fabric.passes(SOON);
        assert_eq!(fabric.bond.active, Some(1), "{validate:?}");
        assert!(!state(&fabric, 0).is_up(), "{validate:?}");
        fabric.cables[0].passes = true;
        fabric.passes(SOON);
        assert!(state(&fabric, 0).is_up(), "{validate:?}");
    }
}

/// Targets behind both switches: with one of them the bond stays where it is.
#[test]
fn one_of_two_targets_is_enough() {
    for &validate in ArpValidate::ALL {
        let targets = [(FIRST, 0), (SECOND, 1)];
        let mut fabric = Fabric::new(validate, &[0, 1], &targets, STARTS[0]);
        fabric.passes(10);
        fabric.trunk = false;
        fabric.passes(20);
        assert_eq!(fabric.bond.active, Some(0), "{validate:?}");
        assert_eq!(fabric.bond.slaves[0].link.failures(), 0, "{validate:?}");
        fabric.hosts[0].answers = false;
        fabric.passes(20);
        if validate == ArpValidate::All {
            assert_eq!(
                fabric.bond.active,
                Some(1),
                "the target of the first is gone"
            );
        }
    }
}

/// What the monitor does depends on how much time passed, not on what the counter shows.
#[test]
fn wrap_of_the_counter_changes_nothing() {
    for &validate in ArpValidate::ALL {
        let course = |start| {
            let mut fabric = pair(validate, start);
            fabric.trunk = false;
            fabric.passes(12);
            fabric.set_carrier(1, false);
            fabric.passes(12);
            fabric.trunk = true;
            fabric.set_carrier(1, true);
            fabric.passes(12);
            fabric.bond.out
        };
        let expected = course(STARTS[3]);
        for start in STARTS {
            assert_eq!(course(start), expected, "{validate:?} from {start:?}");
        }
    }
}

/// Something that happens to the network.
#[derive(Clone, Copy, Debug)]
enum Change {
    Trunk,
    Carrier(usize),
    Passes(usize),
    Answers(usize),
    Chatters(usize),
}

fn changes(slaves: usize) -> impl Strategy<Value = Change> {
    prop_oneof![
        Just(Change::Trunk),
        (0..slaves).prop_map(Change::Carrier),
        (0..slaves).prop_map(Change::Passes),
        (0..4_usize).prop_map(Change::Answers),
        (0..4_usize).prop_map(Change::Chatters),
    ]
}

/// A bond, and what happens to it after how many passes.
fn course() -> impl Strategy<Value = (Vec<usize>, Vec<(Change, usize)>, usize)> {
    prop::collection::vec(0..2_usize, 1..5).prop_flat_map(|slaves| {
        let events = prop::collection::vec((changes(slaves.len()), 0..9_usize), 0..16);
        (Just(slaves), events, 0..STARTS.len())
    })
}

/// Whatever happened: once the network stays as it is, a bond that validates everything sends by a
/// slave that reaches a target, or has no carrier because none does.
#[test]
fn ends_where_a_target_is() {
    check(4000, course(), |(slaves, events, start)| {
        let targets = [(FIRST, 0), (SECOND, 1)];
        let mut fabric = Fabric::new(ArpValidate::All, &slaves, &targets, STARTS[start]);
        fabric.add_host(0, STRANGER, false, false);
        fabric.add_host(1, [192, 0, 2, 91], false, false);
        for (change, passes) in events {
            match change {
                Change::Trunk => fabric.trunk = !fabric.trunk,
                Change::Carrier(at) => fabric.set_carrier(at, !fabric.cables[at].carrier),
                Change::Passes(at) => fabric.cables[at].passes = !fabric.cables[at].passes,
                Change::Answers(at) => fabric.hosts[at % 2].answers ^= true,
                Change::Chatters(at) => fabric.hosts[2 + at % 2].chatters ^= true,
            }
            for _ in 0..passes {
                fabric.pass();
                let bond = &fabric.bond;
                prop_assert!(bond.active.is_none() || bond.prober.is_none());
                let up = bond.slaves.iter().any(|slave| slave.link.state().is_up());
                prop_assert_eq!(bond.carrier, up);
            }
        }
        let reached = (0..slaves.len()).any(|at| fabric.reaches(at));
        fabric.passes(40);
        for _ in 0..10 {
            fabric.pass();
            let active = fabric.bond.active;
            prop_assert_eq!(active.is_some(), reached);
            prop_assert!(active.is_none_or(|at| fabric.reaches(at)));
            prop_assert_eq!(fabric.bond.carrier, reached);
        }
        Ok(())
    });
}
