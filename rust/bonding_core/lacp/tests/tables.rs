// SPDX-License-Identifier: GPL-2.0

//! The tables of the machines, as they are meant to be.

use std::fmt::{Debug, Write};
use std::string::String;

use super::super::{mux, periodic, rx};
use crate::wire::lacp::Pdu;

pub(super) const RX: [rx::State; 5] = [
    rx::State::PortDisabled,
    rx::State::LacpDisabled,
    rx::State::Expired,
    rx::State::Defaulted,
    rx::State::Current,
];

pub(super) const MUX: [mux::State; 6] = [
    mux::State::Detached,
    mux::State::Waiting,
    mux::State::Attached,
    mux::State::Collecting,
    mux::State::Distributing,
    mux::State::CollectingDistributing,
];

pub(super) const PERIODIC: [periodic::State; 3] = [
    periodic::State::None,
    periodic::State::Fast,
    periodic::State::Slow,
];

/// One state of a row: where it leads to, if anywhere.
fn cell(out: &mut String, from: impl Debug, how: &str, to: Option<impl Debug>) {
    match to {
        None => write!(out, " {from:?}").unwrap(),
        Some(to) => write!(out, " {from:?}>{how}{to:?}").unwrap(),
    }
}

#[test]
fn receive_machine() {
    let pdu = Pdu::default();
    let mut out = String::new();
    for (enabled, lacp) in [(false, false), (false, true), (true, false), (true, true)] {
        for (event, name) in [
            (rx::Event::Begin, "begin"),
            (rx::Event::Check, "check"),
            (rx::Event::Timeout, "timeout"),
            (rx::Event::Pdu(&pdu), "pdu"),
        ] {
            write!(out, "enabled={enabled} lacp={lacp} {name}:").unwrap();
            for state in RX {
                cell(&mut out, state, "", rx::next(state, &event, enabled, lacp));
            }
            out.push('\n');
        }
    }
    assert_eq!(out, include_str!("golden/rx.txt"));
}

#[test]
fn periodic_machine() {
    let mut out = String::new();
    for event in [
        periodic::Event::Forbidden,
        periodic::Event::Check(false),
        periodic::Event::Check(true),
        periodic::Event::Timeout(false),
        periodic::Event::Timeout(true),
    ] {
        write!(out, "{event:?}:").unwrap();
        for state in PERIODIC {
            let next = periodic::next(state, event);
            let how = if next.is_some_and(|(_, send)| send) {
                "tx>"
            } else {
                ""
            };
            cell(&mut out, state, how, next.map(|(to, _)| to));
        }
        out.push('\n');
    }
    assert_eq!(out, include_str!("golden/periodic.txt"));
}

#[test]
fn mux_machine() {
    let mut out = String::new();
    let starts = [
        (None, "hold"),
        (Some(mux::State::Collecting), "independent"),
        (Some(mux::State::CollectingDistributing), "coupled"),
    ];
    for (start, name) in starts {
        for ready in [false, true] {
            for event in [
                mux::Event::Begin,
                mux::Event::Unselected,
                mux::Event::Standby,
                mux::Event::OutOfSync,
                mux::Event::InSync,
                mux::Event::Collecting,
            ] {
                write!(out, "{name} ready={ready} {event:?}:").unwrap();
                for state in MUX {
                    let to = mux::next(state, event, ready, start);
                    cell(&mut out, state, "", (to != state).then_some(to));
                }
                out.push('\n');
            }
        }
    }
    assert_eq!(out, include_str!("golden/mux.txt"));
}
