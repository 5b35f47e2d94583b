// SPDX-License-Identifier: GPL-2.0

//! What of a bond's frames is balanced, and which addresses its slaves have.

use bonding_core::hash::Linear;
use bonding_core::tlb::{
    on_attach,
    on_detach,
    spread_alb,
    spread_alb_quick,
    spread_tlb,
    spread_tlb_quick,
    Attach,
    Mine,
    Spread, //
};
use bonding_core::wire::eth::Mac;
use host::check;
use proptest::prelude::*;

const PEER: [u8; 6] = [2, 0, 0, 0, 0, 9];
const BROADCAST: [u8; 6] = [0xff; 6];
const GROUP: [u8; 6] = [1, 0, 0x5e, 0, 0, 5];

fn frame(to: [u8; 6], kind: u16, payload: &[u8]) -> Vec<u8> {
    let mut octets = to.to_vec();
    octets.extend([2, 0, 0, 0, 0, 1]);
    octets.extend(kind.to_be_bytes());
    octets.extend(payload);
    octets
}

fn ipv4(protocol: u8, to: [u8; 4]) -> Vec<u8> {
    let mut header = vec![0x45, 0, 0, 20, 0, 0, 0, 0, 64, protocol, 0, 0, 192, 0, 2, 1];
    header.extend(to);
    header
}

fn ipv6(next: u8, from: u8, to: u8, icmp: u8) -> Vec<u8> {
    let mut header = vec![0x60, 0, 0, 0, 0, 8, next, 64];
    header.extend([0; 15]);
    header.push(from);
    header.extend([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, to]);
    header.extend([icmp, 0, 0, 0, 0, 0, 0, 0]);
    header
}

/// A quick look says the same as a long one, or nothing.
fn agreed(quick: Option<Spread>, long: Spread) -> Spread {
    assert_eq!(quick.unwrap_or(long), long, "at a quick look");
    long
}

fn tlb(octets: &[u8]) -> Spread {
    let frame = Linear(octets);
    agreed(spread_tlb_quick(&frame), spread_tlb(&frame))
}

fn alb(octets: &[u8]) -> Spread {
    let frame = Linear(octets);
    agreed(spread_alb_quick(&frame), spread_alb(&frame))
}

#[test]
fn ipv4_is_balanced() {
    let udp = frame(PEER, 0x0800, &ipv4(17, [198, 51, 100, 2]));
    assert_eq!(tlb(&udp), Spread::Hash);
    assert_eq!(alb(&udp), Spread::Key(198 ^ 51 ^ 100 ^ 2));
}

#[test]
fn a_quick_look_does_for_ordinary_frames() {
    for octets in [
        frame(PEER, 0x0800, &ipv4(17, [198, 51, 100, 2])),
        frame(PEER, 0x86dd, &ipv6(17, 1, 7, 0)),
        frame(BROADCAST, 0x0806, &[0; 28]),
        frame(PEER, 0x8100, &[0; 50]),
    ] {
        let frame = Linear(&octets);
        assert_eq!(spread_tlb_quick(&frame), Some(spread_tlb(&frame)));
        assert_eq!(spread_alb_quick(&frame), Some(spread_alb(&frame)));
    }
}

#[test]
fn what_goes_to_many_is_not() {
    for (to, by_tlb, by_alb) in [
        (BROADCAST, Spread::Active, Spread::Active),
        (GROUP, Spread::Active, Spread::Key(224 ^ 5)),
    ] {
        let octets = frame(to, 0x0800, &ipv4(17, [224, 0, 0, 5]));
        assert_eq!((tlb(&octets), alb(&octets)), (by_tlb, by_alb));
    }
    let all = frame(PEER, 0x0800, &ipv4(17, [255; 4]));
    assert_eq!((tlb(&all), alb(&all)), (Spread::Hash, Spread::Active));
    let igmp = frame(PEER, 0x0800, &ipv4(2, [198, 51, 100, 2]));
    assert_eq!((tlb(&igmp), alb(&igmp)), (Spread::Hash, Spread::Active));
}

