// SPDX-License-Identifier: GPL-2.0

//! The link type `bond`: devices made, changed and shown by netlink.
//!
//! C header: [`include/uapi/linux/if_link.h`](srctree/include/uapi/linux/if_link.h)

mod fill;

use crate::{
    bond::Bond,
    options::{self, index_of},
    params,
    sysfs, //
};
use bonding_core::{
    option::{
        changelink::{Changelink, Payload, Refusal, ORDER, SLAVE_ORDER},
        netlink::{AD_INFO, REPORT_SIZE},
        NetlinkKind, OptionId, SlaveRef, View,
    },
    params::Params, //
};
use kernel::prelude::*;
use kernel_net::{
    error::address_not_available,
    netdevice::{Device, HwAddr},
    rtnl::{Attr, Attrs, ExtAck, LinkOps, LinkType, Message, Policy, Range, Rtnl},
    sysfs::DeviceGroup, //
};

/// Defines attribute numbers, in order from 1.
macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident = $number:literal,)+) => {
        $($(#[$doc])* pub(super) const $name: u16 = $number;)+
    };
}

/// How many attributes of a bond there are, the unused 0 included.
const BOND_ATTRS: usize = 35;

/// Attributes of a slave, `IFLA_BOND_SLAVE_*`.
mod slave_attr {
    numbers! {
        STATE = 1, MII_STATUS = 2, LINK_FAILURE_COUNT = 3, PERM_HWADDR = 4, QUEUE_ID = 5,
        AD_AGGREGATOR_ID = 6, AD_ACTOR_OPER_PORT_STATE = 7, AD_PARTNER_OPER_PORT_STATE = 8, PRIO = 9,
        ACTOR_PORT_PRIO = 10, AD_CHURN_ACTOR_STATE = 11, AD_CHURN_PARTNER_STATE = 12,
    }
}
/// How many attributes of a slave there are, the unused 0 included.
const SLAVE_ATTRS: usize = 13;

/// Extended statistics, `LINK_XSTATS_TYPE_BOND`, `BOND_XSTATS_3AD` and `BOND_3AD_STAT_*`.
mod xstats {
    numbers! { TYPE_BOND = 2, LACP = 1, FIRST = 0, PAD = 9, }
}

/// The attribute `IFLA_ADDRESS` of any device.
const IFLA_ADDRESS: u16 = 1;

/// What the netlink core checks of the attributes of a bond.
static POLICY: [Policy; BOND_ATTRS] = policy(false);
/// What the netlink core checks of the attributes of a slave.
static SLAVE_POLICY: [Policy; SLAVE_ATTRS] = policy(true);
/// The longest `peer_notif_delay`, milliseconds.
static DELAYS: Range = Range::new(0, 300_000);

/// Makes the policy out of the option table.
const fn policy<const N: usize>(of_slave: bool) -> [Policy; N] {
    let mut policy = [Policy::UNSPEC; N];
    let mut rest: &[_] = &bonding_core::option::OPTIONS;
    while let [def, tail @ ..] = rest {
        rest = tail;
        let Some(netlink) = &def.netlink else {
            continue;
        };
        if netlink.of_slave == of_slave {
            policy[netlink.number as usize] = match netlink.kind {
                NetlinkKind::U8 => Policy::U8,
                NetlinkKind::U16 => Policy::U16,
                NetlinkKind::U32 | NetlinkKind::IfIndex => Policy::U32,
                NetlinkKind::S32 => Policy::S32,
                NetlinkKind::U32Range { .. } => Policy::u32_in(&DELAYS),
                NetlinkKind::Mac => Policy::binary(6),
                NetlinkKind::Nested { .. } => Policy::NESTED,
            };
        }
    }
    if !of_slave {
        policy[AD_INFO as usize] = Policy::NESTED;
    }
    policy
}

/// The link type.
pub(crate) static LINK_TYPE: LinkType<Bond> = LinkType::new();

#[vtable]
impl LinkOps for Bond {
    const POLICY: &'static [Policy] = &POLICY;
    const SLAVE_POLICY: &'static [Policy] = &SLAVE_POLICY;
    const SYSFS_GROUP: Option<&'static DeviceGroup<Self>> = Some(&sysfs::GROUP);

    fn num_tx_queues() -> u32 {
        params::tx_queues()
    }

    fn num_rx_queues() -> u32 {
        params::tx_queues()
    }

    /// `bond_validate()` in C.
    fn validate(tb: &Attrs<'_>, _data: &Attrs<'_>, _ext: &mut ExtAck<'_>) -> Result {
        let Some(address) = tb.get(IFLA_ADDRESS) else {
            return Ok(());
        };
        let address: [u8; 6] = address.bytes().try_into().map_err(|_| EINVAL)?;
        if HwAddr::ether(address).is_valid_ether() {
            Ok(())
        } else {
            Err(address_not_available())
        }
    }

    /// The rest of `bond_newlink()` in C, once the device is registered.
    fn new_link(
        &self,
        dev: &Device,
        _tb: &Attrs<'_>,
        data: &Attrs<'_>,
        rtnl: &Rtnl<'_>,
        ext: &mut ExtAck<'_>,
    ) -> Result {
        dev.carrier_off();
        self.change(data, rtnl, ext)
    }

    /// `bond_changelink()` in C.
    fn change_link(
        &self,
        _dev: &Device,
        _tb: &Attrs<'_>,
        data: &Attrs<'_>,
        rtnl: &Rtnl<'_>,
        ext: &mut ExtAck<'_>,
    ) -> Result {
        self.change(data, rtnl, ext)
    }

    fn info_size(&self) -> usize {
        REPORT_SIZE
    }

    fn fill_info(&self, msg: &mut Message<'_>, rtnl: &Rtnl<'_>) -> Result {
        self.fill_bond(msg, rtnl)
    }

    /// `bond_slave_changelink()` in C.
    fn slave_change_link(
        &self,
        slave: &Device,
        _tb: &Attrs<'_>,
        data: &Attrs<'_>,
        rtnl: &Rtnl<'_>,
        ext: &mut ExtAck<'_>,
    ) -> Result {
        self.change_slave_settings(slave, data, rtnl, ext)
    }

    fn slave_info_size(&self, _slave: &Device) -> usize {
        fill::SLAVE_SIZE
    }

    fn slave_fill_info(&self, slave: &Device, msg: &mut Message<'_>, rtnl: &Rtnl<'_>) -> Result {
        self.fill_slave(slave, msg, rtnl)
    }

    fn xstats_size() -> usize {
        fill::XSTATS_SIZE
    }

    fn fill_xstats(
        &self,
        slave: Option<&Device>,
        msg: &mut Message<'_>,
        rtnl: &Rtnl<'_>,
    ) -> Result {
        self.fill_counters(slave, msg, rtnl)
    }
}

impl Bond {
    /// Changes the options that `data` has attributes of, all of them or none.
    fn change(&self, data: &Attrs<'_>, rtnl: &Rtnl<'_>, ext: &mut ExtAck<'_>) -> Result {
        if !data.is_some() {
            return Ok(());
        }
        self.change_params(rtnl, |params, view, log| {
            let mut request = Changelink::new();
            for id in ORDER {
                let Some(attr) = number_of(id).and_then(|number| data.get(number)) else {
                    continue;
                };
                self.apply_attr(&mut request, params, view, (id, &attr), (log, rtnl))
                    .map_err(|refusal| refuse(refusal, data, ext))?;
            }
            Ok(request.finish())
        })
    }

    /// Applies one attribute of a request.
    fn apply_attr(
        &self,
        request: &mut Changelink,
        params: &mut Params,
        view: &View<'_>,
        (id, attr): (OptionId, &Attr<'_>),
        (log, rtnl): (&mut crate::log::BondLog<'_>, &Rtnl<'_>),
    ) -> Result<(), Refusal> {
        // The policy has seen to the lengths.
        let number = attr.u32().unwrap_or_default();
        let name;
        let mut nested;
        let payload = match id.def().netlink.as_ref().map(|netlink| netlink.kind) {
            Some(NetlinkKind::U8) => Payload::U8(attr.u8().unwrap_or_default()),
            Some(NetlinkKind::U16) => Payload::U16(attr.u16().unwrap_or_default()),
            Some(NetlinkKind::U32 | NetlinkKind::U32Range { .. }) => Payload::U32(number),
            Some(NetlinkKind::IfIndex) => {
                let index = i32::from_ne_bytes(number.to_ne_bytes());
                let dev = self.dev().namespace().device_by_index(index, rtnl);
                name = dev.map(Device::name);
                Payload::Interface(number, name.as_ref().map(|name| name.as_bytes()))
            }
            Some(NetlinkKind::Nested { .. }) => {
                nested = attr.nested().map(|element| element.bytes());
                Payload::Nested(&mut nested)
            }
            Some(NetlinkKind::Mac | NetlinkKind::S32) | None => Payload::Bytes(attr.bytes()),
        };
        request.apply(params, view, id, payload, log)
    }

    /// Changes the settings of a slave that `data` has attributes of, all of them or none.
    fn change_slave_settings(
        &self,
        slave: &Device,
        data: &Attrs<'_>,
        rtnl: &Rtnl<'_>,
        ext: &mut ExtAck<'_>,
    ) -> Result {
        if !data.is_some() {
            return Ok(());
        }
        let name = slave.name();
        let slave = SlaveRef {
            ifindex: index_of(slave),
            name: name.as_bytes(),
        };
        let effects = self.decide(rtnl, |params, view, log| {
            let mut request = Changelink::new();
            for id in SLAVE_ORDER {
                let Some(attr) = number_of(id).and_then(|number| data.get(number)) else {
                    continue;
                };
                let number = match id {
                    OptionId::Prio => attr.s32()?,
                    _ => attr.u16()?.into(),
                };
                request
                    .apply_to_slave(params, view, slave, id, number, log)
                    .map_err(|refusal| refuse(refusal, data, ext))?;
            }
            Ok::<_, Error>(request.finish())
        })?;
        self.carry_out(&effects, rtnl);
        Ok(())
    }
}

/// The attribute that carries an option.
fn number_of(id: OptionId) -> Option<u16> {
    id.def().netlink.as_ref().map(|netlink| netlink.number)
}

/// Tells why a request is refused, and which attribute is at fault.
fn refuse(refusal: Refusal, data: &Attrs<'_>, ext: &mut ExtAck<'_>) -> Error {
    let attr = refusal
        .attribute
        .and_then(number_of)
        .and_then(|number| data.get(number));
    options::refuse(refusal.error, attr.as_ref(), ext)
}
