// SPDX-License-Identifier: GPL-2.0

//! Faults of the C driver that the core does not have, each test named after its row in
//! Documentation/differences.md.

use bonding_core::link::{self, Duplex, Event, Link, LinkState, Monitor, Sample, Speed, Timing};
use bonding_core::log::{Level, Log};
use bonding_core::mode::Mode;
use bonding_core::option::{set, OptionId, PrimaryReselect, Value, View};
use bonding_core::params::{from_module, ModuleParams, ModuleSetup, Params, MAX_TARGETS};
use bonding_core::select::{best, Candidate, Policy};
use bonding_core::time::{Hz, Jiffies, Millis, Ticks};

/// Keeps what is not for debugging.
#[derive(Default)]
struct Lines(Vec<String>);

impl Log for Lines {
    fn line(&mut self, level: Level, text: core::fmt::Arguments<'_>) {
        if level != Level::Debug {
            self.0.push(text.to_string());
        }
    }
}

fn loaded(raw: &ModuleParams<'_>) -> (Params, Vec<String>) {
    let mut log = Lines::default();
    let mut setup = ModuleSetup::DEFAULT;
    from_module(raw, &mut setup, &mut log).expect("the module loads");
    (setup.defaults, log.0)
}

/// A1: all sixteen entries are looked at and no more, however many of them are refused.
#[test]
fn a1_sixteen_targets_one_twice() {
    let texts: Vec<String> = (0..MAX_TARGETS)
        .map(|i| format!("192.0.2.{}", i.max(1)))
        .collect();
    let mut raw = ModuleParams {
        arp_interval: 1000,
        ..ModuleParams::default()
    };
    for (slot, text) in raw.arp_ip_target.iter_mut().zip(&texts) {
        *slot = Some(text.as_bytes());
    }
    let (params, log) = loaded(&raw);
    assert_eq!(params.arp_targets.len(), MAX_TARGETS - 1);
    assert_eq!(params.arp_interval, 1000);
    assert_eq!(
        log.iter().filter(|line| line.contains("duplicate")).count(),
        1
    );

    raw.arp_ip_target[3] = Some(b"nonsense");
    let (params, _) = loaded(&raw);
    assert_eq!(params.arp_interval, 0);
    assert_eq!(params.arp_targets.len(), MAX_TARGETS - 2);
}

const HZ: u32 = 250;

fn timing() -> Timing {
    Timing {
        hz: Hz::new(HZ),
        miimon: Millis(100),
        updelay: Millis(2000),
        downdelay: Millis(400),
    }
}

fn sample(mode: Mode, carrier: bool, now: Jiffies) -> Sample {
    Sample {
        carrier,
        active: true,
        mode,
        now,
    }
}

/// B7: with no usable slave a link that comes up is taken at once, in each mode.
#[test]
fn b7_updelay_is_not_waited_for_when_nothing_is_usable() {
    let now = Jiffies(1000);
    let timing = timing();
    for mode in [
        Mode::RoundRobin,
        Mode::ActiveBackup,
        Mode::Xor,
        Mode::Broadcast,
    ] {
        let link = Link::new(Monitor::Mii, false, &timing, now);
        let mut ignore = link::ignore_updelay(mode, false, 0);
        let up = link.inspect(&sample(mode, true, now), &timing, &mut ignore);
        assert_eq!(up.expect("a transition").state, LinkState::Up, "{mode:?}");

        let mut ignore = link::ignore_updelay(mode, true, 1);
        let back = link.inspect(&sample(mode, true, now), &timing, &mut ignore);
        assert_eq!(
            back.expect("a transition").state,
            LinkState::Back,
            "{mode:?}"
        );
    }
}

/// B12: a slave of unknown speed is not faster than any other.
#[test]
fn b12_unknown_speed_is_the_slowest() {
    let known = |mbps| Speed {
        mbps: Some(mbps),
        duplex: Duplex::Half,
    };
    let candidate = |speed, active, primary| Candidate {
        link: LinkState::Up,
        remaining: Millis(0),
        up: true,
        prio: 0,
        speed,
        active,
        primary,
    };
    let chosen = |current, primary| {
        best(
            Policy {
                reselect: PrimaryReselect::Better,
                force_primary: &mut false,
                updelay: Millis(0),
            },
            [
                candidate(current, true, false),
                candidate(primary, false, true),
            ]
            .into_iter(),
        )
    };
    assert_eq!(chosen(known(10_000), Speed::UNKNOWN), Some(0));
    assert_eq!(chosen(Speed::UNKNOWN, known(10)), Some(1));
    assert_eq!(chosen(known(10), known(10_000)), Some(1));
    assert_eq!(chosen(Speed::UNKNOWN, Speed::UNKNOWN), Some(0));
}

/// B17: a number out of range is refused with a warning, not cast.
#[test]
fn b17_limits_of_numbers_at_load() {
    let (params, log) = loaded(&ModuleParams {
        min_links: -1,
        lp_interval: 0x8000_0000,
        ..ModuleParams::default()
    });
    assert_eq!((params.min_links, params.lp_interval), (0, 1));
    assert!(log.iter().any(|line| line.contains("min_links")));
    assert_eq!(log.len(), 2, "{log:?}");
}

/// B19: a pass that could not commit costs no part of a delay, and counts no delay down faster.
#[test]
fn b19_delays_count_time_not_passes() {
    let timing = timing();
    let start = Jiffies(usize::MAX - 20);
    let mode = Mode::ActiveBackup;
    let mut link = Link::new(Monitor::None, true, &timing, start);
    let mut ignore = false;
    let lost = link
        .inspect(&sample(mode, false, start), &timing, &mut ignore)
        .expect("carrier was lost");
    assert_eq!(lost.state, LinkState::Fail);
    assert!(matches!(lost.event, Some(Event::GoingDown { .. })));
    let _ = link.commit(&lost, mode, Speed::UNKNOWN, &Default::default(), start);

    // A pass each jiffy, as while RTNL is busy: 400 ms are 100 jiffies, not four passes.
    for jiffy in 0..100 {
        let now = start.after(Ticks(jiffy));
        assert_eq!(
            link.inspect(&sample(mode, false, now), &timing, &mut ignore),
            None
        );
        link.mark_seen(now);
    }
    let now = start.after(Ticks(100));
    let down = link.inspect(&sample(mode, false, now), &timing, &mut ignore);
    assert_eq!(down.expect("the delay is over").state, LinkState::Down);
}

/// E1: where C gives a bare errno, the text says why, in what fits into an answer.
#[test]
fn e1_refusals_say_why() {
    let mut params = Params::DEFAULT;
    for (id, value) in [
        (OptionId::UpDelay, Value::Number(100)),
        (OptionId::DownDelay, Value::Number(100)),
        (OptionId::PeerNotifDelay, Value::Number(100)),
        (OptionId::QueueId, Value::Text(b"eth0:1")),
        (OptionId::QueueId, Value::Text(b"eth0:99")),
        (OptionId::Slaves, Value::Text(b"eth0")),
        (OptionId::Prio, Value::OfSlave(None, 1)),
    ] {
        let before = params.clone();
        let error = set(&mut params, &View::NEW, id, value, &mut Lines::default()).unwrap_err();
        assert!(!error.extack.is_empty(), "{id:?}");
        assert!(error.extack.len() <= 79, "{id:?}: {}", error.extack);
        assert_eq!(params, before);
    }
}
