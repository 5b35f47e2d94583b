// SPDX-License-Identifier: GPL-2.0

//! The ARP monitor of active-backup.
//!
//! Each interval: [`inspect`] all links, [`commit`] what they propose, then send probes over the
//! active slave; without one, [`next_prober`] tells which slave is to try next.
//! C: `bond_ab_arp_inspect()`, `bond_ab_arp_commit()`, `bond_ab_arp_probe()`.

use super::{Timing, Traffic};
use crate::link::{Event, Link, LinkState, Outcome, Role, Standing};
use crate::numbered::numbered;
use crate::time::Jiffies;

/// How long a link is left alone after it was enslaved or chosen, in intervals: the times of
/// receiving need a whole round to be of use.
const GRACE: u32 = 2;

/// A slave at the time of an inspection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// When it sent and received.
    pub traffic: Traffic,
    /// It is active (as opposed to backup), as the active slave is, and the prober.
    pub active: bool,
    /// There is a prober: no slave is active, and one of them is trying.
    pub probing: bool,
    /// The time.
    pub now: Jiffies,
}

/// The state that a link should have: `Up`, `Down` or `Fail`; `None` if it stays as it is.
pub fn inspect(link: &Link, look: &Look, timing: &Timing) -> Option<LinkState> {
    let within = |last, intervals| timing.within(last, look.now, intervals);
    let Traffic { last_tx, last_rx } = look.traffic;
    if link.state() != LinkState::Up {
        return if within(last_rx, 1) {
            Some(LinkState::Up)
        } else if link.state() == LinkState::Back {
            Some(LinkState::Fail)
        } else {
            None
        };
    }
    if within(link.last_up(), GRACE) {
        return None;
    }
    let missed_max = timing.missed_max;
    let lost = if look.active {
        !within(last_tx, missed_max) || !within(last_rx, missed_max)
    } else {
        // While a prober searches, backups get their turn before they are judged.
        !look.probing && !within(last_rx, missed_max.saturating_add(1))
    };
    lost.then_some(LinkState::Down)
}

/// What becomes of the prober.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prober {
    /// It goes on.
    Keep,
    /// It is made inactive ([`Role::Inactive`]), and there is none from then on. Comes before the
    /// outcome's event.
    Retire,
    /// There is none from then on.
    Forget,
}

/// What the driver has to do after a commit.
#[must_use = "says what the driver has to do"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// For the slave itself, and for the bond.
    pub outcome: Outcome,
    /// For the prober.
    pub prober: Prober,
}

/// Enters the state that [`inspect`] proposed.
///
/// When the link came up last stays: only the choice of the active slave grants it time anew.
pub fn commit(link: &mut Link, to: LinkState, standing: &Standing, now: Jiffies) -> Verdict {
    match to {
        LinkState::Up if standing.is_current => Verdict {
            outcome: Outcome::NOTHING,
            prober: Prober::Keep,
        },
        LinkState::Up => {
            link.set(LinkState::Up, now);
            Verdict {
                outcome: Outcome {
                    notify: true,
                    event: Some(Event::ArpUp),
                    changed: Some(true),
                    reselect: standing.takes_over(),
                    ..Outcome::NOTHING
                },
                prober: Prober::Retire,
            }
        }
        LinkState::Down => {
            link.count_failure();
            link.set(LinkState::Down, now);
            Verdict {
                outcome: Outcome {
                    notify: true,
                    role: Role::Inactive,
                    event: Some(Event::Down),
                    changed: Some(false),
                    reselect: standing.is_current,
                },
                prober: if standing.is_current {
                    Prober::Forget
                } else {
                    Prober::Keep
                },
            }
        }
        LinkState::Fail | LinkState::Back => {
            link.set(to, now);
            Verdict {
                outcome: Outcome {
                    notify: true,
                    role: Role::Inactive,
                    ..Outcome::NOTHING
                },
                // A slave was enslaved meanwhile and has become the active one.
                prober: if standing.current_prio.is_some() {
                    Prober::Forget
                } else {
                    Prober::Keep
                },
            }
        }
    }
}

/// The place of the slave that is to probe next, where none is active: the first one that is up
/// (running and carrier) after `current`, else the first one up to it.
///
/// Without a prober, the search begins behind the first slave. `None`: no device is up, and the
/// prober stays who it is.
pub fn next_prober(
    current: Option<usize>,
    up: impl Iterator<Item = bool> + Clone,
) -> Option<usize> {
    let current = current.unwrap_or(0);
    let mut places = numbered(up).filter(|(_, up)| *up).map(|(place, _)| place);
    let first = places.clone().next();
    places.find(|place| *place > current).or(first)
}

/// Whether a link is still taken for up though its device is not: to be looked at for each slave
/// when the next prober is searched, and then taken down by [`take_down`].
pub fn is_stale(link: &Link, up: bool) -> bool {
    !up && link.state() == LinkState::Up
}

/// Takes a stale link down; the slave becomes inactive. Listeners are told later.
pub fn take_down(link: &mut Link, now: Jiffies) -> Event {
    link.set(LinkState::Down, now);
    link.count_failure();
    Event::BackupDown
}

/// Makes a link that of the prober: it gets active flags, probes, and time to prove itself.
/// Listeners are told later.
pub fn begin(link: &mut Link, now: Jiffies) {
    link.set(LinkState::Back, now);
    link.grant_time(now);
}
