// SPDX-License-Identifier: GPL-2.0

//! Whose address is whose in balance-tlb and balance-alb, where each slave sends by an address of its own.

use crate::wire::eth::Mac;

/// The addresses of a slave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mine {
    /// The address it had when it was enslaved.
    pub permanent: Mac,
    /// The address it has now.
    pub current: Mac,
}

/// The address that a new slave gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attach {
    /// Its own.
    Keep,
    /// The permanent one of the slave at `place`, which has another one now.
    Lend {
        /// The place among the slaves.
        place: usize,
        /// It gets the bond's address first, as its own belongs to somebody else.
        first_bonds: bool,
    },
    /// The bond's, which no slave has.
    Bonds {
        /// It does not have that yet.
        set: bool,
    },
    /// There is none; `EFAULT` in C.
    Refuse {
        /// It gets the bond's address first, as its own belongs to somebody else.
        first_bonds: bool,
    },
}

/// Finds an address for a new slave that no other has; `alb_handle_addr_collision_on_attach()` in C.
///
/// `slave` has tried to take its permanent address. `others` are the slaves that have joined, in order;
/// `has_active` says whether one of them is active, and so has the bond's address.
pub fn on_attach(
    slave: &Mine,
    bond: Mac,
    has_active: bool,
    others: impl Iterator<Item = Mine> + Clone,
) -> Attach {
    if others.clone().next().is_none() {
        return Attach::Keep;
    }
    let in_use = |mac: Mac| others.clone().any(|other| other.current == mac);
    let collides = slave.permanent != bond;
    if collides && !in_use(slave.current) {
        return Attach::Keep;
    }
    let mut bond_in_use = has_active;
    for (other, place) in others.clone().zip(0_usize..) {
        if !in_use(other.permanent) {
            return Attach::Lend {
                place,
                first_bonds: collides,
            };
        }
        bond_in_use |= other.current == bond;
    }
    if bond_in_use {
        Attach::Refuse {
            first_bonds: collides,
        }
    } else {
        Attach::Bonds { set: collides }
    }
}

/// Which of the slaves that stay has the permanent address of one that leaves, and is to get that one's present
/// address instead; `alb_change_hw_addr_on_detach()` in C.
pub fn on_detach(slave: &Mine, bond: Mac, others: impl Iterator<Item = Mine>) -> Option<usize> {
    if slave.permanent == slave.current || slave.permanent == bond {
        return None;
    }
    others
        .zip(0_usize..)
        .find(|(other, _)| other.current == slave.permanent)
        .map(|(_, place)| place)
}
