// SPDX-License-Identifier: GPL-2.0

//! What the files of a bond in sysfs show.
//!
//! C file: [`drivers/net/bonding/bond_sysfs.c`](srctree/drivers/net/bonding/bond_sysfs.c).

use core::fmt::{self, Write};

use super::OptionId;
use crate::mode::Mode;
use crate::params::{DeviceName, Params};
use crate::text::{Bytes, Ipv4, Mac};

mod list;

pub use self::list::List;

/// A file in the `bonding` directory of a bond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// An option, which can be written.
    Option(OptionId),
    /// `mii_status`: whether the bond has a carrier.
    MiiStatus,
    /// `ad_aggregator`: number of the active aggregator.
    AdAggregator,
    /// `ad_num_ports`: ports in the active aggregator.
    AdNumPorts,
    /// `ad_actor_key`: our key of the active aggregator.
    AdActorKey,
    /// `ad_partner_key`: the partner's key of the active aggregator.
    AdPartnerKey,
    /// `ad_partner_mac`: the partner of the active aggregator.
    AdPartnerMac,
}

/// Every file, in the order in which they are created.
pub static ATTRIBUTES: [Attribute; 41] = [
    Attribute::Option(OptionId::Slaves),
    Attribute::Option(OptionId::Mode),
    Attribute::Option(OptionId::FailOverMac),
    Attribute::Option(OptionId::ArpValidate),
    Attribute::Option(OptionId::ArpAllTargets),
    Attribute::Option(OptionId::ArpInterval),
    Attribute::Option(OptionId::ArpTargets),
    Attribute::Option(OptionId::DownDelay),
    Attribute::Option(OptionId::UpDelay),
    Attribute::Option(OptionId::PeerNotifDelay),
    Attribute::Option(OptionId::LacpActive),
    Attribute::Option(OptionId::LacpRate),
    Attribute::Option(OptionId::AdSelect),
    Attribute::Option(OptionId::XmitHash),
    Attribute::Option(OptionId::NumPeerNotifAlias),
    Attribute::Option(OptionId::NumPeerNotif),
    Attribute::Option(OptionId::MiiMon),
    Attribute::Option(OptionId::Primary),
    Attribute::Option(OptionId::PrimaryReselect),
    Attribute::Option(OptionId::UseCarrier),
    Attribute::Option(OptionId::ActiveSlave),
    Attribute::MiiStatus,
    Attribute::AdAggregator,
    Attribute::AdNumPorts,
    Attribute::AdActorKey,
    Attribute::AdPartnerKey,
    Attribute::AdPartnerMac,
    Attribute::Option(OptionId::QueueId),
    Attribute::Option(OptionId::AllSlavesActive),
    Attribute::Option(OptionId::ResendIgmp),
    Attribute::Option(OptionId::MinLinks),
    Attribute::Option(OptionId::LpInterval),
    Attribute::Option(OptionId::PacketsPerSlave),
    Attribute::Option(OptionId::TlbDynamicLb),
    Attribute::Option(OptionId::AdActorSysPrio),
    Attribute::Option(OptionId::AdActorSystem),
    Attribute::Option(OptionId::AdUserPortKey),
    Attribute::Option(OptionId::MissedMax),
    Attribute::Option(OptionId::MacPolicy),
    Attribute::Option(OptionId::LacpFastStart),
    Attribute::Option(OptionId::ArpBackupProbe),
];

impl Attribute {
    /// Name of the file.
    pub fn name(self) -> &'static str {
        match self {
            Attribute::Option(id) => id.name(),
            Attribute::MiiStatus => "mii_status",
            Attribute::AdAggregator => "ad_aggregator",
            Attribute::AdNumPorts => "ad_num_ports",
            Attribute::AdActorKey => "ad_actor_key",
            Attribute::AdPartnerKey => "ad_partner_key",
            Attribute::AdPartnerMac => "ad_partner_mac",
        }
    }

    /// Permission bits of the file.
    pub fn permissions(self) -> u16 {
        match self {
            Attribute::Option(_) => 0o644,
            _ => 0o444,
        }
    }

    /// The option that writing the file changes.
    pub fn option(self) -> Option<OptionId> {
        match self {
            Attribute::Option(id) => Some(id),
            _ => None,
        }
    }
}

/// The active aggregator (`struct ad_info`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AdInfo {
    /// Its number.
    pub aggregator_id: u16,
    /// Its ports.
    pub ports: u16,
    /// Our key.
    pub actor_key: u16,
    /// The partner's key.
    pub partner_key: u16,
    /// The partner's system id.
    pub partner_system: [u8; 6],
}

/// What is shown of a bond besides its parameters.
pub struct ShowFacts<'a> {
    /// Whether the reader may administrate the network.
    pub admin: bool,
    /// Whether the bond has a carrier.
    pub carrier: bool,
    /// Name of the primary, if it is a slave.
    pub primary: Option<&'a [u8]>,
    /// Name of the active slave (`curr_active_slave`), whatever the mode.
    pub active: Option<&'a [u8]>,
    /// The active aggregator, if there is one.
    pub ad: Option<AdInfo>,
    /// Names and queue ids of the slaves, in order.
    pub slaves: &'a mut dyn Iterator<Item = (DeviceName, u16)>,
    /// Size of a page, which is the most that a file can show.
    pub page_size: usize,
}

