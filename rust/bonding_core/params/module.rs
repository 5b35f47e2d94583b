// SPDX-License-Identifier: GPL-2.0

//! The module parameters, and what they make of a new bond.

use super::{Delay, DeviceName, Params};
use super::{DEFAULT_MAX_BONDS, DEFAULT_MIIMON, DEFAULT_TX_QUEUES, INT_MAX, MAX_TARGETS};
use crate::errno::Errno;
use crate::log::Log;
use crate::mode::Mode;
use crate::option::{parse, OptionId, Value};
use crate::text::Bytes;

mod monitors;

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
    /// `mac_policy`
    pub mac_policy: Option<&'a [u8]>,
    /// `lacp_fast_start`
    pub lacp_fast_start: i32,
    /// `arp_backup_probe`
    pub arp_backup_probe: Option<&'a [u8]>,
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
            mac_policy: None,
            lacp_fast_start: 0,
            arp_backup_probe: None,
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

impl ModuleSetup {
    /// What it does without any.
    pub const DEFAULT: ModuleSetup = ModuleSetup {
        defaults: Params::DEFAULT,
        max_bonds: DEFAULT_MAX_BONDS,
        tx_queues: DEFAULT_TX_QUEUES,
    };
}

/// Decides about the module parameters. Replaces `bond_check_params()`.
///
/// `setup`, which is to be the default, is filled in place: it is too large for the kernel's stack.
/// Writes to `log`, which is that of the module, whatever is wrong with them or is worth saying.
///
/// # Errors
///
/// `EINVAL`: the module cannot be loaded with them. `setup` is then of no use.
pub fn from_module(
    raw: &ModuleParams<'_>,
    setup: &mut ModuleSetup,
    log: &mut dyn Log,
) -> Result<(), Errno> {
    let params = &mut setup.defaults;

    modes(raw, params, log)?;
    let max_bonds = not_negative(raw.max_bonds).unwrap_or_else(|| {
        log.warn(format_args!(
            "Warning: max_bonds ({}) not in range 0-{INT_MAX}, so it was reset to BOND_DEFAULT_MAX_BONDS ({DEFAULT_MAX_BONDS})",
            raw.max_bonds
        ));
        DEFAULT_MAX_BONDS
    });
    let tx_queues = numbers(raw, params, log)?;
    monitors::mii(raw, params, log);
    monitors::arp(raw, params, log)?;
    monitors::tell(raw, params, max_bonds, log);
    failover(raw, params, log)?;
    limits(raw, params, log);
    if let Some(text) = raw.mac_policy {
        params.mac_policy = look_up(OptionId::MacPolicy, text).ok_or_else(|| {
            log.err(format_args!("Error: invalid mac_policy \"{}\"", line(text)));
            Errno::Einval
        })?;
    }
    if let Some(text) = raw.arp_backup_probe {
        params.arp_backup_probe = look_up(OptionId::ArpBackupProbe, text).ok_or_else(|| {
            log.err(format_args!(
                "Error: invalid arp_backup_probe \"{}\"",
                line(text)
            ));
            Errno::Einval
        })?;
    }
    setup.max_bonds = max_bonds;
    setup.tx_queues = tx_queues;
    Ok(())
}

/// Mode, hash policy, and the parameters of 802.3ad.
fn modes(raw: &ModuleParams<'_>, params: &mut Params, log: &mut dyn Log) -> Result<(), Errno> {
    if let Some(text) = raw.mode {
        params.mode = look_up(OptionId::Mode, text).ok_or_else(|| {
            log.err(format_args!(
                "Error: Invalid bonding mode \"{}\"",
                line(text)
            ));
            Errno::Einval
        })?;
    }
    let mode = params.mode;

    if let Some(text) = raw.xmit_hash_policy {
        if mode.can_use_xmit_hash() {
            params.xmit_policy = look_up(OptionId::XmitHash, text).ok_or_else(|| {
                log.err(format_args!(
                    "Error: Invalid xmit_hash_policy \"{}\"",
                    line(text)
                ));
                Errno::Einval
            })?;
        } else {
            log.info(format_args!(
                "xmit_hash_policy param is irrelevant in mode {}",
                mode.description()
            ));
        }
    }

    if let Some(text) = raw.lacp_rate {
        if mode == Mode::Ieee8023ad {
            params.lacp_rate = look_up(OptionId::LacpRate, text).ok_or_else(|| {
                log.err(format_args!("Error: Invalid lacp rate \"{}\"", line(text)));
                Errno::Einval
            })?;
        } else {
            log.info(format_args!(
                "lacp_rate param is irrelevant in mode {}",
                mode.description()
            ));
        }
    }

    if let Some(text) = raw.ad_select {
        params.ad_select = look_up(OptionId::AdSelect, text).ok_or_else(|| {
            log.err(format_args!("Error: Invalid ad_select \"{}\"", line(text)));
            Errno::Einval
        })?;
        if mode != Mode::Ieee8023ad {
            log.warn(format_args!("ad_select param only affects 802.3ad mode"));
        }
    }
    Ok(())
}

