// SPDX-License-Identifier: GPL-2.0

//! The ARP monitor's states: every state with every event, in active-backup and in the modes that
//! balance.

use bonding_core::arp::{
    backup::{self, Look, Prober},
    balance, Timing, Traffic,
};
use bonding_core::link::{Event, Link, LinkState, Monitor, Role, Standing, Timing as Delays};
use bonding_core::time::{Hz, Jiffies, Millis, Ticks};

/// Ticks of an interval, and what an interval may be late.
const INTERVAL: usize = 25;
const LATE: usize = 12;
const MISSED_MAX: u32 = 2;

/// Ages at both sides of each limit: one interval, `arp_missed_max` intervals, one more, and long ago.
const AGES: [usize; 8] = [0, 37, 38, 62, 63, 87, 88, 1000];
/// The same around the grace of two intervals that a chosen link has.
const GRACES: [usize; 3] = [62, 63, 1000];
/// Just before the counter wraps, and just after all that was.
const NOWS: [Jiffies; 3] = [Jiffies(usize::MAX - 10), Jiffies(usize::MAX), Jiffies(70)];

const STATES: [LinkState; 4] = [
    LinkState::Up,
    LinkState::Fail,
    LinkState::Down,
    LinkState::Back,
];

fn timing() -> Timing {
    Timing::new(Hz::new(250), Millis(100), MISSED_MAX)
}

/// Whether what was so long ago is within so many intervals.
fn within(age: usize, intervals: usize) -> bool {
    age <= intervals * INTERVAL + LATE
}

fn link(state: LinkState, chosen: Jiffies) -> Link {
    let delays = Delays {
        hz: Hz::new(250),
        miimon: Millis(0),
        updelay: Millis(0),
        downdelay: Millis(0),
    };
    let mut link = Link::new(Monitor::Arp, true, &delays, chosen);
    link.set(state, chosen);
    link.grant_time(chosen);
    link
}

#[test]
fn backups_are_inspected_in_every_state() {
    let mut walked = 0;
    for now in NOWS {
        let ago = |age| now.before(Ticks(age));
        for state in STATES {
            for (chosen, tx, rx) in triples(&GRACES, &AGES, &AGES) {
                for (active, probing) in
                    [(false, false), (false, true), (true, false), (true, true)]
                {
                    let look = Look {
                        traffic: Traffic {
                            last_tx: ago(tx),
                            last_rx: ago(rx),
                        },
                        active,
                        probing,
                        now,
                    };
                    let missed = MISSED_MAX as usize;
                    let expected = match state {
                        LinkState::Up if within(chosen, 2) => None,
                        LinkState::Up if active => {
                            (!within(tx, missed) || !within(rx, missed)).then_some(LinkState::Down)
                        }
                        LinkState::Up => {
                            (!probing && !within(rx, missed + 1)).then_some(LinkState::Down)
                        }
                        _ if within(rx, 1) => Some(LinkState::Up),
                        LinkState::Back => Some(LinkState::Fail),
                        LinkState::Fail | LinkState::Down => None,
                    };
                    let found = backup::inspect(&link(state, ago(chosen)), &look, &timing());
                    assert_eq!(found, expected, "{state:?} {chosen} {look:?}");
                    walked += 1;
                }
            }
        }
    }
    assert_eq!(walked, 3 * 4 * 3 * 8 * 8 * 4);
}

fn triples<'a>(
    a: &'a [usize],
    b: &'a [usize],
    c: &'a [usize],
) -> impl Iterator<Item = (usize, usize, usize)> + 'a {
    a.iter()
        .flat_map(move |a| b.iter().flat_map(move |b| c.iter().map(|c| (*a, *b, *c))))
}

/// Who a slave can be when its state is entered.
fn standings() -> impl Iterator<Item = Standing> {
    let others = [None, Some(-1), Some(0), Some(1)];
    [(false, false), (false, true), (true, false), (true, true)]
        .into_iter()
        .flat_map(move |(is_current, is_primary)| {
            others.map(|other| Standing {
                is_current,
                is_primary,
                prio: 0,
                current_prio: if is_current { Some(0) } else { other },
            })
        })
}

