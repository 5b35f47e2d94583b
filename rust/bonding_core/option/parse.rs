// SPDX-License-Identifier: GPL-2.0

//! Values as they come from outside, and how they are read.

use super::{OptionDef, ValueDef};

/// A value for an option, as an interface hands it over.
///
/// C header: [`include/net/bond_options.h`](srctree/include/net/bond_options.h)
/// (`struct bond_opt_value`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// A number. `u64::MAX` is no number, as in C; see [`Value::from_u32()`].
    Number(u64),
    /// Text, with or without end of line. A NUL ends it.
    Text(&'a [u8]),
    /// An IPv4 address to add to the targets.
    Ipv4([u8; 4]),
    /// An IPv6 address to add to the targets.
    Ipv6([u8; 16]),
    /// A MAC address.
    Mac([u8; 6]),
    /// A number for one slave of the bond; `None` if the device is no slave.
    OfSlave(Option<SlaveRef<'a>>, i32),
}

/// Which slave a value is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlaveRef<'a> {
    /// Index of its interface.
    pub ifindex: u32,
    /// Name of its interface.
    pub name: &'a [u8],
}

impl Value<'_> {
    /// A number out of a 32-bit netlink attribute. Those with the top bit set become huge, since
    /// C carries them in an `int`.
    pub fn from_u32(value: u32) -> Self {
        Value::from_i32(value as i32)
    }

    /// A number out of an `int`, with its sign extended as C does.
    pub fn from_i32(value: i32) -> Self {
        Value::Number(i64::from(value) as u64)
    }
}

impl<'a> Value<'a> {
    /// The text, up to a NUL. `None` if the value is no text.
    pub fn text(&self) -> Option<&'a [u8]> {
        match *self {
            Value::Text(text) => Some(until(text, |b| b == 0)),
            _ => None,
        }
    }

    /// The text, up to its end of line. `None` if the value is no text.
    pub fn line(&self) -> Option<&'a [u8]> {
        self.text().map(|text| until(text, |b| b == b'\n'))
    }

    /// The number that C carries for the value, for log lines.
    pub(crate) fn number(&self) -> u64 {
        match *self {
            Value::Number(number) => number,
            Value::Ipv4(ip) => u32::from_ne_bytes(ip).into(),
            Value::Mac([a, b, c, d, e, f]) => u64::from_ne_bytes([a, b, c, d, e, f, 0, 0]),
            Value::OfSlave(_, number) => i64::from(number) as u64,
            Value::Text(_) | Value::Ipv6(_) => u64::MAX,
        }
    }
}

/// A value that was understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parsed<'a> {
    /// Its number.
    pub number: u64,
    /// Its name: from the table, or the text that was parsed, or none.
    pub name: Option<&'a [u8]>,
}

/// Looks `value` up among the named values and the range of `def`. Replaces `bond_opt_parse()`.
///
/// Text of digits and blanks is a decimal number; of any other text the first word counts, and
/// has to be a name or, where the option has one, `default`. `None` if nothing fits, and for
/// options whose value is raw.
pub fn parse<'a>(def: &OptionDef, value: &Value<'a>) -> Option<Parsed<'a>> {
    let (number, text) = match value {
        Value::Number(u64::MAX) => return None,
        Value::Number(number) => (*number, None),
        Value::Text(_) => {
            let line = value.line()?;
            if !line.iter().all(|&b| b.is_ascii_digit() || is_space(b)) {
                return named(def, token(line)).map(from_table);
            }
            (decimal(line)?, Some(line))
        }
        _ => return None,
    };
    if let Some(exact) = def.value(number) {
        return Some(from_table(exact));
    }
    let (min, max) = def.range()?;
    (min..=max)
        .contains(&number)
        .then_some(Parsed { number, name: text })
}

fn from_table(def: &'static ValueDef) -> Parsed<'static> {
    Parsed {
        number: def.value,
        name: Some(def.name.as_bytes()),
    }
}

/// The first value in the table that `word` names.
fn named(def: &OptionDef, word: &[u8]) -> Option<&'static ValueDef> {
    def.values
        .iter()
        .find(|v| v.name.as_bytes() == word || (v.role.default && word == b"default"))
}

