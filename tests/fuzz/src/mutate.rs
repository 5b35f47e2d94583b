// SPDX-License-Identifier: GPL-2.0

//! Inputs: frames and texts that are right, and what becomes of them by small changes.

use oracle::{frames::FAMILIES, rng::Rng};

/// Words and numbers that options know, and some that they do not.
const TEXTS: &[&str] = &[
    "balance-rr",
    "active-backup",
    "802.3ad",
    "0",
    "1",
    "6",
    "255",
    "256",
    "65535",
    "65536",
    "4294967295",
    "4294967296",
    "18446744073709551615",
    "18446744073709551616",
    "-1",
    "0x10",
    "layer3+4\n",
    "vlan+srcmac",
    "default",
    "off",
    "on",
    "fast",
    "+192.168.0.1",
    "-10.0.0.1",
    "255.255.255.255",
    "0.0.0.0",
    "1.2.3",
    "+fe80::1",
    "::",
    "eth0:1",
    "eth0:65536",
    ":",
    "eth0",
    "a_device_with_a_long_name",
    "00:11:22:33:44:55",
    "01:80:c2:00:00:0",
    "any",
    "",
    " ",
    "\n",
    "active_slave",
    "filter_backup",
    "%s%n",
    "\u{fffd}",
    "all\0all",
];

/// Makes inputs one after the other.
pub struct Mutator {
    rng: Rng,
    last: Vec<u8>,
}

impl Mutator {
    /// Starts with these random numbers.
    pub fn new(rng: Rng) -> Self {
        Self {
            rng,
            last: Vec::new(),
        }
    }

    /// The next input: a new one, or the last one changed.
    pub fn input(&mut self) -> Vec<u8> {
        let mut input = match self.rng.below(4) {
            0 => (FAMILIES[self.rng.below(FAMILIES.len())].make)(&mut self.rng).octets,
            1 => {
                let (kind, rest) = (self.rng.bits() as u8, self.rng.of(TEXTS));
                let mut input = vec![kind];
                input.extend(rest.bytes());
                input
            }
            2 => {
                let length = self.rng.below(90);
                self.rng.vec(length)
            }
            _ => std::mem::take(&mut self.last),
        };
        for _ in 0..self.rng.below(4) {
            self.change(&mut input);
        }
        self.last.clone_from(&input);
        input
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let at = self.rng.below(input.len() + 1);
        match self.rng.below(6) {
            0 => input.truncate(at),
            1 => input.insert(at, self.rng.bits() as u8),
            2 if at < input.len() => input[at] ^= 1 << self.rng.below(8),
            3 if at < input.len() => input[at] = self.rng.of(&[0, 1, 0x7f, 0x80, 0xff, 0x45, 0x60]),
            4 if at < input.len() => {
                input.remove(at);
            }
            5 if input.len() < 400 => {
                let tail = input[at..].to_vec();
                input.extend(tail);
            }
            _ => {}
        }
    }
}
