// SPDX-License-Identifier: GPL-2.0

//! IPv6 addresses of devices, and neighbour solicitations.
//!
//! Without `CONFIG_IPV6`, or where IPv6 was disabled when the kernel started, nothing has an address, and
//! nothing is sent.
//!
//! C headers: [`include/net/addrconf.h`](srctree/include/net/addrconf.h),
//! [`include/net/ndisc.h`](srctree/include/net/ndisc.h)
#![cfg_attr(
    not(CONFIG_IPV6),
    expect(unused_variables, reason = "there is nothing to ask without IPv6")
)]

#[cfg(CONFIG_KUNIT = "y")]
mod tests;

use crate::{
    frame::{Frame, Priority},
    namespace::Namespace,
    netdevice::Device,
    route::Route,
    rtnl::Rtnl,
    sync::RcuEvidence,
    uppers::Tags, //
};

/// An IPv6 address.
pub type Addr = [u8; 16];

/// No address (`::`).
const ANY: Addr = [0; 16];

/// The multicast group in which the owner of an address is asked for; `addrconf_addr_solict_mult()`.
pub const fn solicited_node(addr: Addr) -> Addr {
    let [.., a, b, c] = addr;
    [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, a, b, c]
}

/// An address as C has it.
#[cfg(CONFIG_IPV6)]
fn raw(addr: Addr) -> net_bindings::in6_addr {
    let mut raw: net_bindings::in6_addr = pin_init::zeroed();
    raw.in6_u.u6_addr8 = addr;
    raw
}

/// Whether the kernel does IPv6; `ipv6_mod_enabled()` in C.
///
/// What else is here may be called all the same.
pub fn is_enabled() -> bool {
    #[cfg(CONFIG_IPV6)]
    {
        // SAFETY: No requirements.
        unsafe { net_bindings::ipv6_mod_enabled() }
    }
    #[cfg(not(CONFIG_IPV6))]
    false
}

/// Finds the route to an address; `None` if there is none. Process or softirq context.
pub fn route(net: &Namespace, target: Addr) -> Option<Route> {
    #[cfg(CONFIG_IPV6)]
    {
        if !is_enabled() {
            return None;
        }
        // SAFETY: The namespace is alive.
        let dst = unsafe { net_bindings::route6(net.as_ptr(), &raw(target)) };
        // SAFETY: Null, or a route with a reference that is ours.
        unsafe { Route::from_raw(dst) }
    }
    #[cfg(not(CONFIG_IPV6))]
    None
}

/// The address from which `dev` speaks to `target`, `::` if it has none.
///
/// Corresponds to `ipv6_dev_get_saddr()`.
pub fn source_for(dev: &Device, target: Addr, _cx: &impl RcuEvidence) -> Addr {
    #[cfg(CONFIG_IPV6)]
    {
        if !is_enabled() {
            return ANY;
        }
        let mut source = raw(ANY);
        // SAFETY: The device is valid, and not freed in this RCU read side section; the function fills
        // in the source if it returns 0.
        let err = unsafe {
            net_bindings::ipv6_dev_get_saddr(
                dev.namespace().as_ptr(),
                dev.as_ptr(),
                &raw(target),
                0,
                &mut source,
            )
        };
        if err == 0 {
            // SAFETY: All of the union's variants are bytes.
            return unsafe { source.in6_u.u6_addr8 };
        }
    }
    ANY
}

/// Whether `addr` is an address of `dev` or of a device above it; `bond_has_this_ip6()` in C.
pub fn is_local(dev: &Device, addr: Addr, cx: &impl RcuEvidence) -> bool {
    #[cfg(CONFIG_IPV6)]
    {
        if !is_enabled() {
            return false;
        }
        let addr = raw(addr);
        dev.any_upper(cx, |dev| {
            // SAFETY: The device is valid, and not freed in this RCU read side section.
            unsafe {
                net_bindings::ipv6_chk_addr(dev.namespace().as_ptr(), &addr, dev.as_ptr(), 0) != 0
            }
        })
    }
    #[cfg(not(CONFIG_IPV6))]
    false
}

/// Has `dev` receive frames to the solicited-node group of `target`, or not any more.
///
/// Devices that have no such addresses are passed over. What the device says to it is not told, as in C
/// (`slave_set_ns_maddr()`).
pub fn listen_for(dev: &Device, target: Addr, on: bool, _rtnl: &Rtnl<'_>) {
    #[cfg(CONFIG_IPV6)]
    {
        // CAST: A small constant.
        let mut mac = [0; net_bindings::MAX_ADDR_LEN as usize];
        // SAFETY: The device is valid, and an address of any length fits.
        let err = unsafe {
            net_bindings::ndisc_mc_map(
                &raw(solicited_node(target)),
                mac.as_mut_ptr(),
                dev.as_ptr(),
                0,
            )
        };
        if err != 0 {
            return;
        }
        // SAFETY: The device is valid, and the address as long as the device's are.
        let _ = unsafe {
            if on {
                net_bindings::dev_mc_add(dev.as_ptr(), mac.as_ptr())
            } else {
                net_bindings::dev_mc_del(dev.as_ptr(), mac.as_ptr())
            }
        };
    }
}