#[test]
fn neighbour_discovery_is_not_balanced() {
    let key = 0x20 ^ 1 ^ 0xd ^ 0xb8 ^ 7;
    for (icmp, balanced) in [
        (133, true),
        (134, true),
        (135, false),
        (136, false),
        (137, true),
        (128, true),
    ] {
        let octets = frame(PEER, 0x86dd, &ipv6(58, 1, 7, icmp));
        let (by_tlb, by_alb) = if balanced {
            (Spread::Hash, Spread::Key(key))
        } else {
            (Spread::Active, Spread::Active)
        };
        assert_eq!(
            (tlb(&octets), alb(&octets)),
            (by_tlb, by_alb),
            "type {icmp}"
        );
    }
    // Of another protocol the same octet says nothing.
    assert_eq!(
        alb(&frame(PEER, 0x86dd, &ipv6(17, 1, 7, 135))),
        Spread::Key(key)
    );
}

#[test]
fn ipv6_without_a_source_and_to_all_nodes_is_not_balanced_in_alb() {
    let probe = frame(PEER, 0x86dd, &ipv6(17, 0, 7, 0));
    assert_eq!((tlb(&probe), alb(&probe)), (Spread::Hash, Spread::Active));
    let all = frame([0x33, 0x33, 0, 0, 0, 1], 0x86dd, &ipv6(17, 1, 7, 0));
    assert_eq!(alb(&all), Spread::Active);
    let group = frame([0x33, 0x33, 0, 0, 0, 2], 0x86dd, &ipv6(17, 1, 7, 0));
    assert_eq!(
        (tlb(&group), alb(&group)),
        (Spread::Active, Spread::Key(0x20 ^ 1 ^ 0xd ^ 0xb8 ^ 7))
    );
}

#[test]
fn the_rest_goes_through_the_active_slave() {
    for kind in [0x9000, 0x8809, 0x8100, 0x0600] {
        let octets = frame(PEER, kind, &[0; 50]);
        assert_eq!(
            (tlb(&octets), alb(&octets)),
            (Spread::Active, Spread::Active)
        );
    }
    let arp = frame(BROADCAST, 0x0806, &[0; 28]);
    assert_eq!((tlb(&arp), alb(&arp)), (Spread::Active, Spread::Arp));
}

#[test]
fn cut_frames_go_through_the_active_slave() {
    let whole = [
        frame(PEER, 0x0800, &ipv4(17, [198, 51, 100, 2])),
        frame(PEER, 0x86dd, &ipv6(58, 1, 7, 128)),
    ];
    for whole in whole {
        for length in 0..whole.len() {
            let cut = &whole[..length];
            assert_eq!(alb(cut), Spread::Active, "{length} of {}", whole.len());
        }
        assert_ne!(alb(&whole), Spread::Active);
    }
}

#[test]
fn any_octets_do() {
    let kinds = [0x0800_u16, 0x86dd, 0x0806, 0x8100];
    check(
        20_000,
        (0..4_usize, prop::collection::vec(any::<u8>(), 14..80)),
        |(kind, mut octets)| {
            octets[12..14].copy_from_slice(&kinds[kind].to_be_bytes());
            tlb(&octets);
            prop_assert_ne!(alb(&octets), Spread::Hash);
            Ok(())
        },
    );
    check(
        20_000,
        prop::collection::vec(any::<u8>(), 0..80),
        |octets| {
            tlb(&octets);
            prop_assert_ne!(alb(&octets), Spread::Hash);
            Ok(())
        },
    );
}

fn mac(last: u8) -> Mac {
    Mac([2, 0, 0, 0, 0, last])
}

fn mine(permanent: u8, current: u8) -> Mine {
    Mine {
        permanent: mac(permanent),
        current: mac(current),
    }
}

fn attach(slave: Mine, bond: u8, has_active: bool, others: &[Mine]) -> Attach {
    on_attach(&slave, mac(bond), has_active, others.iter().copied())
}

