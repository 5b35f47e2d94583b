// SPDX-License-Identifier: GPL-2.0

//! The tables of balance-tlb and balance-alb: who sends which flows.

use crate::plan::{self, Entry, Plan};
use bonding_core::{
    time::{Hz, Jiffies},
    tlb::{Balancer, Bucket, Candidate, Sample, Share, Slot, Totals, BUCKETS}, //
};
use kernel::{
    new_mutex,
    prelude::*,
    sync::{
        atomic::{Atomic, Relaxed},
        Arc,
        Mutex, //
    },
};
use kernel_net::{
    new_spinlock_bh,
    sync::{PerCpuRow, SpinLockBh, Words},
    time,
    vector::Vector, //
};

/// The counter of what is sent unbalanced.
const UNBALANCED: usize = BUCKETS;
/// How many counters there are.
const COUNTERS: usize = BUCKETS + 1;

/// The flows of a bond that is open in a mode that balances.
///
/// A flow that has an owner is sent without a lock: its owner is read from `owners`, and its bytes are counted
/// for each CPU by itself. The lock is for new flows, for those whose owner is gone, and for rebalancing.
#[pin_data]
pub(crate) struct Flows {
    /// For each bucket its owner's number plus one, and in the upper half where it was in the plan.
    owners: Words<BUCKETS>,
    /// Bytes of each bucket, and those that went unbalanced.
    counted: PerCpuRow<COUNTERS>,
    /// Somebody wants the buckets distributed anew soon.
    wanted: Atomic<u32>,
    /// What was counted, for the work that distributes.
    #[pin]
    sampled: Mutex<Sampled>,
    /// Taken by whoever sends, with bottom halves off.
    #[pin]
    tables: SpinLockBh<Tables>,
}

struct Sampled {
    /// Bytes of each bucket.
    sums: Vector<u64>,
    /// Bytes that went unbalanced.
    unbalanced: u64,
    /// When the rates were measured last.
    at: Jiffies,
}

struct Tables {
    buckets: Vector<Bucket>,
    shares: Vector<Share>,
    totals: Totals,
}

impl Tables {
    fn balancer(&mut self) -> Balancer<'_> {
        Balancer {
            buckets: &mut self.buckets,
            shares: &mut self.shares,
            totals: &mut self.totals,
        }
    }
}

/// A vector of `len` values that are all the same.
fn filled<T: Copy>(value: T, len: usize) -> Result<Vector<T>> {
    let mut vector = Vector::with_capacity(len, GFP_KERNEL)?;
    while vector.len() < len {
        let _ = vector.push(value);
    }
    Ok(vector)
}

/// An owner and its place in the plan as one word, which is never 0.
pub(crate) fn owner(slot: Slot, place: usize) -> u32 {
    (u32::from(slot.0).wrapping_add(1) & 0xffff) | (place as u32) << 16
}

/// What no flow says of its owner.
pub(crate) const NOBODY: u32 = u32::MAX;

