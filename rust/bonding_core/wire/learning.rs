// SPDX-License-Identifier: GPL-2.0

//! The learning frame: teaches switches where an address now is.

use super::eth::{ethertype, Header, Mac, HEADER_LEN, MIN_LEN};

/// Builds the frame for `address`, which is both its source and its destination.
///
/// As in C it has the type 0x9000, the shortest length, and zeroes for a payload. Where it is to
/// carry a VLAN tag, the sender adds it.
pub fn frame(address: Mac) -> [u8; MIN_LEN] {
    let header = Header {
        destination: address,
        source: address,
        ethertype: ethertype::LOOPBACK,
    };
    let mut frame = [0; MIN_LEN];
    for (to, from) in frame.iter_mut().zip(header.emit()) {
        *to = from;
    }
    const { assert!(HEADER_LEN < MIN_LEN) };
    frame
}
