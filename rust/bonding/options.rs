// SPDX-License-Identifier: GPL-2.0

//! Changing options: what the core decides is carried out here, whatever interface asked for it.

use crate::{
    bond::{Bond, State},
    log::BondLog,
    member::Member,
    release::Cause,
    slave::Slave, //
};
use bonding_core::{
    errno::Errno,
    failover::Reason,
    mode::Mode,
    option::{
        self, ActiveChange, Devices, Effect, Effects, Membership, OptionId, PrimaryChange,
        Relation, SlaveChange, SlaveView, Value, View,
    },
    params::{DeviceName, Params}, //
};
use kernel::{prelude::*, sync::Arc};
use kernel_net::{
    init::copied,
    netdevice::{flags, priv_flags, Device, Event, Features},
    rtnl::{Attr, ExtAck, Rtnl},
};

/// The kernel's form of an error number of the core.
pub(crate) fn to_error(errno: Errno) -> Error {
    Error::from_errno(errno.to_c())
}

/// Changes that the LACP engine is to know of.
const LACP: [Effect; 5] = [
    Effect::LacpActive,
    Effect::LacpRate,
    Effect::AdActor,
    Effect::AdPortKeys,
    Effect::LacpConfig,
];

/// The devices that options name, as one bond sees them.
struct Neighbourhood<'a> {
    dev: &'a Device,
    members: &'a [Member],
    active: Option<&'a Arc<Slave>>,
    rtnl: &'a Rtnl<'a>,
}

impl Devices for Neighbourhood<'_> {
    fn find(&self, name: &[u8]) -> Option<option::Device> {
        let name = DeviceName::new(name);
        let name = CStr::from_bytes_until_nul(name.as_c()).ok()?;
        let dev = self.dev.namespace().device_by_name(name, self.rtnl)?;
        let relation = match self.members.iter().find(|m| m.slave.dev.is(dev)) {
            Some(member) => Relation::Ours(SlaveView {
                usable: member.link_up() && member.slave.is_up(),
                active: self.active.is_some_and(|a| a.is(&member.slave)),
            }),
            None if is_bond_slave(dev) => Relation::OfOtherBond,
            None => Relation::Stranger,
        };
        Some(option::Device {
            ifindex: index_of(dev),
            name: DeviceName::new(dev.name().as_bytes()),
            relation,
        })
    }

    fn queue_id_taken(&self, queue_id: u16, except: u32) -> bool {
        self.members
            .iter()
            .any(|m| m.queue_id == queue_id && index_of(&m.slave.dev) != except)
    }
}

/// Whether `dev` is a slave of some bond; `netif_is_bond_slave()` in C.
fn is_bond_slave(dev: &Device) -> bool {
    dev.flags() & flags::SLAVE != 0 && dev.priv_flags() & priv_flags::BONDING != 0
}

/// The index of a device, as the core has it.
pub(crate) fn index_of(dev: &Device) -> u32 {
    dev.ifindex().unsigned_abs()
}

/// Tells netlink why a request was refused, and which attribute was at fault.
pub(crate) fn refuse(error: option::Error, attr: Option<&Attr<'_>>, ext: &mut ExtAck<'_>) -> Error {
    ext.set_fmt(fmt!("{}", error.extack));
    if let Some(attr) = attr {
        ext.set_bad_attr(attr);
    }
    to_error(error.errno)
}

impl Bond {
    /// Changes one option; `__bond_opt_set()` in C.
    ///
    /// `attr` is the netlink attribute that carries `value`, if one does.
    ///
    /// # Errors
    ///
    /// In the order of the checks: `EACCES` not in this mode, `ENOTEMPTY` not with slaves, `EBUSY` not while
    /// the bond is up, `EINVAL` not a value, then those of the option itself. Nothing changed then.
    pub(crate) fn set_option(
        &self,
        id: OptionId,
        value: Value<'_>,
        attr: Option<&Attr<'_>>,
        rtnl: &Rtnl<'_>,
        ext: &mut ExtAck<'_>,
    ) -> Result {
        let effects = self
            .decide(rtnl, |params, view, log| {
                option::set(params, view, id, value, log)
            })
            .map_err(|error| refuse(error, attr, ext))?;
        self.carry_out(&effects, rtnl);
        if let Some(membership) = effects.membership {
            let mode = self.mode();
            self.change_membership(membership, rtnl).inspect_err(|e| {
                // Only sysfs has this option, so there is nobody to give the text to.
                let _ = option::explain(id, mode, e.to_errno(), &value, &mut BondLog(self.dev()));
            })?;
        }
        Ok(())
    }

