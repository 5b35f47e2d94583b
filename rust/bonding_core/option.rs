// SPDX-License-Identifier: GPL-2.0

//! The options of a bond: one table that drives every interface.
//!
//! Module parameters, sysfs, netlink and the reference page are made of [`OPTIONS`]. A request
//! for a change is an [`OptionId`] and a [`Value`], whatever interface it came by; [`set()`]
//! decides about it.
//!
//! C header: [`include/net/bond_options.h`](srctree/include/net/bond_options.h).

use crate::mode::ModeSet;

mod apply;
pub mod changelink;
mod check;
mod device;
mod effects;
mod module_params;
mod named;
pub mod netlink;
mod parse;
pub mod show;
mod table;
mod target;
mod values;
mod view;

pub use self::check::{check_deps, explain, set, Error};
pub use self::effects::{ActiveChange, Effect, Effects, Membership, PrimaryChange, SlaveChange};
pub use self::module_params::MODULE_PARAMS;
pub use self::parse::{
    device_name_is_valid, parse, parse_ipv4, parse_mac, token, Parsed, SlaveRef, Value,
};
pub use self::table::OPTIONS;
pub use self::values::{
    AdSelect, ArpAllTargets, ArpBackupProbe, ArpValidate, FailOverMac, LacpRate, MacPolicy,
    PrimaryReselect, XmitPolicy,
};
pub use self::view::{Device, Devices, NoDevices, Relation, SlaveView, View};

/// An option, by the number that C gives it (`BOND_OPT_*`); those that C does not have follow.
#[expect(missing_docs, reason = "each is described by its row in `OPTIONS`")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum OptionId {
    Mode = 0,
    PacketsPerSlave = 1,
    XmitHash = 2,
    ArpValidate = 3,
    ArpAllTargets = 4,
    FailOverMac = 5,
    ArpInterval = 6,
    ArpTargets = 7,
    DownDelay = 8,
    UpDelay = 9,
    LacpRate = 10,
    MinLinks = 11,
    AdSelect = 12,
    NumPeerNotif = 13,
    MiiMon = 14,
    Primary = 15,
    PrimaryReselect = 16,
    UseCarrier = 17,
    ActiveSlave = 18,
    QueueId = 19,
    AllSlavesActive = 20,
    ResendIgmp = 21,
    LpInterval = 22,
    Slaves = 23,
    TlbDynamicLb = 24,
    AdActorSysPrio = 25,
    AdActorSystem = 26,
    AdUserPortKey = 27,
    NumPeerNotifAlias = 28,
    PeerNotifDelay = 29,
    LacpActive = 30,
    MissedMax = 31,
    NsTargets = 32,
    Prio = 33,
    CoupledControl = 34,
    BroadcastNeigh = 35,
    ActorPortPrio = 36,
    LacpStrict = 37,
    MacPolicy = 38,
    LacpFastStart = 39,
    ArpBackupProbe = 40,
}

impl OptionId {
    /// Number of options.
    pub const COUNT: usize = 41;
    /// Number of options that C has; those that follow are ours alone.
    pub const COUNT_OF_C: usize = 38;

    /// The option's row in [`OPTIONS`].
    #[inline]
    pub fn def(self) -> &'static OptionDef {
        let [first, ..] = &OPTIONS;
        // The table has a row for each id, in order; a test walks it.
        OPTIONS.get(usize::from(self as u8)).unwrap_or(first)
    }

    /// The name in sysfs and in log lines.
    #[inline]
    pub fn name(self) -> &'static str {
        self.def().name
    }

    /// The option called `name`. Replaces `bond_opt_get_by_name()`.
    pub fn by_name(name: &[u8]) -> Option<OptionId> {
        let def = OPTIONS.iter().find(|def| def.name.as_bytes() == name)?;
        Some(def.id)
    }

    /// The option that is changed by attribute `number` of the bond (`IFLA_BOND_*`).
    pub fn by_netlink(number: u16) -> Option<OptionId> {
        OPTIONS
            .iter()
            .find(|def| matches!(def.netlink, Some(nl) if !nl.of_slave && nl.number == number))
            .map(|def| def.id)
    }
}

