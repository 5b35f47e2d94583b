// SPDX-License-Identifier: GPL-2.0

//! Entering a state that an inspection proposed, and what follows from it.

use super::{Event, Link, LinkState, Speed, Timing};
use crate::mode::Mode;
use crate::time::{Jiffies, Millis};

/// A transition that an inspection proposes.
#[must_use = "a proposal takes effect by `Link::commit`"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The new state.
    pub state: LinkState,
    /// What is to be logged, before what the commit gives. Rate limited.
    pub event: Option<Event>,
    /// It is to be logged in the words of the ARP monitor.
    pub(super) arp: bool,
    pub(super) began: Jiffies,
    pub(super) delay: Millis,
}

/// How the slave stands to the rest of the bond at the time of a commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// It is the active slave.
    pub is_current: bool,
    /// It is the primary.
    pub is_primary: bool,
    /// Its option `prio`.
    pub prio: i32,
    /// The option `prio` of the active slave; `None` if there is no active slave.
    pub current_prio: Option<i32>,
}

impl Standing {
    /// Whether a link of this standing that comes up calls for a new choice of the active slave.
    pub const fn takes_over(&self) -> bool {
        match self.current_prio {
            None => true,
            Some(prio) => self.is_primary || self.prio > prio,
        }
    }
}

/// What becomes of the slave's flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// They stay.
    Keep,
    /// LinkState active (`bond_set_active_slave()`), the flag "inactive" stays.
    Active,
    /// LinkState backup (`bond_set_backup_slave()`), the flag "inactive" stays.
    Backup,
    /// LinkState backup, and inactive unless `all_slaves_active`
    /// (`bond_set_slave_inactive_flags()`).
    Inactive,
}

/// What the driver has to do after a commit, in this order.
#[must_use = "says what the driver has to do"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Tell listeners the new state (lower state and BONDING_INFO).
    pub notify: bool,
    /// Set the slave's flags.
    pub role: Role,
    /// Log this.
    pub event: Option<Event>,
    /// Tell the mode (LACP, ALB) that the link is now up (`true`) or down; renew the plan.
    pub changed: Option<bool>,
    /// Select the active slave anew, after all links were committed.
    pub reselect: bool,
}

impl Link {
    /// Enters the proposed state.
    ///
    /// `speed` is read anew before a link goes up; in modes that need it, a link without stays
    /// down.
    pub fn commit(
        &mut self,
        proposal: &Proposal,
        mode: Mode,
        speed: Speed,
        standing: &Standing,
        now: Jiffies,
    ) -> Outcome {
        self.state = proposal.state;
        self.began = proposal.began;
        self.delay = proposal.delay;
        self.seen = true;
        match proposal.state {
            LinkState::Up => self.commit_up(mode, speed, standing, now),
            LinkState::Down => self.commit_down(proposal, mode, standing),
            LinkState::Fail | LinkState::Back => Outcome::NOTHING,
        }
    }

    /// Takes the link up at once because the slave was chosen to be the active one; tells whether
    /// that cut a running `updelay` short, and what to log.
    ///
    /// C: the beginning of `bond_change_active_slave()`.
    pub fn choose(&mut self, mode: Mode, timing: &Timing, now: Jiffies) -> (bool, Option<Event>) {
        let early = self.state == LinkState::Back;
        let event = match (mode.uses_primary(), early) {
            (false, _) => None,
            (true, false) => Some(Event::Chosen),
            (true, true) => Some(Event::ChosenEarly {
                by: self.counted(timing, now),
            }),
        };
        if early {
            self.state = LinkState::Up;
            self.delay = Millis(0);
        }
        self.last_up = now;
        (early, event)
    }

    fn commit_up(
        &mut self,
        mode: Mode,
        speed: Speed,
        standing: &Standing,
        now: Jiffies,
    ) -> Outcome {
        if !speed.is_known() && mode.needs_speed_duplex() {
            self.state = LinkState::Down;
            return Outcome {
                event: Some(Event::SpeedUnknown),
                ..Outcome::NOTHING
            };
        }
        self.last_up = now;
        Outcome {
            notify: true,
            role: match mode {
                // LACP decides, not the link.
                Mode::Ieee8023ad => Role::Backup,
                Mode::ActiveBackup => Role::Keep,
                _ => Role::Active,
            },
            event: Some(Event::Up { speed }),
            changed: Some(true),
            reselect: standing.takes_over(),
        }
    }

    fn commit_down(&mut self, proposal: &Proposal, mode: Mode, standing: &Standing) -> Outcome {
        self.count_failure();
        Outcome {
            notify: true,
            role: match mode {
                Mode::ActiveBackup | Mode::Ieee8023ad => Role::Inactive,
                _ => Role::Keep,
            },
            event: Some(match mode {
                Mode::ActiveBackup => Event::Down,
                _ if proposal.arp => Event::InterfaceDown,
                _ => Event::Down,
            }),
            changed: Some(false),
            reselect: standing.is_current,
        }
    }
}

impl Outcome {
    pub(crate) const NOTHING: Outcome = Outcome {
        notify: false,
        role: Role::Keep,
        event: None,
        changed: None,
        reselect: false,
    };
}
