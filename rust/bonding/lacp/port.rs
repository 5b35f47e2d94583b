// SPDX-License-Identifier: GPL-2.0

//! Ports: a slave gets one when it joins, and loses it when it leaves.

use crate::{
    bond::Bond,
    member::{now, Member},
    options::index_of,
    slave::Slave, //
};
use bonding_core::{
    lacp::{Aggregator, LinkFacts, Port},
    link::LinkState,
    mode::Mode,
    option::SlaveChange,
    wire::eth::Mac, //
};
use kernel::{prelude::*, sync::Arc};
use kernel_net::vector::Vector;

impl Bond {
    /// Makes room for one more port, in the mode that has ports.
    ///
    /// # Errors
    ///
    /// `ENOMEM`: nothing changed.
    pub(crate) fn reserve_port(&self) -> Result {
        if self.mode() != Mode::Ieee8023ad {
            return Ok(());
        }
        let room = {
            let lacp = self.lacp.lock();
            if lacp.seats.len() < lacp.seats.capacity() {
                return Ok(());
            }
            lacp.seats.capacity().checked_mul(2).ok_or(ENOMEM)?.max(2)
        };
        let ports = Vector::with_capacity(room, GFP_KERNEL)?;
        let aggregators = Vector::with_capacity(room, GFP_KERNEL)?;
        let seats = Vector::with_capacity(room, GFP_KERNEL)?;
        let old = {
            let mut lacp = self.lacp.lock();
            (
                lacp.ports.move_into(ports),
                lacp.aggregators.move_into(aggregators),
                lacp.seats.move_into(seats),
            )
        };
        drop(old);
        Ok(())
    }

    /// Gives a slave that has joined a port; `bond_3ad_bind_slave()` in C. [`Self::reserve_port`] made room.
    pub(crate) fn add_port(&self, slave: &Arc<Slave>) {
        if self.mode() != Mode::Ieee8023ad {
            return;
        }
        self.configure_lacp(true);
        let frames = {
            let state = self.lock();
            let Some(link) = state.member(slave).map(Member::port_link) else {
                return;
            };
            let mut lacp = self.lacp.lock();
            let _ = lacp.ports.push(Port::EMPTY);
            let _ = lacp.aggregators.push(Aggregator::EMPTY);
            let _ = lacp.seats.push(slave.clone());
            let hardware = Mac(slave.perm_hwaddr.first_six());
            let (_, frames) = lacp.act(self, |lag, now, effects| {
                lag.add(hardware, link, now, effects)
            });
            frames
        };
        self.finish_lacp(frames);
    }

    /// Takes a slave's port away, and tells its partner; `bond_3ad_unbind_slave()` in C.
    pub(crate) fn remove_port(&self, slave: &Slave) {
        let (seat, frames) = {
            let mut lacp = self.lacp.lock();
            let Some(place) = lacp.place_of(slave) else {
                return;
            };
            let ((), frames) = lacp.act(self, |lag, now, effects| lag.remove(place, now, effects));
            // What was the port's is behind the others now.
            let last = lacp.seats.len().saturating_sub(1);
            let _ = lacp.ports.remove(last);
            let _ = lacp.aggregators.remove(last);
            let seat = lacp.seats.remove(place);
            (seat, frames)
        };
        self.finish_lacp(frames);
        drop(seat);
    }

    /// Gives a slave's port another priority; `bond_option_actor_port_prio_set()` in C.
    pub(crate) fn change_port(&self, change: SlaveChange) {
        let Some(priority) = change.port_prio else {
            return;
        };
        let frames = {
            let mut lacp = self.lacp.lock();
            let mut seats = lacp.seats.iter();
            let Some(place) = seats.position(|seat| index_of(&seat.dev) == change.ifindex) else {
                return;
            };
            let ((), frames) = lacp.act(self, |lag, now, effects| {
                lag.set_port_priority(place, priority, now, effects)
            });
            frames
        };
        self.finish_lacp(frames);
    }

    /// Takes a link that was up for one that fails, if its device has just said that it does not know its
    /// speed; the monitor takes it up again when it does. The case of `NETDEV_CHANGE` in C.
    pub(crate) fn doubt_unknown_speed(&self, slave: &Slave) {
        let mut state = self.lock();
        if state.mode() != Mode::Ieee8023ad {
            return;
        }
        let Some(member) = state.member_mut(slave) else {
            return;
        };
        if !member.speed.is_known() && member.link.state() != LinkState::Down {
            member.link.set(LinkState::Fail, now());
            slave.set_link(&member.link);
        }
    }

    /// Tells the engine what is known of a slave's link; `bond_3ad_handle_link_change()` and
    /// `bond_3ad_adapter_speed_duplex_changed()` in C. May sleep, with or without the RTNL.
    pub(crate) fn update_port_link(&self, slave: &Slave) {
        let frames = {
            // Within the bond's lock: of two that tell different things the later is right.
            let state = self.lock();
            let mut lacp = self.lacp.lock();
            let place = lacp.place_of(slave);
            let (Some(member), Some(place)) = (state.member(slave), place) else {
                return;
            };
            let link = member.port_link();
            let ((), frames) = lacp.act(self, |lag, now, effects| {
                lag.set_link(place, link, now, effects)
            });
            frames
        };
        self.finish_lacp(frames);
    }
}

impl Member {
    /// What the engine is to know of the link.
    fn port_link(&self) -> LinkFacts {
        LinkFacts {
            up: self.link.state().lower_link_up(),
            running: self.slave.is_up(),
            speed: self.speed,
        }
    }
}
