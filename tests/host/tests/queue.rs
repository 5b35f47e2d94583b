// SPDX-License-Identifier: GPL-2.0

//! The table of queues: finds what a walk over the slaves would find.

use bonding_core::queue::{find, index, Links, Queued};
use proptest::prelude::*;
use std::cell::Cell;

struct Slave<'a> {
    queue: u16,
    links: Links,
    looks: &'a Cell<usize>,
}

impl Queued for Slave<'_> {
    fn queue(&self) -> u16 {
        self.looks.set(self.looks.get() + 1);
        self.queue
    }

    fn links(&self) -> &Links {
        &self.links
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.links
    }
}

fn slaves<'a>(queues: &[u16], looks: &'a Cell<usize>) -> Vec<Slave<'a>> {
    let slave = |&queue: &u16| Slave {
        queue,
        links: Links::NONE,
        looks,
    };
    queues.iter().map(slave).collect()
}

/// The place of a slave, by its address.
fn place(slaves: &[Slave<'_>], slave: Option<&Slave<'_>>) -> Option<usize> {
    let slave = slave?;
    slaves.iter().position(|other| std::ptr::eq(other, slave))
}

proptest! {
    #[test]
    fn finds_what_a_walk_finds(queues in prop::collection::vec(prop_oneof![Just(0), 1..20_u16, any::<u16>()], 0..40)) {
        let looks = Cell::new(0);
        let mut slaves = slaves(&queues, &looks);
        let table = index(&mut slaves);
        prop_assert_eq!(table.is_some(), queues.iter().any(|&queue| queue != 0));
        let Some(buckets) = table else { return Ok(()) };
        for queue in queues.iter().copied().chain(1..25).filter(|&queue| queue != 0) {
            let walk = queues.iter().position(|&q| q == queue);
            prop_assert_eq!(place(&slaves, find(&slaves, buckets, queue)), walk);
        }
        // Made again after a change of the queues, nothing of the old table is left.
        for slave in &mut slaves {
            slave.queue = 0;
        }
        prop_assert_eq!(index(&mut slaves), None);
    }
}

/// C walks over the slaves: five hundred of them for the last one's queue.
#[test]
fn d18_a_queue_is_found_without_a_walk() {
    let looks = Cell::new(0);
    let queues: Vec<u16> = (1..=500).collect();
    let mut slaves = slaves(&queues, &looks);
    let buckets = index(&mut slaves).unwrap();
    for queue in queues {
        looks.set(0);
        let found = find(&slaves, buckets, queue);
        assert_eq!(looks.get(), 1);
        assert_eq!(place(&slaves, found), Some(usize::from(queue) - 1));
    }
    looks.set(0);
    assert!(find(&slaves, buckets, 999).is_none());
    assert_eq!(looks.get(), 1);
}
