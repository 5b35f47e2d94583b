// SPDX-License-Identifier: GPL-2.0

//! What changes under a bond that runs: links, their speed, options.

use super::{port, Config, Lag, LinkFacts, Sink};
use crate::log::Level;
use crate::time::Jiffies;
use crate::wire::lacp::State as Bits;

impl Lag<'_> {
    /// What is known of the slave's link changed.
    ///
    /// Replaces `bond_3ad_handle_link_change()` and `bond_3ad_adapter_speed_duplex_changed()`.
    pub fn set_link(&mut self, place: usize, link: LinkFacts, now: Jiffies, sink: &mut dyn Sink) {
        let Some(port) = self.port_mut(place) else {
            return;
        };
        let before = core::mem::replace(&mut port.link, link);
        if before == link {
            return;
        }
        port.enabled = link.up;
        if before.mbps() != link.mbps() {
            self.complain_about_speed(place, sink);
        }
        self.renew_key(place, &before, sink);
        // A carrier that is gone for less than downdelay is no reason to use another aggregator.
        if before.up != link.up {
            self.choose(now, sink);
        }
        self.settle(now, sink);
    }

    /// A speed that keys have no code for is said for each port (C: once for all bonds, ever).
    pub(super) fn complain_about_speed(&self, place: usize, sink: &mut dyn Sink) {
        let Some(port) = self.ports.get(place) else {
            return;
        };
        if port.link.is_uncoded() {
            let (mbps, number) = (port.link.mbps(), port.number());
            sink.log(
                Some(place),
                Level::Err,
                format_args!("unknown ethtool speed ({mbps}) for port {number} (set it to 0)"),
            );
        }
    }

    /// Makes the port's key anew after its link changed. Replaces `ad_update_actor_keys()`.
    fn renew_key(&mut self, place: usize, before: &LinkFacts, sink: &mut dyn Sink) {
        let config = self.bond.config;
        let Some(port) = self.port_mut(place) else {
            return;
        };
        let link = port.link;
        let key = port.key(&config);
        let old = core::mem::replace(&mut port.actor.key, key);
        if old == key {
            // The key cannot tell two speeds without a code apart.
            if link.is_uncoded() && before.mbps() != link.mbps() {
                port.begin = true;
            }
            return;
        }
        let full = key & port::KEY_FULL_DUPLEX != 0;
        port.lacp = full;
        if !link.up {
            return;
        }
        let number = port.number();
        if key & port::KEY_SPEED == 0 {
            port.begin |= link.is_uncoded();
            say_no_speed(sink, place, number);
        } else if full && (old ^ key) & port::KEY_SPEED != 0 {
            port.begin = true;
        }
    }

    /// The options changed. What does not concern the ports' state takes effect at once, but the
    /// aggregator in use is chosen anew at the next occasion only, as in C.
    pub fn configure(&mut self, config: Config, now: Jiffies, sink: &mut dyn Sink) {
        if self.bond.config == config {
            return;
        }
        self.bond.config = config;
        for port in self.ports.iter_mut().take(self.bond.len) {
            let before = port.actor;
            port.actor.system = config.system;
            port.actor.system_priority = config.system_priority;
            port.actor.state.set(Bits::ACTIVITY, config.active);
            port.actor.state.set(Bits::TIMEOUT, config.fast);
            port.actor.key = port.key(&config);
            port.ntt |= before != port.actor;
            if before.key != port.actor.key {
                port.selected = false;
            }
        }
        self.settle(now, sink);
    }

    /// The slave's `actor_port_prio` changed.
    pub fn set_port_priority(
        &mut self,
        place: usize,
        priority: u16,
        now: Jiffies,
        sink: &mut dyn Sink,
    ) {
        if let Some(port) = self.port_mut(place) {
            port.ntt |= port.actor.port_priority != priority;
            port.actor.port_priority = priority;
            self.settle(now, sink);
        }
    }
}

pub(super) fn say_no_speed(sink: &mut dyn Sink, place: usize, number: u16) {
    sink.log(
        Some(place),
        Level::Err,
        format_args!("speed changed to 0 on port {number}"),
    );
}
