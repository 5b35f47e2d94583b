// SPDX-License-Identifier: GPL-2.0

//! The report, against texts recorded from the C driver (`golden/`), where `REL` stands for the
//! release of the kernel.

use std::string::String;

use super::{
    master, slave, Churn, MasterFacts, PortFacts, PortInfo, SlaveFacts, SlaveLacp, System,
};
use crate::link::{LinkState, Speed};
use crate::mode::Mode;
use crate::option::show::AdInfo;
use crate::option::{set, OptionId, Value, View};
use crate::params::Params;
use crate::testing::Recorder;

/// A bond that was made with these options.
fn params(options: &[(&str, &str)]) -> Params {
    let mut params = Params::DEFAULT;
    for (name, text) in options {
        let id = OptionId::by_name(name.as_bytes()).unwrap();
        let value = match (id, text.parse::<std::net::Ipv6Addr>()) {
            (OptionId::NsTargets, Ok(address)) => Value::Ipv6(address.octets()),
            _ => Value::Text(text.as_bytes()),
        };
        let answer = set(&mut params, &View::NEW, id, value, &mut Recorder::default());
        assert!(answer.is_ok(), "{name} = {text}");
    }
    params
}

fn facts<'a>(name: &'a str, params: &'a Params) -> MasterFacts<'a> {
    MasterFacts {
        release: "REL",
        name: name.as_bytes(),
        params,
        carrier: false,
        primary: None,
        active: None,
        ipv6: true,
        admin: true,
        lacp: System::default(),
        ad: None,
    }
}

fn report(facts: &MasterFacts<'_>, slaves: &[SlaveFacts<'_>]) -> String {
    let mut text = String::new();
    master(&mut text, facts).unwrap();
    for facts in slaves {
        slave(&mut text, facts).unwrap();
    }
    text
}

#[test]
fn new_bonds() {
    for (mode, golden) in [
        ("balance-rr", include_str!("golden/balance-rr.txt")),
        ("balance-xor", include_str!("golden/balance-xor.txt")),
        ("balance-alb", include_str!("golden/balance-alb.txt")),
    ] {
        let params = params(&[("mode", mode)]);
        assert_eq!(report(&facts("b0", &params), &[]), golden);
    }
}

#[test]
fn hash_policy_where_it_is_used() {
    let params = params(&[
        ("mode", "balance-tlb"),
        ("tlb_dynamic_lb", "0"),
        ("xmit_hash_policy", "vlan+srcmac"),
    ]);
    let golden = include_str!("golden/balance-tlb-hash.txt");
    assert_eq!(report(&facts("b5", &params), &[]), golden);
}

#[test]
fn arp_monitor() {
    let mut options = std::vec![
        ("mode", "broadcast"),
        ("arp_interval", "200"),
        ("arp_ip_target", "+10.0.0.1"),
        ("arp_ip_target", "+192.168.1.2"),
        ("arp_missed_max", "5"),
    ];
    let without = params(&options);
    let golden = include_str!("golden/broadcast-arp.txt");
    assert_eq!(report(&facts("b3", &without), &[]), golden);

    options.extend([
        ("ns_ip6_target", "2001:db8::1"),
        ("ns_ip6_target", "fe80::2"),
    ]);
    let with = params(&options);
    let golden = include_str!("golden/broadcast-ns.txt");
    assert_eq!(report(&facts("b3", &with), &[]), golden);

    // A kernel without IPv6 has no such line.
    let no_ipv6 = MasterFacts {
        ipv6: false,
        ..facts("b3", &with)
    };
    let golden: String = golden
        .split_inclusive('\n')
        .filter(|l| !l.starts_with("NS "))
        .collect();
    assert_eq!(report(&no_ipv6, &[]), golden);
}

fn some_slave<'a>(name: &'a [u8], mac: &'a [u8]) -> SlaveFacts<'a> {
    SlaveFacts {
        name,
        link: LinkState::Up,
        speed: Speed::UNKNOWN,
        link_failures: 0,
        perm_hwaddr: mac,
        queue_id: 0,
        lacp: None,
        admin: true,
    }
}

#[test]
fn active_backup() {
    let params = params(&[
        ("mode", "active-backup"),
        ("miimon", "100"),
        ("updelay", "300"),
        ("downdelay", "250"),
        ("peer_notif_delay", "500"),
        ("fail_over_mac", "follow"),
        ("primary_reselect", "better"),
    ]);
    let bond = MasterFacts {
        carrier: true,
        primary: Some(b"n1"),
        active: Some(b"n1"),
        ..facts("b1", &params)
    };
    let speed = Speed::from_ethtool(1000, 1);
    let slaves = [
        SlaveFacts {
            speed,
            ..some_slave(b"n0", &[2, 0, 0, 0, 0, 1])
        },
        SlaveFacts {
            speed,
            queue_id: 7,
            ..some_slave(b"n1", &[2, 0, 0, 0, 0, 2])
        },
    ];
    let golden = include_str!("golden/active-backup.txt");
    assert_eq!(report(&bond, &slaves), golden);
}

