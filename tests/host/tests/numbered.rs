// SPDX-License-Identifier: GPL-2.0

//! Items found again by their likely place.

use bonding_core::numbered::place_near;

/// C walks over all slaves again for each piece of /proc that a reader takes.
#[test]
fn d13_each_slave_is_looked_at_once() {
    let slaves: Vec<u32> = (0..500).collect();
    let mut looks = 0;
    for (place, slave) in slaves.iter().enumerate() {
        let found = place_near(&slaves, place, |other| {
            looks += 1;
            other == slave
        });
        assert_eq!(found, Some(place));
    }
    assert_eq!(looks, 500);
}

#[test]
fn a_wrong_guess_finds_the_place_all_the_same() {
    let slaves = [7, 8, 9];
    for near in [0, 1, 2, 3, usize::MAX] {
        assert_eq!(place_near(&slaves, near, |&slave| slave == 8), Some(1));
        assert_eq!(place_near(&slaves, near, |&slave| slave == 1), None);
    }
}
