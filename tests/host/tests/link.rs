// SPDX-License-Identifier: GPL-2.0

//! The link states: every state with every event, and delays counted in time.
//!
//! The comparison with C over many courses of events is in tests/oracle.

use bonding_core::link::{
    ignore_updelay, Duplex, Event, Level, Link, LinkState, Monitor, Outcome, Role, Sample, Speed,
    Standing, Timing,
};
use bonding_core::mode::Mode;
use bonding_core::time::{Hz, Jiffies, Millis, Ticks};
use host::check;
use proptest::prelude::*;

const GIGABIT: Speed = Speed {
    mbps: Some(1000),
    duplex: Duplex::Full,
};

/// Just before the counter wraps.
const START: Jiffies = Jiffies(usize::MAX - 20);

fn timing(updelay: u32, downdelay: u32) -> Timing {
    Timing {
        hz: Hz::new(250),
        miimon: Millis(100),
        updelay: Millis(updelay),
        downdelay: Millis(downdelay),
    }
}

fn sample(carrier: bool, mode: Mode, now: Jiffies) -> Sample {
    Sample {
        carrier,
        active: true,
        mode,
        now,
    }
}

/// One look, and what it proposes entered.
fn step(
    link: &mut Link,
    carrier: bool,
    mode: Mode,
    timing: &Timing,
    now: Jiffies,
    ignore: &mut bool,
) -> Option<Outcome> {
    let proposal = link.inspect(&sample(carrier, mode, now), timing, ignore)?;
    let before = *link;
    let outcome = link.commit(&proposal, mode, GIGABIT, &Standing::default(), now);
    assert_ne!(before.state(), link.state(), "a proposal changes the state");
    Some(outcome)
}

/// A link in this state, as far as the delays allow it; entered at `START`.
fn link_in(state: LinkState, timing: &Timing) -> Option<Link> {
    let mut link = Link::new(
        Monitor::Mii,
        true,
        &Timing {
            updelay: Millis(0),
            ..*timing
        },
        START,
    );
    let mode = Mode::Broadcast;
    if state != LinkState::Up {
        let _ = step(&mut link, false, mode, timing, START, &mut false);
    }
    if matches!(state, LinkState::Down | LinkState::Back) && link.state() == LinkState::Fail {
        let later = START.after(timing.hz.ticks(timing.downdelay));
        let _ = step(&mut link, false, mode, timing, later, &mut false);
    }
    if state == LinkState::Back {
        let _ = step(&mut link, true, mode, timing, START, &mut false);
    }
    (link.state() == state).then_some(link)
}

const STATES: [LinkState; 4] = [
    LinkState::Up,
    LinkState::Fail,
    LinkState::Down,
    LinkState::Back,
];

/// Each state, carrier, age, delay, mode, and whether updelay is ignored.
#[test]
fn every_state_with_every_event() {
    let mut walked = 0;
    for state in STATES {
        for (updelay, downdelay) in [(0, 0), (0, 200), (200, 0), (200, 200)] {
            let timing = timing(updelay, downdelay);
            let Some(link) = link_in(state, &timing) else {
                continue;
            };
            for carrier in [false, true] {
                // A tick before the delay ends, at its end, and after.
                for age in [0, 49, 50, 51, 1000] {
                    for mode in Mode::ALL {
                        for ignore in [false, true] {
                            let now = START.after(Ticks(age));
                            let mut left = ignore;
                            let proposal =
                                link.inspect(&sample(carrier, mode, now), &timing, &mut left);
                            let over = age >= 50;
                            let expected = match (state, carrier) {
                                (LinkState::Up, false) if downdelay > 0 => Some(LinkState::Fail),
                                (LinkState::Up, false) => Some(LinkState::Down),
                                (LinkState::Fail, true) => Some(LinkState::Up),
                                (LinkState::Fail, false) if over => Some(LinkState::Down),
                                (LinkState::Down, true) if updelay == 0 || ignore => {
                                    Some(LinkState::Up)
                                }
                                (LinkState::Down, true) => Some(LinkState::Back),
                                (LinkState::Back, false) => Some(LinkState::Down),
                                (LinkState::Back, true) if over || ignore => Some(LinkState::Up),
                                _ => None,
                            };
                            let found = proposal.map(|p| p.state);
                            assert_eq!(
                                found, expected,
                                "{state:?} {carrier} {age} {mode:?} {ignore}"
                            );
                            let rises = expected == Some(LinkState::Up) && state != LinkState::Fail;
                            assert_eq!(left, ignore && !rises, "ignored for one link only");
                            if let Some(proposal) = proposal {
                                committed(&link, &proposal, mode, now);
                            }
                            walked += 1;
                        }
                    }
                }
            }
        }
    }
    assert_eq!(walked, 12 * 2 * 5 * 7 * 2);
}

