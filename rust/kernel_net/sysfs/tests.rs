// SPDX-License-Identifier: GPL-2.0

//! Tests of the text of an attribute.

use super::*;

#[kunit_tests(kernel_net_sysfs)]
mod cases {
    use super::*;
    use kernel::fmt::Write;

    /// What sysfs would give to user space of what `show` writes.
    fn shown(show: impl FnOnce(&mut SysfsBuf<'_>) -> Result) -> Result<KVec<u8>> {
        let mut page = KVec::<u8>::from_elem(0xff, PAGE_SIZE, GFP_KERNEL)?;
        // SAFETY: The vector is a page long, and only used here.
        let len = unsafe { show_to(page.as_mut_ptr(), show) };
        // CAST: A page at most.
        let len = usize::try_from(len).map_err(|_| Error::from_errno(len as c_int))?;
        assert_eq!(page.get(len).copied(), Some(0));
        page.truncate(len);
        Ok(page)
    }

    #[test]
    fn text() -> Result {
        let text = shown(|out| {
            out.write_fmt(fmt!("{} {}\n", "balance-rr", 0))
                .map_err(|_| EINVAL)
        })?;
        assert!(text[..] == *b"balance-rr 0\n");
        assert!(shown(|out| Ok(assert!(out.is_empty())))?.is_empty());
        Ok(())
    }

    #[test]
    fn last_blank_becomes_newline() -> Result {
        let text = shown(|out| {
            for name in ["eth0", "eth1"] {
                let _ = out.write_fmt(fmt!("{} ", name));
            }
            out.replace_last(b'\n');
            Ok(())
        })?;
        assert!(text[..] == *b"eth0 eth1\n");
        let text = shown(|out| {
            out.replace_last(b'\n');
            Ok(())
        })?;
        assert!(text.is_empty());
        Ok(())
    }

    #[test]
    fn cut_at_a_page() -> Result {
        let text = shown(|out| {
            for _ in 0..PAGE_SIZE {
                let _ = out.write_str("abc");
            }
            assert_eq!(out.remaining(), 0);
            out.truncate(PAGE_SIZE * 2);
            out.replace_last(b'\n');
            Ok(())
        })?;
        assert_eq!(text.len(), PAGE_SIZE - 1);
        assert_eq!(text.last().copied(), Some(b'\n'));
        Ok(())
    }

    #[test]
    fn error_is_errno() -> Result {
        assert!(shown(|_| Err(EPERM)).err() == Some(EPERM));
        // SAFETY: The bytes are a constant.
        let used = unsafe { store_from(b"+eth0\n".as_ptr(), 6, |input| Ok(input.len())) };
        assert_eq!(used, 6);
        Ok(())
    }
}