/// Writes what the file of `attribute` shows.
pub fn show(
    attribute: Attribute,
    params: &Params,
    facts: &mut ShowFacts<'_>,
    out: &mut dyn Write,
) -> fmt::Result {
    let ad = params.mode == Mode::Ieee8023ad;
    let admin_ad = ad && facts.admin;
    let info = facts.ad.unwrap_or_default();
    match attribute {
        Attribute::Option(id) => option(id, params, facts, out),
        Attribute::MiiStatus => {
            let status = if facts.carrier { "up" } else { "down" };
            writeln!(out, "{status}")
        }
        Attribute::AdAggregator if ad => writeln!(out, "{}", info.aggregator_id),
        Attribute::AdNumPorts if ad => writeln!(out, "{}", info.ports),
        Attribute::AdActorKey if admin_ad => writeln!(out, "{}", info.actor_key),
        Attribute::AdPartnerKey if admin_ad => writeln!(out, "{}", info.partner_key),
        Attribute::AdPartnerMac if admin_ad && facts.ad.is_some() => {
            writeln!(out, "{}", Mac(&info.partner_system))
        }
        _ => Ok(()),
    }
}

/// Writes a named value: name and number.
fn choice(out: &mut dyn Write, name: &str, number: u8) -> fmt::Result {
    writeln!(out, "{name} {number}")
}

/// Writes a switch that is shown with its name.
fn on_off(out: &mut dyn Write, on: bool) -> fmt::Result {
    choice(out, if on { "on" } else { "off" }, on.into())
}

fn option(
    id: OptionId,
    params: &Params,
    facts: &mut ShowFacts<'_>,
    out: &mut dyn Write,
) -> fmt::Result {
    let p = params;
    let admin_ad = p.mode == Mode::Ieee8023ad && facts.admin;
    match id {
        OptionId::Mode => choice(out, p.mode.name(), p.mode.number()),
        OptionId::XmitHash => choice(out, p.xmit_policy.name(), p.xmit_policy.number()),
        OptionId::ArpValidate => choice(out, p.arp_validate.name(), p.arp_validate.number()),
        OptionId::ArpAllTargets => {
            choice(out, p.arp_all_targets.name(), p.arp_all_targets.number())
        }
        OptionId::ArpBackupProbe => {
            choice(out, p.arp_backup_probe.name(), p.arp_backup_probe.number())
        }
        OptionId::FailOverMac => choice(out, p.fail_over_mac.name(), p.fail_over_mac.number()),
        OptionId::MacPolicy => choice(out, p.mac_policy.name(), p.mac_policy.number()),
        OptionId::PrimaryReselect => {
            choice(out, p.primary_reselect.name(), p.primary_reselect.number())
        }
        OptionId::LacpRate => choice(out, p.lacp_rate.name(), p.lacp_rate.number()),
        OptionId::AdSelect => choice(out, p.ad_select.name(), p.ad_select.number()),
        OptionId::LacpActive => on_off(out, p.lacp_active),
        OptionId::LacpFastStart => on_off(out, p.lacp_fast_start),
        OptionId::ArpInterval => writeln!(out, "{}", p.arp_interval),
        OptionId::MissedMax => writeln!(out, "{}", p.missed_max),
        OptionId::MiiMon => writeln!(out, "{}", p.miimon),
        OptionId::UpDelay => writeln!(out, "{}", p.updelay_ms()),
        OptionId::DownDelay => writeln!(out, "{}", p.downdelay_ms()),
        OptionId::PeerNotifDelay => writeln!(out, "{}", p.peer_notif_delay_ms()),
        OptionId::MinLinks => writeln!(out, "{}", p.min_links),
        OptionId::NumPeerNotif | OptionId::NumPeerNotifAlias => {
            writeln!(out, "{}", p.num_peer_notif)
        }
        OptionId::UseCarrier => writeln!(out, "1"),
        OptionId::AllSlavesActive => writeln!(out, "{}", u8::from(p.all_slaves_active)),
        OptionId::ResendIgmp => writeln!(out, "{}", p.resend_igmp),
        OptionId::LpInterval => writeln!(out, "{}", p.lp_interval),
        OptionId::TlbDynamicLb => writeln!(out, "{}", u8::from(p.tlb_dynamic_lb)),
        OptionId::PacketsPerSlave => writeln!(out, "{}", p.packets_per_slave),
        OptionId::AdActorSysPrio if admin_ad => writeln!(out, "{}", p.ad_actor_sys_prio),
        OptionId::AdActorSystem if admin_ad => writeln!(out, "{}", Mac(&p.ad_actor_system)),
        OptionId::AdUserPortKey if admin_ad => writeln!(out, "{}", p.ad_user_port_key),
        OptionId::Primary => name(out, facts.primary),
        OptionId::ActiveSlave => name(out, facts.active.filter(|_| p.mode.uses_primary())),
        OptionId::ArpTargets => {
            let mut list = List::new(out, facts.page_size);
            for ip in p.arp_targets.iter() {
                list.push(format_args!("{}", Ipv4(ip)))?;
            }
            list.finish()
        }
        OptionId::Slaves => {
            let mut list = List::of_names(out, facts.page_size);
            for (name, _) in &mut facts.slaves {
                list.push(format_args!("{name}"))?;
            }
            list.finish()
        }
        OptionId::QueueId => {
            let mut list = List::of_queues(out, facts.page_size);
            for (name, queue_id) in &mut facts.slaves {
                list.push(format_args!("{name}:{queue_id}"))?;
            }
            list.finish()
        }
        _ => Ok(()),
    }
}

/// Writes a name, or nothing.
fn name(out: &mut dyn Write, name: Option<&[u8]>) -> fmt::Result {
    match name {
        Some(name) => writeln!(out, "{}", Bytes(name)),
        None => Ok(()),
    }
}
