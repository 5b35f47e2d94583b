// SPDX-License-Identifier: GPL-2.0

//! What each option does to the configuration of a bond.
//!
//! C file: [`drivers/net/bonding/bond_options.c`](srctree/drivers/net/bonding/bond_options.c)
//! (the `bond_option_*_set()` functions).

use super::{device, parse, target, OptionId};
use super::{
    AdSelect, ArpAllTargets, ArpBackupProbe, ArpValidate, FailOverMac, LacpRate, MacPolicy,
    PrimaryReselect, XmitPolicy,
};
use super::{Effect, Effects, Error, Parsed, Value, View};
use crate::errno::Errno;
use crate::log::Log;
use crate::mode::Mode;
use crate::params::{Delay, Params, DEFAULT_MIIMON};
use crate::text::{Bytes, Mac};

/// The number of a value that is in the table or in the range, as the type of its parameter.
fn narrow<T: TryFrom<u64>>(number: u64) -> Result<T, Error> {
    T::try_from(number).map_err(|_| Error::INVALID)
}

/// The name of a value in a log line, as `%s` prints it.
fn name_of<'a>(value: &Parsed<'a>) -> Bytes<'a> {
    Bytes(value.name.unwrap_or(b"(null)"))
}

/// Changes `params`, as far as `value` fits option `id`, without asking whether the state of the
/// bond allows it. On an error nothing changed.
pub(super) fn apply(
    params: &mut Params,
    view: &View<'_>,
    id: OptionId,
    value: Value<'_>,
    log: &mut dyn Log,
) -> Result<Effects, Error> {
    match id {
        OptionId::ActiveSlave => device::active_slave(view, &value, log),
        OptionId::Primary => device::primary(params, view, &value, log),
        OptionId::QueueId => device::queue_id(view, &value, log),
        OptionId::Slaves => device::slaves(view, &value, log),
        OptionId::Prio => device::prio(view, &value, log),
        OptionId::ActorPortPrio => device::actor_port_prio(&value, log),
        OptionId::ArpTargets => target::ipv4(params, &value, log),
        OptionId::NsTargets => target::ipv6(params, view, &value, log),
        OptionId::AdActorSystem => ad_actor_system(params, &value, log),
        _ => {
            let parsed = parse::parse(id.def(), &value).ok_or(Error::INVALID)?;
            apply_parsed(params, view, id, &parsed, log)
        }
    }
}

