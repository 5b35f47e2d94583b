// SPDX-License-Identifier: GPL-2.0

//! TLS by slaves: a connection's frames leave by the slave that has its keys.

use crate::{
    bond::Bond,
    plan::{self, Plan},
    tx::hash::addresses_of, //
};
use bonding_core::{hash, mode::Mode, option::XmitPolicy};
use kernel_net::{
    netdevice::{Device, TxResult},
    skbuff::SkBuff,
    tls::Connection,
    tx::{TxContext, TxPort}, //
};

/// Sends a frame over the slave that encrypts it, or the bond that has it, or drops the frame if there is
/// none; `bond_tls_device_xmit()` in C.
#[cold]
pub(crate) fn transmit(
    plan: Plan<'_>,
    target: Option<&Device>,
    cx: &TxContext<'_>,
    dev: &Device,
    skb: SkBuff,
) -> TxResult {
    let entry = target.and_then(|target| {
        let mut all = plan::all(plan).iter();
        all.find(|entry| {
            let dev = entry.port.dev();
            dev.is(target) || dev.is_bond_master() && target.is_below(dev)
        })
    });
    match entry {
        Some(entry) => entry.port.xmit(cx, dev, skb),
        None => TxResult::drop(dev, skb),
    }
}

impl Bond {
    /// The slave that a connection's frames leave by, where that is the same for all of them;
    /// `bond_sk_get_lower_dev()` in C.
    pub(crate) fn slave_for_connection<'a>(
        &self,
        cx: &'a TxContext<'_>,
        connection: &Connection,
    ) -> Option<&'a Device> {
        let plan = self.plan.load(cx)?;
        if !matches!(plan.mode, Mode::Xor | Mode::Ieee8023ad) || plan.policy != XmitPolicy::Layer34
        {
            return None;
        }
        let addresses = addresses_of(connection.addresses);
        let place = plan.pick.index(hash::socket(&addresses, connection.ports));
        let entry = plan::usable(plan).get(place as usize)?;
        Some(TxPort::dev(&entry.port))
    }
}
