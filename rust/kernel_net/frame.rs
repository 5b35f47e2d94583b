// SPDX-License-Identifier: GPL-2.0

//! Frames that a driver makes itself: learning frames, LACPDUs, probes.
//!
//! C header: [`include/linux/skbuff.h`](srctree/include/linux/skbuff.h)

mod queue;

pub use queue::Outbox;

use crate::{
    netdevice::Device,
    skbuff::SkBuff,
    uppers::Tags,
    vlan::{Tag, VlanId}, //
};

/// What the queues of a device do with a frame first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    /// As everything else; `TC_PRIO_BESTEFFORT`.
    BestEffort,
    /// Keeps the network going; `TC_PRIO_CONTROL`.
    Control,
}

/// A frame to be sent by one device.
///
/// # Invariants
///
/// The buffer begins with a link layer header, and names a device that outlives it.
pub struct Frame<'a> {
    skb: SkBuff,
    dev: &'a Device,
}

impl<'a> Frame<'a> {
    /// Makes a frame of `bytes`, which begin with the Ethernet header; `None` without memory, or if they
    /// are less than that header. Any context.
    pub fn new(dev: &'a Device, bytes: &[u8], priority: Priority) -> Option<Self> {
        let len = u32::try_from(bytes.len()).ok()?;
        let priority = match priority {
            Priority::BestEffort => net_bindings::TC_PRIO_BESTEFFORT,
            Priority::Control => net_bindings::TC_PRIO_CONTROL,
        };
        // SAFETY: The device is valid, and so are `len` bytes.
        let skb = unsafe {
            net_bindings::frame_create(dev.as_ptr(), bytes.as_ptr().cast(), len, priority)
        };
        if skb.is_null() {
            return None;
        }
        // SAFETY: The buffer was just made, and is nobody else's.
        Some(unsafe { Self::from_raw(skb, dev) })
    }

    /// # Safety
    ///
    /// `skb` must be valid and the caller's, begin with the link layer header, and have `dev`.
    pub(crate) unsafe fn from_raw(skb: *mut net_bindings::sk_buff, dev: &'a Device) -> Self {
        // SAFETY: By the safety requirements.
        let skb = unsafe { SkBuff::from_raw(skb) };
        // INVARIANT: By the safety requirements.
        Self { skb, dev }
    }

    /// The buffer.
    pub(crate) fn into_raw(self) -> *mut net_bindings::sk_buff {
        self.skb.into_raw()
    }

    /// The device that sends it.
    pub fn dev(&self) -> &'a Device {
        self.dev
    }

    /// Puts a tag before what is there, to be sent by the device's own means if it has such.
    ///
    /// For the outermost tag: there is one such place only.
    pub fn tag(self, id: VlanId) -> Self {
        let (proto, vid) = id.as_raw();
        // SAFETY: The buffer is ours, and has no such tag yet or has it replaced.
        unsafe { net_bindings::__vlan_hwaccel_put_tag(self.skb.as_ptr(), proto, vid) };
        self
    }

    /// As [`Self::tag`], with priority and all.
    pub fn put_tag(self, tag: Tag) -> Self {
        // SAFETY: The buffer is ours, and has no such tag yet or has it replaced.
        unsafe {
            net_bindings::__vlan_hwaccel_put_tag(self.skb.as_ptr(), tag.proto.to_be(), tag.tci)
        };
        self
    }

    /// Tags the frame as it would be had it come down through VLAN devices; `bond_handle_vlan()` in C.
    ///
    /// `None` without memory.
    pub fn tag_all(self, tags: &Tags) -> Option<Self> {
        let mut frame = self;
        // The innermost first: each goes right behind the addresses, before those inserted earlier.
        for id in tags.inner() {
            frame = frame.insert(id)?;
        }
        Some(match tags.outer() {
            Some(id) => frame.tag(id),
            None => frame,
        })
    }

    /// Inserts a tag into the frame itself.
    fn insert(self, id: VlanId) -> Option<Self> {
        let dev = self.dev;
        let (proto, vid) = id.as_raw();
        // SAFETY: The buffer is ours, and begins with an Ethernet header; it is given up here.
        let skb =
            unsafe { net_bindings::vlan_insert_tag_set_proto(self.skb.into_raw(), proto, vid) };
        if skb.is_null() {
            return None;
        }
        // SAFETY: It is the same frame, or one in its place.
        Some(unsafe { Self::from_raw(skb, dev) })
    }

    /// Sends the frame; `dev_queue_xmit()` in C. Any context but with interrupts disabled.
    ///
    /// What becomes of it is the device's business, as with any frame.
    pub fn send(self) {
        // SAFETY: The buffer is a whole frame with its device, and is given up here.
        let _ =
            unsafe { net_bindings::__dev_queue_xmit(self.skb.into_raw(), core::ptr::null_mut()) };
    }
}
