// SPDX-License-Identifier: GPL-2.0

//! The choice of the active slave, and the carrier of a bond.
//!
//! Every combination of up to three slaves is compared with C in tests/oracle.

use bonding_core::link::{LinkState, Speed};
use bonding_core::mode::Mode;
use bonding_core::option::PrimaryReselect;
use bonding_core::select::{best, carrier, carrier_line, Candidate, Policy};
use bonding_core::time::Millis;
use host::check;
use proptest::prelude::*;

const UP: Candidate = Candidate {
    link: LinkState::Up,
    remaining: Millis(0),
    up: true,
    prio: 0,
    speed: Speed::from_ethtool(1000, 1),
    active: false,
    primary: false,
};

fn choose(candidates: &[Candidate], reselect: PrimaryReselect, force: &mut bool) -> Option<usize> {
    let policy = Policy {
        reselect,
        force_primary: force,
        updelay: Millis(300),
    };
    best(policy, candidates.iter().copied())
}

#[test]
fn nobody_is_chosen_of_nobody() {
    for &reselect in PrimaryReselect::ALL {
        assert_eq!(choose(&[], reselect, &mut true), None);
    }
}

/// C takes an unknown speed for the fastest.
#[test]
fn unknown_speed_does_not_replace_a_known_one() {
    let unknown = Candidate {
        speed: Speed::UNKNOWN,
        primary: true,
        ..UP
    };
    let ten_gigabit = Candidate {
        speed: Speed::from_ethtool(10_000, 1),
        active: true,
        ..UP
    };
    assert_eq!(
        choose(&[unknown, ten_gigabit], PrimaryReselect::Better, &mut false),
        Some(1)
    );
    let primary = Candidate {
        primary: true,
        ..ten_gigabit
    };
    let current = Candidate {
        primary: false,
        active: true,
        ..unknown
    };
    let primary = Candidate {
        active: false,
        ..primary
    };
    assert_eq!(
        choose(&[current, primary], PrimaryReselect::Better, &mut false),
        Some(1)
    );
}

fn candidates() -> impl Strategy<Value = (Vec<Candidate>, PrimaryReselect, bool)> {
    let link = prop_oneof![
        Just(LinkState::Up),
        Just(LinkState::Fail),
        Just(LinkState::Down),
        Just(LinkState::Back)
    ];
    let speed = prop_oneof![
        Just(Speed::UNKNOWN),
        (1..4_u32, 0..2_u8).prop_map(|(s, d)| Speed::from_ethtool(s, d))
    ];
    let one =
        (link, 0..5_u32, any::<bool>(), -2..3, speed).prop_map(|(link, left, up, prio, speed)| {
            Candidate {
                link,
                remaining: Millis(left * 100),
                up,
                prio,
                speed,
                ..UP
            }
        });
    let all = proptest::collection::vec(one, 0..7);
    let reselect = proptest::sample::select(PrimaryReselect::ALL);
    (all, 0..9_usize, 0..9_usize, reselect, any::<bool>()).prop_map(
        |(mut all, active, primary, reselect, force)| {
            if let Some(candidate) = all.get_mut(active) {
                candidate.active = true;
            }
            if let Some(candidate) = all.get_mut(primary) {
                candidate.primary = true;
            }
            (all, reselect, force)
        },
    )
}

#[test]
fn choice_is_sound() {
    check(50_000, candidates(), |(all, reselect, force)| {
        let mut forced = force;
        let chosen = choose(&all, reselect, &mut forced);
        let up = |c: &Candidate| c.link == LinkState::Up;
        let primary_up = all.iter().position(|c| c.primary && up(c));
        // The flag is used up exactly when it has worked.
        prop_assert_eq!(forced, force && primary_up.is_none());
        if force && primary_up.is_some() {
            prop_assert_eq!(chosen, primary_up);
            return Ok(());
        }
        match chosen.map(|at| all[at]) {
            Some(c) if up(&c) => {
                if let Some(current) = all.iter().find(|c| c.active && up(c)) {
                    if reselect == PrimaryReselect::Failure {
                        prop_assert!(c.active);
                    }
                    if reselect == PrimaryReselect::Better && !c.active {
                        prop_assert!(c.speed > current.speed);
                    }
                } else if primary_up.is_none() {
                    prop_assert!(all
                        .iter()
                        .filter(|c| up(c))
                        .all(|other| other.prio <= c.prio));
                } else {
                    prop_assert!(c.primary);
                }
            }
            // Only where no link is up: the one that will be soonest.
            Some(c) => {
                prop_assert!(!all.iter().any(up));
                prop_assert!(c.link == LinkState::Back && c.up && c.remaining < Millis(300));
                let others = all.iter().filter(|c| c.link == LinkState::Back && c.up);
                prop_assert!(others
                    .into_iter()
                    .all(|other| other.remaining >= c.remaining));
            }
            None => {
                let ready =
                    |c: &Candidate| c.link == LinkState::Back && c.up && c.remaining < Millis(300);
                prop_assert!(!all.iter().any(|c| up(c) || ready(c)));
            }
        }
        Ok(())
    });
}

/// Asked again after its choice was made, it stays with it.
#[test]
fn choice_is_stable() {
    check(50_000, candidates(), |(mut all, reselect, force)| {
        let mut force = force;
        let Some(first) = choose(&all, reselect, &mut force) else {
            return Ok(());
        };
        for (at, candidate) in all.iter_mut().enumerate() {
            candidate.active = at == first;
        }
        all[first].link = LinkState::Up;
        prop_assert_eq!(choose(&all, reselect, &mut force), Some(first));
        Ok(())
    });
}

#[test]
fn carrier_follows_the_links() {
    use LinkState::{Back, Down, Fail, Up};
    for mode in Mode::ALL {
        for lacp in [false, true] {
            let of = |links: &[LinkState]| carrier(mode, links.iter().copied(), lacp);
            let by_lacp = mode == Mode::Ieee8023ad;
            assert!(!of(&[]));
            for links in [&[Up][..], &[Down, Up], &[Fail, Back, Up]] {
                assert_eq!(of(links), !by_lacp || lacp);
            }
            for links in [&[Down][..], &[Fail], &[Back], &[Down, Fail, Back]] {
                assert_eq!(of(links), by_lacp && lacp);
            }
        }
    }
    assert_eq!(carrier_line(true), "active interface up!");
    assert_eq!(
        carrier_line(false),
        "now running without any active interface!"
    );
}
