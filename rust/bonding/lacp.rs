// SPDX-License-Identifier: GPL-2.0

//! 802.3ad: the LACP engine of `bonding_core` at work, its storage, its lock and its alarm.
//!
//! The engine runs wherever something happens: in softirq when a LACPDU comes, in a work when a timer ends,
//! under the RTNL when a link or an option changes. It decides at once. Frames it wants sent go out when its
//! lock is not held any more; what its decisions mean for slaves, plan and carrier is carried out in process
//! context, by [`Bond::apply_lacp`].
//!
//! C file: [`drivers/net/bonding/bond_3ad.c`](srctree/drivers/net/bonding/bond_3ad.c)

mod apply;
mod effects;
mod port;
mod receive;
mod report;
mod run;

pub(crate) use receive::is_slow_protocol;

use crate::{
    bond::Bond,
    member::now,
    slave::Slave, //
};
use bonding_core::{
    lacp::{self, Aggregator, Config, Lag, Port, Usage},
    numbered::place_near,
    report::System,
    time::{Hz, Jiffies}, //
};
use effects::Effects;
use kernel::sync::Arc;
use kernel_net::{
    frame::Outbox,
    time,
    vector::Vector,
    workqueue::{DelayedWorks, WorkHandle}, //
};

/// The work that carries out what the engine decides, and wakes it when a timer ends.
pub(crate) const LACP: u64 = 4;

/// The engine of a bond and its storage, under a lock of its own that softirqs take too.
///
/// Nothing is called under the lock but the log and the workqueue.
pub(crate) struct Lacp {
    core: lacp::Bond,
    ports: Vector<Port>,
    aggregators: Vector<Aggregator>,
    /// The slaves that have a port, in the order of the ports.
    seats: Vector<Arc<Slave>>,
    /// The engine decided something that is not carried out yet.
    undone: bool,
    /// Listeners are to be told of roles, which takes the RTNL.
    untold: bool,
    /// The neighbours are to be told that a port carries frames now.
    tell_peers: bool,
    /// When the work will run.
    armed: Option<Jiffies>,
    /// The system that reports name: as it was when a slave or an option last had it set.
    system: System,
}

impl Lacp {
    /// The engine of a bond that is down and has no slaves.
    pub(crate) fn new(config: Config) -> Self {
        Self {
            core: lacp::Bond::new(config, Hz::new(time::HZ)),
            ports: Vector::new(),
            aggregators: Vector::new(),
            seats: Vector::new(),
            undone: false,
            untold: false,
            tell_peers: false,
            armed: None,
            system: System::default(),
        }
    }

    fn lag(&mut self) -> Lag<'_> {
        Lag::new(&mut self.core, &mut self.ports, &mut self.aggregators)
    }

    /// The place of a slave's port.
    fn place_of(&self, slave: &Slave) -> Option<usize> {
        self.seats.iter().position(|seat| seat.is(slave))
    }

    /// The place of the port of the slave that is the `near`th of the bond: ports stand in the same order.
    fn place_near(&self, slave: &Slave, near: usize) -> Option<usize> {
        place_near(&self.seats, near, |seat| seat.is(slave))
    }

    /// What the engine wants a slave used for that is the `near`th of the bond; `None` if it has no port.
    fn usage_of(&mut self, slave: &Slave, near: usize) -> Option<Usage> {
        let place = self.place_near(slave, near)?;
        self.lag().ports().get(place).map(Port::usage)
    }

    /// Has the engine do something.
    fn act<R>(
        &mut self,
        bond: &Bond,
        act: impl FnOnce(&mut Lag<'_>, Jiffies, &mut Effects<'_>) -> R,
    ) -> (R, Outbox) {
        let mut effects = Effects::new(bond.dev(), &self.seats);
        let mut lag = Lag::new(&mut self.core, &mut self.ports, &mut self.aggregators);
        let result = act(&mut lag, now(), &mut effects);
        self.undone |= effects.changed;
        self.tell_peers |= effects.tell_peers;
        (result, effects.frames)
    }

    /// Sets the alarm to what is due next, unless it rings before that anyway.
    fn arm(&mut self, work: WorkHandle<'_, Bond, LACP>) {
        let next = if self.undone || self.untold || self.tell_peers {
            Some(now())
        } else {
            self.lag().next_timeout()
        };
        let Some(next) = next else { return };
        if self.armed.is_some_and(|armed| armed.reached(next)) {
            return;
        }
        self.armed = Some(next);
        work.requeue(next.left(now()).0);
    }

    /// Sets the alarm to the next tick: the RTNL was busy.
    fn arm_again(&mut self, work: WorkHandle<'_, Bond, LACP>) {
        self.armed = Some(now());
        work.requeue(1);
    }
}

impl Bond {
    /// Sends what the engine wants sent, carries out what it decided, and has the work see to the rest. May
    /// sleep, with or without the RTNL.
    fn finish_lacp(&self, frames: Outbox) {
        frames.send();
        self.apply_lacp();
        // The work need not come for what is done already.
        self.lacp.lock().arm(self.work());
    }
}
