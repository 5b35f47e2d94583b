// SPDX-License-Identifier: GPL-2.0

//! The ARP monitor: asks targets every `arp_interval`, and goes by what answers.
//!
//! What is decided is `bonding_core::arp`'s; here are the passes and what follows from them. Frames are sent in
//! [`send`], received ones are judged in [`receive`] by what [`watch`] has published; [`backup`] is the pass of
//! active-backup, [`backup_probe`] has its backups ask, [`balance`] is the pass of the modes that send over all slaves.

mod backup;
mod backup_probe;
mod balance;
mod groups;
mod receive;
mod send;
mod show;
mod times;
mod watch;

use crate::{
    bond::{Bond, State, ARP},
    member::now,
    role::{tell_lower_state, LowerState},
    slave::Slave, //
};
use bonding_core::{
    arp::backup_probe::Deafness,
    failover::Reason,
    mode::Mode,
    params::{Ipv4Targets, Ipv6Targets},
    time::{Jiffies, Ticks}, //
};
use kernel::sync::Arc;
use kernel_net::{
    rtnl::{self, Rtnl},
    workqueue::{DelayedWorkItem, DelayedWorks}, //
};

pub(crate) use self::{
    backup_probe::Stations,
    times::{SharedMac, Times},
    watch::Watches, //
};

/// What the ARP monitor remembers of a bond, under its lock.
pub(crate) struct Memory {
    /// The bond is open.
    open: bool,
    /// The slave that probes while none is active; `current_arp_slave` in C.
    prober: Option<Arc<Slave>>,
    /// When the next pass is due.
    next: Jiffies,
    /// The pass counts as one that may notify peers, once RTNL is to be had.
    announce: bool,
    /// The targets that the times of the slaves are of.
    targets: (Ipv4Targets, Ipv6Targets),
    /// What was said once: that there is no route to a target of IPv4, of IPv6.
    said: (bool, bool),
    /// What was asked last named an address of ours: seen through the switch, that proves a backup.
    named: bool,
    /// Whether a backup hears no requests.
    deafness: Deafness,
}

impl Memory {
    /// Of a bond that has just been made with these targets.
    pub(crate) fn new(ipv4: Ipv4Targets, ipv6: Ipv6Targets) -> Self {
        Self {
            open: false,
            prober: None,
            next: Jiffies(0),
            announce: false,
            targets: (ipv4, ipv6),
            said: (false, false),
            named: false,
            deafness: Deafness::None,
        }
    }

    /// Forgets the prober, if it is this slave, which leaves the bond. Whether it was.
    pub(crate) fn forget(&mut self, slave: &Slave) -> bool {
        self.prober.take_if(|prober| prober.is(slave)).is_some()
    }
}

impl State {
    /// A time as long ago as a slave that joins, or whose link was lost, is said to have done nothing.
    pub(crate) fn long_ago(&self, now: Jiffies) -> Jiffies {
        let Ticks(interval) = self.arp_timing().interval;
        now.before(Ticks(interval.wrapping_add(1)))
    }

    /// Whether the monitor runs.
    fn arp_runs(&self) -> bool {
        self.arp.open && self.params.arp_interval != 0
    }
}

impl DelayedWorkItem<ARP> for Bond {
    /// `bond_arp_monitor()` in C.
    ///
    /// Probes go out once a pass, and what need not wait for RTNL does not. What has to is tried again each jiffy,
    /// without asking anew.
    fn run(&self) {
        let (mode, due) = {
            let state = self.lock();
            if !state.arp_runs() {
                return;
            }
            (state.mode(), state.arp.next.reached(now()))
        };
        if due {
            self.pass(mode);
        }
        let delay = if self.finish_pass(mode) {
            self.lock().arp.next.left(now())
        } else {
            Ticks(1)
        };
        self.work::<ARP>().queue(delay.0);
    }
}

impl Bond {
    /// Has the monitor start with the bond that opens, or stop with the one that closes.
    pub(crate) fn open_arp(&self, open: bool, rtnl: &Rtnl<'_>) {
        self.lock().arp.open = open;
        self.publish_watch();
        self.sync_probes(rtnl);
        self.restart_arp();
    }