/// Changes an option whose value is a name or a number.
fn apply_parsed(
    params: &mut Params,
    view: &View<'_>,
    id: OptionId,
    value: &Parsed<'_>,
    log: &mut dyn Log,
) -> Result<Effects, Error> {
    let number = value.number;
    match id {
        OptionId::Mode => mode(params, view, narrow(number)?, log),
        OptionId::MiiMon => Ok(miimon(params, view, narrow(number)?, log)),
        OptionId::UpDelay | OptionId::DownDelay | OptionId::PeerNotifDelay => {
            delay(params, id, narrow(number)?, log)
        }
        OptionId::ArpInterval => Ok(arp_interval(params, view, narrow(number)?, log)),
        OptionId::ArpValidate => {
            log_choice(log, "arp_validate", value);
            let before = params.arp_validate;
            params.arp_validate = narrow::<ArpValidate>(number)?;
            Ok(Effects::of(&[Effect::RxProbe]).and_if(
                (before == ArpValidate::None) != (params.arp_validate == ArpValidate::None),
                Effect::NsMulticast,
            ))
        }
        OptionId::ArpAllTargets => {
            log_choice(log, "arp_all_targets", value);
            params.arp_all_targets = narrow::<ArpAllTargets>(number)?;
            Ok(Effects::of(&[Effect::RxProbe]))
        }
        OptionId::ArpBackupProbe => {
            log_choice(log, "arp_backup_probe", value);
            params.arp_backup_probe = narrow::<ArpBackupProbe>(number)?;
            Ok(Effects::of(&[Effect::RxProbe, Effect::BackupProbe]))
        }
        OptionId::MissedMax => {
            log_choice(log, "missed max", value);
            params.missed_max = narrow(number)?;
            Ok(Effects::NONE)
        }
        OptionId::PrimaryReselect => {
            log_choice(log, "primary_reselect", value);
            params.primary_reselect = narrow::<PrimaryReselect>(number)?;
            Ok(Effects::of(&[Effect::SelectActive]))
        }
        OptionId::FailOverMac => {
            log_choice(log, "fail_over_mac", value);
            params.fail_over_mac = narrow::<FailOverMac>(number)?;
            Ok(Effects::NONE)
        }
        OptionId::LacpFastStart => {
            log_choice(log, "lacp_fast_start", value);
            params.lacp_fast_start = number != 0;
            Ok(Effects::of(&[Effect::LacpConfig]))
        }
        OptionId::MacPolicy => {
            log_choice(log, "mac_policy", value);
            params.mac_policy = narrow::<MacPolicy>(number)?;
            Ok(Effects::of(&[Effect::MacPolicy]))
        }
        OptionId::XmitHash => xmit_hash(params, view, value, log),
        OptionId::ResendIgmp => {
            log_number(log, "resend_igmp", number);
            params.resend_igmp = narrow(number)?;
            Ok(Effects::NONE)
        }
        OptionId::NumPeerNotif | OptionId::NumPeerNotifAlias => {
            params.num_peer_notif = narrow(number)?;
            Ok(Effects::NONE)
        }
        OptionId::AllSlavesActive => {
            let before = params.all_slaves_active;
            params.all_slaves_active = number != 0;
            let changed = before != params.all_slaves_active;
            Ok(Effects::NONE.and_if(changed, Effect::Inactive))
        }
        OptionId::MinLinks => {
            log_number(log, "min links value", number);
            params.min_links = narrow(number)?;
            Ok(Effects::of(&[Effect::Carrier, Effect::LacpConfig]))
        }
        OptionId::LpInterval => {
            params.lp_interval = narrow(number)?;
            Ok(Effects::NONE.and_if(view.up, Effect::Learning))
        }
        OptionId::PacketsPerSlave => {
            log_number(log, "packets per slave", number);
            params.packets_per_slave = narrow(number)?;
            Ok(Effects::of(&[Effect::Plan]))
        }
        OptionId::LacpActive => {
            log_choice(log, "LACP active", value);
            params.lacp_active = number != 0;
            Ok(Effects::of(&[Effect::LacpActive]))
        }
        OptionId::LacpRate => {
            log_choice(log, "LACP rate", value);
            params.lacp_rate = narrow::<LacpRate>(number)?;
            Ok(Effects::of(&[Effect::LacpRate]))
        }
        OptionId::LacpStrict => {
            log_choice(log, "LACP fallback", value);
            params.lacp_strict = number != 0;
            Ok(Effects::of(&[Effect::Carrier, Effect::LacpConfig]))
        }
        OptionId::AdSelect => {
            log_choice(log, "ad_select", value);
            params.ad_select = narrow::<AdSelect>(number)?;
            Ok(Effects::of(&[Effect::LacpConfig]))
        }
        OptionId::TlbDynamicLb => {
            log_choice(log, "dynamic-lb", value);
            params.tlb_dynamic_lb = number != 0;
            Ok(Effects::of(&[Effect::Plan]))
        }
        OptionId::AdActorSysPrio => {
            log_number(log, "ad_actor_sys_prio", number);
            params.ad_actor_sys_prio = narrow(number)?;
            Ok(Effects::of(&[Effect::AdActor]))
        }
        OptionId::AdUserPortKey => {
            log_number(log, "ad_user_port_key", number);
            params.ad_user_port_key = narrow(number)?;
            Ok(Effects::of(&[Effect::AdPortKeys]))
        }
        OptionId::CoupledControl => {
            log.info(format_args!(
                "Setting coupled_control to {} ({number})",
                name_of(value)
            ));
            params.coupled_control = number != 0;
            Ok(Effects::of(&[Effect::LacpConfig]))
        }
        OptionId::BroadcastNeigh => Ok(broadcast_neighbor(params, view, value, log)),
        OptionId::UseCarrier => Ok(Effects::NONE),
        OptionId::ActiveSlave
        | OptionId::Primary
        | OptionId::QueueId
        | OptionId::Slaves
        | OptionId::Prio
        | OptionId::ActorPortPrio
        | OptionId::ArpTargets
        | OptionId::NsTargets
        | OptionId::AdActorSystem => Err(Error::INVALID),
    }
}

