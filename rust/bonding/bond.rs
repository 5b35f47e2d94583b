// SPDX-License-Identifier: GPL-2.0

//! A bond: its private area, its lock and what the lock guards.

use crate::{
    active::Failover,
    alb::{Flows, Timers},
    debugfs::BondDir,
    lacp::{Lacp, LACP},
    member::{now, Member},
    monitor::arp::{Memory, Stations, Watches},
    netns,
    offload::Running,
    plan::{self, PlanSlot, Plans},
    procfs::Report,
    rlb::Clients,
    slave::Slave,
    stats::Totals, //
};
use bonding_core::{
    failover::Failovers,
    lacp::Config,
    mac::Origin,
    mode::Mode,
    params::{Ipv6Targets, Params},
    peers::Passes,
    time::Jiffies,
    wire::eth::Mac, //
};
use core::iter;
use kernel::{
    new_mutex,
    prelude::*,
    sync::{
        atomic::Atomic,
        lock::{mutex::MutexBackend, Guard},
        Arc, Mutex,
    }, //
};
use kernel_net::{
    bonding_abi::BondAbi,
    impl_bond_prefix,
    impl_has_delayed_work,
    impl_has_timer,
    init::copied,
    netdevice::{BondingInfo, Device},
    new_delayed_work,
    new_nested_spinlock,
    new_spinlock_bh,
    new_timer,
    procfs::ProcFile,
    rtnl::Rtnl,
    sync::{
        nested::NestedSpinLock,
        percpu::PerCpu,
        static_key::broadcast_neighbor,
        SharedWord,
        SpinLockBh, //
    },
    timer::Timer,
    vector::Vector,
    workqueue::{DelayedWork, DelayedWorks, WorkLane}, //
    xfrm::Sas,
};

/// The private area of a bond's device.
#[pin_data]
#[repr(C)]
pub(crate) struct Bond {
    #[pin]
    abi: BondAbi,
    #[pin]
    mii: DelayedWork<Bond, MII>,
    #[pin]
    igmp: DelayedWork<Bond, IGMP>,
    #[pin]
    info: DelayedWork<Bond, INFO>,
    #[pin]
    alb: DelayedWork<Bond, ALB>,
    #[pin]
    lacp_work: DelayedWork<Bond, LACP>,
    #[pin]
    arp: DelayedWork<Bond, ARP>,
    #[pin]
    poll: Timer<Bond>,
    #[pin]
    lane: WorkLane,
    /// What transmit needs, compiled from `state`.
    pub(crate) plan: PlanSlot,
    /// What is looked for in received frames, while the ARP monitor runs.
    #[pin]
    pub(crate) watches: Watches,
    /// When the slave that probes while none is active did so last, in ticks; 0 if there is none.
    pub(crate) prober_sent: SharedWord,
    /// Who answered for the ARP monitor's targets.
    pub(crate) stations: Stations,
    /// The round-robin counters.
    pub(crate) rr_counter: PerCpu<u32>,
    /// The plan to be published next. Taken before `state`.
    #[pin]
    pub(crate) plans: Mutex<Plans>,
    /// The bond's own lock: process context, never held while a device or a notifier is called.
    #[pin]
    state: Mutex<State>,
    #[pin]
    pub(crate) totals: NestedSpinLock<Totals>,
    /// The LACP engine. Taken after `state`, and by softirqs.
    #[pin]
    pub(crate) lacp: SpinLockBh<Lacp>,
    /// The clients of receive balancing, while the bond is open in balance-alb. Taken after `state`, also by
    /// those who send and receive; nothing is called under it.
    #[pin]
    pub(crate) clients: SpinLockBh<Option<Clients>>,
    /// When `miimon` asks for the next look at the links, as a number of ticks.
    pub(crate) next_poll: Atomic<usize>,
    /// `miimon` in ticks, for the timer.
    pub(crate) poll_interval: Atomic<usize>,
    /// Set while this bond recomputes its own features, which would have it do so again.
    pub(crate) computing_features: Atomic<u32>,
    /// Set while this bond changes the MTU of its slaves.
    pub(crate) passing_mtu: Atomic<u32>,
    /// The IPsec SAs that the active slave has. Taken before `plans` and `state`.
    #[pin]
    pub(crate) sas: Sas,
    /// The file in `/proc/net/bonding`.
    #[pin]
    pub(crate) proc: Mutex<Option<ProcFile<Report>>>,
    /// The directory in debugfs.
    #[pin]
    pub(crate) debugfs: Mutex<Option<BondDir>>,
}

