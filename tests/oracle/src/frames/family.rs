// SPDX-License-Identifier: GPL-2.0

//! The kinds of frames there are.

use super::ip::{
    any4, any6, extended, fragment4, icmp6_error, icmp_error, icmp_query, ipv4, ipv6, options4,
    transport, IPV4, IPV6, PORTED,
};
use super::tunnel::{crossed_icmp, gre, gre_ethernet, ip_in_ip, odd, outer, pptp, vxlan};
use super::{accelerated, mixed, plain, tag, tagged, Frame};
use crate::rng::Rng;

/// A kind of frames.
pub struct Family {
    /// What its test is called.
    pub name: &'static str,
    /// Makes one, whole and linear.
    pub make: fn(&mut Rng) -> Frame,
}

/// All kinds.
pub const FAMILIES: &[Family] = &[
    Family {
        name: "IPv4 TCP and UDP",
        make: |r| {
            plain(
                r,
                |r| {
                    let p = r.of(&[6, 17]);
                    let l4 = transport(r, p);
                    ipv4(r, p, l4)
                },
                IPV4,
            )
        },
    },
    Family {
        name: "IPv4, all protocols with ports or an SPI",
        make: |r| {
            plain(
                r,
                |r| {
                    let p = r.of(&PORTED);
                    let l4 = transport(r, p);
                    ipv4(r, p, l4)
                },
                IPV4,
            )
        },
    },
    Family {
        name: "IPv4, any protocol number",
        make: |r| {
            plain(
                r,
                |r| {
                    let p = r.bits() as u8;
                    let l4 = r.vec(40);
                    ipv4(r, p, l4)
                },
                IPV4,
            )
        },
    },
    Family {
        name: "IPv4 fragments",
        make: |r| plain(r, fragment4, IPV4),
    },
    Family {
        name: "IPv4 options and wrong header lengths",
        make: |r| plain(r, options4, IPV4),
    },
    Family {
        name: "ICMP with and without identifier",
        make: |r| {
            plain(
                r,
                |r| {
                    let l4 = icmp_query(r);
                    ipv4(r, 1, l4)
                },
                IPV4,
            )
        },
    },
    Family {
        name: "ICMP errors",
        make: |r| {
            plain(
                r,
                |r| {
                    let inner = any4(r, 0);
                    let l4 = icmp_error(r, inner);
                    ipv4(r, 1, l4)
                },
                IPV4,
            )
        },
    },
    Family {
        name: "ICMP of any type and code",
        make: |r| {
            plain(
                r,
                |r| {
                    let inner = any4(r, 1);
                    let mut l4 = icmp_error(r, inner);
                    l4[0] = r.bits() as u8;
                    l4[1] = r.bits() as u8;
                    ipv4(r, 1, l4)
                },
                IPV4,
            )
        },
    },
    Family {
        name: "ICMPv6 in IPv4 and ICMP in IPv6",
        make: crossed_icmp,
    },
    Family {
        name: "IPv6 TCP and UDP",
        make: |r| {
            plain(
                r,
                |r| {
                    let p = r.of(&[6, 17]);
                    let l4 = transport(r, p);
                    ipv6(r, p, l4)
                },
                IPV6,
            )
        },
    },
    Family {
        name: "IPv6, any next header",
        make: |r| {
            plain(
                r,
                |r| {
                    let p = r.bits() as u8;
                    let l4 = r.vec(48);
                    ipv6(r, p, l4)
                },
                IPV6,
            )
        },
    },
    Family {
        name: "IPv6 extension headers",
        make: |r| {
            plain(
                r,
                |r| {
                    let (p, l4) = extended(r);
                    ipv6(r, p, l4)
                },
                IPV6,
            )
        },
    },
    Family {
        name: "ICMPv6 with and without identifier",
        make: |r| {
            plain(
                r,
                |r| {
                    let l4 = icmp_query(r);
                    ipv6(r, 58, l4)
                },
                IPV6,
            )
        },
    },
    Family {
        name: "ICMPv6 errors",
        make: |r| {
            plain(
                r,
                |r| {
                    let inner = any6(r, 0);
                    let l4 = icmp6_error(r, inner);
                    ipv6(r, 58, l4)
                },
                IPV6,
            )
        },
    },
    Family {
        name: "IP in IP, all four combinations",
        make: ip_in_ip,
    },
    Family {
        name: "GRE with all flags",
        make: |r| outer(r, 47, gre),
    },
    Family {
        name: "GRE carrying Ethernet",
        make: |r| outer(r, 47, gre_ethernet),
    },
    Family {
        name: "PPTP",
        make: |r| outer(r, 47, pptp),
    },
    Family {
        name: "VXLAN",
        make: |r| outer(r, 17, vxlan),
    },
    Family {
        name: "VLAN in band",
        make: |r| tagged(r, 1),
    },
    Family {
        name: "VLANs stacked in band",
        make: |r| {
            let n = 2 + r.below(2);
            tagged(r, n)
        },
    },
    Family {
        name: "VLAN beside the frame",
        make: accelerated,
    },
    Family {
        name: "VLAN beside and in the frame",
        make: |r| {
            let n = 1 + r.below(2);
            let mut f = tagged(r, n);
            f.vlan = tag(r);
            f
        },
    },
    Family {
        name: "ARP",
        make: |r| plain(r, |r| r.vec(28), 0x0806),
    },
    Family {
        name: "TIPC, MPLS, PPPoE, batman, FCoE, PTP, HSR",
        make: odd,
    },
    Family {
        name: "any EtherType",
        make: |r| {
            let t = r.bits() as u16;
            plain(r, |r| r.vec(64), t)
        },
    },
    Family {
        name: "hash made by the stack",
        make: |r| {
            let mut f = mixed(r);
            f.l4_hash = Some(r.bits() as u32);
            f
        },
    },
    Family {
        name: "protocol that is not the header's",
        make: |r| {
            let mut f = mixed(r);
            f.protocol = r.of(&[IPV4, IPV6, 0x8100, 0x88a8, 0, 0x8847]);
            f
        },
    },
    Family {
        name: "network header anywhere",
        make: |r| {
            let mut f = mixed(r);
            f.network_offset = r.below(f.octets.len() + 20);
            f
        },
    },
    Family {
        name: "network header behind the tags",
        make: |r| {
            let n = 1 + r.below(2);
            let mut f = tagged(r, n);
            f.network_offset += 4 * n;
            if r.one_in(2) {
                f.protocol = r.of(&[IPV4, IPV6]);
            }
            f
        },
    },
    Family {
        name: "noise",
        make: |r| {
            let n = r.below(120);
            let mut f = mixed(r);
            f.octets = r.vec(n);
            f.headlen = n;
            f
        },
    },
];
