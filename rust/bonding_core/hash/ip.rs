// SPDX-License-Identifier: GPL-2.0

//! Hashes over IPv4 and IPv6 headers and what follows them.

use super::{l2, Elsewhere, Source};
use crate::wire::eth::ethertype;

/// Protocol numbers.
mod protocol {
    pub(super) const ICMP: u8 = 1;
    pub(super) const TCP: u8 = 6;
    pub(super) const UDP: u8 = 17;
    pub(super) const DCCP: u8 = 33;
    pub(super) const ESP: u8 = 50;
    pub(super) const AH: u8 = 51;
    pub(super) const ICMPV6: u8 = 58;
    pub(super) const SCTP: u8 = 132;
    pub(super) const UDPLITE: u8 = 136;
}

/// The ICMP header as far as it is hashed (C's `struct flow_dissector_key_icmp`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IcmpKey {
    /// The type.
    pub kind: u8,
    /// The code.
    pub code: u8,
    /// The identifier in host order, 1 in place of 0; 0 where the type has none.
    pub id: u16,
}

/// The addresses a dissector found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Addresses {
    /// None, or of a kind that is not hashed.
    #[default]
    None,
    /// IPv4, octets as on the wire.
    V4 {
        /// Source.
        source: [u8; 4],
        /// Destination.
        destination: [u8; 4],
    },
    /// IPv6, octets as on the wire.
    V6 {
        /// Source.
        source: [u8; 16],
        /// Destination.
        destination: [u8; 16],
    },
    /// TIPC's key, octets as in memory.
    Tipc {
        /// The key.
        key: [u8; 4],
    },
}

/// What the kernel's flow dissector found, as far as it is hashed.
///
/// From C's `struct flow_keys` as `flow_keys_bonding` fills it: `control.addr_type` and `addrs`,
/// `ports.ports`, `icmp`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlowKeys {
    /// The addresses, innermost.
    pub addresses: Addresses,
    /// Both ports, octets as on the wire; 0 if there are none.
    pub ports: [u8; 4],
    /// The ICMP header; all 0 if there is none.
    pub icmp: IcmpKey,
}

impl IcmpKey {
    /// The four octets as they lie in C's structure.
    #[inline]
    fn word(self) -> u32 {
        let [id0, id1] = self.id.to_ne_bytes();
        u32::from_ne_bytes([self.kind, self.code, id0, id1])
    }
}

impl Addresses {
    /// Both addresses in one word, as in memory (C's `flow_get_u32_src() ^ flow_get_u32_dst()`).
    #[inline]
    pub(super) fn mix(&self) -> u32 {
        match *self {
            Self::None => 0,
            Self::V4 {
                source,
                destination,
            } => u32::from_ne_bytes(source) ^ u32::from_ne_bytes(destination),
            Self::V6 {
                source,
                destination,
            } => xor_addresses(&source, &destination),
            Self::Tipc { key } => u32::from_ne_bytes(key),
        }
    }
}

impl FlowKeys {
    /// The transport part: the ICMP header if it has an identifier, else the ports.
    #[inline]
    pub(super) fn l4(&self) -> u32 {
        if self.icmp.id != 0 {
            self.icmp.word()
        } else {
            u32::from_ne_bytes(self.ports)
        }
    }
}

/// Folds the upper octets of `hash` into the lower ones (the end of C's `bond_ip_hash()`).
#[inline]
pub(super) fn fold(hash: u32) -> u32 {
    let hash = hash ^ (hash >> 16);
    hash ^ (hash >> 8)
}

/// The hash of a connection by its addresses and ports (C's `bond_sk_hash_l34()`).
///
/// `ports` is source and destination, octets as on the wire. Equals `layer3+4` of the
/// connection's packets.
#[inline]
pub fn socket(addresses: &Addresses, ports: [u8; 4]) -> u32 {
    fold(u32::from_ne_bytes(ports) ^ addresses.mix()) >> 1
}

