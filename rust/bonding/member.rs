// SPDX-License-Identifier: GPL-2.0

//! A slave as the control path sees it, and its way in and out of the bond's vector.

use crate::{
    active::Unsettled,
    bond::{Bond, State, INFO},
    slave::Slave,
    sysfs::SlaveFiles, //
};
use bonding_core::{
    link::{Link, LinkState, Monitor, Proposal, Speed, Timing},
    mode::Mode,
    time::{Hz, Jiffies, Millis},
    tlb::Slot, //
};
use kernel::sync::Arc;
use kernel_net::{
    netdevice::{upper::UpperLink, Device},
    netpoll::Netpoll,
    rtnl::{self, Rtnl},
    rx_handler,
    time,
    workqueue::{DelayedWorkItem, DelayedWorks}, //
};

/// A slave as the control path sees it.
pub(crate) struct Member {
    pub(crate) slave: Arc<Slave>,
    pub(crate) link: Link,
    /// What the monitor wants the link to become.
    pub(crate) proposal: Option<Proposal>,
    /// It joined without a carrier while nothing watched links, and is taken for up until something happens to
    /// the device.
    pub(crate) trusted: bool,
    /// What is left to do of changes of the link.
    pub(crate) unsettled: Unsettled,
    /// What the ARP monitor wants the link to become.
    pub(crate) arp_proposal: Option<LinkState>,
    /// LACP or the ARP monitor changed the role, and nobody was told yet; twice is as good as never.
    pub(crate) untold_role: bool,
    /// The same for the link.
    pub(crate) untold_link: bool,
    /// The slave listens to the solicited-node groups that the bond has.
    pub(crate) in_groups: bool,
    pub(crate) speed: Speed,
    pub(crate) prio: i32,
    pub(crate) queue_id: u16,
    /// The slave's number in the bond, which it keeps.
    pub(crate) slot: Slot,
    /// The MTU to give back, bytes.
    pub(crate) original_mtu: u32,
    /// When `NETDEV_BONDING_INFO` was asked for, as a number in order; `None` once it was sent.
    pub(crate) info_request: Option<u64>,
    /// It was said that the speed is not known, which keeps the link down.
    pub(crate) said_unknown: bool,
    /// It was said that the device takes no address for probes.
    pub(crate) said_no_probe: bool,
    pub(crate) attachments: Attachments,
}

/// What ties a slave to its bond, undone one by one by `release`.
#[derive(Default)]
pub(crate) struct Attachments {
    pub(crate) sysfs: Option<SlaveFiles>,
    pub(crate) upper: Option<UpperLink<Slave>>,
    pub(crate) rx: Option<rx_handler::Registration<Slave>>,
    pub(crate) netpoll: Option<Netpoll>,
}

impl Member {
    /// Whether the link is up; the monitor's view, not the device's.
    pub(crate) fn link_up(&self) -> bool {
        self.link.state() == LinkState::Up
    }

    /// Whether the device is open and has a carrier, as far as a monitor of this kind goes by it.
    pub(crate) fn has_carrier(&mut self, monitor: Monitor) -> bool {
        let up = self.slave.is_up();
        self.trusted &= monitor == Monitor::None && !up && self.slave.dev.is_running();
        up || self.trusted
    }

    /// Makes the slave a backup or an active one, of which listeners are told later.
    pub(crate) fn set_backup_untold(&mut self, backup: bool) {
        if self.slave.is_backup() != backup {
            self.slave.set_backup(backup);
            self.untold_role = !self.untold_role;
        }
    }

    /// Whether frames may be sent over this slave; `bond_slave_can_tx()` in C.
    pub(crate) fn can_tx(&self) -> bool {
        self.link_up() && self.slave.is_up() && !self.slave.is_backup()
    }
}

impl State {
    /// The options that the MII monitor goes by.
    pub(crate) fn timing(&self) -> Timing {
        let millis = |ms: i32| Millis(ms.max(0).unsigned_abs());
        Timing {
            hz: Hz::new(time::HZ),
            miimon: Millis(self.params.miimon),
            updelay: millis(self.params.updelay_ms()),
            downdelay: millis(self.params.downdelay_ms()),
        }
    }

    /// What watches the links.
    pub(crate) fn monitor(&self) -> Monitor {
        if self.params.miimon != 0 {
            Monitor::Mii
        } else if self.params.arp_interval != 0 {
            Monitor::Arp
        } else {
            Monitor::None
        }
    }

    pub(crate) fn member(&self, slave: &Slave) -> Option<&Member> {
        self.members.iter().find(|m| m.slave.is(slave))
    }

    pub(crate) fn member_mut(&mut self, slave: &Slave) -> Option<&mut Member> {
        self.members.iter_mut().find(|m| m.slave.is(slave))
    }
}

