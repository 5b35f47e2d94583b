// SPDX-License-Identifier: GPL-2.0

//! Errors of the networking core that the `kernel` crate does not name.

use kernel::{bindings, error::Error};

/// `EOPNOTSUPP`: what was asked for is not supported.
pub fn op_not_supported() -> Error {
    // CAST: A small constant.
    Error::from_errno(-(bindings::EOPNOTSUPP as i32))
}

/// `EADDRNOTAVAIL`: not an address that a device can have.
pub fn address_not_available() -> Error {
    // CAST: A small constant.
    Error::from_errno(-(bindings::EADDRNOTAVAIL as i32))
}
