// SPDX-License-Identifier: GPL-2.0

//! Transmit load balancing: which slave sends which flows, in proportion to the slaves' speeds.
//!
//! Flows are put into 256 buckets by a hash. A bucket belongs to a slave for as long as it is used; its new
//! owner is the slave that is the least busy for its speed. Every ten seconds the buckets' rates are measured,
//! and what one slave has too much of goes to another. Nothing here is looked at for a packet of a flow that has
//! an owner: the driver keeps the owners where they can be read without a lock.

mod address;
mod frame;
mod level;

pub use address::{on_attach, on_detach, Attach, Mine};
pub use frame::{
    is_neighbour_discovery,
    spread_alb,
    spread_alb_quick,
    spread_tlb,
    spread_tlb_quick,
    Spread, //
};

use crate::time::Millis;

/// How many buckets flows are put into; the hash has a byte.
pub const BUCKETS: usize = 256;

/// How often the rates are measured and the buckets distributed anew.
pub const REBALANCE: Millis = Millis(10_000);

/// The shortest time to measure a rate over.
const MEASURE: Millis = Millis(1_000);

/// What a new flow is taken to send while no flow has been measured, bytes a second.
///
/// Enough for what is not balanced on an idle link, such as ARP, to count less than one flow.
const GUESS: u64 = 16 * 1024;

/// The highest load that is told from higher ones, bytes a second: about 8.8 Tbit/s.
const MAX_LOAD: u64 = (1 << 40) - 1;
/// The highest speed that is told from higher ones, Mbit/s.
const MAX_SPEED: u64 = (1 << 23) - 1;

/// A slave's number in its bond, which it keeps while it is a slave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot(pub u16);

/// The flows that share a hash.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bucket {
    owner: Option<Slot>,
    /// What the flows send, bytes a second; 0 if that was never measured nor guessed.
    rate: u64,
    /// What had been counted when the rate was measured, bytes.
    seen: u64,
}

/// What a slave has to send.
#[derive(Clone, Copy, Debug, Default)]
pub struct Share {
    /// The rates of its buckets and of what is sent through it unbalanced, bytes a second.
    load: u64,
}

/// A slave that is able to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its number.
    pub slot: Slot,
    /// Mbit/s; 0 if unknown, which counts as the slowest speed that is known of another.
    pub speed: u32,
}

/// What was measured of all flows together.
#[derive(Clone, Copy, Debug, Default)]
pub struct Totals {
    /// What a new flow is taken to send, the mean of those that were measured, bytes a second.
    guess: u64,
    /// What goes unbalanced through the active slave.
    unbalanced: Bucket,
}

/// What the bond counted since it was opened.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// Bytes of each bucket.
    pub buckets: &'a [u64],
    /// Bytes that went unbalanced through the active slave.
    pub unbalanced: u64,
    /// The active slave.
    pub active: Option<Slot>,
    /// How long the last measurement is past.
    pub elapsed: Millis,
}

/// The tables of a bond; the driver has the memory, and a lock around it.
pub struct Balancer<'a> {
    /// [`BUCKETS`] of them.
    pub buckets: &'a mut [Bucket],
    /// A place for each slave's number.
    pub shares: &'a mut [Share],
    /// The rest.
    pub totals: &'a mut Totals,
}

