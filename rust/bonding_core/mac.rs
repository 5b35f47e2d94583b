// SPDX-License-Identifier: GPL-2.0

//! Which MAC address a bond has, by its option `mac_policy`.
//!
//! A bond without slaves needs an address before it can have one of its own. C draws one by lot and says so
//! to user space, which udev takes as a request for a better one: it sets one made of the bond's name and the
//! machine's id, and from then on the address counts as the administrator's. Machines cloned from one image
//! end up with the same MAC address.

use crate::option::MacPolicy;

/// Where the kernel says that a device's address came from (`NET_ADDR_*`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assigned {
    /// It is the device's own.
    Permanent,
    /// It was drawn by lot. udev may replace it.
    Random,
    /// It is that of another device. udev leaves it alone.
    Stolen,
    /// User space set it.
    Set,
}

/// Who made the address of a bond what it is, as far as the driver had to do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The driver drew it by lot.
    Drawn,
    /// The driver took it from a slave.
    Slave,
    /// Somebody asked the driver for it.
    Asked,
    /// The bond is a slave itself, or was, and whoever is above it gave or gave back the address. The kernel
    /// says of such an address that user space set it.
    Master,
}

/// What an address drawn by lot is declared as.
pub fn declared(policy: MacPolicy) -> Assigned {
    match policy {
        MacPolicy::First | MacPolicy::Private => Assigned::Stolen,
        MacPolicy::Compat => Assigned::Random,
    }
}

/// Whether a bond without slaves takes an address from the first one.
pub fn takes_first(policy: MacPolicy, origin: Origin, assigned: Assigned) -> bool {
    match policy {
        MacPolicy::First | MacPolicy::Private => {
            origin == Origin::Drawn && assigned != Assigned::Set
        }
        MacPolicy::Compat => assigned == Assigned::Random,
    }
}

/// Whether a bond that has lost its last slave, or failed to get its first, draws a new address by lot.
pub fn draws_anew(policy: MacPolicy, origin: Origin, assigned: Assigned) -> bool {
    match policy {
        MacPolicy::First | MacPolicy::Private => {
            origin == Origin::Master || origin != Origin::Asked && assigned != Assigned::Set
        }
        MacPolicy::Compat => true,
    }
}

/// The address that a bond takes from its first slave, whose own is `slave`.
///
/// `private` gives one that no port has: the first octet is 02, or 06 if that is the slave's own.
pub fn from_first(policy: MacPolicy, slave: [u8; 6]) -> [u8; 6] {
    let [first, b, c, d, e, f] = slave;
    match policy {
        MacPolicy::First | MacPolicy::Compat => slave,
        MacPolicy::Private if first == 0x02 => [0x06, b, c, d, e, f],
        MacPolicy::Private => [0x02, b, c, d, e, f],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Assigned::{Permanent, Random, Set, Stolen};
    use MacPolicy::{Compat, First, Private};
    use Origin::{Asked, Drawn, Master, Slave};

    #[test]
    fn udev_leaves_an_empty_bond_alone() {
        assert_eq!(declared(First), Stolen);
        assert_eq!(declared(Private), Stolen);
        assert_eq!(declared(Compat), Random);
    }

    #[test]
    fn what_nobody_asked_for_gives_way_to_the_first_slave() {
        for policy in [First, Private] {
            for origin in [Drawn, Slave, Asked, Master] {
                for assigned in [Permanent, Random, Stolen, Set] {
                    assert_eq!(
                        takes_first(policy, origin, assigned),
                        origin == Drawn && assigned != Set
                    );
                    assert_eq!(
                        takes_first(Compat, origin, assigned),
                        assigned == Random,
                        "as C"
                    );
                }
            }
        }
    }

    #[test]
    fn b15_an_address_that_was_set_outlives_the_last_slave() {
        for policy in [First, Private] {
            assert!(!draws_anew(policy, Slave, Set));
            assert!(!draws_anew(policy, Drawn, Set));
            assert!(!draws_anew(policy, Asked, Stolen));
            assert!(draws_anew(policy, Slave, Stolen));
            assert!(draws_anew(policy, Master, Set), "of a bond in a bond");
            assert!(draws_anew(policy, Drawn, Stolen));
        }
        assert!(draws_anew(Compat, Asked, Set), "as C");
    }

    #[test]
    fn a_private_address_is_no_ports() {
        let slave = [0x00, 0x1b, 0x21, 0x01, 0x02, 0x03];
        assert_eq!(from_first(First, slave), slave);
        assert_eq!(from_first(Compat, slave), slave);
        assert_eq!(from_first(Private, slave), [0x02, 0x1b, 0x21, 1, 2, 3]);
        let local = [0x02, 0, 0, 0, 0, 1];
        assert_eq!(from_first(Private, local), [0x06, 0, 0, 0, 0, 1]);
        for first in (0..=254).step_by(2) {
            let [made, ..] = from_first(Private, [first, 0, 0, 0, 0, 1]);
            assert_eq!(made & 3, 2, "unicast, locally administered");
            assert_ne!(made, first);
        }
    }
}
