// SPDX-License-Identifier: GPL-2.0

//! The module parameters about link monitors: MII or ARP, never both.

use core::fmt;

use super::{line, look_up, not_negative_or_zero, ModuleParams};
use crate::errno::Errno;
use crate::log::Log;
use crate::mode::Mode;
use crate::option::{parse_ipv4, OptionId};
use crate::params::targets::Refused;
use crate::params::Params;
use crate::text::{Bytes, Ipv4};

/// What the MII monitor needs, which excludes the ARP monitor.
pub(super) fn mii(raw: &ModuleParams<'_>, params: &mut Params, log: &mut dyn Log) {
    let (updelay, downdelay) = (params.updelay.waiting_ms(), params.downdelay.waiting_ms());
    if params.mode == Mode::Alb {
        log.notice(format_args!(
            "In ALB mode you might experience client disconnections upon reconnection of a link if the bonding module updelay parameter ({updelay} msec) is incompatible with the forwarding delay time of the switch"
        ));
    }
    if params.miimon == 0 {
        if updelay != 0 || downdelay != 0 {
            log.warn(format_args!(
                "Warning: miimon module parameter not set and updelay ({updelay}) or downdelay ({downdelay}) module parameter is set; updelay and downdelay have no effect unless miimon is set"
            ));
        }
        return;
    }

    let miimon = params.miimon;
    if raw.arp_interval != 0 {
        log.warn(format_args!(
            "Warning: miimon ({miimon}) and arp_interval ({}) can't be used simultaneously, disabling ARP monitoring",
            raw.arp_interval
        ));
    }
    for (name, delay) in [
        ("updelay", &mut params.updelay),
        ("downdelay", &mut params.downdelay),
    ] {
        if let Some(rounded) = delay.settle(miimon) {
            log.warn(format_args!(
                "Warning: {name} ({}) is not a multiple of miimon ({miimon}), {name} rounded to {} ms",
                rounded.asked, rounded.got
            ));
        }
    }
}

/// What the ARP monitor needs.
pub(super) fn arp(
    raw: &ModuleParams<'_>,
    params: &mut Params,
    log: &mut dyn Log,
) -> Result<(), Errno> {
    if params.miimon == 0 {
        params.arp_interval = not_negative_or_zero("arp_interval", raw.arp_interval, log);
    }

    for text in raw.arp_ip_target.iter().map_while(|text| *text) {
        let ip = parse_ipv4(text).unwrap_or_default();
        match params.arp_targets.add(ip) {
            Ok(()) => {}
            Err(Refused::Present) => log.warn(format_args!(
                "Warning: duplicate address {} in arp_ip_target, skipping",
                Ipv4(ip)
            )),
            Err(_) => {
                log.warn(format_args!(
                    "Warning: bad arp_ip_target module parameter ({}), ARP monitoring will not be performed",
                    Bytes(text)
                ));
                params.arp_interval = 0;
            }
        }
    }
    if params.arp_interval != 0 && params.arp_targets.is_empty() {
        log.warn(format_args!(
            "Warning: arp_interval module parameter ({}) specified without providing an arp_ip_target parameter, arp_interval was reset to 0",
            params.arp_interval
        ));
        params.arp_interval = 0;
    }

    if let Some(text) = raw.arp_validate {
        if params.arp_interval == 0 {
            log.err(format_args!("arp_validate requires arp_interval"));
            return Err(Errno::Einval);
        }
        params.arp_validate = look_up(OptionId::ArpValidate, text).ok_or_else(|| {
            log.err(format_args!(
                "Error: invalid arp_validate \"{}\"",
                line(text)
            ));
            Errno::Einval
        })?;
    }

    if let Some(text) = raw.arp_all_targets {
        match look_up(OptionId::ArpAllTargets, text) {
            Some(targets) => params.arp_all_targets = targets,
            None => log.err(format_args!(
                "Error: invalid arp_all_targets_value \"{}\"",
                line(text)
            )),
        }
    }
    Ok(())
}

/// Says which monitor a new bond has.
pub(super) fn tell(raw: &ModuleParams<'_>, params: &Params, max_bonds: u32, log: &mut dyn Log) {
    if params.miimon != 0 {
        log.info(format_args!(
            "MII link monitoring set to {} ms",
            params.miimon
        ));
    } else if params.arp_interval != 0 {
        let count = params.arp_targets.len();
        let texts = Texts(raw.arp_ip_target.get(..count).unwrap_or_default());
        log.info(format_args!(
            "ARP monitoring set to {} ms, validate {}, with {count} target(s):{texts}",
            params.arp_interval,
            params.arp_validate.name()
        ));
    } else if max_bonds != 0 {
        log.debug(format_args!(
            "Warning: either miimon or arp_interval and arp_ip_target module parameters must be specified, otherwise bonding will not detect link failures! see bonding.txt for details"
        ));
    }
}

/// Texts with a blank before each.
struct Texts<'a>(&'a [Option<&'a [u8]>]);

impl fmt::Display for Texts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .flatten()
            .try_for_each(|text| write!(f, " {}", Bytes(text)))
    }
}