impl Bond {
    /// Makes a member of `slave`, with the link state it starts in.
    pub(crate) fn new_member(
        &self,
        slave: &Arc<Slave>,
        original_mtu: u32,
        rtnl: &Rtnl<'_>,
    ) -> Member {
        let speed = read_speed(&slave.dev, rtnl);
        let state = self.lock();
        let monitor = state.monitor();
        let carrier = match monitor {
            Monitor::Mii => slave.is_up(),
            Monitor::Arp | Monitor::None => slave.dev.carrier_ok(),
        };
        let mut link = Link::new(monitor, carrier, &state.timing(), now());
        if state.mode() == Mode::Ieee8023ad && !speed.is_known() {
            // Ports are told apart by their speed.
            link.set(LinkState::Down, now());
        }
        slave.set_link(&link);
        slave.times.begin(state.long_ago(now()));
        Member {
            slave: slave.clone(),
            link,
            proposal: None,
            unsettled: Unsettled::NOTHING,
            trusted: monitor == Monitor::None && !carrier,
            arp_proposal: None,
            untold_role: false,
            untold_link: false,
            in_groups: false,
            speed,
            prio: 0,
            queue_id: 0,
            slot: state.free_slot(),
            original_mtu,
            info_request: None,
            said_unknown: false,
            said_no_probe: false,
            attachments: Attachments::default(),
        }
    }

    /// Lets a slave into the vector. [`Self::reserve`] made room for it.
    pub(crate) fn join(&self, member: Member) {
        let mut state = self.lock();
        let _ = state.members.push(member);
        self.abi().set_slave_cnt(state.members.len() as i32);
    }

    /// Takes a slave out of the vector and out of the plan, so that nothing is sent through it any more once
    /// a grace period has passed.
    pub(crate) fn leave(&self, slave: &Slave) -> Option<Member> {
        let (member, flows) = {
            let mut state = self.lock();
            let place = state.members.iter().position(|m| m.slave.is(slave))?;
            let member = state.members.remove(place);
            if state.arp.forget(slave) {
                self.prober_sent.set(0);
            }
            self.abi().set_slave_cnt(state.members.len() as i32);
            (member, state.flows.clone())
        };
        self.publish();
        if let (Some(member), Some(flows)) = (&member, flows) {
            flows.release(member.slot);
        }
        member
    }

    /// Has `NETDEV_BONDING_INFO` sent for a slave from a work; `bond_queue_slave_event()` in C.
    pub(crate) fn queue_info(&self, slave: &Slave) {
        {
            let mut state = self.lock();
            let request = state.info_requests;
            let Some(member) = state.member_mut(slave) else {
                return;
            };
            if member.info_request.is_none() {
                member.info_request = Some(request);
                state.info_requests = request.wrapping_add(1);
            }
        }
        self.work::<INFO>().queue(0);
    }

    /// The slave that has waited longest for its `NETDEV_BONDING_INFO`, and no longer does.
    fn next_info(&self) -> Option<Arc<Slave>> {
        let mut state = self.lock();
        let member = state
            .members
            .iter_mut()
            .filter(|m| m.info_request.is_some())
            .min_by_key(|m| m.info_request)?;
        member.info_request = None;
        Some(member.slave.clone())
    }

    /// Notes a slave's speed and duplex.
    pub(crate) fn store_speed(&self, slave: &Slave, speed: Speed) {
        if let Some(member) = self.lock().member_mut(slave) {
            member.speed = speed;
            member.said_unknown &= !speed.is_known();
        }
    }
}

impl DelayedWorkItem<INFO> for Bond {
    /// `bond_netdev_notify_work()` in C.
    fn run(&self) {
        // Closing the bond waits for works under RTNL, so it must not be waited for here.
        let Some(guard) = rtnl::try_lock() else {
            self.work::<INFO>().queue(1);
            return;
        };
        while let Some(slave) = self.next_info() {
            if let Some(info) = self.info_of(&slave) {
                slave.dev.bonding_info_change(&info, guard.rtnl());
            }
        }
    }
}

/// Asks a device for its speed and duplex.
pub(crate) fn read_speed(dev: &Device, rtnl: &Rtnl<'_>) -> Speed {
    known(dev.speed_duplex(rtnl))
}

/// As [`read_speed`], in a notifier, where the lock of the device's operations is held.
pub(crate) fn read_speed_locked(dev: &Device, rtnl: &Rtnl<'_>) -> Speed {
    known(dev.speed_duplex_locked(rtnl))
}

fn known(settings: Option<(u32, u8)>) -> Speed {
    settings.map_or(Speed::UNKNOWN, |(speed, duplex)| {
        Speed::from_ethtool(speed, duplex)
    })
}

/// The time.
pub(crate) fn now() -> Jiffies {
    Jiffies(time::ticks())
}