impl_bond_prefix!(Bond of Slave, abi);
impl_has_delayed_work! {
    Bond, on lane after { abi: BondAbi } { mii: 0, igmp: 1, info: 2, alb: 3, lacp_work: 4, arp: 5 }
}

impl_has_timer!(Bond, poll before lane);

/// The MII monitor's work.
pub(crate) const MII: u64 = 0;
/// The work that has IGMP membership reports repeated.
pub(crate) const IGMP: u64 = 1;
/// The work that sends `NETDEV_BONDING_INFO`.
pub(crate) const INFO: u64 = 2;
/// The work of balance-tlb and balance-alb.
pub(crate) const ALB: u64 = 3;
/// The ARP monitor's work.
pub(crate) const ARP: u64 = 5;

/// What the bond's lock guards.
pub(crate) struct State {
    /// The configuration.
    pub(crate) params: Params,
    /// Who made the bond's address what it is.
    pub(crate) mac_origin: Origin,
    /// The slaves in the order they joined.
    pub(crate) members: Vector<Member>,
    /// The slave that is active, in the modes that have one; the first that joined with its link up in the
    /// others, which send IGMP over it.
    pub(crate) active: Option<Arc<Slave>>,
    /// The enslaved device named by the option `primary`.
    pub(crate) primary: Option<Arc<Slave>>,
    /// The primary is to be taken at the next selection whatever `primary_reselect` says.
    pub(crate) force_primary: bool,
    /// A change of the active slave of which some is left to do.
    pub(crate) failover: Option<Failover>,
    /// The monitor is entering and settling changes of links.
    pub(crate) committing: bool,
    /// How often the active slave was replaced or lost.
    pub(crate) failovers: Failovers,
    /// Since when the monitor has found RTNL busy each time that it needed it.
    pub(crate) rtnl_busy_since: Option<Jiffies>,
    /// How many more times IGMP membership reports are to be repeated.
    pub(crate) igmp_retrans: u8,
    /// The passes that are left to notify peers; `send_peer_notif` in C.
    pub(crate) peers: Passes,
    /// The XDP program of the bond; `xdp_prog` in C.
    pub(crate) xdp: Option<Running>,
    /// Counts the requests for `NETDEV_BONDING_INFO`, so that they are met in order.
    pub(crate) info_requests: u64,
    /// The flows of balance-tlb and balance-alb, while the bond is open.
    pub(crate) flows: Option<Arc<Flows>>,
    /// What their work waits for, while there are slaves.
    pub(crate) alb_timers: Option<Timers>,
    /// Kept while neighbour discovery goes to all slaves.
    pub(crate) broadcast_neighbor: Option<broadcast_neighbor::Enabled>,
    /// The bond was opened in balance-alb when it was last; `rlb_enabled` in C.
    pub(crate) receives_balanced: bool,
    /// The slave that receives everything because another one was lost in balance-alb, and until when.
    pub(crate) promiscuous: Option<(Arc<Slave>, Jiffies)>,
    /// What the ARP monitor remembers.
    pub(crate) arp: Memory,
    /// The targets whose solicited-node groups those slaves listen to which are to. Changes under RTNL.
    pub(crate) groups: Ipv6Targets,
}

impl State {
    pub(crate) fn mode(&self) -> Mode {
        self.params.mode
    }

    pub(crate) fn is_active(&self, slave: &Slave) -> bool {
        self.active.as_ref().is_some_and(|a| a.is(slave))
    }

    /// The slave that still has what only the active one has: addresses, flags, promiscuity. A change of which
    /// some is left to do has not taken it away yet.
    pub(crate) fn settled_active(&self) -> Option<&Arc<Slave>> {
        match &self.failover {
            Some(failover) => failover.old.as_ref(),
            None => self.active.as_ref(),
        }
    }

    pub(crate) fn is_primary(&self, slave: &Slave) -> bool {
        self.primary.as_ref().is_some_and(|p| p.is(slave))
    }
}

