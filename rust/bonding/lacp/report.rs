// SPDX-License-Identifier: GPL-2.0

//! What the interfaces show of LACP.

use crate::{bond::Bond, slave::Slave};
use bonding_core::{
    lacp::{Counters, Port},
    mode::Mode,
    option::show::AdInfo,
    report::{SlaveLacp, System}, //
};

impl Bond {
    /// Whether LACP wants the bond to have a carrier. Any context.
    pub(crate) fn lacp_carrier(&self) -> bool {
        self.lacp.lock().lag().carrier().unwrap_or(false)
    }

    /// The system that LACP is in.
    pub(crate) fn lacp_system(&self) -> System {
        self.lacp.lock().system
    }

    /// The aggregator in use; `bond_3ad_get_active_agg_info()` in C.
    pub(crate) fn ad_info(&self) -> Option<AdInfo> {
        self.lacp.lock().lag().ad_info()
    }

    /// What LACP says of a slave, most likely the `near`th of the bond; `None` in other modes.
    pub(crate) fn port_facts(&self, mode: Mode, slave: &Slave, near: usize) -> Option<SlaveLacp> {
        if mode != Mode::Ieee8023ad {
            return None;
        }
        let mut lacp = self.lacp.lock();
        let facts = match lacp.place_near(slave, near) {
            Some(place) => lacp.lag().facts(place),
            None => None,
        };
        Some(facts.unwrap_or(SlaveLacp::Alone))
    }

    /// The priority of a slave's port, `actor_port_prio`.
    pub(crate) fn port_priority(&self, slave: &Slave) -> u16 {
        let port = |port: &Port| port.actor().port_priority;
        self.port(slave, port)
            .unwrap_or(Port::EMPTY.actor().port_priority)
    }

    /// What a slave's port counted, or all ports together.
    pub(crate) fn lacp_counters(&self, slave: Option<&Slave>) -> Counters {
        match slave {
            Some(slave) => self
                .port(slave, |port| *port.counters())
                .unwrap_or_default(),
            None => *self.lacp.lock().core.counters(),
        }
    }

    fn port<T>(&self, slave: &Slave, look: impl FnOnce(&Port) -> T) -> Option<T> {
        let mut lacp = self.lacp.lock();
        let place = lacp.place_of(slave)?;
        lacp.lag().ports().get(place).map(look)
    }
}
