// SPDX-License-Identifier: GPL-2.0

//! What the other options do: log lines, what remains to be done, errors of their own.

use std::vec;
use std::vec::Vec;

use crate::errno::Errno;
use crate::mode::Mode;
use crate::option::{set, ArpValidate, Effect, Effects, Error, OptionId, Value, View, XmitPolicy};
use crate::params::{Delay, Params};
use crate::testing::{Network, Recorder};

/// Sets `id` to `text`, and returns the answer and all log lines.
pub(super) fn set_text(
    params: &mut Params,
    view: &View<'_>,
    id: OptionId,
    text: &str,
) -> (Result<Effects, Error>, Vec<std::string::String>) {
    let mut log = Recorder::default();
    let before = params.clone();
    let answer = set(params, view, id, Value::Text(text.as_bytes()), &mut log);
    if answer.is_err() {
        assert_eq!(*params, before, "a refused request changed something");
    }
    (answer, log.0)
}

pub(super) fn in_mode(mode: Mode) -> Params {
    Params {
        mode,
        ..Params::DEFAULT
    }
}

#[test]
fn mode_changes_what_depends_on_it() {
    let mut params = Params {
        arp_interval: 50,
        arp_validate: ArpValidate::All,
        broadcast_neighbor: true,
        tlb_dynamic_lb: false,
        ..Params::DEFAULT
    };
    let (answer, lines) = set_text(&mut params, &View::NEW, OptionId::Mode, "balance-alb\n");
    let effects = answer.unwrap();
    for effect in [Effect::Mode, Effect::Plan, Effect::RxProbe] {
        assert!(effects.has(effect));
    }
    assert_eq!(
        lines,
        [
            "D balance-alb mode is incompatible with arp monitoring, start mii monitoring",
            "D Setting MII monitoring interval to 100",
        ]
    );
    let expected = Params {
        miimon: 100,
        ..in_mode(Mode::Alb)
    };
    assert_eq!(params, expected);

    // A mode that can do with either monitor leaves them.
    params.miimon = 0;
    params.arp_interval = 50;
    assert!(set_text(&mut params, &View::NEW, OptionId::Mode, "0")
        .0
        .is_ok());
    assert_eq!((params.miimon, params.arp_interval), (0, 50));
}

#[test]
fn xdp_holds_mode_and_policy() {
    let view = View {
        has_xdp: true,
        ..View::NEW
    };
    for (mode, policy, fine) in [
        ("balance-rr", XmitPolicy::VlanSrcMac, true),
        ("active-backup", XmitPolicy::VlanSrcMac, true),
        ("balance-xor", XmitPolicy::VlanSrcMac, false),
        ("balance-xor", XmitPolicy::Layer34, true),
        ("802.3ad", XmitPolicy::VlanSrcMac, false),
        ("802.3ad", XmitPolicy::Layer2, true),
        ("broadcast", XmitPolicy::Layer2, false),
        ("balance-tlb", XmitPolicy::Layer2, false),
        ("balance-alb", XmitPolicy::Layer2, false),
    ] {
        let mut params = Params {
            xmit_policy: policy,
            ..Params::DEFAULT
        };
        let (answer, lines) = set_text(&mut params, &view, OptionId::Mode, mode);
        assert_eq!(answer.is_ok(), fine, "{mode}");
        if let Err(error) = answer {
            assert_eq!(error.errno, Errno::Eopnotsupp);
            assert!(lines.is_empty());
        }
    }
    let mut params = in_mode(Mode::Xor);
    let (answer, _) = set_text(&mut params, &view, OptionId::XmitHash, "vlan+srcmac");
    assert_eq!(answer.unwrap_err().errno, Errno::Eopnotsupp);
    assert!(set_text(&mut params, &view, OptionId::XmitHash, "encap3+4")
        .0
        .is_ok());
    assert!(
        set_text(&mut params, &View::NEW, OptionId::XmitHash, "vlan+srcmac")
            .0
            .is_ok()
    );
}

