// SPDX-License-Identifier: GPL-2.0

//! What is reported of LACP.

use super::{Aggregator, Lag, Port};
use crate::option::show::AdInfo;
use crate::report::{PortFacts, PortInfo, SlaveLacp, System};
use crate::wire::eth::Mac;
use crate::wire::lacp::Info;

impl Lag<'_> {
    /// The place of the port with this number.
    pub fn place_of(&self, number: u16) -> Option<usize> {
        (0..self.bond.len)
            .zip(self.ports.iter())
            .find(|(_, port)| port.number() == number)
            .map(|(place, _)| place)
    }

    /// The aggregator that the port is in.
    pub fn aggregator_of(&self, place: usize) -> Option<&Aggregator> {
        self.aggregators.get(self.ports().get(place)?.aggregator?)
    }

    /// The aggregator in use. Replaces `bond_3ad_get_active_agg_info()`.
    pub fn ad_info(&self) -> Option<AdInfo> {
        let place = self.active_place()?;
        let aggregator = self.aggregators.get(place)?;
        let Mac(partner_system) = aggregator.partner_system;
        Some(AdInfo {
            aggregator_id: aggregator.id,
            ports: u16::try_from(self.members(place, Port::is_enabled)).unwrap_or(u16::MAX),
            actor_key: aggregator.actor_key,
            partner_key: aggregator.partner_key,
            partner_system,
        })
    }

    /// What is reported of the port.
    pub fn facts(&self, place: usize) -> Option<SlaveLacp> {
        let port = self.ports().get(place)?;
        let Some(aggregator) = self.aggregator_of(place) else {
            return Some(SlaveLacp::Alone);
        };
        Some(SlaveLacp::Aggregated(PortFacts {
            aggregator_id: aggregator.id,
            actor_churn: port.churn.actor.state,
            partner_churn: port.churn.partner.state,
            actor_churned: port.churn.actor.count,
            partner_churned: port.churn.partner.count,
            actor: info(&port.actor),
            partner: info(&port.partner),
        }))
    }
}

fn info(info: &Info) -> PortInfo {
    let Mac(mac) = info.system;
    PortInfo {
        system: System {
            priority: info.system_priority,
            mac,
        },
        key: info.key,
        port_priority: info.port_priority,
        port_number: info.port,
        port_state: u16::from(info.state.0),
    }
}
