// SPDX-License-Identifier: GPL-2.0

//! Tests of receive balancing: what is chosen and told, and that the lists hold under anything.

mod faults;
mod rig;
mod walk;

use super::*;
use crate::wire::arp::{Operation, Packet};
use rig::{client_mac, Team, BOND, SERVER};
use std::string::ToString;
use std::vec::Vec;

const HZ: Hz = Hz::new(10);

fn table() -> Table<std::boxed::Box<Entries>> {
    Table::new(std::boxed::Box::new([Entry::EMPTY; SIZE]), HZ)
}

/// Our answer to a client: what it is sent over.
fn reply(t: &mut Table<std::boxed::Box<Entries>>, team: &Team, client: u8) -> Sent {
    let packet = rig::reply_to(SERVER, [10, 0, 0, client], client_mac(client));
    t.on_transmit(&packet, None, Jiffies(0), team)
}

/// What clients are told at `now`, or just before.
fn updates(t: &mut Table<std::boxed::Box<Entries>>, team: &Team, now: usize) -> Vec<Update> {
    let mut list = Vec::new();
    for now in [Jiffies(now).before(Ticks(1)), Jiffies(now)] {
        t.tick(now, team, |update| list.push(update));
    }
    list
}

#[test]
fn clients_take_turns() {
    let team = Team::new(&[1000, 1000, 1000]);
    let mut t = table();
    let turns: Vec<_> = (1..=6).map(|c| reply(&mut t, &team, c).slave).collect();
    let expected = [0, 1, 2, 0, 1, 2].map(|i| Some(SlaveId(i)));
    assert_eq!(turns, expected);
    // A client that is known keeps its slave.
    assert_eq!(reply(&mut t, &team, 2).slave, Some(SlaveId(1)));
    assert_eq!(t.clients().count(), 6);
}

#[test]
fn only_the_fastest_take_turns() {
    let team = Team::new(&[1000, 10_000, 10_000, 2500]);
    let mut t = table();
    let turns: Vec<_> = (1..=4).map(|c| reply(&mut t, &team, c).slave).collect();
    assert_eq!(turns, [1, 2, 1, 2].map(|i| Some(SlaveId(i))));
}

#[test]
fn slaves_that_cannot_send_are_left_out() {
    let mut team = Team::new(&[1000, 1000, 1000]);
    team.slaves[1].usable = false;
    let mut t = table();
    let turns: Vec<_> = (1..=3).map(|c| reply(&mut t, &team, c).slave).collect();
    assert_eq!(turns, [0, 2, 0].map(|i| Some(SlaveId(i))));
}

#[test]
fn without_slaves_nobody_is_remembered() {
    let mut team = Team::new(&[1000]);
    team.slaves[0].usable = false;
    let mut t = table();
    assert_eq!(reply(&mut t, &team, 1), Sent::PLAIN);
    assert_eq!(t.clients().count(), 0);
}

#[test]
fn a_client_that_asked_is_told_by_the_answer_and_once_more() {
    let team = Team::new(&[1000, 1000]);
    let mut t = table();
    let sent = reply(&mut t, &team, 1);
    assert_eq!((sent.slave, sent.moved), (Some(SlaveId(0)), None));
    let told = updates(&mut t, &team, 1);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].client_mac, client_mac(1));
    assert!(!t.is_pending());
    assert_eq!(updates(&mut t, &team, 100), []);
}

#[test]
fn a_client_that_we_ask_is_told_after_its_answer_and_a_pause() {
    let team = Team::new(&[1000, 1000]);
    let mut t = table();
    let now = 1000;
    let question = rig::request(SERVER, [10, 0, 0, 1]);
    let sent = t.on_transmit(&question, None, Jiffies(now), &team);
    assert_eq!(sent.slave, Some(SlaveId(0)));
    assert!(!t.is_pending(), "nobody can be told yet");
    t.on_receive(
        &rig::answer([10, 0, 0, 1], client_mac(1), SERVER, BOND),
        &team,
    );
    assert!(t.is_pending());
    for tick in 0..20 {
        assert_eq!(updates(&mut t, &team, now + tick), [], "tick {tick}");
    }
    assert_eq!(updates(&mut t, &team, now + 20).len(), 1);
    assert!(!t.is_pending());
}

#[test]
fn a_question_has_those_told_who_were_with_another_slave() {
    let team = Team::new(&[1000, 1000]);
    let mut t = table();
    for client in 1..=4 {
        reply(&mut t, &team, client);
    }
    updates(&mut t, &team, 0);
    let question = rig::request(SERVER, [10, 0, 0, 9]);
    t.on_transmit(&question, None, Jiffies(100), &team);
    let told = updates(&mut t, &team, 120);
    // Slave 0 has the bond's address, which all have learnt just now.
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|u| u.slave == SlaveId(1)));
}

