// SPDX-License-Identifier: GPL-2.0

//! Where the decisions say what they did: the log of a bond, or of the module.

use core::fmt;

/// How important a log line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// `pr_err()`, `netdev_err()`.
    Err,
    /// `pr_warn()`, `netdev_warn()`.
    Warn,
    /// `pr_notice()`.
    Notice,
    /// `pr_info()`, `netdev_info()`.
    Info,
    /// `pr_debug()`, `netdev_dbg()`: nobody sees it unless asked for.
    Debug,
}

/// A log.
///
/// The driver implements it with `netdev_*()` for a bond and with `pr_*()` for the module. A line
/// comes without its end of line: the implementation adds it.
pub trait Log {
    /// Writes one line.
    fn line(&mut self, level: Level, text: fmt::Arguments<'_>);

    /// Writes an error.
    fn err(&mut self, text: fmt::Arguments<'_>) {
        self.line(Level::Err, text);
    }

    /// Writes a warning.
    fn warn(&mut self, text: fmt::Arguments<'_>) {
        self.line(Level::Warn, text);
    }

    /// Writes a line that is normal but significant.
    fn notice(&mut self, text: fmt::Arguments<'_>) {
        self.line(Level::Notice, text);
    }

    /// Writes an informational line.
    fn info(&mut self, text: fmt::Arguments<'_>) {
        self.line(Level::Info, text);
    }

    /// Writes a debugging line.
    fn debug(&mut self, text: fmt::Arguments<'_>) {
        self.line(Level::Debug, text);
    }
}

/// A log that keeps nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Log for Silent {
    fn line(&mut self, _level: Level, _text: fmt::Arguments<'_>) {}
}