#[test]
fn monitors_exclude_each_other() {
    let view = View {
        up: true,
        ..View::NEW
    };
    let mut params = Params::DEFAULT;
    let (answer, lines) = set_text(&mut params, &view, OptionId::ArpInterval, "500");
    assert_eq!(
        lines,
        [
            "D Setting ARP monitoring interval to 500",
            "D ARP monitoring has been set up, but no ARP targets have been specified",
        ]
    );
    assert_eq!(
        answer.unwrap(),
        Effects::of(&[Effect::RxProbe, Effect::ArpMonitor])
    );

    params.arp_validate = ArpValidate::All;
    let (answer, lines) = set_text(&mut params, &view, OptionId::MiiMon, "200");
    assert_eq!(
        lines,
        [
            "D Setting MII monitoring interval to 200",
            "D MII monitoring cannot be used with ARP monitoring - disabling ARP monitoring...",
        ]
    );
    let effects = [
        Effect::MiiMonitor,
        Effect::ArpMonitor,
        Effect::RxProbe,
        Effect::NsMulticast,
    ];
    assert_eq!(answer.unwrap(), Effects::of(&effects));
    assert_eq!((params.miimon, params.arp_interval), (200, 0));
    assert_eq!(params.arp_validate, ArpValidate::None);

    params.arp_targets.add([10, 0, 0, 1]).unwrap();
    let (answer, lines) = set_text(&mut params, &view, OptionId::ArpInterval, "500");
    assert_eq!(
        lines[1..],
        ["D ARP monitoring cannot be used with MII monitoring. Disabling MII monitoring"]
    );
    let effects = [Effect::RxProbe, Effect::ArpMonitor, Effect::MiiMonitor];
    assert_eq!(answer.unwrap(), Effects::of(&effects));

    // Zero turns off only what it is about.
    let (answer, _) = set_text(&mut params, &view, OptionId::MiiMon, "0");
    assert_eq!(answer.unwrap(), Effects::of(&[Effect::MiiMonitor]));
    assert_eq!(params.arp_interval, 500);

    // A bond that is down starts its monitors when it is opened.
    let (answer, _) = set_text(&mut params, &View::NEW, OptionId::MiiMon, "100");
    assert_eq!(answer.unwrap(), Effects::of(&[Effect::RxProbe]));
}

#[test]
fn delays_are_rounded_and_need_miimon() {
    let mut params = Params::DEFAULT;
    for (id, name) in [
        (OptionId::UpDelay, "up delay"),
        (OptionId::DownDelay, "down delay"),
        (OptionId::PeerNotifDelay, "peer notification delay"),
    ] {
        params.miimon = 0;
        let (answer, lines) = set_text(&mut params, &View::NEW, id, "250");
        let error = answer.unwrap_err();
        assert_eq!(error.errno, Errno::Eperm);
        assert!(error.extack.starts_with(&format!("{}: ", id.name())));
        assert_eq!(
            lines,
            [format!(
                "E Unable to set {name} as MII monitoring is disabled"
            )]
        );
        params.miimon = 100;
        let (answer, lines) = set_text(&mut params, &View::NEW, id, "250");
        assert!(answer.unwrap().is_none());
        assert_eq!(
            lines,
            [
                format!(
                    "W {name} (250) is not a multiple of miimon (100), value rounded to 200 ms"
                ),
                format!("D Setting {name} to 200"),
            ]
        );
    }
    assert_eq!(params.updelay_ms(), 200);
    let (_, lines) = set_text(&mut params, &View::NEW, OptionId::MiiMon, "50");
    assert_eq!(
        lines,
        [
            "D Setting MII monitoring interval to 50",
            "D Note: Updating updelay (to 100) since it is a multiple of the miimon value",
            "D Note: Updating downdelay (to 100) since it is a multiple of the miimon value",
            "D Note: Updating peer_notif_delay (to 100) since it is a multiple of the miimon value",
        ]
    );
    assert_eq!(params.downdelay_ms(), 100);
}

