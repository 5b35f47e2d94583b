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
/// While the value exists bottom halves or interrupts are disabled on the current CPU, which keeps
/// RCU grace periods from ending.
pub struct TxContext<'a> {
    netpoll: bool,
    _context: PhantomData<&'a ()>,
    _not_send: NotThreadSafe,
}

// SAFETY: By the type invariant.
unsafe impl RcuEvidence for TxContext<'_> {}

impl TxContext<'_> {
    /// Creates evidence out of the caller's word.
    ///
    /// # Safety
    ///
    /// While the value exists bottom halves or interrupts must be disabled, or the RCU read lock be
    /// held, on the current CPU.
    #[inline]
    pub(crate) unsafe fn assume(netpoll: bool) -> Self {
        // INVARIANT: By the safety requirements.
        Self {
            netpoll,
            _context: PhantomData,
            _not_send: NotThreadSafe,
        }
    }

    /// Whether the frame is sent by netpoll, which must not touch queues.
    #[inline]
    pub fn is_netpoll(&self) -> bool {
        self.netpoll
    }
}

/// What became of a buffer that was to be sent.
pub enum TxResult {
    /// It was taken.
    Ok,
    /// It was taken, but lost or late, as the code of a queue below says: `NET_XMIT_*`, or an errno.
    Lost(c_int),
    /// It was not taken, and is to be offered again.
    Busy(SkBuff),
}

impl TxResult {
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
        Self::Lost(net_bindings::NET_XMIT_DROP as c_int)
    }

    /// What the code of a queue below says of a buffer that it took.
    #[inline]
    fn from_code(code: c_int) -> Self {
        if code == 0 {
            Self::Ok
        } else {
            Self::Lost(code)
        }
    }

    /// Whether the buffer was sent or queued.
    #[inline]
    pub fn is_ok(&self) -> bool {
        matches!(self, Self::Ok)
    }

    /// The code for the networking core.
    #[inline]
    pub(crate) fn into_raw(self) -> net_bindings::netdev_tx_t {
        match self {
            Self::Ok => net_bindings::netdev_tx_NETDEV_TX_OK,
            Self::Lost(code) => code,
            Self::Busy(skb) => {
                let _ = skb.into_raw();
                net_bindings::netdev_tx_NETDEV_TX_BUSY
            }
        }
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
    #[inline]
    pub fn is_up(&self) -> bool {
        self.0.is_running_with_carrier()
    }

    /// Queues a buffer on the device; `bond_dev_queue_xmit()` in C.
    ///
    /// The queue that the upper device's select_queue saved is the buffer's again.
    #[inline]
    pub fn xmit(&self, cx: &TxContext<'_>, mut skb: SkBuff) -> TxResult {
        skb.set_dev(&self.0);
        skb.restore_queue_mapping();
        if cx.is_netpoll() {
            return self.xmit_by_netpoll(skb);
        }
        // SAFETY: The buffer is valid, its device is, bottom halves are disabled or will be by the
        // callee, and the buffer is given away.
        let code = unsafe { net_bindings::__dev_queue_xmit(skb.into_raw(), core::ptr::null_mut()) };
        TxResult::from_code(code)
    }

    /// As [`Self::xmit`], past all queues; `bond_netpoll_send_skb()` in C.
    #[cold]
    fn xmit_by_netpoll(&self, skb: SkBuff) -> TxResult {
        // SAFETY: The device is valid, and the buffer is valid and given away.
        TxResult::from_code(unsafe {
            net_bindings::netpoll_send_lower(self.0.as_ptr(), skb.into_raw())
        })
    }
}