#[test]
fn clients_of_a_lost_slave_are_told_four_times() {
    let mut team = Team::new(&[1000, 1000, 1000]);
    let mut t = table();
    for client in 1..=6 {
        reply(&mut t, &team, client);
    }
    updates(&mut t, &team, 0);
    team.slaves[1].usable = false;
    t.clear_slave(SlaveId(1), &team);
    assert!(t.clients().all(|c| c.slave != Some(SlaveId(1))));
    let mut rounds = 0;
    for tick in 50..200 {
        let told = updates(&mut t, &team, tick);
        if !told.is_empty() {
            assert_eq!(told.len(), 2, "only those who were moved");
            rounds += 1;
        }
    }
    assert_eq!(rounds, 4);
    assert!(!t.is_pending());
}

#[test]
fn clients_of_the_last_slave_have_none_until_one_comes_back() {
    let mut team = Team::new(&[1000, 1000]);
    team.slaves[1].usable = false;
    let mut t = table();
    reply(&mut t, &team, 1);
    updates(&mut t, &team, 0);
    team.slaves[0].usable = false;
    t.clear_slave(SlaveId(0), &team);
    assert_eq!(t.clients().next().and_then(|c| c.slave), None);
    assert_eq!(updates(&mut t, &team, 50), []);
    let question = rig::request(SERVER, [10, 0, 0, 9]);
    assert!(t.on_transmit(&question, None, Jiffies(50), &team).stranded);
    team.slaves[1].usable = true;
    t.rebalance_soon();
    assert_eq!(updates(&mut t, &team, 100)[0].slave, SlaveId(1));
}

#[test]
fn a_new_slave_gets_its_share() {
    let mut team = Team::new(&[1000, 1000]);
    team.slaves[1].usable = false;
    let mut t = table();
    for client in 1..=8 {
        reply(&mut t, &team, client);
    }
    updates(&mut t, &team, 0);
    team.slaves[1].usable = true;
    t.rebalance_soon();
    let told = updates(&mut t, &team, 50);
    assert_eq!(told.len(), 4);
    assert_eq!(
        t.clients().filter(|c| c.slave == Some(SlaveId(1))).count(),
        4
    );
}

#[test]
fn a_changed_address_is_told() {
    let team = Team::new(&[1000, 1000]);
    let mut t = table();
    for client in 1..=4 {
        reply(&mut t, &team, client);
    }
    updates(&mut t, &team, 0);
    t.address_changed(SlaveId(0));
    let told = updates(&mut t, &team, 50);
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|u| u.slave == SlaveId(0)));
}

#[test]
fn who_needs_a_place_gets_it() {
    let team = Team::new(&[1000, 1000]);
    let mut t = table();
    reply(&mut t, &team, 7);
    reply(&mut t, &team, 1);
    // The same place as 10.0.0.1, which is with slave 1.
    let packet = rig::reply_to(SERVER, [10, 0, 1, 0], client_mac(99));
    let sent = t.on_transmit(&packet, None, Jiffies(0), &team);
    assert_eq!(sent.slave, Some(SlaveId(0)));
    let moved = sent.moved.expect("the other is told");
    assert_eq!((moved.slave, moved.client), (SlaveId(0), [10, 0, 0, 1]));
    assert_eq!(t.clients().count(), 2);
}

#[test]
fn another_station_with_our_address_ends_its_updates() {
    let team = Team::new(&[1000, 1000]);
    let mut t = table();
    let other = [10, 0, 0, 201];
    for client in 1..=4 {
        reply(&mut t, &team, client);
        let packet = rig::reply_to(other, [10, 0, 16, client], client_mac(client));
        t.on_transmit(&packet, None, Jiffies(0), &team);
    }
    assert_eq!(t.clients().count(), 8);
    let thief = Mac([2, 0, 0, 0, 9, 9]);
    t.on_receive(
        &rig::answer(SERVER, thief, [10, 0, 0, 77], client_mac(77)),
        &team,
    );
    assert_eq!(t.clients().count(), 4);
    assert!(t.clients().all(|c| c.server == other));
}

/// A packet of ours that comes back late, when no slave has the address any more that it names.
#[test]
fn our_former_address_is_not_another_station() {
    let mut team = Team::new(&[1000, 1000]);
    let mut t = table();
    reply(&mut t, &team, 1);
    for port in &mut team.slaves {
        port.address.0[4] = 7;
    }
    t.on_receive(
        &rig::answer(SERVER, BOND, [10, 0, 0, 77], client_mac(77)),
        &team,
    );
    assert_eq!(t.clients().count(), 1);
}

