// SPDX-License-Identifier: GPL-2.0

//! What the receive handler must know to tell the frames that prove a link.

use crate::bond::{Bond, State};
use bonding_core::{
    arp::Timing,
    option::{ArpAllTargets, ArpBackupProbe, ArpValidate},
    params::{Ipv4Targets, Ipv6Targets},
    time::{Hz, Millis}, //
};
use kernel::{new_mutex, prelude::*, sync::Mutex};
use kernel_net::{
    sync::rcu::{RcuBox, RcuEvidence, RcuRef, RcuSlot},
    time, //
};

/// The options of the ARP monitor, as they are while it runs.
pub(crate) struct Watch {
    pub(crate) timing: Timing,
    pub(crate) validate: ArpValidate,
    pub(crate) all_targets: ArpAllTargets,
    pub(crate) backup_probe: ArpBackupProbe,
    pub(crate) ipv4: Ipv4Targets,
    pub(crate) ipv6: Ipv6Targets,
}

/// Where a bond publishes its [`Watch`]; there is none while the monitor does not run.
#[pin_data]
pub(crate) struct Watches {
    slot: RcuSlot<Watch>,
    /// Room for the next one, always there while nothing is published. Publications are in the order in
    /// which they take this lock, which comes before the bond's.
    #[pin]
    spare: Mutex<Option<RcuBox<Watch>>>,
}

impl Watch {
    fn of(state: &State) -> Self {
        let params = &state.params;
        Self {
            timing: state.arp_timing(),
            validate: params.arp_validate,
            all_targets: params.arp_all_targets,
            backup_probe: params.arp_backup_probe,
            ipv4: params.arp_targets,
            ipv6: params.ns_targets,
        }
    }

    /// Looks for nothing.
    const NONE: Self = Self {
        timing: Timing::new(Hz::new(time::HZ), Millis(0), 0),
        validate: ArpValidate::None,
        all_targets: ArpAllTargets::Any,
        backup_probe: ArpBackupProbe::Off,
        ipv4: Ipv4Targets::NONE,
        ipv6: Ipv6Targets::NONE,
    };
}

impl Watches {
    /// Where nothing is published yet.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    pub(crate) fn new() -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            slot: RcuSlot::empty(),
            spare <- new_mutex!(Some(RcuBox::new(Watch::NONE, 0, GFP_KERNEL)?), "Watches::spare"),
        }? Error)
    }

    /// What is to be looked for; one load.
    #[inline(always)]
    pub(crate) fn load<'g>(&self, cx: &'g impl RcuEvidence) -> Option<RcuRef<'g, Watch>> {
        self.slot.load(cx)
    }
}

impl State {
    /// The options that the ARP monitor goes by.
    pub(crate) fn arp_timing(&self) -> Timing {
        Timing::new(
            Hz::new(time::HZ),
            Millis(self.params.arp_interval),
            self.params.missed_max.into(),
        )
    }
}

impl Bond {
    /// Publishes what is to be looked for in received frames, by the options and by whether the bond is
    /// open. Cannot fail; may sleep.
    pub(crate) fn publish_watch(&self) {
        let watches = &self.watches;
        let mut spare = watches.spare.lock();
        if !self.lock().arp_runs() {
            match (watches.slot.replace(None), &*spare) {
                (Some(retired), Some(_)) => retired.free(),
                (Some(retired), None) => *spare = Some(retired.reclaim()),
                (None, _) => {}
            }
            return;
        }
        let buffer = spare
            .take()
            .or_else(|| RcuBox::new(Watch::NONE, 0, GFP_KERNEL).ok())
            // Without memory nothing is looked for until readers of the old one are gone.
            .or_else(|| Some(watches.slot.replace(None)?.reclaim()));
        let Some(mut buffer) = buffer else { return };
        *buffer = Watch::of(&self.lock());
        if let Some(retired) = watches.slot.replace(Some(buffer)) {
            retired.free();
        }
    }
}