impl Bond {
    /// Builds the private area; the first half of `bond_init()` in C.
    pub(crate) fn new<'a>(
        dev: &'a Device,
        params: &'static Params,
        mac_origin: Origin,
    ) -> impl PinInit<Self, Error> + use<'a> {
        try_pin_init!(Self {
            abi <- BondAbi::new(dev, params.mode as i32),
            mii <- new_delayed_work!("Bond::mii"),
            igmp <- new_delayed_work!("Bond::igmp"),
            info <- new_delayed_work!("Bond::info"),
            alb <- new_delayed_work!("Bond::alb"),
            lacp_work <- new_delayed_work!("Bond::lacp_work"),
            arp <- new_delayed_work!("Bond::arp"),
            poll <- new_timer!("Bond::poll"),
            lane <- WorkLane::new(netns::workqueue(dev)?),
            // There is always an old plan, which can become the next one when there is no memory.
            plan: PlanSlot::new(plan::buffer(0)?),
            watches <- Watches::new(),
            prober_sent: SharedWord::new(0),
            stations: Stations::new(),
            rr_counter: PerCpu::new()?,
            plans <- new_mutex!(Plans::new()?, "Bond::plans"),
            // Written in place: the parameters are too much for the stack.
            state <- new_mutex!(init!(State {
                arp: Memory::new(params.arp_targets, params.ns_targets),
                groups <- copied(&params.ns_targets),
                params <- copied(params),
                mac_origin,
                members: Vector::new(),
                active: None,
                primary: None,
                force_primary: false,
                failover: None,
                committing: false,
                failovers: Failovers::NONE,
                rtnl_busy_since: None,
                igmp_retrans: 0,
                peers: Passes::NONE,
                xdp: None,
                info_requests: 0,
                flows: None,
                alb_timers: None,
                broadcast_neighbor: None,
                receives_balanced: false,
                promiscuous: None,
            }), "Bond::state"),
            lacp <- new_spinlock_bh!(
                Lacp::new(Config::new(&Params::DEFAULT, Mac::ZERO)),
                "Bond::lacp"
            ),
            totals <- new_nested_spinlock!(Totals::default(), "Bond::totals"),
            clients <- new_spinlock_bh!(None, "Bond::clients"),
            next_poll: Atomic::new(now().0),
            poll_interval: Atomic::new(1),
            computing_features: Atomic::new(0),
            passing_mtu: Atomic::new(0),
            sas <- Sas::new(),
            proc <- new_mutex!(None, "Bond::proc"),
            debugfs <- new_mutex!(None, "Bond::debugfs"),
            _: { netns::enter(dev)? },
        }? Error)
    }

    /// The bond whose device `dev` is, if it is one of this driver.
    pub(crate) fn of(dev: &Device) -> Option<&Bond> {
        dev.driver::<Bond>()
    }

    pub(crate) fn dev(&self) -> &Device {
        self.abi.dev()
    }

    pub(crate) fn abi(&self) -> &BondAbi {
        &self.abi
    }

    /// Takes the bond's lock.
    pub(crate) fn lock(&self) -> Guard<'_, State, MutexBackend> {
        self.state.lock()
    }

    /// Takes the bond's lock to report; waits before for a change that is under way, so that it is seen whole.
    ///
    /// No work waits for RTNL, so this may be called by those that a holder of RTNL waits for; while it is
    /// held, what needs it stays to be done. Not from a work of the bond.
    pub(crate) fn lock_settled(&self) -> Guard<'_, State, MutexBackend> {
        let state = self.lock();
        if !(state.committing || state.is_unsettled()) {
            return state;
        }
        drop(state);
        self.flush_works();
        self.lock()
    }

    pub(crate) fn mode(&self) -> Mode {
        self.lock().mode()
    }

    pub(crate) fn has_slaves(&self) -> bool {
        !self.lock().members.is_empty()
    }

    /// The slaves in order. They stay the same under RTNL; the lock is not held between two of them.
    pub(crate) fn slaves<'a>(
        &'a self,
        _rtnl: &'a Rtnl<'_>,
    ) -> impl Iterator<Item = Arc<Slave>> + 'a {
        let mut places = 0;
        iter::from_fn(move || {
            let slave = self.lock().members.get(places).map(|m| m.slave.clone());
            places = places.wrapping_add(1);
            slave
        })
    }

    /// The slave that is `dev`, if it is one of this bond.
    pub(crate) fn slave_of(&self, dev: &Device) -> Option<Arc<Slave>> {
        let state = self.lock();
        state
            .members
            .iter()
            .find(|m| m.slave.dev.is(dev))
            .map(|m| m.slave.clone())
    }

    /// What `NETDEV_BONDING_INFO` and the ioctls say of a slave and its bond.
    pub(crate) fn info_of(&self, slave: &Slave) -> Option<BondingInfo> {
        let state = self.lock();
        let member = state.member(slave)?;
        Some(BondingInfo {
            mode: state.params.mode as i32,
            num_slaves: state.members.len() as i32,
            miimon: state.params.miimon as i32,
            link: member.link.state() as i8,
            backup: slave.is_backup(),
            link_failures: member.link.failures(),
        })
    }
}
