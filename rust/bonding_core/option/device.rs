// SPDX-License-Identifier: GPL-2.0

//! The options that name a device.

use super::parse::short;
use super::{
    device_name_is_valid, token, ActiveChange, Device, Effect, Effects, Error, Membership,
    PrimaryChange, Relation, SlaveChange, Value, View,
};
use crate::errno::Errno;
use crate::log::Log;
use crate::params::{DeviceName, Params, NAME_SIZE};
use crate::text::Bytes;

/// The device called `name`, if any device can be called so.
fn find(view: &View<'_>, name: &[u8]) -> Option<Device> {
    if name.is_empty() || name.len() >= NAME_SIZE {
        return None;
    }
    view.devices.find(name)
}

/// Replaces `bond_option_active_slave_set()`.
pub(super) fn active_slave(
    view: &View<'_>,
    value: &Value<'_>,
    log: &mut dyn Log,
) -> Result<Effects, Error> {
    let text = value.text().ok_or(Error::INVALID)?;
    let name = token(text);
    if name.is_empty() || text.starts_with(b"\n") {
        log.debug(format_args!("Clearing current active slave"));
        let mut effects = Effects::NONE;
        effects.active = Some(ActiveChange::Choose);
        return Ok(effects);
    }
    let device = find(view, name).ok_or(Error::NO_DEVICE)?;
    let name = device.name;
    let slave = match device.relation {
        Relation::Ours(slave) => slave,
        Relation::Stranger => {
            log.err(format_args!("(slave {name}): Device is not bonding slave"));
            return Err(Error::INVALID);
        }
        Relation::OfOtherBond => {
            log.err(format_args!("(slave {name}): Device is not our slave"));
            return Err(Error::INVALID);
        }
    };
    if slave.active {
        log.debug(format_args!(
            "(slave {name}): is already the current active slave"
        ));
        return Ok(Effects::NONE);
    }
    if !view.has_active || !slave.usable {
        log.err(format_args!(
            "(slave {name}): Could not set as active slave; either {name} is down or the link is down"
        ));
        return Err(Error::INVALID);
    }
    log.debug(format_args!("(slave {name}): Setting as active slave"));
    let mut effects = Effects::NONE;
    effects.active = Some(ActiveChange::Slave(device.ifindex));
    Ok(effects)
}

/// Replaces `bond_option_primary_set()`.
pub(super) fn primary(
    params: &mut Params,
    view: &View<'_>,
    value: &Value<'_>,
    log: &mut dyn Log,
) -> Result<Effects, Error> {
    let name = value.line().ok_or(Error::INVALID)?;
    let mut effects = Effects::NONE;
    if name.is_empty() {
        log.debug(format_args!("Setting primary slave to None"));
        params.primary = DeviceName::NONE;
        effects.primary = Some(PrimaryChange::None);
        return Ok(effects.and(Effect::SelectActive));
    }
    params.primary = DeviceName::new(name);
    // By its own name alone: the primary is found by that when it is enslaved or renamed, too.
    let device = find(view, name).filter(|device| device.name.as_bytes() == name);
    if let Some(Device {
        ifindex,
        relation: Relation::Ours(_),
        ..
    }) = device
    {
        log.debug(format_args!(
            "(slave {}): Setting as primary slave",
            Bytes(name)
        ));
        effects.primary = Some(PrimaryChange::Slave(ifindex));
        return Ok(effects.and(Effect::ForcePrimary).and(Effect::SelectActive));
    }
    if view.has_primary {
        log.debug(format_args!("Setting primary slave to None"));
        effects.primary = Some(PrimaryChange::None);
        effects = effects.and(Effect::SelectActive);
    }
    log.debug(format_args!(
        "Recording {} as primary, but it has not been enslaved yet",
        Bytes(name)
    ));
    Ok(effects)
}

/// Replaces `bond_option_queue_id_set()`.
pub(super) fn queue_id(
    view: &View<'_>,
    value: &Value<'_>,
    log: &mut dyn Log,
) -> Result<Effects, Error> {
    let change = match *value {
        Value::OfSlave(Some(slave), queue_id) => find_queue(view, slave.name, queue_id as u16),
        _ => slave_and_number(value.text().unwrap_or_default())
            .and_then(|(name, queue_id)| find_queue(view, name, queue_id)),
    };
    match change {
        Ok(change) => Ok(of_slave(change)),
        Err(reason) => {
            log.debug(format_args!("invalid input for queue_id set"));
            Err(Error::new(Errno::Eperm, reason))
        }
    }
}

