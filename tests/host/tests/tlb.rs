// SPDX-License-Identifier: GPL-2.0

//! Transmit load balancing: who sends what, and how fairly.

use bonding_core::time::Millis;
use bonding_core::tlb::{Balancer, Bucket, Candidate, Sample, Share, Slot, Totals, BUCKETS};
use host::check;
use proptest::prelude::*;

/// A bond without a kernel: slaves with speeds, and counters.
struct Bond {
    speeds: Vec<u32>,
    up: Vec<bool>,
    buckets: Vec<Bucket>,
    shares: Vec<Share>,
    totals: Totals,
    counted: [u64; BUCKETS],
    unbalanced: u64,
    owners: [Option<Slot>; BUCKETS],
}

const INTERVAL: Millis = Millis(10_000);

impl Bond {
    fn new(speeds: &[u32]) -> Self {
        Self {
            speeds: speeds.to_vec(),
            up: vec![true; speeds.len()],
            buckets: vec![Bucket::default(); BUCKETS],
            shares: vec![Share::default(); speeds.len()],
            totals: Totals::default(),
            counted: [0; BUCKETS],
            unbalanced: 0,
            owners: [None; BUCKETS],
        }
    }

    fn candidates(&self) -> Vec<Candidate> {
        (0..self.speeds.len())
            .filter(|i| self.up[*i])
            .map(|i| Candidate {
                slot: Slot(i as u16),
                speed: self.speeds[i],
            })
            .collect()
    }

    fn balancer(&mut self) -> Balancer<'_> {
        Balancer {
            buckets: &mut self.buckets,
            shares: &mut self.shares,
            totals: &mut self.totals,
        }
    }

    /// Sends `bytes` of a flow; the slave that did.
    fn send(&mut self, bucket: u8, bytes: u64) -> Option<usize> {
        let candidates = self.candidates();
        let slot = self.balancer().assign(bucket, candidates.iter().copied());
        self.owners[usize::from(bucket)] = slot;
        self.counted[usize::from(bucket)] += bytes;
        slot.map(|slot| slot.0.into())
    }

    /// How many buckets moved from one slave to another.
    fn rebalance(&mut self, elapsed: Millis) -> usize {
        let candidates = self.candidates();
        let counted = self.counted;
        let unbalanced = self.unbalanced;
        let before = self.owners;
        let mut owners = self.owners;
        let measured = self.balancer().rebalance(
            candidates.iter().copied(),
            &Sample {
                buckets: &counted,
                unbalanced,
                active: Some(Slot(0)),
                elapsed,
            },
            |bucket, owner| owners[usize::from(bucket)] = owner,
        );
        assert_eq!(measured, elapsed.0 >= 1000);
        self.owners = owners;
        let moved = |(a, b): &(&Option<Slot>, &Option<Slot>)| a.is_some() && b.is_some() && a != b;
        before.iter().zip(&owners).filter(moved).count()
    }

    /// Bytes that each slave sends when each flow sends as many as `rates` says.
    fn interval(&mut self, rates: &[u64]) -> Vec<u64> {
        let mut sent = vec![0; self.speeds.len()];
        for (bucket, rate) in rates.iter().enumerate() {
            if *rate != 0 {
                if let Some(slave) = self.send(bucket as u8, *rate) {
                    sent[slave] += rate;
                }
            }
        }
        sent
    }

    /// The greatest distance of a slave's share of `sent` from its share of the speed.
    fn unfairness(&self, sent: &[u64]) -> f64 {
        let all: u64 = sent.iter().sum();
        let speed: u64 = self.speeds.iter().map(|s| u64::from(*s)).sum();
        sent.iter()
            .zip(&self.speeds)
            .map(|(s, v)| (*s as f64 / all as f64 - f64::from(*v) / speed as f64).abs())
            .fold(0.0, f64::max)
    }
}

/// Rates of 256 flows, some a hundred times those of others.
fn rates() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(1_000_000_u64..100_000_000, BUCKETS)
}

#[test]
fn b1_a_fast_slave_gets_more_than_a_slow_one() {
    let mut bond = Bond::new(&[25_000, 1_000]);
    let sent = bond.interval(&[1_500; 200]);
    // 200 flows, of which a 26th part is 7.7.
    assert_eq!(sent, [193 * 1_500, 7 * 1_500]);
    for fast in [4_095, 4_096, 10_000, 100_000, 800_000] {
        let mut bond = Bond::new(&[fast, 1_000]);
        let sent = bond.interval(&[1_500; 200]);
        assert!(sent[0] > 3 * sent[1], "{fast} Mbit/s: {sent:?}");
    }
}

