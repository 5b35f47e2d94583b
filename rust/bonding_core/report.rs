// SPDX-License-Identifier: GPL-2.0

//! The text of `/proc/net/bonding/<bond>`.
//!
//! The file is the head, the text about the bond, and the text about each slave.
//!
//! C file: [`drivers/net/bonding/bond_procfs.c`](srctree/drivers/net/bonding/bond_procfs.c).

use core::fmt::{self, Write};

use crate::link::{Duplex, LinkState, Speed};
use crate::mode::Mode;
use crate::option::show::AdInfo;
use crate::option::FailOverMac;
use crate::params::Params;
use crate::text::{Bytes, Ipv4, Ipv6, Mac};

/// What is reported of a bond.
pub struct MasterFacts<'a> {
    /// Release of the kernel (`UTS_RELEASE`).
    pub release: &'a str,
    /// Name of the bond.
    pub name: &'a [u8],
    /// Its configuration.
    pub params: &'a Params,
    /// Whether it has a carrier.
    pub carrier: bool,
    /// Name of the primary, if it is a slave.
    pub primary: Option<&'a [u8]>,
    /// Name of the active slave (`curr_active_slave`), whatever the mode.
    pub active: Option<&'a [u8]>,
    /// Whether the kernel has IPv6.
    pub ipv6: bool,
    /// Whether the reader may administrate the network.
    pub admin: bool,
    /// What LACP is in, in mode 802.3ad.
    pub lacp: System,
    /// The active aggregator, if there is one.
    pub ad: Option<AdInfo>,
}

/// A LACP system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct System {
    /// Its priority.
    pub priority: u16,
    /// Its id.
    pub mac: [u8; 6],
}

/// What is reported of a slave.
pub struct SlaveFacts<'a> {
    /// Its name.
    pub name: &'a [u8],
    /// State of its link.
    pub link: LinkState,
    /// Its speed and duplex.
    pub speed: Speed,
    /// How often its link failed.
    pub link_failures: u32,
    /// Its own MAC address, as long as its kind of address is.
    pub perm_hwaddr: &'a [u8],
    /// Transmit queue that is reserved for it.
    pub queue_id: u16,
    /// What LACP says of it; `None` in other modes.
    pub lacp: Option<SlaveLacp>,
    /// Whether the reader may administrate the network.
    pub admin: bool,
}

/// What LACP says of a slave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlaveLacp {
    /// It is in no aggregator.
    Alone,
    /// It is in one.
    Aggregated(PortFacts),
}

/// A port and its partner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PortFacts {
    /// Number of the aggregator.
    pub aggregator_id: u16,
    /// State of our churn machine.
    pub actor_churn: Churn,
    /// State of the partner's churn machine.
    pub partner_churn: Churn,
    /// How often we churned.
    pub actor_churned: u32,
    /// How often the partner churned.
    pub partner_churned: u32,
    /// What our LACPDUs say of us.
    pub actor: PortInfo,
    /// What the partner's LACPDUs say of it.
    pub partner: PortInfo,
}

/// One side of a link, as LACPDUs have it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PortInfo {
    /// The system.
    pub system: System,
    /// Operational key.
    pub key: u16,
    /// Port priority.
    pub port_priority: u16,
    /// Port number.
    pub port_number: u16,
    /// Port state (`LACP_STATE_*`). The partner's is 16 bits wide, as in C.
    pub port_state: u16,
}

/// State of a churn machine (`churn_state_t`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Churn {
    /// Waiting for the port to get in sync.
    #[default]
    Monitor = 0,
    /// It did not.
    Churned = 1,
    /// It did.
    NoChurn = 2,
}

impl Churn {
    /// The number of user space (`IFLA_BOND_SLAVE_AD_CHURN_*_STATE`).
    #[inline]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The word in the report. Replaces `bond_3ad_churn_desc()`.
    pub const fn name(self) -> &'static str {
        match self {
            Churn::Monitor => "monitoring",
            Churn::Churned => "churned",
            Churn::NoChurn => "none",
        }
    }
}

/// Writes the head of the file and the text about the bond. Replaces `bond_info_show_master()`.
pub fn master(w: &mut dyn Write, facts: &MasterFacts<'_>) -> fmt::Result {
    let params = facts.params;
    writeln!(w, "Ethernet Channel Bonding Driver: v{}\n", facts.release)?;
    balancing(w, facts)?;

    writeln!(
        w,
        "MII Status: {}",
        if facts.carrier { "up" } else { "down" }
    )?;
    writeln!(w, "MII Polling Interval (ms): {}", params.miimon)?;
    writeln!(w, "Up Delay (ms): {}", params.updelay_ms())?;
    writeln!(w, "Down Delay (ms): {}", params.downdelay_ms())?;
    writeln!(
        w,
        "Peer Notification Delay (ms): {}",
        params.peer_notif_delay_ms()
    )?;

    if params.arp_interval > 0 {
        arp(w, facts)?;
    }
    if params.mode == Mode::Ieee8023ad {
        lacp(w, facts)?;
    }
    Ok(())
}

