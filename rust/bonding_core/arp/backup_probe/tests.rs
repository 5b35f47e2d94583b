// SPDX-License-Identifier: GPL-2.0

//! Truth tables of what proves a backup.

use super::*;
use crate::time::{Hz, Millis};

const TARGET: [u8; 4] = [192, 0, 2, 254];
const OTHER: [u8; 4] = [192, 0, 2, 7];
const OURS: [u8; 4] = [192, 0, 2, 1];
const STATION: Mac = Mac([0x00, 0x1b, 0x21, 0, 0, 1]);
const PROBE: Mac = Mac([0x02, 0x1b, 0x21, 0, 0, 2]);
const ADDRESSES: [[u8; 4]; 4] = [NOBODY, OURS, OTHER, TARGET];
const OPERATIONS: [Operation; 3] = [Operation::Request, Operation::Reply, Operation::Other(3)];

fn place_of(address: [u8; 4]) -> Option<usize> {
    // A careless table: it would find 0.0.0.0 as well.
    match address {
        TARGET => Some(3),
        NOBODY => Some(9),
        _ => None,
    }
}

/// Every packet that differs in what is looked at.
fn packets() -> impl Iterator<Item = Packet> {
    OPERATIONS.into_iter().flat_map(|operation| {
        ADDRESSES.into_iter().flat_map(move |sender_ip| {
            ADDRESSES.into_iter().flat_map(move |target_ip| {
                [PROBE, STATION, Mac::ZERO]
                    .into_iter()
                    .flat_map(move |target| {
                        [STATION, Mac::BROADCAST, Mac::ZERO].map(|sender| Packet {
                            operation,
                            sender,
                            sender_ip,
                            target,
                            target_ip,
                        })
                    })
            })
        })
    })
}

#[test]
fn a_target_that_speaks_to_all_proves_a_backup() {
    let mut proofs = 0;
    for packet in packets() {
        for broadcast in [false, true] {
            let speaks = packet.operation == Operation::Request
                || packet.operation == Operation::Reply && packet.target_ip == TARGET;
            let wanted = (broadcast && packet.sender_ip == TARGET && speaks).then_some(3);
            assert_eq!(
                overheard(&packet, broadcast, place_of),
                wanted,
                "{packet:?}"
            );
            proofs += u32::from(wanted.is_some());
        }
    }
    // Four addresses asked for, and one announced, times nine pairs of stations.
    assert_eq!(proofs, 5 * 9);
}

#[test]
fn an_answer_to_a_probe_names_the_probe_and_nobody() {
    let mut proofs = 0;
    for packet in packets() {
        for for_other in [false, true] {
            let wanted = (for_other
                && packet.operation == Operation::Reply
                && packet.sender_ip == TARGET
                && packet.target_ip == NOBODY
                && packet.target == PROBE)
                .then_some(3);
            assert_eq!(
                answered(&packet, for_other, PROBE, place_of),
                wanted,
                "{packet:?}"
            );
            proofs += u32::from(wanted.is_some());
        }
    }
    assert_eq!(proofs, 3, "whatever station says so");
}

#[test]
fn an_answer_to_us_tells_the_station() {
    let mut found = 0;
    for packet in packets() {
        for for_us in [false, true] {
            let wanted = (for_us
                && packet.operation == Operation::Reply
                && packet.sender == STATION
                && packet.sender_ip == TARGET
                && packet.target_ip == OURS)
                .then_some((3, STATION));
            let place_of = |address| place_of(address).filter(|_| address != NOBODY);
            let got = station(&packet, for_us, place_of, |address| address == OURS);
            assert_eq!(got, wanted, "{packet:?}");
            found += u32::from(wanted.is_some());
        }
    }
    assert_eq!(found, 3, "whatever station it names as ours");
}

