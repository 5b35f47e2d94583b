// SPDX-License-Identifier: GPL-2.0

//! Which slave has a queue (option `queue_id`): a hash table whose buckets lie in the slaves' entries.
//!
//! As many buckets as slaves, and a chain in each: to find a queue takes no walk over the slaves, and the
//! table no memory of its own.

use crate::sched::Divisor;

/// No slave.
const NOBODY: u32 = u32::MAX;

/// What a slave's entry holds of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Links {
    /// The first slave in the bucket that has this entry's place.
    first: u32,
    /// The next slave in the bucket that this slave is in.
    next: u32,
}

impl Links {
    /// Those of an entry that is in no table.
    pub const NONE: Self = Self {
        first: NOBODY,
        next: NOBODY,
    };
}

/// A slave with a queue.
pub trait Queued {
    /// The queue, 0 for none.
    fn queue(&self) -> u16;

    /// Its part of the table.
    fn links(&self) -> &Links;

    /// Its part of the table, to be changed.
    fn links_mut(&mut self) -> &mut Links;
}

/// Makes the table of `slaves`; `None` if none of them has a queue.
///
/// Of slaves with the same queue the first is found.
pub fn index<S: Queued>(slaves: &mut [S]) -> Option<Divisor> {
    let buckets = Divisor::new(u32::try_from(slaves.len()).ok()?)?;
    for slave in slaves.iter_mut() {
        *slave.links_mut() = Links::NONE;
    }
    let mut found = None;
    for place in (0..slaves.len()).rev() {
        let queue = slaves.get(place).map_or(0, S::queue);
        if queue == 0 {
            continue;
        }
        found = Some(buckets);
        let Some(bucket) = slaves.get_mut(buckets.index(queue.into()) as usize) else {
            continue;
        };
        let next = core::mem::replace(&mut bucket.links_mut().first, place as u32);
        if let Some(slave) = slaves.get_mut(place) {
            slave.links_mut().next = next;
        }
    }
    found
}

/// The slave that has a queue, in the table that [`index`] made.
#[inline]
pub fn find<S: Queued>(slaves: &[S], buckets: Divisor, queue: u16) -> Option<&S> {
    let bucket = slaves.get(buckets.index(queue.into()) as usize)?;
    let mut slave = slaves.get(bucket.links().first as usize)?;
    while slave.queue() != queue {
        slave = slaves.get(slave.links().next as usize)?;
    }
    Some(slave)
}
