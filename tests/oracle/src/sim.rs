// SPDX-License-Identifier: GPL-2.0

//! A bond that does what the core says, and writes down what happens as the C half does.

mod receive;

use bonding_core::arp::{self, backup::Prober, Traffic};
use bonding_core::link::{
    self, Event, Level, Link, LinkState, Monitor, Proposal, Role, Sample, Speed, Standing, Timing,
};
use bonding_core::mode::Mode;
use bonding_core::option::{ArpAllTargets, ArpValidate, PrimaryReselect};
use bonding_core::select::{self, Candidate, Policy};
use bonding_core::time::{Jiffies, Millis, Ticks};
use std::fmt::Write;

/// A slave of the bond.
pub struct Slave {
    /// Its link.
    pub link: Link,
    /// The device is running.
    pub running: bool,
    /// The device has carrier.
    pub carrier: bool,
    /// What ethtool would say.
    pub ethtool: (u32, u8),
    /// What was read of that.
    pub speed: Speed,
    /// Option `prio`.
    pub prio: i32,
    /// State backup.
    pub backup: bool,
    /// The flag.
    pub inactive: bool,
    /// ARP monitor: when it sent and received.
    pub traffic: Traffic,
    /// ARP monitor: when each target was heard.
    pub heard: [Jiffies; 2],
    /// Its flags, or its link, changed and nobody was told yet.
    pub untold: (bool, bool),
}

impl Slave {
    /// Running and carrier.
    pub fn is_up(&self) -> bool {
        self.running && self.carrier
    }

    fn can_tx(&self) -> bool {
        self.is_up() && self.link.state().is_up() && !self.backup
    }
}

/// A bond.
pub struct Bond {
    /// The mode.
    pub mode: Mode,
    /// The delays.
    pub timing: Timing,
    /// Option `primary_reselect`.
    pub reselect: PrimaryReselect,
    /// Slaves in order.
    pub slaves: Vec<Slave>,
    /// The active one.
    pub active: Option<usize>,
    /// The primary one.
    pub primary: Option<usize>,
    /// Take the primary once.
    pub force_primary: bool,
    /// Carrier of the bond.
    pub carrier: bool,
    /// The time.
    pub now: Jiffies,
    /// What happened.
    pub out: String,
    /// The ARP monitor's options.
    pub arp: arp::Timing,
    /// Option `arp_all_targets`.
    pub all_targets: ArpAllTargets,
    /// Option `arp_validate`.
    pub validate: ArpValidate,
    /// The slave that probes while none is active.
    pub prober: Option<usize>,
    /// Slaves that probed in the last pass.
    pub probed: u32,
}

impl Bond {
    /// A bond without slaves.
    pub fn new(mode: Mode, timing: Timing, reselect: PrimaryReselect, now: Jiffies) -> Self {
        Self {
            mode,
            timing,
            reselect,
            slaves: Vec::new(),
            active: None,
            primary: None,
            force_primary: false,
            carrier: false,
            now,
            out: String::new(),
            arp: arp::Timing::new(timing.hz, Millis(0), 2),
            all_targets: ArpAllTargets::Any,
            validate: ArpValidate::None,
            prober: None,
            probed: 0,
        }
    }

    /// Enslaves a device.
    pub fn add(
        &mut self,
        monitor: Monitor,
        running: bool,
        carrier: bool,
        ethtool: (u32, u8),
        prio: i32,
    ) {
        let up = carrier && (running || monitor == Monitor::Arp);
        let link = Link::new(monitor, up, &self.timing, self.now);
        let long_ago = self.now.before(Ticks(self.arp.interval.0 + 1));
        let (backup, inactive) = match self.mode {
            Mode::ActiveBackup | Mode::Ieee8023ad => (true, true),
            Mode::Tlb | Mode::Alb => (false, true),
            _ => (false, false),
        };
        self.slaves.push(Slave {
            link,
            running,
            carrier,
            ethtool,
            speed: Speed::from_ethtool(ethtool.0, ethtool.1),
            prio,
            backup,
            inactive,
            traffic: Traffic {
                last_tx: long_ago,
                last_rx: long_ago,
            },
            heard: [long_ago; 2],
            untold: (false, false),
        });
    }

