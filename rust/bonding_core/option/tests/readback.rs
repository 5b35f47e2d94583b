// SPDX-License-Identifier: GPL-2.0

//! What the files in sysfs show.

use std::format;
use std::string::String;
use std::vec::Vec;

use crate::mode::Mode;
use crate::option::show::{show, AdInfo, Attribute, ShowFacts, ATTRIBUTES};
use crate::option::{set, ArpValidate, OptionId, Value, View, XmitPolicy};
use crate::params::{Delay, DeviceName, Params};
use crate::testing::Recorder;

const AD: AdInfo = AdInfo {
    aggregator_id: 2,
    ports: 3,
    actor_key: 15,
    partner_key: 9,
    partner_system: [2, 0, 0, 0, 0, 0xfe],
};

/// A bond with two slaves, seen with or without privilege.
fn text_of(name: &str, params: &Params, admin: bool, ad: Option<AdInfo>) -> String {
    let slaves = [("eth0", 0), ("eth1", 4)];
    let mut slaves = slaves
        .map(|(name, queue)| (DeviceName::new(name.as_bytes()), queue))
        .into_iter();
    let mut facts = ShowFacts {
        admin,
        carrier: true,
        primary: Some(b"eth1"),
        active: Some(b"eth0"),
        ad,
        slaves: &mut slaves,
        page_size: 4096,
    };
    let attribute = ATTRIBUTES.into_iter().find(|a| a.name() == name).unwrap();
    let mut text = String::new();
    show(attribute, params, &mut facts, &mut text).unwrap();
    text
}

/// What the C driver shows of a bond that nobody configured.
#[test]
fn of_a_new_bond() {
    let expected = [
        ("slaves", "eth0 eth1\n"),
        ("mode", "balance-rr 0\n"),
        ("fail_over_mac", "none 0\n"),
        ("arp_validate", "none 0\n"),
        ("arp_all_targets", "any 0\n"),
        ("arp_interval", "0\n"),
        ("arp_ip_target", ""),
        ("downdelay", "0\n"),
        ("updelay", "0\n"),
        ("peer_notif_delay", "0\n"),
        ("lacp_active", "on 1\n"),
        ("lacp_rate", "slow 0\n"),
        ("ad_select", "stable 0\n"),
        ("xmit_hash_policy", "layer2 0\n"),
        ("num_grat_arp", "1\n"),
        ("num_unsol_na", "1\n"),
        ("miimon", "0\n"),
        ("primary", "eth1\n"),
        ("primary_reselect", "always 0\n"),
        ("use_carrier", "1\n"),
        ("active_slave", ""),
        ("mii_status", "up\n"),
        ("ad_aggregator", ""),
        ("ad_num_ports", ""),
        ("ad_actor_key", ""),
        ("ad_partner_key", ""),
        ("ad_partner_mac", ""),
        ("queue_id", "eth0:0 eth1:4\n"),
        ("all_slaves_active", "0\n"),
        ("resend_igmp", "1\n"),
        ("min_links", "0\n"),
        ("lp_interval", "1\n"),
        ("packets_per_slave", "1\n"),
        ("tlb_dynamic_lb", "1\n"),
        ("ad_actor_sys_prio", ""),
        ("ad_actor_system", ""),
        ("ad_user_port_key", ""),
        ("arp_missed_max", "2\n"),
        ("mac_policy", "first 0\n"),
        ("lacp_fast_start", "off 0\n"),
        ("arp_backup_probe", "off 0\n"),
    ];
    let shown = expected.map(|(name, _)| (name, text_of(name, &Params::DEFAULT, true, Some(AD))));
    assert_eq!(
        shown.each_ref().map(|(name, text)| (*name, text.as_str())),
        expected
    );
    assert_eq!(
        expected.map(|(name, _)| name),
        ATTRIBUTES.map(Attribute::name)
    );
}

#[test]
fn lacp_is_for_its_mode_and_for_the_privileged() {
    let params = Params {
        mode: Mode::Ieee8023ad,
        ad_user_port_key: 7,
        ..Params::DEFAULT
    };
    for (name, admin, user, none) in [
        ("ad_aggregator", "2\n", "2\n", "0\n"),
        ("ad_num_ports", "3\n", "3\n", "0\n"),
        ("ad_actor_key", "15\n", "", "0\n"),
        ("ad_partner_key", "9\n", "", "0\n"),
        ("ad_partner_mac", "02:00:00:00:00:fe\n", "", ""),
        ("ad_actor_sys_prio", "65535\n", "", "65535\n"),
        (
            "ad_actor_system",
            "00:00:00:00:00:00\n",
            "",
            "00:00:00:00:00:00\n",
        ),
        ("ad_user_port_key", "7\n", "", "7\n"),
    ] {
        assert_eq!(text_of(name, &params, true, Some(AD)), admin, "{name}");
        assert_eq!(text_of(name, &params, false, Some(AD)), user, "{name}");
        assert_eq!(text_of(name, &params, true, None), none, "{name}");
    }
}

