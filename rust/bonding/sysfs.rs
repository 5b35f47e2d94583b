// SPDX-License-Identifier: GPL-2.0

//! The files of a bond in `/sys/class/net/<bond>/bonding`, and of a slave in `bonding_slave`.

use crate::{bond::Bond, member::Member, slave::Slave};
use bonding_core::{
    option::{
        show::{show, Attribute, ShowFacts, ATTRIBUTES},
        Value,
        OPTIONS, //
    },
    params::DeviceName,
    report::SlaveLacp,
    text::Mac, //
};
use core::fmt::{self, Write};
use kernel::{page::PAGE_SIZE, prelude::*, sync::Arc};
use kernel_net::{
    namespace,
    rtnl,
    sysfs::{self, AttributeList, Attributes, DeviceAttribute, DeviceGroup, Directory, SysfsBuf}, //
};

/// A file of a bond: `id` is its place in [`ATTRIBUTES`].
const fn file(id: u16, name: &'static CStr) -> DeviceAttribute<Bond> {
    match ATTRIBUTES[id as usize] {
        Attribute::Option(option) => {
            assert!(same(
                OPTIONS[option as usize].name.as_bytes(),
                name.to_bytes()
            ));
            sysfs::Attribute::of_device(name, 0o644, id)
        }
        _ => sysfs::Attribute::of_device(name, 0o444, id),
    }
}

/// Whether two names are the same, for a check when the table is made.
const fn same(mut a: &[u8], mut b: &[u8]) -> bool {
    while let ([x, a_rest @ ..], [y, b_rest @ ..]) = (a, b) {
        if *x != *y {
            return false;
        }
        (a, b) = (a_rest, b_rest);
    }
    a.is_empty() && b.is_empty()
}

static FILES: [DeviceAttribute<Bond>; ATTRIBUTES.len()] = [
    file(0, c"slaves"),
    file(1, c"mode"),
    file(2, c"fail_over_mac"),
    file(3, c"arp_validate"),
    file(4, c"arp_all_targets"),
    file(5, c"arp_interval"),
    file(6, c"arp_ip_target"),
    file(7, c"downdelay"),
    file(8, c"updelay"),
    file(9, c"peer_notif_delay"),
    file(10, c"lacp_active"),
    file(11, c"lacp_rate"),
    file(12, c"ad_select"),
    file(13, c"xmit_hash_policy"),
    file(14, c"num_grat_arp"),
    file(15, c"num_unsol_na"),
    file(16, c"miimon"),
    file(17, c"primary"),
    file(18, c"primary_reselect"),
    file(19, c"use_carrier"),
    file(20, c"active_slave"),
    file(21, c"mii_status"),
    file(22, c"ad_aggregator"),
    file(23, c"ad_num_ports"),
    file(24, c"ad_actor_key"),
    file(25, c"ad_partner_key"),
    file(26, c"ad_partner_mac"),
    file(27, c"queue_id"),
    file(28, c"all_slaves_active"),
    file(29, c"resend_igmp"),
    file(30, c"min_links"),
    file(31, c"lp_interval"),
    file(32, c"packets_per_slave"),
    file(33, c"tlb_dynamic_lb"),
    file(34, c"ad_actor_sys_prio"),
    file(35, c"ad_actor_system"),
    file(36, c"ad_user_port_key"),
    file(37, c"arp_missed_max"),
    file(38, c"mac_policy"),
    file(39, c"lacp_fast_start"),
    file(40, c"arp_backup_probe"),
];
static LIST: AttributeList<DeviceAttribute<Bond>, { ATTRIBUTES.len() + 1 }> =
    AttributeList::<DeviceAttribute<_>, _>::new(&FILES);
/// The directory `bonding` of each bond.
pub(crate) static GROUP: DeviceGroup<Bond> = DeviceGroup::new(c"bonding", &LIST);

impl Attributes for Bond {
    fn show(&self, id: u16, out: &mut SysfsBuf<'_>) -> Result {
        let attribute = attribute(id)?;
        let state = self.lock_settled();
        let primary = state.primary.as_ref().map(|slave| slave.dev.name());
        let active = state.active.as_ref().map(|slave| slave.dev.name());
        let mut facts = ShowFacts {
            admin: namespace::capable_net_admin(),
            carrier: self.dev().carrier_ok(),
            primary: primary.as_ref().map(|name| name.as_bytes()),
            active: active.as_ref().map(|name| name.as_bytes()),
            ad: self.ad_info(),
            slaves: &mut state
                .members
                .iter()
                .map(|m| (DeviceName::new(m.slave.dev.name().as_bytes()), m.queue_id)),
            page_size: PAGE_SIZE,
        };
        show(attribute, &state.params, &mut facts, out)?;
        Ok(())
    }

    /// `bonding_sysfs_store_option()` in C.
    fn store(&self, id: u16, input: &[u8]) -> Result<usize> {
        let option = attribute(id)?.option().ok_or(EIO)?;
        let guard = rtnl::try_lock_or_restart()?;
        self.set_option_notify(option, Value::Text(input), guard.rtnl())?;
        Ok(input.len())
    }
}