    /// One pass of the MII monitor that may change nothing, since RTNL is not to be had.
    pub fn look(&mut self, now: Jiffies) {
        self.now = now;
        let _ = self.inspect(now);
    }

    /// One pass of the MII monitor.
    pub fn pass(&mut self, now: Jiffies) {
        self.now = now;
        let proposals = self.inspect(now);
        for (at, proposal) in &proposals {
            self.log(*at, proposal.event);
        }
        self.commit(proposals);
    }

    fn inspect(&mut self, now: Jiffies) -> Vec<(usize, Proposal)> {
        let usable = self.slaves.iter().filter(|s| s.can_tx()).count();
        let mut ignore = link::ignore_updelay(self.mode, self.active.is_some(), usable);
        let mut proposals = Vec::new();
        for at in 0..self.slaves.len() {
            let slave = &mut self.slaves[at];
            let sample = Sample {
                carrier: slave.is_up(),
                active: !slave.backup,
                mode: self.mode,
                now,
            };
            let proposal = slave.link.inspect(&sample, &self.timing, &mut ignore);
            slave.link.mark_seen(now);
            proposals.extend(proposal.map(|p| (at, p)));
        }
        proposals
    }

    fn commit(&mut self, proposals: Vec<(usize, Proposal)>) {
        if proposals.is_empty() {
            return;
        }
        let now = self.now;
        let mut reselect = false;
        for (at, proposal) in proposals {
            let standing = self.standing(at);
            let slave = &mut self.slaves[at];
            if proposal.state.is_up() {
                slave.speed = Speed::from_ethtool(slave.ethtool.0, slave.ethtool.1);
            }
            let outcome = slave
                .link
                .commit(&proposal, self.mode, slave.speed, &standing, now);
            if outcome.notify {
                self.lower(at);
            }
            match outcome.role {
                Role::Keep => {}
                Role::Active => self.set_backup(at, false),
                Role::Backup => self.set_backup(at, true),
                Role::Inactive => self.set_inactive(at),
            }
            self.log(at, outcome.event);
            reselect |= outcome.reselect;
        }
        if reselect {
            self.select();
        }
        self.set_carrier();
    }

    /// The slave that should be active.
    pub fn best(&mut self) -> Option<usize> {
        let (active, primary, timing, now) = (self.active, self.primary, self.timing, self.now);
        select::best(
            Policy {
                reselect: self.reselect,
                force_primary: &mut self.force_primary,
                updelay: timing.updelay,
            },
            self.slaves.iter().enumerate().map(|(at, s)| Candidate {
                link: s.link.state(),
                remaining: s.link.remaining(&timing, now),
                up: s.is_up(),
                prio: s.prio,
                speed: s.speed,
                active: active == Some(at),
                primary: primary == Some(at),
            }),
        )
    }

    /// Makes it active.
    pub fn select(&mut self) {
        let best = self.best();
        let old = self.active;
        if best == old {
            return;
        }
        if let Some(at) = best {
            let (early, event) = self.slaves[at]
                .link
                .choose(self.mode, &self.timing, self.now);
            self.log(at, event);
            if early {
                self.slaves[at].untold.1 = false;
                self.lower(at);
            }
        }
        self.active = best;
        if self.mode.uses_primary() {
            if let Some(at) = old {
                self.set_inactive(at);
            }
            if let Some(at) = best {
                self.set_backup(at, false);
                self.slaves[at].inactive = false;
            }
        }
        if self.set_carrier() {
            let line = select::carrier_line(self.carrier);
            self.print(format_args!("info: {line}"));
        }
    }

