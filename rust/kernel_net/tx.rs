// SPDX-License-Identifier: GPL-2.0

//! Transmitting: the context of `ndo_start_xmit`, and the devices below.

use crate::{
    netdevice::{Device, DeviceRef},
    skbuff::SkBuff,
    sync::rcu::RcuEvidence, //
};
use core::marker::PhantomData;
use kernel::{
    prelude::*,
    types::NotThreadSafe, //
};

/// Evidence that the current context transmits.
///
/// # Invariants
///
/// While a reference to it exists bottom halves or interrupts are disabled on the current CPU, or the
/// RCU read lock is held, which keeps RCU grace periods from ending.
pub struct TxContext<'a>(PhantomData<&'a ()>, NotThreadSafe);

// SAFETY: By the type invariant.
unsafe impl RcuEvidence for TxContext<'_> {}

impl<'a> TxContext<'a> {
    /// Creates evidence out of the caller's word.
    ///
    /// It is no variable of the caller's, whose address would have to stay good until all are done with it: so
    /// what the caller calls last can be a jump.
    ///
    /// # Safety
    ///
    /// During `'a` bottom halves or interrupts must be disabled, or the RCU read lock be held, on the
    /// current CPU.
    #[inline(always)]
    pub(crate) unsafe fn assume() -> &'a Self {
        // INVARIANT: By the safety requirements.
        &Self(PhantomData, NotThreadSafe)
    }
}

/// What became of a buffer that was to be sent: it was taken, and sent, lost or late, as the code of a queue
/// below says (`NET_XMIT_*`, or an errno).
///
/// Devices of this kind have no queue that could be full: none of them gives a buffer back.
pub struct TxResult(c_int);

impl TxResult {
    /// It was sent or queued.
    pub const OK: Self = Self(net_bindings::netdev_tx_NETDEV_TX_OK as c_int);

    /// Drops a buffer that could not be sent, and counts it; `bond_tx_drop()` in C.
    #[cold]
    pub fn drop(dev: &Device, skb: SkBuff) -> Self {
        drop(skb);
        Self::dropped(dev)
    }

    /// Counts a buffer that is gone, unsent.
    #[cold]
    pub fn dropped(dev: &Device) -> Self {
        dev.count_tx_dropped();
        Self(net_bindings::NET_XMIT_DROP as c_int)
    }

    /// Whether the buffer was sent or queued.
    #[inline]
    pub fn is_ok(&self) -> bool {
        self.0 == 0
    }

    /// The code for the networking core.
    #[inline]
    pub(crate) fn into_raw(self) -> net_bindings::netdev_tx_t {
        self.0
    }
}

/// A device below, kept for transmit.
#[derive(Clone)]
#[repr(transparent)]
pub struct TxPort(DeviceRef);

/// The same device.
impl PartialEq for TxPort {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.0.is(&other.0)
    }
}

impl TxPort {
    /// Keeps a device for transmit.
    pub fn new(dev: &Device) -> Self {
        Self(dev.to_ref())
    }

    /// The device.
    #[inline]
    pub fn dev(&self) -> &Device {
        &self.0
    }

    /// Whether the device is open and has a carrier; `bond_slave_is_up()` in C.
    #[inline(always)]
    pub fn is_up(&self) -> bool {
        self.0.is_running_with_carrier()
    }

    /// Queues a buffer that `upper` was to send on the device; `bond_dev_queue_xmit()` in C.
    ///
    /// The queue that the upper device's select_queue saved is the buffer's again.
    #[inline(always)]
    pub fn xmit(&self, _cx: &TxContext<'_>, upper: &Device, mut skb: SkBuff) -> TxResult {
        skb.set_dev(&self.0);
        skb.restore_queue_mapping();
        if upper.has_netpoll() {
            return self.xmit_beside_netpoll(upper, skb);
        }
        self.queue(skb)
    }

    /// As [`Self::xmit`], where netpoll uses the upper device and may be what sends: then past all queues.
    #[cold]
    #[inline(never)]
    fn xmit_beside_netpoll(&self, upper: &Device, skb: SkBuff) -> TxResult {
        if upper.is_netpoll_running() {
            self.xmit_by_netpoll(skb)
        } else {
            self.queue(skb)
        }
    }

    #[inline(always)]
    fn queue(&self, skb: SkBuff) -> TxResult {
        // SAFETY: The buffer is valid, its device is, bottom halves are disabled or will be by the
        // callee, and the buffer is given away.
        TxResult(unsafe { net_bindings::__dev_queue_xmit(skb.into_raw(), core::ptr::null_mut()) })
    }

    /// `bond_netpoll_send_skb()` in C.
    fn xmit_by_netpoll(&self, skb: SkBuff) -> TxResult {
        // SAFETY: The device is valid, and the buffer is valid and given away.
        TxResult(unsafe { net_bindings::netpoll_send_lower(self.0.as_ptr(), skb.into_raw()) })
    }
}
