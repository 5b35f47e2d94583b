// SPDX-License-Identifier: GPL-2.0

//! Which received frames prove that a link works (option `arp_validate`).
//!
//! C: `bond_rcv_validate()`, `bond_arp_rcv()`, `bond_na_rcv()`.

use super::Timing;
use crate::option::ArpValidate;
use crate::time::Jiffies;

/// What a frame carries, as far as the monitor tells it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// ARP.
    Arp,
    /// IPv6, whatever is in it.
    Ipv6,
    /// Anything else.
    Other,
}

/// What a received frame is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// It counts by itself: the time of receiving is now.
    Counts,
    /// It counts if its addresses are right.
    Examine,
    /// It does not count.
    Ignore,
}

/// What a frame received by an active (or else backup) slave is good for.
///
/// `ipv6`: the kernel has IPv6.
#[inline]
pub const fn gate(validate: ArpValidate, active: bool, kind: Kind, ipv6: bool) -> Gate {
    let probes = matches!(kind, Kind::Arp) || matches!(kind, Kind::Ipv6) && ipv6;
    if validate.validates(active) {
        if probes {
            Gate::Examine
        } else {
            Gate::Ignore
        }
    } else if probes || !validate.filters() {
        Gate::Counts
    } else {
        Gate::Ignore
    }
}

/// The bond at the time of a frame, as far as it matters for a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Of the active slave, if there is one: when it received last (by
    /// [`last_rx`](super::last_rx)), and when it came up last.
    pub current: Option<(Jiffies, Jiffies)>,
    /// When the prober sent last, if there is one.
    pub prober_tx: Option<Jiffies>,
    /// The frame is an ARP reply, or is neighbour discovery (where C does not ask).
    pub reply: bool,
    /// The time itself.
    pub now: Jiffies,
}

/// How the addresses of a frame are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The sender must be a target, and what it sends to, ours: an answer.
    Answer,
    /// What it is sent to must be a target, and the sender, ours: our own request, seen through
    /// the switch.
    Echo,
    /// It proves nothing.
    Nothing,
}

/// How the addresses of a frame are to be read that this slave received.
///
/// - An active slave hears answers.
/// - A backup hears the broadcast requests of the active slave. They prove that the switch is
///   within reach, but only after the active slave proved itself, or a bond cut off from its
///   targets would be fooled by its own requests.
/// - Without an active slave the prober has asked; the switch may deliver the answer to another
///   slave, since it learns addresses with a delay.
///
/// `active`: the slave is the active one or the prober; then `moment` is not asked.
#[inline]
pub fn reading(active: bool, moment: impl FnOnce() -> Moment, timing: &Timing) -> Reading {
    if let Some(reading) = reading_quick(active) {
        return reading;
    }
    let moment = moment();
    if let Some((last_rx, last_up)) = moment.current {
        if !last_rx.reached(last_up) {
            return Reading::Echo;
        }
    }
    match moment.prober_tx {
        Some(last_tx) if moment.reply && timing.within(last_tx, moment.now, 1) => Reading::Answer,
        _ => Reading::Nothing,
    }
}

/// As [`reading`] where that is the same at any moment, `None` elsewhere.
#[inline]
pub const fn reading_quick(active: bool) -> Option<Reading> {
    if active {
        Some(Reading::Answer)
    } else {
        None
    }
}

/// Which target a frame proves, by its place; `None` if none.
///
/// `sender` and `target` are the frame's addresses; `is_ours` tells whether an address is one of
/// the bond's or of a device above it, and is asked after the cheaper question `place_of`, where
/// an address stands among the targets. The unspecified address (`is_none`) proves nothing.
#[inline]
pub fn proven<A: Copy>(
    reading: Reading,
    sender: A,
    target: A,
    is_none: impl FnOnce(A) -> bool,
    place_of: impl FnOnce(A) -> Option<usize>,
    is_ours: impl FnOnce(A) -> bool,
) -> Option<usize> {
    let (from, to) = match reading {
        Reading::Answer => (sender, target),
        Reading::Echo => (target, sender),
        Reading::Nothing => return None,
    };
    if is_none(from) {
        return None;
    }
    let place = place_of(from)?;
    is_ours(to).then_some(place)
}
