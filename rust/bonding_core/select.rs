// SPDX-License-Identifier: GPL-2.0

//! Which slave is to be the active one, and whether the bond has carrier.
//!
//! C: `bond_choose_primary_or_current()`, `bond_find_best_slave()`, `bond_set_carrier()`.

use crate::link::{LinkState, Speed};
use crate::mode::Mode;
use crate::numbered::numbered;
use crate::option::PrimaryReselect;
use crate::time::Millis;

/// A slave as the selection sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its link state.
    pub link: LinkState,
    /// What is left of `updelay` in [`LinkState::Back`].
    pub remaining: Millis,
    /// The device is running and has carrier.
    pub up: bool,
    /// Its option `prio`, higher is better.
    pub prio: i32,
    /// Its speed and duplex.
    pub speed: Speed,
    /// It is the active slave; at most one is.
    pub active: bool,
    /// It is the primary; at most one is.
    pub primary: bool,
}

/// The bond as the selection sees it.
#[derive(Debug, PartialEq, Eq)]
pub struct Policy<'a> {
    /// When a better slave takes over.
    pub reselect: PrimaryReselect,
    /// Set when a primary is named or enslaved: once, as soon as the primary is up, it is taken
    /// whatever `reselect` says, and this is cleared.
    pub force_primary: &'a mut bool,
    /// The option `updelay`.
    pub updelay: Millis,
}

/// The place, in the order given, of the slave that should be the active one (C's
/// `bond_find_best_slave()`).
///
/// `candidates` gives the slaves in the bond's order.
pub fn best(
    policy: Policy<'_>,
    candidates: impl Iterator<Item = Candidate> + Clone,
) -> Option<usize> {
    let updelay = policy.updelay;
    primary_or_current(policy, candidates.clone()).or_else(|| soonest(candidates, updelay))
}

/// Whether the bond has carrier.
///
/// `lacp` is what LACP says about its active aggregator; it decides in 802.3ad. In all other modes
/// one link that is up suffices, whether it is able to transmit or not.
pub fn carrier(mode: Mode, mut links: impl Iterator<Item = LinkState>, lacp: bool) -> bool {
    match mode {
        // Without a slave there is nothing to ask LACP about.
        Mode::Ieee8023ad => lacp && links.next().is_some(),
        _ => links.any(LinkState::is_up),
    }
}

/// The log line of a bond whose carrier changed when the active slave did.
pub const fn carrier_line(carrier: bool) -> &'static str {
    if carrier {
        "active interface up!"
    } else {
        "now running without any active interface!"
    }
}

/// The primary or what stands in for it, against the active slave; `None` if no link is up.
fn primary_or_current(
    policy: Policy<'_>,
    candidates: impl Iterator<Item = Candidate> + Clone,
) -> Option<usize> {
    let up = numbered(candidates).filter(|(_, c)| c.link.is_up());
    let current = up.clone().find(|(_, c)| c.active);
    let challenger = match up.clone().find(|(_, c)| c.primary) {
        Some((place, _)) if core::mem::take(policy.force_primary) => return Some(place),
        Some(primary) => primary,
        // The first one of the highest priority stands in for the primary.
        None => up.reduce(|best, c| if c.1.prio > best.1.prio { c } else { best })?,
    };
    let Some(current) = current else {
        return Some(challenger.0);
    };
    let takes_over = match policy.reselect {
        PrimaryReselect::Always => true,
        PrimaryReselect::Better => challenger.1.speed > current.1.speed,
        PrimaryReselect::Failure => false,
    };
    Some(if takes_over { challenger.0 } else { current.0 })
}

/// The link that will be up soonest, where none is up.
fn soonest(candidates: impl Iterator<Item = Candidate> + Clone, updelay: Millis) -> Option<usize> {
    numbered(candidates)
        .filter(|(_, c)| c.link == LinkState::Back && c.up && c.remaining < updelay)
        .reduce(|best, c| {
            if c.1.remaining < best.1.remaining {
                c
            } else {
                best
            }
        })
        .map(|(place, _)| place)
}
