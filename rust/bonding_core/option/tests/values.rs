// SPDX-License-Identifier: GPL-2.0

//! How values are read.

use std::format;
use std::string::String;
use std::vec::Vec;

use crate::option::parse::short;
use crate::option::{device_name_is_valid, parse_ipv4, parse_mac, token, OptionId, Value};

#[test]
fn ids_and_names() {
    for number in 0..OptionId::COUNT {
        let id = crate::option::OPTIONS[number].id;
        assert_eq!(id as usize, number);
        assert_eq!(id.def().id, id);
        assert_eq!(OptionId::by_name(id.name().as_bytes()), Some(id));
        if let Some(netlink) = id.def().netlink.filter(|netlink| !netlink.of_slave) {
            assert_eq!(OptionId::by_netlink(netlink.number), Some(id));
        }
    }
    assert_eq!(OptionId::by_name(b"mode\n"), None);
    assert_eq!(OptionId::by_name(b"mii_status"), None);
    // IFLA_BOND_AD_INFO is no option.
    assert_eq!(OptionId::by_netlink(23), None);
    assert_eq!(OptionId::by_netlink(35), None);
}

#[test]
fn numbers_of_netlink_are_those_of_an_int() {
    assert_eq!(Value::from_u32(5), Value::Number(5));
    assert_eq!(Value::from_u32(0x7fff_ffff), Value::Number(0x7fff_ffff));
    assert_eq!(
        Value::from_u32(0x8000_0000),
        Value::Number(0xffff_ffff_8000_0000)
    );
    assert_eq!(Value::from_u32(u32::MAX), Value::Number(u64::MAX));
}

#[test]
fn text_ends_at_nul_and_line_at_its_end() {
    let value = Value::Text(b"a b\nc\0d");
    assert_eq!(value.text(), Some(&b"a b\nc"[..]));
    assert_eq!(value.line(), Some(&b"a b"[..]));
    assert_eq!(Value::Text(b"").line(), Some(&b""[..]));
    assert_eq!(Value::Number(1).line(), None);
}

#[test]
fn words() {
    assert_eq!(token(b"  eth0 eth1"), b"eth0");
    assert_eq!(token(b"\t\x0b\x0c\r\neth0\n"), b"eth0");
    assert_eq!(token(b"\xa0eth0\xa0"), b"eth0");
    assert_eq!(token(b" \n"), b"");
    assert_eq!(token(b"eth0\0x"), b"eth0");
}

#[test]
fn ipv4_addresses() {
    let good = [
        ("10.0.0.1", [10, 0, 0, 1]),
        ("255.255.255.255", [255; 4]),
        ("0.0.0.0", [0; 4]),
        // What follows a fourth number does not matter, unless it goes on with it.
        ("10.0.0.1\n", [10, 0, 0, 1]),
        ("10.0.0.1 10.0.0.2", [10, 0, 0, 1]),
        ("10.0.0.1/24", [10, 0, 0, 1]),
        ("10.0.0.1:80", [10, 0, 0, 1]),
        ("10.0.0.1g", [10, 0, 0, 1]),
        ("010.000.0000.001", [10, 0, 0, 1]),
    ];
    for (text, ip) in good {
        assert_eq!(parse_ipv4(text.as_bytes()), Some(ip), "{text}");
    }
    let bad = [
        "",
        ".",
        "10",
        "10.0",
        "10.0.0",
        "10.0.0.",
        "10.0.0.1.",
        "10.0.0.1.2",
        "10.0.0.256",
        "10.0.0.1a",
        "10..0.1",
        " 10.0.0.1",
        "10.0.0 .1",
        "10.0:0.1",
        "a.0.0.1",
        "0x10.0.0.1",
        "1000000000000000000000.0.0.1",
        "-1.0.0.1",
        "10.0.0.\n",
    ];
    for text in bad {
        assert_eq!(parse_ipv4(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn mac_addresses() {
    let mac = [0x02, 0xab, 0, 0, 0xff, 9];
    for text in [
        "02:ab:00:00:ff:09",
        "02:AB:00:00:FF:09\n",
        "02:ab:00:00:ff:09:11 x",
    ] {
        assert_eq!(parse_mac(text.as_bytes()), Some(mac), "{text}");
    }
    for text in [
        "",
        "02",
        "02:ab:00:00:ff:0",
        "02:ab:00:00:ff",
        "02-ab-00-00-ff-09",
        " 02:ab:00:00:ff:09",
        "2:ab:00:00:ff:09",
        "0g:ab:00:00:ff:09",
        "02:ab:00:00:ff:\n9",
    ] {
        assert_eq!(parse_mac(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn shorts() {
    let good = [
        ("0", 0),
        ("16\n", 16),
        (" 7", 7),
        ("\n7", 7),
        ("65535", 65535),
        ("65536", 0),
        ("65537", 1),
        ("-1", 65535),
        ("-65535", 1),
        ("12x", 12),
        ("1 2", 1),
        // More than 64 bits is as many as they hold.
        ("18446744073709551616", 65535),
        ("-18446744073709551616", 1),
    ];
    for (text, number) in good {
        assert_eq!(short(text.as_bytes()), Some(number), "{text}");
    }
    for text in ["", " ", "\n", "-", "- 1", "+1", "x", "--1"] {
        assert_eq!(short(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn device_names() {
    for name in ["eth0", "a", "...", "fifteen-letters", "\u{e9}"] {
        assert!(device_name_is_valid(name.as_bytes()), "{name}");
    }
    for name in [
        "",
        ".",
        "..",
        "a/b",
        "a:b",
        "a b",
        "a\n",
        "sixteen-letters-",
        "\u{a0}",
    ] {
        assert!(!device_name_is_valid(name.as_bytes()), "{name:?}");
    }
}

/// Whatever the bytes, nothing panics and an address that is read is written the same.
#[test]
fn any_bytes() {
    // All texts of up to four of these, which are the ones that parsers look at.
    let alphabet = b"019.:-+ \n\0axF\xa0\xff";
    let mut texts: Vec<Vec<u8>> = std::vec![Vec::new()];
    let mut from = 0;
    for _ in 0..4 {
        let until = texts.len();
        for at in from..until {
            for &byte in alphabet {
                let mut text = texts[at].clone();
                text.push(byte);
                texts.push(text);
            }
        }
        from = until;
    }
    for text in &texts {
        let mut address = b"1.2.3.".to_vec();
        address.extend(text);
        for text in [text, &address] {
            if let Some(ip) = parse_ipv4(text) {
                let written = format!("{}", crate::text::Ipv4(ip));
                assert_eq!(parse_ipv4(written.as_bytes()), Some(ip));
            }
        }
        let _ = (parse_mac(text), short(text), device_name_is_valid(text));
        assert!(!token(text).iter().any(|b| b" \n\0\xa0".contains(b)));
        let _: String = format!("{}", crate::text::Bytes(text));
    }
    assert!(texts.len() > 50_000);
}
