// SPDX-License-Identifier: GPL-2.0

//! Long random walks: the lists hold, and what is told is true.

use super::rig::{self, client_mac, Team, BOND};
use super::table;
use crate::rlb::*;
use crate::wire::eth::VlanTci;
use std::boxed::Box;
use std::vec::Vec;

/// A generator (xorshift) with a fixed start, or that of `BONDING_SEED`.
struct Rng(u64);

impl Rng {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }
}

/// The invariants of [`Table`].
fn check(t: &Table<Box<Entries>>) {
    let mut in_list = [false; SIZE];
    let (mut next, mut prev) = (t.newest, None);
    while let Some(at) = next {
        let entry = t.entry(at);
        assert!(!in_list[usize::from(at)], "{at} is twice in the list");
        in_list[usize::from(at)] = true;
        assert_eq!(entry.links.prev, prev);
        assert_eq!(place(entry.client.client), at);
        (next, prev) = (entry.links.next, Some(at));
    }
    let mut of_server = [false; SIZE];
    for server_place in 0..=u8::MAX {
        let (mut next, mut prev) = (t.first_of(server_place), None);
        while let Some(at) = next {
            let entry = t.entry(at);
            assert!(
                !of_server[usize::from(at)],
                "{at} is twice in the lists of servers"
            );
            of_server[usize::from(at)] = true;
            assert_eq!(place(entry.client.server), server_place);
            assert_eq!(entry.links.prev_of_server, prev);
            (next, prev) = (entry.links.next_of_server, Some(at));
        }
    }
    for at in 0..=u8::MAX {
        let entry = t.entry(at);
        assert_eq!(in_list[usize::from(at)], entry.used);
        assert_eq!(of_server[usize::from(at)], entry.used);
        assert!(entry.used || !entry.due);
        assert!(
            !entry.due || t.pending,
            "{at} is due and nothing is pending"
        );
    }
}

/// A client is with a slave that there is; a slave that can send if it was told of each loss.
fn check_slaves(t: &Table<Box<Entries>>, team: &Team) {
    let usable: Vec<_> = team.usable().map(|(id, _)| id).collect();
    for client in t.clients() {
        match client.slave {
            Some(slave) => assert!(usable.contains(&slave), "{slave:?} of {usable:?}"),
            None => assert!(usable.is_empty() || t.rebalance),
        }
    }
}

/// Whatever happens, both lists hold each client once, and each is with a slave that can send.
#[test]
fn lists_hold_under_anything() {
    let seed = std::env::var("BONDING_SEED").map_or(1, |s| s.parse().expect("a number"));
    let mut rng = Rng(seed | 1 << 40);
    for round in 0..60 {
        let mut team = Team::new(&[1000, 1000, 2500, 0]);
        let mut t = table();
        let mut now = Jiffies((round as usize).wrapping_sub(30));
        // Few addresses meet often, many fill the table.
        let spread = rng.pick(&[3, 20, 255]);
        let octet = |rng: &mut Rng| rng.below(spread + 1) as u8;
        for _ in 0..600 {
            let server = [10, 0, octet(&mut rng), octet(&mut rng)];
            let client = [10, 0, octet(&mut rng), octet(&mut rng)];
            let other = octet(&mut rng);
            let station = rng.pick(&[
                client_mac(client[3]),
                client_mac(other),
                Mac::ZERO,
                Mac::BROADCAST,
            ]);
            let tag = rng.pick(&[None, Some(5), Some(0)]).map(|tci| Vlan {
                proto: 0x8100,
                tci: VlanTci(tci),
            });
            match rng.below(12) {
                0..3 => {
                    let sent =
                        t.on_transmit(&rig::reply_to(server, client, station), tag, now, &team);
                    let usable = team.usable().next().is_some();
                    assert_eq!(sent.slave.is_some(), usable);
                }
                3..6 => {
                    t.on_transmit(&rig::request(server, client), tag, now, &team);
                }
                6 => t.on_receive(&rig::answer(client, station, server, BOND), &team),
                7 => t.on_receive(&rig::answer(server, station, client, BOND), &team),
                8 => {
                    let slave = rng.below(4) as usize;
                    let usable = &mut team.slaves[slave].usable;
                    *usable = !*usable;
                    if *usable {
                        t.rebalance_soon();
                    } else {
                        t.clear_slave(SlaveId(slave as u32), &team);
                    }
                    let still = team.usable().any(|(id, _)| team.active == Some(id));
                    let first = team.usable().next().map(|(id, _)| id);
                    team.active = if still { team.active } else { first };
                }
                9 => t.purge_vlan(0x8100, rng.pick(&[0, 5])),
                10 => t.address_changed(SlaveId(rng.below(4) as u32)),
                _ => {
                    now = now.after(Ticks(rng.below(15) as usize));
                    t.tick(now, &team, |update| {
                        assert!(update.client_mac.is_valid());
                        assert!(team.usable().any(|(id, _)| id == update.slave));
                    });
                }
            }
            check(&t);
            check_slaves(&t, &team);
        }
        // Left alone, everybody is told, and then there is silence.
        for _ in 0..200 {
            now = now.after(Ticks(1));
            t.tick(now, &team, |_| {});
        }
        assert!(!t.is_pending());
    }
}
