// SPDX-License-Identifier: GPL-2.0

//! What came in from the wire.

use super::{rx, Lag, Port, Sink};
use crate::log::Level;
use crate::time::Jiffies;
use crate::wire::lacp::{self, Pdu, LEN};
use crate::wire::marker;

impl Lag<'_> {
    /// A frame to the slow protocols' group came in; `octets` is what follows its Ethernet header.
    ///
    /// Says whether that was all; otherwise others may want the frame. Replaces
    /// `bond_3ad_lacpdu_recv()`.
    pub fn on_frame(
        &mut self,
        place: usize,
        octets: &[u8],
        now: Jiffies,
        sink: &mut dyn Sink,
    ) -> bool {
        let Some(pdu) = octets.first_chunk::<LEN>() else {
            self.count(place, |counters| &mut counters.lacpdu_illegal_rx);
            return false;
        };
        let [subtype, ..] = pdu;
        match *subtype {
            lacp::SUBTYPE => match Pdu::parse(pdu) {
                Some(pdu) => self.on_pdu(place, &pdu, now, sink),
                None => self.count(place, |counters| &mut counters.lacpdu_illegal_rx),
            },
            marker::SUBTYPE => {
                if let Some(marker) = marker::View::new(pdu) {
                    self.on_marker(place, &marker, now, sink);
                }
            }
            _ => {
                self.count(place, |counters| &mut counters.lacpdu_unknown_rx);
                return false;
            }
        }
        true
    }

    /// A LACPDU came in.
    pub fn on_pdu(&mut self, place: usize, pdu: &Pdu, now: Jiffies, sink: &mut dyn Sink) {
        self.count(place, |counters| &mut counters.lacpdu_rx);
        let (running, times) = (self.bond.running, self.bond.times);
        let Some(port) = self.port_mut(place) else {
            return;
        };
        if !running {
            return;
        }
        // Our own voice says nothing about a partner.
        if pdu.actor.system == port.actor.system {
            if port.loopbacks.allow(now, &times) {
                let text = "An illegal loopback occurred on slave\n\
                    Check the configuration to verify that all adapters are connected to 802.3ad compliant switch ports";
                sink.log(Some(place), Level::Err, format_args!("{text}"));
            }
            return;
        }
        let view = |port: &Port| (port.actor, port.partner, port.selected, port.ntt);
        let before = view(port);
        let moved = port.receive(rx::Event::Pdu(pdu), now, &times);
        if moved || before != view(port) {
            self.settle(now, sink);
        }
    }

    /// A marker PDU came in. At most ten a second are answered, what the slow protocols allow.
    pub fn on_marker(
        &mut self,
        place: usize,
        marker: &marker::View<'_>,
        now: Jiffies,
        sink: &mut dyn Sink,
    ) {
        match marker.kind() {
            marker::Kind::Information => {
                self.count(place, |counters| &mut counters.marker_rx);
                let times = self.bond.times;
                let Some(port) = self.port_mut(place) else {
                    return;
                };
                if port.markers.allow_slow_frame(now, &times)
                    && sink.send(place, &marker.response(port.hardware))
                {
                    self.count(place, |counters| &mut counters.marker_resp_tx);
                }
            }
            marker::Kind::Response => self.count(place, |counters| &mut counters.marker_resp_rx),
            marker::Kind::Other(_) => self.count(place, |counters| &mut counters.marker_unknown_rx),
        }
    }
}
