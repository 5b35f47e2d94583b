// SPDX-License-Identifier: GPL-2.0

//! Asking the targets over one slave.

use crate::{bond::Bond, log::ModuleLog, member::now, slave::Slave};
use bonding_core::{
    log::Log,
    option::ArpValidate,
    params::{Ipv4Targets, Ipv6Targets},
    text::{Bytes, Ipv4, Ipv6}, //
};
use kernel::sync::rcu;
use kernel_net::{
    ipv4::{self, ArpRequest},
    ipv6::{self, Solicitation},
    log::net_ratelimit,
    uppers::Tags, //
};

impl Bond {
    /// Asks all targets over a slave; `bond_send_validate()` in C. Process context.
    pub(super) fn send_probes(&self, slave: &Slave) {
        let (ipv4, ipv6) = {
            let state = self.lock();
            (state.params.arp_targets, state.params.ns_targets)
        };
        let arp = self.send_arp(slave, &ipv4);
        let nd = ipv6::is_enabled() && self.send_nd(slave, &ipv6);
        self.lock().arp.named = arp || nd;
    }

    /// Whether a request named an address of ours; `bond_arp_send_all()` in C.
    fn send_arp(&self, slave: &Slave, targets: &Ipv4Targets) -> bool {
        let mut named = false;
        for target in targets.iter() {
            let (source, tags) = match self.way4(target) {
                Way::From(source, tags) => (source, tags),
                Way::Elsewhere => continue,
                Way::Unknown => {
                    self.say_no_route(true, "arp_ip_target", Ipv4(target));
                    ([0; 4], Tags::NONE)
                }
            };
            let Some(request) = ArpRequest::new(&slave.dev, target, source) else {
                complain("ARP packet allocation failed");
                continue;
            };
            let Some(request) = request.tag_all(&tags) else {
                complain("failed to insert inner VLAN tag");
                continue;
            };
            slave.times.set_sent(now());
            request.send();
            named |= source != [0; 4];
        }
        named
    }

    /// Whether a solicitation named an address of ours; `bond_ns_send_all()` in C.
    fn send_nd(&self, slave: &Slave, targets: &Ipv6Targets) -> bool {
        let mut named = false;
        for target in targets.iter() {
            let (source, tags) = match self.way6(*target) {
                Way::From(source, tags) => (source, tags),
                Way::Elsewhere => continue,
                Way::Unknown => {
                    self.say_no_route(false, "ns_ip6_target", Ipv6(target));
                    ([0; 16], Tags::NONE)
                }
            };
            let Some(solicitation) = Solicitation::new(&slave.dev, *target, source) else {
                complain("NS packet allocation failed");
                continue;
            };
            slave.times.set_sent(now());
            if !solicitation.send(&tags) {
                complain("failed to insert inner VLAN tag");
            }
            named |= source != [0; 16];
        }
        named
    }

    /// How a target is reached.
    pub(super) fn way4(&self, target: ipv4::Addr) -> Way<ipv4::Addr> {
        let cx = rcu::read_lock();
        let Some(route) = ipv4::route(self.dev().namespace(), target) else {
            return Way::Unknown;
        };
        let dev = route.dev(&cx);
        match self.dev().path_to(dev, &cx) {
            Some(tags) => Way::From(ipv4::source_for(dev, target, &cx), tags),
            None => Way::Elsewhere,
        }
    }

    fn way6(&self, target: ipv6::Addr) -> Way<ipv6::Addr> {
        let cx = rcu::read_lock();
        let Some(route) = ipv6::route(self.dev().namespace(), target) else {
            return Way::Unknown;
        };
        let dev = route.dev(&cx);
        match self.dev().path_to(dev, &cx) {
            Some(tags) => Way::From(ipv6::source_for(dev, target, &cx), tags),
            None => Way::Elsewhere,
        }
    }

    /// Says once for each bond and kind of target that no route leads there, if that is why nothing will be
    /// validated.
    fn say_no_route(&self, ipv4: bool, option: &str, target: impl core::fmt::Display) {
        {
            let mut state = self.lock();
            if state.params.arp_validate == ArpValidate::None {
                return;
            }
            let said = &mut state.arp.said;
            let said = if ipv4 { &mut said.0 } else { &mut said.1 };
            if core::mem::replace(said, true) {
                return;
            }
        }
        ModuleLog.warn(format_args!(
            "{}: no route to {option} {target} and arp_validate is set",
            Bytes(self.dev().name().as_bytes())
        ));
    }
}

/// How a target is reached.
pub(super) enum Way<A> {
    /// From this address of the bond or of a device above it, whence frames come down with these tags.
    From(A, Tags),
    /// By a device that has nothing to do with the bond.
    Elsewhere,
    /// No route leads there: it is asked without an address of our own.
    Unknown,
}

/// Says, not too often, why a probe was not sent.
fn complain(text: &str) {
    if net_ratelimit() {
        ModuleLog.err(format_args!("{text}"));
    }
}