const LACP: [(&str, &str); 6] = [
    ("mode", "802.3ad"),
    ("lacp_rate", "fast"),
    ("lacp_active", "off"),
    ("min_links", "2"),
    ("ad_select", "bandwidth"),
    ("ad_actor_system", "02:00:00:00:00:99"),
];

const SYSTEM: System = System {
    priority: 65535,
    mac: [2, 0, 0, 0, 0, 0x99],
};

/// A port without partner, as recorded of a dummy device.
fn lonely(number: u16, system: System) -> PortFacts {
    PortFacts {
        aggregator_id: number,
        actor_churn: Churn::Monitor,
        partner_churn: Churn::Monitor,
        actor_churned: 0,
        partner_churned: 0,
        actor: PortInfo {
            system,
            key: 0,
            port_priority: 255,
            port_number: number,
            port_state: 70,
        },
        partner: PortInfo {
            system: System {
                priority: 65535,
                mac: [0; 6],
            },
            key: 1,
            port_priority: 255,
            port_number: 1,
            port_state: 0,
        },
    }
}

#[test]
fn lacp() {
    let params = params(&LACP);
    let mut bond = MasterFacts {
        lacp: SYSTEM,
        ..facts("b4", &params)
    };
    let golden = include_str!("golden/802.3ad-new.txt");
    assert_eq!(report(&bond, &[]), golden);

    bond.ad = Some(AdInfo {
        aggregator_id: 1,
        ports: 1,
        actor_key: 0,
        partner_key: 1,
        partner_system: [0; 6],
    });
    let mut slaves = [
        some_slave(b"d0", &[2, 0, 0, 0, 0, 1]),
        some_slave(b"d1", &[2, 0, 0, 0, 0, 2]),
    ];
    for (slave, number) in slaves.iter_mut().zip(1..) {
        slave.lacp = Some(SlaveLacp::Aggregated(lonely(number, SYSTEM)));
    }
    let golden = include_str!("golden/802.3ad-slaves.txt");
    assert_eq!(report(&bond, &slaves), golden);

    // What anybody may see.
    bond.admin = false;
    slaves.iter_mut().for_each(|slave| slave.admin = false);
    let golden = include_str!("golden/802.3ad-slaves-user.txt");
    assert_eq!(report(&bond, &slaves), golden);
}

#[test]
fn lacp_with_speeds() {
    let params = params(&[("mode", "802.3ad"), ("ad_user_port_key", "5")]);
    let system = System {
        priority: 65535,
        mac: [2, 0, 0, 0, 0, 1],
    };
    let bond = MasterFacts {
        carrier: true,
        lacp: system,
        ad: Some(AdInfo {
            aggregator_id: 1,
            ports: 1,
            actor_key: 329,
            partner_key: 1,
            partner_system: [0; 6],
        }),
        ..facts("b4", &params)
    };
    let mut slaves = [
        some_slave(b"n0", &[2, 0, 0, 0, 0, 1]),
        some_slave(b"n1", &[2, 0, 0, 0, 0, 2]),
    ];
    for (slave, (number, state)) in slaves.iter_mut().zip([(1, 205), (2, 197)]) {
        slave.speed = Speed::from_ethtool(1000, 1);
        let mut port = lonely(number, system);
        port.actor.key = 329;
        port.actor.port_state = state;
        port.partner.port_state = 2;
        slave.lacp = Some(SlaveLacp::Aggregated(port));
    }
    let golden = include_str!("golden/802.3ad-nic.txt");
    assert_eq!(report(&bond, &slaves), golden);
}

/// The lines that no recording has.
#[test]
fn other_lines() {
    let last = SlaveFacts {
        link: LinkState::Back,
        speed: Speed::from_ethtool(10, 0),
        link_failures: u32::MAX,
        lacp: Some(SlaveLacp::Alone),
        ..some_slave(b"ib0", &[0xfe; 20])
    };
    let mut text = String::new();
    slave(&mut text, &last).unwrap();
    let mac = ["fe"; 20].join(":");
    let expected = std::format!(
        "\nSlave Interface: ib0\nMII Status: going back\nSpeed: 10 Mbps\nDuplex: half\n\
         Link Failure Count: 4294967295\nPermanent HW addr: {mac}\nSlave queue ID: 0\n\
         Aggregator ID: N/A\n"
    );
    assert_eq!(text, expected);

    assert_eq!(Churn::Churned.name(), "churned");
    assert_eq!(Churn::NoChurn.name(), "none");
    // The hash is for modes that use it, the primary for those that have one.
    for mode in Mode::ALL {
        let params = params(&[("mode", mode.name()), ("fail_over_mac", "active")]);
        let text = report(&facts("b0", &params), &[]);
        assert_eq!(
            text.contains("Transmit Hash Policy"),
            params.uses_xmit_hash()
        );
        assert_eq!(
            text.contains("\nPrimary Slave: None\n"),
            mode.uses_primary()
        );
        assert_eq!(text.contains("802.3ad info"), mode == Mode::Ieee8023ad);
        assert_eq!(text.contains("fail_over_mac"), mode == Mode::ActiveBackup);
    }
}
