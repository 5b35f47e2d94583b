// SPDX-License-Identifier: GPL-2.0

//! Log lines about devices, in the form of C's `netdev_info()` and its like.
//!
//! C header: [`include/net/net_debug.h`](srctree/include/net/net_debug.h)

use crate::netdevice::Device;
use kernel::{bindings, fmt, prelude::*};

/// How grave a log line is, `KERN_*` in C.
#[derive(Clone, Copy)]
pub enum Level {
    /// `KERN_ERR`.
    Error,
    /// `KERN_WARNING`.
    Warning,
    /// `KERN_NOTICE`.
    Notice,
    /// `KERN_INFO`.
    Info,
    /// `KERN_DEBUG`.
    Debug,
}

/// Logs a line about a device. For the macros of this crate.
#[doc(hidden)]
pub fn print(level: Level, dev: &Device, args: fmt::Arguments<'_>) {
    let level = match level {
        Level::Error => c"\x013",
        Level::Warning => c"\x014",
        Level::Notice => c"\x015",
        Level::Info => c"\x016",
        Level::Debug => c"\x017",
    };
    // SAFETY: The device is valid, level and format are C strings, and what `%pA` takes is a
    // `fmt::Arguments`, which outlives the call.
    unsafe {
        net_bindings::netdev_printk(
            level.as_char_ptr(),
            dev.as_ptr(),
            c"%pA".as_char_ptr(),
            core::ptr::from_ref(&args).cast::<c_void>(),
        )
    }
}

/// Logs a line as it is, without the name of the module that `pr_info!` and its like put before it.
pub fn line(level: Level, args: fmt::Arguments<'_>) {
    let format = match level {
        Level::Error => c"\x013%pA",
        Level::Warning => c"\x014%pA",
        Level::Notice => c"\x015%pA",
        Level::Info => c"\x016%pA",
        Level::Debug => c"\x017%pA",
    };
    // SAFETY: The format is a C string, and what `%pA` takes is a `fmt::Arguments`, which outlives
    // the call.
    unsafe {
        bindings::_printk(
            format.as_char_ptr(),
            core::ptr::from_ref(&args).cast::<c_void>(),
        )
    };
}

/// Logs an error about a device: `netdev_err!(dev, "format\n", ...)`.
#[macro_export]
macro_rules! netdev_err {
    ($dev:expr, $($arg:tt)+) => {
        $crate::log::print($crate::log::Level::Error, &$dev, ::kernel::prelude::fmt!($($arg)+))
    };
}

/// Logs a warning about a device: `netdev_warn!(dev, "format\n", ...)`.
#[macro_export]
macro_rules! netdev_warn {
    ($dev:expr, $($arg:tt)+) => {
        $crate::log::print($crate::log::Level::Warning, &$dev, ::kernel::prelude::fmt!($($arg)+))
    };
}

/// Logs a line about a device: `netdev_info!(dev, "format\n", ...)`.
#[macro_export]
macro_rules! netdev_info {
    ($dev:expr, $($arg:tt)+) => {
        $crate::log::print($crate::log::Level::Info, &$dev, ::kernel::prelude::fmt!($($arg)+))
    };
}

/// Logs a line of some weight about a device: `netdev_notice!(dev, "format\n", ...)`.
#[macro_export]
macro_rules! netdev_notice {
    ($dev:expr, $($arg:tt)+) => {
        $crate::log::print($crate::log::Level::Notice, &$dev, ::kernel::prelude::fmt!($($arg)+))
    };
}

/// Whether a line that a frame can cause may be logged now; `net_ratelimit()` in C.
pub fn net_ratelimit() -> bool {
    // SAFETY: No requirements.
    unsafe { net_bindings::net_ratelimit() != 0 }
}

/// Logs an error, unless there were many of late: `net_err_ratelimited!("format\n", ...)`.
#[macro_export]
macro_rules! net_err_ratelimited {
    ($($arg:tt)+) => {
        if $crate::log::net_ratelimit() {
            $crate::log::line($crate::log::Level::Error, ::kernel::prelude::fmt!($($arg)+));
        }
    };
}
