// SPDX-License-Identifier: GPL-2.0

//! The active slave receives everything for a while after another one was lost: until all clients are told, some
//! send to the lost one's address.

use crate::{bond::Bond, member::now, slave::Slave};
use bonding_core::{
    rlb::PROMISCUOUS,
    time::{Hz, Jiffies}, //
};
use kernel_net::{
    netdevice::HwAddr,
    rtnl::{self, Rtnl},
    time, //
};

impl Bond {
    /// Has the active slave take over the address of one that cannot receive;
    /// `rlb_teach_disabled_mac_on_primary()` in C.
    ///
    /// balance-tlb gives no client such an address, nor does a bond that was never open. One that was, and is
    /// down, does so as well: the time for it passes while the bond is open.
    pub(crate) fn rlb_teach_disabled(&self, address: &HwAddr, rtnl: &Rtnl<'_>) {
        let (active, before) = {
            let mut state = self.lock();
            if !state.receives_balanced {
                return;
            }
            (state.settled_active().cloned(), state.promiscuous.take())
        };
        let already = match (&active, before) {
            (Some(active), Some((slave, _))) if active.is(&slave) => true,
            (_, Some((slave, _))) => {
                let _ = slave.dev.set_promiscuity(-1, rtnl);
                false
            }
            (_, None) => false,
        };
        let Some(active) = active else { return };
        if already || active.dev.set_promiscuity(1, rtnl).is_ok() {
            let until = now().after(Hz::new(time::HZ).ticks(PROMISCUOUS));
            self.lock().promiscuous = Some((active.clone(), until));
            self.alb_wake();
        }
        self.alb_send_learning(&active, address, true);
    }

    /// A slave is not the active one any more.
    pub(crate) fn rlb_active_leaves(&self, old: &Slave, rtnl: &Rtnl<'_>) {
        let leaves = {
            let mut state = self.lock();
            state.promiscuous.take_if(|(slave, _)| slave.is(old))
        };
        if let Some((slave, _)) = leaves {
            let _ = slave.dev.set_promiscuity(-1, rtnl);
        }
    }

    /// Ends it whichever slave it is.
    fn rlb_calm(&self, rtnl: &Rtnl<'_>) {
        let promiscuous = self.lock().promiscuous.take();
        if let Some((slave, _)) = promiscuous {
            let _ = slave.dev.set_promiscuity(-1, rtnl);
        }
    }

    /// Ends it when it is time, and says when that is. In the bond's work.
    pub(super) fn rlb_calm_in_time(&self, now: Jiffies) -> Option<Jiffies> {
        let until = self.lock().promiscuous.as_ref().map(|(_, until)| *until)?;
        if !until.reached(now) {
            return Some(until);
        }
        // Closing the bond waits for this work under RTNL, so it must not be waited for here.
        let Some(guard) = rtnl::try_lock() else {
            return Some(now);
        };
        self.rlb_calm(guard.rtnl());
        None
    }
}