/// Reads `slave:number`.
fn slave_and_number(text: &[u8]) -> Result<(&[u8], u16), &'static str> {
    let mut parts = text.splitn(2, |&b| b == b':');
    match (parts.next(), parts.next().and_then(short)) {
        (Some(name), Some(number)) => Ok((name, number)),
        _ => Err("queue_id: needs slave:number"),
    }
}

/// The change that reserves a queue for the slave called `name`, or why that cannot be.
fn find_queue(view: &View<'_>, name: &[u8], queue_id: u16) -> Result<SlaveChange, &'static str> {
    if !device_name_is_valid(name) {
        return Err("queue_id: invalid name of a slave");
    }
    if u32::from(queue_id) > view.tx_queues {
        return Err("queue_id: greater than the number of transmit queues of the bond");
    }
    let ifindex = match find(view, name) {
        Some(Device {
            ifindex,
            relation: Relation::Ours(_),
            ..
        }) => ifindex,
        _ => return Err("queue_id: device is not a slave of the bond"),
    };
    if queue_id != 0 && view.devices.queue_id_taken(queue_id, ifindex) {
        return Err("queue_id: another slave has this queue");
    }
    Ok(SlaveChange {
        queue_id: Some(queue_id),
        ..SlaveChange::of(ifindex)
    })
}

fn of_slave(change: SlaveChange) -> Effects {
    let mut effects = Effects::NONE;
    effects.slave = Some(change);
    effects
}

/// Replaces `bond_option_slaves_set()`, up to where it enslaves or releases.
pub(super) fn slaves(
    view: &View<'_>,
    value: &Value<'_>,
    log: &mut dyn Log,
) -> Result<Effects, Error> {
    let command = token(value.text().ok_or(Error::INVALID)?);
    let (join, name) = match command {
        [b'+', name @ ..] if device_name_is_valid(name) => (true, name),
        [b'-', name @ ..] if device_name_is_valid(name) => (false, name),
        _ => {
            log.err(format_args!(
                "no command found in slaves file - use +ifname or -ifname"
            ));
            return Err(Error::new(Errno::Eperm, "slaves: needs +ifname or -ifname"));
        }
    };
    let Some(device) = find(view, name) else {
        log.debug(format_args!("interface {} does not exist!", Bytes(name)));
        return Err(Error::NO_DEVICE);
    };
    let name = device.name;
    let mut effects = Effects::NONE;
    effects.membership = Some(if join {
        log.debug(format_args!("(slave {name}): Enslaving interface"));
        Membership::Enslave(device.ifindex)
    } else {
        log.debug(format_args!("(slave {name}): Releasing interface"));
        Membership::Release(device.ifindex)
    });
    Ok(effects)
}

/// Replaces `bond_option_prio_set()`.
pub(super) fn prio(
    view: &View<'_>,
    value: &Value<'_>,
    log: &mut dyn Log,
) -> Result<Effects, Error> {
    let Value::OfSlave(slave, prio) = *value else {
        return Err(Error::INVALID);
    };
    let Some(slave) = slave else {
        log.debug(format_args!("bond_option_prio_set called on NULL slave"));
        return Err(Error::new(Errno::Enodev, "prio: device is not a slave"));
    };
    let effects = of_slave(SlaveChange {
        prio: Some(prio),
        ..SlaveChange::of(slave.ifindex)
    });
    if view.has_primary {
        log.warn(format_args!(
            "(slave {}): prio updated, but will not affect failover re-selection as primary slave have been set",
            Bytes(slave.name)
        ));
        return Ok(effects);
    }
    Ok(effects.and(Effect::SelectActive))
}

/// Replaces `bond_option_actor_port_prio_set()`.
pub(super) fn actor_port_prio(value: &Value<'_>, log: &mut dyn Log) -> Result<Effects, Error> {
    let Value::OfSlave(slave, prio) = *value else {
        return Err(Error::INVALID);
    };
    let Some(slave) = slave else {
        log.debug(format_args!(
            "bond_option_actor_port_prio_set called on NULL slave"
        ));
        return Err(Error::new(
            Errno::Enodev,
            "actor_port_prio: device is not a slave",
        ));
    };
    log.debug(format_args!("Setting actor_port_prio to {prio}"));
    Ok(of_slave(SlaveChange {
        port_prio: Some(prio as u16),
        ..SlaveChange::of(slave.ifindex)
    })
    .and(Effect::AdActor))
}
