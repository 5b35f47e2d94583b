// SPDX-License-Identifier: GPL-2.0

//! A port: one slave as LACP sees it, with the variables of IEEE 802.1AX 6.4.6 and 6.4.7.

use super::{churn, mux, periodic, rx, tx, Config, Counters, Times};
use crate::link::{Duplex, Speed};
use crate::time::Jiffies;
use crate::wire::eth::Mac;
use crate::wire::lacp::{Info, Pdu, State};

/// Bit of the key that says full duplex.
pub(super) const KEY_FULL_DUPLEX: u16 = 0x0001;
/// Bits of the key that hold the speed's code.
pub(super) const KEY_SPEED: u16 = 0x003e;
const KEY_USER_SHIFT: u32 = 6;

/// A partner that nobody has heard of (`partner_admin`).
pub(super) const NOBODY: Info = Info {
    system_priority: 0xffff,
    system: Mac::ZERO,
    key: 1,
    port_priority: 0xff,
    port: 1,
    state: State::NONE,
};

/// What the driver knows of a slave's link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkFacts {
    /// Whether the bond's monitor has the link as up. One that is going down is up still, one that
    /// is going back is not yet ([`LinkState::lower_link_up`](crate::link::LinkState)).
    pub up: bool,
    /// Whether the device runs and has a carrier (`bond_slave_is_up()`).
    pub running: bool,
    /// Its speed and duplex.
    pub speed: Speed,
}

impl LinkFacts {
    /// Megabits a second, 0 if unknown or the link is not up.
    pub(super) const fn mbps(&self) -> u32 {
        match (self.up, self.speed.mbps) {
            (true, Some(mbps)) => mbps,
            _ => 0,
        }
    }

    const fn is_full_duplex(&self) -> bool {
        self.up && matches!(self.speed.duplex, Duplex::Full)
    }

    /// Whether there is a speed that has no code.
    pub(super) const fn is_uncoded(&self) -> bool {
        self.mbps() != 0 && speed_code(self.mbps()) == 0
    }
}

/// What the slave is to be used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Usage {
    /// Neither way.
    #[default]
    Off,
    /// Frames that come in are taken, none are sent.
    Collecting,
    /// Both ways.
    On,
}

/// The code of a speed within keys, 0 for one that has none (`enum ad_link_speed_type`).
pub const fn speed_code(mbps: u32) -> u16 {
    match mbps {
        1 => 1,
        10 => 2,
        100 => 3,
        1000 => 4,
        2500 => 5,
        5000 => 6,
        10_000 => 7,
        14_000 => 8,
        20_000 => 9,
        25_000 => 10,
        40_000 => 11,
        50_000 => 12,
        56_000 => 13,
        80_000 => 14,
        100_000 => 15,
        200_000 => 16,
        400_000 => 17,
        800_000 => 18,
        1_600_000 => 19,
        _ => 0,
    }
}

/// A port. The storage of it is the caller's, its content the engine's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Port {
    /// The slave's own address, source of its frames.
    pub(super) hardware: Mac,
    /// The slave's link.
    pub(super) link: LinkFacts,
    /// What we say of ourselves (the operational values; ours have no others).
    pub(super) actor: Info,
    /// What is known or assumed of the partner.
    pub(super) partner: Info,
    /// `port_enabled`: the link is up.
    pub(super) enabled: bool,
    /// `BEGIN`: all machines start over.
    pub(super) begin: bool,
    /// `LACP_Enabled`: the port is full duplex.
    pub(super) lacp: bool,
    /// `Selected`: the port is in the right aggregator.
    pub(super) selected: bool,
    /// `Ready_N`: the port has waited for others long enough.
    pub(super) ready: bool,
    /// `matched`: the partner knows us as we are.
    pub(super) matched: bool,
    /// `NTT`: there is something to tell.
    pub(super) ntt: bool,
    /// Place of the aggregator that the port is in.
    pub(super) aggregator: Option<usize>,
    pub(super) rx: rx::Machine,
    pub(super) periodic: periodic::Machine,
    pub(super) mux: mux::Machine,
    pub(super) tx: tx::Machine,
    pub(super) churn: churn::Machine,
    /// What the driver was told last.
    pub(super) usage: Usage,
    pub(super) counters: Counters,
    pub(super) markers: super::Limiter,
    pub(super) loopbacks: super::Limiter,
}