#[test]
fn neighbour_discovery_to_a_group_proves_a_backup() {
    let target: Ip6 = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x54];
    let other: Ip6 = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9];
    let targets = [other, target];
    for source in [
        target,
        nd::UNSPECIFIED,
        nd::ALL_NODES,
        nd::solicited_node(&target),
    ] {
        for multicast in [false, true] {
            for advertisement in [false, true] {
                let packet = nd::Packet {
                    advertisement,
                    source,
                    destination: nd::ALL_NODES,
                };
                let wanted = (multicast && source == target).then_some(1);
                assert_eq!(
                    overheard6(&packet, multicast, &targets),
                    wanted,
                    "{packet:?}"
                );
            }
        }
    }
}

#[test]
fn only_who_answered_lately_is_asked() {
    let timing = Timing::new(Hz::new(1000), Millis(100), 2);
    for start in [Jiffies(5000), Jiffies(usize::MAX - 100)] {
        for age in 0..=600 {
            let now = Jiffies(start.0.wrapping_add(age));
            let asked = asks(Some((start, STATION)), now, &timing);
            // Two intervals, and a half for networks as slow as the monitor.
            assert_eq!(asked, (age <= 250).then_some(STATION), "{age} ms");
        }
    }
    assert_eq!(asks(None, Jiffies(5000), &timing), None);
}

#[test]
fn addresses_are_for_backups_that_are_validated() {
    for mode in [
        Mode::RoundRobin,
        Mode::ActiveBackup,
        Mode::Xor,
        Mode::Broadcast,
        Mode::Ieee8023ad,
        Mode::Tlb,
        Mode::Alb,
    ] {
        for &validate in ArpValidate::ALL {
            for &option in ArpBackupProbe::ALL {
                let wanted = mode == Mode::ActiveBackup
                    && option == ArpBackupProbe::Probe
                    && matches!(
                        validate,
                        ArpValidate::Backup | ArpValidate::All | ArpValidate::FilterBackup
                    );
                assert_eq!(needs_address(option, validate, mode), wanted);
            }
        }
    }
}

#[test]
fn a_probe_address_is_nobody_elses() {
    let own = Mac([0x00, 0x1b, 0x21, 1, 2, 3]);
    let local = |first| Mac([first, 0x1b, 0x21, 1, 2, 3]);
    assert_eq!(address(own, |_| false), Some(own));
    assert_eq!(address(own, |mac| mac == own), Some(local(0x02)));
    assert_eq!(
        address(own, |mac| mac == own || mac == local(0x02)),
        Some(local(0x06))
    );
    assert_eq!(
        address(local(0x02), |mac| mac == local(0x02)),
        Some(local(0x06))
    );
    assert_eq!(address(own, |_| true), None);
    assert_eq!(address(Mac::ZERO, |_| true), None);
    assert_eq!(address(Mac::BROADCAST, |_| false), None);
    // Whatever the own address is, there are 64 others, all of them locally administered stations.
    for first in (0..=254).step_by(2) {
        let own = local(first);
        let mut taken = vec![own];
        while let Some(next) = address(own, |mac| taken.contains(&mac)) {
            let Mac([octet, ..]) = next;
            assert_eq!(octet & 3, 2, "{next}");
            assert!(!taken.contains(&next));
            taken.push(next);
        }
        assert_eq!(taken.len(), if first & 2 == 0 { 65 } else { 64 });
    }
}

#[test]
fn deafness_is_said_once_and_not_at_once() {
    let timing = Timing::new(Hz::new(1000), Millis(100), 2);
    let mut deafness = Deafness::None;
    let mut said = Vec::new();
    // It hears something at 500 ms and at 3000 ms.
    for ms in (0..5000).step_by(100) {
        let deaf = ms != 500 && ms != 3000;
        if deafness.look(deaf, Jiffies(ms), &timing) {
            said.push(ms);
        }
    }
    // Deaf from 600 ms on, for ten intervals and a half.
    assert_eq!(said, [1700]);
}
