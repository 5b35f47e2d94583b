// SPDX-License-Identifier: GPL-2.0

//! The options that add and remove targets of the ARP monitor.

use super::{parse_ipv4, Effect, Effects, Error, Value, View};
use crate::errno::Errno;
use crate::log::Log;
use crate::params::targets::Refused;
use crate::params::Params;
use crate::text::{Ipv4, Ipv6};

/// Replaces `bond_option_arp_ip_targets_set()`.
pub(super) fn ipv4(
    params: &mut Params,
    value: &Value<'_>,
    log: &mut dyn Log,
) -> Result<Effects, Error> {
    if let Value::Ipv4(ip) = value {
        return add(params, *ip, log);
    }
    let (command, ip) = match value.text() {
        Some([command, address @ ..]) => (*command, parse_ipv4(address)),
        _ => (0, None),
    };
    let Some(ip) = ip else {
        log.err(format_args!("invalid ARP target specified"));
        return Err(Error::new(
            Errno::Eperm,
            "arp_ip_target: needs +address or -address",
        ));
    };
    match command {
        b'+' => add(params, ip, log),
        b'-' => remove(params, ip, log),
        _ => {
            log.err(format_args!(
                "no command found in arp_ip_targets file - use +<addr> or -<addr>"
            ));
            Err(Error::new(
                Errno::Eperm,
                "arp_ip_target: needs +address or -address",
            ))
        }
    }
}

/// Replaces `bond_option_arp_ip_target_add()`.
fn add(params: &mut Params, ip: [u8; 4], log: &mut dyn Log) -> Result<Effects, Error> {
    let text = Ipv4(ip);
    match params.arp_targets.add(ip) {
        Ok(()) => log.debug(format_args!("Adding ARP target {text}")),
        Err(refused) => {
            match refused {
                Refused::Present => log.err(format_args!("ARP target {text} is already present")),
                Refused::Full => log.err(format_args!("ARP target table is full!")),
                Refused::Invalid | Refused::Absent => log.err(format_args!(
                    "invalid ARP target {text} specified for addition"
                )),
            }
            return Err(Error::INVALID);
        }
    }
    Ok(Effects::of(&[Effect::ArpTargets]))
}

/// Replaces `bond_option_arp_ip_target_rem()`.
fn remove(params: &mut Params, ip: [u8; 4], log: &mut dyn Log) -> Result<Effects, Error> {
    let text = Ipv4(ip);
    match params.arp_targets.remove(ip) {
        Ok(()) => {
            if params.arp_targets.is_empty() && params.arp_interval != 0 {
                log.warn(format_args!(
                    "Removing last arp target with arp_interval on"
                ));
            }
            log.debug(format_args!("Removing ARP target {text}"));
        }
        Err(Refused::Absent) => {
            log.err(format_args!(
                "unable to remove nonexistent ARP target {text}"
            ));
            return Err(Error::INVALID);
        }
        Err(_) => {
            log.err(format_args!(
                "invalid ARP target {text} specified for removal"
            ));
            return Err(Error::INVALID);
        }
    }
    Ok(Effects::of(&[Effect::ArpTargets]))
}

/// Replaces `bond_option_ns_ip6_targets_set()`.
pub(super) fn ipv6(
    params: &mut Params,
    view: &View<'_>,
    value: &Value<'_>,
    log: &mut dyn Log,
) -> Result<Effects, Error> {
    if !view.ipv6 {
        return Err(Error::new(
            Errno::Eperm,
            "ns_ip6_target: the kernel has no IPv6",
        ));
    }
    let Value::Ipv6(ip) = value else {
        return Err(Error::INVALID);
    };
    let text = Ipv6(ip);
    match params.ns_targets.add(*ip) {
        Ok(()) => log.debug(format_args!("Adding NS target {text}")),
        Err(refused) => {
            match refused {
                Refused::Present => log.err(format_args!("NS target {text} is already present")),
                Refused::Full => log.err(format_args!("NS target table is full!")),
                Refused::Invalid | Refused::Absent => log.err(format_args!(
                    "invalid NS target {text} specified for addition"
                )),
            }
            return Err(Error::INVALID);
        }
    }
    Ok(Effects::of(&[Effect::ArpTargets, Effect::NsMulticast]))
}