#[test]
fn a_slave_with_an_address_of_its_own_keeps_it() {
    assert_eq!(attach(mine(1, 1), 1, false, &[]), Attach::Keep);
    assert_eq!(attach(mine(2, 2), 1, true, &[mine(1, 1)]), Attach::Keep);
}

#[test]
fn a_slave_with_the_address_of_another_borrows_a_free_one() {
    // The slaves have changed addresses, the first has the third one's.
    let others = [mine(1, 3), mine(2, 2)];
    let lent = |place, first_bonds| Attach::Lend { place, first_bonds };
    assert_eq!(attach(mine(2, 2), 3, true, &others), lent(0, true));
    assert_eq!(attach(mine(3, 3), 3, true, &others), lent(0, false));
    let others = [mine(1, 1), mine(2, 3)];
    assert_eq!(attach(mine(1, 1), 3, true, &others), lent(1, true));
}

#[test]
fn without_a_free_address_it_is_refused() {
    let others = [mine(1, 1), mine(2, 2)];
    let refused = |first_bonds| Attach::Refuse { first_bonds };
    assert_eq!(attach(mine(1, 1), 1, true, &others), refused(false));
    // Without an active slave, if one has the bond's address.
    assert_eq!(attach(mine(1, 1), 1, false, &others), refused(false));
    assert_eq!(attach(mine(2, 2), 1, false, &others), refused(true));
    // Nobody has the bond's address: it may.
    assert_eq!(
        attach(mine(9, 9), 9, false, &others),
        Attach::Bonds { set: false }
    );
    assert_eq!(
        attach(mine(2, 2), 9, false, &others),
        Attach::Bonds { set: true }
    );
}

#[test]
fn who_leaves_gets_its_address_back() {
    let stay = [mine(1, 1), mine(2, 3)];
    assert_eq!(on_detach(&mine(3, 2), mac(1), stay.into_iter()), Some(1));
    // It has it, or the bond does, or nobody.
    assert_eq!(on_detach(&mine(3, 3), mac(1), stay.into_iter()), None);
    assert_eq!(on_detach(&mine(3, 2), mac(3), stay.into_iter()), None);
    assert_eq!(on_detach(&mine(4, 2), mac(1), stay.into_iter()), None);
}

/// However slaves come, go and swap: no two have the same address, but by the bond's own choice.
#[test]
fn addresses_stay_unique() {
    let steps = prop::collection::vec((0_u8..3, 0_u8..6, 0_u8..6), 1..60);
    check(2_000, steps, |steps| {
        let mut slaves: Vec<Mine> = Vec::new();
        let bond = 0;
        for (what, a, b) in steps {
            match what {
                0 => {
                    let new = mine(a, a);
                    let active = slaves.iter().any(|s| s.current == mac(bond));
                    match attach(new, bond, active, &slaves) {
                        Attach::Keep => slaves.push(new),
                        Attach::Lend { place, .. } => slaves.push(Mine {
                            current: slaves[place].permanent,
                            ..new
                        }),
                        Attach::Bonds { .. } => slaves.push(Mine {
                            current: mac(bond),
                            ..new
                        }),
                        Attach::Refuse { .. } => {}
                    }
                }
                1 if !slaves.is_empty() => {
                    let gone = slaves.remove(usize::from(a) % slaves.len());
                    if let Some(place) = on_detach(&gone, mac(bond), slaves.iter().copied()) {
                        slaves[place].current = gone.current;
                    }
                }
                2 if !slaves.is_empty() => {
                    let (a, b) = (usize::from(a) % slaves.len(), usize::from(b) % slaves.len());
                    let (one, other) = (slaves[a].current, slaves[b].current);
                    slaves[a].current = other;
                    slaves[b].current = one;
                }
                _ => {}
            }
            for (i, slave) in slaves.iter().enumerate() {
                prop_assert!(
                    slaves[..i].iter().all(|s| s.current != slave.current),
                    "{slaves:?}"
                );
            }
        }
        Ok(())
    });
}
