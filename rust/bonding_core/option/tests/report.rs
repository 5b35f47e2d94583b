// SPDX-License-Identifier: GPL-2.0

//! Reports of netlink.

use std::vec;
use std::vec::Vec;

use super::facts::facts;
use crate::mode::Mode;
use crate::option::netlink::{report, NetlinkFacts, Sink, REPORT_SIZE};
use crate::option::{NetlinkKind, OptionId, OPTIONS};
use crate::params::{Ipv4Targets, Ipv6Targets, Params};

/// What an attribute carries.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    U8(u8),
    U16(u16),
    U32(u32),
    Mac([u8; 6]),
    Ipv4List(usize),
    Ipv6List(usize),
}

/// A report as a list; full after `room` attributes.
struct Report {
    room: usize,
    attributes: Vec<(OptionId, Value)>,
}

impl Report {
    fn of(params: &Params, facts: &NetlinkFacts) -> Vec<(OptionId, Value)> {
        let mut all = Report {
            room: usize::MAX,
            attributes: vec![],
        };
        report(params, facts, &mut all).unwrap();
        all.attributes
    }

    fn push(&mut self, kind: u16, value: Value) -> Result<(), usize> {
        if self.attributes.len() == self.room {
            return Err(self.room);
        }
        let def = OPTIONS.iter().find(|def| {
            def.netlink
                .is_some_and(|netlink| !netlink.of_slave && netlink.number == kind)
        });
        self.attributes.push((def.unwrap().id, value));
        Ok(())
    }
}

impl Sink for Report {
    type Error = usize;

    fn put_u8(&mut self, kind: u16, value: u8) -> Result<(), usize> {
        self.push(kind, Value::U8(value))
    }

    fn put_u16(&mut self, kind: u16, value: u16) -> Result<(), usize> {
        self.push(kind, Value::U16(value))
    }

    fn put_u32(&mut self, kind: u16, value: u32) -> Result<(), usize> {
        self.push(kind, Value::U32(value))
    }

    fn put_mac(&mut self, kind: u16, value: &[u8; 6]) -> Result<(), usize> {
        self.push(kind, Value::Mac(*value))
    }

    fn put_ipv4_list(&mut self, kind: u16, value: &Ipv4Targets) -> Result<(), usize> {
        self.push(kind, Value::Ipv4List(value.iter().count()))
    }

    fn put_ipv6_list(&mut self, kind: u16, value: &Ipv6Targets) -> Result<(), usize> {
        self.push(kind, Value::Ipv6List(value.iter().count()))
    }
}

const ALL: NetlinkFacts = NetlinkFacts {
    active: Some(2),
    primary: Some(3),
    admin: true,
    ipv6: true,
};

/// A configuration that has a target of each kind.
fn with_targets(mode: Mode) -> Params {
    let mut params = Params {
        mode,
        ..Params::DEFAULT
    };
    params.arp_targets.add([10, 0, 0, 1]).unwrap();
    params.ns_targets.add([0x20; 16]).unwrap();
    params
}

#[test]
fn reports_are_in_order() {
    let order = [
        OptionId::Mode,
        OptionId::ActiveSlave,
        OptionId::MiiMon,
        OptionId::UpDelay,
        OptionId::DownDelay,
        OptionId::PeerNotifDelay,
        OptionId::UseCarrier,
        OptionId::ArpInterval,
        OptionId::ArpTargets,
        OptionId::ArpValidate,
        OptionId::ArpAllTargets,
        OptionId::NsTargets,
        OptionId::Primary,
        OptionId::PrimaryReselect,
        OptionId::FailOverMac,
        OptionId::XmitHash,
        OptionId::ResendIgmp,
        OptionId::NumPeerNotif,
        OptionId::AllSlavesActive,
        OptionId::MinLinks,
        OptionId::LpInterval,
        OptionId::PacketsPerSlave,
        OptionId::LacpActive,
        OptionId::LacpRate,
        OptionId::AdSelect,
        OptionId::TlbDynamicLb,
        OptionId::MissedMax,
        OptionId::CoupledControl,
        OptionId::BroadcastNeigh,
        OptionId::LacpStrict,
        OptionId::AdActorSysPrio,
        OptionId::AdUserPortKey,
        OptionId::AdActorSystem,
    ];
    for mode in Mode::ALL {
        let seen: Vec<_> = Report::of(&with_targets(mode), &ALL)
            .iter()
            .map(|(id, _)| *id)
            .collect();
        let there = |id: &OptionId| match id {
            OptionId::ActiveSlave => mode.uses_primary(),
            OptionId::AdActorSysPrio | OptionId::AdUserPortKey | OptionId::AdActorSystem => {
                mode == Mode::Ieee8023ad
            }
            _ => true,
        };
        assert_eq!(seen, order.into_iter().filter(there).collect::<Vec<_>>());
    }
    for def in &OPTIONS {
        let of_bond = def.netlink.is_some_and(|netlink| !netlink.of_slave);
        assert_eq!(order.contains(&def.id), of_bond, "{}", def.name);
    }
}

