// SPDX-License-Identifier: GPL-2.0

//! Requests of netlink.

use std::vec;
use std::vec::Vec;

use crate::errno::Errno;
use crate::mode::Mode;
use crate::option::changelink::{Changelink, Payload, Refusal, ORDER, SLAVE_ORDER};
use crate::option::{
    ActiveChange, Effect, Effects, Error, NetlinkKind, OptionId, SlaveChange, SlaveRef, View,
    OPTIONS,
};
use crate::params::Params;
use crate::testing::{busy, Recorder};

/// Applies a request as the driver does: to a copy.
fn request(
    params: &mut Params,
    view: &View<'_>,
    attributes: Vec<(OptionId, Payload<'_, '_>)>,
    log: &mut Recorder,
) -> Result<Effects, Refusal> {
    let mut copy = params.clone();
    let mut changelink = Changelink::new();
    for (id, payload) in attributes {
        changelink.apply(&mut copy, view, id, payload, log)?;
    }
    *params = copy;
    Ok(changelink.finish())
}

#[test]
fn every_attribute_is_applied_once() {
    for def in &OPTIONS {
        let of_bond = def.netlink.is_some_and(|netlink| !netlink.of_slave);
        let of_slave = def.netlink.is_some_and(|netlink| netlink.of_slave);
        let times = |order: &[OptionId]| order.iter().filter(|&&id| id == def.id).count();
        assert_eq!(times(&ORDER), usize::from(of_bond), "{}", def.name);
        assert_eq!(times(&SLAVE_ORDER), usize::from(of_slave), "{}", def.name);
    }
}

/// C1: a request that fails changes nothing.
#[test]
fn c1_all_or_nothing() {
    let mut params = Params {
        arp_interval: 100,
        ..Params::DEFAULT
    };
    params.arp_targets.add([10, 0, 0, 1]).unwrap();
    let before = params.clone();
    let mut log = Recorder::default();
    let mut bad = [&[10, 0, 0, 2][..], &[0, 0, 0, 0]].into_iter();
    let refusal = request(
        &mut params,
        &View::NEW,
        vec![
            (OptionId::ResendIgmp, Payload::U32(9)),
            (OptionId::ArpTargets, Payload::Nested(&mut bad)),
        ],
        &mut log,
    )
    .unwrap_err();
    assert_eq!(refusal.error, Error::INVALID);
    assert_eq!(refusal.attribute, Some(OptionId::ArpTargets));
    assert_eq!(params, before);

    let mut good = [&[10, 0, 0, 2][..], &[10, 0, 0, 3, 9, 9]].into_iter();
    let effects = request(
        &mut params,
        &View::NEW,
        vec![
            (OptionId::ResendIgmp, Payload::U32(9)),
            (OptionId::ArpTargets, Payload::Nested(&mut good)),
            (OptionId::MinLinks, Payload::U32(1)),
        ],
        &mut log,
    )
    .unwrap();
    assert!(effects.has(Effect::ArpTargets) && effects.has(Effect::Carrier));
    assert_eq!(params.resend_igmp, 9);
    let targets: Vec<_> = params.arp_targets.iter().collect();
    assert_eq!(targets, [[10, 0, 0, 2], [10, 0, 0, 3]]);
}