/// A neighbour solicitation, to be sent.
///
/// # Invariants
///
/// `skb` is an ICMPv6 message of `dev`, owned by this value.
pub struct Solicitation<'a> {
    skb: crate::skbuff::SkBuff,
    dev: &'a Device,
    target: Addr,
    source: Addr,
}

impl<'a> Solicitation<'a> {
    /// Makes the question of `dev`, from `source`, who has `target`; `None` without memory.
    pub fn new(dev: &'a Device, target: Addr, source: Addr) -> Option<Self> {
        #[cfg(CONFIG_IPV6)]
        {
            if !is_enabled() {
                return None;
            }
            // SAFETY: The device is valid.
            let skb = unsafe {
                net_bindings::ndisc_ns_create(dev.as_ptr(), &raw(target), &raw(source), 0)
            };
            if skb.is_null() {
                return None;
            }
            // SAFETY: The buffer was just made, and is nobody else's.
            let skb = unsafe { crate::skbuff::SkBuff::from_raw(skb) };
            // INVARIANT: Made by `ndisc_ns_create()` for the device.
            Some(Self {
                skb,
                dev,
                target,
                source,
            })
        }
        #[cfg(not(CONFIG_IPV6))]
        None
    }

    /// Sends the solicitation with these tags to the solicited-node group; false without memory.
    ///
    /// With at most an outer tag it takes the way of the stack's own, through its filters. With inner
    /// tags, which can only be put into a whole frame, the frame is made here.
    pub fn send(self, tags: &Tags) -> bool {
        if tags.inner().next().is_some() {
            return match self.into_frame().and_then(|frame| frame.tag_all(tags)) {
                Some(frame) => {
                    frame.send();
                    true
                }
                None => false,
            };
        }
        #[cfg(CONFIG_IPV6)]
        {
            if let Some(id) = tags.outer() {
                let (proto, vid) = id.as_raw();
                // SAFETY: The buffer is ours.
                unsafe { net_bindings::__vlan_hwaccel_put_tag(self.skb.as_ptr(), proto, vid) };
            }
            // SAFETY: The buffer is an ICMPv6 message of its device, and is given up here.
            unsafe {
                net_bindings::ndisc_send_skb(
                    self.skb.into_raw(),
                    &raw(solicited_node(self.target)),
                    &raw(self.source),
                )
            };
        }
        true
    }

    /// The solicitation as an Ethernet frame; `None` without memory, or on another kind of device.
    fn into_frame(self) -> Option<Frame<'a>> {
        if !self.dev.is_ethernet() {
            return None;
        }
        let source = self.dev.ether_addr();
        let group = solicited_node(self.target);
        let message = self.skb.linear();
        let len = u16::try_from(message.len()).ok()?;
        let [.., a, b, c, d] = group;
        let (head, tail) = message.split_at_checked(2)?;
        let (_, rest) = tail.split_at_checked(2)?;
        let parts: [&[u8]; 12] = [
            &[0x33, 0x33, a, b, c, d],
            &source,
            // The protocol; version 6 with no class and no label.
            &[0x86, 0xdd],
            &[0x60, 0, 0, 0],
            &len.to_be_bytes(),
            // ICMPv6, hop limit 255.
            &[58],
            &[255],
            &self.source,
            &group,
            head,
            &checksum(&self.source, &group, head, rest).to_be_bytes(),
            rest,
        ];
        // Headers, message and one option make less than this.
        let mut bytes = [0; 128];
        let mut room = bytes.iter_mut();
        for byte in parts.into_iter().flatten() {
            *room.next()? = *byte;
        }
        let unused = room.len();
        let (frame, _) = bytes.split_at_checked(bytes.len().saturating_sub(unused))?;
        Frame::new(self.dev, frame, Priority::BestEffort)
    }
}

/// The checksum of an ICMPv6 message, of which `head` comes before and `rest` after it.
fn checksum(source: &Addr, dest: &Addr, head: &[u8], rest: &[u8]) -> u16 {
    let words = |part: &[u8]| {
        let mut sum = 0u32;
        let mut shift = 8;
        for byte in part {
            sum = sum.wrapping_add(u32::from(*byte) << shift);
            shift ^= 8;
        }
        sum
    };
    // CAST: A frame is shorter than 64 KiB, and fewer words than would overflow 32 bits.
    let len = (head.len().wrapping_add(rest.len()).wrapping_add(2)) as u32;
    let mut sum = [
        words(source),
        words(dest),
        words(head),
        words(rest),
        len,
        58,
    ]
    .into_iter()
    .fold(0u32, u32::wrapping_add);
    while sum > 0xffff {
        sum = (sum & 0xffff).wrapping_add(sum >> 16);
    }
    // CAST: Just made to fit.
    match !(sum as u16) {
        0 => 0xffff,
        sum => sum,
    }
}
