// SPDX-License-Identifier: GPL-2.0

//! Netlink attributes: parsed ones, and messages being written.
//!
//! C header: [`include/net/netlink.h`](srctree/include/net/netlink.h)

#[cfg(CONFIG_KUNIT = "y")]
mod tests;

use core::{marker::PhantomData, ptr::NonNull};
use kernel::{prelude::*, types::NotThreadSafe};

/// The bytes of an attribute's header, which are also what payloads are aligned to.
const NLA_HDRLEN: usize = 4;
const NLA_ALIGNTO: usize = 4;
/// The attribute type without the nested and byte order flags.
const NLA_TYPE_MASK: u16 = 0x3fff;

/// The bytes an attribute with a payload of `payload` bytes takes; `nla_total_size()`.
pub const fn total_size(payload: usize) -> usize {
    payload
        .saturating_add(NLA_HDRLEN)
        .saturating_add(NLA_ALIGNTO - 1)
        & !(NLA_ALIGNTO - 1)
}

/// As [`total_size`], for a payload aligned to 8 bytes; `nla_total_size_64bit()`.
pub const fn total_size_64bit(payload: usize) -> usize {
    if cfg!(CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS) {
        total_size(payload)
    } else {
        total_size(payload).saturating_add(total_size(0))
    }
}

/// A received attribute.
///
/// # Invariants
///
/// `ptr` is valid for `'a`, together with the `nla_len - 4` bytes behind its header.
#[derive(Clone, Copy)]
pub struct Attr<'a> {
    ptr: NonNull<net_bindings::nlattr>,
    _lifetime: PhantomData<&'a [u8]>,
}

impl<'a> Attr<'a> {
    /// # Safety
    ///
    /// `ptr` must be valid for `'a` with all of its payload.
    unsafe fn from_raw(ptr: NonNull<net_bindings::nlattr>) -> Self {
        // INVARIANT: By the safety requirements.
        Self {
            ptr,
            _lifetime: PhantomData,
        }
    }

    /// The C pointer.
    pub(crate) fn as_ptr(&self) -> *const net_bindings::nlattr {
        self.ptr.as_ptr()
    }

    /// The type without its flags; `nla_type()`.
    pub fn kind(&self) -> u16 {
        // SAFETY: By the type invariant.
        unsafe { (*self.ptr.as_ptr()).nla_type & NLA_TYPE_MASK }
    }

    /// The payload; `nla_data()` and `nla_len()`.
    pub fn bytes(&self) -> &'a [u8] {
        // SAFETY: By the type invariant.
        let len = unsafe { usize::from((*self.ptr.as_ptr()).nla_len) };
        // SAFETY: The header is part of what is valid.
        let data = unsafe { self.ptr.byte_add(NLA_HDRLEN) }.cast::<u8>();
        // SAFETY: By the type invariant. A request is not written to while it is handled.
        unsafe { core::slice::from_raw_parts(data.as_ptr(), len.saturating_sub(NLA_HDRLEN)) }
    }

    /// The first `N` bytes of the payload; `EINVAL` if it is shorter.
    pub fn array<const N: usize>(&self) -> Result<[u8; N]> {
        self.bytes().first_chunk::<N>().copied().ok_or(EINVAL)
    }

    /// The payload as a byte; `EINVAL` if it is shorter.
    pub fn u8(&self) -> Result<u8> {
        self.array().map(u8::from_ne_bytes)
    }

    /// The payload as 16 bits in host order; `EINVAL` if it is shorter.
    pub fn u16(&self) -> Result<u16> {
        self.array().map(u16::from_ne_bytes)
    }

    /// The payload as 32 bits in host order; `EINVAL` if it is shorter.
    pub fn u32(&self) -> Result<u32> {
        self.array().map(u32::from_ne_bytes)
    }

    /// The payload as a signed number; `EINVAL` if it is shorter.
    pub fn s32(&self) -> Result<i32> {
        self.array().map(i32::from_ne_bytes)
    }

    /// The attributes nested in this one; `nla_for_each_nested()`.
    pub fn nested(&self) -> Nested<'a> {
        Nested { rest: self.bytes() }
    }
}

