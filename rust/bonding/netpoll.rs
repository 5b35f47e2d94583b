// SPDX-License-Identifier: GPL-2.0

//! Netpoll over the bond: whatever uses it on the bond uses it on the slaves.

use crate::{
    bond::Bond,
    log::slave_info,
    plan, //
};
use kernel::prelude::*;
use kernel_net::{
    netdevice::Device,
    netpoll::Netpoll,
    rtnl::Rtnl,
    tx::TxContext, //
};

impl Bond {
    /// Makes a new slave usable by netpoll, if the bond is; `slave_enable_netpoll()` in C.
    ///
    /// # Errors
    ///
    /// `EBUSY`: the slave cannot be used by netpoll.
    pub(crate) fn poll_new(&self, dev: &Device, rtnl: &Rtnl<'_>) -> Result<Option<Netpoll>> {
        if !self.dev().uses_netpoll(rtnl) {
            return Ok(None);
        }
        match Netpoll::setup(dev, rtnl) {
            Ok(netpoll) => Ok(Some(netpoll)),
            Err(_) => {
                slave_info!(
                    self.dev(),
                    dev,
                    "master_dev is using netpoll, but new slave device does not support netpoll\n"
                );
                Err(EBUSY)
            }
        }
    }

    /// Makes all slaves usable by netpoll, or none; `bond_netpoll_setup()` in C.
    ///
    /// # Errors
    ///
    /// That of the first slave that cannot be used.
    pub(crate) fn start_polling(&self, rtnl: &Rtnl<'_>) -> Result {
        for slave in self.slaves(rtnl) {
            let netpoll =
                Netpoll::setup(&slave.dev, rtnl).inspect_err(|_| self.stop_polling(rtnl))?;
            let replaced = match self.lock().member_mut(&slave) {
                Some(member) => member.attachments.netpoll.replace(netpoll),
                None => Some(netpoll),
            };
            if let Some(netpoll) = replaced {
                netpoll.undo(rtnl);
            }
        }
        Ok(())
    }

    /// Takes back what [`Self::start_polling`] did; `bond_netpoll_cleanup()` in C.
    pub(crate) fn stop_polling(&self, rtnl: &Rtnl<'_>) {
        for slave in self.slaves(rtnl) {
            let netpoll = self
                .lock()
                .member_mut(&slave)
                .and_then(|member| member.attachments.netpoll.take());
            if let Some(netpoll) = netpoll {
                netpoll.undo(rtnl);
            }
        }
    }

    /// Has the slaves that are up receive; `bond_poll_controller()` in C.
    pub(crate) fn poll_slaves(&self, cx: &TxContext<'_>) {
        for entry in self.plan.load(cx).map(plan::all).unwrap_or_default() {
            if entry.port.is_up() {
                entry.port.dev().poll_by_netpoll(cx);
            }
        }
    }
}