/// What holds after any commit.
fn committed(link: &Link, proposal: &bonding_core::link::Proposal, mode: Mode, now: Jiffies) {
    let mut after = *link;
    let outcome = after.commit(proposal, mode, GIGABIT, &Standing::default(), now);
    assert_eq!(after.state(), proposal.state);
    let settled = matches!(proposal.state, LinkState::Up | LinkState::Down);
    assert_eq!(outcome.notify, settled);
    assert_eq!(outcome.changed, settled.then_some(proposal.state.is_up()));
    let fell = u32::from(proposal.state == LinkState::Down);
    assert_eq!(after.failures(), link.failures() + fell);
    if proposal.state == LinkState::Up {
        assert_eq!(after.last_up(), now);
        assert!(outcome.reselect, "there is no active slave");
    } else {
        assert!(!outcome.reselect, "it was not the active slave");
    }
    let role = match (proposal.state, mode) {
        (LinkState::Up, Mode::Ieee8023ad) => Role::Backup,
        (LinkState::Up, Mode::ActiveBackup) => Role::Keep,
        (LinkState::Up, _) => Role::Active,
        (LinkState::Down, Mode::ActiveBackup | Mode::Ieee8023ad) => Role::Inactive,
        _ => Role::Keep,
    };
    assert_eq!(outcome.role, role);
}

/// Looking more often, as a monitor does that waits for RTNL or is woken by events, makes no delay
/// shorter.
#[test]
fn delays_count_time_not_looks() {
    for carrier in [false, true] {
        let timing = timing(300, 300);
        let mut link = link_in(
            if carrier {
                LinkState::Down
            } else {
                LinkState::Up
            },
            &timing,
        )
        .unwrap();
        let _ = step(&mut link, carrier, Mode::Xor, &timing, START, &mut false);
        for tick in 1..75 {
            let now = START.after(Ticks(tick));
            for _ in 0..5 {
                assert_eq!(
                    link.inspect(&sample(carrier, Mode::Xor, now), &timing, &mut false),
                    None
                );
                link.mark_seen(now);
            }
            assert_eq!(link.deadline(&timing), Some(START.after(Ticks(75))));
        }
        let end = START.after(Ticks(75));
        assert!(step(&mut link, carrier, Mode::Xor, &timing, end, &mut false).is_some());
        assert_eq!(link.deadline(&timing), None);
    }
}

/// A proposal that is not committed leaves no trace.
#[test]
fn looking_changes_nothing() {
    let course = (any::<bool>(), 0..3_u32, 0..3_u32, 0..400_usize);
    check(5_000, course, |(carrier, up, down, age)| {
        for state in STATES {
            let timing = timing(up * 100, down * 100);
            let Some(link) = link_in(state, &timing) else {
                continue;
            };
            let now = START.after(Ticks(age));
            let look = || link.inspect(&sample(carrier, Mode::Tlb, now), &timing, &mut false);
            prop_assert_eq!(look(), look());
        }
        Ok(())
    });
}

#[test]
fn updelay_is_ignored_when_nothing_is_usable() {
    for mode in Mode::ALL {
        for usable in [0, 1, 2] {
            let by_current = mode == Mode::ActiveBackup;
            assert_eq!(
                ignore_updelay(mode, true, usable),
                !by_current && usable == 0
            );
            assert_eq!(
                ignore_updelay(mode, false, usable),
                by_current || usable == 0
            );
        }
    }
}