impl Balancer<'_> {
    /// The owner of a bucket, which is made the least busy of `candidates` if it has none among them;
    /// `tlb_choose_channel()` in C.
    ///
    /// The bucket counts at once, by its former rate or by a guess, so that many new flows are spread before
    /// any of them is measured. `None` without candidates.
    pub fn assign<C>(&mut self, bucket: u8, candidates: C) -> Option<Slot>
    where
        C: Iterator<Item = Candidate> + Clone,
    {
        let at = self.buckets.get_mut(usize::from(bucket))?;
        if let Some(owner) = at.owner {
            if candidates.clone().any(|c| c.slot == owner) {
                return Some(owner);
            }
            sub(self.shares, owner, at.rate);
        }
        if at.rate == 0 {
            at.rate = match self.totals.guess {
                0 => GUESS,
                guess => guess,
            };
        }
        at.owner = least_busy(self.shares, at.rate, candidates);
        if let Some(owner) = at.owner {
            add(self.shares, owner, at.rate);
        }
        at.owner
    }

    /// Takes all buckets from a slave that sends no more, and tells which they were; `tlb_clear_slave()` in C.
    pub fn release(&mut self, slot: Slot, mut freed: impl FnMut(u8)) {
        for (bucket, number) in self.buckets.iter_mut().zip(0..=u8::MAX) {
            if bucket.owner == Some(slot) {
                bucket.owner = None;
                freed(number);
            }
        }
        if let Some(share) = self.shares.get_mut(usize::from(slot.0)) {
            share.load = 0;
        }
    }

    /// Measures the rates and levels the loads out; the second part of `bond_alb_monitor()` in C.
    ///
    /// `moved` is called for each bucket that has another owner now, or none as nothing was sent. Buckets stay
    /// where they are unless their owner has clearly more to send than its part: flows that move may be
    /// reordered on their way. True if the rates were measured, false if it is too early for that.
    pub fn rebalance<C>(
        &mut self,
        candidates: C,
        sample: &Sample<'_>,
        mut moved: impl FnMut(u8, Option<Slot>),
    ) -> bool
    where
        C: Iterator<Item = Candidate> + Clone,
    {
        let measured = sample.elapsed >= MEASURE;
        if measured {
            self.measure(sample, &mut moved);
        }
        level::level(self, candidates, sample.active, &mut moved);
        measured
    }

    /// Notes what each bucket sent since the last time, and lets go of those that sent nothing.
    fn measure(&mut self, sample: &Sample<'_>, moved: &mut impl FnMut(u8, Option<Slot>)) {
        let (mut sum, mut used) = (0_u64, 0_u64);
        let buckets = self.buckets.iter_mut().zip(0..=u8::MAX);
        for ((bucket, number), counted) in buckets.zip(sample.buckets) {
            bucket.measure(*counted, sample.elapsed);
            if bucket.rate != 0 {
                sum = sum.saturating_add(bucket.rate);
                used = used.wrapping_add(1);
            } else if bucket.owner.take().is_some() {
                moved(number, None);
            }
        }
        self.totals.guess = sum.checked_div(used).unwrap_or(0);
        self.totals
            .unbalanced
            .measure(sample.unbalanced, sample.elapsed);
    }
}

impl Bucket {
    /// Notes what was sent since the last time.
    fn measure(&mut self, counted: u64, elapsed: Millis) {
        self.rate = rate(counted.wrapping_sub(self.seen), elapsed);
        self.seen = counted;
    }
}

/// Bytes a second, at least 1 for any byte.
fn rate(bytes: u64, elapsed: Millis) -> u64 {
    let rate = bytes
        .saturating_mul(1000)
        .checked_div(u64::from(elapsed.0))
        .unwrap_or(bytes);
    rate.max(u64::from(bytes != 0)).min(MAX_LOAD)
}

/// The candidate that has the least to send for its speed, with `more` added; the first of equals.
fn least_busy<C>(shares: &[Share], more: u64, candidates: C) -> Option<Slot>
where
    C: Iterator<Item = Candidate> + Clone,
{
    let unknown = slowest(candidates.clone());
    let mut best: Option<(Slot, u64, u64)> = None;
    for candidate in candidates {
        let Some(share) = shares.get(usize::from(candidate.slot.0)) else {
            continue;
        };
        let load = share.load.saturating_add(more).min(MAX_LOAD);
        let speed = speed_of(candidate, unknown);
        // Loads have 40 bits and speeds 23: the products fit.
        let better = best.is_none_or(|(_, best_load, best_speed)| {
            load.wrapping_mul(best_speed) < best_load.wrapping_mul(speed)
        });
        if better {
            best = Some((candidate.slot, load, speed));
        }
    }
    best.map(|(slot, ..)| slot)
}

/// The slowest speed that is known, 1 if none is.
fn slowest(candidates: impl Iterator<Item = Candidate>) -> u64 {
    candidates
        .map(|c| c.speed)
        .filter(|speed| *speed != 0)
        .fold(None, |least: Option<u32>, speed| {
            Some(least.map_or(speed, |least| least.min(speed)))
        })
        .map_or(1, u64::from)
        .min(MAX_SPEED)
}

/// A candidate's speed as it counts, at least 1.
fn speed_of(candidate: Candidate, unknown: u64) -> u64 {
    match candidate.speed {
        0 => unknown,
        speed => u64::from(speed).min(MAX_SPEED),
    }
}

fn add(shares: &mut [Share], slot: Slot, rate: u64) {
    if let Some(share) = shares.get_mut(usize::from(slot.0)) {
        share.load = share.load.saturating_add(rate);
    }
}

fn sub(shares: &mut [Share], slot: Slot, rate: u64) {
    if let Some(share) = shares.get_mut(usize::from(slot.0)) {
        share.load = share.load.saturating_sub(rate);
    }
}
