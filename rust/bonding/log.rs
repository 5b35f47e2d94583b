// SPDX-License-Identifier: GPL-2.0

//! Log lines in the driver's form: the bond's device first, then the slave.

use bonding_core::{
    link::Event,
    log::{Level, Log},
    text::Bytes, //
};
use core::fmt;
use kernel::prelude::*;
use kernel_net::{
    log::{self, net_ratelimit},
    netdev_err,
    netdev_info,
    netdev_warn,
    netdevice::Device, //
};

/// Logs about a slave, as `slave_info()` in C.
macro_rules! slave_info {
    ($bond:expr, $slave:expr, $($arg:tt)+) => {
        ::kernel_net::netdev_info!($bond, "(slave {}): {}", $slave.name(), ::kernel::prelude::fmt!($($arg)+))
    };
}

/// Warns about a slave, as `slave_warn()` in C.
macro_rules! slave_warn {
    ($bond:expr, $slave:expr, $($arg:tt)+) => {
        ::kernel_net::netdev_warn!($bond, "(slave {}): {}", $slave.name(), ::kernel::prelude::fmt!($($arg)+))
    };
}

/// Reports an error about a slave, as `slave_err()` in C.
macro_rules! slave_err {
    ($bond:expr, $slave:expr, $($arg:tt)+) => {
        ::kernel_net::netdev_err!($bond, "(slave {}): {}", $slave.name(), ::kernel::prelude::fmt!($($arg)+))
    };
}

pub(crate) use {slave_err, slave_info, slave_warn};

/// The log of a bond, for decisions made in the core.
pub(crate) struct BondLog<'a>(pub(crate) &'a Device);

impl Log for BondLog<'_> {
    fn line(&mut self, level: Level, text: fmt::Arguments<'_>) {
        match level {
            Level::Err => netdev_err!(self.0, "{}\n", text),
            Level::Warn => netdev_warn!(self.0, "{}\n", text),
            Level::Notice | Level::Info => netdev_info!(self.0, "{}\n", text),
            Level::Debug => {}
        }
    }
}

/// The log of the module, for what concerns no bond. As in C its lines do not begin with the module's name.
pub(crate) struct ModuleLog;

impl Log for ModuleLog {
    fn line(&mut self, level: Level, text: fmt::Arguments<'_>) {
        let level = match level {
            Level::Err => log::Level::Error,
            Level::Warn => log::Level::Warning,
            Level::Notice => log::Level::Notice,
            Level::Info => log::Level::Info,
            Level::Debug => return,
        };
        log::line(level, fmt!("{}\n", text));
    }
}

/// Says what happened to a slave's link.
pub(crate) fn log_event(bond: &Device, slave: &Device, event: &Event) {
    if event.is_rate_limited() && !net_ratelimit() {
        return;
    }
    BondLog(bond).line(
        event.level(),
        format_args!("{}", event.line(Bytes(slave.name().as_bytes()))),
    );
}