/// A delay that the module was given without miimon counts from the first miimon on.
#[test]
fn waiting_delays_settle() {
    for by_mode in [false, true] {
        let mut params = Params {
            updelay: Delay::waiting(250),
            ..Params::DEFAULT
        };
        assert_eq!(params.updelay_ms(), 0);
        let (id, text) = if by_mode {
            (OptionId::Mode, "802.3ad")
        } else {
            (OptionId::MiiMon, "100")
        };
        let (answer, lines) = set_text(&mut params, &View::NEW, id, text);
        assert!(answer.is_ok());
        assert!(lines.contains(
            &"W up delay (250) is not a multiple of miimon (100), value rounded to 200 ms".into()
        ));
        assert_eq!((params.updelay_ms(), params.updelay.intervals()), (200, 2));
    }
}

#[test]
fn arp_targets() {
    let mut params = Params {
        arp_interval: 100,
        ..Params::DEFAULT
    };
    let view = View::NEW;
    let id = OptionId::ArpTargets;
    let cases = [
        ("", Errno::Eperm, vec!["E invalid ARP target specified"]),
        ("\n", Errno::Eperm, vec!["E invalid ARP target specified"]),
        ("+", Errno::Eperm, vec!["E invalid ARP target specified"]),
        (
            "10.0.0.1",
            Errno::Eperm,
            vec!["E no command found in arp_ip_targets file - use +<addr> or -<addr>"],
        ),
        (
            "+10.0.0",
            Errno::Eperm,
            vec!["E invalid ARP target specified"],
        ),
        (
            "+0.0.0.0\n",
            Errno::Einval,
            vec![
                "E invalid ARP target 0.0.0.0 specified for addition",
                "E option arp_ip_target: invalid value (+0.0.0.0)",
            ],
        ),
        (
            "-255.255.255.255",
            Errno::Einval,
            vec![
                "E invalid ARP target 255.255.255.255 specified for removal",
                "E option arp_ip_target: invalid value (-255.255.255.255)",
            ],
        ),
        (
            "-10.0.0.1",
            Errno::Einval,
            vec![
                "E unable to remove nonexistent ARP target 10.0.0.1",
                "E option arp_ip_target: invalid value (-10.0.0.1)",
            ],
        ),
    ];
    for (text, errno, expected) in cases {
        let (answer, lines) = set_text(&mut params, &view, id, text);
        assert_eq!(answer.unwrap_err().errno, errno, "{text:?}");
        assert_eq!(lines, expected, "{text:?}");
    }

    let (answer, lines) = set_text(&mut params, &view, id, "+10.0.0.1\n");
    assert_eq!(answer.unwrap(), Effects::of(&[Effect::ArpTargets]));
    assert_eq!(lines, ["D Adding ARP target 10.0.0.1"]);
    let (answer, lines) = set_text(&mut params, &view, id, "+10.0.0.1\n");
    assert_eq!(answer.unwrap_err().errno, Errno::Einval);
    assert_eq!(lines[0], "E ARP target 10.0.0.1 is already present");
    let (answer, lines) = set_text(&mut params, &view, id, "-10.0.0.1\n");
    assert_eq!(answer.unwrap(), Effects::of(&[Effect::ArpTargets]));
    assert_eq!(
        lines,
        [
            "W Removing last arp target with arp_interval on",
            "D Removing ARP target 10.0.0.1",
        ]
    );

    // Without the monitor there is nothing to warn of.
    params.arp_interval = 0;
    params.arp_targets.add([10, 0, 0, 1]).unwrap();
    let (_, lines) = set_text(&mut params, &view, id, "-10.0.0.1\n");
    assert_eq!(lines, ["D Removing ARP target 10.0.0.1"]);

    for n in 1..=16 {
        params.arp_targets.add([10, 0, 0, n]).unwrap();
    }
    let (answer, lines) = set_text(&mut params, &view, id, "+10.0.0.17");
    assert_eq!(answer.unwrap_err().errno, Errno::Einval);
    assert_eq!(lines[0], "E ARP target table is full!");
    // In the order of memory, as C prints the number of an address that came by netlink.
    let mut log = Recorder::default();
    let full = set(&mut params, &view, id, Value::Ipv4([1, 0, 0, 0]), &mut log);
    assert_eq!(full.unwrap_err(), Error::INVALID);
    let number = u32::from_ne_bytes([1, 0, 0, 0]);
    assert_eq!(
        log.0[1],
        format!("E option arp_ip_target: invalid value ({number})")
    );
}

