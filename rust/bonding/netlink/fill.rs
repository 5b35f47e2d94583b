// SPDX-License-Identifier: GPL-2.0

//! What netlink tells of a bond and of its slaves.

use crate::{
    bond::Bond,
    netlink::{slave_attr, xstats},
    options::index_of, //
};
use bonding_core::{
    mode::Mode,
    option::netlink::{self, report, NetlinkFacts, Sink, AD_INFO},
    params::{Ipv4Targets, Ipv6Targets},
    report::SlaveLacp, //
};
use kernel::prelude::*;
use kernel_net::{
    namespace,
    netdevice::Device,
    rtnl::{
        attr::{total_size, total_size_64bit},
        Message,
        NestFlag,
        Rtnl, //
    }, //
};

/// The most bytes that [`Bond::fill_slave`] writes; `bond_get_slave_size()` in C.
pub(super) const SLAVE_SIZE: usize =
    total_size(1) * 5 + total_size(2) * 4 + total_size(4) * 2 + total_size(32);

/// The most bytes that [`Bond::fill_counters`] writes: two nests and nine counters.
pub(super) const XSTATS_SIZE: usize = total_size(0) * 2 + total_size_64bit(8) * 9;

impl Bond {
    /// Writes the bond's options; `bond_fill_info()` in C.
    ///
    /// # Errors
    ///
    /// `EMSGSIZE` if they do not fit.
    pub(super) fn fill_bond(&self, msg: &mut Message<'_>, _rtnl: &Rtnl<'_>) -> Result {
        let state = self.lock();
        let facts = NetlinkFacts {
            active: state.active.as_ref().map(|slave| index_of(&slave.dev)),
            primary: state.primary.as_ref().map(|slave| index_of(&slave.dev)),
            admin: state.mode() == Mode::Ieee8023ad && namespace::capable_net_admin(),
            ipv6: cfg!(CONFIG_IPV6),
        };
        report(&state.params, &facts, &mut Attributes(msg))?;
        if state.mode() != Mode::Ieee8023ad {
            return Ok(());
        }
        let Some(info) = self.ad_info() else {
            return Ok(());
        };
        msg.nest(AD_INFO, NestFlag::Unset, |msg| {
            msg.put_u16(netlink::AD_INFO_AGGREGATOR, info.aggregator_id)?;
            msg.put_u16(netlink::AD_INFO_NUM_PORTS, info.ports)?;
            msg.put_u16(netlink::AD_INFO_ACTOR_KEY, info.actor_key)?;
            msg.put_u16(netlink::AD_INFO_PARTNER_KEY, info.partner_key)?;
            msg.put(netlink::AD_INFO_PARTNER_MAC, &info.partner_system)
        })
    }

    /// Writes a slave's state; `bond_fill_slave_info()` in C.
    ///
    /// # Errors
    ///
    /// `EMSGSIZE` if it does not fit.
    pub(super) fn fill_slave(
        &self,
        dev: &Device,
        msg: &mut Message<'_>,
        _rtnl: &Rtnl<'_>,
    ) -> Result {
        let state = self.lock();
        let Some(member) = state.members.iter().find(|m| m.slave.dev.is(dev)) else {
            return Ok(());
        };
        msg.put_u8(slave_attr::STATE, member.slave.is_backup().into())?;
        msg.put_u8(slave_attr::MII_STATUS, member.link.state() as u8)?;
        msg.put_u32(slave_attr::LINK_FAILURE_COUNT, member.link.failures())?;
        msg.put(slave_attr::PERM_HWADDR, member.slave.perm_hwaddr.as_bytes())?;
        msg.put_u16(slave_attr::QUEUE_ID, member.queue_id)?;
        msg.put_s32(slave_attr::PRIO, member.prio)?;
        if let Some(SlaveLacp::Aggregated(port)) = self.port_facts(state.mode(), &member.slave, 0) {
            msg.put_u16(slave_attr::AD_AGGREGATOR_ID, port.aggregator_id)?;
            // CAST: Our state is an octet.
            msg.put_u8(
                slave_attr::AD_ACTOR_OPER_PORT_STATE,
                port.actor.port_state as u8,
            )?;
            msg.put_u16(
                slave_attr::AD_PARTNER_OPER_PORT_STATE,
                port.partner.port_state,
            )?;
            msg.put_u8(slave_attr::AD_CHURN_ACTOR_STATE, port.actor_churn.number())?;
            msg.put_u8(
                slave_attr::AD_CHURN_PARTNER_STATE,
                port.partner_churn.number(),
            )?;
        }
        if state.mode() == Mode::Ieee8023ad {
            msg.put_u16(
                slave_attr::ACTOR_PORT_PRIO,
                self.port_priority(&member.slave),
            )?;
        }
        Ok(())
    }

    /// Writes the LACP counters of the bond, in a nest that is empty in other modes;
    /// `bond_fill_linkxstats()` in C.
    ///
    /// # Errors
    ///
    /// `EMSGSIZE` if they do not fit.
    pub(super) fn fill_counters(
        &self,
        slave: Option<&Device>,
        msg: &mut Message<'_>,
        _rtnl: &Rtnl<'_>,
    ) -> Result {
        let mode = self.mode();
        let slave = slave.and_then(|dev| self.slave_of(dev));
        let counters = self.lacp_counters(slave.as_deref());
        msg.nest_kept(xstats::TYPE_BOND, NestFlag::Unset, |msg| {
            if mode != Mode::Ieee8023ad {
                return Ok(());
            }
            msg.nest(xstats::LACP, NestFlag::Unset, |msg| {
                (xstats::FIRST..)
                    .zip(counters.in_order())
                    .try_for_each(|(counter, value)| msg.put_u64(counter, value, xstats::PAD))
            })
        })
    }
}

/// A message as the core sees it.
struct Attributes<'a, 'b>(&'a mut Message<'b>);

impl Sink for Attributes<'_, '_> {
    type Error = Error;

    fn put_u8(&mut self, kind: u16, value: u8) -> Result {
        self.0.put_u8(kind, value)
    }

    fn put_u16(&mut self, kind: u16, value: u16) -> Result {
        self.0.put_u16(kind, value)
    }

    fn put_u32(&mut self, kind: u16, value: u32) -> Result {
        self.0.put_u32(kind, value)
    }

    fn put_mac(&mut self, kind: u16, value: &[u8; 6]) -> Result {
        self.0.put(kind, value)
    }

    fn put_ipv4_list(&mut self, kind: u16, value: &Ipv4Targets) -> Result {
        self.0.nest(kind, NestFlag::Unset, |msg| {
            (0..)
                .zip(value.iter())
                .try_for_each(|(slot, ip)| msg.put(slot, &ip))
        })
    }

    fn put_ipv6_list(&mut self, kind: u16, value: &Ipv6Targets) -> Result {
        self.0.nest(kind, NestFlag::Set, |msg| {
            (0..)
                .zip(value.iter())
                .try_for_each(|(slot, ip)| msg.put(slot, ip))
        })
    }
}
