// SPDX-License-Identifier: GPL-2.0

//! Peer notifications after a failover: how many passes are left, and which of them announce.
//!
//! C: `bond_should_notify_peers()`, `bond_peer_notify_may_events()`.

use crate::time::Millis;

/// How long it is from one pass to the next where no monitor makes passes. C makes none there
/// (differences.md, B23).
pub const PACE: Millis = Millis(100);

/// Who would hear a notification now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The network.
    Peers,
    /// Nobody yet: the bond has no carrier, or its active slave is about to say what its is.
    NotYet,
    /// Nobody: no slave could send it. The next one that can is granted notifications of its own.
    Nobody,
}

/// The passes of the monitor that are left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passes(u32);

impl Passes {
    /// Nothing is to be announced.
    pub const NONE: Self = Self(0);

    /// As many as `num_grat_arp` notifications take, one in `every` passes (`peer_notif_delay`).
    pub fn granted(num_peer_notif: u8, every: u32) -> Self {
        Self(u32::from(num_peer_notif).saturating_mul(every.max(1)))
    }

    /// Whether there are any.
    pub const fn is_some(self) -> bool {
        self.0 != 0
    }

    /// Makes a pass; whether it is one that announces.
    ///
    /// With `count` a pass that does not announce is over, too, unless its turn was to and it has to
    /// wait for its audience. C uses that up (differences.md, B22).
    pub fn pass(&mut self, every: u32, audience: Audience, count: bool) -> bool {
        let turn = self.is_some() && self.0.checked_rem(every.max(1)) == Some(0);
        let (announces, over) = match (turn, audience) {
            (true, Audience::Peers) => (true, true),
            (true, Audience::NotYet) => (false, false),
            (true, Audience::Nobody) | (false, _) => (false, count),
        };
        if over {
            self.0 = self.0.saturating_sub(1);
        }
        announces
    }
}

#[cfg(test)]
mod tests {
    use super::Audience::{Nobody, NotYet, Peers};
    use super::*;

    /// The passes that announce, of as many as there are audiences.
    fn announced(passes: &mut Passes, every: u32, audiences: &[Audience]) -> Vec<usize> {
        let heard = audiences.iter().enumerate();
        heard
            .filter_map(|(place, audience)| passes.pass(every, *audience, true).then_some(place))
            .collect()
    }

    #[test]
    fn as_many_as_were_asked_for() {
        for num in [0, 1, 5, 255] {
            for every in [0, 1, 3] {
                let mut passes = Passes::granted(num, every);
                let places = announced(&mut passes, every, &[Peers; 1000]);
                assert_eq!(places.len(), usize::from(num));
                assert!(!passes.is_some());
                let step = every.max(1) as usize;
                assert!(places
                    .iter()
                    .enumerate()
                    .all(|(n, place)| n * step == *place));
            }
        }
    }

    #[test]
    fn b22_what_cannot_be_sent_yet_is_sent_later() {
        let mut passes = Passes::granted(1, 1);
        assert_eq!(
            announced(&mut passes, 1, &[NotYet, NotYet, Peers, Peers]),
            [2]
        );
        let mut passes = Passes::granted(2, 3);
        let audiences = [
            NotYet, Peers, NotYet, NotYet, NotYet, NotYet, Peers, Peers, Peers,
        ];
        // The second one's turn is three passes after the first.
        assert_eq!(announced(&mut passes, 3, &audiences), [1, 6]);
        assert_eq!(announced(&mut passes, 3, &[Peers; 9]), []);
    }

    #[test]
    fn without_a_slave_passes_are_over_all_the_same() {
        let mut passes = Passes::granted(2, 2);
        assert_eq!(announced(&mut passes, 2, &[Nobody; 4]), []);
        assert!(!passes.is_some());
    }

    #[test]
    fn the_first_one_does_not_count_unless_it_is_heard() {
        for (audience, left) in [(Peers, 2), (NotYet, 3), (Nobody, 3)] {
            let mut passes = Passes::granted(3, 1);
            assert_eq!(passes.pass(1, audience, false), audience == Peers);
            assert_eq!(passes, Passes(left));
        }
    }
}