#[test]
fn selection_follows_what_matters() {
    let timing = timing(0, 0);
    let prio = |is_primary, prio, current_prio| Standing {
        is_current: false,
        is_primary,
        prio,
        current_prio,
    };
    for (standing, reselect) in [
        (prio(false, 0, None), true),
        (prio(false, 0, Some(0)), false),
        (prio(true, 0, Some(0)), true),
        (prio(false, 1, Some(0)), true),
        (prio(false, -1, Some(-2)), true),
        (prio(false, 0, Some(1)), false),
        (prio(true, -5, Some(5)), true),
    ] {
        let mut link = link_in(LinkState::Down, &timing).unwrap();
        let proposal = link
            .inspect(
                &sample(true, Mode::ActiveBackup, START),
                &timing,
                &mut false,
            )
            .unwrap();
        let outcome = link.commit(&proposal, Mode::ActiveBackup, GIGABIT, &standing, START);
        assert_eq!(outcome.reselect, reselect, "{standing:?}");
    }
    for is_current in [false, true] {
        let mut link = link_in(LinkState::Up, &timing).unwrap();
        let proposal = link
            .inspect(
                &sample(false, Mode::ActiveBackup, START),
                &timing,
                &mut false,
            )
            .unwrap();
        let standing = Standing {
            is_current,
            ..Standing::default()
        };
        let outcome = link.commit(&proposal, Mode::ActiveBackup, GIGABIT, &standing, START);
        assert_eq!(outcome.reselect, is_current);
    }
}

#[test]
fn link_without_speed_stays_down_where_speed_matters() {
    let timing = timing(0, 0);
    for mode in Mode::ALL {
        let mut link = link_in(LinkState::Down, &timing).unwrap();
        let proposal = link
            .inspect(&sample(true, mode, START), &timing, &mut false)
            .unwrap();
        let outcome = link.commit(&proposal, mode, Speed::UNKNOWN, &Standing::default(), START);
        if mode.needs_speed_duplex() {
            assert_eq!(link.state(), LinkState::Down);
            assert_eq!(
                (outcome.event, outcome.notify),
                (Some(Event::SpeedUnknown), false)
            );
            assert_eq!((outcome.reselect, outcome.changed), (false, None));
        } else {
            assert_eq!(link.state(), LinkState::Up);
        }
    }
}

#[test]
fn first_state_goes_by_the_monitor() {
    let with =
        |monitor, carrier, updelay| Link::new(monitor, carrier, &timing(updelay, 0), START).state();
    assert_eq!(with(Monitor::None, false, 100), LinkState::Up);
    assert_eq!(with(Monitor::None, true, 100), LinkState::Up);
    assert_eq!(with(Monitor::Arp, true, 100), LinkState::Up);
    assert_eq!(with(Monitor::Arp, false, 100), LinkState::Down);
    assert_eq!(with(Monitor::Mii, true, 0), LinkState::Up);
    assert_eq!(with(Monitor::Mii, true, 100), LinkState::Back);
    assert_eq!(with(Monitor::Mii, false, 100), LinkState::Down);
}

/// Under ARP monitoring a carrier that is gone is believed at once, one that is back is not.
#[test]
fn under_arp_only_a_loss_is_believed() {
    let timing = timing(300, 300);
    for (mode, line) in [
        (Mode::ActiveBackup, Event::Down),
        (Mode::RoundRobin, Event::InterfaceDown),
    ] {
        let mut link = Link::new(Monitor::Arp, true, &timing, START);
        let sample = |carrier| Sample {
            carrier,
            active: true,
            mode,
            now: START,
        };
        assert_eq!(link.inspect_loss(&sample(true)), None);
        let proposal = link.inspect_loss(&sample(false)).unwrap();
        let standing = Standing {
            is_current: true,
            ..Standing::default()
        };
        let outcome = link.commit(&proposal, mode, Speed::UNKNOWN, &standing, START);
        assert_eq!((link.state(), link.failures()), (LinkState::Down, 1));
        assert_eq!((outcome.event, outcome.reselect), (Some(line), true));
        for carrier in [false, true] {
            assert_eq!(link.inspect_loss(&sample(carrier)), None);
        }
    }
}

/// A new slave that no pass has seen has all of its delay left, and so is not chosen at once.
#[test]
fn delay_left_goes_down_with_the_passes() {
    let timing = timing(300, 0);
    let mut link = Link::new(Monitor::Mii, true, &timing, START.before(Ticks(10_000)));
    for now in [START.before(Ticks(10_000)), START] {
        assert_eq!(link.remaining(&timing, now), Millis(300));
        assert_eq!(
            link.inspect(&sample(true, Mode::ActiveBackup, now), &timing, &mut false),
            None,
            "the bond was down until now"
        );
    }
    link.mark_seen(START);
    for (ticks, left) in [
        (0, 200),
        (24, 200),
        (25, 100),
        (50, 0),
        (75, 0),
        (10_000, 0),
    ] {
        assert_eq!(
            link.remaining(&timing, START.after(Ticks(ticks))),
            Millis(left)
        );
    }
}