    /// Writes down how all stands.
    pub fn report(&mut self) {
        let active = self.active.map_or(-1, |at| at as isize);
        let mut line = format!("active {active} carrier {}", u8::from(self.carrier));
        for s in &self.slaves {
            let (state, failures) = (s.link.state().number(), s.link.failures());
            let (backup, inactive) = (u8::from(s.backup), u8::from(s.inactive));
            let _ = write!(line, " | {state} {backup} {inactive} {failures}");
        }
        self.print(format_args!("{line}"));
    }

    fn set_carrier(&mut self) -> bool {
        let links = self.slaves.iter().map(|s| s.link.state());
        let carrier = select::carrier(self.mode, links, false);
        std::mem::replace(&mut self.carrier, carrier) != carrier
    }

    /// One pass of the ARP monitor.
    pub fn arp_pass(&mut self, now: Jiffies) {
        self.now = now;
        self.probed = 0;
        if self.mode == Mode::ActiveBackup {
            self.arp_backup();
        } else {
            self.arp_balance();
        }
    }

    fn traffic(&self, at: usize) -> Traffic {
        let slave = &self.slaves[at];
        let last_rx = arp::last_rx(self.all_targets, slave.traffic.last_rx, slave.heard);
        Traffic {
            last_rx,
            ..slave.traffic
        }
    }

    fn probe(&mut self, at: usize) {
        self.probed |= 1 << at;
        self.slaves[at].traffic.last_tx = self.now;
    }

    fn arp_backup(&mut self) {
        let (now, timing) = (self.now, self.arp);
        let proposals: Vec<_> = (0..self.slaves.len())
            .filter_map(|at| {
                let look = arp::backup::Look {
                    traffic: self.traffic(at),
                    active: !self.slaves[at].backup,
                    probing: self.prober.is_some(),
                    now,
                };
                Some((
                    at,
                    arp::backup::inspect(&self.slaves[at].link, &look, &timing)?,
                ))
            })
            .collect();
        if !proposals.is_empty() {
            let mut reselect = false;
            for (at, to) in proposals {
                let standing = self.standing(at);
                let verdict = arp::backup::commit(&mut self.slaves[at].link, to, &standing, now);
                if verdict.outcome.notify {
                    self.slaves[at].untold.1 = false;
                    self.lower(at);
                }
                match verdict.prober {
                    Prober::Keep => {}
                    Prober::Retire => {
                        if let Some(prober) = self.prober.take() {
                            self.set_inactive(prober);
                        }
                    }
                    Prober::Forget => self.prober = None,
                }
                if verdict.outcome.role == Role::Inactive {
                    self.set_inactive(at);
                }
                self.log(at, verdict.outcome.event);
                reselect |= verdict.outcome.reselect;
            }
            if reselect {
                self.select();
            }
            self.set_carrier();
        }
        self.search();
    }

    /// Probes over the active slave, or finds the next one to try.
    fn search(&mut self) {
        let now = self.now;
        if let Some(at) = self.active {
            if let Some(prober) = self.prober {
                self.print(format_args!(
                    "info: PROBE: c_arp eth{prober} && cas eth{at} BAD"
                ));
            }
            self.probe(at);
            return;
        }
        let next = arp::backup::next_prober(self.prober, self.slaves.iter().map(Slave::is_up));
        for at in 0..self.slaves.len() {
            let slave = &mut self.slaves[at];
            if arp::backup::is_stale(&slave.link, slave.is_up()) {
                let event = arp::backup::take_down(&mut slave.link, now);
                slave.untold.1 = !slave.untold.1;
                self.set_backup_later(at, true);
                self.slaves[at].inactive = true;
                self.log(at, Some(event));
            }
        }
        if let Some(at) = next {
            let slave = &mut self.slaves[at];
            arp::backup::begin(&mut slave.link, now);
            slave.untold.1 = !slave.untold.1;
            self.set_backup_later(at, false);
            self.slaves[at].inactive = false;
            self.probe(at);
            self.prober = Some(at);
        }
        for at in 0..self.slaves.len() {
            if std::mem::take(&mut self.slaves[at].untold.0) {
                self.lower(at);
            }
        }
        for at in 0..self.slaves.len() {
            if std::mem::take(&mut self.slaves[at].untold.1) {
                self.lower(at);
            }
        }
    }