#[test]
fn backups_enter_every_state_from_every_other() {
    let now = NOWS[0];
    let chosen = now.before(Ticks(200));
    for from in STATES {
        for to in STATES {
            for standing in standings() {
                let before = link(from, chosen);
                let mut after = before;
                let verdict = backup::commit(&mut after, to, &standing, now);
                let outcome = verdict.outcome;
                let text = format!("{from:?} to {to:?}, {standing:?}");
                assert_eq!(after.last_up(), before.last_up(), "{text}");
                let failed = u32::from(to == LinkState::Down);
                assert_eq!(after.failures(), before.failures() + failed, "{text}");
                // The active slave came up by the choice of it: there is nothing left to do.
                if to.is_up() && standing.is_current {
                    assert_eq!(after.state(), from, "{text}");
                    assert_eq!(
                        (
                            outcome.event,
                            outcome.changed,
                            outcome.notify,
                            outcome.reselect
                        ),
                        (None, None, false, false),
                        "{text}"
                    );
                    assert_eq!(
                        (outcome.role, verdict.prober),
                        (Role::Keep, Prober::Keep),
                        "{text}"
                    );
                    continue;
                }
                assert_eq!(after.state(), to, "{text}");
                assert!(outcome.notify, "{text}");
                let event = match to {
                    LinkState::Up => Some(Event::ArpUp),
                    LinkState::Down => Some(Event::Down),
                    LinkState::Fail | LinkState::Back => None,
                };
                assert_eq!(outcome.event, event, "{text}");
                let role = if to.is_up() {
                    Role::Keep
                } else {
                    Role::Inactive
                };
                assert_eq!(outcome.role, role, "{text}");
                let reselects = match to {
                    LinkState::Up => {
                        standing.is_primary || standing.current_prio.is_none_or(|prio| prio < 0)
                    }
                    LinkState::Down => standing.is_current,
                    LinkState::Fail | LinkState::Back => false,
                };
                assert_eq!(outcome.reselect, reselects, "{text}");
                let prober = match to {
                    LinkState::Up => Prober::Retire,
                    LinkState::Down if standing.is_current => Prober::Forget,
                    LinkState::Down => Prober::Keep,
                    _ if standing.current_prio.is_some() => Prober::Forget,
                    _ => Prober::Keep,
                };
                assert_eq!(verdict.prober, prober, "{text}");
            }
        }
    }
}

#[test]
fn search_takes_stale_links_down() {
    let now = NOWS[1];
    for state in STATES {
        for up in [false, true] {
            let stale = state == LinkState::Up && !up;
            assert_eq!(
                backup::is_stale(&link(state, now), up),
                stale,
                "{state:?} {up}"
            );
        }
        let mut tried = link(state, now.before(Ticks(500)));
        backup::begin(&mut tried, now);
        assert_eq!((tried.state(), tried.last_up()), (LinkState::Back, now));
        let mut lost = link(state, now);
        assert_eq!(backup::take_down(&mut lost, now), Event::BackupDown);
        assert_eq!((lost.state(), lost.failures()), (LinkState::Down, 1));
    }
}

#[test]
fn balancing_slaves_are_inspected_in_every_state() {
    for now in NOWS {
        let ago = |age| now.before(Ticks(age));
        for state in STATES {
            for (chosen, tx, rx) in triples(&GRACES, &AGES, &AGES) {
                let traffic = Traffic {
                    last_tx: ago(tx),
                    last_rx: ago(rx),
                };
                let both = |intervals| within(tx, intervals) && within(rx, intervals);
                let expected = match state {
                    LinkState::Up if both(MISSED_MAX as usize) => None,
                    LinkState::Up => Some(LinkState::Down),
                    _ => both(1).then_some(LinkState::Up),
                };
                let link = link(state, ago(chosen));
                let found = balance::inspect(&link, &traffic, now, &timing());
                assert_eq!(found, expected, "{state:?} {chosen} {tx} {rx}");
            }
        }
    }
}

#[test]
fn balancing_slaves_enter_both_states() {
    let now = NOWS[0];
    for from in STATES {
        for to in [LinkState::Up, LinkState::Down] {
            for (has_current, is_current) in [(false, false), (true, false), (true, true)] {
                let before = link(from, now);
                let mut after = before;
                let outcome = balance::commit(&mut after, to, has_current, is_current, now);
                let up = to == LinkState::Up;
                let event = match (up, has_current) {
                    (true, true) => Event::InterfaceUp,
                    (true, false) => Event::ArpUp,
                    (false, _) => Event::InterfaceDown,
                };
                let text = format!("{from:?} to {to:?}, {has_current} {is_current}");
                assert_eq!(after.state(), to, "{text}");
                assert_eq!(after.failures(), u32::from(!up), "{text}");
                assert_eq!(outcome.event, Some(event), "{text}");
                assert_eq!(outcome.changed, Some(up), "{text}");
                assert_eq!(
                    outcome.reselect,
                    if up { !has_current } else { is_current },
                    "{text}"
                );
                assert!(!outcome.notify && outcome.role == Role::Keep, "{text}");
            }
        }
        let role = match from {
            LinkState::Up => Role::Active,
            LinkState::Down => Role::Backup,
            LinkState::Fail | LinkState::Back => Role::Keep,
        };
        assert_eq!(balance::role(from), role);
    }
}