impl Port {
    /// Storage without a port in it.
    pub const EMPTY: Port = Port {
        hardware: Mac::ZERO,
        link: LinkFacts {
            up: false,
            running: false,
            speed: Speed::UNKNOWN,
        },
        actor: Info {
            system_priority: 0,
            system: Mac::ZERO,
            key: 0,
            port_priority: 0xff,
            port: 0,
            state: State::AGGREGATION,
        },
        partner: NOBODY,
        enabled: false,
        begin: true,
        lacp: true,
        selected: false,
        ready: false,
        matched: false,
        ntt: false,
        aggregator: None,
        rx: rx::Machine::NEW,
        periodic: periodic::Machine::NEW,
        mux: mux::Machine::NEW,
        tx: tx::Machine::NEW,
        churn: churn::Machine::NEW,
        usage: Usage::Off,
        counters: Counters::NONE,
        markers: super::Limiter::NEW,
        loopbacks: super::Limiter::NEW,
    };

    /// A port as it starts (`bond_3ad_bind_slave()`).
    pub(super) fn new(
        hardware: Mac,
        number: u16,
        link: LinkFacts,
        config: &Config,
        now: Jiffies,
    ) -> Self {
        let mut port = Self {
            hardware,
            link,
            enabled: link.up,
            ..Self::EMPTY
        };
        port.actor.port = number;
        port.actor.system = config.system;
        port.actor.system_priority = config.system_priority;
        port.actor.key = port.key(config);
        port.actor.state.set(State::ACTIVITY, config.active);
        port.actor.state.set(State::TIMEOUT, config.fast);
        if !config.fast_start {
            port.tx.hold(now);
        }
        port
    }

    /// The key that the port should have: ten bits of the user's, five of speed, one of duplex.
    pub(super) const fn key(&self, config: &Config) -> u16 {
        let own = speed_code(self.link.mbps()) << 1 | self.link.is_full_duplex() as u16;
        config.user_key.wrapping_shl(KEY_USER_SHIFT) | own
    }

    /// Our number in LACPDUs.
    pub const fn number(&self) -> u16 {
        self.actor.port
    }

    /// What our LACPDUs say of us.
    pub const fn actor(&self) -> &Info {
        &self.actor
    }

    /// What is known or assumed of the partner.
    pub const fn partner(&self) -> &Info {
        &self.partner
    }

    /// What the slave is to be used for.
    pub const fn usage(&self) -> Usage {
        self.usage
    }

    /// State of the mux machine.
    pub const fn mux_state(&self) -> mux::State {
        self.mux.state
    }

    /// State of the receive machine.
    pub const fn rx_state(&self) -> rx::State {
        self.rx.state
    }

    /// State of the periodic machine.
    pub const fn periodic_state(&self) -> periodic::State {
        self.periodic.state
    }

    /// The churn machines.
    pub const fn churn(&self) -> &churn::Machine {
        &self.churn
    }

    /// Its counters.
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Whether the port counts for its aggregator.
    pub const fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// The PDU that says how things are.
    pub(super) const fn pdu(&self) -> Pdu {
        Pdu {
            actor: self.actor,
            partner: self.partner,
        }
    }

    /// Whether the port may share an aggregator: both ends are willing to.
    pub(super) const fn is_aggregatable(&self) -> bool {
        self.actor.key & KEY_FULL_DUPLEX != 0 && self.partner.state.has(State::AGGREGATION)
    }

    /// Whether both directions are in use as far as our state octet goes.
    pub(super) const fn is_usable(&self) -> bool {
        let State(bits) = self.actor.state;
        let State(both) = State::COLLECTING;
        let State(distributing) = State::DISTRIBUTING;
        bits & both != 0 && bits & distributing != 0
    }

    /// When the port has to be looked at next.
    pub(super) fn deadline(&self, config: &Config, times: &Times) -> Option<Jiffies> {
        let send = if self.ntt && self.lacp {
            self.tx.earliest(config.fast_start, times)
        } else {
            None
        };
        let timers = [
            self.rx.until,
            self.periodic.until,
            self.mux.until,
            self.churn.actor.until,
            self.churn.partner.until,
            send,
        ];
        timers.into_iter().flatten().reduce(Jiffies::min)
    }
}
