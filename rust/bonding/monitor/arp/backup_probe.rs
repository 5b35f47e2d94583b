// SPDX-License-Identifier: GPL-2.0

//! Backups that ask for themselves (option `arp_backup_probe`): from which address, whom, and what they hear.

use super::{
    send::Way,
    times::{Station, Target},
    watch::Watch, //
};
use crate::{
    bond::{Bond, State},
    log::slave_warn,
    member::now,
    slave::Slave, //
};
use bonding_core::{
    arp::backup_probe,
    mode::Mode,
    option::ArpBackupProbe,
    params::MAX_TARGETS,
    wire::{arp, eth::Mac}, //
};
use kernel::sync::Arc;
use kernel_net::{
    ipv4::{self, ArpRequest},
    rtnl::Rtnl,
    rx_handler::RxContext,
    skbuff::{PacketType, Skb}, //
};

/// Who answered for each IPv4 target, and when: written where frames come, read by those who ask.
pub(crate) struct Stations([Station; MAX_TARGETS]);

impl Stations {
    /// Nobody has answered yet.
    pub(crate) const fn new() -> Self {
        Self([const { Station::new() }; MAX_TARGETS])
    }

    /// Forgets all of them; targets have other places from now on.
    pub(super) fn forget(&self) {
        for station in &self.0 {
            station.forget();
        }
    }

    fn note(&self, place: usize, station: Mac) {
        if let Some(slot) = self.0.get(place) {
            slot.note(station, now());
        }
    }
}

impl State {
    /// Whether slaves that stand by are to have addresses for probes.
    fn needs_probe_addresses(&self) -> bool {
        let params = &self.params;
        self.arp_runs()
            && backup_probe::needs_address(
                params.arp_backup_probe,
                params.arp_validate,
                self.mode(),
            )
    }

    /// Whether a slave is to have an address for probes.
    fn needs_probe_address(&self, slave: &Slave) -> bool {
        self.needs_probe_addresses() && slave.dev.is_ethernet() && !self.is_active(slave)
    }

    /// The address from which a slave is to probe, which no other device of the bond has.
    fn probe_address(&self, slave: &Slave, bond_address: Mac) -> Option<Mac> {
        let own = Mac(slave.perm_hwaddr.first_six());
        let taken = |address: Mac| {
            address == bond_address
                || self.members.iter().any(|m| {
                    let other = !m.slave.is(slave);
                    address == Mac(m.slave.dev.ether_addr())
                        || other && address == Mac(m.slave.perm_hwaddr.first_six())
                        || other && m.slave.probe.get() == Some(address)
                })
        };
        backup_probe::address(own, taken)
    }
}

impl Bond {
    /// Has each slave listen to the address for probes that it should have, and to no other.
    ///
    /// To be called after whatever decides it has changed: options, the active slave, anybody's address, who is a
    /// slave.
    pub(crate) fn sync_probes(&self, rtnl: &Rtnl<'_>) {
        {
            let state = self.lock();
            let mut probes = state.members.iter().map(|m| m.slave.probe.get());
            if !state.needs_probe_addresses() && probes.all(|probe| probe.is_none()) {
                return;
            }
        }
        let bond_address = Mac(self.dev().ether_addr());
        for slave in self.slaves(rtnl) {
            let (needed, wanted) = {
                let state = self.lock();
                let needed = state.needs_probe_address(&slave);
                let wanted = if needed {
                    state.probe_address(&slave, bond_address)
                } else {
                    None
                };
                (needed, wanted)
            };
            let listens = slave.listen_to_probe(wanted, rtnl);
            if needed && !listens {
                self.say_no_probe(&slave);
            }
        }
    }

    /// Says once for each slave that it cannot probe.
    fn say_no_probe(&self, slave: &Slave) {
        let said = self
            .lock()
            .member_mut(slave)
            .is_none_or(|m| core::mem::replace(&mut m.said_no_probe, true));
        if !said {
            slave_warn!(
                self.dev(),
                slave.dev,
                "cannot have an address for probes, so it only listens (arp_backup_probe)\n"
            );
        }
    }