/// Iterates over nested attributes, up to the first that is malformed.
#[derive(Clone)]
pub struct Nested<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Nested<'a> {
    type Item = Attr<'a>;

    fn next(&mut self) -> Option<Attr<'a>> {
        let rest = self.rest;
        let [a, b] = *rest.first_chunk::<2>()?;
        let len = usize::from(u16::from_ne_bytes([a, b]));
        if len < NLA_HDRLEN || len > rest.len() {
            return None;
        }
        let aligned = total_size(len.saturating_sub(NLA_HDRLEN));
        self.rest = rest.get(aligned..).unwrap_or(&[]);
        let ptr = NonNull::from(rest).cast::<net_bindings::nlattr>();
        // SAFETY: `len` bytes, which includes the header, are within `rest`, which is valid for
        // `'a`. Payloads begin at multiples of 4 bytes, so the header is aligned.
        Some(unsafe { Attr::from_raw(ptr) })
    }
}

/// A table of parsed attributes, by type (`struct nlattr *tb[]`).
///
/// # Invariants
///
/// `tb` has `max + 1` entries, valid for `'a`, each null or an attribute valid for `'a`; or it is
/// `None` and the table empty.
#[derive(Clone, Copy)]
pub struct Attrs<'a> {
    tb: Option<NonNull<*mut net_bindings::nlattr>>,
    max: u16,
    _lifetime: PhantomData<&'a [Attr<'a>]>,
    _not_send: NotThreadSafe,
}

impl<'a> Attrs<'a> {
    /// Wraps a table, which may be null.
    ///
    /// # Safety
    ///
    /// A non-null `tb` must have `max + 1` entries, each null or an attribute that was validated,
    /// and all of it must be valid for `'a`.
    pub(crate) unsafe fn from_raw(tb: *mut *mut net_bindings::nlattr, max: u16) -> Self {
        // INVARIANT: By the safety requirements.
        Self {
            tb: NonNull::new(tb),
            max,
            _lifetime: PhantomData,
            _not_send: NotThreadSafe,
        }
    }

    /// Whether there is a table at all: a request may come without `IFLA_INFO_DATA`.
    pub fn is_some(&self) -> bool {
        self.tb.is_some()
    }

    /// The attribute of a type, if it was given.
    pub fn get(&self, kind: u16) -> Option<Attr<'a>> {
        if kind > self.max {
            return None;
        }
        // SAFETY: `kind` is at most `max`: by the type invariant the entry is there.
        let entry = unsafe { self.tb?.add(usize::from(kind)) };
        // SAFETY: By the type invariant.
        let attr = NonNull::new(unsafe { entry.read() })?;
        // SAFETY: By the type invariant.
        Some(unsafe { Attr::from_raw(attr) })
    }
}

/// Whether a nest says that it is one (`NLA_F_NESTED`); old interfaces do not.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum NestFlag {
    /// `nla_nest_start()`.
    Set,
    /// `nla_nest_start_noflag()`.
    Unset,
}

/// A netlink message being written.
///
/// Whatever does not fit is `EMSGSIZE`.
///
/// # Invariants
///
/// The buffer is valid for `'a`, and nobody else uses it meanwhile.
pub struct Message<'a> {
    skb: NonNull<net_bindings::sk_buff>,
    _lifetime: PhantomData<&'a mut net_bindings::sk_buff>,
    _not_send: NotThreadSafe,
}