/// The first number in a line of digits and blanks; one that is too great is the greatest.
fn decimal(line: &[u8]) -> Option<u64> {
    let word = token(line);
    if word.is_empty() {
        return None;
    }
    Some(saturating_decimal(word))
}

/// The number that the digits at the start of `text` make.
fn saturating_decimal(text: &[u8]) -> u64 {
    text.iter()
        .map_while(|b| char::from(*b).to_digit(10))
        .fold(0, |number: u64, digit| {
            number
                .checked_mul(10)
                .and_then(|n| n.checked_add(digit.into()))
                .unwrap_or(u64::MAX)
        })
}

/// What `sscanf("%hd")` reads into 16 bits: an optional minus, digits, and the excess cut off.
pub(super) fn short(text: &[u8]) -> Option<u16> {
    let text = skip_spaces(text);
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if !digits.first()?.is_ascii_digit() {
        return None;
    }
    let number = saturating_decimal(digits);
    let number = if negative {
        number.wrapping_neg()
    } else {
        number
    };
    Some(number as u16)
}

/// The first word of `text`: what is between blanks, and before a NUL.
pub fn token(text: &[u8]) -> &[u8] {
    until(skip_spaces(text), |b| is_space(b) || b == 0)
}

fn skip_spaces(text: &[u8]) -> &[u8] {
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        if !is_space(*first) {
            break;
        }
        rest = tail;
    }
    rest
}

fn until(text: &[u8], ends: impl Fn(u8) -> bool) -> &[u8] {
    text.split(|&b| ends(b)).next().unwrap_or_default()
}

/// What the kernel's `isspace()` takes for a blank, the Latin-1 one included.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r' | 0xa0)
}

/// Reads an IPv4 address as `in4_pton()` does without delimiter: four decimal numbers up to 255,
/// ended by anything that is neither a hexadecimal digit nor a dot.
pub fn parse_ipv4(text: &[u8]) -> Option<[u8; 4]> {
    let mut octets = [0; 4];
    let mut rest = text;
    let mut last = 0;
    for octet in octets.iter_mut() {
        if last != 0 && last != b'.' {
            return None;
        }
        let mut number: Option<u8> = None;
        loop {
            let (byte, tail) = match rest {
                [byte, tail @ ..] => (*byte, tail),
                [] => (0, rest),
            };
            rest = tail;
            if !byte.is_ascii_digit() {
                last = byte;
                break;
            }
            let digit = byte.wrapping_sub(b'0');
            number = Some(number.unwrap_or(0).checked_mul(10)?.checked_add(digit)?);
        }
        if last.is_ascii_hexdigit() {
            return None;
        }
        *octet = number?;
    }
    (last != b'.').then_some(octets)
}

/// Reads a MAC address as `mac_pton()` does: six pairs of hexadecimal digits with colons between
/// them. What follows does not matter.
pub fn parse_mac(text: &[u8]) -> Option<[u8; 6]> {
    let mut mac = [0; 6];
    let mut rest = text;
    let mut first = true;
    for byte in mac.iter_mut() {
        if !first {
            rest = rest.strip_prefix(b":")?;
        }
        first = false;
        let [high, low, tail @ ..] = rest else {
            return None;
        };
        let digits = (
            char::from(*high).to_digit(16)?,
            char::from(*low).to_digit(16)?,
        );
        *byte = (digits.0 << 4 | digits.1) as u8;
        rest = tail;
    }
    Some(mac)
}

/// Whether a device can be called `name`. Replaces `dev_valid_name()`.
pub fn device_name_is_valid(name: &[u8]) -> bool {
    !name.is_empty()
        && name.len() < crate::params::NAME_SIZE
        && name != b"."
        && name != b".."
        && !name
            .iter()
            .any(|&b| matches!(b, b'/' | b':' | 0) || is_space(b))
}