/// The parameters that are numbers, each of them by itself. Returns the number of queues.
fn numbers(raw: &ModuleParams<'_>, params: &mut Params, log: &mut dyn Log) -> Result<u32, Errno> {
    params.miimon = not_negative_or_zero("miimon", raw.miimon, log);
    params.updelay = Delay::waiting(not_negative_or_zero("updelay", raw.updelay, log));
    params.downdelay = Delay::waiting(not_negative_or_zero("downdelay", raw.downdelay, log));

    if raw.use_carrier != 1 {
        log.err(format_args!(
            "Error: invalid use_carrier parameter ({})",
            raw.use_carrier
        ));
        return Err(Errno::Einval);
    }

    params.num_peer_notif = u8::try_from(raw.num_peer_notif).unwrap_or_else(|_| {
        log.warn(format_args!(
            "Warning: num_grat_arp/num_unsol_na ({}) not in range 0-255 so it was reset to 1",
            raw.num_peer_notif
        ));
        1
    });

    if !params.mode.uses_arp() && params.miimon == 0 {
        log.warn(format_args!(
            "Warning: miimon must be specified, otherwise bonding will not detect link failure, speed and duplex which are essential for 802.3ad operation"
        ));
        log.warn(format_args!("Forcing miimon to {DEFAULT_MIIMON}msec"));
        params.miimon = DEFAULT_MIIMON;
    }

    let tx_queues = match u8::try_from(raw.tx_queues) {
        Ok(queues @ 1..) => queues.into(),
        _ => {
            log.warn(format_args!(
                "Warning: tx_queues ({}) should be between 1 and 255, resetting to {DEFAULT_TX_QUEUES}",
                raw.tx_queues
            ));
            DEFAULT_TX_QUEUES
        }
    };

    params.lacp_fast_start = match raw.lacp_fast_start {
        0 => false,
        1 => true,
        other => {
            log.warn(format_args!(
                "Warning: lacp_fast_start module parameter ({other}), not of valid value (0/1), so it was set to 0"
            ));
            false
        }
    };

    params.all_slaves_active = match raw.all_slaves_active {
        0 => false,
        1 => true,
        other => {
            log.warn(format_args!(
                "Warning: all_slaves_active module parameter ({other}), not of valid value (0/1), so it was set to 0"
            ));
            false
        }
    };

    params.resend_igmp = u8::try_from(raw.resend_igmp).unwrap_or_else(|_| {
        log.warn(format_args!(
            "Warning: resend_igmp ({}) should be between 0 and 255, resetting to 1",
            raw.resend_igmp
        ));
        1
    });

    params.packets_per_slave = u16::try_from(raw.packets_per_slave).unwrap_or_else(|_| {
        log.warn(format_args!(
            "Warning: packets_per_slave ({}) should be between 0 and {} resetting to 1",
            raw.packets_per_slave,
            u16::MAX
        ));
        1
    });
    Ok(tx_queues)
}

/// Which slave takes over, and with which MAC address.
fn failover(raw: &ModuleParams<'_>, params: &mut Params, log: &mut dyn Log) -> Result<(), Errno> {
    let mode = params.mode;
    let mut primary = raw.primary;
    if let Some(name) = primary {
        if !mode.uses_primary() {
            log.warn(format_args!(
                "Warning: {} primary device specified but has no effect in {} mode",
                Bytes(name),
                mode.description()
            ));
            primary = None;
        }
    }
    if let Some(name) = primary {
        params.primary = DeviceName::new(name);
        if let Some(text) = raw.primary_reselect {
            params.primary_reselect =
                look_up(OptionId::PrimaryReselect, text).ok_or_else(|| {
                    log.err(format_args!(
                        "Error: Invalid primary_reselect \"{}\"",
                        line(text)
                    ));
                    Errno::Einval
                })?;
        }
    }

    if let Some(text) = raw.fail_over_mac {
        params.fail_over_mac = look_up(OptionId::FailOverMac, text).ok_or_else(|| {
            log.err(format_args!(
                "Error: invalid fail_over_mac \"{}\"",
                line(text)
            ));
            Errno::Einval
        })?;
        if mode != Mode::ActiveBackup {
            log.warn(format_args!(
                "Warning: fail_over_mac only affects active-backup mode"
            ));
        }
    }
    Ok(())
}

/// The numbers whose limits C does not hold, or not all of them.
fn limits(raw: &ModuleParams<'_>, params: &mut Params, log: &mut dyn Log) {
    if raw.lp_interval == 0 || raw.lp_interval > INT_MAX {
        log.warn(format_args!(
            "Warning: ip_interval must be between 1 and {INT_MAX}, so it was reset to 1"
        ));
    } else {
        params.lp_interval = raw.lp_interval;
    }
    params.min_links = not_negative_or_zero("min_links", raw.min_links, log);
}

/// The value that `text` means for option `id`.
fn look_up<T: TryFrom<u64>>(id: OptionId, text: &[u8]) -> Option<T> {
    let parsed = parse(id.def(), &Value::Text(text))?;
    T::try_from(parsed.number).ok()
}

/// The first line of `text`, which is all that looking it up leaves of it in C.
fn line(text: &[u8]) -> Bytes<'_> {
    Bytes(Value::Text(text).line().unwrap_or_default())
}

fn not_negative(value: i32) -> Option<u32> {
    u32::try_from(value).ok()
}

fn not_negative_or_zero(name: &str, value: i32, log: &mut dyn Log) -> u32 {
    not_negative(value).unwrap_or_else(|| {
        log.warn(format_args!(
            "Warning: {name} module parameter ({value}), not in range 0-{INT_MAX}, so it was reset to 0"
        ));
        0
    })
}
