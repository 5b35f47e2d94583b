// SPDX-License-Identifier: GPL-2.0

//! What proves a backup besides our own requests (option `arp_backup_probe`).
//!
//! In C a backup is believed only by a request of the active slave that the switch floods to it. It
//! stays deaf where the switch does not flood, and where its card drops frames with its own source
//! address, as i40e and ice do. With `listen` it is proven by what a target broadcasts, too; with
//! `probe` it asks for itself, from an address that is no other's.

use super::Timing;
use crate::mode::Mode;
use crate::option::{ArpBackupProbe, ArpValidate};
use crate::time::Jiffies;
use crate::wire::arp::{Operation, Packet};
use crate::wire::eth::Mac;
use crate::wire::nd::{self, Ip6};

/// The sender address of a probe: nobody's, so that no neighbour learns anything from it.
const NOBODY: [u8; 4] = [0; 4];

/// The target, by its place, that proves a backup because it broadcast an ARP request or announced
/// itself; `None` if the frame is nothing of the kind.
pub fn overheard(
    packet: &Packet,
    broadcast: bool,
    place_of: impl FnOnce([u8; 4]) -> Option<usize>,
) -> Option<usize> {
    let spoken = match packet.operation {
        Operation::Request => true,
        Operation::Reply => packet.sender_ip == packet.target_ip,
        Operation::Other(_) => false,
    };
    if !broadcast || !spoken || packet.sender_ip == NOBODY {
        return None;
    }
    place_of(packet.sender_ip)
}

/// As [`overheard`], of neighbour discovery: what a target sends to a group.
pub fn overheard6<'a>(
    packet: &nd::Packet,
    multicast: bool,
    targets: impl IntoIterator<Item = &'a Ip6>,
) -> Option<usize> {
    if !multicast || packet.source == nd::UNSPECIFIED {
        return None;
    }
    let mut targets = targets.into_iter();
    targets.position(|target| *target == packet.source)
}

/// The target, by its place, that answered a probe sent from the address `probe`; `None` if the
/// frame is no such answer.
///
/// `for_other`: the frame was not for the device's own address.
pub fn answered(
    packet: &Packet,
    for_other: bool,
    probe: Mac,
    place_of: impl FnOnce([u8; 4]) -> Option<usize>,
) -> Option<usize> {
    let ours = for_other
        && packet.operation == Operation::Reply
        && packet.target == probe
        && packet.target_ip == NOBODY
        && packet.sender_ip != NOBODY;
    if !ours {
        return None;
    }
    place_of(packet.sender_ip)
}

/// The target, by its place, that answered a request of ours, and the station that it is; `None` if
/// the frame is no answer, or one from nowhere that could be asked again.
///
/// `for_us`: the frame was for the device's own address. `is_ours` is asked last, as it is dear.
pub fn station(
    packet: &Packet,
    for_us: bool,
    place_of: impl FnOnce([u8; 4]) -> Option<usize>,
    is_ours: impl FnOnce([u8; 4]) -> bool,
) -> Option<(usize, Mac)> {
    if !for_us || packet.operation != Operation::Reply || !packet.sender.is_valid() {
        return None;
    }
    let place = place_of(packet.sender_ip)?;
    is_ours(packet.target_ip).then_some((place, packet.sender))
}

/// The station that a backup asks for a target: the one that answered some slave within
/// `arp_missed_max` intervals, if one did.
///
/// A target that is silent may be about to find out whether its address is free (RFC 5227), and
/// would take a probe for somebody else's claim.
pub fn asks(answered: Option<(Jiffies, Mac)>, now: Jiffies, timing: &Timing) -> Option<Mac> {
    let (at, station) = answered?;
    timing.within(at, now, timing.missed_max).then_some(station)
}

/// Whether a slave is to have an address for probes while it is not the active one.
pub const fn needs_address(option: ArpBackupProbe, validate: ArpValidate, mode: Mode) -> bool {
    matches!(mode, Mode::ActiveBackup)
        && matches!(option, ArpBackupProbe::Probe)
        && validate.validates(false)
}

/// The address from which a slave probes whose own is `own`: that, or if it is `taken` one made of
/// it by setting the bit that says "locally administered", or if that is taken others of this kind.
///
/// `None`: all of them are taken, or `own` is no address of a station.
pub fn address(own: Mac, taken: impl Fn(Mac) -> bool) -> Option<Mac> {
    let Mac([first, b, c, d, e, f]) = own;
    let local = (0..64_u8).map(|n| Mac([(first | 2) ^ n.wrapping_mul(4), b, c, d, e, f]));
    core::iter::once(own)
        .chain(local)
        .find(|address| address.is_valid() && !taken(*address))
}

/// For how many intervals a backup hears nothing before that is said.
const PATIENCE: u32 = 10;

/// Finds out whether a backup is deaf: it hears no request at all while the active slave is well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deafness {
    /// Every backup hears something, or nothing can be known.
    None,
    /// One heard nothing since then.
    Since(Jiffies),
    /// It was said, once and for all.
    Said,
}

impl Deafness {
    /// Takes in a pass of the monitor, `deaf` being whether any backup heard nothing so far. Whether
    /// it is to be said now.
    pub fn look(&mut self, deaf: bool, now: Jiffies, timing: &Timing) -> bool {
        match (*self, deaf) {
            (Self::Said, _) => false,
            (_, false) => {
                *self = Self::None;
                false
            }
            (Self::None, true) => {
                *self = Self::Since(now);
                false
            }
            (Self::Since(at), true) => {
                let said = !timing.within(at, now, PATIENCE);
                if said {
                    *self = Self::Said;
                }
                said
            }
        }
    }
}

#[cfg(test)]
mod tests;
