// SPDX-License-Identifier: GPL-2.0

//! Extended acknowledgements: what a netlink request is told beside an error number.
//!
//! C header: [`include/linux/netlink.h`](srctree/include/linux/netlink.h)

use super::attr::Attr;
use core::{fmt::Write, marker::PhantomData, ptr::NonNull};
use kernel::{fmt, prelude::*, types::NotThreadSafe};

/// The acknowledgement of the request being handled, if the requester can take one.
///
/// # Invariants
///
/// The pointer, if any, is valid for `'a`, and nobody else uses it meanwhile.
pub struct ExtAck<'a> {
    ptr: Option<NonNull<net_bindings::netlink_ext_ack>>,
    _lifetime: PhantomData<&'a ()>,
    _not_send: NotThreadSafe,
}

impl<'a> ExtAck<'a> {
    /// Nobody to tell: every method does nothing.
    pub const fn none() -> ExtAck<'static> {
        // INVARIANT: There is no pointer.
        ExtAck {
            ptr: None,
            _lifetime: PhantomData,
            _not_send: NotThreadSafe,
        }
    }

    /// Wraps a pointer, which may be null.
    ///
    /// # Safety
    ///
    /// A non-null pointer must be valid for `'a`, and not be used by others meanwhile.
    pub(crate) unsafe fn from_raw(ptr: *mut net_bindings::netlink_ext_ack) -> Self {
        // INVARIANT: By the safety requirements.
        Self {
            ptr: NonNull::new(ptr),
            _lifetime: PhantomData,
            _not_send: NotThreadSafe,
        }
    }

    /// The C pointer, null if there is nobody to tell.
    pub(crate) fn as_ptr(&mut self) -> *mut net_bindings::netlink_ext_ack {
        self.ptr.map_or(core::ptr::null_mut(), NonNull::as_ptr)
    }

    /// Whether there is somebody to tell.
    pub fn is_some(&self) -> bool {
        self.ptr.is_some()
    }

    /// Whether a message was set.
    pub fn has_message(&self) -> bool {
        // SAFETY: By the type invariant.
        self.ptr
            .is_some_and(|ack| !unsafe { (*ack.as_ptr())._msg }.is_null())
    }

    /// Sets the message; corresponds to `NL_SET_ERR_MSG()`.
    pub fn set_msg(&mut self, msg: &'static CStr) {
        // SAFETY: By the type invariant, and the text lives for ever.
        unsafe { net_bindings::nl_set_err_msg(self.as_ptr(), msg.as_char_ptr()) };
    }

    /// Sets a formatted message of at most 79 bytes, longer ones are cut.
    ///
    /// Corresponds to `NL_SET_ERR_MSG_FMT()`.
    pub fn set_fmt(&mut self, args: fmt::Arguments<'_>) {
        let Some(ack) = self.ptr else { return };
        // SAFETY: By the type invariant.
        let buf = unsafe { &mut (*ack.as_ptr())._msg_buf };
        let mut text = Truncated { buf, len: 0 };
        // An error only says that the text was cut.
        let _ = text.write_fmt(args);
        let len = text.len;
        if let Some(end) = text.buf.get_mut(len) {
            *end = 0;
        }
        let msg = text.buf.as_ptr();
        // SAFETY: By the type invariant, and the buffer is part of the acknowledgement.
        unsafe { net_bindings::nl_set_err_msg(ack.as_ptr(), msg) };
    }

    /// Points at the attribute that is at fault; corresponds to `NL_SET_BAD_ATTR()`.
    pub fn set_bad_attr(&mut self, attr: &Attr<'_>) {
        let Some(ack) = self.ptr else { return };
        // SAFETY: By the type invariant. The attribute is part of the request, which outlives the
        // acknowledgement.
        unsafe { (*ack.as_ptr()).bad_attr = attr.as_ptr() };
        // SAFETY: By the type invariant.
        unsafe { (*ack.as_ptr()).policy = core::ptr::null() };
    }

    /// Sets message and attribute; corresponds to `NL_SET_ERR_MSG_ATTR()`.
    pub fn set_msg_attr(&mut self, attr: &Attr<'_>, msg: &'static CStr) {
        self.set_msg(msg);
        self.set_bad_attr(attr);
    }
}

/// Writes to a C buffer and always leaves room for the terminator.
struct Truncated<'a> {
    buf: &'a mut [c_char],
    len: usize,
}

impl Write for Truncated<'_> {
    fn write_str(&mut self, s: &str) -> core::fmt::Result {
        let room = self.buf.len().saturating_sub(1);
        for byte in s.bytes() {
            if self.len >= room {
                return Err(core::fmt::Error);
            }
            if let Some(place) = self.buf.get_mut(self.len) {
                *place = byte;
            }
            self.len = self.len.wrapping_add(1);
        }
        Ok(())
    }
}
