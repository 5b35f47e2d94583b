// SPDX-License-Identifier: GPL-2.0

//! Neighbour discovery (RFC 4861), as far as the monitor reads it.
//!
//! C header: [`include/net/ndisc.h`](srctree/include/net/ndisc.h)

use super::eth::Mac;

/// An IPv6 address, octets as on the wire.
pub type Ip6 = [u8; 16];

/// Octets that are looked at: the IPv6 header and the ICMPv6 header directly after it.
pub const LEN: usize = 48;

/// The address that names nobody.
pub const UNSPECIFIED: Ip6 = [0; 16];

/// All nodes of the link, ff02::1.
pub const ALL_NODES: Ip6 = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

/// Between whom a solicitation or an advertisement goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    /// It is an advertisement (as opposed to a solicitation).
    pub advertisement: bool,
    /// Its source address.
    pub source: Ip6,
    /// Its destination address.
    pub destination: Ip6,
}

impl Packet {
    /// Reads the head of an IPv6 packet; `None` if it is no solicitation or advertisement, or has
    /// other headers between.
    #[inline]
    pub fn parse(octets: &[u8; LEN]) -> Option<Self> {
        let [_, _, _, _, _, _, next_header, _, rest @ ..] = octets;
        let source = *rest.first_chunk()?;
        let [kind, ..] = *rest.last_chunk::<8>()?;
        let destination = *rest.get(16..)?.first_chunk()?;
        match (*next_header, kind) {
            (58, 135 | 136) => Some(Self {
                advertisement: kind == 136,
                source,
                destination,
            }),
            _ => None,
        }
    }
}

/// The group that is asked for an address, ff02::1:ffXX:XXXX (RFC 4291, 2.7.1).
pub const fn solicited_node(address: &Ip6) -> Ip6 {
    let [.., a, b, c] = *address;
    [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, a, b, c]
}

/// The Ethernet address of a multicast group (RFC 2464, 7).
pub const fn multicast_mac(group: &Ip6) -> Mac {
    let [.., a, b, c, d] = *group;
    Mac([0x33, 0x33, a, b, c, d])
}

/// Where `address` stands among the targets: as the target itself, or as the group that is asked
/// for it (C's `bond_get_targets_ip6()`).
pub fn place_among<'a>(targets: impl IntoIterator<Item = &'a Ip6>, address: &Ip6) -> Option<usize> {
    targets
        .into_iter()
        .position(|target| target == address || solicited_node(target) == *address)
}