/// `layer3+4`; `None` if the frame is not IP or ends too early (then hashed by `layer2`).
#[inline(always)]
pub(super) fn layer34<S: Source>(
    source: &S,
    ethertype: u16,
    offset: usize,
) -> Result<Option<u32>, Elsewhere> {
    let Some(outer) = Network::parse(source, ethertype, offset)? else {
        return Ok(None);
    };
    let (addresses, l4) = if outer.is_icmp() {
        match icmp(source, ethertype, outer)? {
            Some(Icmp::Error(inner)) => (inner.addresses, inner.ports(source)?),
            Some(Icmp::Other(word)) => (outer.addresses, word),
            None => return Ok(None),
        }
    } else {
        (outer.addresses, outer.ports(source)?)
    };
    Ok(Some(fold(l4 ^ addresses) >> 1))
}

/// `layer2+3`; `None` if the frame is not IP or ends too early (then hashed by `layer2`).
#[inline(always)]
pub(super) fn layer23<S: Source>(
    source: &S,
    ethertype: u16,
    offset: usize,
) -> Result<Option<u32>, Elsewhere> {
    let Some(outer) = Network::parse(source, ethertype, offset)? else {
        return Ok(None);
    };
    let addresses = if outer.is_icmp() {
        match icmp(source, ethertype, outer)? {
            Some(Icmp::Error(inner)) => inner.addresses,
            Some(Icmp::Other(_)) => outer.addresses,
            None => return Ok(None),
        }
    } else {
        outer.addresses
    };
    Ok(Some(fold(l2::eth(source)? ^ addresses)))
}

/// `encap3+4` of TCP or UDP in IPv4 or IPv6 with nothing between; `Elsewhere` for all else.
#[inline(always)]
pub(super) fn plain34<S: Source>(
    source: &S,
    ethertype: u16,
    offset: usize,
) -> Result<u32, Elsewhere> {
    let packet = Network::plain(source, ethertype, offset)?;
    Ok(fold(packet.ports(source)? ^ packet.addresses) >> 1)
}

/// `encap2+3` of such a packet.
#[inline(always)]
pub(super) fn plain23<S: Source>(
    source: &S,
    ethertype: u16,
    offset: usize,
) -> Result<u32, Elsewhere> {
    let packet = Network::plain(source, ethertype, offset)?;
    Ok(fold(l2::eth(source)? ^ packet.addresses))
}

/// An IP header, as far as it is hashed.
#[derive(Clone, Copy)]
struct Network {
    /// Both addresses in one word.
    addresses: u32,
    /// The protocol, or the first "next header"; `None` in fragments of IPv4.
    protocol: Option<u8>,
    /// Where the header ends by its own length.
    end: usize,
}

impl Network {
    /// Reads the header at `offset`, of the version that `ethertype` says (C's `bond_flow_ip()`;
    /// as there, neither the version nor a length field is looked at).
    #[inline(always)]
    fn parse<S: Source>(
        source: &S,
        ethertype: u16,
        offset: usize,
    ) -> Result<Option<Self>, Elsewhere> {
        Ok(match ethertype {
            ethertype::IPV4 => source
                .read(offset)?
                .map(|octets| Self::ipv4(&octets, offset)),
            ethertype::IPV6 => source
                .read(offset)?
                .map(|octets| Self::ipv6(&octets, offset)),
            _ => None,
        })
    }

    /// Reads a header that the flow dissector would look no further than: TCP or UDP comes next.
    #[inline(always)]
    fn plain<S: Source>(source: &S, ethertype: u16, offset: usize) -> Result<Self, Elsewhere> {
        let packet = Self::parse(source, ethertype, offset)?.ok_or(Elsewhere)?;
        // The dissector refuses an IPv4 header that says it is shorter than one can be.
        let whole = packet.end.wrapping_sub(offset) >= 20;
        match packet.protocol {
            Some(protocol::TCP | protocol::UDP) if whole => Ok(packet),
            _ => Err(Elsewhere),
        }
    }

