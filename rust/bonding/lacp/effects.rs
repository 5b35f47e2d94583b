// SPDX-License-Identifier: GPL-2.0

//! What the LACP engine wants done, taken down while its lock is held.

use crate::{log::BondLog, slave::Slave};
use bonding_core::{
    lacp::{Sink, Usage},
    log::{Level, Log},
    text::Bytes,
    wire::lacp::FRAME_LEN, //
};
use core::fmt;
use kernel::sync::Arc;
use kernel_net::{
    frame::{Frame, Outbox, Priority},
    netdevice::Device, //
};

/// What the engine wanted done during one call of it.
pub(super) struct Effects<'a> {
    dev: &'a Device,
    seats: &'a [Arc<Slave>],
    /// The port that was removed: those behind it have moved up, the slaves not yet.
    removed: Option<usize>,
    /// Frames to be sent.
    pub(super) frames: Outbox,
    /// How slaves are to be used, or the carrier, is not what it was.
    pub(super) changed: bool,
    /// The neighbours are to be told.
    pub(super) tell_peers: bool,
}

impl<'a> Effects<'a> {
    /// Nothing yet, of the bond `dev` whose ports are those of `seats`.
    pub(super) fn new(dev: &'a Device, seats: &'a [Arc<Slave>]) -> Self {
        Self {
            dev,
            seats,
            removed: None,
            frames: Outbox::new(),
            changed: false,
            tell_peers: false,
        }
    }

    /// The slave of a port.
    fn slave(&self, port: usize) -> Option<&'a Slave> {
        let seat = match self.removed {
            Some(removed) if removed <= port => port.checked_add(1)?,
            _ => port,
        };
        self.seats.get(seat).map(|slave| &**slave)
    }
}

impl Sink for Effects<'_> {
    /// `ad_lacpdu_send()` and `ad_marker_send()` in C.
    fn send(&mut self, port: usize, frame: &[u8; FRAME_LEN]) -> bool {
        let Some(slave) = self.slave(port) else {
            return false;
        };
        let Some(frame) = Frame::new(&slave.dev, frame, Priority::Control) else {
            return false;
        };
        self.frames.push(frame);
        true
    }

    fn set_usage(&mut self, _port: usize, _usage: Usage) {
        self.changed = true;
    }

    fn set_carrier(&mut self, _on: bool) {
        self.changed = true;
    }

    fn port_removed(&mut self, port: usize) {
        self.removed = Some(port);
    }

    fn plan_changed(&mut self) {
        self.changed = true;
    }

    fn notify_peers(&mut self) {
        self.tell_peers = true;
    }

    fn log(&mut self, port: Option<usize>, level: Level, text: fmt::Arguments<'_>) {
        match port.and_then(|port| self.slave(port)) {
            Some(slave) => BondLog(self.dev).line(
                level,
                format_args!("(slave {}): {text}", Bytes(slave.dev.name().as_bytes())),
            ),
            None => BondLog(self.dev).line(level, text),
        }
    }
}
