// SPDX-License-Identifier: GPL-2.0

//! What is left to do of changes that were made under the bond's lock alone.

use super::Failover;
use crate::{
    bond::{Bond, State},
    log::log_event,
    role::{tell, LowerState}, //
};
use bonding_core::{link, mode::Mode, select};
use core::mem;
use kernel_net::{
    netdev_info,
    netdevice::{flags, Event},
    rtnl::Rtnl, //
};

/// What is left to do of one slave's change of link, in this order.
pub(crate) struct Unsettled {
    /// To be logged before anything else of the bond: what was noticed.
    pub(crate) noticed: Option<link::Event>,
    /// The link changed.
    pub(crate) link: Option<LowerState>,
    /// The role changed.
    pub(crate) role: Option<LowerState>,
    /// To be logged: what became of it.
    pub(crate) said: Option<link::Event>,
    /// The mode is to be told that the link is up, or down.
    pub(crate) up: Option<bool>,
}

impl Unsettled {
    /// Nothing is left.
    pub(crate) const NOTHING: Self = Self {
        noticed: None,
        link: None,
        role: None,
        said: None,
        up: None,
    };

    pub(crate) fn is_some(&self) -> bool {
        self.noticed.is_some()
            || self.link.is_some()
            || self.role.is_some()
            || self.said.is_some()
            || self.up.is_some()
    }
}

impl State {
    /// See [`Bond::is_unsettled`].
    pub(crate) fn is_unsettled(&self) -> bool {
        self.failover.is_some() || self.members.iter().any(|m| m.unsettled.is_some())
    }
}

impl Bond {
    /// Does whatever is left to do of changes of links and of the active slave, in C's order.
    ///
    /// Calls into slaves' devices: not for a netdevice event, where a device's own lock may be held.
    pub(crate) fn settle(&self, rtnl: &Rtnl<'_>) {
        if !self.is_unsettled() {
            return;
        }
        self.say_noticed(&mut self.lock());
        for slave in self.slaves(rtnl) {
            let left = match self.lock().member_mut(&slave) {
                Some(member) => mem::replace(&mut member.unsettled, Unsettled::NOTHING),
                None => continue,
            };
            self.tell_link(&slave, left.link, rtnl);
            self.tell_role(&slave, left.role, rtnl);
            if let Some(said) = &left.said {
                log_event(self.dev(), &slave.dev, said);
            }
            if let Some(up) = left.up {
                self.update_port_link(&slave);
                self.alb_link_changed(&slave, up, rtnl);
            }
        }
        // What is called here may lead to a netdevice event, and that to another change.
        loop {
            let Some(failover) = self.lock().failover.take() else {
                return;
            };
            self.finish(failover, rtnl);
        }
    }

    /// Whether anything is left for [`Self::settle`].
    pub(crate) fn is_unsettled(&self) -> bool {
        self.lock().is_unsettled()
    }

    /// The second half of a change of the active slave; the latter part of `bond_change_active_slave()` in C.
    fn finish(&self, failover: Failover, rtnl: &Rtnl<'_>) {
        let bond_dev = self.dev();
        let mode = self.mode();
        let (old, new) = (&failover.old, &failover.new);
        // Frames that only the old slave can encrypt are kept back since another one, or none, is active.
        if let Some(old) = old {
            self.take_sas_off(old, rtnl);
        }
        if let Some(new) = new {
            if let Some(said) = &failover.said {
                log_event(bond_dev, &new.dev, said);
            }
            self.tell_link(new, failover.early, rtnl);
            if failover.early.is_some() {
                self.alb_link_changed(new, true, rtnl);
            }
        }
        if mode.uses_primary() {
            self.move_rx_flags(
                old.as_ref().map(|s| &*s.dev),
                new.as_ref().map(|s| &*s.dev),
                rtnl,
            );
        }
        if mode.is_lb() {
            self.alb_active_changed(old.as_ref(), new.as_ref(), rtnl);
        }
        if let Some(old) = old {
            self.tell_role(old, failover.old_role, rtnl);
        }
        if let Some(new) = new {
            self.tell_role(new, failover.new_role, rtnl);
        }
        for slave in old.iter().chain(new) {
            self.sync_groups(slave, rtnl);
        }
        self.sync_probes(rtnl);
        if mode == Mode::ActiveBackup {
            if let Some(new) = new {
                self.fail_over_mac(new, old.as_ref(), rtnl);
                self.sync_probes(rtnl);
                tell(bond_dev, Event::BondingFailover, rtnl);
                if bond_dev.is_running() {
                    self.reset_peer_notifications();
                    self.notify_peers(false, rtnl);
                }
            }
        }
        if let Some(new) = new {
            self.put_sas_on(new, rtnl);
        }
        self.schedule_igmp(mode, new.is_some());
        if failover.chosen && self.update_carrier(rtnl) {
            self.say_carrier();
        }
    }

    /// Does of a change of links what can be done, and must be soon, though RTNL is not at hand.
    ///
    /// The multicast addresses of the active slave, and a hint to switches where it is; if it `tells`, log lines
    /// and the loss of the bond's carrier. [`Self::settle`] does the rest.
    pub(crate) fn settle_early(&self, tells: bool) {
        let (moved, chosen) = {
            let mut state = self.lock();
            if tells {
                self.say(&mut state);
            }
            let chosen = state.failover.as_ref().is_some_and(|f| f.chosen);
            let failover = state.failover.as_mut().filter(|f| !f.taught);
            let moved = failover.map(|f| {
                f.taught = true;
                (f.old.clone(), f.new.clone())
            });
            (moved, chosen)
        };
        if let Some((old, Some(new))) = &moved {
            if self.mode() == Mode::ActiveBackup && self.dev().flags() & flags::UP != 0 {
                self.move_multicast(old.as_ref().map(|s| &*s.dev), &new.dev);
                self.alb_send_learning(new, &self.dev().hw_addr(), false);
            }
        }
        if tells && self.lose_carrier() && chosen {
            self.say_carrier();
        }
    }

    /// Logs what is left to be logged.
    pub(crate) fn say(&self, state: &mut State) {
        self.say_noticed(state);
        for member in state.members.iter_mut() {
            if let Some(said) = member.unsettled.said.take() {
                log_event(self.dev(), &member.slave.dev, &said);
            }
        }
        if let Some(Failover {
            new: Some(new),
            said,
            ..
        }) = &mut state.failover
        {
            if let Some(said) = said.take() {
                log_event(self.dev(), &new.dev, &said);
            }
        }
    }

    /// Logs what an inspection noticed.
    fn say_noticed(&self, state: &mut State) {
        for member in state.members.iter_mut() {
            if let Some(noticed) = member.unsettled.noticed.take() {
                log_event(self.dev(), &member.slave.dev, &noticed);
            }
        }
    }

    /// Logs that the bond has a carrier again, or none any more.
    fn say_carrier(&self) {
        netdev_info!(
            self.dev(),
            "{}\n",
            select::carrier_line(self.dev().carrier_ok())
        );
    }
}
