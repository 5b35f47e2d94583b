// SPDX-License-Identifier: GPL-2.0

//! The options that name a device: log lines, what remains to be done, errors of their own.

use std::format;
use std::vec;

use super::lines::{in_mode, set_text};
use crate::errno::Errno;
use crate::mode::Mode;
use crate::option::{
    explain, set, ActiveChange, Effect, Error, Membership, OptionId, PrimaryChange, SlaveChange,
    SlaveRef, Value, View,
};
use crate::params::Params;
use crate::testing::{busy, Recorder};

#[test]
fn active_slave() {
    let mut params = in_mode(Mode::ActiveBackup);
    let id = OptionId::ActiveSlave;
    for text in ["", "\n", " ", "\neth0"] {
        let (answer, lines) = set_text(&mut params, &busy(), id, text);
        assert_eq!(
            answer.unwrap().active,
            Some(ActiveChange::Choose),
            "{text:?}"
        );
        assert_eq!(lines, ["D Clearing current active slave"]);
    }
    let (answer, lines) = set_text(&mut params, &busy(), id, " eth1\n");
    assert_eq!(answer.unwrap().active, Some(ActiveChange::Slave(2)));
    assert_eq!(lines, ["D (slave eth1): Setting as active slave"]);
    let (answer, lines) = set_text(&mut params, &busy(), id, "eth0");
    assert!(answer.unwrap().is_none());
    assert_eq!(
        lines,
        ["D (slave eth0): is already the current active slave"]
    );

    let no_active = View {
        has_active: false,
        ..busy()
    };
    for (view, text, errno, expected) in [
        (busy(), "eth9\n", Errno::Enodev, vec!["E option active_slave: interface eth9 does not exist!"]),
        (
            busy(),
            "a_name_of_more_than_fifteen",
            Errno::Enodev,
            vec!["E option active_slave: interface a_name_of_more_than_fifteen does not exist!"],
        ),
        (
            busy(),
            "lan0\n",
            Errno::Einval,
            vec![
                "E (slave lan0): Device is not bonding slave",
                "E option active_slave: invalid value (lan0)",
            ],
        ),
        (
            busy(),
            "lan1",
            Errno::Einval,
            vec![
                "E (slave lan1): Device is not our slave",
                "E option active_slave: invalid value (lan1)",
            ],
        ),
        (
            busy(),
            "eth2",
            Errno::Einval,
            vec![
                "E (slave eth2): Could not set as active slave; either eth2 is down or the link is down",
                "E option active_slave: invalid value (eth2)",
            ],
        ),
        (
            no_active,
            "eth1",
            Errno::Einval,
            vec![
                "E (slave eth1): Could not set as active slave; either eth1 is down or the link is down",
                "E option active_slave: invalid value (eth1)",
            ],
        ),
    ] {
        let (answer, lines) = set_text(&mut params, &view, id, text);
        assert_eq!(answer.unwrap_err().errno, errno, "{text:?}");
        assert_eq!(lines, expected, "{text:?}");
    }
}

#[test]
fn primary() {
    let mut params = in_mode(Mode::Tlb);
    let id = OptionId::Primary;
    let (answer, _) = set_text(&mut params, &busy(), id, "eth1\n");
    let effects = answer.unwrap();
    assert_eq!(effects.primary, Some(PrimaryChange::Slave(2)));
    assert!(effects.has(Effect::ForcePrimary) && effects.has(Effect::SelectActive));
    assert_eq!(params.primary.as_bytes(), b"eth1");

    // Not enslaved yet, or another's: recorded.
    for name in ["eth9", "lan0", "lan1"] {
        let (answer, lines) = set_text(&mut params, &busy(), id, name);
        assert!(answer.unwrap().is_none());
        assert_eq!(
            lines,
            [format!(
                "D Recording {name} as primary, but it has not been enslaved yet"
            )]
        );
        assert_eq!(params.primary.as_bytes(), name.as_bytes());
    }
    let has_primary = View {
        has_primary: true,
        ..busy()
    };
    let (answer, _) = set_text(&mut params, &has_primary, id, "eth9");
    let effects = answer.unwrap();
    assert_eq!(effects.primary, Some(PrimaryChange::None));
    assert!(effects.has(Effect::SelectActive) && !effects.has(Effect::ForcePrimary));

    assert!(set_text(&mut params, &busy(), id, "longer_than_fifteen")
        .0
        .is_ok());
    assert_eq!(params.primary.as_bytes(), b"longer_than_fif");
    let (answer, lines) = set_text(&mut params, &busy(), id, "\n");
    assert_eq!(answer.unwrap().primary, Some(PrimaryChange::None));
    assert_eq!(lines, ["D Setting primary slave to None"]);
    assert!(params.primary.is_empty());
}