/// How frames are spread over the slaves.
fn balancing(w: &mut dyn Write, facts: &MasterFacts<'_>) -> fmt::Result {
    let params = facts.params;
    let primary = Bytes(facts.primary.unwrap_or(b"None"));
    let active = Bytes(facts.active.unwrap_or(b"None"));

    write!(w, "Bonding Mode: {}", params.mode.description())?;
    if params.mode == Mode::ActiveBackup && params.fail_over_mac != FailOverMac::None {
        write!(w, " (fail_over_mac {})", params.fail_over_mac.name())?;
    }
    w.write_char('\n')?;
    if params.uses_xmit_hash() {
        writeln!(
            w,
            "Transmit Hash Policy: {} ({})",
            params.xmit_policy.name(),
            params.xmit_policy.number()
        )?;
    }
    if params.mode.uses_primary() {
        write!(w, "Primary Slave: {primary}")?;
        if facts.primary.is_some() {
            write!(w, " (primary_reselect {})", params.primary_reselect.name())?;
        }
        writeln!(w, "\nCurrently Active Slave: {active}")?;
    }
    Ok(())
}

/// The ARP monitor.
fn arp(w: &mut dyn Write, facts: &MasterFacts<'_>) -> fmt::Result {
    let params = facts.params;
    writeln!(w, "ARP Polling Interval (ms): {}", params.arp_interval)?;
    writeln!(w, "ARP Missed Max: {}", params.missed_max)?;

    w.write_str("ARP IP target/s (n.n.n.n form):")?;
    let mut separator = " ";
    for ip in params.arp_targets.iter() {
        write!(w, "{separator}{}", Ipv4(ip))?;
        separator = ", ";
    }
    w.write_char('\n')?;

    if facts.ipv6 {
        w.write_str("NS IPv6 target/s (xx::xx form):")?;
        separator = " ";
        for ip in params.ns_targets.iter() {
            write!(w, "{separator}{}", Ipv6(ip))?;
            separator = ", ";
        }
        w.write_char('\n')?;
    }
    Ok(())
}

/// The LACP system of the bond.
fn lacp(w: &mut dyn Write, facts: &MasterFacts<'_>) -> fmt::Result {
    let params = facts.params;
    writeln!(w, "\n802.3ad info")?;
    writeln!(
        w,
        "LACP active: {}",
        if params.lacp_active { "on" } else { "off" }
    )?;
    writeln!(w, "LACP rate: {}", params.lacp_rate.name())?;
    writeln!(w, "Min links: {}", params.min_links)?;
    writeln!(
        w,
        "Aggregator selection policy (ad_select): {}",
        params.ad_select.name()
    )?;
    if !facts.admin {
        return Ok(());
    }
    writeln!(w, "System priority: {}", facts.lacp.priority)?;
    writeln!(w, "System MAC address: {}", Mac(&facts.lacp.mac))?;
    let Some(ad) = facts.ad else {
        return writeln!(w, "bond {} has no active aggregator", Bytes(facts.name));
    };
    writeln!(w, "Active Aggregator Info:")?;
    writeln!(w, "\tAggregator ID: {}", ad.aggregator_id)?;
    writeln!(w, "\tNumber of ports: {}", ad.ports)?;
    writeln!(w, "\tActor Key: {}", ad.actor_key)?;
    writeln!(w, "\tPartner Key: {}", ad.partner_key)?;
    writeln!(w, "\tPartner Mac Address: {}", Mac(&ad.partner_system))
}

/// Writes the text about a slave. Replaces `bond_info_show_slave()`.
pub fn slave(w: &mut dyn Write, facts: &SlaveFacts<'_>) -> fmt::Result {
    writeln!(w, "\nSlave Interface: {}", Bytes(facts.name))?;
    writeln!(w, "MII Status: {}", facts.link.name())?;
    match facts.speed.mbps {
        None => writeln!(w, "Speed: Unknown")?,
        Some(mbps) => writeln!(w, "Speed: {} Mbps", mbps as i32)?,
    }
    writeln!(
        w,
        "Duplex: {}",
        match facts.speed.duplex {
            Duplex::Unknown => "Unknown",
            Duplex::Half => "half",
            Duplex::Full => "full",
        }
    )?;
    writeln!(w, "Link Failure Count: {}", facts.link_failures)?;
    writeln!(w, "Permanent HW addr: {}", Mac(facts.perm_hwaddr))?;
    writeln!(w, "Slave queue ID: {}", facts.queue_id)?;

    match &facts.lacp {
        None => Ok(()),
        Some(SlaveLacp::Alone) => writeln!(w, "Aggregator ID: N/A"),
        Some(SlaveLacp::Aggregated(port)) => aggregated(w, port, facts.admin),
    }
}

/// A port in an aggregator.
fn aggregated(w: &mut dyn Write, port: &PortFacts, admin: bool) -> fmt::Result {
    writeln!(w, "Aggregator ID: {}", port.aggregator_id)?;
    writeln!(w, "Actor Churn State: {}", port.actor_churn.name())?;
    writeln!(w, "Partner Churn State: {}", port.partner_churn.name())?;
    writeln!(w, "Actor Churned Count: {}", port.actor_churned as i32)?;
    writeln!(w, "Partner Churned Count: {}", port.partner_churned as i32)?;
    if !admin {
        return Ok(());
    }
    side(w, "actor", "port", &port.actor)?;
    side(w, "partner", "oper", &port.partner)
}

/// One side of a link.
fn side(w: &mut dyn Write, whose: &str, key: &str, port: &PortInfo) -> fmt::Result {
    writeln!(w, "details {whose} lacp pdu:")?;
    writeln!(w, "    system priority: {}", port.system.priority)?;
    writeln!(w, "    system mac address: {}", Mac(&port.system.mac))?;
    writeln!(w, "    {key} key: {}", port.key)?;
    writeln!(w, "    port priority: {}", port.port_priority)?;
    writeln!(w, "    port number: {}", port.port_number)?;
    writeln!(w, "    port state: {}", port.port_state)
}

#[cfg(test)]
mod tests;
