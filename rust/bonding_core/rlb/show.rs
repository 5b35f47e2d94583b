// SPDX-License-Identifier: GPL-2.0

//! The clients as `rlb_hash_table` in debugfs shows them.

use core::fmt::{self, Display, Formatter, Write};

use super::Client;
use crate::text::Ipv4;

/// The line above the clients.
pub const HEADING: &str = "SourceIP        DestinationIP   Destination MAC   DEV";

/// The line of one client, without its end, to be formatted.
pub struct Line<'a, N> {
    /// The client.
    pub client: &'a Client,
    /// The name of its slave, if it has one.
    pub slave: Option<N>,
}

impl<N: Display> Display for Line<'_, N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        column(f, 15, Ipv4(self.client.server))?;
        column(f, 15, Ipv4(self.client.client))?;
        column(f, 17, self.client.client_mac)?;
        match &self.slave {
            Some(slave) => slave.fmt(f),
            None => f.write_str("(none)"),
        }
    }
}

/// Writes `value` and spaces up to `width` characters, and one more.
fn column(f: &mut Formatter<'_>, width: usize, value: impl Display) -> fmt::Result {
    let mut column = Column { f, left: width };
    write!(column, "{value}")?;
    while column.left != 0 {
        column.write_char(' ')?;
    }
    f.write_char(' ')
}

/// Counts what is written.
struct Column<'a, 'f> {
    f: &'a mut Formatter<'f>,
    left: usize,
}

impl Write for Column<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.left = self.left.saturating_sub(text.len());
        self.f.write_str(text)
    }
}