#[test]
fn b1_loads_do_not_wrap() {
    // 400 Gbit/s for ten seconds are 5 * 10^11 bytes.
    let mut bond = Bond::new(&[400_000, 400_000]);
    bond.interval(&[2_000_000_000; 256]);
    bond.rebalance(INTERVAL);
    let sent = bond.interval(&[2_000_000_000; 256]);
    assert_eq!(sent[0], sent[1]);
    // Nor do they at rates that no device has.
    let mut bond = Bond::new(&[u32::MAX, u32::MAX, 1]);
    for _ in 0..3 {
        let sent = bond.interval(&[u64::MAX >> 12; 256]);
        assert!(sent[0] != 0 && sent[1] != 0, "{sent:?}");
        bond.rebalance(INTERVAL);
    }
}

#[test]
fn b2_new_flows_count_at_once() {
    let mut bond = Bond::new(&[1_000, 1_000]);
    let sent = bond.interval(&[60; 256]);
    assert_eq!(sent, [128 * 60, 128 * 60]);
}

#[test]
fn b12_an_unknown_speed_is_the_slowest() {
    let mut bond = Bond::new(&[0, 1_000, 10_000]);
    let sent = bond.interval(&[60; 240]);
    assert_eq!(sent, [20 * 60, 20 * 60, 200 * 60]);
    // Without any known they are equal.
    let mut bond = Bond::new(&[0, 0, 0, 0]);
    assert_eq!(bond.interval(&[1; 256]), [64, 64, 64, 64]);
}

#[test]
fn b27_unbalanced_traffic_counts() {
    let mut bond = Bond::new(&[1_000, 1_000]);
    bond.interval(&[1_000_000; 100]);
    bond.unbalanced += 40_000_000;
    bond.rebalance(INTERVAL);
    // 140 MB in all: 70 for each, of which the active slave has 40 already.
    let sent = bond.interval(&[1_000_000; 100]);
    assert!(sent[0].abs_diff(30_000_000) <= 5_000_000, "{sent:?}");
}

#[test]
fn shares_follow_the_speeds() {
    for speeds in [
        &[1_000, 10_000, 25_000, 100_000][..],
        &[100_000, 25_000, 10_000, 1_000],
        &[1_000, 1_000],
        &[10, 100, 1_000],
        &[40_000; 7],
    ] {
        check(200, rates(), |rates| {
            let mut bond = Bond::new(speeds);
            bond.interval(&rates);
            bond.rebalance(INTERVAL);
            let sent = bond.interval(&rates);
            let off = bond.unfairness(&sent);
            prop_assert!(off < 0.05, "{speeds:?}: {sent:?} is {off} off");
            Ok(())
        });
    }
}

#[test]
fn nobody_starves() {
    check(200, rates(), |rates| {
        let mut bond = Bond::new(&[1_000, 1_000, 10_000, 25_000]);
        for _ in 0..3 {
            let sent = bond.interval(&rates);
            prop_assert!(sent.iter().all(|s| *s != 0), "{sent:?}");
            bond.rebalance(INTERVAL);
        }
        Ok(())
    });
}

#[test]
fn equal_loads_stay_where_they_are() {
    for flows in 1..=BUCKETS {
        for slaves in 1..=4 {
            let mut bond = Bond::new(&vec![1_000; slaves]);
            let rates = vec![100_000; flows];
            bond.interval(&rates);
            assert_eq!(
                bond.rebalance(INTERVAL),
                0,
                "{flows} flows, {slaves} slaves"
            );
        }
    }
}

#[test]
fn steady_loads_settle() {
    // Once levelled, nothing moves any more, even if rates vary by a few percent.
    let jitter = prop::collection::vec((1_000_000_u64..100_000_000, 98_u64..=102), BUCKETS);
    check(200, jitter, |flows| {
        let mut bond = Bond::new(&[1_000, 10_000, 25_000]);
        let rates: Vec<u64> = flows.iter().map(|(rate, _)| *rate).collect();
        for _ in 0..3 {
            bond.interval(&rates);
            bond.rebalance(INTERVAL);
        }
        bond.interval(&rates);
        prop_assert_eq!(bond.rebalance(INTERVAL), 0);
        let varied: Vec<u64> = flows.iter().map(|(rate, j)| rate / 100 * j).collect();
        bond.interval(&varied);
        let moved = bond.rebalance(INTERVAL);
        prop_assert!(moved <= 8, "{moved} of 256 moved");
        Ok(())
    });
}