#[test]
fn the_active_slave_is_for_its_modes() {
    for mode in Mode::ALL {
        let params = Params {
            mode,
            ..Params::DEFAULT
        };
        let text = text_of("active_slave", &params, false, None);
        let expected = if mode.uses_primary() { "eth0\n" } else { "" };
        assert_eq!(text, expected, "{}", mode.name());
    }
}

#[test]
fn delays_and_targets() {
    let mut params = Params {
        miimon: 100,
        updelay: Delay::from_ms(300, 100).unwrap().0,
        peer_notif_delay: Delay::from_ms(500, 100).unwrap().0,
        arp_validate: ArpValidate::FilterBackup,
        xmit_policy: XmitPolicy::VlanSrcMac,
        ..Params::DEFAULT
    };
    params.arp_targets.add([10, 0, 0, 1]).unwrap();
    assert_eq!(text_of("arp_ip_target", &params, false, None), "10.0.0.1\n");
    params.arp_targets.add([192, 168, 255, 2]).unwrap();
    for (name, text) in [
        ("updelay", "300\n"),
        ("downdelay", "0\n"),
        ("peer_notif_delay", "500\n"),
        ("arp_validate", "filter_backup 6\n"),
        ("xmit_hash_policy", "vlan+srcmac 5\n"),
        ("arp_ip_target", "10.0.0.1 192.168.255.2\n"),
    ] {
        assert_eq!(text_of(name, &params, false, None), text);
    }
}

/// What a file shows can be written to it, and changes nothing.
#[test]
fn what_is_shown_can_be_written() {
    for mode in Mode::ALL {
        let base = Params {
            mode,
            miimon: 100,
            ..Params::DEFAULT
        };
        for id in ATTRIBUTES.into_iter().filter_map(Attribute::option) {
            let def = id.def();
            if def.flags.raw || def.unsupported.contains(mode) || id == OptionId::Mode {
                continue;
            }
            // Every value that has a name, and one of a range.
            let numbers: Vec<u64> = def.values.iter().map(|v| v.value).chain([200]).collect();
            for number in numbers {
                let mut params = base.clone();
                let mut log = Recorder::default();
                if set(&mut params, &View::NEW, id, Value::Number(number), &mut log).is_err() {
                    continue;
                }
                let text = text_of(id.name(), &params, true, None);
                let mut again = params.clone();
                let value = Value::Text(text.as_bytes());
                if params.miimon != 0 || !id.name().ends_with("delay") {
                    let answer = set(&mut again, &View::NEW, id, value, &mut log);
                    assert!(answer.is_ok(), "{} = {text:?}: {answer:?}", id.name());
                }
                assert_eq!(again, params, "{} = {text:?}", id.name());
            }
        }
    }
}

/// The list of slaves of a bond with `count` slaves called with 15 letters, on a page.
fn list(count: usize, name: &str, queues: bool) -> Vec<u8> {
    let mut slaves = std::iter::repeat_n((DeviceName::new(name.as_bytes()), 65535), count);
    let mut facts = ShowFacts {
        admin: false,
        carrier: false,
        primary: None,
        active: None,
        ad: None,
        slaves: &mut slaves,
        page_size: 4096,
    };
    let id = if queues {
        OptionId::QueueId
    } else {
        OptionId::Slaves
    };
    let mut text = String::new();
    show(
        Attribute::Option(id),
        &Params::DEFAULT,
        &mut facts,
        &mut text,
    )
    .unwrap();
    text.into_bytes()
}

/// What C's loop over a page makes of the same slaves.
fn list_of_c(count: usize, name: &str, queues: bool) -> Vec<u8> {
    const PAGE: usize = 4096;
    let mut page = std::vec![0; PAGE];
    let mut used = 0;
    let emit = |page: &mut Vec<u8>, at: usize, text: &str| {
        let len = text.len().min(PAGE - at - 1);
        page[at..at + len].copy_from_slice(&text.as_bytes()[..len]);
        len
    };
    for _ in 0..count {
        let room = if queues { PAGE - 22 } else { PAGE - 16 };
        if used > room {
            if PAGE - used > 10 {
                used = PAGE - 10;
            }
            used += emit(&mut page, used, "++more++ ");
            break;
        }
        let word = if queues {
            format!("{name}:65535 ")
        } else {
            format!("{name} ")
        };
        used += emit(&mut page, used, &word);
    }
    if used > 0 {
        page[used - 1] = b'\n';
    }
    page.truncate(used);
    page
}

#[test]
fn lists_end_with_the_page() {
    for queues in [false, true] {
        for name in [
            "a",
            "eth0",
            "bond-slave",
            "fourteen_lettr",
            "fifteen-letters",
        ] {
            for count in [0, 1, 2, 150, 180, 254, 255, 256, 257, 300, 500, 2100] {
                assert_eq!(
                    list(count, name, queues),
                    list_of_c(count, name, queues),
                    "{count} {name}"
                );
            }
        }
    }
}