    /// As [`Self::set_option`], and tells who listens that an option changed; `__bond_opt_set_notify()` in C.
    pub(crate) fn set_option_notify(
        &self,
        id: OptionId,
        value: Value<'_>,
        rtnl: &Rtnl<'_>,
    ) -> Result {
        self.set_option(id, value, None, rtnl, &mut ExtAck::none())?;
        if self.dev().is_registered() {
            // Nobody can object to what has happened.
            let _ = self.dev().notify(Event::ChangeInfoData, rtnl);
        }
        Ok(())
    }

    /// Changes several options, all of them or none.
    ///
    /// `decide` changes a copy of the parameters, which then becomes the bond's own.
    ///
    /// # Errors
    ///
    /// `ENOMEM`, or that of `decide`: nothing changed.
    pub(crate) fn change_params(
        &self,
        rtnl: &Rtnl<'_>,
        change: impl FnOnce(&mut Params, &View<'_>, &mut BondLog<'_>) -> Result<Effects>,
    ) -> Result {
        let room = KBox::<Params>::new_uninit(GFP_KERNEL)?;
        let effects = self.decide(rtnl, |params, view, log| {
            let mut copy = room.write_init(copied(params))?;
            let effects = change(&mut copy, view, log)?;
            *params = *copy;
            Ok::<_, Error>(effects)
        })?;
        self.carry_out(&effects, rtnl);
        Ok(())
    }

    /// Has `decide` change the parameters, with all that it must know for that.
    ///
    /// The bond's lock is held meanwhile.
    pub(crate) fn decide<R>(
        &self,
        rtnl: &Rtnl<'_>,
        decide: impl FnOnce(&mut Params, &View<'_>, &mut BondLog<'_>) -> R,
    ) -> R {
        let dev = self.dev();
        let mut state = self.lock();
        let State {
            params,
            members,
            active,
            primary,
            xdp,
            ..
        } = &mut *state;
        let view = View {
            up: dev.flags() & flags::UP != 0,
            has_slaves: !members.is_empty(),
            has_active: active.is_some(),
            has_primary: primary.is_some(),
            has_xdp: xdp.is_some(),
            ipv6: cfg!(CONFIG_IPV6),
            tx_queues: dev.real_num_tx_queues(),
            devices: &Neighbourhood {
                dev,
                members,
                active: active.as_ref(),
                rtnl,
            },
        };
        decide(params, &view, &mut BondLog(dev))
    }

