// SPDX-License-Identifier: GPL-2.0

//! Headers survive a round trip, and frames are what C builds.

use bonding_core::wire::{
    eth::{self, Header, Mac, VlanTci},
    learning,
};
use host::check;
use proptest::prelude::*;

#[test]
fn headers_round_trip() {
    check(10_000, any::<[u8; 14]>(), |octets| {
        let header = Header::parse(&octets);
        prop_assert_eq!(header.emit(), octets);
        prop_assert_eq!(&header.destination.0, &octets[..6]);
        prop_assert_eq!(&header.source.0, &octets[6..12]);
        prop_assert_eq!(header.ethertype.to_be_bytes(), [octets[12], octets[13]]);
        Ok(())
    });
}

#[test]
fn learning_frame_is_cs() {
    let mac = Mac([2, 0, 0, 0xaa, 0xbb, 0xcc]);
    let mut expected = vec![
        2, 0, 0, 0xaa, 0xbb, 0xcc, 2, 0, 0, 0xaa, 0xbb, 0xcc, 0x90, 0x00,
    ];
    expected.resize(60, 0);
    assert_eq!(learning::frame(mac).to_vec(), expected);
}

#[test]
fn addresses_are_classified() {
    let of = |text: &str| {
        let mut octets = text.split(':').map(|x| u8::from_str_radix(x, 16).unwrap());
        Mac(std::array::from_fn(|_| octets.next().unwrap()))
    };
    for (text, multicast, broadcast, zero, valid, link_local) in [
        ("00:00:00:00:00:00", false, false, true, false, false),
        ("02:00:00:00:00:01", false, false, false, true, false),
        ("01:00:5e:00:00:01", true, false, false, false, false),
        ("ff:ff:ff:ff:ff:ff", true, true, false, false, false),
        ("01:80:c2:00:00:00", true, false, false, false, true),
        ("01:80:c2:00:00:0f", true, false, false, false, true),
        ("01:80:c2:00:00:10", true, false, false, false, false),
        ("01:80:c2:00:01:0e", true, false, false, false, false),
    ] {
        let mac = of(text);
        assert_eq!(mac.to_string(), text);
        assert_eq!(mac.is_multicast(), multicast, "{text}");
        assert_eq!(mac.is_broadcast(), broadcast, "{text}");
        assert_eq!(mac.is_zero(), zero, "{text}");
        assert_eq!(mac.is_valid(), valid, "{text}");
        assert_eq!(mac.is_link_local(), link_local, "{text}");
    }
    assert_eq!(
        (Mac::BROADCAST, Mac::ZERO),
        (of("ff:ff:ff:ff:ff:ff"), of("00:00:00:00:00:00"))
    );
}

#[test]
fn an_address_is_a_number_and_back() {
    check(1_000, any::<[u8; 6]>(), |octets| {
        let mac = Mac(octets);
        prop_assert_eq!(Mac::from_number(mac.to_number()), mac);
        prop_assert_eq!(mac.is_zero(), mac.to_number() == 0);
        Ok(())
    });
}

#[test]
fn vlan_tags_are_taken_apart() {
    assert_eq!((VlanTci(0xe005).id(), VlanTci(0xe005).priority()), (5, 7));
    assert_eq!(
        (VlanTci(0x1fff).id(), VlanTci(0x1fff).priority()),
        (0xfff, 0)
    );
    assert!(eth::is_vlan(0x8100) && eth::is_vlan(0x88a8) && !eth::is_vlan(0x0800));
}
