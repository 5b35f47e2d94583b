// SPDX-License-Identifier: GPL-2.0

//! Ethernet: addresses, the header, VLAN tags.
//!
//! C header: [`include/uapi/linux/if_ether.h`](srctree/include/uapi/linux/if_ether.h)

use core::fmt;

/// Length of the header without tags.
pub const HEADER_LEN: usize = 14;
/// Length of a VLAN tag within the header.
pub const VLAN_LEN: usize = 4;
/// The shortest frame, without its checksum (C's `ETH_ZLEN`).
pub const MIN_LEN: usize = 60;

/// EtherTypes, as numbers in host order.
pub mod ethertype {
    /// IPv4.
    pub const IPV4: u16 = 0x0800;
    /// ARP.
    pub const ARP: u16 = 0x0806;
    /// VLAN tag of IEEE 802.1Q.
    pub const VLAN: u16 = 0x8100;
    /// IPv6.
    pub const IPV6: u16 = 0x86dd;
    /// LACP and marker frames.
    pub const SLOW: u16 = 0x8809;
    /// Service VLAN tag of IEEE 802.1ad.
    pub const SERVICE_VLAN: u16 = 0x88a8;
    /// Loopback test; switches learn an address from it and nobody answers.
    pub const LOOPBACK: u16 = 0x9000;
}

/// A station's address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Mac(pub [u8; 6]);

impl Mac {
    /// All stations.
    pub const BROADCAST: Mac = Mac([0xff; 6]);
    /// No station.
    pub const ZERO: Mac = Mac([0; 6]);

    /// Whether it names a group, broadcast included.
    #[inline]
    pub const fn is_multicast(&self) -> bool {
        let Mac([first, ..]) = self;
        *first & 1 != 0
    }

    /// Whether it names all stations.
    #[inline]
    pub const fn is_broadcast(&self) -> bool {
        matches!(self, Mac([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))
    }

    /// Whether it is all zeroes.
    #[inline]
    pub const fn is_zero(&self) -> bool {
        matches!(self, Mac([0, 0, 0, 0, 0, 0]))
    }

    /// Whether a device may have it: neither a group nor zero (C's `is_valid_ether_addr()`).
    #[inline]
    pub const fn is_valid(&self) -> bool {
        !self.is_multicast() && !self.is_zero()
    }

    /// The address as a number, for where it must be read and written whole.
    #[inline]
    pub const fn to_number(self) -> u64 {
        let Mac([a, b, c, d, e, f]) = self;
        u64::from_be_bytes([0, 0, a, b, c, d, e, f])
    }

    /// The address that [`Self::to_number`] made a number of.
    #[inline]
    pub const fn from_number(number: u64) -> Self {
        let [_, _, a, b, c, d, e, f] = number.to_be_bytes();
        Mac([a, b, c, d, e, f])
    }

    /// Whether it is one of the addresses 01:80:c2:00:00:0x that bridges do not forward.
    #[inline]
    pub const fn is_link_local(&self) -> bool {
        matches!(self, Mac([0x01, 0x80, 0xc2, 0x00, 0x00, 0x00..=0x0f]))
    }
}

/// Six hexadecimal octets with colons between (the kernel's `%pM`).
impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mac([a, b, c, d, e, g]) = self;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

/// The header of a frame, without tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Where the frame goes.
    pub destination: Mac,
    /// Where it comes from.
    pub source: Mac,
    /// What it carries, host order.
    pub ethertype: u16,
}

impl Header {
    /// Reads the first 14 octets of a frame.
    #[inline]
    pub const fn parse(octets: &[u8; HEADER_LEN]) -> Self {
        let [d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, t0, t1] = *octets;
        Self {
            destination: Mac([d0, d1, d2, d3, d4, d5]),
            source: Mac([s0, s1, s2, s3, s4, s5]),
            ethertype: u16::from_be_bytes([t0, t1]),
        }
    }

    /// The octets of the header.
    #[inline]
    pub const fn emit(&self) -> [u8; HEADER_LEN] {
        let Mac([d0, d1, d2, d3, d4, d5]) = self.destination;
        let Mac([s0, s1, s2, s3, s4, s5]) = self.source;
        let [t0, t1] = self.ethertype.to_be_bytes();
        [d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, t0, t1]
    }
}

/// A VLAN tag's control information: priority, drop eligibility, identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VlanTci(pub u16);

impl VlanTci {
    /// The identifier, 0..=4095.
    #[inline]
    pub const fn id(self) -> u16 {
        self.0 & 0x0fff
    }

    /// The priority, 0..=7.
    #[inline]
    pub const fn priority(self) -> u8 {
        (self.0 >> 13) as u8
    }
}

/// Whether `ethertype` announces a VLAN tag (C's `eth_type_vlan()`).
#[inline]
pub const fn is_vlan(ethertype: u16) -> bool {
    matches!(ethertype, ethertype::VLAN | ethertype::SERVICE_VLAN)
}

/// The IPv4 protocol number of IGMP.
const IPPROTO_IGMP: u8 = 2;
/// The offset of the protocol in an IPv4 header.
const IPV4_PROTOCOL: usize = 9;
/// The length of an IPv4 header without options.
const IPV4_HEADER_LEN: usize = 20;

/// Whether an untagged frame is IPv4 with IGMP in it; a frame that ends before it says so is not.
#[inline]
pub fn is_igmp(frame: &[u8]) -> bool {
    let Some((header, rest)) = frame.split_first_chunk::<HEADER_LEN>() else {
        return false;
    };
    Header::parse(header).ethertype == ethertype::IPV4
        && rest
            .first_chunk::<IPV4_HEADER_LEN>()
            .is_some_and(|ip| ip[IPV4_PROTOCOL] == IPPROTO_IGMP)
}

#[cfg(test)]
mod tests {
    use super::is_igmp;

    #[test]
    fn igmp_is_seen_where_its_header_is_whole() {
        let mut frame = [0_u8; 34];
        frame[12] = 0x08;
        frame[23] = 2;
        assert!(is_igmp(&frame));
        assert!(!is_igmp(&frame[..33]));
        frame[23] = 17;
        assert!(!is_igmp(&frame));
        frame[23] = 2;
        frame[13] = 6;
        assert!(!is_igmp(&frame));
        assert!(!is_igmp(&[]));
    }
}
