// SPDX-License-Identifier: GPL-2.0

//! When a slave sent probes and heard targets: written where frames come and go, read by the monitor.

use bonding_core::{
    arp::{self, Traffic},
    option::ArpAllTargets,
    params::{Ipv4Targets, Ipv6Targets, MAX_TARGETS},
    time::Jiffies,
    wire::eth::Mac, //
};
use kernel::sync::atomic::{Atomic, Relaxed};
use kernel_net::{sync::SharedWord, time::FrameClock};

/// The times of a slave, in ticks of the clock.
pub(crate) struct Times {
    sent: SharedWord,
    received: SharedWord,
    up: SharedWord,
    ipv4: [SharedWord; MAX_TARGETS],
    ipv6: [SharedWord; MAX_TARGETS],
    /// A bit for each target that was heard, as opposed to granted time.
    proven: [SharedWord; 2],
    /// Not zero once a request of ours was heard, as it came back through the switch.
    echoed: SharedWord,
    /// When frames come.
    clock: FrameClock,
}

/// The address of a station, or none, that is read while it is written.
pub(crate) struct SharedMac(Atomic<u64>);

impl SharedMac {
    /// No station.
    pub(crate) const fn new() -> Self {
        Self(Atomic::new(0))
    }

    /// The address now.
    pub(crate) fn get(&self) -> Option<Mac> {
        match self.0.load(Relaxed) {
            0 => None,
            number => Some(Mac::from_number(number)),
        }
    }

    /// Changes it. The address of zeros is none.
    pub(crate) fn set(&self, mac: Option<Mac>) {
        self.0.store(mac.map_or(0, Mac::to_number), Relaxed);
    }
}

/// The station that answered for a target last, and when.
pub(super) struct Station {
    mac: SharedMac,
    at: SharedWord,
}

impl Station {
    /// Nobody answered.
    pub(super) const fn new() -> Self {
        Self {
            mac: SharedMac::new(),
            at: SharedWord::new(0),
        }
    }

    /// It answers now.
    pub(super) fn note(&self, mac: Mac, now: Jiffies) {
        self.at.set_if_new(now.0);
        self.mac.set(Some(mac));
    }

    /// Nobody answered since.
    pub(super) fn forget(&self) {
        self.mac.set(None);
    }

    /// When it answered and who it is.
    pub(super) fn get(&self) -> Option<(Jiffies, Mac)> {
        let mac = self.mac.get()?;
        Some((Jiffies(self.at.get()), mac))
    }
}

/// A target of the monitor, by its place in its list.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    /// Of `arp_ip_target`.
    Ipv4(usize),
    /// Of `ns_ip6_target`.
    Ipv6(usize),
}

impl Times {
    /// The times of a slave that nothing is known of.
    pub(crate) const fn new() -> Self {
        Self {
            sent: SharedWord::new(0),
            received: SharedWord::new(0),
            up: SharedWord::new(0),
            ipv4: [const { SharedWord::new(0) }; MAX_TARGETS],
            ipv6: [const { SharedWord::new(0) }; MAX_TARGETS],
            proven: [const { SharedWord::new(0) }; 2],
            echoed: SharedWord::new(0),
            clock: FrameClock::new(),
        }
    }

    /// Has a slave that joins look as if it had done nothing since `long_ago`.
    pub(crate) fn begin(&self, long_ago: Jiffies) {
        for word in self.ipv4.iter().chain(self.ipv6.iter()) {
            word.set(long_ago.0);
        }
        self.forget_proofs();
        self.received.set(long_ago.0);
        self.sent.set(long_ago.0);
    }

    /// A probe is sent.
    pub(crate) fn set_sent(&self, now: Jiffies) {
        self.sent.set_if_new(now.0);
    }

    /// The link came up, or was granted time.
    pub(crate) fn set_up(&self, now: Jiffies) {
        self.up.set_if_new(now.0);
    }

    /// When the link came up last.
    pub(crate) fn up(&self) -> Jiffies {
        Jiffies(self.up.get())
    }

    /// A frame comes that counts by itself.
    pub(crate) fn set_received(&self) {
        self.received.set_if_new(self.clock.ticks());
    }