    /// Does what is left to do once the parameters have changed.
    pub(crate) fn carry_out(&self, effects: &Effects, rtnl: &Rtnl<'_>) {
        let has = |effect| effects.has(effect);
        if has(Effect::Mode) {
            self.abi().set_mode(self.mode() as i32);
            self.want_ipsec(rtnl);
            self.update_xdp_features(rtnl);
        }
        if let Some(change) = effects.slave {
            self.change_slave(change);
            self.change_port(change);
        }
        match effects.active {
            Some(ActiveChange::Choose) => {
                self.change_active(None, Reason::Administrator, rtnl);
                self.select_active(Reason::Administrator, rtnl);
            }
            Some(ActiveChange::Slave(index)) => {
                self.change_active(self.slave_by_index(index), Reason::Administrator, rtnl);
            }
            None => {}
        }
        if let Some(change) = effects.primary {
            let primary = match change {
                PrimaryChange::Slave(index) => self.slave_by_index(index),
                PrimaryChange::None => None,
            };
            self.lock().primary = primary;
        }
        if has(Effect::ForcePrimary) {
            self.lock().force_primary = true;
        }
        if has(Effect::Inactive) {
            self.apply_all_slaves_active();
            self.apply_lacp();
        }
        if has(Effect::MiiMonitor) {
            self.restart_mii();
        }
        if has(Effect::ArpTargets) {
            self.follow_targets();
        }
        if has(Effect::RxProbe) || has(Effect::ArpTargets) {
            self.publish_watch();
        }
        if has(Effect::RxProbe) || has(Effect::ArpMonitor) || has(Effect::BackupProbe) {
            self.sync_probes(rtnl);
        }
        if has(Effect::NsMulticast) {
            self.sync_all_groups(rtnl);
        }
        if has(Effect::ArpMonitor) {
            self.restart_arp();
        }
        if has(Effect::SelectActive) {
            self.select_active(Reason::Primary, rtnl);
        }
        if has(Effect::MacPolicy) {
            self.declare_address(rtnl);
        }
        if LACP.iter().any(|effect| has(*effect)) {
            self.configure_lacp(has(Effect::AdActor));
        }
        if has(Effect::BroadcastNeigh) {
            self.count_broadcast_neighbor(self.dev().flags() & flags::UP != 0);
        }
        if has(Effect::Learning) {
            self.alb_wake();
        }
        if has(Effect::Carrier) {
            self.update_carrier(rtnl);
        }
        if has(Effect::Plan) || effects.slave.is_some() {
            self.publish();
        }
    }

    /// Wants IPsec offload in the one mode that has it; `bond_set_xfrm_features()` in C.
    fn want_ipsec(&self, rtnl: &Rtnl<'_>) {
        let dev = self.dev();
        if !cfg!(CONFIG_XFRM_OFFLOAD) || !dev.is_registered() {
            return;
        }
        if self.mode() == Mode::ActiveBackup {
            dev.want_features(Features::XFRM, Features::NONE, rtnl);
        } else {
            dev.want_features(Features::NONE, Features::XFRM, rtnl);
        }
        dev.update_features(rtnl);
    }

    fn slave_by_index(&self, index: u32) -> Option<Arc<Slave>> {
        let state = self.lock();
        let member = state
            .members
            .iter()
            .find(|m| index_of(&m.slave.dev) == index)?;
        Some(member.slave.clone())
    }

    /// Changes a slave's own setting.
    fn change_slave(&self, change: SlaveChange) {
        let mut state = self.lock();
        let member = state
            .members
            .iter_mut()
            .find(|m| index_of(&m.slave.dev) == change.ifindex);
        if let Some(member) = member {
            member.queue_id = change.queue_id.unwrap_or(member.queue_id);
            member.prio = change.prio.unwrap_or(member.prio);
        }
    }

    /// Lets the slaves that stand by receive, or not, by `all_slaves_active`.
    fn apply_all_slaves_active(&self) {
        let state = self.lock();
        for member in state.members.iter().filter(|m| m.slave.is_backup()) {
            member.slave.set_inactive(!state.params.all_slaves_active);
        }
    }

    /// Has the MII monitor look at the links now, and every `miimon` from then on, or no more.
    fn restart_mii(&self) {
        if self.lock().params.miimon == 0 {
            self.stop_polling_links();
            self.look_at_links();
        } else {
            self.poll_now();
        }
    }

    /// Enslaves or releases a device.
    ///
    /// # Errors
    ///
    /// Those of [`Self::enslave`] and [`Self::release`]; `ENODEV` if there is no such device.
    fn change_membership(&self, membership: Membership, rtnl: &Rtnl<'_>) -> Result {
        let (Membership::Enslave(index) | Membership::Release(index)) = membership;
        let index = i32::try_from(index).map_err(|_| ENODEV)?;
        let dev = self
            .dev()
            .namespace()
            .device_by_index(index, rtnl)
            .ok_or(ENODEV)?;
        match membership {
            Membership::Enslave(_) => self.enslave(dev, rtnl, &mut ExtAck::none()),
            Membership::Release(_) => self.release(dev, Cause::Request, rtnl),
        }
    }
}
