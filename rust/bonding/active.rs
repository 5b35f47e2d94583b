// SPDX-License-Identifier: GPL-2.0

//! The active slave: choosing it, and all that follows from a change.

use crate::{
    bond::Bond,
    log::{log_event, slave_err},
    member::now,
    role::tell,
    slave::Slave, //
};
use bonding_core::{
    mac::Origin,
    mode::Mode,
    option::FailOverMac,
    select::{self, Candidate}, //
};
use kernel::sync::Arc;
use kernel_net::{
    netdev_info,
    netdevice::{Event, HwAddr},
    rtnl::{ExtAck, Rtnl}, //
};

impl Bond {
    /// Makes the best slave the active one, if it is not; `bond_select_active_slave()` in C.
    pub(crate) fn select_active(&self, rtnl: &Rtnl<'_>) {
        let (best, same) = {
            let mut state = self.lock();
            let state = &mut *state;
            let (timing, now) = (state.timing(), now());
            let (active, primary) = (&state.active, &state.primary);
            let policy = select::Policy {
                reselect: state.params.primary_reselect,
                force_primary: &mut state.force_primary,
                updelay: timing.updelay,
            };
            let best = select::best(
                policy,
                state.members.iter().map(|m| Candidate {
                    link: m.link.state(),
                    remaining: m.link.remaining(&timing, now),
                    up: m.slave.is_up(),
                    prio: m.prio,
                    speed: m.speed,
                    active: active.as_ref().is_some_and(|a| a.is(&m.slave)),
                    primary: primary.as_ref().is_some_and(|p| p.is(&m.slave)),
                }),
            )
            .and_then(|i| state.members.get(i))
            .map(|m| m.slave.clone());
            let same = match (&best, &state.active) {
                (Some(best), Some(active)) => best.is(active),
                (None, None) => true,
                _ => false,
            };
            (best, same)
        };
        if same {
            return;
        }
        self.change_active(best, rtnl);
        if self.update_carrier(rtnl) {
            netdev_info!(
                self.dev(),
                "{}\n",
                select::carrier_line(self.dev().carrier_ok())
            );
        }
    }

    /// Makes `new` the active slave, or none; `bond_change_active_slave()` in C.
    pub(crate) fn change_active(&self, new: Option<Arc<Slave>>, rtnl: &Rtnl<'_>) {
        let bond_dev = self.dev();
        let mode = self.mode();
        let old = self.lock().active.clone();
        match (&old, &new) {
            (Some(old), Some(new)) if old.is(new) => return,
            (None, None) => return,
            _ => {}
        }

        if let Some(new) = &new {
            self.promote(new, mode, rtnl);
        }
        if mode.uses_primary() {
            self.move_rx_flags(
                old.as_ref().map(|s| &*s.dev),
                new.as_ref().map(|s| &*s.dev),
                rtnl,
            );
        }
        {
            let mut state = self.lock();
            state.active = new.clone();
            self.abi().set_curr_active(new.as_ref().map(|s| s.abi()));
        }
        if mode.is_lb() {
            self.publish();
            self.alb_active_changed(old.as_ref(), new.as_ref(), rtnl);
        }
        if mode == Mode::ActiveBackup || mode.is_lb() {
            if let Some(old) = &old {
                self.set_inactive_flags(old, rtnl);
            }
            if let Some(new) = &new {
                self.set_active_flags(new, rtnl);
            }
        }
        self.publish();
        if mode == Mode::ActiveBackup {
            if let Some(new) = &new {
                self.fail_over_mac(new, old.as_ref(), rtnl);
                tell(bond_dev, Event::BondingFailover, rtnl);
                if bond_dev.is_running() {
                    self.reset_peer_notifications();
                    self.notify_peers(false, rtnl);
                }
            }
        }
        self.schedule_igmp(mode, new.is_some());
    }

    /// Brings a slave that is about to be active up early, and says which it is.
    fn promote(&self, new: &Arc<Slave>, mode: Mode, rtnl: &Rtnl<'_>) {
        let (early, event) = {
            let mut state = self.lock();
            let timing = state.timing();
            let Some(member) = state.member_mut(new) else {
                return;
            };
            let chosen = member.link.choose(mode, &timing, now());
            new.set_link(member.link.state());
            chosen
        };
        if let Some(event) = &event {
            log_event(self.dev(), &new.dev, event);
        }
        if early {
            self.link_changed(new, rtnl);
            self.alb_link_changed(new, true, rtnl);
        }
    }

    /// Moves addresses as `fail_over_mac` wants; `bond_do_fail_over_mac()` in C.
    fn fail_over_mac(&self, new: &Arc<Slave>, old: Option<&Arc<Slave>>, rtnl: &Rtnl<'_>) {
        let bond_dev = self.dev();
        let policy = self.lock().params.fail_over_mac;
        match policy {
            FailOverMac::None => {}
            FailOverMac::Active => {
                if let Err(e) = self.take_address_of(&new.dev, Origin::Slave, rtnl) {
                    slave_err!(
                        bond_dev,
                        new.dev,
                        "Error {} setting bond MAC from slave\n",
                        e.to_errno().wrapping_neg()
                    );
                }
            }
            FailOverMac::Follow => self.swap_addresses(new, old, rtnl),
        }
    }

    /// Gives `new` the address of `old`, and `old` that of `new`.
    fn swap_addresses(&self, new: &Arc<Slave>, old: Option<&Arc<Slave>>, rtnl: &Rtnl<'_>) {
        let bond_dev = self.dev();
        let old = match old {
            Some(old) => Some(old.clone()),
            None => self.owner_of_address(new, rtnl),
        };
        let theirs = new.dev.hw_addr();
        let wanted = match &old {
            Some(old) => old.dev.hw_addr(),
            None => bond_dev.hw_addr(),
        };
        if let Err(e) = new.dev.set_mac_address(&wanted, rtnl, &mut ExtAck::none()) {
            slave_err!(
                bond_dev,
                new.dev,
                "Error {} setting MAC of new active slave\n",
                e.to_errno().wrapping_neg()
            );
            return;
        }
        let Some(old) = old else { return };
        if let Err(e) = old.dev.set_mac_address(&theirs, rtnl, &mut ExtAck::none()) {
            slave_err!(
                bond_dev,
                old.dev,
                "Error {} setting MAC of old active slave\n",
                e.to_errno().wrapping_neg()
            );
        }
    }

    /// Another slave than `except` that has the bond's address; `bond_get_old_active()` in C.
    fn owner_of_address(&self, except: &Slave, rtnl: &Rtnl<'_>) -> Option<Arc<Slave>> {
        let address: HwAddr = self.dev().hw_addr();
        self.slaves(rtnl)
            .find(|s| !s.is(except) && s.dev.hw_addr() == address)
    }
}
