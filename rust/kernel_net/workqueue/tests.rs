// SPDX-License-Identifier: GPL-2.0

//! Tests of works.

use super::*;

#[kunit_tests(kernel_net_workqueue)]
mod cases {
    use super::*;
    use kernel::{
        sync::{
            atomic::{Atomic, Relaxed},
            Arc, UniqueArc,
        },
        time::{delay::fsleep, Delta}, //
    };

    /// Works that queue each other for ever.
    #[pin_data]
    #[repr(C)]
    struct Owner {
        #[pin]
        first: DelayedWork<Owner, 0>,
        #[pin]
        second: DelayedWork<Owner, 1>,
        runs: Arc<Atomic<u32>>,
        #[pin]
        wq: Workqueue,
    }

    crate::impl_has_delayed_work! {
        Owner, on wq after {} { first: 0, second: 1 }
    }

    impl DelayedWorkItem<0> for Owner {
        fn run(&self) {
            self.runs.add(1, Relaxed);
            self.work::<1>().queue(0);
        }
    }

    impl DelayedWorkItem<1> for Owner {
        fn run(&self) {
            self.runs.add(1, Relaxed);
            self.work::<0>().requeue(0);
        }
    }

    fn owner(runs: &Arc<Atomic<u32>>) -> Result<Pin<KBox<Owner>>> {
        let runs = runs.clone();
        KBox::try_pin_init(
            try_pin_init!(Owner {
                first <- crate::new_delayed_work!("Owner::first"),
                second <- crate::new_delayed_work!("Owner::second"),
                runs,
                wq <- Workqueue::new_ordered(c"kunit"),
            }? Error),
            GFP_KERNEL,
        )
    }

    #[test]
    fn stops_when_the_owner_goes() -> Result {
        let runs = Arc::new(Atomic::new(0), GFP_KERNEL)?;
        let owner = owner(&runs)?;
        assert!(owner.work::<0>().queue(0));
        fsleep(Delta::from_millis(20));
        drop(owner);
        let after = runs.load(Relaxed);
        assert!(after > 2);
        fsleep(Delta::from_millis(20));
        assert_eq!(runs.load(Relaxed), after);
        Ok(())
    }

    #[test]
    fn queued_once_and_cancelled() -> Result {
        let runs = Arc::new(Atomic::new(0), GFP_KERNEL)?;
        let owner = owner(&runs)?;
        let work = owner.work::<0>();
        assert!(!work.is_pending());
        assert!(work.queue(100_000));
        assert!(work.is_pending());
        assert!(!work.queue(0));
        assert!(work.cancel());
        assert!(!work.is_pending());
        assert!(!work.cancel_sync());
        assert!(!work.requeue(100_000));
        assert!(work.requeue(200_000));
        assert!(work.cancel_sync());
        assert_eq!(runs.load(Relaxed), 0);
        Ok(())
    }

    /// An item whose work queues itself a few times.
    #[pin_data]
    struct Item {
        #[pin]
        work: ArcDelayedWork<Item>,
        left: Atomic<u32>,
        done: Arc<Atomic<u32>>,
        #[pin]
        wq: Workqueue,
    }

    crate::impl_has_arc_delayed_work!(Item, work);

    impl ArcWorkItem for Item {
        fn workqueue(&self) -> Option<&Workqueue> {
            Some(&self.wq)
        }

        fn run(this: Arc<Self>) {
            if this.left.load(Relaxed) > 0 {
                this.left.add(u32::MAX, Relaxed);
                assert!(ArcDelayedWork::queue(this, 1));
            } else {
                this.done.add(1, Relaxed);
            }
        }
    }

    #[test]
    fn queued_item_is_kept() -> Result {
        let done = Arc::new(Atomic::new(0), GFP_KERNEL)?;
        let ours = done.clone();
        let item: Arc<Item> = UniqueArc::try_pin_init(
            try_pin_init!(Item {
                work <- crate::new_arc_delayed_work!("Item::work"),
                left: Atomic::new(3),
                done: ours,
                wq <- Workqueue::new_ordered(c"kunit"),
            }? Error),
            GFP_KERNEL,
        )?
        .into();
        assert!(ArcDelayedWork::queue(item.clone(), 0));
        for _ in 0..100 {
            if done.load(Relaxed) == 1 {
                break;
            }
            fsleep(Delta::from_millis(10));
        }
        assert_eq!(done.load(Relaxed), 1);
        assert_eq!(item.left.load(Relaxed), 0);
        item.wq.flush();
        Ok(())
    }
}
