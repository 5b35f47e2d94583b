// SPDX-License-Identifier: GPL-2.0

//! A port comes: it gets a number and an aggregator.

use super::change::say_no_speed;
use super::port;
use super::{Aggregator, Lag, LinkFacts, Port, Sink, Usage};
use crate::time::Jiffies;
use crate::wire::eth::Mac;

impl Lag<'_> {
    /// Adds a port behind the others; says where it is, or `None` if the storage is full.
    ///
    /// `hardware` is the slave's own address. Replaces `bond_3ad_bind_slave()`, and
    /// `bond_3ad_initialize()` for the first slave.
    pub fn add(
        &mut self,
        hardware: Mac,
        link: LinkFacts,
        now: Jiffies,
        sink: &mut dyn Sink,
    ) -> Option<usize> {
        let place = self.bond.len;
        if place == 0 {
            self.bond.aggregator_id = 0;
            // Without slaves the driver has its own rule.
            self.bond.carrier = None;
            self.bond.hold = Some(now.after(self.bond.times.first_choice));
        }
        let number = self.next_number();
        let port = self.ports.get_mut(place)?;
        let aggregator = self.aggregators.get_mut(place)?;
        self.bond.len = place.saturating_add(1);
        self.bond.aggregator_id = successor(self.bond.aggregator_id);
        *aggregator = Aggregator::EMPTY;
        aggregator.id = self.bond.aggregator_id;
        *port = Port::new(hardware, number, link, &self.bond.config, now);
        let (key, speed) = (port.actor.key, port::speed_code(link.mbps()));
        self.complain_about_speed(place, sink);
        if key != 0 && speed == 0 {
            say_no_speed(sink, place, number);
        }
        sink.set_usage(place, Usage::Off);
        self.settle(now, sink);
        Some(place)
    }

    /// The number of the next port: one more than the last one has, as in C. When numbers run out,
    /// those of former ports are used again.
    fn next_number(&self) -> u16 {
        let taken = |number: u16| {
            let mut ports = self.ports().iter();
            ports.any(|port| port.number() == number)
        };
        let last = self.bond.len.checked_sub(1);
        let last = last.and_then(|last| self.ports.get(last));
        let mut number = successor(last.map_or(0, Port::number));
        for _ in 0..self.bond.len {
            if !taken(number) {
                break;
            }
            number = successor(number);
        }
        number
    }
}

/// The number behind `number`; there is no number 0.
const fn successor(number: u16) -> u16 {
    match number.checked_add(1) {
        Some(number) => number,
        None => 1,
    }
}