/// Says which of the named values was chosen.
fn log_choice(log: &mut dyn Log, what: &str, value: &Parsed<'_>) {
    log.debug(format_args!(
        "Setting {what} to {} ({})",
        name_of(value),
        value.number
    ));
}

/// Says which number was chosen.
fn log_number(log: &mut dyn Log, what: &str, number: u64) {
    log.debug(format_args!("Setting {what} to {number}"));
}

/// Replaces `bond_option_mode_set()`.
fn mode(
    params: &mut Params,
    view: &View<'_>,
    mode: Mode,
    log: &mut dyn Log,
) -> Result<Effects, Error> {
    if view.has_xdp && !mode.supports_xdp(params.xmit_policy) {
        return Err(Error::new(
            Errno::Eopnotsupp,
            "mode: the bond has an XDP program, which this mode cannot run",
        ));
    }
    if !mode.uses_arp() {
        if params.arp_interval != 0 {
            log.debug(format_args!(
                "{} mode is incompatible with arp monitoring, start mii monitoring",
                mode.name()
            ));
            params.arp_interval = 0;
        }
        if params.miimon == 0 {
            params.miimon = DEFAULT_MIIMON;
            log_number(log, "MII monitoring interval", DEFAULT_MIIMON.into());
            settle_delays(params, log);
        }
    }
    if mode == Mode::Alb {
        params.tlb_dynamic_lb = true;
    }
    params.arp_validate = ArpValidate::None;
    params.mode = mode;
    params.broadcast_neighbor = false;
    Ok(Effects::of(&[Effect::Mode, Effect::Plan, Effect::RxProbe]))
}

/// Replaces `bond_option_miimon_set()`.
fn miimon(params: &mut Params, view: &View<'_>, miimon: u32, log: &mut dyn Log) -> Effects {
    log_number(log, "MII monitoring interval", miimon.into());
    params.miimon = miimon;
    settle_delays(params, log);
    for (name, delay) in [
        ("updelay", params.updelay),
        ("downdelay", params.downdelay),
        ("peer_notif_delay", params.peer_notif_delay),
    ] {
        if !delay.is_zero() {
            log.debug(format_args!(
                "Note: Updating {name} (to {}) since it is a multiple of the miimon value",
                delay.ms(miimon)
            ));
        }
    }
    let mut effects = Effects::NONE.and_if(view.up, Effect::MiiMonitor);
    if miimon != 0 && params.arp_interval != 0 {
        log.debug(format_args!(
            "MII monitoring cannot be used with ARP monitoring - disabling ARP monitoring..."
        ));
        params.arp_interval = 0;
        effects = effects
            .and(Effect::RxProbe)
            .and_if(view.up, Effect::ArpMonitor)
            .and_if(
                params.arp_validate != ArpValidate::None,
                Effect::NsMulticast,
            );
        params.arp_validate = ArpValidate::None;
    }
    effects
}

/// Counts the delays that were given to the module without `miimon`, now that there is one.
fn settle_delays(params: &mut Params, log: &mut dyn Log) {
    let miimon = params.miimon;
    for (name, delay) in [
        ("up delay", &mut params.updelay),
        ("down delay", &mut params.downdelay),
    ] {
        if let Some(rounded) = delay.settle(miimon) {
            log_rounded(log, name, rounded, miimon);
        }
    }
}

fn log_rounded(log: &mut dyn Log, name: &str, rounded: crate::params::delay::Rounded, miimon: u32) {
    log.warn(format_args!(
        "{name} ({}) is not a multiple of miimon ({miimon}), value rounded to {} ms",
        rounded.asked, rounded.got
    ));
}