fn attribute(id: u16) -> Result<Attribute> {
    ATTRIBUTES.get(usize::from(id)).copied().ok_or(ENOENT)
}

/// What the files of a slave are about.
struct Shown(Arc<Slave>);

/// The files of a slave, by number.
#[derive(Clone, Copy)]
#[repr(u16)]
enum SlaveFile {
    State,
    MiiStatus,
    LinkFailureCount,
    PermHwaddr,
    QueueId,
    AdAggregatorId,
    AdActorOperPortState,
    AdPartnerOperPortState,
}

impl SlaveFile {
    const ALL: [Self; 8] = [
        Self::State,
        Self::MiiStatus,
        Self::LinkFailureCount,
        Self::PermHwaddr,
        Self::QueueId,
        Self::AdAggregatorId,
        Self::AdActorOperPortState,
        Self::AdPartnerOperPortState,
    ];

    const fn named(self, name: &'static CStr) -> sysfs::Attribute<Shown> {
        sysfs::Attribute::new(name, 0o444, self as u16)
    }
}

static SLAVE_FILES: [sysfs::Attribute<Shown>; SlaveFile::ALL.len()] = [
    SlaveFile::State.named(c"state"),
    SlaveFile::MiiStatus.named(c"mii_status"),
    SlaveFile::LinkFailureCount.named(c"link_failure_count"),
    SlaveFile::PermHwaddr.named(c"perm_hwaddr"),
    SlaveFile::QueueId.named(c"queue_id"),
    SlaveFile::AdAggregatorId.named(c"ad_aggregator_id"),
    SlaveFile::AdActorOperPortState.named(c"ad_actor_oper_port_state"),
    SlaveFile::AdPartnerOperPortState.named(c"ad_partner_oper_port_state"),
];
static SLAVE_LIST: AttributeList<sysfs::Attribute<Shown>, { SlaveFile::ALL.len() + 1 }> =
    AttributeList::<sysfs::Attribute<_>, _>::new(&SLAVE_FILES);

impl Shown {
    /// What `f` finds out about the slave, or nothing while it comes or goes.
    fn member<T: Default>(&self, f: impl FnOnce(&Member) -> T) -> T {
        let state = self.0.bond().lock();
        state.member(&self.0).map(f).unwrap_or_default()
    }
}

/// Writes what LACP says of a slave.
fn show_port(file: SlaveFile, slave: &Slave, out: &mut SysfsBuf<'_>) -> fmt::Result {
    let bond = slave.bond();
    let facts = bond.port_facts(bond.mode(), slave, 0);
    match (facts, file) {
        (Some(SlaveLacp::Aggregated(port)), SlaveFile::AdAggregatorId) => {
            writeln!(out, "{}", port.aggregator_id)
        }
        (Some(SlaveLacp::Aggregated(port)), SlaveFile::AdActorOperPortState) => {
            writeln!(out, "{}", port.actor.port_state)
        }
        (Some(SlaveLacp::Aggregated(port)), _) => writeln!(out, "{}", port.partner.port_state),
        _ => writeln!(out, "N/A"),
    }
}

impl Attributes for Shown {
    fn show(&self, id: u16, out: &mut SysfsBuf<'_>) -> Result {
        let slave = &self.0;
        let file = SlaveFile::ALL
            .into_iter()
            .find(|file| *file as u16 == id)
            .ok_or(ENOENT)?;
        match file {
            SlaveFile::State if slave.is_backup() => writeln!(out, "backup"),
            SlaveFile::State => writeln!(out, "active"),
            SlaveFile::MiiStatus => writeln!(out, "{}", slave.link().name()),
            SlaveFile::LinkFailureCount => writeln!(out, "{}", self.member(|m| m.link.failures())),
            SlaveFile::PermHwaddr => writeln!(out, "{}", Mac(slave.perm_hwaddr.as_bytes())),
            SlaveFile::QueueId => writeln!(out, "{}", self.member(|m| m.queue_id)),
            SlaveFile::AdAggregatorId
            | SlaveFile::AdActorOperPortState
            | SlaveFile::AdPartnerOperPortState => show_port(file, slave, out),
        }?;
        Ok(())
    }
}

/// The directory `bonding_slave` of a slave.
pub(crate) struct SlaveFiles(Directory<Shown>);

impl SlaveFiles {
    /// Makes the directory and its files.
    ///
    /// # Errors
    ///
    /// `ENOMEM`, or what sysfs says.
    pub(crate) fn new(slave: &Arc<Slave>) -> Result<Self> {
        let directory = Directory::new(&slave.dev, c"bonding_slave", Shown(slave.clone()))?;
        directory.add_files(SLAVE_LIST.as_files())?;
        Ok(Self(directory))
    }

    /// Removes the files and the directory, after their last reader is done.
    pub(crate) fn undo(self) {
        self.0.remove_files(SLAVE_LIST.as_files());
    }
}
