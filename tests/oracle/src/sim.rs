// SPDX-License-Identifier: GPL-2.0

//! A bond that does what the core says, and writes down what happens as the C half does.

use bonding_core::link::{
    self, Event, Level, Link, LinkState, Monitor, Proposal, Role, Sample, Speed, Standing, Timing,
};
use bonding_core::mode::Mode;
use bonding_core::option::PrimaryReselect;
use bonding_core::select::{self, Candidate, Policy};
use bonding_core::time::Jiffies;
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
        }
    }

    /// Enslaves a device.
    pub fn add(&mut self, running: bool, carrier: bool, ethtool: (u32, u8), prio: i32) {
        let link = Link::new(Monitor::Mii, running && carrier, &self.timing, self.now);
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
            slave.link.mark_seen();
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
            let standing = Standing {
                is_current: self.active == Some(at),
                is_primary: self.primary == Some(at),
                prio: self.slaves[at].prio,
                current_prio: self.active.map(|active| self.slaves[active].prio),
            };
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

    fn set_backup(&mut self, at: usize, backup: bool) {
        if std::mem::replace(&mut self.slaves[at].backup, backup) != backup {
            self.lower(at);
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
