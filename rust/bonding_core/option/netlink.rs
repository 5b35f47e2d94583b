// SPDX-License-Identifier: GPL-2.0

//! What netlink says of the options of a bond.
//!
//! C file: [`drivers/net/bonding/bond_netlink.c`](srctree/drivers/net/bonding/bond_netlink.c).

use super::{Netlink, NetlinkKind, OptionId, OPTIONS};
use crate::mode::Mode;
use crate::params::{Ipv4Targets, Ipv6Targets, Params, MAX_TARGETS};

/// `IFLA_BOND_AD_INFO`, a nest without the nested flag.
pub const AD_INFO: u16 = 23;
/// `IFLA_BOND_AD_INFO_AGGREGATOR`, 16 bits.
pub const AD_INFO_AGGREGATOR: u16 = 1;
/// `IFLA_BOND_AD_INFO_NUM_PORTS`, 16 bits.
pub const AD_INFO_NUM_PORTS: u16 = 2;
/// `IFLA_BOND_AD_INFO_ACTOR_KEY`, 16 bits.
pub const AD_INFO_ACTOR_KEY: u16 = 3;
/// `IFLA_BOND_AD_INFO_PARTNER_KEY`, 16 bits.
pub const AD_INFO_PARTNER_KEY: u16 = 4;
/// `IFLA_BOND_AD_INFO_PARTNER_MAC`, six bytes.
pub const AD_INFO_PARTNER_MAC: u16 = 5;

/// What is reported of a bond besides its parameters.
#[derive(Clone, Copy, Debug, Default)]
pub struct NetlinkFacts {
    /// Interface index of the active slave (`curr_active_slave`), whatever the mode.
    pub active: Option<u32>,
    /// Interface index of the primary, if it is a slave.
    pub primary: Option<u32>,
    /// Whether the reader may administrate the network; only asked for in 802.3ad.
    pub admin: bool,
    /// Whether the kernel has IPv6.
    pub ipv6: bool,
}

/// Where a report goes, attribute by attribute; `kind` is the number of the attribute, `IFLA_BOND_*`.
pub trait Sink {
    /// Why an attribute cannot be taken.
    type Error;
    /// Takes one byte.
    fn put_u8(&mut self, kind: u16, value: u8) -> Result<(), Self::Error>;
    /// Takes 16 bits.
    fn put_u16(&mut self, kind: u16, value: u16) -> Result<(), Self::Error>;
    /// Takes 32 bits.
    fn put_u32(&mut self, kind: u16, value: u32) -> Result<(), Self::Error>;
    /// Takes a MAC address.
    fn put_mac(&mut self, kind: u16, value: &[u8; 6]) -> Result<(), Self::Error>;
    /// Takes a nest without the nested flag, which has an attribute for each target; its number is that
    /// of the slot, from 0.
    fn put_ipv4_list(&mut self, kind: u16, value: &Ipv4Targets) -> Result<(), Self::Error>;
    /// Takes a nest with the nested flag, which has an attribute for each target; its number is that of
    /// the slot, from 0.
    fn put_ipv6_list(&mut self, kind: u16, value: &Ipv6Targets) -> Result<(), Self::Error>;
}

/// The number of an option's attribute; 0 is none.
const fn kind_of(id: OptionId) -> u16 {
    match &OPTIONS[id as usize].netlink {
        Some(netlink) => netlink.number,
        None => 0,
    }
}

/// Puts attributes in `sink`, one after the other: `OPTION => type value`.
macro_rules! put {
    ($sink:ident, $($id:ident => $put:ident $value:expr),+ $(,)?) => {
        $($sink.$put(const { kind_of(OptionId::$id) }, $value)?;)+
    };
}

