// SPDX-License-Identifier: GPL-2.0

//! Tests of works.

use super::*;

#[kunit_tests(kernel_net_workqueue)]
mod cases {
    use super::*;
    use kernel::{
        sync::{
            atomic::{Atomic, Relaxed},
            Arc,
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
        lane: WorkLane,
    }

    crate::impl_has_delayed_work! {
        Owner, on lane after {} { first: 0, second: 1 }
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

    fn queue() -> Result<Arc<Workqueue>> {
        Ok(Arc::new(Workqueue::new(c"kunit")?, GFP_KERNEL)?)
    }

    fn owner(runs: &Arc<Atomic<u32>>) -> Result<Pin<KBox<Owner>>> {
        let (runs, queue) = (runs.clone(), queue()?);
        KBox::try_pin_init(
            try_pin_init!(Owner {
                first <- crate::new_delayed_work!("Owner::first"),
                second <- crate::new_delayed_work!("Owner::second"),
                runs,
                lane <- WorkLane::new(queue),
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

    /// Works that look whether another one runs.
    #[pin_data]
    #[repr(C)]
    struct Alone {
        #[pin]
        first: DelayedWork<Alone, 0>,
        #[pin]
        second: DelayedWork<Alone, 1>,
        inside: Atomic<u32>,
        most: Atomic<u32>,
        runs: Atomic<u32>,
        #[pin]
        lane: WorkLane,
    }

    crate::impl_has_delayed_work! {
        Alone, on lane after {} { first: 0, second: 1 }
    }

    impl Alone {
        fn stay_a_while(&self) {
            let before = self.inside.fetch_add(1, Relaxed);
            if before >= self.most.load(Relaxed) {
                self.most.store(before + 1, Relaxed);
            }
            fsleep(Delta::from_millis(20));
            self.inside.fetch_add(u32::MAX, Relaxed);
            self.runs.add(1, Relaxed);
        }
    }

    impl DelayedWorkItem<0> for Alone {
        fn run(&self) {
            self.stay_a_while();
        }
    }

    impl DelayedWorkItem<1> for Alone {
        fn run(&self) {
            self.stay_a_while();
        }
    }

    fn alone(queue: Arc<Workqueue>) -> Result<Pin<KBox<Alone>>> {
        KBox::pin_init(
            pin_init!(Alone {
                first <- crate::new_delayed_work!("Alone::first"),
                second <- crate::new_delayed_work!("Alone::second"),
                inside: Atomic::new(0),
                most: Atomic::new(0),
                runs: Atomic::new(0),
                lane <- WorkLane::new(queue),
            }),
            GFP_KERNEL,
        )
    }

    #[test]
    fn works_of_an_owner_take_turns() -> Result {
        let queue = queue()?;
        let (one, other) = (alone(queue.clone())?, alone(queue)?);
        for owner in [&one, &other] {
            assert!(owner.work::<0>().queue(0));
            assert!(owner.work::<1>().queue(0));
        }
        for owner in [&one, &other] {
            owner.flush_works();
            assert_eq!(owner.runs.load(Relaxed), 2);
            assert_eq!(owner.most.load(Relaxed), 1);
        }
        // What is not due yet is not waited for.
        assert!(one.work::<0>().queue(100_000));
        one.flush_works();
        assert_eq!(one.runs.load(Relaxed), 2);
        Ok(())
    }
}
