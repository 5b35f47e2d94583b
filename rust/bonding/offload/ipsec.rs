// SPDX-License-Identifier: GPL-2.0

//! IPsec by slaves: the security associations (SAs) of the bond are with the active slave.
//!
//! While there are any the plan says so, and a frame that a slave is to encrypt leaves by the slave that
//! has its SA or not at all.

use crate::{
    bond::Bond,
    log::slave_warn,
    plan::Plan,
    slave::Slave, //
};
use bonding_core::mode::Mode;
use kernel::{prelude::*, sync::rcu};
use kernel_net::{
    log::{self, net_ratelimit, Level},
    netdevice::{Device, TxResult},
    rtnl::Rtnl,
    skbuff::SkBuff,
    tx::{TxContext, TxPort},
    xfrm::{Ipsec, Lack, Mismatch, Sas}, //
};

impl Bond {
    /// Whether the active slave has, or may have in a moment, SAs that must be taken off it before another
    /// one becomes active.
    pub(crate) fn has_sas(&self) -> bool {
        self.sas.any()
    }

    /// Takes all SAs off a slave that is active no longer; `bond_ipsec_del_sa_all()` in C.
    pub(crate) fn take_sas_off(&self, slave: &Slave, rtnl: &Rtnl<'_>) {
        if !self.has_sas() {
            return;
        }
        let cannot = || {
            slave_warn!(
                self.dev(),
                slave.dev,
                "bond_ipsec_del_sa_all: no slave xdo_dev_state_delete\n"
            );
        };
        self.sas.take_off(&slave.dev, cannot, rtnl);
    }

    /// Gives all SAs to the new active slave; `bond_ipsec_add_sa_all()` in C.
    pub(crate) fn put_sas_on(&self, slave: &Slave, rtnl: &Rtnl<'_>) {
        if !self.has_sas() {
            return;
        }
        let cannot = |refused: bool| {
            if refused {
                slave_warn!(
                    self.dev(),
                    slave.dev,
                    "bond_ipsec_add_sa_all: failed to add SA\n"
                );
            } else {
                slave_warn!(
                    self.dev(),
                    slave.dev,
                    "bond_ipsec_add_sa_all: no slave xdo_dev_state_add\n"
                );
            }
        };
        self.sas.put_on(&slave.dev, cannot, rtnl);
    }
}

/// Gives a frame back if it may leave by `port`; drops and counts it if another slave, or none, is to
/// encrypt it.
#[cold]
pub(crate) fn keep_secret(
    port: Option<&TxPort>,
    cx: &TxContext<'_>,
    dev: &Device,
    skb: SkBuff,
) -> Result<SkBuff, TxResult> {
    let open = match skb.ipsec_of(dev) {
        None => false,
        Some(sa) => !port.is_some_and(|port| sa.is_on(port.dev(), cx)),
    };
    if open {
        Err(TxResult::drop(dev, skb))
    } else {
        Ok(skb)
    }
}

/// The active slave of a plan.
fn active<'a>(plan: Plan<'a>) -> Option<&'a Device> {
    plan.into_header().active.as_ref().map(TxPort::dev)
}

impl Ipsec for Bond {
    fn sas(&self) -> &Sas {
        &self.sas
    }

    fn sas_changed(&self) {
        self.publish();
    }

    fn ipsec_model<'a>(&'a self, guard: &'a rcu::Guard) -> Option<&'a Device> {
        active(self.plan.load(guard)?)
    }

    /// `bond_ipsec_dev()` in C.
    fn ipsec_worker<'a>(&'a self, guard: &'a rcu::Guard) -> Option<&'a Device> {
        let plan = self.plan.load(guard)?;
        if plan.mode != Mode::ActiveBackup {
            return None;
        }
        active(plan)
    }

    fn sa_stays(&self, dev: &Device) {
        slave_warn!(
            self.dev(),
            dev,
            "bond_ipsec_del_sa: no slave xdo_dev_state_delete\n"
        );
    }

    fn ipsec_mismatch(&self, mismatch: &Mismatch<'_>) {
        if net_ratelimit() {
            log::line(
                Level::Warning,
                fmt!(
                    "{}: (slave {}): not same with IPsec offload real dev {}\n",
                    self.dev().name(),
                    mismatch.active.name(),
                    mismatch.real.name()
                ),
            );
        }
    }

    fn ipsec_lacks(dev: &Device, lack: Lack) {
        if !net_ratelimit() {
            return;
        }
        let (what, lacks) = match lack {
            Lack::AdvanceEsn => ("bond_advance_esn_state", "xdo_dev_state_advance_esn"),
            Lack::UpdateStats => ("bond_xfrm_update_stats", "xdo_dev_state_update_stats"),
        };
        log::line(
            Level::Warning,
            fmt!("{}: {} doesn't support {}\n", what, dev.name(), lacks),
        );
    }
}