/// A device is found by any name it has, and called by its own. The primary is found by its own alone.
#[test]
fn other_names() {
    let mut params = in_mode(Mode::ActiveBackup);
    let (answer, lines) = set_text(&mut params, &busy(), OptionId::ActiveSlave, "also1\n");
    assert_eq!(answer.unwrap().active, Some(ActiveChange::Slave(2)));
    assert_eq!(lines, ["D (slave eth1): Setting as active slave"]);
    let (answer, lines) = set_text(&mut params, &busy(), OptionId::ActiveSlave, "also4\n");
    assert_eq!(answer.unwrap_err().errno, Errno::Einval);
    assert_eq!(
        lines,
        [
            "E (slave lan0): Device is not bonding slave",
            "E option active_slave: invalid value (also4)",
        ]
    );
    let (answer, _) = set_text(&mut params, &busy(), OptionId::QueueId, "also1:5\n");
    assert_eq!(answer.unwrap().slave.unwrap().ifindex, 2);

    let (answer, lines) = set_text(&mut params, &busy(), OptionId::Primary, "also1\n");
    assert!(answer.unwrap().is_none());
    assert_eq!(
        lines,
        ["D Recording also1 as primary, but it has not been enslaved yet"]
    );
    assert_eq!(params.primary.as_bytes(), b"also1");

    let mut params = Params::DEFAULT;
    let (answer, lines) = set_text(&mut params, &busy(), OptionId::Slaves, "+also4\n");
    assert_eq!(answer.unwrap().membership, Some(Membership::Enslave(4)));
    assert_eq!(lines, ["D (slave lan0): Enslaving interface"]);
}

#[test]
fn queue_ids() {
    let mut params = Params::DEFAULT;
    let id = OptionId::QueueId;
    let of = |ifindex, queue_id| {
        Some(SlaveChange {
            queue_id: Some(queue_id),
            ..SlaveChange::of(ifindex)
        })
    };
    for (text, ifindex, queue_id) in [
        ("eth0:5\n", 1, 5),
        ("eth0: 16", 1, 16),
        ("eth1:3", 2, 3),
        ("eth0:0", 1, 0),
        ("eth0:65537", 1, 1),
        ("eth0:2:4", 1, 2),
    ] {
        let (answer, lines) = set_text(&mut params, &busy(), id, text);
        assert_eq!(answer.unwrap().slave, of(ifindex, queue_id), "{text}");
        assert!(lines.is_empty());
    }
    for text in [
        "",
        "eth0",
        "eth0:",
        "eth0:x",
        "eth0:17",
        "eth0:-1",
        "eth0:3",
        "lan0:1",
        "lan1:1",
        "eth9:1",
        " eth0:1",
        "eth0 :1",
        ":1",
        "longer_than_fifteen:1",
    ] {
        let (answer, lines) = set_text(&mut params, &busy(), id, text);
        let error = answer.expect_err(text);
        assert_eq!(error.errno, Errno::Eperm, "{text}");
        assert!(error.extack.starts_with("queue_id: ") && error.extack.len() < 80);
        assert_eq!(lines, ["D invalid input for queue_id set"], "{text}");
    }
    // By netlink the slave is known.
    let slave = SlaveRef {
        ifindex: 1,
        name: b"eth0",
    };
    for (queue_id, fine) in [(5, true), (3, false), (17, false), (0, true)] {
        let mut log = Recorder::default();
        let answer = set(
            &mut params,
            &busy(),
            id,
            Value::OfSlave(Some(slave), queue_id),
            &mut log,
        );
        assert_eq!(answer.is_ok(), fine, "{queue_id}");
    }
}

