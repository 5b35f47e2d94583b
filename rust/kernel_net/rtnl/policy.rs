// SPDX-License-Identifier: GPL-2.0

//! What the netlink core checks of attributes before anybody else sees them.
//!
//! C header: [`include/net/netlink.h`](srctree/include/net/netlink.h)

use kernel::prelude::*;

/// What the netlink core checks of an attribute before the link type sees it (`struct nla_policy`).
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct Policy(net_bindings::nla_policy);

// SAFETY: The pointers in a policy are to constants.
unsafe impl Sync for Policy {}
// SAFETY: The pointers in a policy are to constants.
unsafe impl Send for Policy {}

/// The values an attribute may have (`struct netlink_range_validation`).
#[repr(transparent)]
pub struct Range(net_bindings::netlink_range_validation);

impl Range {
    /// From `min` to `max`, both included.
    pub const fn new(min: u64, max: u64) -> Self {
        Self(net_bindings::netlink_range_validation { min, max })
    }
}

impl Policy {
    /// Any length, not looked at.
    pub const UNSPEC: Self = Self::of(net_bindings::NLA_UNSPEC, 0);
    /// A byte.
    pub const U8: Self = Self::of(net_bindings::NLA_U8, 0);
    /// 16 bits in host order.
    pub const U16: Self = Self::of(net_bindings::NLA_U16, 0);
    /// 32 bits in host order.
    pub const U32: Self = Self::of(net_bindings::NLA_U32, 0);
    /// A signed number of 32 bits.
    pub const S32: Self = Self::of(net_bindings::NLA_S32, 0);
    /// Attributes in an attribute.
    pub const NESTED: Self = Self::of(net_bindings::NLA_NESTED, 0);

    // CAST: The C enumeration is kept in a byte.
    const fn of(kind: c_uint, len: u16) -> Self {
        Self(net_bindings::nla_policy {
            type_: kind as u8,
            len,
            ..pin_init::zeroed()
        })
    }

    /// At most `len` bytes.
    pub const fn binary(len: u16) -> Self {
        Self::of(net_bindings::NLA_BINARY, len)
    }

    /// A number of 32 bits within a range; `NLA_POLICY_FULL_RANGE(NLA_U32, ...)`.
    pub const fn u32_in(range: &'static Range) -> Self {
        let mut policy = Self::U32;
        policy.0.validation_type = net_bindings::nla_policy_validation_NLA_VALIDATE_RANGE_PTR as u8;
        policy.0.__bindgen_anon_1.range = &range.0;
        policy
    }
}