/// Reports the options of a bond in their order, but for `IFLA_BOND_AD_INFO`, which comes last; the first part of
/// `bond_fill_info()` in C.
///
/// # Errors
///
/// The first that `sink` has.
pub fn report<S: Sink>(p: &Params, facts: &NetlinkFacts, sink: &mut S) -> Result<(), S::Error> {
    put!(sink, Mode => put_u8 p.mode.number());
    if let Some(active) = facts.active.filter(|_| p.mode.uses_primary()) {
        put!(sink, ActiveSlave => put_u32 active);
    }
    put!(sink,
        MiiMon => put_u32 p.miimon,
        UpDelay => put_u32 p.updelay_ms() as u32,
        DownDelay => put_u32 p.downdelay_ms() as u32,
        PeerNotifDelay => put_u32 p.peer_notif_delay_ms() as u32,
        UseCarrier => put_u8 1,
        ArpInterval => put_u32 p.arp_interval,
    );
    if !p.arp_targets.is_empty() {
        put!(sink, ArpTargets => put_ipv4_list &p.arp_targets);
    }
    put!(sink,
        ArpValidate => put_u32 p.arp_validate.number().into(),
        ArpAllTargets => put_u32 p.arp_all_targets.number().into(),
    );
    if facts.ipv6 && !p.ns_targets.is_empty() {
        put!(sink, NsTargets => put_ipv6_list &p.ns_targets);
    }
    if let Some(primary) = facts.primary {
        put!(sink, Primary => put_u32 primary);
    }
    put!(sink,
        PrimaryReselect => put_u8 p.primary_reselect.number(),
        FailOverMac => put_u8 p.fail_over_mac.number(),
        XmitHash => put_u8 p.xmit_policy.number(),
        ResendIgmp => put_u32 p.resend_igmp.into(),
        NumPeerNotif => put_u8 p.num_peer_notif,
        AllSlavesActive => put_u8 p.all_slaves_active.into(),
        MinLinks => put_u32 p.min_links,
        LpInterval => put_u32 p.lp_interval,
        PacketsPerSlave => put_u32 p.packets_per_slave.into(),
        LacpActive => put_u8 p.lacp_active.into(),
        LacpRate => put_u8 p.lacp_rate.number(),
        AdSelect => put_u8 p.ad_select.number(),
        TlbDynamicLb => put_u8 p.tlb_dynamic_lb.into(),
        MissedMax => put_u8 p.missed_max,
        CoupledControl => put_u8 p.coupled_control.into(),
        BroadcastNeigh => put_u8 p.broadcast_neighbor.into(),
        LacpStrict => put_u8 p.lacp_strict.into(),
    );
    if p.mode == Mode::Ieee8023ad && facts.admin {
        put!(sink,
            AdActorSysPrio => put_u16 p.ad_actor_sys_prio,
            AdUserPortKey => put_u16 p.ad_user_port_key,
            AdActorSystem => put_mac &p.ad_actor_system,
        );
    }
    Ok(())
}

/// Bytes of an attribute with a payload of `len` bytes (`nla_total_size()`).
const fn attribute_size(len: usize) -> usize {
    len.wrapping_add(4 + 3) & !3
}

/// Bytes that the report of a bond needs at most. Replaces `bond_get_size()`.
pub const REPORT_SIZE: usize = {
    let mut size = attribute_size(4) + 4 * attribute_size(2) + attribute_size(6);
    let mut place = 0;
    while place < OPTIONS.len() {
        if let Some(netlink) = &OPTIONS[place].netlink {
            if !netlink.of_slave {
                size += size_of(netlink);
            }
        }
        place += 1;
    }
    size
};

const fn size_of(netlink: &Netlink) -> usize {
    match netlink.kind {
        NetlinkKind::U8 => attribute_size(1),
        NetlinkKind::U16 => attribute_size(2),
        NetlinkKind::U32
        | NetlinkKind::S32
        | NetlinkKind::U32Range { .. }
        | NetlinkKind::IfIndex => attribute_size(4),
        NetlinkKind::Mac => attribute_size(6),
        NetlinkKind::Nested { element } => {
            let list = attribute_size(element as usize).wrapping_mul(MAX_TARGETS);
            attribute_size(4).wrapping_add(list)
        }
    }
}