#[test]
fn lists_of_targets() {
    let mut params = Params {
        arp_interval: 100,
        ..Params::DEFAULT
    };
    let mut log = Recorder::default();
    for (id, extack, attribute) in [
        (
            OptionId::ArpTargets,
            "arp_ip_target: needs the four bytes of an address",
            Some(OptionId::ArpTargets),
        ),
        (OptionId::NsTargets, "Invalid IPv6 address", None),
    ] {
        let mut short = [&[1u8, 2, 3][..]].into_iter();
        let attributes = vec![(id, Payload::Nested(&mut short))];
        let refusal = request(&mut params, &View::NEW, attributes, &mut log).unwrap_err();
        assert_eq!(refusal.error.errno, Errno::Einval);
        assert_eq!(
            (refusal.error.extack, refusal.attribute),
            (extack, attribute)
        );
    }
    assert!(log.0.is_empty());

    let target: &[u8] = &[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    let mut one = [target].into_iter();
    let attributes = vec![(OptionId::NsTargets, Payload::Nested(&mut one))];
    let effects = request(&mut params, &View::NEW, attributes, &mut log).unwrap();
    assert!(effects.has(Effect::NsMulticast));
    assert_eq!(params.ns_targets.len(), 1);

    // An empty list takes them all away, which is worth a warning.
    let mut log = Recorder::default();
    let (mut none, mut none6) = (std::iter::empty(), std::iter::empty());
    let attributes = vec![
        (OptionId::ArpTargets, Payload::Nested(&mut none)),
        (OptionId::NsTargets, Payload::Nested(&mut none6)),
    ];
    let _effects = request(&mut params, &View::NEW, attributes, &mut log).unwrap();
    assert!(params.ns_targets.is_empty());
    assert_eq!(
        log.all(),
        [
            "W Removing last arp target with arp_interval on",
            "W Removing last ns target with arp_interval on",
        ]
    );
    let mut ignored = [target].into_iter();
    let without = View {
        ipv6: false,
        ..View::NEW
    };
    let attributes = vec![(OptionId::NsTargets, Payload::Nested(&mut ignored))];
    assert!(request(&mut params, &without, attributes, &mut log)
        .unwrap()
        .is_none());
}

#[test]
fn monitors_in_one_request() {
    let mut log = Recorder::default();
    for (id, text) in [
        (
            OptionId::ArpInterval,
            "ARP monitoring cannot be used with MII monitoring",
        ),
        (
            OptionId::ArpValidate,
            "ARP validating cannot be used with MII monitoring",
        ),
    ] {
        let mut params = Params::DEFAULT;
        let both = vec![(OptionId::MiiMon, Payload::U32(100)), (id, Payload::U32(1))];
        let refusal = request(&mut params, &View::NEW, both, &mut log).unwrap_err();
        assert_eq!(refusal.error.extack, text);
        assert_eq!(refusal.attribute, Some(OptionId::ArpInterval));
        assert_eq!(params, Params::DEFAULT);
        let zero = vec![(OptionId::MiiMon, Payload::U32(0)), (id, Payload::U32(1))];
        let _effects = request(&mut params, &View::NEW, zero, &mut log).unwrap();
        let off = vec![(OptionId::MiiMon, Payload::U32(100)), (id, Payload::U32(0))];
        assert!(request(&mut params, &View::NEW, off, &mut log).is_ok());
        // With MII monitoring from an earlier request it is taken.
        params.miimon = 100;
        let later = vec![(id, Payload::U32(1))];
        let _effects = request(&mut params, &View::NEW, later, &mut log).unwrap();
    }
    assert!(log.visible().is_empty());
}

#[test]
fn single_attributes() {
    let mut log = Recorder::default();
    let mut params = Params {
        mode: Mode::ActiveBackup,
        ..Params::DEFAULT
    };
    let mut one =
        |params: &mut Params, id, payload| request(params, &busy(), vec![(id, payload)], &mut log);
    let active = OptionId::ActiveSlave;
    let effects = one(&mut params, active, Payload::Interface(0, None)).unwrap();
    assert_eq!(effects.active, Some(ActiveChange::Choose));
    let effects = one(&mut params, active, Payload::Interface(2, Some(b"eth1"))).unwrap();
    assert_eq!(effects.active, Some(ActiveChange::Slave(2)));
    let refusal = one(&mut params, active, Payload::Interface(99, None)).unwrap_err();
    assert_eq!(refusal.error.errno, Errno::Enodev);

    let _effects = one(
        &mut params,
        OptionId::Primary,
        Payload::Interface(2, Some(b"eth1")),
    )
    .unwrap();
    assert_eq!(params.primary.as_bytes(), b"eth1");
    let _effects = one(&mut params, OptionId::Primary, Payload::Interface(99, None)).unwrap();
    assert!(params.primary.is_empty());

    let carrier = OptionId::UseCarrier;
    assert!(one(&mut params, carrier, Payload::U8(1)).unwrap().is_none());
    let refusal = one(&mut params, carrier, Payload::U8(0)).unwrap_err();
    assert_eq!(
        refusal.error.extack,
        "option obsolete, use_carrier cannot be disabled"
    );

    let refusal = one(&mut params, OptionId::MiiMon, Payload::U32(0x8000_0000)).unwrap_err();
    assert_eq!(refusal.error, Error::INVALID);
    let refusal = one(&mut params, OptionId::MiiMon, Payload::U32(u32::MAX)).unwrap_err();
    assert_eq!(refusal.error, Error::INVALID);

    params.mode = Mode::Ieee8023ad;
    let system = OptionId::AdActorSystem;
    let refusal = one(&mut params, system, Payload::Bytes(&[2; 5])).unwrap_err();
    assert_eq!(refusal.error.errno, Errno::Einval);
    let _effects = one(&mut params, system, Payload::Bytes(&[2; 6])).unwrap();
    assert_eq!(params.ad_actor_system, [2; 6]);
    assert_eq!(
        log.visible(),
        [
            "E option miimon: invalid value (18446744071562067968)",
            "E option miimon: allowed values 0 - 2147483647",
            "E option miimon: invalid value (18446744073709551615)",
            "E option miimon: allowed values 0 - 2147483647",
        ]
    );
}

#[test]
fn settings_of_a_slave_come_together() {
    let slave = SlaveRef {
        ifindex: 2,
        name: b"eth1",
    };
    let mut params = Params {
        mode: Mode::ActiveBackup,
        ..Params::DEFAULT
    };
    let mut log = Recorder::default();
    let mut changelink = Changelink::new();
    for (id, number) in [
        (OptionId::QueueId, 4),
        (OptionId::Prio, -3),
        (OptionId::QueueId, 5),
    ] {
        changelink
            .apply_to_slave(&mut params, &busy(), slave, id, number, &mut log)
            .unwrap();
    }
    let expected = SlaveChange {
        queue_id: Some(5),
        prio: Some(-3),
        ..SlaveChange::of(2)
    };
    assert_eq!(changelink.finish().slave, Some(expected));
    let refusal = Changelink::new()
        .apply_to_slave(
            &mut params,
            &busy(),
            slave,
            OptionId::ActorPortPrio,
            1,
            &mut log,
        )
        .unwrap_err();
    assert_eq!(refusal.error.errno, Errno::Eacces);
    assert_eq!(refusal.attribute, Some(OptionId::ActorPortPrio));
}
