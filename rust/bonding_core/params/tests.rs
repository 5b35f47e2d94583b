// SPDX-License-Identifier: GPL-2.0

//! The module parameters: what the C driver made of each of many cases, and ours.

use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use super::{from_module, Delay, ModuleParams, ModuleSetup, Params, INT_MAX};
use crate::errno::Errno;
use crate::mode::Mode;
use crate::option::show::{show, ShowFacts, ATTRIBUTES};
use crate::testing::Recorder;

/// Recorded from the C driver by `tests/tools/record-module-params`.
const RECORDED: &str = include_str!("tests/module.txt");

/// What the module does with parameters.
fn decided(raw: &ModuleParams<'_>, log: &mut Recorder) -> Result<ModuleSetup, Errno> {
    let mut setup = ModuleSetup::DEFAULT;
    from_module(raw, &mut setup, log)?;
    Ok(setup)
}

/// The parameters of a command line.
fn parse(line: &'static str) -> ModuleParams<'static> {
    let mut raw = ModuleParams::default();
    for (name, value) in line.split(' ').map(|word| word.split_once('=').unwrap()) {
        let text = Some(value.as_bytes());
        let number = || value.parse().unwrap();
        match name {
            "max_bonds" => raw.max_bonds = number(),
            "tx_queues" => raw.tx_queues = number(),
            "num_grat_arp" | "num_unsol_na" => raw.num_peer_notif = number(),
            "miimon" => raw.miimon = number(),
            "updelay" => raw.updelay = number(),
            "downdelay" => raw.downdelay = number(),
            "use_carrier" => raw.use_carrier = number(),
            "mode" => raw.mode = text,
            "primary" => raw.primary = text,
            "primary_reselect" => raw.primary_reselect = text,
            "lacp_rate" => raw.lacp_rate = text,
            "min_links" => raw.min_links = number(),
            "ad_select" => raw.ad_select = text,
            "xmit_hash_policy" => raw.xmit_hash_policy = text,
            "arp_interval" => raw.arp_interval = number(),
            "arp_ip_target" => {
                for (slot, text) in raw.arp_ip_target.iter_mut().zip(value.split(',')) {
                    *slot = Some(text.as_bytes());
                }
            }
            "arp_validate" => raw.arp_validate = text,
            "arp_all_targets" => raw.arp_all_targets = text,
            "fail_over_mac" => raw.fail_over_mac = text,
            "all_slaves_active" => raw.all_slaves_active = number(),
            "resend_igmp" => raw.resend_igmp = number(),
            "packets_per_slave" => raw.packets_per_slave = number(),
            "lp_interval" => raw.lp_interval = value.parse().unwrap(),
            _ => panic!("{name}"),
        }
    }
    raw
}

/// What the file `name` of a bond with these parameters shows.
fn file(name: &str, params: &Params) -> String {
    let mut facts = ShowFacts {
        admin: true,
        carrier: false,
        primary: None,
        active: None,
        ad: None,
        slaves: &mut std::iter::empty(),
        page_size: 4096,
    };
    let attribute = ATTRIBUTES.into_iter().find(|a| a.name() == name).unwrap();
    let mut text = String::new();
    show(attribute, params, &mut facts, &mut text).unwrap();
    text.trim_end().to_string()
}

/// What the recording of a case says of it: whether it was refused, log lines, and of each bond
/// the queues and the files.
fn check(case: &'static str, recorded: &[&str]) {
    let mut log = Recorder::default();
    let setup = decided(&parse(case), &mut log);

    let theirs: Vec<String> = recorded
        .iter()
        .filter_map(|line| line.strip_prefix("log "))
        .map(|line| {
            let (level, text) = line.split_once(' ').unwrap();
            let letter = ["E", "W", "N", "I"][level.parse::<usize>().unwrap() - 3];
            format!("{letter} {text}")
        })
        .collect();
    assert_eq!(log.visible(), theirs, "{case}");

    let Ok(setup) = setup else {
        assert_eq!(setup.unwrap_err(), Errno::Einval);
        assert!(recorded.contains(&"refused"), "{case}: we refuse it");
        return;
    };
    assert!(!recorded.contains(&"refused"), "{case}: C refuses it");
    let mut bonds = 0;
    for line in recorded.iter().filter(|line| !line.starts_with("log ")) {
        let (name, value) = line.split_once(' ').unwrap();
        if name == "queues" {
            bonds += 1;
            assert_eq!(setup.tx_queues.to_string(), value, "{case}");
        } else {
            assert_eq!(file(name, &setup.defaults), value, "{case}: {name}");
        }
    }
    assert_eq!(setup.max_bonds, bonds, "{case}");
}

#[test]
fn recorded_cases() {
    let mut cases = 0;
    for case in RECORDED.split("case ").skip(1) {
        let lines: Vec<&str> = case.lines().collect();
        check(lines[0], &lines[1..]);
        cases += 1;
    }
    assert!(cases > 70, "{cases}");
}

#[test]
fn nothing_said_is_the_default() {
    let mut log = Recorder::default();
    let setup = decided(&ModuleParams::default(), &mut log).unwrap();
    assert_eq!(setup.defaults, Params::default());
    assert_eq!((setup.max_bonds, setup.tx_queues), (1, 16));
    assert!(log.visible().is_empty());
}

/// What is deliberately not as in C.
#[test]
fn differences() {
    let params = |line| {
        let mut log = Recorder::default();
        let setup = decided(&parse(line), &mut log).unwrap();
        let lines: Vec<String> = log.visible().iter().map(ToString::to_string).collect();
        (setup.defaults, lines)
    };
    let (defaults, lines) = params("min_links=-1");
    assert_eq!(defaults.min_links, 0);
    assert_eq!(
        lines[0],
        format!("W Warning: min_links module parameter (-1), not in range 0-{INT_MAX}, so it was reset to 0")
    );
    let (defaults, lines) = params("lp_interval=2147483648");
    assert_eq!(defaults.lp_interval, 1);
    assert!(lines[0].starts_with("W Warning: ip_interval must be between 1 and 2147483647"));

    let (mut defaults, _) = params("updelay=200");
    assert_eq!(defaults.updelay, Delay::waiting(200));
    assert_eq!(defaults.updelay.settle(100), None);
    defaults.miimon = 100;
    assert_eq!(defaults.updelay_ms(), 200);

    // Sixteen entries with a duplicate and a bad one: C reads past the end of the array.
    let targets = ["10.0.0.1"; 14].join(",");
    let line: &'static str = format!("arp_interval=100 arp_ip_target={targets},x,10.0.0.2").leak();
    let (defaults, lines) = params(line);
    assert_eq!(defaults.arp_targets.len(), 2);
    assert_eq!(defaults.arp_interval, 0);
    assert_eq!(
        lines
            .iter()
            .filter(|line| line.contains("duplicate"))
            .count(),
        13
    );
}

/// A text is read up to its end of line, which the kernel leaves in when it came from a file.
#[test]
fn texts_with_an_end_of_line() {
    let raw = ModuleParams {
        mode: Some(b"active-backup\n"),
        primary: Some(b"eth0"),
        primary_reselect: Some(b"1\n"),
        ..ModuleParams::default()
    };
    let setup = decided(&raw, &mut Recorder::default()).unwrap();
    assert_eq!(setup.defaults.mode, Mode::ActiveBackup);
    let raw = ModuleParams {
        mode: Some(b"x\ny"),
        ..raw
    };
    let mut log = Recorder::default();
    assert_eq!(decided(&raw, &mut log).unwrap_err(), Errno::Einval);
    assert_eq!(log.0, ["E Error: Invalid bonding mode \"x\""]);
}