/// Replaces `_bond_option_delay_set()`.
fn delay(params: &mut Params, id: OptionId, ms: u32, log: &mut dyn Log) -> Result<Effects, Error> {
    let miimon = params.miimon;
    let (target, name, refusal) = match id {
        OptionId::UpDelay => (
            &mut params.updelay,
            "up delay",
            "updelay: needs MII monitoring, and miimon is 0",
        ),
        OptionId::DownDelay => (
            &mut params.downdelay,
            "down delay",
            "downdelay: needs MII monitoring, and miimon is 0",
        ),
        _ => (
            &mut params.peer_notif_delay,
            "peer notification delay",
            "peer_notif_delay: needs MII monitoring, and miimon is 0",
        ),
    };
    let Some((delay, rounded)) = Delay::from_ms(ms, miimon) else {
        log.err(format_args!(
            "Unable to set {name} as MII monitoring is disabled"
        ));
        return Err(Error::new(Errno::Eperm, refusal));
    };
    if let Some(rounded) = rounded {
        log_rounded(log, name, rounded, miimon);
    }
    *target = delay;
    log.debug(format_args!("Setting {name} to {}", delay.ms(miimon)));
    Ok(Effects::NONE)
}

/// Replaces `bond_option_arp_interval_set()`.
fn arp_interval(params: &mut Params, view: &View<'_>, interval: u32, log: &mut dyn Log) -> Effects {
    log_number(log, "ARP monitoring interval", interval.into());
    params.arp_interval = interval;
    let mut effects = Effects::of(&[Effect::RxProbe]).and_if(view.up, Effect::ArpMonitor);
    if interval != 0 {
        if params.miimon != 0 {
            log.debug(format_args!(
                "ARP monitoring cannot be used with MII monitoring. Disabling MII monitoring"
            ));
            params.miimon = 0;
            effects = effects.and_if(view.up, Effect::MiiMonitor);
        }
        if params.arp_targets.is_empty() {
            log.debug(format_args!(
                "ARP monitoring has been set up, but no ARP targets have been specified"
            ));
        }
    }
    effects
}

/// Replaces `bond_option_xmit_hash_policy_set()`.
fn xmit_hash(
    params: &mut Params,
    view: &View<'_>,
    value: &Parsed<'_>,
    log: &mut dyn Log,
) -> Result<Effects, Error> {
    let policy = narrow::<XmitPolicy>(value.number)?;
    if view.has_xdp && !params.mode.supports_xdp(policy) {
        return Err(Error::new(
            Errno::Eopnotsupp,
            "xmit_hash_policy: the bond's XDP program cannot run with this policy",
        ));
    }
    log_choice(log, "xmit hash policy", value);
    params.xmit_policy = policy;
    Ok(Effects::of(&[Effect::Plan]))
}

/// Replaces `bond_option_broadcast_neigh_set()`.
fn broadcast_neighbor(
    params: &mut Params,
    view: &View<'_>,
    value: &Parsed<'_>,
    log: &mut dyn Log,
) -> Effects {
    let on = value.number != 0;
    if params.broadcast_neighbor == on {
        return Effects::NONE;
    }
    params.broadcast_neighbor = on;
    log_choice(log, "broadcast_neighbor", value);
    Effects::of(&[Effect::Plan]).and_if(view.up, Effect::BroadcastNeigh)
}

/// Replaces `bond_option_ad_actor_system_set()`.
fn ad_actor_system(
    params: &mut Params,
    value: &Value<'_>,
    log: &mut dyn Log,
) -> Result<Effects, Error> {
    let mac = match value {
        Value::Mac(mac) => Some(*mac),
        _ => value.text().and_then(parse::parse_mac),
    };
    let Some(mac) = mac.filter(|[first, ..]| first & 1 == 0) else {
        log.err(format_args!("Invalid ad_actor_system MAC address."));
        return Err(Error::INVALID);
    };
    log.debug(format_args!("Setting ad_actor_system to {}", Mac(&mac)));
    params.ad_actor_system = mac;
    Ok(Effects::of(&[Effect::AdActor]))
}
