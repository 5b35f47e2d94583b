// SPDX-License-Identifier: GPL-2.0

//! Tests of netlink attributes, both ways.

use super::*;

#[kunit_tests(kernel_net_rtnl_attr)]
mod cases {
    use super::*;
    use crate::rtnl::ExtAck;
    use kernel::fmt::{self, Write};

    /// A buffer that, as a message's, begins at a multiple of 4 bytes.
    #[repr(align(4))]
    struct Aligned<const N: usize>([u8; N]);

    /// The kinds and payload lengths of the attributes in `bytes`.
    fn walk(bytes: &[u8]) -> Result<KVec<(u16, usize)>> {
        let mut found = KVec::new();
        for attr in (Nested { rest: bytes }) {
            found.push((attr.kind(), attr.bytes().len()), GFP_KERNEL)?;
        }
        Ok(found)
    }

    /// Has `fill` write a message with room for `room` bytes, and returns its bytes.
    fn message(
        room: u32,
        fill: impl FnOnce(&mut Message<'_>) -> Result,
    ) -> Result<(Result, KVec<u8>)> {
        // SAFETY: No requirements but a context that may sleep.
        let skb = unsafe { net_bindings::alloc_skb_of_size(room) };
        let skb = NonNull::new(skb).ok_or(ENOMEM)?;
        // SAFETY: The buffer was just made, nobody else has it.
        let mut msg = unsafe { Message::from_raw(skb) };
        let result = fill(&mut msg);
        // CAST: Lengths are 32 bits.
        let len = msg.len() as usize;
        let mut bytes = KVec::new();
        // SAFETY: The buffer is linear, with `len` bytes.
        let data = unsafe { core::slice::from_raw_parts((*skb.as_ptr()).data, len) };
        let copied = bytes.extend_from_slice(data, GFP_KERNEL);
        // SAFETY: The buffer is ours, and not used again.
        unsafe { net_bindings::consume_skb(skb.as_ptr()) };
        copied?;
        Ok((result, bytes))
    }

    #[test]
    fn sizes() {
        for (payload, size) in [(0, 4), (1, 8), (4, 8), (5, 12), (6, 12), (16, 20)] {
            assert_eq!(total_size(payload), size);
        }
        assert_eq!(total_size(usize::MAX), usize::MAX & !3);
    }

    #[test]
    fn nested_attributes() -> Result {
        let bytes = Aligned([
            8, 0, 1, 0, 1, 2, 3, 4, 5, 0, 2, 0x80, 9, 0, 0, 0, 4, 0, 3, 0,
        ]);
        assert!(walk(&bytes.0)?[..] == [(1, 4), (2, 1), (3, 0)]);
        Ok(())
    }

    #[test]
    fn malformed_attributes_end_the_walk() -> Result {
        assert!(walk(&[])?.is_empty());
        for len in 0..4 {
            assert!(walk(&Aligned([len, 0, 1, 0]).0)?.is_empty());
        }
        assert!(walk(&Aligned([9, 0, 1, 0, 1, 2, 3, 4]).0)?.is_empty());
        assert!(walk(&Aligned([8, 0, 1, 0, 1, 2, 3, 4, 8]).0)?[..] == [(1, 4)]);
        // The last one need not be padded.
        assert!(walk(&Aligned([5, 0, 1, 0, 1]).0)?[..] == [(1, 1)]);
        assert!(walk(&Aligned([0xff, 0xff, 1, 0, 1]).0)?.is_empty());
        Ok(())
    }

    #[test]
    fn values_are_checked() -> Result {
        let bytes = Aligned([7, 0, 1, 0, 1, 2, 3, 0]);
        let attr = Nested { rest: &bytes.0 }.next().ok_or(EINVAL)?;
        assert_eq!(attr.u8()?, 1);
        assert_eq!(attr.u16()?, u16::from_ne_bytes([1, 2]));
        assert!(attr.u32().err() == Some(EINVAL));
        assert!(attr.s32().err() == Some(EINVAL));
        assert!(attr.array::<3>()? == [1, 2, 3]);
        assert!(attr.array::<4>().err() == Some(EINVAL));
        Ok(())
    }

    #[test]
    fn empty_table() {
        // SAFETY: Null is no table.
        let attrs = unsafe { Attrs::from_raw(core::ptr::null_mut(), 8) };
        assert!(!attrs.is_some());
        assert!(attrs.get(0).is_none());
        assert!(attrs.get(9).is_none());
    }

    #[test]
    fn nests() -> Result {
        let (result, bytes) = message(128, |msg| {
            msg.put_u8(1, 7)?;
            msg.nest(2, NestFlag::Unset, |msg| msg.put_u16(1, 0x0505))?;
            msg.nest_unless_empty(3, NestFlag::Set, |_| Ok(()))?;
            msg.nest_unless_empty(4, NestFlag::Set, |msg| msg.put(0, &[1, 2, 3, 4]))
        })?;
        assert!(result.is_ok());
        assert!(walk(&bytes)?[..] == [(1, 1), (2, 8), (4, 8)]);
        assert_eq!(bytes.get(11).copied(), Some(0));
        assert_eq!(bytes.get(23).copied(), Some(0x80));
        Ok(())
    }

    #[test]
    fn what_does_not_fit() -> Result {
        let (result, bytes) = message(64, |msg| {
            msg.put_u32(1, 1)?;
            msg.nest(2, NestFlag::Unset, |msg| {
                for _ in 0..1000 {
                    msg.put_u64(3, 5, 0)?;
                }
                Ok(())
            })
        })?;
        assert!(result.err() == Some(EMSGSIZE));
        assert!(walk(&bytes)?[..] == [(1, 4)]);
        let (result, bytes) = message(64, |msg| {
            msg.nest_kept(2, NestFlag::Unset, |msg| {
                msg.put_u8(1, 1)?;
                Err(EMSGSIZE)
            })
        })?;
        assert!(result.err() == Some(EMSGSIZE));
        assert!(walk(&bytes)?[..] == [(2, 8)]);
        Ok(())
    }

    #[test]
    fn messages_are_cut() -> Result {
        // SAFETY: All zeroes is an acknowledgement without anything.
        let mut raw = KBox::new(
            pin_init::zeroed::<net_bindings::netlink_ext_ack>(),
            GFP_KERNEL,
        )?;
        // SAFETY: The acknowledgement is valid, and only used here.
        let mut ext = unsafe { ExtAck::from_raw(&mut *raw) };
        assert!(!ext.has_message());
        ext.set_fmt(fmt!("{} {}", "a short text", 1));
        assert!(ext.has_message());
        // SAFETY: The message is terminated.
        let text = unsafe { CStr::from_char_ptr(raw._msg) };
        assert!(text == c"a short text 1");
        // SAFETY: As above.
        let mut ext = unsafe { ExtAck::from_raw(&mut *raw) };
        ext.set_fmt(fmt!("{}", Long));
        // SAFETY: As above.
        assert_eq!(unsafe { CStr::from_char_ptr(raw._msg) }.count_bytes(), 79);
        ExtAck::none().set_fmt(fmt!("nobody"));
        Ok(())
    }

    /// A text of 200 bytes.
    struct Long;

    impl fmt::Display for Long {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            (0..200).try_for_each(|_| f.write_char('x'))
        }
    }
}