/// C3: the name is not cut to 15 characters, so that it means another device.
#[test]
fn c3_slaves() {
    let mut params = Params::DEFAULT;
    let id = OptionId::Slaves;
    let (answer, lines) = set_text(&mut params, &busy(), id, "+lan0\n");
    assert_eq!(answer.unwrap().membership, Some(Membership::Enslave(4)));
    assert_eq!(lines, ["D (slave lan0): Enslaving interface"]);
    let (answer, _) = set_text(&mut params, &busy(), id, " -eth0 x\n");
    assert_eq!(answer.unwrap().membership, Some(Membership::Release(1)));
    for text in [
        "",
        "\n",
        "eth0",
        "+",
        "-\n",
        "*eth0",
        "+ eth0",
        "+a/b",
        "+longer_than_fifteen",
    ] {
        let (answer, lines) = set_text(&mut params, &busy(), id, text);
        assert_eq!(answer.unwrap_err().errno, Errno::Eperm, "{text:?}");
        assert_eq!(
            lines,
            ["E no command found in slaves file - use +ifname or -ifname"]
        );
    }
    let (answer, lines) = set_text(&mut params, &busy(), id, "+eth9\n");
    assert_eq!(answer.unwrap_err(), Error::NO_DEVICE);
    assert_eq!(
        lines,
        [
            "D interface eth9 does not exist!",
            "E option slaves: interface +eth9 does not exist!",
        ]
    );
}

/// What an enslave on behalf of the option is explained with.
#[test]
fn errors_of_actions() {
    let value = Value::Text(b"+eth0\n");
    for (errno, lines, extack) in [
        (
            -16,
            vec!["E option slaves: unable to set because the bond device is up"],
            Some("unable to set option because the bond is up"),
        ),
        (
            -22,
            vec!["E option slaves: invalid value (+eth0)"],
            Some("invalid option value"),
        ),
        // Not for the mode, so nothing is said.
        (-13, vec![], None),
        (-12, vec![], None),
        (-1, vec![], None),
    ] {
        let mut log = Recorder::default();
        let text = explain(OptionId::Slaves, Mode::RoundRobin, errno, &value, &mut log);
        assert_eq!(text, extack, "{errno}");
        assert_eq!(log.all(), lines, "{errno}");
    }
}

#[test]
fn settings_of_a_slave() {
    let slave = SlaveRef {
        ifindex: 7,
        name: b"eth7",
    };
    let mut params = in_mode(Mode::ActiveBackup);
    let mut log = Recorder::default();
    let value = Value::OfSlave(Some(slave), -1);
    let effects = set(&mut params, &busy(), OptionId::Prio, value, &mut log).unwrap();
    assert_eq!(effects.slave.unwrap().prio, Some(-1));
    assert!(effects.has(Effect::SelectActive) && log.0.is_empty());
    let has_primary = View {
        has_primary: true,
        ..busy()
    };
    let effects = set(&mut params, &has_primary, OptionId::Prio, value, &mut log).unwrap();
    assert!(!effects.has(Effect::SelectActive));
    assert_eq!(
        log.all(),
        ["W (slave eth7): prio updated, but will not affect failover re-selection as primary slave have been set"]
    );

    let mut params = in_mode(Mode::Ieee8023ad);
    let value = Value::OfSlave(Some(slave), 0);
    let effects = set(
        &mut params,
        &busy(),
        OptionId::ActorPortPrio,
        value,
        &mut log,
    )
    .unwrap();
    assert_eq!(effects.slave.unwrap().port_prio, Some(0));
    assert!(effects.has(Effect::AdActor));
    for (mode, id) in [
        (Mode::ActiveBackup, OptionId::Prio),
        (Mode::Ieee8023ad, OptionId::ActorPortPrio),
    ] {
        let mut log = Recorder::default();
        let value = Value::OfSlave(None, 1);
        let error = set(&mut in_mode(mode), &busy(), id, value, &mut log).unwrap_err();
        assert_eq!(error.errno, Errno::Enodev);
        assert!(log.visible().is_empty());
    }
}