    /// As [`Self::set_received`], if it is not the first frame of this tick; whether so.
    #[inline(always)]
    pub(crate) fn set_received_again(&self) -> bool {
        let now = self.clock.peek();
        if let Some(now) = now {
            self.received.set_if_new(now);
        }
        now.is_some()
    }

    /// A frame comes that proves a target.
    pub(crate) fn set_heard(&self, target: Target) {
        let now = self.clock.ticks();
        self.received.set_if_new(now);
        let Some(word) = self.word(target) else {
            return;
        };
        word.set_if_new(now);
        // Of two frames that come at once one may be forgotten, until the next.
        let (proven, bit) = self.proof(target);
        proven.set_if_new(proven.get() | bit);
    }

    /// When a target was heard last; `None` if not since the slave joined or the targets changed.
    pub(crate) fn heard(&self, target: Target) -> Option<Jiffies> {
        let (proven, bit) = self.proof(target);
        let word = self.word(target)?;
        (proven.get() & bit != 0).then(|| Jiffies(word.get()))
    }

    /// A request of ours came back through the switch.
    pub(crate) fn set_echoed(&self) {
        self.echoed.set_if_new(1);
    }

    /// Whether one did since the slave joined or the targets changed.
    pub(crate) fn has_echoed(&self) -> bool {
        self.echoed.get() != 0
    }

    fn proof(&self, target: Target) -> (&SharedWord, usize) {
        let [ipv4, ipv6] = &self.proven;
        match target {
            Target::Ipv4(place) => (ipv4, bit(place)),
            Target::Ipv6(place) => (ipv6, bit(place)),
        }
    }

    fn forget_proofs(&self) {
        for word in self.proven.iter().chain([&self.echoed]) {
            word.set(0);
        }
    }

    fn word(&self, target: Target) -> Option<&SharedWord> {
        match target {
            Target::Ipv4(place) => self.ipv4.get(place),
            Target::Ipv6(place) => self.ipv6.get(place),
        }
    }

    /// When a probe was sent and anything received that counts, whatever the target.
    pub(crate) fn traffic(&self) -> Traffic {
        Traffic {
            last_tx: Jiffies(self.sent.get()),
            last_rx: Jiffies(self.received.get()),
        }
    }

    /// When the slave received last, by `arp_all_targets`; `slave_last_rx()` in C.
    pub(crate) fn last_rx(
        &self,
        all_targets: ArpAllTargets,
        ipv4: &Ipv4Targets,
        ipv6: &Ipv6Targets,
    ) -> Jiffies {
        let ipv4 = self.ipv4.iter().zip(ipv4.iter()).map(|(word, _)| word);
        let ipv6 = self.ipv6.iter().zip(ipv6.iter()).map(|(word, _)| word);
        let targets = ipv4.chain(ipv6).map(|word| Jiffies(word.get()));
        arp::last_rx(all_targets, Jiffies(self.received.get()), targets)
    }

    /// Has the times follow their targets to other places; a new target has time from `now` on.
    ///
    /// A frame that comes meanwhile may be noted for the target that was in its place before.
    pub(crate) fn follow(
        &self,
        before: (&Ipv4Targets, &Ipv6Targets),
        after: (&Ipv4Targets, &Ipv6Targets),
        now: Jiffies,
    ) {
        self.forget_proofs();
        follow(&self.ipv4, before.0.slots(), after.0.slots(), now);
        follow(&self.ipv6, before.1.slots(), after.1.slots(), now);
    }
}

/// The bit of a place.
fn bit(place: usize) -> usize {
    u32::try_from(place)
        .ok()
        .and_then(|place| 1_usize.checked_shl(place))
        .unwrap_or(0)
}

fn follow<A: PartialEq>(
    words: &[SharedWord; MAX_TARGETS],
    before: &[A; MAX_TARGETS],
    after: &[A; MAX_TARGETS],
    now: Jiffies,
) {
    let mut old = [Jiffies(0); MAX_TARGETS];
    for (time, word) in old.iter_mut().zip(words) {
        *time = Jiffies(word.get());
    }
    for (word, target) in words.iter().zip(after) {
        let before = before.iter().zip(old);
        word.set(arp::heard_before(before, target, now).0);
    }
}
