// SPDX-License-Identifier: GPL-2.0

//! The addresses that the ARP monitor probes.

use super::MAX_TARGETS;

/// Why a target was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Not an address that can be probed.
    Invalid,
    /// Already a target.
    Present,
    /// There are 16 already.
    Full,
    /// Not a target, so it cannot be removed.
    Absent,
}

/// Up to 16 IPv4 addresses.
///
/// # Invariants
///
/// An entry that is all zero is followed by no other entry, and no two entries are equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ipv4Targets([[u8; 4]; MAX_TARGETS]);

/// Up to 16 IPv6 addresses.
///
/// # Invariants
///
/// An entry that is all zero is followed by no other entry, and no two entries are equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ipv6Targets([[u8; 16]; MAX_TARGETS]);

impl Ipv4Targets {
    /// No target.
    pub const NONE: Ipv4Targets = Ipv4Targets([[0; 4]; MAX_TARGETS]);

    /// Whether `ip` can be probed (`bond_is_ip_target_ok()`): neither the unspecified address nor
    /// the one of broadcast.
    pub fn is_valid(ip: [u8; 4]) -> bool {
        ip != [255; 4] && ip != [0; 4]
    }

    /// The slots, in order; free ones are all zero.
    pub fn slots(&self) -> &[[u8; 4]; MAX_TARGETS] {
        &self.0
    }

    /// The targets, in order.
    pub fn iter(&self) -> impl Iterator<Item = [u8; 4]> + '_ {
        self.0.iter().copied().take_while(|ip| *ip != [0; 4])
    }

    /// How many targets there are.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether there is no target.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The slot of `ip` (`bond_get_targets_ip()`).
    pub fn position(&self, ip: [u8; 4]) -> Option<usize> {
        self.iter().position(|target| target == ip)
    }

    /// Adds a target.
    pub fn add(&mut self, ip: [u8; 4]) -> Result<(), Refused> {
        if !Self::is_valid(ip) {
            return Err(Refused::Invalid);
        }
        if self.position(ip).is_some() {
            return Err(Refused::Present);
        }
        let len = self.len();
        // INVARIANT: The first free slot is filled, with an address that no other slot has.
        *self.0.get_mut(len).ok_or(Refused::Full)? = ip;
        Ok(())
    }

    /// Removes a target; the ones after it move up.
    pub fn remove(&mut self, ip: [u8; 4]) -> Result<(), Refused> {
        if !Self::is_valid(ip) {
            return Err(Refused::Invalid);
        }
        let at = self.position(ip).ok_or(Refused::Absent)?;
        // INVARIANT: What follows moves up by one, so the slot that becomes free is the last one.
        let mut next = [0; 4];
        for slot in self.0.iter_mut().skip(at).rev() {
            core::mem::swap(slot, &mut next);
        }
        Ok(())
    }
}

impl Ipv6Targets {
    /// No target.
    pub const NONE: Ipv6Targets = Ipv6Targets([[0; 16]; MAX_TARGETS]);

    /// Whether `ip` can be probed (`bond_is_ip6_target_ok()`): not `::`, `::1` or multicast.
    pub fn is_valid(ip: &[u8; 16]) -> bool {
        const ANY: [u8; 16] = [0; 16];
        const LOOPBACK: [u8; 16] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
        *ip != ANY && *ip != LOOPBACK && !ip.starts_with(&[0xff])
    }

    /// The slots, in order; free ones are all zero.
    pub fn slots(&self) -> &[[u8; 16]; MAX_TARGETS] {
        &self.0
    }

    /// The targets, in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8; 16]> + '_ {
        self.0.iter().take_while(|ip| **ip != [0; 16])
    }

    /// How many targets there are.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether there is no target.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a target.
    pub fn add(&mut self, ip: [u8; 16]) -> Result<(), Refused> {
        if !Self::is_valid(&ip) {
            return Err(Refused::Invalid);
        }
        if self.iter().any(|target| *target == ip) {
            return Err(Refused::Present);
        }
        let len = self.len();
        // INVARIANT: The first free slot is filled, with an address that no other slot has.
        *self.0.get_mut(len).ok_or(Refused::Full)? = ip;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Ipv4Targets, Ipv6Targets, Refused};

    #[test]
    fn sixteen_and_no_more() {
        let mut targets = Ipv4Targets::NONE;
        for n in 1..=16 {
            assert_eq!(targets.add([10, 0, 0, n]), Ok(()));
            assert_eq!(targets.add([10, 0, 0, n]), Err(Refused::Present));
        }
        assert_eq!(targets.len(), 16);
        assert_eq!(targets.add([10, 0, 0, 17]), Err(Refused::Full));
        assert_eq!(targets.remove([10, 0, 0, 17]), Err(Refused::Absent));
    }

    #[test]
    fn removal_closes_the_gap() {
        let mut targets = Ipv4Targets::NONE;
        for n in 1..=16 {
            targets.add([10, 0, 0, n]).unwrap();
        }
        targets.remove([10, 0, 0, 3]).unwrap();
        let left: Vec<u8> = targets.iter().map(|ip| ip[3]).collect();
        assert_eq!(left, [1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
        targets.remove([10, 0, 0, 16]).unwrap();
        assert_eq!(targets.len(), 14);
    }

    #[test]
    fn what_cannot_be_probed() {
        let (mut ipv4, mut ipv6) = (Ipv4Targets::NONE, Ipv6Targets::NONE);
        for ip in [[0, 0, 0, 0], [255, 255, 255, 255]] {
            assert_eq!(ipv4.add(ip), Err(Refused::Invalid));
            assert_eq!(ipv4.remove(ip), Err(Refused::Invalid));
        }
        // C takes these, so do we.
        for ip in [
            [0, 1, 2, 3],
            [127, 0, 0, 1],
            [224, 0, 0, 1],
            [255, 255, 255, 254],
        ] {
            assert_eq!(ipv4.add(ip), Ok(()));
        }
        let mut loopback = [0; 16];
        loopback[15] = 1;
        let mut multicast = [0; 16];
        multicast[0] = 0xff;
        for ip in [[0; 16], loopback, multicast] {
            assert_eq!(ipv6.add(ip), Err(Refused::Invalid));
        }
        loopback[15] = 2;
        assert_eq!(ipv6.add(loopback), Ok(()));
    }
}
