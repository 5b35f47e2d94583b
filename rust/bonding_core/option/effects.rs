// SPDX-License-Identifier: GPL-2.0

//! What remains to be done after an option was changed.

/// Something to do about changed parameters.
///
/// None of these can fail, and doing one that was not needed does no harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Effect {
    /// The mode changed: tell whoever reads it, and make the feature flags that depend on it,
    /// those of XDP included, anew.
    Mode = 1 << 0,
    /// The plan of transmit must be made anew.
    Plan = 1 << 1,
    /// The bond is up: look at the links at once and every `miimon` from now, or never if that is
    /// 0.
    MiiMonitor = 1 << 2,
    /// The bond is up: probe at once and every `arp_interval` from now, or never if that is 0.
    ArpMonitor = 1 << 3,
    /// What is done with received frames must be decided anew.
    RxProbe = 1 << 4,
    /// The ARP targets changed: a slave's times of receipt follow their targets to other slots,
    /// a new target's starts now.
    ArpTargets = 1 << 5,
    /// The multicast addresses of the NS targets that slaves listen to changed.
    NsMulticast = 1 << 6,
    /// The active slave must be chosen anew (`bond_select_active_slave()`).
    SelectActive = 1 << 7,
    /// The next choice of the active slave takes the primary whatever `primary_reselect` says
    /// (`force_primary`).
    ForcePrimary = 1 << 8,
    /// The carrier must be decided anew (`bond_set_carrier()`).
    Carrier = 1 << 9,
    /// `all_slaves_active` changed: so do the inactive flags of all slaves that stand by.
    Inactive = 1 << 10,
    /// `lacp_active` changed (`bond_3ad_update_lacp_active()`).
    LacpActive = 1 << 11,
    /// `lacp_rate` changed (`bond_3ad_update_lacp_rate()`).
    LacpRate = 1 << 12,
    /// What LACP says about the bond itself changed (`bond_3ad_update_ad_actor_settings()`).
    AdActor = 1 << 13,
    /// The keys of all ports must be made anew (`ad_user_port_key`).
    AdPortKeys = 1 << 14,
    /// Other configuration of LACP changed: `lacp_strict`, `coupled_control`, `ad_select`,
    /// `min_links`, `lacp_fast_start`.
    LacpConfig = 1 << 15,
    /// The bond is up: `broadcast_neighbor` changed, and with it the count of bonds that have it.
    BroadcastNeigh = 1 << 16,
    /// `mac_policy` changed: what is said of an address drawn by lot is another thing now.
    MacPolicy = 1 << 17,
    /// `lp_interval` changed: learning frames may be due at another time.
    Learning = 1 << 18,
    /// What proves a backup changed: what is looked for in received frames, and from which
    /// addresses backups ask.
    BackupProbe = 1 << 19,
}

/// What is to become of the active slave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActiveChange {
    /// There is to be none, and then one is to be chosen.
    Choose,
    /// The slave of this interface index.
    Slave(u32),
}

/// Which slave is the primary now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrimaryChange {
    /// None of them.
    None,
    /// The slave of this interface index.
    Slave(u32),
}

/// Who joins or leaves. This can fail; see [`super::explain()`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Membership {
    /// The device of this interface index is to become a slave.
    Enslave(u32),
    /// The device of this interface index is to be a slave no more.
    Release(u32),
}

/// Settings of one slave that are to be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlaveChange {
    /// Index of the slave's interface.
    pub ifindex: u32,
    /// Transmit queue of the bond that is reserved for it, 0 for none.
    pub queue_id: Option<u16>,
    /// Priority in the choice of the active slave.
    pub prio: Option<i32>,
    /// LACP port priority.
    pub port_prio: Option<u16>,
}

impl SlaveChange {
    /// No change yet, of the slave of interface index `ifindex`.
    pub fn of(ifindex: u32) -> SlaveChange {
        SlaveChange {
            ifindex,
            queue_id: None,
            prio: None,
            port_prio: None,
        }
    }

    /// This change and a later one, which counts alone if it is about another slave.
    fn merge(self, later: SlaveChange) -> SlaveChange {
        if self.ifindex != later.ifindex {
            return later;
        }
        SlaveChange {
            ifindex: self.ifindex,
            queue_id: later.queue_id.or(self.queue_id),
            prio: later.prio.or(self.prio),
            port_prio: later.port_prio.or(self.port_prio),
        }
    }
}

/// All that remains to be done after one or more changes.
///
/// In this order: settings of a slave, the active slave, the primary, then the [`Effect`]s in the
/// order of their declaration.
#[must_use = "the parameters changed, the bond did not yet"]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    bits: u32,
    /// The settings of a slave that are to be changed.
    pub slave: Option<SlaveChange>,
    /// What is to become of the active slave.
    pub active: Option<ActiveChange>,
    /// Which slave is the primary now.
    pub primary: Option<PrimaryChange>,
    /// Who joins or leaves.
    pub membership: Option<Membership>,
}

impl Effects {
    /// Nothing to do.
    pub const NONE: Effects = Effects {
        bits: 0,
        slave: None,
        active: None,
        primary: None,
        membership: None,
    };

    /// These things to do.
    pub fn of(effects: &[Effect]) -> Effects {
        effects.iter().fold(Effects::NONE, |all, &one| all.and(one))
    }

    /// One more thing to do.
    pub fn and(mut self, effect: Effect) -> Effects {
        self.bits |= effect as u32;
        self
    }

    /// One more thing to do, if `condition` holds.
    pub fn and_if(self, condition: bool, effect: Effect) -> Effects {
        if condition {
            self.and(effect)
        } else {
            self
        }
    }

    /// Whether `effect` is to be done.
    pub fn has(&self, effect: Effect) -> bool {
        self.bits & effect as u32 != 0
    }

    /// Whether nothing is to be done.
    pub fn is_none(&self) -> bool {
        *self == Effects::NONE
    }

    /// Adds what is to be done after a later change, which has the last word where both have one.
    pub fn merge(&mut self, later: Effects) {
        self.bits |= later.bits;
        self.slave = match (self.slave, later.slave) {
            (Some(before), Some(after)) => Some(before.merge(after)),
            (before, after) => after.or(before),
        };
        self.active = later.active.or(self.active);
        self.primary = later.primary.or(self.primary);
        self.membership = later.membership.or(self.membership);
    }
}
