// SPDX-License-Identifier: GPL-2.0

//! Masters that take the hardware type of their slaves.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

use super::{flags, priv_flags, ArpHrd, Device};
use crate::{
    bonding_abi::{BondAbi, BondPrefix},
    rtnl::{ExtAck, Rtnl}, //
};
use kernel::{prelude::*, sync::rcu};

/// Headers are made and parsed by the active slave, whatever its type.
static HEADER_OPS: net_bindings::header_ops = net_bindings::header_ops {
    create: Some(header_create),
    parse: Some(header_parse),
    ..pin_init::zeroed()
};

impl Device {
    /// Turns a master into an Ethernet device; `bond_ether_setup()` in C.
    ///
    /// The MTU is that of Ethernet afterwards; its range stays as it is. Nobody is told.
    pub fn become_ethernet(&self, rtnl: &Rtnl<'_>) {
        let dev = self.as_ptr();
        let kept = self.flags() & (flags::SLAVE | flags::UP);
        // SAFETY: The device is valid, and writers are excluded by the RTNL.
        let range = unsafe { ((*dev).min_mtu, (*dev).max_mtu) };
        // SAFETY: As above.
        unsafe { net_bindings::ether_setup(dev) };
        // SAFETY: As above.
        unsafe { ((*dev).min_mtu, (*dev).max_mtu) = range };
        self.change_flags(flags::MASTER | kept, 0, rtnl);
        self.change_priv_flags(0, priv_flags::TX_SKB_SHARING, rtnl);
    }

    /// Turns the device of a bond into one of the hardware type of `slave`;
    /// `bond_setup_by_slave()` in C.
    ///
    /// The device is closed while it changes. Nobody is told of the change of the type.
    pub fn become_type_of<B: BondPrefix>(&self, slave: &Device, rtnl: &Rtnl<'_>) {
        if self.driver::<B>().is_none() {
            return;
        }
        let was_up = self.flags() & flags::UP != 0;
        self.close(rtnl);
        let (dev, of) = (self.as_ptr(), slave.as_ptr());
        // SAFETY: The device is valid.
        let ops = if unsafe { (*of).header_ops }.is_null() {
            core::ptr::null()
        } else {
            &raw const HEADER_OPS
        };
        // SAFETY: The device is valid, and writers are excluded by the RTNL. The operations are
        // for the devices of bonds, which this one is.
        unsafe { (*dev).header_ops = ops };
        // SAFETY: The devices are valid, and writers are excluded by the RTNL.
        unsafe { (*dev).type_ = (*of).type_ };
        // SAFETY: As above.
        unsafe { (*dev).hard_header_len = (*of).hard_header_len };
        // SAFETY: As above.
        unsafe { (*dev).needed_headroom = (*of).needed_headroom };
        // SAFETY: As above.
        unsafe { (*dev).addr_len = (*of).addr_len };
        let broadcast = slave.broadcast_addr();
        // SAFETY: The device is valid, and writers are excluded by the RTNL.
        let place = unsafe { &mut (*dev).broadcast };
        for (to, from) in place.iter_mut().zip(broadcast.as_bytes()) {
            *to = *from;
        }
        if slave.flags() & flags::POINTOPOINT != 0 {
            self.change_flags(
                flags::POINTOPOINT | flags::NOARP,
                flags::BROADCAST | flags::MULTICAST,
                rtnl,
            );
        }
        if was_up {
            // If it does not open it stays closed, and its flags say so.
            let _ = self.open(rtnl, &mut ExtAck::none());
        }
    }

    /// Whether the hardware type is InfiniBand.
    pub fn is_infiniband(&self) -> bool {
        self.type_() == ArpHrd::INFINIBAND
    }
}

/// The active slave's device and its header operations.
///
/// # Safety
///
/// `dev` must be the device of a bond, valid for the lifetime of `_cx`.
unsafe fn active_header_ops(
    dev: *const net_bindings::net_device,
    _cx: &rcu::Guard,
) -> Option<(*mut net_bindings::net_device, &net_bindings::header_ops)> {
    // SAFETY: The device is valid; the private area of a bond begins with the structure.
    let bond = unsafe { &*(&raw const (*dev).priv_).cast::<BondAbi>() };
    let slave = bond.curr_active_dev();
    if slave.is_null() {
        return None;
    }
    // SAFETY: An active slave and its device stay valid for a grace period.
    let ops = unsafe { (&raw const (*slave).header_ops).read_volatile() };
    // SAFETY: Header operations are constant, and stay for as long as the device does.
    (!ops.is_null()).then(|| (slave, unsafe { &*ops }))
}

/// `bond_header_create()` in C.
///
/// # Safety
///
/// To be called by the networking core only, for the device of a bond.
unsafe extern "C" fn header_create(
    skb: *mut net_bindings::sk_buff,
    dev: *mut net_bindings::net_device,
    protocol: c_ushort,
    daddr: *const c_void,
    saddr: *const c_void,
    len: c_uint,
) -> c_int {
    let cx = rcu::read_lock();
    // SAFETY: Only put in place for devices of bonds.
    let Some((slave, ops)) = (unsafe { active_header_ops(dev, &cx) }) else {
        return 0;
    };
    match ops.create {
        // SAFETY: What holds for `dev` holds for the slave that stands in for it.
        Some(create) => unsafe { create(skb, slave, protocol, daddr, saddr, len) },
        None => 0,
    }
}

/// `bond_header_parse()` in C.
///
/// # Safety
///
/// To be called by the networking core only, for the device of a bond.
unsafe extern "C" fn header_parse(
    skb: *const net_bindings::sk_buff,
    dev: *const net_bindings::net_device,
    haddr: *mut c_uchar,
) -> c_int {
    let cx = rcu::read_lock();
    // SAFETY: Only put in place for devices of bonds.
    let Some((slave, ops)) = (unsafe { active_header_ops(dev, &cx) }) else {
        return 0;
    };
    match ops.parse {
        // SAFETY: What holds for `dev` holds for the slave that stands in for it.
        Some(parse) => unsafe { parse(skb, slave, haddr) },
        None => 0,
    }
}