    #[inline(always)]
    fn ipv4(octets: &[u8; 20], offset: usize) -> Self {
        let [version_ihl, _, _, _, _, _, frag_hi, frag_lo, _, protocol, _, _, addresses @ ..] =
            *octets;
        // More fragments to come, or not the first one.
        let fragment = u16::from_be_bytes([frag_hi, frag_lo]) & 0x3fff != 0;
        Self {
            addresses: xor_halves(u64::from_ne_bytes(addresses)),
            protocol: (!fragment).then_some(protocol),
            end: offset.wrapping_add(usize::from(version_ihl & 0x0f) << 2),
        }
    }

    #[inline(always)]
    fn ipv6(octets: &[u8; 40], offset: usize) -> Self {
        let [_, _, _, _, _, _, next_header, _, addresses @ ..] = *octets;
        Self {
            addresses: match (addresses.first_chunk(), addresses.last_chunk()) {
                (Some(source), Some(destination)) => xor_addresses(source, destination),
                // 32 octets have both, as the compiler sees.
                _ => 0,
            },
            protocol: Some(next_header),
            end: offset.wrapping_add(40),
        }
    }

    #[inline(always)]
    fn is_icmp(&self) -> bool {
        matches!(self.protocol, Some(protocol::ICMP | protocol::ICMPV6))
    }

    /// The 32 bits of ports, or of an IPsec SPI, after the header; 0 if there are none.
    #[inline(always)]
    fn ports<S: Source>(&self, source: &S) -> Result<u32, Elsewhere> {
        let offset = match self.protocol {
            Some(
                protocol::TCP
                | protocol::UDP
                | protocol::DCCP
                | protocol::ESP
                | protocol::SCTP
                | protocol::UDPLITE,
            ) => self.end,
            Some(protocol::AH) => self.end.wrapping_add(4),
            _ => return Ok(0),
        };
        Ok(source.read(offset)?.map_or(0, u32::from_ne_bytes))
    }
}

/// What an ICMP header says.
enum Icmp {
    /// An error: the header of the packet that it is about, so that it goes the way of its flow.
    Error(Network),
    /// Anything else: the word to be hashed in place of ports.
    Other(u32),
}

/// Looks into the ICMP header after `outer`; `None` if an embedded header is cut short.
#[inline(always)]
fn icmp<S: Source>(source: &S, ethertype: u16, outer: Network) -> Result<Option<Icmp>, Elsewhere> {
    if S::QUICK {
        return Err(Elsewhere);
    }
    // The kernel wants the eight octets that every kind has.
    let Some([kind, code, _, _, id_hi, id_lo, _, _]) = source.read::<8>(outer.end)? else {
        return Ok(Some(Icmp::Other(0)));
    };
    let error = if outer.protocol == Some(protocol::ICMP) {
        // Unreachable, source quench, redirect, time exceeded, parameter problem.
        matches!(kind, 3 | 4 | 5 | 11 | 12)
    } else {
        // Unreachable, packet too big, time exceeded, parameter problem.
        matches!(kind, 1..=4)
    };
    if error {
        let inner = Network::parse(source, ethertype, outer.end.wrapping_add(8))?;
        return Ok(inner.map(Icmp::Error));
    }
    let word = match kind {
        // Echo and timestamp, requests and replies, and the echoes of ICMPv6.
        8 | 0 | 13 | 14 | 128 | 129 => {
            let id = match u16::from_be_bytes([id_hi, id_lo]) {
                0 => 1,
                id => id,
            };
            IcmpKey { kind, code, id }.word()
        }
        _ => 0,
    };
    Ok(Some(Icmp::Other(word)))
}

/// The eight words of two IPv6 addresses, exclusive-or'ed (C's `ipv6_addr_hash()` of both).
#[inline]
fn xor_addresses(source: &[u8; 16], destination: &[u8; 16]) -> u32 {
    let words = u128::from_ne_bytes(*source) ^ u128::from_ne_bytes(*destination);
    xor_halves((words >> 64) as u64 ^ words as u64)
}

/// Both halves of a word, exclusive-or'ed.
#[inline]
fn xor_halves(word: u64) -> u32 {
    (word >> 32) as u32 ^ word as u32
}
