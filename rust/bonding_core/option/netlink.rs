// SPDX-License-Identifier: GPL-2.0

//! What netlink says of the options of a bond.
//!
//! C file: [`drivers/net/bonding/bond_netlink.c`](srctree/drivers/net/bonding/bond_netlink.c).

use super::{Netlink, NetlinkKind, OptionId, OPTIONS};
use crate::mode::Mode;
use crate::params::{Ipv4Targets, Ipv6Targets, Params, MAX_TARGETS};

/// The options in the order in which they are reported. `IFLA_BOND_AD_INFO` comes last, and is not
/// among them.
pub static FILL_ORDER: [OptionId; 33] = [
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
    /// Whether the reader may administrate the network.
    pub admin: bool,
    /// Whether the kernel has IPv6.
    pub ipv6: bool,
}

/// What an attribute reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetlinkValue<'a> {
    /// One byte.
    U8(u8),
    /// 16 bits.
    U16(u16),
    /// 32 bits.
    U32(u32),
    /// A MAC address.
    Mac([u8; 6]),
    /// A nest without the nested flag, which has an attribute for each target; its number is that
    /// of the slot, from 0.
    Ipv4List(&'a Ipv4Targets),
    /// A nest with the nested flag, which has an attribute for each target; its number is that of
    /// the slot, from 0.
    Ipv6List(&'a Ipv6Targets),
}

/// What is reported of option `id`; `None` if nothing is.
pub fn netlink_value<'a>(
    id: OptionId,
    params: &'a Params,
    facts: &NetlinkFacts,
) -> Option<NetlinkValue<'a>> {
    use NetlinkValue::{Ipv4List, Ipv6List, U16, U32, U8};

    let p = params;
    let admin_ad = p.mode == Mode::Ieee8023ad && facts.admin;
    Some(match id {
        OptionId::Mode => U8(p.mode.number()),
        OptionId::ActiveSlave => U32(facts.active.filter(|_| p.mode.uses_primary())?),
        OptionId::MiiMon => U32(p.miimon),
        OptionId::UpDelay => U32(p.updelay_ms() as u32),
        OptionId::DownDelay => U32(p.downdelay_ms() as u32),
        OptionId::PeerNotifDelay => U32(p.peer_notif_delay_ms() as u32),
        OptionId::UseCarrier => U8(1),
        OptionId::ArpInterval => U32(p.arp_interval),
        OptionId::ArpTargets if !p.arp_targets.is_empty() => Ipv4List(&p.arp_targets),
        OptionId::ArpValidate => U32(p.arp_validate.number().into()),
        OptionId::ArpAllTargets => U32(p.arp_all_targets.number().into()),
        OptionId::NsTargets if facts.ipv6 && !p.ns_targets.is_empty() => Ipv6List(&p.ns_targets),
        OptionId::Primary => U32(facts.primary?),
        OptionId::PrimaryReselect => U8(p.primary_reselect.number()),
        OptionId::FailOverMac => U8(p.fail_over_mac.number()),
        OptionId::XmitHash => U8(p.xmit_policy.number()),
        OptionId::ResendIgmp => U32(p.resend_igmp.into()),
        OptionId::NumPeerNotif => U8(p.num_peer_notif),
        OptionId::AllSlavesActive => U8(p.all_slaves_active.into()),
        OptionId::MinLinks => U32(p.min_links),
        OptionId::LpInterval => U32(p.lp_interval),
        OptionId::PacketsPerSlave => U32(p.packets_per_slave.into()),
        OptionId::LacpActive => U8(p.lacp_active.into()),
        OptionId::LacpRate => U8(p.lacp_rate.number()),
        OptionId::AdSelect => U8(p.ad_select.number()),
        OptionId::TlbDynamicLb => U8(p.tlb_dynamic_lb.into()),
        OptionId::MissedMax => U8(p.missed_max),
        OptionId::CoupledControl => U8(p.coupled_control.into()),
        OptionId::BroadcastNeigh => U8(p.broadcast_neighbor.into()),
        OptionId::LacpStrict => U8(p.lacp_strict.into()),
        OptionId::AdActorSysPrio if admin_ad => U16(p.ad_actor_sys_prio),
        OptionId::AdUserPortKey if admin_ad => U16(p.ad_user_port_key),
        OptionId::AdActorSystem if admin_ad => NetlinkValue::Mac(p.ad_actor_system),
        _ => return None,
    })
}

/// Bytes of an attribute with a payload of `len` bytes (`nla_total_size()`).
const fn attribute_size(len: usize) -> usize {
    len.wrapping_add(4 + 3) & !3
}

/// Bytes that the report of a bond needs at most. Replaces `bond_get_size()`.
pub fn netlink_size() -> usize {
    let ad_info = attribute_size(4) + 4 * attribute_size(2) + attribute_size(6);
    OPTIONS
        .iter()
        .filter_map(|def| def.netlink)
        .filter(|netlink| !netlink.of_slave)
        .map(size_of)
        .fold(ad_info, usize::wrapping_add)
}

fn size_of(netlink: Netlink) -> usize {
    match netlink.kind {
        NetlinkKind::U8 => attribute_size(1),
        NetlinkKind::U16 => attribute_size(2),
        NetlinkKind::U32
        | NetlinkKind::S32
        | NetlinkKind::U32Range { .. }
        | NetlinkKind::IfIndex => attribute_size(4),
        NetlinkKind::Mac => attribute_size(6),
        NetlinkKind::Nested { element } => {
            let list = attribute_size(usize::from(element)).wrapping_mul(MAX_TARGETS);
            attribute_size(4).wrapping_add(list)
        }
    }
}
