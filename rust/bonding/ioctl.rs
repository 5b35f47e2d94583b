// SPDX-License-Identifier: GPL-2.0

//! The ioctls of a bond, which ifenslave and tools as old use.
//!
//! C header: [`include/uapi/linux/if_bonding.h`](srctree/include/uapi/linux/if_bonding.h)

use crate::{bond::Bond, release::Cause};
use bonding_core::{
    mac::Origin,
    option::{OptionId, Value}, //
};
use kernel::prelude::*;
use kernel_net::{
    ioctl::{BondQuery, Request, SlaveQuery},
    rtnl::{ExtAck, Rtnl}, //
};

impl Bond {
    /// Does what an ioctl asks; `bond_do_ioctl()` in C.
    ///
    /// # Errors
    ///
    /// `ENODEV`: there is no such slave. Else those of [`Self::enslave`], [`Self::release`],
    /// [`Self::set_option`] or of the change of the address.
    pub(crate) fn answer_ioctl(&self, request: Request<'_>, rtnl: &Rtnl<'_>) -> Result {
        match request {
            Request::Info(query) => self.describe(query),
            Request::SlaveInfo(query) => self.describe_slave(query)?,
            Request::Enslave(dev) => self.enslave(dev, rtnl, &mut ExtAck::none())?,
            Request::Release(dev) => self.release(dev, Cause::Request, rtnl)?,
            Request::SetHwAddr(dev) => self.take_address_of(dev, Origin::Asked, rtnl)?,
            Request::ChangeActive(dev) => {
                let name = dev.name();
                self.set_option_notify(OptionId::ActiveSlave, Value::Text(name.as_bytes()), rtnl)?;
            }
        }
        Ok(())
    }

    /// Says what the bond is; `bond_fill_ifbond()` in C.
    fn describe(&self, query: &mut BondQuery) {
        let state = self.lock();
        query.mode = state.params.mode.number().into();
        query.num_slaves = i32::try_from(state.members.len()).unwrap_or(i32::MAX);
        query.miimon = i32::try_from(state.params.miimon).unwrap_or(i32::MAX);
    }

    /// Says what the slave in a place is; `bond_slave_info_query()` in C.
    fn describe_slave(&self, query: &mut SlaveQuery) -> Result {
        let place = usize::try_from(query.index()).map_err(|_| ENODEV)?;
        let state = self.lock();
        let member = state.members.get(place).ok_or(ENODEV)?;
        query.answer(
            &member.slave.dev,
            member.link.state() as i8,
            member.slave.is_backup(),
            member.link.failures(),
        );
        Ok(())
    }
}
