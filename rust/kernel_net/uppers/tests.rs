// SPDX-License-Identifier: GPL-2.0

//! Tests of the tags on the way between two devices.

use super::*;

#[kunit_tests(kernel_net_uppers)]
mod cases {
    use super::*;

    fn tags(vids: &[u16]) -> Tags {
        let mut tags = Tags::NONE;
        for (place, vid) in tags.places.iter_mut().zip(vids) {
            *place = (*vid != 0).then(|| VlanId::from_raw(0x8100u16.to_be(), *vid));
        }
        tags
    }

    /// The inner tags in the order they are inserted.
    fn inserted(tags: &Tags) -> Result<KVec<u16>> {
        let mut vids = KVec::new();
        for id in tags.inner() {
            vids.push(id.vid(), GFP_KERNEL)?;
        }
        Ok(vids)
    }

    #[test]
    fn outermost_is_the_nearest() -> Result {
        let tags = tags(&[10, 20, 30]);
        assert_eq!(tags.outer().ok_or(EINVAL)?.vid(), 10);
        assert!(inserted(&tags)?[..] == [30, 20]);
        Ok(())
    }

    #[test]
    fn devices_that_are_no_vlan() -> Result {
        assert!(Tags::NONE.outer().is_none());
        assert!(inserted(&Tags::NONE)?.is_empty());
        let tags = tags(&[0, 20, 0, 40]);
        assert!(tags.outer().is_none());
        assert!(inserted(&tags)?[..] == [40, 20]);
        Ok(())
    }
}