/// What an option may not be changed without.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// The bond must have no slaves (`BOND_OPTFLAG_NOSLAVES`).
    pub no_slaves: bool,
    /// The bond must be down (`BOND_OPTFLAG_IFDOWN`).
    pub if_down: bool,
    /// The value is not looked up in a table (`BOND_OPTFLAG_RAWVAL`).
    pub raw: bool,
}

impl Flags {
    const NONE: Flags = Flags {
        no_slaves: false,
        if_down: false,
        raw: false,
    };
    const RAW: Flags = Flags {
        raw: true,
        ..Flags::NONE
    };
    const DOWN: Flags = Flags {
        if_down: true,
        ..Flags::NONE
    };
    const NO_SLAVES: Flags = Flags {
        no_slaves: true,
        ..Flags::NONE
    };
    const NO_SLAVES_AND_DOWN: Flags = Flags {
        no_slaves: true,
        if_down: true,
        raw: false,
    };
}

/// What a named value is good for besides its name (`BOND_VALFLAG_*`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValueRole {
    /// It is what the word `default` means.
    pub default: bool,
    /// It is the lower end of the range.
    pub min: bool,
    /// It is the upper end of the range; an option without one has no range.
    pub max: bool,
}

/// A named value of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValueDef {
    /// Its name.
    pub name: &'static str,
    /// Its number.
    pub value: u64,
    /// What else it is.
    pub role: ValueRole,
}

/// What a netlink attribute carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetlinkKind {
    /// One byte.
    U8,
    /// 16 bits.
    U16,
    /// 32 bits.
    U32,
    /// 32 bits with sign.
    S32,
    /// 32 bits that the policy holds within `0..=max`.
    U32Range {
        /// Greatest number.
        max: u32,
    },
    /// 32 bits, the index of an interface.
    IfIndex,
    /// Six bytes.
    Mac,
    /// A list of addresses of this many bytes.
    Nested {
        /// Bytes of an address.
        element: u8,
    },
}

/// The netlink attribute that carries an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Netlink {
    /// Name in the header.
    pub name: &'static str,
    /// `IFLA_BOND_*`, or `IFLA_BOND_SLAVE_*` if `of_slave`.
    pub number: u16,
    /// What it carries.
    pub kind: NetlinkKind,
    /// Whether the attribute is one of a slave.
    pub of_slave: bool,
}

/// The type of a module parameter, as modinfo shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamKind {
    /// `int`
    Int,
    /// `uint`
    Uint,
    /// `charp`
    Charp,
    /// `array of charp`
    CharpArray,
}

/// A module parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModuleParam {
    /// Name.
    pub name: &'static str,
    /// Type.
    pub kind: ParamKind,
    /// Permission bits of its file in `/sys/module/bonding/parameters`; 0 for no file.
    pub permissions: u16,
    /// The text that modinfo shows.
    pub description: &'static str,
    /// The option that it is the default of.
    pub option: Option<OptionId>,
}

/// An option.
#[derive(Clone, Copy, Debug)]
pub struct OptionDef {
    /// Which one.
    pub id: OptionId,
    /// Name in sysfs and log lines.
    pub name: &'static str,
    /// What it is, in a line.
    pub help: &'static str,
    /// What it may not be changed without.
    pub flags: Flags,
    /// Modes that do not have it.
    pub unsupported: ModeSet,
    /// Its named values; none if the value is raw.
    pub values: &'static [ValueDef],
    /// What a new bond has, in words.
    pub initial: &'static str,
    /// Whether it is a file in the bond's `bonding` directory in sysfs.
    pub sysfs: bool,
    /// Netlink attribute.
    pub netlink: Option<Netlink>,
}

impl OptionDef {
    /// The numbers allowed, if there is a range.
    pub fn range(&self) -> Option<(u64, u64)> {
        let max = self.values.iter().find(|v| v.role.max)?;
        let min = self.values.iter().find(|v| v.role.min);
        Some((min.map_or(0, |v| v.value), max.value))
    }

    /// The named value of number `value`. Replaces `bond_opt_get_val()`.
    pub fn value(&self, value: u64) -> Option<&'static ValueDef> {
        self.values.iter().find(|v| v.value == value)
    }

    /// The module parameters that are the default of the option.
    pub fn module_params(&self) -> impl Iterator<Item = &'static ModuleParam> + '_ {
        MODULE_PARAMS
            .iter()
            .filter(move |param| param.option == Some(self.id))
    }
}

#[cfg(test)]
mod tests;