#[test]
fn ns_targets() {
    let mut params = Params::DEFAULT;
    let target: [u8; 16] = "2001:db8::1"
        .parse::<std::net::Ipv6Addr>()
        .unwrap()
        .octets();
    let id = OptionId::NsTargets;
    let mut log = Recorder::default();
    let without = View {
        ipv6: false,
        ..View::NEW
    };
    let error = set(&mut params, &without, id, Value::Ipv6(target), &mut log).unwrap_err();
    assert_eq!((error.errno, log.0.len()), (Errno::Eperm, 0));

    let effects = set(&mut params, &View::NEW, id, Value::Ipv6(target), &mut log).unwrap();
    assert_eq!(
        effects,
        Effects::of(&[Effect::ArpTargets, Effect::NsMulticast])
    );
    let error = set(&mut params, &View::NEW, id, Value::Ipv6(target), &mut log).unwrap_err();
    assert_eq!(error, Error::INVALID);
    set(
        &mut params,
        &View::NEW,
        id,
        Value::Ipv6([0xff; 16]),
        &mut log,
    )
    .unwrap_err();
    assert_eq!(
        log.all(),
        [
            "D Adding NS target 2001:db8::1",
            "E NS target 2001:db8::1 is already present",
            "E option ns_ip6_target: invalid value (18446744073709551615)",
            "E invalid NS target ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff specified for addition",
            "E option ns_ip6_target: invalid value (18446744073709551615)",
        ]
    );
}

#[test]
fn ad_actor_system() {
    let mut params = in_mode(Mode::Ieee8023ad);
    let id = OptionId::AdActorSystem;
    assert!(set_text(&mut params, &View::NEW, id, "02:00:00:00:00:0a\n")
        .0
        .is_ok());
    assert_eq!(params.ad_actor_system, [2, 0, 0, 0, 0, 10]);
    for text in ["", "x", "01:00:00:00:00:00\n", "02:00:00:00:00"] {
        let (answer, lines) = set_text(&mut params, &View::NEW, id, text);
        assert_eq!(answer.unwrap_err(), Error::INVALID);
        let line = text.trim_end();
        assert_eq!(
            lines,
            [
                "E Invalid ad_actor_system MAC address.".into(),
                format!("E option ad_actor_system: invalid value ({line})"),
            ]
        );
    }
    let mut log = Recorder::default();
    let multicast = Value::Mac([1, 0, 0, 0, 0, 0]);
    set(&mut params, &View::NEW, id, multicast, &mut log).unwrap_err();
    let number = u64::from_ne_bytes([1, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(
        log.0[1],
        format!("E option ad_actor_system: invalid value ({number})")
    );
}

#[test]
fn switches() {
    let up = View {
        up: true,
        devices: &Network,
        ..View::NEW
    };
    let mut params = in_mode(Mode::Ieee8023ad);
    let (answer, _) = set_text(&mut params, &up, OptionId::BroadcastNeigh, "on");
    assert_eq!(
        answer.unwrap(),
        Effects::of(&[Effect::Plan, Effect::BroadcastNeigh])
    );
    let (answer, lines) = set_text(&mut params, &up, OptionId::BroadcastNeigh, "1");
    assert!(answer.unwrap().is_none() && lines.is_empty());
    let (answer, _) = set_text(&mut params, &View::NEW, OptionId::BroadcastNeigh, "off");
    assert_eq!(answer.unwrap(), Effects::of(&[Effect::Plan]));

    let (answer, _) = set_text(&mut params, &up, OptionId::AllSlavesActive, "1");
    assert_eq!(answer.unwrap(), Effects::of(&[Effect::Inactive]));
    let (answer, _) = set_text(&mut params, &up, OptionId::AllSlavesActive, "1");
    assert!(answer.unwrap().is_none());

    let (answer, lines) = set_text(&mut params, &View::NEW, OptionId::CoupledControl, "0");
    assert_eq!(answer.unwrap(), Effects::of(&[Effect::LacpConfig]));
    assert_eq!(lines, ["I Setting coupled_control to off (0)"]);
    let (answer, _) = set_text(&mut params, &up, OptionId::MinLinks, "2");
    assert!(answer.unwrap().has(Effect::Carrier));
}
