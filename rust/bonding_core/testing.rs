// SPDX-License-Identifier: GPL-2.0

//! What the tests of several modules need: a log that remembers, and a network of made-up devices.

use std::fmt;
use std::string::{String, ToString};
use std::vec::Vec;

use crate::log::{Level, Log};
use crate::option::{Device, Devices, Relation, SlaveView, View};
use crate::params::DeviceName;

/// A log that keeps its lines, each with a letter for its level: E, W, N, I or D.
#[derive(Default)]
pub(crate) struct Recorder(pub(crate) Vec<String>);

impl Recorder {
    /// The lines that are seen by default, that is without those for debugging.
    pub(crate) fn visible(&self) -> Vec<&str> {
        let lines = self.0.iter().map(String::as_str);
        lines.filter(|line| !line.starts_with('D')).collect()
    }

    /// All lines.
    pub(crate) fn all(&self) -> Vec<&str> {
        self.0.iter().map(String::as_str).collect()
    }
}

impl Log for Recorder {
    fn line(&mut self, level: Level, text: fmt::Arguments<'_>) {
        let letter = match level {
            Level::Err => 'E',
            Level::Warn => 'W',
            Level::Notice => 'N',
            Level::Info => 'I',
            Level::Debug => 'D',
        };
        let text = text.to_string();
        assert!(!text.contains('\n'), "end of line within a line: {text:?}");
        self.0.push(format!("{letter} {text}"));
    }
}

/// Devices: `eth0` (1, active) and `eth1` (2) are slaves that can be used, `eth2` (3) is a slave
/// whose link is down, `lan0` (4) is of no bond, `lan1` (5) is of another one. `eth1` has queue 3,
/// the others have none. `eth1` is called `also1` as well, and `lan0` `also4`.
pub(crate) struct Network;

impl Devices for Network {
    fn find(&self, name: &[u8]) -> Option<Device> {
        assert!((1..16).contains(&name.len()));
        let ours = |usable, active| Relation::Ours(SlaveView { usable, active });
        let (ifindex, name, relation) = match name {
            b"eth0" => (1, "eth0", ours(true, true)),
            b"eth1" | b"also1" => (2, "eth1", ours(true, false)),
            b"eth2" => (3, "eth2", ours(false, false)),
            b"lan0" | b"also4" => (4, "lan0", Relation::Stranger),
            b"lan1" => (5, "lan1", Relation::OfOtherBond),
            _ => return None,
        };
        Some(Device {
            ifindex,
            name: DeviceName::new(name.as_bytes()),
            relation,
        })
    }

    fn queue_id_taken(&self, queue_id: u16, except: u32) -> bool {
        (queue_id == 3 && except != 2) || queue_id == 0
    }
}

/// A bond that is up, with the slaves of [`Network`].
pub(crate) fn busy() -> View<'static> {
    View {
        up: true,
        has_slaves: true,
        has_active: true,
        devices: &Network,
        ..View::NEW
    }
}