    /// Has those who stand by ask the targets that answered lately.
    pub(super) fn probe_backups(&self) {
        let (timing, targets, now) = {
            let state = self.lock();
            if state.params.arp_backup_probe != ArpBackupProbe::Probe {
                return;
            }
            (state.arp_timing(), state.params.arp_targets, now())
        };
        for (target, station) in targets.iter().zip(&self.stations.0) {
            let Some(station) = backup_probe::asks(station.get(), now, &timing) else {
                continue;
            };
            let tags = match self.way4(target) {
                Way::From(_, tags) => tags,
                Way::Elsewhere | Way::Unknown => continue,
            };
            let mut place = 0;
            loop {
                let slave = self.lock().members.get(place).map(|m| m.slave.clone());
                let Some(slave) = slave else { break };
                place = place.wrapping_add(1);
                let Some(from) = slave.probes_from() else {
                    continue;
                };
                let probe = ArpRequest::probe(&slave.dev, target, &from.0, &station.0);
                if let Some(probe) = probe.and_then(|probe| probe.tag_all(&tags)) {
                    probe.send();
                }
            }
        }
    }

    /// Looks for a backup that hears no request at all, and says so once if that lasts while the active slave is
    /// well.
    pub(super) fn look_for_deaf(&self) {
        let now = now();
        let deaf = {
            let mut state = self.lock();
            let deaf = state.deaf_backup();
            let timing = state.arp_timing();
            if !state.arp.deafness.look(deaf.is_some(), now, &timing) {
                return;
            }
            deaf
        };
        if let Some(slave) = deaf {
            slave_warn!(
                self.dev(),
                slave.dev,
                "hears none of the requests that the active slave sends, which is how arp_validate proves a backup: the switch does not spread them, or the card drops what has its own source address. The option arp_backup_probe proves it in another way\n"
            );
        }
    }
}

impl State {
    /// A backup that never heard a request of ours, though there must have been some.
    fn deaf_backup(&self) -> Option<Arc<Slave>> {
        let params = &self.params;
        if self.mode() != Mode::ActiveBackup
            || params.arp_backup_probe != ArpBackupProbe::Off
            || !params.arp_validate.validates(false)
            // Requests from nobody prove nothing anyway.
            || !self.arp.named
        {
            return None;
        }
        let active = self.member(self.active.as_ref()?)?;
        let last_rx = active.slave.times.last_rx(
            params.arp_all_targets,
            &params.arp_targets,
            &params.ns_targets,
        );
        let timing = self.arp_timing();
        let well = active.link_up()
            && active.link.last_up().reached(last_rx)
            && timing.within(last_rx, now(), timing.missed_max);
        let mut members = self.members.iter().filter(|_| well);
        members
            .find(|m| m.slave.is_backup() && m.slave.is_up() && !m.slave.times.has_echoed())
            .map(|m| m.slave.clone())
    }
}

impl Slave {
    /// Has the device receive frames for the address `wanted`, instead of the one for which it did so far. Whether
    /// it does.
    pub(crate) fn listen_to_probe(&self, wanted: Option<Mac>, rtnl: &Rtnl<'_>) -> bool {
        let before = self.probe.get();
        if before == wanted {
            return wanted.is_some();
        }
        // First nothing is sent or taken, then the filter changes.
        self.probe.set(None);
        if let Some(Mac(address)) = before {
            // The device may have forgotten all addresses meanwhile, as it does when it goes.
            let _ = self.dev.del_unicast(&address, rtnl);
        }
        let Some(address) = wanted else {
            return false;
        };
        let listens = self.dev.add_unicast(&address.0, rtnl).is_ok();
        if listens {
            self.probe.set(wanted);
        }
        listens
    }

    /// The address from which to probe now, if the slave is to.
    fn probes_from(&self) -> Option<Mac> {
        let stands_by = self.is_backup() && self.is_up();
        self.probe.get().filter(|_| stands_by)
    }

    /// Notes who answers for a target; takes the answer to a probe, which is for nobody else. Whether it did.
    #[cold]
    pub(super) fn take_answer(&self, watch: &Watch, skb: &Skb, cx: &RxContext<'_>) -> bool {
        let bond = self.bond();
        let packet = skb.bytes_at(0);
        let Some(packet) = packet.and_then(|bytes| arp::Packet::parse(&bytes)) else {
            return false;
        };
        let place_of = |address| watch.ipv4.position(address);
        let packet_type = skb.packet_type();
        if self.is_backup() {
            let Some(probe) = self.probe.get() else {
                return false;
            };
            let for_other = packet_type == PacketType::Other;
            let Some(place) = backup_probe::answered(&packet, for_other, probe, place_of) else {
                return false;
            };
            self.times.set_heard(Target::Ipv4(place));
            if packet.sender.is_valid() {
                bond.stations.note(place, packet.sender);
            }
            return true;
        }
        let for_us = packet_type == PacketType::Host;
        let is_ours = |address| ipv4::is_local(bond.dev(), address, cx);
        if let Some((place, station)) = backup_probe::station(&packet, for_us, place_of, is_ours) {
            bond.stations.note(place, station);
        }
        false
    }
}
