// SPDX-License-Identifier: GPL-2.0

//! What the module was loaded with: the configuration of each new bond.

use crate::{
    log::ModuleLog,
    options::to_error, //
};
use bonding_core::params::{
    from_module,
    ModuleParams,
    ModuleSetup,
    Params,
    DEFAULT_TX_QUEUES, //
};
use kernel::prelude::*;
use kernel_net::{module_param, sync::MadeOnce};

/// What a bond has if nobody says anything.
static BUILT_IN: Params = Params::DEFAULT;

/// What the parameters came to, from the moment the module is loaded.
static SETUP: MadeOnce<ModuleSetup> = MadeOnce::new();

/// Reads the parameters, decides about them and keeps the outcome; `bond_check_params()` in C.
///
/// # Errors
///
/// `EINVAL`: one of them makes no sense. `ENOMEM`.
pub(crate) fn load() -> Result {
    let given = module_param::raw()?;
    let raw = init!(ModuleParams {
        max_bonds: given.max_bonds,
        tx_queues: given.tx_queues,
        num_peer_notif: given.num_peer_notif,
        miimon: given.miimon,
        updelay: given.updelay,
        downdelay: given.downdelay,
        use_carrier: given.use_carrier,
        mode: given.mode,
        primary: given.primary,
        primary_reselect: given.primary_reselect,
        lacp_rate: given.lacp_rate,
        min_links: given.min_links,
        ad_select: given.ad_select,
        xmit_hash_policy: given.xmit_hash_policy,
        arp_interval: given.arp_interval,
        arp_ip_target: given.arp_ip_target,
        arp_validate: given.arp_validate,
        arp_all_targets: given.arp_all_targets,
        fail_over_mac: given.fail_over_mac,
        all_slaves_active: given.all_slaves_active,
        resend_igmp: given.resend_igmp,
        packets_per_slave: given.packets_per_slave,
        mac_policy: given.mac_policy,
        lacp_fast_start: given.lacp_fast_start,
        arp_backup_probe: given.arp_backup_probe,
        lp_interval: u32::from_ne_bytes(given.lp_interval.to_ne_bytes()),
    });
    let raw = KBox::init(raw, GFP_KERNEL)?;
    let setup = try_init!(ModuleSetup {
        defaults: Params::DEFAULT,
        max_bonds: ModuleSetup::DEFAULT.max_bonds,
        tx_queues: ModuleSetup::DEFAULT.tx_queues,
    }? Error);
    SETUP.make(setup.chain(|setup| from_module(&raw, setup, &mut ModuleLog).map_err(to_error)))?;
    // Of all parameters only this one can be read, and what it was given may have been corrected.
    module_param::set_num_peer_notif(defaults().num_peer_notif.into());
    Ok(())
}

/// How many bonds are to be made when the module is loaded.
pub(crate) fn max_bonds() -> u32 {
    SETUP.get().map_or(0, |setup| setup.max_bonds)
}

/// The configuration of a new bond.
pub(crate) fn defaults() -> &'static Params {
    SETUP.get().map_or(&BUILT_IN, |setup| &setup.defaults)
}

/// The number of transmit queues, and of receive queues, of a new bond.
pub(crate) fn tx_queues() -> u32 {
    SETUP
        .get()
        .map_or(DEFAULT_TX_QUEUES, |setup| setup.tx_queues)
}
