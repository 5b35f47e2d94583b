// SPDX-License-Identifier: GPL-2.0

//! An aggregator, IEEE 802.1AX 6.4.5: ports that lead to the same partner with the same keys.

use super::port::{LinkFacts, Port, KEY_FULL_DUPLEX, KEY_SPEED};
use crate::option::AdSelect;
use crate::wire::eth::Mac;

/// An aggregator. There is one for each port; the storage is the caller's, the content the engine's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aggregator {
    /// Its number.
    pub(super) id: u16,
    /// How many ports it has.
    pub(super) ports: u16,
    /// Its port cannot share it since it is half duplex.
    pub(super) individual: bool,
    /// Its port cannot share it since the partner does not want to.
    pub(super) closed: bool,
    /// It is the one in use.
    pub(super) active: bool,
    /// Our key.
    pub(super) actor_key: u16,
    /// The speed behind a key whose speed has no code, else 0.
    pub(super) uncoded_mbps: u32,
    /// The partner's system; zero if there is no partner.
    pub(super) partner_system: Mac,
    /// Its priority.
    pub(super) partner_priority: u16,
    /// The partner's key.
    pub(super) partner_key: u16,
    /// Filled before each choice.
    pub(super) tally: Tally,
}

/// What an aggregator is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Ports with a link.
    pub(super) enabled: u32,
    /// Sum of their priorities.
    pub(super) priority: u32,
    /// Sum of their speeds in Mbit/s.
    pub(super) bandwidth: u64,
    /// A device of them runs and has a carrier.
    pub(super) running: bool,
}

impl Tally {
    /// The tally with one port more.
    pub(super) fn with(self, port: &Port) -> Self {
        let running = self.running || port.link.running;
        if !port.enabled {
            return Self { running, ..self };
        }
        Self {
            enabled: self.enabled.saturating_add(1),
            priority: self
                .priority
                .saturating_add(u32::from(port.actor.port_priority)),
            bandwidth: self.bandwidth.saturating_add(u64::from(port.link.mbps())),
            running,
        }
    }

    /// Whether frames could go through it.
    pub(super) const fn is_candidate(&self) -> bool {
        self.enabled != 0 && self.running
    }
}

impl Aggregator {
    /// Storage without an aggregator in it.
    pub const EMPTY: Aggregator = Aggregator {
        id: 0,
        ports: 0,
        individual: false,
        closed: false,
        active: false,
        actor_key: 0,
        uncoded_mbps: 0,
        partner_system: Mac::ZERO,
        partner_priority: 0,
        partner_key: 0,
        tally: Tally {
            enabled: 0,
            priority: 0,
            bandwidth: 0,
            running: false,
        },
    };

    /// Its number.
    pub const fn id(&self) -> u16 {
        self.id
    }

    /// How many ports it has.
    pub const fn port_count(&self) -> u16 {
        self.ports
    }

    /// Whether it is the one in use.
    pub const fn is_active(&self) -> bool {
        self.active
    }

    /// The system at the other end; zero if nobody answers.
    pub const fn partner_system(&self) -> Mac {
        self.partner_system
    }

    /// Whether somebody answers at the other end.
    pub(super) const fn has_partner(&self) -> bool {
        !self.partner_system.is_zero()
    }

    /// Leaves nothing but the number.
    pub(super) fn clear(&mut self) {
        *self = Self {
            id: self.id,
            ..Self::EMPTY
        };
    }

    /// Takes its first port.
    pub(super) fn found(&mut self, port: &Port) {
        *self = Self {
            id: self.id,
            ports: 1,
            individual: port.actor.key & KEY_FULL_DUPLEX == 0,
            closed: !port.is_aggregatable(),
            actor_key: port.actor.key,
            uncoded_mbps: uncoded_mbps(&port.link),
            partner_system: port.partner.system,
            partner_priority: port.partner.system_priority,
            partner_key: port.partner.key,
            ..Self::EMPTY
        };
    }

    /// Whether `port` may join the ports that are there.
    pub(super) fn suits(&self, port: &Port) -> bool {
        // A speed without a code is the same for the key whatever it is.
        let coded = self.actor_key & KEY_SPEED != 0;
        self.has_partner()
            && !self.individual
            && !self.closed
            && port.is_aggregatable()
            && self.actor_key == port.actor.key
            && (coded || self.uncoded_mbps == uncoded_mbps(&port.link))
            && self.partner_system == port.partner.system
            && self.partner_priority == port.partner.system_priority
            && self.partner_key == port.partner.key
    }

    /// Whether it is the better choice than `best` (`ad_agg_selection_test()`).
    ///
    /// One that can be shared beats one that cannot, one with a partner one without; then the
    /// policy decides, and of equals the earlier stays.
    pub(super) fn beats(&self, best: &Aggregator, policy: AdSelect) -> bool {
        let (mine, theirs) = (&self.tally, &best.tally);
        let priority = match policy {
            AdSelect::ActorPortPrio => (mine.priority, theirs.priority),
            _ => (0, 0),
        };
        let count = match policy {
            AdSelect::ActorPortPrio | AdSelect::Count => (mine.enabled, theirs.enabled),
            AdSelect::Stable | AdSelect::Bandwidth => (0, 0),
        };
        let order = best
            .individual
            .cmp(&self.individual)
            .then(self.has_partner().cmp(&best.has_partner()))
            .then(priority.0.cmp(&priority.1))
            .then(count.0.cmp(&count.1))
            .then(mine.bandwidth.cmp(&theirs.bandwidth));
        order.is_gt()
    }
}

const fn uncoded_mbps(link: &LinkFacts) -> u32 {
    if link.is_uncoded() {
        link.mbps()
    } else {
        0
    }
}