#[test]
fn a_great_flow_has_its_slave_to_itself() {
    let mut bond = Bond::new(&[1_000, 1_000]);
    // Ten small ones, then a great one that lands beside some of them.
    let mut rates = [1_000_000; 11];
    rates[10] = 1_000_000_000;
    bond.interval(&rates);
    bond.rebalance(INTERVAL);
    let sent = bond.interval(&rates);
    assert_eq!(sent.iter().min(), Some(&10_000_000), "{sent:?}");
    assert_eq!(bond.rebalance(INTERVAL), 0);
}

#[test]
fn idle_flows_are_forgotten() {
    let mut bond = Bond::new(&[1_000, 1_000]);
    bond.interval(&[1_000; 8]);
    bond.rebalance(INTERVAL);
    assert!(bond.owners[..8].iter().all(Option::is_some));
    bond.rebalance(INTERVAL);
    assert!(bond.owners.iter().all(Option::is_none));
    // What comes afterwards begins with nothing.
    assert_eq!(bond.interval(&[1_000; 8]), [4_000, 4_000]);
}

#[test]
fn too_early_nothing_is_measured() {
    let mut bond = Bond::new(&[1_000]);
    bond.interval(&[1_000; 8]);
    bond.speeds.push(1_000);
    bond.up.push(true);
    bond.shares.push(Share::default());
    // A slave has come: half of the flows go to it by what they were guessed to be.
    assert_eq!(bond.rebalance(Millis(100)), 4);
    assert_eq!(bond.interval(&[1_000; 8]), [4_000, 4_000]);
}

#[test]
fn the_flows_of_a_lost_slave_go_to_the_others() {
    check(100, rates(), |rates| {
        let mut bond = Bond::new(&[1_000, 1_000, 1_000]);
        bond.interval(&rates);
        bond.rebalance(INTERVAL);
        bond.up[1] = false;
        let mut freed = 0;
        let owners = bond.owners;
        bond.balancer().release(Slot(1), |bucket| {
            assert_eq!(owners[usize::from(bucket)], Some(Slot(1)));
            freed += 1;
        });
        prop_assert_eq!(
            freed,
            owners.iter().filter(|o| **o == Some(Slot(1))).count()
        );
        let sent = bond.interval(&rates);
        prop_assert_eq!(sent[1], 0);
        // The measured rates are known still: the rest is shared fairly at once.
        let (a, b) = (sent[0] as f64, sent[2] as f64);
        prop_assert!((a / (a + b) - 0.5).abs() < 0.05, "{sent:?}");
        Ok(())
    });
}

#[test]
fn a_slave_that_is_no_candidate_gets_nothing() {
    let mut bond = Bond::new(&[1_000, 1_000]);
    bond.interval(&[1_000; 256]);
    // Down, but nobody said so to the tables.
    bond.up[0] = false;
    let sent = bond.interval(&[1_000; 256]);
    assert_eq!(sent, [0, 256_000]);
    bond.rebalance(INTERVAL);
    assert!(bond.owners.iter().all(|o| *o == Some(Slot(1))));
    // Nobody is left.
    bond.up[1] = false;
    assert_eq!(bond.interval(&[1_000; 256]), [0, 0]);
    bond.rebalance(INTERVAL);
    assert!(bond.owners.iter().all(Option::is_none));
}

#[test]
fn a_number_beyond_the_tables_gets_nothing() {
    let mut bond = Bond::new(&[1_000, 1_000]);
    bond.shares.pop();
    assert_eq!(bond.interval(&[1_000; 10]), [10_000, 0]);
    bond.rebalance(INTERVAL);
}

/// Whatever happens, an owner is a candidate, and loads are the sums of what the buckets have.
#[test]
fn owners_are_always_candidates() {
    let step = (0_u8..6, any::<u8>(), 0_u64..u64::MAX >> 20);
    let script = prop::collection::vec(step, 1..200);
    check(
        300,
        (script, prop::collection::vec(0_u32..200_000, 1..6)),
        |(script, speeds)| {
            let mut bond = Bond::new(&speeds);
            for (what, which, bytes) in script {
                let slave = usize::from(which) % speeds.len();
                match what {
                    0 => {
                        bond.up[slave] = !bond.up[slave];
                        if !bond.up[slave] {
                            bond.balancer().release(Slot(slave as u16), |_| {});
                        }
                    }
                    1 => {
                        bond.rebalance(Millis(u32::from(which) * 100));
                    }
                    2 => bond.unbalanced += bytes,
                    _ => {
                        let owner = bond.send(which, bytes);
                        prop_assert_eq!(owner.is_some(), bond.up.iter().any(|up| *up));
                        prop_assert!(owner.is_none_or(|owner| bond.up[owner]));
                    }
                }
            }
            Ok(())
        },
    );
}
