// SPDX-License-Identifier: GPL-2.0

//! The ARP monitor of balance-rr, balance-xor and broadcast.
//!
//! Each interval: [`inspect`] all links and send probes over each that is running with carrier,
//! then [`commit`] what they proposed. C: `bond_loadbalance_arp_mon()`, which counts and logs
//! before it knows whether it may act (differences.md, B20).

use super::{Timing, Traffic};
use crate::link::{Event, Link, LinkState, Outcome, Role};
use crate::time::Jiffies;

/// The state that a link should have, `Up` or `Down`; `None` if it stays as it is.
pub fn inspect(link: &Link, traffic: &Traffic, now: Jiffies, timing: &Timing) -> Option<LinkState> {
    let both = |intervals| {
        timing.within(traffic.last_tx, now, intervals)
            && timing.within(traffic.last_rx, now, intervals)
    };
    if link.state() != LinkState::Up {
        both(1).then_some(LinkState::Up)
    } else {
        (!both(timing.missed_max)).then_some(LinkState::Down)
    }
}

/// Enters the state that [`inspect`] proposed.
///
/// `has_current`, `is_current`: there is an active slave, it is this one, both as they were before
/// the pass. Nobody is told of the link; flags come for all slaves when all links were committed,
/// by [`role`].
pub fn commit(
    link: &mut Link,
    to: LinkState,
    has_current: bool,
    is_current: bool,
    now: Jiffies,
) -> Outcome {
    link.set(to, now);
    if to == LinkState::Up {
        Outcome {
            event: Some(if has_current {
                Event::InterfaceUp
            } else {
                Event::ArpUp
            }),
            changed: Some(true),
            reselect: !has_current,
            ..Outcome::NOTHING
        }
    } else {
        link.count_failure();
        Outcome {
            event: Some(Event::InterfaceDown),
            changed: Some(false),
            reselect: is_current,
            ..Outcome::NOTHING
        }
    }
}

/// The role that any slave has after a pass that changed a link (C's `bond_slave_state_change()`).
pub const fn role(state: LinkState) -> Role {
    match state {
        LinkState::Up => Role::Active,
        LinkState::Down => Role::Backup,
        LinkState::Fail | LinkState::Back => Role::Keep,
    }
}
