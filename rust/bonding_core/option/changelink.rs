// SPDX-License-Identifier: GPL-2.0

//! A netlink request that changes several options of a bond at once.
//!
//! The request is applied to a copy of the parameters, attribute by attribute in [`ORDER`]; the
//! copy takes effect when all of them were taken. In C the attributes before a bad one stay
//! applied.

use super::{set, Effects, Error, OptionId, SlaveRef, Value, View};
use crate::errno::Errno;
use crate::log::Log;
use crate::params::{Ipv4Targets, Ipv6Targets, Params};

/// The options that attributes of the bond carry, in the order in which they are applied.
///
/// `IFLA_BOND_AD_INFO` is not among them: it is accepted, and ignored.
pub static ORDER: [OptionId; 33] = [
    OptionId::Mode,
    OptionId::ActiveSlave,
    OptionId::MiiMon,
    OptionId::UpDelay,
    OptionId::DownDelay,
    OptionId::PeerNotifDelay,
    OptionId::UseCarrier,
    OptionId::ArpInterval,
    OptionId::ArpTargets,
    OptionId::NsTargets,
    OptionId::ArpValidate,
    OptionId::ArpAllTargets,
    OptionId::Primary,
    OptionId::PrimaryReselect,
    OptionId::FailOverMac,
    OptionId::XmitHash,
    OptionId::ResendIgmp,
    OptionId::NumPeerNotif,
    OptionId::AllSlavesActive,
    OptionId::MinLinks,
    OptionId::LpInterval,
    OptionId::PacketsPerSlave,
    OptionId::LacpActive,
    OptionId::LacpRate,
    OptionId::AdSelect,
    OptionId::AdActorSysPrio,
    OptionId::AdUserPortKey,
    OptionId::AdActorSystem,
    OptionId::TlbDynamicLb,
    OptionId::MissedMax,
    OptionId::CoupledControl,
    OptionId::BroadcastNeigh,
    OptionId::LacpStrict,
];

/// The options that attributes of a slave carry, in the order in which they are applied.
pub static SLAVE_ORDER: [OptionId; 3] =
    [OptionId::QueueId, OptionId::Prio, OptionId::ActorPortPrio];

/// What an attribute of a bond carries.
pub enum Payload<'i, 'a> {
    /// One byte.
    U8(u8),
    /// 16 bits.
    U16(u16),
    /// 32 bits, other than an interface index.
    U32(u32),
    /// An interface: its index, and its name if there is one of that index.
    Interface(u32, Option<&'a [u8]>),
    /// Bytes as they are.
    Bytes(&'a [u8]),
    /// The payloads of the attributes inside.
    Nested(&'i mut dyn Iterator<Item = &'a [u8]>),
}

/// Why a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The error number and the text.
    pub error: Error,
    /// The option whose attribute is reported as the one at fault, if it is in the request.
    pub attribute: Option<OptionId>,
}

/// A request in the course of being applied.
#[derive(Debug, Default)]
pub struct Changelink {
    /// The request set `miimon`, to other than 0.
    sets_miimon: bool,
    effects: Effects,
}

impl Changelink {
    /// The start of a request.
    pub fn new() -> Changelink {
        Changelink::default()
    }

    /// What remains to be done once the parameters are those of the bond.
    pub fn finish(self) -> Effects {
        self.effects
    }

    /// Applies the attribute of option `id` to `params`.
    ///
    /// To be called for the attributes present, in [`ORDER`]. After an error `params` may have
    /// changed, and is to be thrown away. Replaces a part of `bond_changelink()`.
    pub fn apply(
        &mut self,
        params: &mut Params,
        view: &View<'_>,
        id: OptionId,
        payload: Payload<'_, '_>,
        log: &mut dyn Log,
    ) -> Result<(), Refusal> {
        let at = |error| Refusal {
            error,
            attribute: Some(id),
        };
        let value = match (id, payload) {
            (OptionId::ActiveSlave, Payload::Interface(0, _)) => Value::Text(b""),
            (OptionId::ActiveSlave, Payload::Interface(_, name)) => match name {
                Some(name) => Value::Text(name),
                None => {
                    return Err(at(Error::new(
                        Errno::Enodev,
                        "active_slave: no interface has this index",
                    )))
                }
            },
            (_, Payload::Interface(_, name)) => Value::Text(name.unwrap_or_default()),
            (OptionId::UseCarrier, Payload::U8(1)) => return Ok(()),
            (OptionId::UseCarrier, _) => {
                return Err(at(Error::new(
                    Errno::Einval,
                    "option obsolete, use_carrier cannot be disabled",
                )))
            }
            (OptionId::ArpTargets, Payload::Nested(list)) => {
                return self.arp_targets(params, view, list, log)
            }
            (OptionId::NsTargets, Payload::Nested(list)) => {
                return self.ns_targets(params, view, list, log)
            }
            (OptionId::AdActorSystem, Payload::Bytes(bytes)) => match bytes.try_into() {
                Ok(mac) => Value::Mac(mac),
                Err(_) => {
                    return Err(at(Error::new(
                        Errno::Einval,
                        "ad_actor_system: needs the six bytes of a MAC address",
                    )))
                }
            },
            (_, Payload::U8(number)) => Value::Number(number.into()),
            (_, Payload::U16(number)) => Value::Number(number.into()),
            (_, Payload::U32(number)) => {
                self.check_monitors(id, number)?;
                Value::from_u32(number)
            }
            (_, Payload::Bytes(_) | Payload::Nested(_)) => return Err(at(Error::INVALID)),
        };
        let effects = set(params, view, id, value, log).map_err(at)?;
        self.effects.merge(effects);
        Ok(())
    }

