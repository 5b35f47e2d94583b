// SPDX-License-Identifier: GPL-2.0

//! Counters of LACP and marker PDUs, of a port and of a bond.

/// What came and went (`struct bond_3ad_stats`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// LACPDUs received.
    pub lacpdu_rx: u64,
    /// LACPDUs sent.
    pub lacpdu_tx: u64,
    /// PDUs of another slow protocol.
    pub lacpdu_unknown_rx: u64,
    /// PDUs too short or out of shape.
    pub lacpdu_illegal_rx: u64,
    /// Markers received.
    pub marker_rx: u64,
    /// Markers sent: never, as in C.
    pub marker_tx: u64,
    /// Answers to markers received.
    pub marker_resp_rx: u64,
    /// Answers to markers sent.
    pub marker_resp_tx: u64,
    /// Marker PDUs that are neither.
    pub marker_unknown_rx: u64,
}

impl Counters {
    /// Nothing yet.
    pub const NONE: Counters = Counters {
        lacpdu_rx: 0,
        lacpdu_tx: 0,
        lacpdu_unknown_rx: 0,
        lacpdu_illegal_rx: 0,
        marker_rx: 0,
        marker_tx: 0,
        marker_resp_rx: 0,
        marker_resp_tx: 0,
        marker_unknown_rx: 0,
    };

    /// The counters in the order of their numbers for user space (`BOND_3AD_STAT_*`).
    pub const fn in_order(&self) -> [u64; 9] {
        [
            self.lacpdu_rx,
            self.lacpdu_tx,
            self.lacpdu_unknown_rx,
            self.lacpdu_illegal_rx,
            self.marker_rx,
            self.marker_tx,
            self.marker_resp_rx,
            self.marker_resp_tx,
            self.marker_unknown_rx,
        ]
    }
}