    fn arp_balance(&mut self) {
        let (now, timing, old) = (self.now, self.arp, self.active);
        let mut proposals = Vec::new();
        for at in 0..self.slaves.len() {
            let traffic = self.slaves[at].traffic;
            let proposal = arp::balance::inspect(&self.slaves[at].link, &traffic, now, &timing);
            proposals.extend(proposal.map(|to| (at, to)));
            if self.slaves[at].is_up() {
                self.probe(at);
            }
        }
        if proposals.is_empty() {
            return;
        }
        let mut reselect = false;
        for (at, to) in proposals {
            let link = &mut self.slaves[at].link;
            let outcome = arp::balance::commit(link, to, old.is_some(), old == Some(at), now);
            self.log(at, outcome.event);
            reselect |= outcome.reselect;
        }
        for at in 0..self.slaves.len() {
            match arp::balance::role(self.slaves[at].link.state()) {
                Role::Active => self.set_backup(at, false),
                Role::Backup => self.set_backup(at, true),
                Role::Keep | Role::Inactive => {}
            }
        }
        if reselect {
            self.select();
        }
    }

    fn standing(&self, at: usize) -> Standing {
        Standing {
            is_current: self.active == Some(at),
            is_primary: self.primary == Some(at),
            prio: self.slaves[at].prio,
            current_prio: self.active.map(|active| self.slaves[active].prio),
        }
    }

    fn set_backup(&mut self, at: usize, backup: bool) {
        if std::mem::replace(&mut self.slaves[at].backup, backup) != backup {
            self.lower(at);
            if !matches!(self.mode, Mode::RoundRobin | Mode::Xor | Mode::Broadcast) {
                self.slaves[at].untold.0 = false;
            }
        }
    }

    /// The same, listeners being told later; twice is as good as never.
    fn set_backup_later(&mut self, at: usize, backup: bool) {
        let slave = &mut self.slaves[at];
        if std::mem::replace(&mut slave.backup, backup) != backup {
            slave.untold.0 = !slave.untold.0;
        }
    }

    fn set_inactive(&mut self, at: usize) {
        if !self.mode.is_lb() {
            self.set_backup(at, true);
        }
        self.slaves[at].inactive = true;
    }

    /// Tells lower devices.
    fn lower(&mut self, at: usize) {
        let slave = &self.slaves[at];
        let link = u8::from(slave.link.state().lower_link_up());
        let tx = u8::from(!slave.backup);
        self.print(format_args!("lower: eth{at} {link} {tx}"));
    }

    fn log(&mut self, at: usize, event: Option<Event>) {
        let Some(event) = event else { return };
        let level = match event.level() {
            Level::Warn => "warn",
            Level::Info => "info",
            _ => "other",
        };
        let line = event.line(format_args!("eth{at}")).to_string();
        self.print(format_args!("{level}: {line}"));
    }

    fn print(&mut self, line: std::fmt::Arguments<'_>) {
        let _ = writeln!(self.out, "{line}");
    }
}

/// What the C half is told to add for this slave.
pub fn add_line(slave: &Slave, updelay: u32) -> String {
    let delay = match slave.link.state() {
        LinkState::Back => updelay,
        _ => 0,
    };
    format!(
        "add {} {} {} {} {} {} {delay} {} {}\n",
        u8::from(slave.running),
        u8::from(slave.carrier),
        slave.ethtool.0,
        slave.ethtool.1,
        slave.prio,
        slave.link.state().number(),
        u8::from(slave.backup),
        u8::from(slave.inactive),
    )
}