    /// The MII and the ARP monitor cannot be set in one request.
    fn check_monitors(&mut self, id: OptionId, number: u32) -> Result<(), Refusal> {
        let text = match id {
            OptionId::MiiMon => {
                self.sets_miimon = number != 0;
                return Ok(());
            }
            OptionId::ArpInterval => "ARP monitoring cannot be used with MII monitoring",
            OptionId::ArpValidate => "ARP validating cannot be used with MII monitoring",
            _ => return Ok(()),
        };
        if number == 0 || !self.sets_miimon {
            return Ok(());
        }
        Err(Refusal {
            error: Error::new(Errno::Einval, text),
            // Of both options, as in C.
            attribute: Some(OptionId::ArpInterval),
        })
    }

    /// Replaces all IPv4 targets.
    fn arp_targets(
        &mut self,
        params: &mut Params,
        view: &View<'_>,
        list: &mut dyn Iterator<Item = &[u8]>,
        log: &mut dyn Log,
    ) -> Result<(), Refusal> {
        let id = OptionId::ArpTargets;
        params.arp_targets = Ipv4Targets::NONE;
        self.effects = self.effects.and(super::Effect::ArpTargets);
        let mut result = Ok(());
        for element in list {
            let Some(ip) = element.first_chunk() else {
                return Err(Refusal {
                    error: Error::new(
                        Errno::Einval,
                        "arp_ip_target: needs the four bytes of an address",
                    ),
                    attribute: Some(id),
                });
            };
            match set(params, view, id, Value::Ipv4(*ip), log) {
                Ok(effects) => self.effects.merge(effects),
                Err(error) => {
                    result = Err(Refusal {
                        error,
                        attribute: Some(id),
                    });
                    break;
                }
            }
        }
        if params.arp_targets.is_empty() && params.arp_interval != 0 {
            log.warn(format_args!(
                "Removing last arp target with arp_interval on"
            ));
        }
        result
    }

    /// Replaces all IPv6 targets.
    fn ns_targets(
        &mut self,
        params: &mut Params,
        view: &View<'_>,
        list: &mut dyn Iterator<Item = &[u8]>,
        log: &mut dyn Log,
    ) -> Result<(), Refusal> {
        let id = OptionId::NsTargets;
        if !view.ipv6 {
            // C has no such attribute then, and ignores it.
            return Ok(());
        }
        params.ns_targets = Ipv6Targets::NONE;
        self.effects = self
            .effects
            .and(super::Effect::ArpTargets)
            .and(super::Effect::NsMulticast);
        let mut result = Ok(());
        for element in list {
            let Some(ip) = element.first_chunk() else {
                return Err(Refusal {
                    error: Error::new(Errno::Einval, "Invalid IPv6 address"),
                    attribute: None,
                });
            };
            match set(params, view, id, Value::Ipv6(*ip), log) {
                Ok(effects) => self.effects.merge(effects),
                Err(error) => {
                    result = Err(Refusal {
                        error,
                        attribute: Some(id),
                    });
                    break;
                }
            }
        }
        if params.ns_targets.is_empty() && params.arp_interval != 0 {
            log.warn(format_args!("Removing last ns target with arp_interval on"));
        }
        result
    }

    /// Applies the attribute of option `id` that `slave` is to have, a number.
    ///
    /// To be called for the attributes present, in [`SLAVE_ORDER`]. Nothing takes effect before
    /// all were taken. Replaces a part of `bond_slave_changelink()`.
    pub fn apply_to_slave(
        &mut self,
        params: &mut Params,
        view: &View<'_>,
        slave: SlaveRef<'_>,
        id: OptionId,
        number: i32,
        log: &mut dyn Log,
    ) -> Result<(), Refusal> {
        let value = Value::OfSlave(Some(slave), number);
        let effects = set(params, view, id, value, log).map_err(|error| Refusal {
            error,
            attribute: Some(id),
        })?;
        self.effects.merge(effects);
        Ok(())
    }
}
