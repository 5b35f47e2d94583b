// SPDX-License-Identifier: GPL-2.0

//! Levelling the loads out: few buckets move, and none without need.

use super::{add, slowest, speed_of, Balancer, Candidate, Share, Slot, BUCKETS};

/// A slave may have a sixteenth more than its part before a bucket is taken from it, and a bucket stays where it
/// is unless it is better off elsewhere by as much.
const SLACK: u64 = 16;

/// The sums of all loads and of all speeds are scaled to this many bits, so that products fit.
const BITS: u32 = 28;

/// Distributes the buckets that have an owner, the greatest first.
///
/// A bucket stays if it is within its owner's part of the whole. One that is more than that by itself goes at
/// once to where it is served best; what is left goes there when it is known what stays.
pub(super) fn level<C>(
    balancer: &mut Balancer<'_>,
    candidates: C,
    active: Option<Slot>,
    moved: &mut impl FnMut(u8, Option<Slot>),
) where
    C: Iterator<Item = Candidate> + Clone,
{
    let unbalanced = balancer.totals.unbalanced.rate;
    let whole = Whole::new(
        balancer
            .buckets
            .iter()
            .filter(|b| b.owner.is_some())
            .map(|b| b.rate)
            .fold(unbalanced, u64::saturating_add),
        candidates.clone(),
    );
    let shares = &mut *balancer.shares;
    for share in shares.iter_mut() {
        share.load = 0;
    }
    if let Some(active) = active {
        add(shares, active, unbalanced);
    }

    let mut settled = [false; BUCKETS];
    for pass in [Pass::Keep, Pass::Place] {
        // By powers of two: near enough, and equals come in the same order each time.
        for class in (0..=u64::BITS).rev() {
            let buckets = balancer.buckets.iter_mut().zip(0..=u8::MAX);
            for ((bucket, number), settled) in buckets.zip(settled.iter_mut()) {
                if *settled || u64::BITS.wrapping_sub(bucket.rate.leading_zeros()) != class {
                    continue;
                }
                let Some(owner) = bucket.owner else { continue };
                let new = match pass {
                    Pass::Keep => {
                        match whole.keep(shares, owner, bucket.rate, candidates.clone()) {
                            Some(slot) => Some(slot),
                            None => continue,
                        }
                    }
                    Pass::Place => whole.best(shares, owner, bucket.rate, candidates.clone()),
                };
                *settled = true;
                if let Some(new) = new {
                    add(shares, new, bucket.rate);
                }
                if new != Some(owner) {
                    bucket.owner = new;
                    moved(number, new);
                }
            }
        }
    }
}

enum Pass {
    /// Buckets that are within their owner's part stay.
    Keep,
    /// The others are placed.
    Place,
}

/// Loads and speeds of all slaves together.
struct Whole {
    load_shift: u32,
    speed_shift: u32,
    /// All there is to send, scaled.
    load: u64,
    /// All speeds, scaled.
    speed: u64,
    /// The speed of those whose speed is unknown, Mbit/s.
    unknown: u64,
}

impl Whole {
    fn new(load: u64, candidates: impl Iterator<Item = Candidate> + Clone) -> Self {
        let unknown = slowest(candidates.clone());
        let speed = candidates
            .map(|c| speed_of(c, unknown))
            .fold(0, u64::saturating_add);
        let excess = |sum: u64| (u64::BITS.wrapping_sub(sum.leading_zeros())).saturating_sub(BITS);
        let (load_shift, speed_shift) = (excess(load), excess(speed));
        Self {
            load_shift,
            speed_shift,
            load: load.wrapping_shr(load_shift),
            speed: speed.wrapping_shr(speed_shift),
            unknown,
        }
    }

    /// The scaled load of a slave with `more` added.
    fn load_of(&self, shares: &[Share], slot: Slot, more: u64) -> u64 {
        let load = shares.get(usize::from(slot.0)).map_or(0, |s| s.load);
        load.saturating_add(more).wrapping_shr(self.load_shift)
    }

    /// The scaled speed of a slave, at least 1.
    fn speed_of(&self, candidate: Candidate) -> u64 {
        speed_of(candidate, self.unknown)
            .wrapping_shr(self.speed_shift)
            .max(1)
    }

    /// Whether a slave of this speed is to send that much, give or take the slack.
    fn is_due(&self, load: u64, speed: u64) -> bool {
        let have = load.saturating_mul(self.speed).saturating_mul(SLACK);
        let due = self.load.saturating_mul(speed);
        have <= due.saturating_mul(SLACK.wrapping_add(1))
    }

    /// Where a bucket goes for which it is clear already; `None` if it is to wait.
    fn keep(
        &self,
        shares: &[Share],
        owner: Slot,
        rate: u64,
        candidates: impl Iterator<Item = Candidate> + Clone,
    ) -> Option<Slot> {
        let speed = self.speed_of(candidates.clone().find(|c| c.slot == owner)?);
        if !self.is_due(rate.wrapping_shr(self.load_shift), speed) {
            return self.best(shares, owner, rate, candidates);
        }
        self.is_due(self.load_of(shares, owner, rate), speed)
            .then_some(owner)
    }

    /// Where a bucket is served best: where it is, unless it is clearly better elsewhere.
    fn best(
        &self,
        shares: &[Share],
        owner: Slot,
        rate: u64,
        candidates: impl Iterator<Item = Candidate>,
    ) -> Option<Slot> {
        let mut best: Option<(Slot, u64, u64)> = None;
        let mut here: Option<(u64, u64)> = None;
        for candidate in candidates {
            let load = self.load_of(shares, candidate.slot, rate);
            let speed = self.speed_of(candidate);
            if candidate.slot == owner {
                here = Some((load, speed));
            }
            let better = best.is_none_or(|(_, best_load, best_speed)| {
                load.saturating_mul(best_speed) < best_load.saturating_mul(speed)
            });
            if better {
                best = Some((candidate.slot, load, speed));
            }
        }
        let (slot, load, speed) = best?;
        let stays = here.is_some_and(|(here_load, here_speed)| {
            here_load.saturating_mul(speed).saturating_mul(SLACK)
                <= load
                    .saturating_mul(here_speed)
                    .saturating_mul(SLACK.wrapping_add(1))
        });
        Some(if stays { owner } else { slot })
    }
}