    /// Has the monitor ask now, and every `arp_interval` from then on, or no more.
    pub(crate) fn restart_arp(&self) {
        let runs = {
            let mut state = self.lock();
            state.arp.next = now();
            state.arp_runs()
        };
        if runs {
            self.work::<ARP>().requeue(0);
        } else {
            self.work::<ARP>().cancel_sync();
        }
    }

    /// Has each slave's times follow the targets to their new places.
    pub(crate) fn follow_targets(&self) {
        let mut state = self.lock();
        let state = &mut *state;
        let after = (state.params.arp_targets, state.params.ns_targets);
        let (ipv4, ipv6) = &state.arp.targets;
        for member in state.members.iter() {
            member
                .slave
                .times
                .follow((ipv4, ipv6), (&after.0, &after.1), now());
        }
        state.arp.targets = after;
        self.stations.forget();
    }

    /// Looks at all slaves, enters what can be entered without RTNL if that is not to be had, and asks.
    fn pass(&self, mode: Mode) {
        let now = now();
        if mode == Mode::ActiveBackup {
            if self.inspect_backups(now) {
                self.enter_pass(mode);
            }
            self.probe();
            self.probe_backups();
            self.look_for_deaf();
        } else {
            let changed = self.inspect_all(now);
            self.probe_all();
            if changed {
                self.enter_pass(mode);
            }
        }
        let mut state = self.lock();
        state.arp.next = now.after(state.arp_timing().interval);
        state.arp.announce = mode == Mode::ActiveBackup && state.peers.is_some();
    }

    /// Enters what an inspection proposed, as far as RTNL is to be had or not needed.
    fn enter_pass(&self, mode: Mode) {
        // Closing the bond waits for this work under RTNL, so it must not be waited for here.
        let guard = rtnl::try_lock();
        if let Some(guard) = &guard {
            self.settle(guard.rtnl());
        }
        let entered = {
            let mut state = self.lock();
            let (entered, reselect) = if mode == Mode::ActiveBackup {
                state.enter_backups(guard.is_none(), &self.prober_sent)
            } else {
                state.enter_all(guard.is_none())
            };
            if reselect {
                self.choose(&mut state, Reason::Arp);
            }
            entered
        };
        if entered {
            self.publish();
        }
        match &guard {
            Some(guard) => {
                self.settle(guard.rtnl());
                if mode == Mode::ActiveBackup {
                    self.update_carrier(guard.rtnl());
                }
            }
            None => self.settle_early(true),
        }
    }

    /// Does what needs RTNL after a pass, if anything does. Whether that was possible.
    fn finish_pass(&self, mode: Mode) -> bool {
        let (announce, proposed, untold) = {
            let state = self.lock();
            let members = || state.members.iter();
            (
                state.arp.announce,
                members().any(|m| m.arp_proposal.is_some()),
                members().any(|m| m.untold_role || m.untold_link),
            )
        };
        let unsettled = self.is_unsettled();
        if !(announce || proposed || untold || unsettled) {
            return true;
        }
        let Some(guard) = rtnl::try_lock() else {
            return false;
        };
        let rtnl = guard.rtnl();
        if unsettled {
            self.settle(rtnl);
            self.update_carrier(rtnl);
        }
        if announce {
            self.lock().arp.announce = false;
            self.notify_peers(true, rtnl);
        }
        self.tell_untold(rtnl);
        drop(guard);
        if proposed {
            self.enter_pass(mode);
        }
        true
    }

    /// Tells of roles and links that changed without RTNL; `bond_slave_state_notify()` and
    /// `bond_slave_link_notify()` in C.
    fn tell_untold(&self, rtnl: &Rtnl<'_>) {
        for slave in self.slaves(rtnl) {
            let untold = self
                .lock()
                .member_mut(&slave)
                .is_some_and(|m| core::mem::take(&mut m.untold_role));
            if untold {
                tell_lower_state(&slave, LowerState::of(&slave), rtnl);
            }
        }
        for slave in self.slaves(rtnl) {
            let untold = self
                .lock()
                .member_mut(&slave)
                .is_some_and(|m| core::mem::take(&mut m.untold_link));
            if untold {
                self.tell_link(&slave, Some(LowerState::of(&slave)), rtnl);
            }
        }
    }
}