impl Flows {
    /// Makes the tables for slaves with numbers below `slots`; `tlb_initialize()` in C. Sleeps.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    pub(crate) fn new(slots: usize, now: Jiffies) -> Result<Arc<Self>> {
        let counted = PerCpuRow::new()?;
        let sums = filled(0, BUCKETS)?;
        let tables = Tables {
            buckets: filled(Bucket::default(), BUCKETS)?,
            shares: filled(Share::default(), slots)?,
            totals: Totals::default(),
        };
        Arc::pin_init(
            pin_init!(Self {
                owners <- pin_init::init_zeroed(),
                counted,
                wanted: Atomic::new(0),
                sampled <- new_mutex!(Sampled { sums, unbalanced: 0, at: now }, "Flows::sampled"),
                tables <- new_spinlock_bh!(tables, "Flows::tables"),
            }),
            GFP_KERNEL,
        )
    }

    /// Makes room for slaves with numbers below `slots`. Sleeps.
    ///
    /// # Errors
    ///
    /// `ENOMEM`: nothing has changed.
    pub(crate) fn reserve(&self, slots: usize) -> Result {
        let have = self.tables.lock().shares.len();
        if have >= slots {
            return Ok(());
        }
        let mut shares = filled(Share::default(), slots)?;
        let mut tables = self.tables.lock();
        for (to, from) in shares.iter_mut().zip(tables.shares.iter()) {
            *to = *from;
        }
        core::mem::swap(&mut tables.shares, &mut shares);
        // The old ones are freed without the lock.
        drop(tables);
        Ok(())
    }

    /// The slave that sends a bucket's flows already, if it is able to send at this moment.
    #[inline(always)]
    pub(crate) fn owner_of<'a>(&self, plan: Plan<'a>, bucket: u8) -> Option<&'a Entry> {
        let word = self.owners.get(bucket.into());
        let entry = plan.into_entries().get((word >> 16) as usize)?;
        (entry.owner == word && entry.port.is_up()).then_some(entry)
    }

    /// Counts what a bucket's flows send.
    #[inline(always)]
    pub(crate) fn count(&self, bucket: u8, bytes: u32) {
        self.counted.add(bucket.into(), bytes.into());
    }

    /// The slave that sends a bucket's flows, able to send at this moment; `tlb_choose_channel()` in C.
    ///
    /// `bytes` are counted for it.
    pub(crate) fn pick<'a>(&self, plan: Plan<'a>, bucket: u8, bytes: u32) -> Option<&'a Entry> {
        self.count(bucket, bytes);
        match self.owner_of(plan, bucket) {
            Some(entry) => Some(entry),
            None => self.assign(plan, bucket),
        }
    }

    /// Finds an owner for flows that are new, or whose owner is gone or elsewhere in the plan.
    #[cold]
    fn assign<'a>(&self, plan: Plan<'a>, bucket: u8) -> Option<&'a Entry> {
        let usable = plan::usable(plan);
        let mut tables = self.tables.lock();
        let slot = tables.balancer().assign(bucket, candidates(usable))?;
        let entry = usable.iter().find(|e| e.slot == slot)?;
        self.owners.set(bucket.into(), entry.owner);
        Some(entry)
    }

    /// Counts what goes through the active slave because it is not balanced.
    #[inline(always)]
    pub(crate) fn count_unbalanced(&self, bytes: u32) {
        self.counted.add(UNBALANCED, bytes.into());
    }

    /// Takes all flows from a slave; `tlb_clear_slave()` in C.
    pub(crate) fn release(&self, slot: Slot) {
        let mut tables = self.tables.lock();
        tables
            .balancer()
            .release(slot, |bucket| self.owners.set(bucket.into(), 0));
    }

    /// Has the flows distributed anew when the work looks next.
    pub(crate) fn order(&self) {
        self.wanted.store(1, Relaxed);
    }

    /// Whether that was wanted, and now is not any more.
    pub(crate) fn take_order(&self) -> bool {
        self.wanted.xchg(0, kernel::sync::atomic::Full) != 0
    }

    /// Measures what was sent and levels the loads out. Process context; `plan` is the bond's at this moment.
    pub(crate) fn rebalance(&self, plan: Plan<'_>, sampled: &mut Counted<'_>, now: Jiffies) {
        let usable = plan::usable(plan);
        let sample = Sample {
            buckets: &sampled.0.sums,
            unbalanced: sampled.0.unbalanced,
            active: plan.into_header().active_slot,
            elapsed: Hz::new(time::HZ).millis(sampled.0.at.elapsed(now)),
        };
        let mut tables = self.tables.lock();
        let measured = tables
            .balancer()
            .rebalance(candidates(usable), &sample, |bucket, owner| {
                let entry = owner.and_then(|slot| usable.iter().find(|e| e.slot == slot));
                self.owners
                    .set(bucket.into(), entry.map_or(0, |entry| entry.owner));
            });
        drop(tables);
        if measured {
            sampled.0.at = now;
        }
    }

    /// Adds up what all CPUs counted. Sleeps.
    pub(crate) fn sample(&self) -> Counted<'_> {
        let mut sampled = self.sampled.lock();
        for (sum, place) in sampled.sums.iter_mut().zip(0_usize..) {
            *sum = self.counted.sum(place);
        }
        sampled.unbalanced = self.counted.sum(UNBALANCED);
        Counted(sampled)
    }
}

/// What was counted, at the time when it was.
pub(crate) struct Counted<'a>(
    kernel::sync::lock::Guard<'a, Sampled, kernel::sync::lock::mutex::MutexBackend>,
);

/// The slaves that are able to send at this moment.
fn candidates(usable: &[Entry]) -> impl Iterator<Item = Candidate> + Clone + '_ {
    usable
        .iter()
        .filter(|entry| entry.port.is_up())
        .map(|entry| Candidate {
            slot: entry.slot,
            speed: entry.speed,
        })
}
