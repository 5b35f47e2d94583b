// SPDX-License-Identifier: GPL-2.0

//! Tests of values published by RCU.

use super::*;

#[kunit_tests(kernel_net_sync_rcu)]
mod cases {
    use super::*;
    use kernel::sync::{atomic::Relaxed, Arc};

    /// Counts how many of it are dropped.
    struct Counted(Arc<Atomic<u32>>);

    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.add(1, Relaxed);
        }
    }

    fn counter() -> Result<Arc<Atomic<u32>>> {
        Ok(Arc::new(Atomic::new(0), GFP_KERNEL)?)
    }

    /// Waits until what was retired is freed.
    fn barrier() {
        drop(RcuBarrier::new());
    }

    #[test]
    fn filled_up_to_capacity() -> Result {
        let mut plan = RcuBox::<u64, u16>::new(7, 3, GFP_KERNEL)?;
        assert_eq!(plan.capacity(), 3);
        assert_eq!(plan.entries().len(), 0);
        for i in 0..3 {
            assert!(plan.push(i).is_ok());
        }
        assert!(plan.push(99) == Err(99));
        assert!(plan.entries() == [0, 1, 2]);
        for entry in plan.entries_mut() {
            *entry += 10;
        }
        assert!(plan.as_ref().into_entries() == [10, 11, 12]);
        *plan = 8;
        assert_eq!(*plan.as_ref().into_header(), 8);
        plan.clear();
        assert_eq!(plan.entries().len(), 0);
        assert!(plan.push(5).is_ok());
        Ok(())
    }

    #[test]
    fn begins_on_a_cache_line() -> Result {
        for capacity in [0, 1, 2, 3, 5, 8, 13, 100, 600] {
            let plan = RcuBox::<[u32; 5], [u8; 12]>::new([0; 5], capacity, GFP_KERNEL)?;
            assert_eq!(plan.0.as_ptr().addr() % 64, 0);
        }
        Ok(())
    }

    #[test]
    fn too_large_is_no_memory() -> Result {
        assert!(RcuBox::<(), u64>::new((), usize::MAX, GFP_KERNEL).is_err());
        assert!(RcuBox::<(), u64>::new((), usize::MAX / 8, GFP_KERNEL).is_err());
        Ok(())
    }

    #[test]
    fn owner_drops_header_and_entries() -> Result {
        let dropped = counter()?;
        let mut plan = RcuBox::new(Counted(dropped.clone()), 4, GFP_KERNEL)?;
        for _ in 0..3 {
            assert!(plan.push(Counted(dropped.clone())).is_ok());
        }
        plan.clear();
        assert_eq!(dropped.load(Relaxed), 3);
        assert!(plan.push(Counted(dropped.clone())).is_ok());
        drop(plan);
        assert_eq!(dropped.load(Relaxed), 5);
        Ok(())
    }

    #[test]
    fn reader_keeps_what_it_found() -> Result {
        let dropped = counter()?;
        let slot = RcuSlot::<(u32, Counted), u32>::empty();
        assert!(!slot.is_some());
        let first = RcuBox::new((1, Counted(dropped.clone())), 0, GFP_KERNEL)?;
        assert!(slot.replace(Some(first)).is_none());
        let second = RcuBox::new((2, Counted(dropped.clone())), 0, GFP_KERNEL)?;
        let guard = rcu::read_lock();
        let found = slot.load(&guard).ok_or(EINVAL)?;
        assert_eq!(found.into_header().0, 1);
        let retired = slot.replace(Some(second)).ok_or(EINVAL)?;
        retired.free();
        assert_eq!(found.into_header().0, 1);
        assert_eq!(dropped.load(Relaxed), 0);
        assert_eq!(slot.load(&guard).ok_or(EINVAL)?.into_header().0, 2);
        drop(guard);
        barrier();
        assert_eq!(dropped.load(Relaxed), 1);
        drop(slot);
        barrier();
        assert_eq!(dropped.load(Relaxed), 2);
        Ok(())
    }

    #[test]
    fn reclaimed_without_its_entries() -> Result {
        let dropped = counter()?;
        let slot = RcuSlot::new(RcuBox::new(5u32, 2, GFP_KERNEL)?);
        let mut next = RcuBox::new(6u32, 2, GFP_KERNEL)?;
        assert!(next.push(Counted(dropped.clone())).is_ok());
        slot.replace(Some(next)).ok_or(EINVAL)?.free();
        let back = slot.replace(None).ok_or(EINVAL)?.reclaim();
        assert_eq!(*back, 6);
        assert_eq!(back.capacity(), 2);
        assert_eq!(back.entries().len(), 0);
        assert_eq!(dropped.load(Relaxed), 1);
        barrier();
        Ok(())
    }
}