#[test]
fn who_is_behind_the_bond_is_left_alone() {
    let team = Team::new(&[1000]);
    let mut t = table();
    let guest = Mac([2, 0, 0, 7, 7, 7]);
    let packet = Packet {
        sender: guest,
        ..rig::reply_to(SERVER, [10, 0, 0, 1], client_mac(1))
    };
    assert_eq!(t.on_transmit(&packet, None, Jiffies(0), &team), Sent::PLAIN);
    let packet = Packet {
        operation: Operation::Other(3),
        sender: BOND,
        ..packet
    };
    assert_eq!(t.on_transmit(&packet, None, Jiffies(0), &team), Sent::PLAIN);
    assert_eq!(t.clients().count(), 0);
}

#[test]
fn an_update_names_the_slave_that_sends_it() {
    let team = Team::new(&[1000]);
    let mut t = table();
    reply(&mut t, &team, 1);
    let update = updates(&mut t, &team, 0)[0];
    let address = team.address(update.slave).expect("a slave");
    assert_eq!(
        update.packet(address),
        Packet {
            operation: Operation::Reply,
            sender: BOND,
            sender_ip: SERVER,
            target: client_mac(1),
            target_ip: [10, 0, 0, 1],
        }
    );
}

#[test]
fn the_table_is_shown_as_in_c() {
    let client = Client {
        server: [192, 0, 2, 1],
        client: [198, 51, 100, 200],
        server_mac: BOND,
        client_mac: Mac([0xaa, 0xbb, 0xcc, 0xdd, 0xee, 1]),
        slave: None,
        vlan: None,
    };
    let mut line = show::Line {
        client: &client,
        slave: Some("eth1"),
    };
    let text = "192.0.2.1       198.51.100.200  aa:bb:cc:dd:ee:01 eth1";
    assert_eq!(line.to_string(), text);
    line.slave = None;
    assert_eq!(line.to_string(), text.replace("eth1", "(none)"));
    let columns = |text: &str| text.match_indices("D").map(|(at, _)| at).max();
    assert_eq!(columns(show::HEADING), text.find("eth1"));
}

/// A reading of the counter that lies far behind, or across its wrap, is no reason to wait.
#[test]
fn a_pause_ends_whatever_the_time() {
    let team = Team::new(&[1000]);
    let mut t = table();
    let question = rig::request(SERVER, [10, 0, 0, 1]);
    t.on_transmit(&question, None, Jiffies(usize::MAX - 5), &team);
    t.on_receive(
        &rig::answer([10, 0, 0, 1], client_mac(1), SERVER, BOND),
        &team,
    );
    assert_eq!(updates(&mut t, &team, usize::MAX - 1), []);
    assert_eq!(updates(&mut t, &team, 13), []);
    assert_eq!(updates(&mut t, &team, 14).len(), 1);
    t.address_changed(SlaveId(0));
    assert_eq!(updates(&mut t, &team, (usize::MAX >> 1) + 100).len(), 1);
}

/// Whoever sleeps until the next timeout misses nothing, and never wakes up in vain.
#[test]
fn timeouts_are_when_something_is_done() {
    let mut team = Team::new(&[1000, 1000]);
    let mut t = table();
    let mut now = Jiffies(500);
    assert_eq!(t.next_timeout(now), None);
    for client in 1..=4 {
        reply(&mut t, &team, client);
    }
    team.slaves[1].usable = false;
    t.clear_slave(SlaveId(1), &team);
    t.rebalance_soon();
    let mut times = Vec::new();
    while let Some(next) = t.next_timeout(now) {
        now = next;
        let mut told = 0;
        t.tick(now, &team, |_| told += 1);
        times.push((now.0, told));
    }
    assert_eq!(times, [(500, 0), (501, 4), (521, 4), (541, 4), (561, 4)]);
}

/// What changes within the same moment is told once, as it is in the end.
#[test]
fn changes_that_come_together_are_told_together() {
    let mut team = Team::new(&[1000, 1000]);
    let mut t = table();
    reply(&mut t, &team, 1);
    t.tick(Jiffies(0), &team, |_| panic!("too early"));
    team.slaves[0].usable = false;
    t.clear_slave(SlaveId(0), &team);
    t.tick(Jiffies(0), &team, |_| panic!("too early"));
    let told = updates(&mut t, &team, 1);
    assert_eq!(
        told.iter().map(|u| u.slave).collect::<Vec<_>>(),
        [SlaveId(1)]
    );
}
