// SPDX-License-Identifier: GPL-2.0

//! Text as the kernel's `printf()` makes it: addresses, and bytes from outside.

use core::fmt::{self, Write};

/// Bytes that should be text (`%s`). What is not UTF-8 is shown as U+FFFD.
#[derive(Clone, Copy)]
pub struct Bytes<'a>(pub &'a [u8]);

impl fmt::Display for Bytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            f.write_str(chunk.valid())?;
            if !chunk.invalid().is_empty() {
                f.write_char(char::REPLACEMENT_CHARACTER)?;
            }
        }
        Ok(())
    }
}

/// An IPv4 address (`%pI4`).
#[derive(Clone, Copy)]
pub struct Ipv4(pub [u8; 4]);

impl fmt::Display for Ipv4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d] = self.0;
        write!(f, "{a}.{b}.{c}.{d}")
    }
}

/// Hexadecimal bytes with colons between them (`%pM`, `%*phC`).
#[derive(Clone, Copy)]
pub struct Mac<'a>(pub &'a [u8]);

impl fmt::Display for Mac<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for byte in self.0 {
            write!(f, "{separator}{byte:02x}")?;
            separator = ":";
        }
        Ok(())
    }
}

/// An IPv6 address in its short form (`%pI6c`).
#[derive(Clone, Copy)]
pub struct Ipv6<'a>(pub &'a [u8; 16]);

impl Ipv6<'_> {
    /// Whether the last four bytes are shown as an IPv4 address: IPv4-mapped and ISATAP.
    fn ends_in_ipv4(&self) -> bool {
        let mapped = self
            .0
            .starts_with(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]);
        let [.., universal, b, c, d, _, _, _, _] = *self.0;
        let isatap = (universal | 0x02, b, c, d) == (0x02, 0x00, 0x5e, 0xfe);
        mapped || isatap
    }
}

impl fmt::Display for Ipv6<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ipv4 = self.ends_in_ipv4();
        let words = if ipv4 { 6 } else { 8 };
        let word = |at: usize| match self.0.chunks_exact(2).take(words).nth(at) {
            Some([high, low]) => Some(u16::from_be_bytes([*high, *low])),
            _ => None,
        };

        // The first of the longest runs of zeros; a single zero is none.
        let (mut run_at, mut run_len) = (words, 1);
        for at in 0..words {
            let len = (at..words).take_while(|&i| word(i) == Some(0)).count();
            if len > run_len {
                (run_at, run_len) = (at, len);
            }
        }

        let mut colon = false;
        let mut at = 0;
        while let Some(value) = word(at) {
            if at == run_at {
                f.write_str(if colon || at == 0 { "::" } else { ":" })?;
                colon = false;
                at = at.saturating_add(run_len);
                continue;
            }
            if colon {
                f.write_char(':')?;
            }
            write!(f, "{value:x}")?;
            colon = true;
            at = at.saturating_add(1);
        }
        if ipv4 {
            if colon {
                f.write_char(':')?;
            }
            let [.., a, b, c, d] = *self.0;
            Ipv4([a, b, c, d]).fmt(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Bytes, Ipv4, Ipv6, Mac};

    #[test]
    fn ipv6_is_compressed_as_by_the_kernel() {
        let cases = [
            ("::", "::"),
            ("::1", "::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("2001:db8:0:1:0:0:0:1", "2001:db8:0:1::1"),
            // A single zero word is not compressed.
            ("2001:0:1:2:3:4:5:6", "2001:0:1:2:3:4:5:6"),
            // The first of two runs of the same length is.
            ("1:0:0:2:3:0:0:4", "1::2:3:0:0:4"),
            ("1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"),
            ("fe80::", "fe80::"),
            ("::ffff:10.1.2.3", "::ffff:10.1.2.3"),
            ("fe80::5efe:10.1.2.3", "fe80::5efe:10.1.2.3"),
            ("fe80::200:5efe:10.1.2.3", "fe80::200:5efe:10.1.2.3"),
            // Not mapped: printed as words.
            ("::1.2.3.4", "::102:304"),
            (
                "abcd:ef01:2345:6789:abcd:ef01:2345:6789",
                "abcd:ef01:2345:6789:abcd:ef01:2345:6789",
            ),
        ];
        for (address, text) in cases {
            let address: std::net::Ipv6Addr = address.parse().unwrap();
            assert_eq!(Ipv6(&address.octets()).to_string(), text);
        }
    }

    #[test]
    fn other_text() {
        assert_eq!(Ipv4([192, 0, 2, 255]).to_string(), "192.0.2.255");
        assert_eq!(Mac(&[0, 0x1a, 0xff]).to_string(), "00:1a:ff");
        assert_eq!(Mac(&[]).to_string(), "");
        assert_eq!(Bytes(b"bond\xff0").to_string(), "bond\u{fffd}0");
    }
}
