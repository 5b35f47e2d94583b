// SPDX-License-Identifier: GPL-2.0

//! Faults of the C driver that receive balancing does not have, and input that is meant to harm.

use super::rig::{self, client_mac, Team, BOND, SERVER};
use super::{reply, table, updates};
use crate::rlb::*;
use crate::wire::arp::{Operation, Packet};
use crate::wire::eth::VlanTci;
use std::vec::Vec;

const CTAG: u16 = 0x8100;
const STAG: u16 = 0x88a8;

fn vlan(proto: u16, tci: u16) -> Option<Vlan> {
    Some(Vlan {
        proto,
        tci: VlanTci(tci),
    })
}

/// A slave whose speed is not known counts as the slowest, not as the fastest.
#[test]
fn b12_unknown_speed_is_not_preferred() {
    let team = Team::new(&[0, 1000, 1000]);
    let mut t = table();
    let turns: Vec<_> = (1..=4).map(|c| reply(&mut t, &team, c).slave).collect();
    assert_eq!(turns, [1, 2, 1, 2].map(|i| Some(SlaveId(i))));
    // Among themselves they take turns.
    let team = Team::new(&[0, 0]);
    let mut t = table();
    let turns: Vec<_> = (1..=4).map(|c| reply(&mut t, &team, c).slave).collect();
    assert_eq!(turns, [0, 1, 0, 1].map(|i| Some(SlaveId(i))));
}

/// The end of VLAN 0, or of a VLAN of the other kind, is not the end of anybody else.
#[test]
fn b25_only_the_vlan_that_goes_is_purged() {
    let team = Team::new(&[1000, 1000]);
    let mut t = table();
    let vlans = [
        None,
        vlan(CTAG, 0),
        vlan(CTAG, 5),
        vlan(STAG, 5),
        vlan(CTAG, 0x6005),
    ];
    for (client, vlan) in (1..).zip(vlans) {
        let packet = rig::reply_to(SERVER, [10, 0, 0, client], client_mac(client));
        t.on_transmit(&packet, vlan, Jiffies(0), &team);
    }
    let left = |t: &super::Table<_>| {
        let mut left: Vec<_> = t.clients().map(|c| c.client[3]).collect();
        left.sort_unstable();
        left
    };
    t.purge_vlan(CTAG, 0);
    assert_eq!(left(&t), [1, 3, 4, 5]);
    // The priority in the tag does not matter.
    t.purge_vlan(CTAG, 5);
    assert_eq!(left(&t), [1, 4]);
    t.purge_vlan(STAG, 5);
    assert_eq!(left(&t), [1]);
}

/// Updates carry the kind of tag that the client's VLAN has.
#[test]
fn b25_updates_have_the_tag_of_the_vlan() {
    let team = Team::new(&[1000, 1000]);
    let mut t = table();
    let packet = rig::reply_to(SERVER, [10, 0, 0, 1], client_mac(1));
    t.on_transmit(&packet, vlan(STAG, 7), Jiffies(0), &team);
    assert_eq!(updates(&mut t, &team, 0)[0].vlan, vlan(STAG, 7));
    // The address has moved to another VLAN.
    t.on_transmit(&packet, vlan(CTAG, 8), Jiffies(1), &team);
    t.address_changed(SlaveId(0));
    assert_eq!(updates(&mut t, &team, 50)[0].vlan, vlan(CTAG, 8));
}

/// An ARP packet from no valid station changes nothing.
#[test]
fn forged_senders_are_ignored() {
    let team = Team::new(&[1000, 1000]);
    let mut t = table();
    for client in 1..=4 {
        reply(&mut t, &team, client);
    }
    updates(&mut t, &team, 0);
    let before: Vec<_> = t.clients().copied().collect();
    let stations = [
        Mac::ZERO,
        Mac::BROADCAST,
        Mac([1, 0, 0x5e, 0, 0, 1]),
        team.slaves[0].address,
        team.slaves[1].address,
    ];
    for station in stations {
        for sender in [SERVER, [10, 0, 0, 1], [0; 4], [255; 4]] {
            for target in [SERVER, [10, 0, 0, 1], [0; 4]] {
                for operation in [Operation::Reply, Operation::Request, Operation::Other(0)] {
                    let packet = Packet {
                        operation,
                        ..rig::answer(sender, station, target, BOND)
                    };
                    t.on_receive(&packet, &team);
                }
            }
        }
    }
    let after: Vec<_> = t.clients().copied().collect();
    assert_eq!(before, after);
    assert!(!t.is_pending());
}

/// Our own answer to a forged question names what the stack was made to believe.
#[test]
fn a_client_is_not_at_an_address_of_ours() {
    let team = Team::new(&[1000, 1000]);
    let mut t = table();
    reply(&mut t, &team, 1);
    let packet = rig::reply_to(SERVER, [10, 0, 0, 1], team.slaves[1].address);
    t.on_transmit(&packet, None, Jiffies(0), &team);
    assert_eq!(
        t.clients().next().map(|c| c.client_mac),
        Some(client_mac(1))
    );
}

/// A client that names no valid station for itself is not told anything.
#[test]
fn nobody_is_told_at_a_group_address() {
    let team = Team::new(&[1000]);
    let mut t = table();
    for (client, station) in (1..).zip([Mac::ZERO, Mac::BROADCAST, Mac([3, 0, 0, 0, 0, 1])]) {
        let packet = rig::reply_to(SERVER, [10, 0, 0, client], station);
        t.on_transmit(&packet, None, Jiffies(0), &team);
    }
    t.address_changed(SlaveId(0));
    t.rebalance_soon();
    assert_eq!(updates(&mut t, &team, 50), []);
}

/// However many clients come, the table has its size; whoever came last in a place has it, and who had
/// it before is told where to send.
#[test]
fn a_flood_of_clients_is_bounded_and_fair() {
    let team = Team::new(&[1000, 1000, 1000]);
    let mut t = table();
    for number in 0..40_000_u32 {
        let [_, _, high, low] = number.to_be_bytes();
        let client = [10, 1, high, low];
        let packet = rig::reply_to(SERVER, client, Mac([2, 1, 0, 0, high, low]));
        let displaced = Some(*t.entry(place(client))).filter(|e| e.used);
        let displaced = displaced.filter(|e| e.client.slave != team.active);
        let sent = t.on_transmit(&packet, None, Jiffies(0), &team);
        assert!(sent.slave.is_some());
        assert_eq!(
            sent.moved.map(|update| (update.client, Some(update.slave))),
            displaced.map(|entry| (entry.client.client, team.active)),
        );
        assert!(t.clients().any(|c| c.client == client));
    }
    assert_eq!(t.clients().count(), SIZE);
    let per_slave = |id| t.clients().filter(|c| c.slave == Some(SlaveId(id))).count();
    for id in 0..3 {
        assert!(
            (80..=91).contains(&per_slave(id)),
            "slave {id}: {}",
            per_slave(id)
        );
    }
}