#[test]
fn chosen_link_is_up_at_once() {
    for mode in Mode::ALL {
        let timing = timing(300, 300);
        let now = START.after(Ticks(30));
        let mut back = link_in(LinkState::Back, &timing).unwrap();
        let (early, event) = back.choose(mode, &timing, now);
        assert!(early && back.state() == LinkState::Up && back.last_up() == now);
        assert_eq!(
            event,
            mode.uses_primary()
                .then_some(Event::ChosenEarly { by: Millis(200) })
        );
        let mut up = link_in(LinkState::Up, &timing).unwrap();
        let (early, event) = up.choose(mode, &timing, now);
        assert!(!early && up.state() == LinkState::Up && up.last_up() == now);
        assert_eq!(event, mode.uses_primary().then_some(Event::Chosen));
    }
}

#[test]
fn speeds_are_ordered_with_unknown_the_slowest() {
    let of = Speed::from_ethtool;
    for (speed, duplex) in [(0, 1), (u32::MAX, 1), (1000, 0xff), (1000, 2)] {
        assert_eq!(of(speed, duplex), Speed::UNKNOWN);
    }
    let ordered = [
        Speed::UNKNOWN,
        of(10, 0),
        of(10, 1),
        of(1000, 0),
        of(1000, 1),
        of(400_000, 0),
    ];
    assert!(ordered.windows(2).all(|pair| pair[0] < pair[1]));
    assert!(!Speed::UNKNOWN.is_known() && GIGABIT.is_known());
}

#[test]
fn lines_are_cs() {
    let ms = Millis(200);
    for (event, limited, text) in [
        (
            Event::GoingDown {
                active: Some(true),
                delay: ms,
            },
            true,
            "link status down for active interface, disabling it in 200 ms",
        ),
        (
            Event::GoingDown {
                active: Some(false),
                delay: ms,
            },
            true,
            "link status down for backup interface, disabling it in 200 ms",
        ),
        (
            Event::GoingDown {
                active: None,
                delay: ms,
            },
            true,
            "link status down for interface, disabling it in 200 ms",
        ),
        (
            Event::UpAgain { after: ms },
            true,
            "link status up again after 200 ms",
        ),
        (
            Event::GoingUp { delay: Millis(0) },
            true,
            "link status up, enabling it in 0 ms",
        ),
        (
            Event::DownAgain { after: ms },
            true,
            "link status down again after 200 ms",
        ),
        (
            Event::Up { speed: GIGABIT },
            false,
            "link status definitely up, 1000 Mbps full duplex",
        ),
        (
            Event::Up {
                speed: Speed {
                    duplex: Duplex::Half,
                    ..GIGABIT
                },
            },
            false,
            "link status definitely up, 1000 Mbps half duplex",
        ),
        (
            Event::Up {
                speed: Speed::UNKNOWN,
            },
            false,
            "link status definitely up, 0 Mbps full duplex",
        ),
        (
            Event::Down,
            false,
            "link status definitely down, disabling slave",
        ),
        (Event::SpeedUnknown, true, "failed to get link speed/duplex"),
        (Event::Chosen, false, "making interface the new active one"),
        (
            Event::ChosenEarly { by: ms },
            false,
            "making interface the new active one 200 ms earlier",
        ),
    ] {
        assert_eq!(
            event.line("eth0").to_string(),
            format!("(slave eth0): {text}")
        );
        assert_eq!(event.is_rate_limited(), limited);
        let warns = event == Event::SpeedUnknown;
        assert_eq!(event.level(), if warns { Level::Warn } else { Level::Info });
    }
}

#[test]
fn names_and_numbers_are_user_spaces() {
    let names = ["up", "going down", "down", "going back"];
    for (number, (state, name)) in STATES.iter().zip(names).enumerate() {
        assert_eq!((usize::from(state.number()), state.name()), (number, name));
        assert_eq!(state.lower_link_up(), number < 2);
    }
}
