// SPDX-License-Identifier: GPL-2.0

//! IPv4 addresses of devices, and ARP.
//!
//! Addresses are four bytes in the order they have on the wire.
//!
//! C headers: [`include/linux/inetdevice.h`](srctree/include/linux/inetdevice.h),
//! [`include/net/arp.h`](srctree/include/net/arp.h)

use crate::{
    frame::Frame,
    namespace::Namespace,
    netdevice::Device,
    route::Route,
    sync::RcuEvidence,
    vlan::Tag, //
};
use core::ptr;
use kernel::prelude::*;

/// An IPv4 address.
pub type Addr = [u8; 4];

/// Finds the route to a neighbour (scope link); `None` if there is none. Process or softirq context.
pub fn route(net: &Namespace, target: Addr) -> Option<Route> {
    // SAFETY: The namespace is alive.
    let dst = unsafe { net_bindings::route_link4(net.as_ptr(), u32::from_ne_bytes(target)) };
    // SAFETY: Null, or a route with a reference that is ours.
    unsafe { Route::from_raw(dst) }
}

/// The address from which `dev` speaks to `target`, all zero if it has none.
///
/// Corresponds to `bond_confirm_addr(dev, target, 0)`.
pub fn source_for(dev: &Device, target: Addr, _cx: &impl RcuEvidence) -> Addr {
    confirm(dev, target, [0; 4])
}

/// Whether `addr` is an address of `dev` or of a device above it; `bond_has_this_ip()` in C.
pub fn is_local(dev: &Device, addr: Addr, cx: &impl RcuEvidence) -> bool {
    dev.any_upper(cx, |dev| confirm(dev, [0; 4], addr) == addr)
}

/// Whether `addr` is an address of a bridge, be it the kernel's or Open vSwitch's.
///
/// Corresponds to `ip_dev_find()` with `netif_is_any_bridge_master()`.
pub fn is_of_bridge(net: &Namespace, addr: Addr, _cx: &impl RcuEvidence) -> bool {
    // SAFETY: The namespace is alive, in an RCU read side section.
    unsafe { net_bindings::bridge_has_addr4(net.as_ptr(), u32::from_ne_bytes(addr)) }
}

/// Corresponds to `inet_confirm_addr()`; callers are in an RCU read side section.
#[inline]
fn confirm(dev: &Device, target: Addr, local: Addr) -> Addr {
    // SAFETY: The device is valid, in an RCU read side section.
    unsafe {
        net_bindings::confirm_addr4(
            dev.as_ptr(),
            u32::from_ne_bytes(target),
            u32::from_ne_bytes(local),
        )
    }
    .to_ne_bytes()
}

/// An ARP request, to be tagged and sent.
pub struct ArpRequest<'a>(Frame<'a>);

impl<'a> ArpRequest<'a> {
    /// Makes the broadcast question of `dev`, from `source`, who has `target`; `None` without memory.
    pub fn new(dev: &'a Device, target: Addr, source: Addr) -> Option<Self> {
        // SAFETY: The device is valid. Without addresses the function takes the device's own as the
        // source, and broadcast as the destination.
        let skb = unsafe {
            net_bindings::arp_create(
                net_bindings::ARPOP_REQUEST as c_int,
                net_bindings::ETH_P_ARP as c_int,
                u32::from_ne_bytes(target),
                dev.as_ptr(),
                u32::from_ne_bytes(source),
                ptr::null(),
                ptr::null(),
                ptr::null(),
            )
        };
        if skb.is_null() {
            return None;
        }
        // SAFETY: The buffer was just made, with its device and its link layer header.
        Some(Self(unsafe { Frame::from_raw(skb, dev) }))
    }

    /// Makes a question from nobody, 0.0.0.0, to the one station `to` whether it has `target`, to be answered
    /// to the station `from`; `None` without memory.
    pub fn probe(dev: &'a Device, target: Addr, from: &[u8; 6], to: &[u8; 6]) -> Option<Self> {
        // SAFETY: The device is valid. Both stations are read while the function runs.
        let skb = unsafe {
            net_bindings::arp_create(
                net_bindings::ARPOP_REQUEST as c_int,
                net_bindings::ETH_P_ARP as c_int,
                u32::from_ne_bytes(target),
                dev.as_ptr(),
                0,
                to.as_ptr(),
                from.as_ptr(),
                ptr::null(),
            )
        };
        if skb.is_null() {
            return None;
        }
        // SAFETY: The buffer was just made, with its device and its link layer header.
        Some(Self(unsafe { Frame::from_raw(skb, dev) }))
    }

    /// Tags the request, see [`Frame::tag_all`]; `None` without memory.
    pub fn tag_all(self, tags: &crate::uppers::Tags) -> Option<Self> {
        self.0.tag_all(tags).map(Self)
    }

    /// Sends the request by way of the ARP filters; `arp_xmit()` in C.
    pub fn send(self) {
        // SAFETY: The buffer is a whole ARP packet, and is given up here.
        unsafe { net_bindings::arp_xmit(self.0.into_raw()) };
    }
}

/// An ARP reply, to be tagged and sent.
pub struct ArpReply<'a>(Frame<'a>);

impl<'a> ArpReply<'a> {
    /// Tells `station`, which has the address `target`, that `source` is at the address of `dev`; `None`
    /// without memory. Any context.
    pub fn new(dev: &'a Device, source: Addr, target: Addr, station: &[u8; 6]) -> Option<Self> {
        // SAFETY: The device is valid. Without a source address the function takes the device's own; the
        // other two are read while it runs.
        let skb = unsafe {
            net_bindings::arp_create(
                net_bindings::ARPOP_REPLY as c_int,
                net_bindings::ETH_P_ARP as c_int,
                u32::from_ne_bytes(target),
                dev.as_ptr(),
                u32::from_ne_bytes(source),
                station.as_ptr(),
                ptr::null(),
                station.as_ptr(),
            )
        };
        if skb.is_null() {
            return None;
        }
        // SAFETY: The buffer was just made, with its device and its link layer header.
        Some(Self(unsafe { Frame::from_raw(skb, dev) }))
    }

    /// Tags the reply.
    pub fn put_tag(self, tag: Tag) -> Self {
        Self(self.0.put_tag(tag))
    }

    /// Sends the reply by way of the ARP filters; `arp_xmit()` in C.
    pub fn send(self) {
        // SAFETY: The buffer is a whole ARP packet, and is given up here.
        unsafe { net_bindings::arp_xmit(self.0.into_raw()) };
    }
}
