// SPDX-License-Identifier: GPL-2.0

//! Frames that were made under a lock, to be sent once it is not held any more.

use super::Frame;
use crate::netdevice::DeviceRef;
use core::ptr;

/// Frames to be sent, in order. Those that are not sent are freed.
///
/// # Invariants
///
/// `first` begins a list, linked by `next`, of buffers that are whole frames and ours; `last` is its end.
/// The control block of each begins with a [`DeviceRef`] to its device.
#[must_use = "the frames are not sent yet"]
pub struct Outbox {
    first: *mut net_bindings::sk_buff,
    last: *mut net_bindings::sk_buff,
}

impl Outbox {
    /// Creates an empty queue.
    pub const fn new() -> Self {
        // INVARIANT: There is no buffer.
        Self {
            first: ptr::null_mut(),
            last: ptr::null_mut(),
        }
    }

    /// Appends a frame. Any context.
    pub fn push(&mut self, frame: Frame<'_>) {
        let dev = frame.dev().to_ref();
        let skb = frame.into_raw();
        // SAFETY: The buffer is valid and ours.
        let place = unsafe { control_block(skb) };
        // SAFETY: The control block is large enough and aligned, and belongs to whoever has the buffer.
        unsafe { place.write(dev) };
        // SAFETY: The buffer is valid and ours.
        unsafe { set_next(skb, ptr::null_mut()) };
        // INVARIANT: Appended, with a reference to its device.
        if self.last.is_null() {
            self.first = skb;
        } else {
            // SAFETY: By the type invariant.
            unsafe { set_next(self.last, skb) };
        }
        self.last = skb;
    }

    /// Sends all frames; `dev_queue_xmit()` in C. Any context but with interrupts disabled.
    pub fn send(mut self) {
        while let Some((skb, dev)) = self.pop() {
            // SAFETY: A frame is only pushed whole and with its device, for which `dev` is kept here.
            unsafe { Frame::from_raw(skb, &dev) }.send();
        }
    }

    /// Takes the first buffer out, with the reference to its device.
    fn pop(&mut self) -> Option<(*mut net_bindings::sk_buff, DeviceRef)> {
        let skb = self.first;
        if skb.is_null() {
            return None;
        }
        // SAFETY: By the type invariant the buffer is valid.
        let next = unsafe { (*skb).__bindgen_anon_1.__bindgen_anon_1.as_ref().next };
        // INVARIANT: One buffer less.
        self.first = next;
        if next.is_null() {
            self.last = ptr::null_mut();
        }
        // SAFETY: The buffer is valid and ours.
        unsafe { set_next(skb, ptr::null_mut()) };
        // SAFETY: The buffer is valid and ours.
        let place = unsafe { control_block(skb) };
        // SAFETY: By the type invariant there is a reference, which is not used there again.
        let dev = unsafe { place.read() };
        // SAFETY: The control block is large enough. Queues find it as a new buffer has it.
        unsafe { place.write_bytes(0, 1) };
        Some((skb, dev))
    }
}

impl Default for Outbox {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        while let Some((skb, dev)) = self.pop() {
            // SAFETY: As in `send`.
            drop(unsafe { Frame::from_raw(skb, &dev) });
        }
    }
}

/// Where a buffer in the queue keeps the reference to its device.
///
/// # Safety
///
/// `skb` must be valid and the caller's.
unsafe fn control_block(skb: *mut net_bindings::sk_buff) -> *mut DeviceRef {
    const {
        assert!(size_of::<DeviceRef>() <= 48 && align_of::<DeviceRef>() <= 8);
    }
    // SAFETY: By the safety requirements.
    unsafe { (&raw mut (*skb).cb).cast() }
}

/// # Safety
///
/// `skb` must be valid and the caller's.
unsafe fn set_next(skb: *mut net_bindings::sk_buff, next: *mut net_bindings::sk_buff) {
    // SAFETY: By the safety requirements.
    unsafe { (*skb).__bindgen_anon_1.__bindgen_anon_1.as_mut() }.next = next;
}
