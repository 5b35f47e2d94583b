// SPDX-License-Identifier: GPL-2.0

//! The named values of the options that are looked up in a table.

use super::{ValueDef, ValueRole};
use crate::mode::Mode;
use crate::option::{
    AdSelect, ArpAllTargets, ArpBackupProbe, ArpValidate, FailOverMac, LacpRate, MacPolicy,
    PrimaryReselect, XmitPolicy,
};

const PLAIN: ValueRole = ValueRole {
    default: false,
    min: false,
    max: false,
};
const DEFAULT: ValueRole = ValueRole {
    default: true,
    ..PLAIN
};
const MIN: ValueRole = ValueRole { min: true, ..PLAIN };
const MAX: ValueRole = ValueRole { max: true, ..PLAIN };
const MIN_DEFAULT: ValueRole = ValueRole {
    min: true,
    ..DEFAULT
};
const MAX_DEFAULT: ValueRole = ValueRole {
    max: true,
    ..DEFAULT
};

const fn value(name: &'static str, value: u64, role: ValueRole) -> ValueDef {
    ValueDef { name, value, role }
}

/// The values of an enum, the first argument being the one that `default` means.
macro_rules! values_of {
    ($enum:ident, default $default:ident, $($other:ident),+) => {
        &[
            value($enum::$default.name(), $enum::$default.number() as u64, DEFAULT),
            $(value($enum::$other.name(), $enum::$other.number() as u64, PLAIN),)+
        ]
    };
    ($enum:ident, $($other:ident),+) => {
        &[$(value($enum::$other.name(), $enum::$other.number() as u64, PLAIN),)+]
    };
}

pub(super) static MODE: &[ValueDef] = values_of!(
    Mode, default RoundRobin, ActiveBackup, Xor, Broadcast, Ieee8023ad, Tlb, Alb
);
pub(super) static XMIT_HASH: &[ValueDef] = values_of!(
    XmitPolicy, default Layer2, Layer34, Layer23, Encap23, Encap34, VlanSrcMac
);
pub(super) static ARP_VALIDATE: &[ValueDef] = values_of!(
    ArpValidate, default None, Active, Backup, All, Filter, FilterActive, FilterBackup
);
pub(super) static ARP_ALL_TARGETS: &[ValueDef] = values_of!(ArpAllTargets, default Any, All);
pub(super) static ARP_BACKUP_PROBE: &[ValueDef] =
    values_of!(ArpBackupProbe, default Off, Listen, Probe);
pub(super) static MAC_POLICY: &[ValueDef] = values_of!(MacPolicy, default First, Private, Compat);
pub(super) static FAIL_OVER_MAC: &[ValueDef] =
    values_of!(FailOverMac, default None, Active, Follow);
pub(super) static PRIMARY_RESELECT: &[ValueDef] =
    values_of!(PrimaryReselect, default Always, Better, Failure);
pub(super) static AD_SELECT: &[ValueDef] =
    values_of!(AdSelect, default Stable, Bandwidth, Count, ActorPortPrio);
/// The word `default` means nothing here, as in C.
pub(super) static LACP_RATE: &[ValueDef] = values_of!(LacpRate, Slow, Fast);

pub(super) static PACKETS: &[ValueDef] =
    &[value("default", 1, DEFAULT), value("maxval", 65535, MAX)];
pub(super) static INT_MAX: &[ValueDef] =
    &[value("off", 0, DEFAULT), value("maxval", 0x7fff_ffff, MAX)];
pub(super) static NUM_PEER_NOTIF: &[ValueDef] = &[
    value("off", 0, PLAIN),
    value("maxval", 255, MAX),
    value("default", 1, DEFAULT),
];
pub(super) static RESEND_IGMP: &[ValueDef] = NUM_PEER_NOTIF;
pub(super) static PEER_NOTIF_DELAY: &[ValueDef] =
    &[value("off", 0, PLAIN), value("maxval", 300_000, MAX)];
pub(super) static LP_INTERVAL: &[ValueDef] = &[
    value("minval", 1, MIN_DEFAULT),
    value("maxval", 0x7fff_ffff, MAX),
];
pub(super) static AD_ACTOR_SYS_PRIO: &[ValueDef] =
    &[value("minval", 1, MIN), value("maxval", 65535, MAX_DEFAULT)];
pub(super) static AD_USER_PORT_KEY: &[ValueDef] =
    &[value("minval", 0, MIN_DEFAULT), value("maxval", 1023, MAX)];
pub(super) static MISSED_MAX: &[ValueDef] = &[
    value("minval", 1, MIN),
    value("maxval", 255, MAX),
    value("default", 2, DEFAULT),
];
pub(super) static USE_CARRIER: &[ValueDef] = &[value("on", 1, DEFAULT)];
pub(super) static OFF_ON: &[ValueDef] = &[value("off", 0, DEFAULT), value("on", 1, PLAIN)];
pub(super) static LACP_ACTIVE: &[ValueDef] = &[value("off", 0, PLAIN), value("on", 1, DEFAULT)];
pub(super) static TLB_DYNAMIC_LB: &[ValueDef] = LACP_ACTIVE;
pub(super) static COUPLED_CONTROL: &[ValueDef] = &[value("on", 1, DEFAULT), value("off", 0, PLAIN)];
