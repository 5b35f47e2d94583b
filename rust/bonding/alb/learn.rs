// SPDX-License-Identifier: GPL-2.0

//! Learning frames: they teach switches through which slave an address is to be reached.

use crate::{bond::Bond, plan, slave::Slave};
use bonding_core::wire::{eth::Mac, learning};
use kernel::sync::rcu;
use kernel_net::{
    frame::{Frame, Priority},
    netdevice::{AddrAssign, Device, HwAddr},
    uppers::Tags,
    vlan::VlanId, //
};

impl Bond {
    /// Sends learning frames for `address` through a slave, untagged and with the tag of each VLAN right above
    /// the bond; `alb_send_learning_packets()` in C. With RTNL or without it.
    ///
    /// A VLAN with an address of its own has that taught. Unless `strict`, so are the addresses of macvlans,
    /// with all tags on the way to them.
    pub(crate) fn alb_send_learning(&self, slave: &Slave, address: &HwAddr, strict: bool) {
        let guard = rcu::read_lock();
        let bond = self.dev();
        teach(&slave.dev, address, None);
        bond.any_upper(&guard, |upper| {
            if let Some(id) = upper.vlan_id() {
                if upper.level() == bond.level().wrapping_add(1) {
                    let address = if upper.addr_assigned() == AddrAssign::Stolen {
                        *address
                    } else {
                        upper.hw_addr()
                    };
                    teach(&slave.dev, &address, Some(id));
                }
            }
            if !strict && upper.is_macvlan() {
                if let Some(tags) = bond.path_to(upper, &guard) {
                    teach_tagged(&slave.dev, &upper.hw_addr(), &tags);
                }
            }
            false
        });
    }

    /// Sends the learning frames of each interval; the first part of `bond_alb_monitor()` in C.
    ///
    /// With a receive table, or through a slave that is not the active one, only the slave's own address is
    /// taught. What a slave that is down would send is lost, so it sends nothing.
    pub(super) fn alb_learn(&self, strict: bool) {
        let guard = rcu::read_lock();
        let Some(plan) = self.plan.load(&guard) else {
            return;
        };
        let active = plan.into_header().active.as_ref();
        for entry in plan::all(plan).iter().filter(|e| e.port.is_up()) {
            let is_active = active.is_some_and(|active| active.dev().is(entry.port.dev()));
            self.alb_send_learning(
                &entry.slave,
                &entry.slave.dev.hw_addr(),
                strict || !is_active,
            );
        }
    }
}

/// Sends one frame; `alb_send_lp_vid()` in C.
fn teach(dev: &Device, address: &HwAddr, id: Option<VlanId>) {
    let Some(frame) = frame_for(dev, address) else {
        return;
    };
    match id.filter(|id| id.vid() != 0) {
        Some(id) => frame.tag(id).send(),
        None => frame.send(),
    }
}

/// Sends one frame with all tags on the way to whom it is for.
fn teach_tagged(dev: &Device, address: &HwAddr, tags: &Tags) {
    if let Some(frame) = frame_for(dev, address).and_then(|frame| frame.tag_all(tags)) {
        frame.send();
    }
}

fn frame_for<'a>(dev: &'a Device, address: &HwAddr) -> Option<Frame<'a>> {
    let octets = learning::frame(Mac(address.first_six()));
    Frame::new(dev, &octets, Priority::Control)
}