#[test]
fn reports_have_the_size_of_the_policy() {
    for mode in Mode::ALL {
        for (id, value) in Report::of(&with_targets(mode), &ALL) {
            let kind = id.def().netlink.unwrap().kind;
            let fits = match value {
                Value::U8(_) => kind == NetlinkKind::U8,
                Value::U16(_) => kind == NetlinkKind::U16,
                Value::U32(_) => matches!(
                    kind,
                    NetlinkKind::U32 | NetlinkKind::U32Range { .. } | NetlinkKind::IfIndex
                ),
                Value::Mac(_) => kind == NetlinkKind::Mac,
                Value::Ipv4List(targets) => {
                    targets == 1 && kind == NetlinkKind::Nested { element: 4 }
                }
                Value::Ipv6List(targets) => {
                    targets == 1 && kind == NetlinkKind::Nested { element: 16 }
                }
            };
            assert!(fits, "{}", id.name());
        }
    }
}

#[test]
fn reports_end_where_the_room_does() {
    let params = with_targets(Mode::Ieee8023ad);
    let whole = Report::of(&params, &ALL);
    for room in 0..whole.len() {
        let mut short = Report {
            room,
            attributes: vec![],
        };
        assert_eq!(report(&params, &ALL, &mut short), Err(room));
        assert_eq!(short.attributes, whole[..room]);
    }
}

#[test]
fn reports_leave_out_what_is_not_there() {
    let mut params = Params {
        mode: Mode::Ieee8023ad,
        ..Params::DEFAULT
    };
    let nothing = NetlinkFacts::default();
    let optional = [
        OptionId::ActiveSlave,
        OptionId::Primary,
        OptionId::ArpTargets,
        OptionId::NsTargets,
        OptionId::AdActorSysPrio,
        OptionId::AdActorSystem,
        OptionId::AdUserPortKey,
    ];
    let has = |params: &Params, facts, id| {
        let mut all = Report::of(params, facts).into_iter();
        all.find(|(reported, _)| *reported == id)
            .map(|(_, value)| value)
    };
    for id in optional {
        assert_eq!(has(&params, &nothing, id), None, "{}", id.name());
    }
    params.ns_targets.add([0x20; 16]).unwrap();
    assert_eq!(has(&params, &nothing, OptionId::NsTargets), None);
    params.miimon = 100;
    params.updelay = crate::params::Delay::from_ms(250, 100).unwrap().0;
    assert_eq!(
        has(&params, &nothing, OptionId::UpDelay),
        Some(Value::U32(200))
    );
}

/// The sum of what the attributes of C's policy need: 33 of them and the nest about LACP.
#[test]
fn size_of_a_report() {
    let total = |payload: usize| (4 + payload).div_ceil(4) * 4;
    let attributes = facts("attr")
        .into_iter()
        .map(|cells| match (cells[1], cells[3]) {
            ("IFLA_BOND_AD_INFO", _) => total(4) + 4 * total(2) + total(6),
            ("IFLA_BOND_ARP_IP_TARGET", _) => total(4) + 16 * total(4),
            ("IFLA_BOND_NS_IP6_TARGET", _) => total(4) + 16 * total(16),
            (_, "U8") => total(1),
            (_, "U16") => total(2),
            (_, "U32") => total(4),
            (_, "BINARY") => total(6),
            other => panic!("{other:?}"),
        });
    assert_eq!(REPORT_SIZE, attributes.sum::<usize>());
}