impl Message<'_> {
    /// # Safety
    ///
    /// `skb` must be a netlink message that nobody else uses during `'a`.
    pub(crate) unsafe fn from_raw<'a>(skb: NonNull<net_bindings::sk_buff>) -> Message<'a> {
        // INVARIANT: By the safety requirements.
        Message {
            skb,
            _lifetime: PhantomData,
            _not_send: NotThreadSafe,
        }
    }

    /// The number of bytes in the message so far.
    fn len(&self) -> u32 {
        // SAFETY: By the type invariant.
        unsafe { (*self.skb.as_ptr()).len }
    }

    /// Appends an attribute; `nla_put()`.
    pub fn put(&mut self, kind: u16, payload: &[u8]) -> Result {
        let len = c_int::try_from(payload.len()).map_err(|_| EMSGSIZE)?;
        // SAFETY: The buffer is valid, and so are `len` bytes of payload.
        let err = unsafe {
            net_bindings::nla_put(
                self.skb.as_ptr(),
                c_int::from(kind),
                len,
                payload.as_ptr().cast(),
            )
        };
        if err != 0 {
            return Err(EMSGSIZE);
        }
        Ok(())
    }

    /// Appends a byte; `nla_put_u8()`.
    pub fn put_u8(&mut self, kind: u16, value: u8) -> Result {
        self.put(kind, &value.to_ne_bytes())
    }

    /// Appends 16 bits; `nla_put_u16()`.
    pub fn put_u16(&mut self, kind: u16, value: u16) -> Result {
        self.put(kind, &value.to_ne_bytes())
    }

    /// Appends 32 bits; `nla_put_u32()`.
    pub fn put_u32(&mut self, kind: u16, value: u32) -> Result {
        self.put(kind, &value.to_ne_bytes())
    }

    /// Appends a signed number; `nla_put_s32()`.
    pub fn put_s32(&mut self, kind: u16, value: i32) -> Result {
        self.put(kind, &value.to_ne_bytes())
    }

    /// Appends 64 bits, aligned by an attribute of type `pad` if need be; `nla_put_u64_64bit()`.
    pub fn put_u64(&mut self, kind: u16, value: u64, pad: u16) -> Result {
        let payload = value.to_ne_bytes();
        // SAFETY: The buffer is valid, and so are 8 bytes of payload.
        let err = unsafe {
            net_bindings::nla_put_64bit(
                self.skb.as_ptr(),
                c_int::from(kind),
                8,
                payload.as_ptr().cast(),
                c_int::from(pad),
            )
        };
        if err != 0 {
            return Err(EMSGSIZE);
        }
        Ok(())
    }

    /// Appends a nest that `fill` writes; if that fails, the nest is taken back.
    pub fn nest<F>(&mut self, kind: u16, flag: NestFlag, fill: F) -> Result
    where
        F: FnOnce(&mut Message<'_>) -> Result,
    {
        self.nest_with(kind, flag, fill, |result, _| result.is_ok())
    }

    /// As [`nest`](Self::nest), but leaves nothing behind if `fill` writes nothing.
    pub fn nest_unless_empty<F>(&mut self, kind: u16, flag: NestFlag, fill: F) -> Result
    where
        F: FnOnce(&mut Message<'_>) -> Result,
    {
        self.nest_with(kind, flag, fill, |result, grown| result.is_ok() && grown)
    }

    /// As [`nest`](Self::nest), but keeps what was written even if `fill` fails.
    pub fn nest_kept<F>(&mut self, kind: u16, flag: NestFlag, fill: F) -> Result
    where
        F: FnOnce(&mut Message<'_>) -> Result,
    {
        self.nest_with(kind, flag, fill, |_, _| true)
    }

    fn nest_with<F, K>(&mut self, kind: u16, flag: NestFlag, fill: F, keep: K) -> Result
    where
        F: FnOnce(&mut Message<'_>) -> Result,
        K: FnOnce(&Result, bool) -> bool,
    {
        // CAST: A flag of 16 bits, in a C enumeration or macro.
        let flags = if flag == NestFlag::Set {
            net_bindings::NLA_F_NESTED as u16
        } else {
            0
        };
        let before = self.len();
        self.put(kind | flags, &[])?;
        let filled = self.len();
        // SAFETY: By the type invariant; the buffer is borrowed from `self` for as long.
        let result = fill(&mut unsafe { Message::from_raw(self.skb) });
        if keep(&result, self.len() != filled) {
            // SAFETY: `before` is the offset of the nest's header, which `put` has just written.
            unsafe { net_bindings::nla_nest_end_at(self.skb.as_ptr(), before) };
        } else {
            // SAFETY: The message had at least `before` bytes, and only grew since.
            unsafe { net_bindings::skb_trim(self.skb.as_ptr(), before) };
        }
        result
    }
}
