// SPDX-License-Identifier: GPL-2.0

//! Which targets each slave has heard, and when: the file `arp_targets` of a bond in debugfs.

use super::times::Target;
use crate::{bond::Bond, member::now};
use bonding_core::{
    text::{Bytes, Ipv4, Ipv6},
    time::{Hz, Jiffies, Ticks}, //
};
use core::fmt::{Display, Write};
use kernel::prelude::*;
use kernel_net::{netdevice::Device, procfs::SeqFile, time};

impl Bond {
    /// A line for each slave and target: how long ago it was heard, in milliseconds, and how many intervals it has
    /// missed since; `-` for both if it was not heard since the slave joined or the targets changed.
    ///
    /// # Errors
    ///
    /// The file is full; it is asked for again with more room.
    pub(crate) fn show_targets(&self, out: &mut SeqFile<'_>) -> Result {
        let state = self.lock();
        let (interval, now) = (state.arp_timing().interval, now());
        for member in state.members.iter() {
            let (dev, times) = (&member.slave.dev, &member.slave.times);
            let mut place = 0;
            for target in state.params.arp_targets.iter() {
                let at = times.heard(Target::Ipv4(place));
                line(out, dev, Ipv4(target), age(at, now), interval)?;
                place = place.wrapping_add(1);
            }
            place = 0;
            for target in state.params.ns_targets.iter() {
                let at = times.heard(Target::Ipv6(place));
                line(out, dev, Ipv6(target), age(at, now), interval)?;
                place = place.wrapping_add(1);
            }
        }
        Ok(())
    }
}

fn age(heard: Option<Jiffies>, now: Jiffies) -> Option<Ticks> {
    heard.map(|heard| heard.elapsed(now))
}

fn line(
    out: &mut SeqFile<'_>,
    dev: &Device,
    target: impl Display,
    age: Option<Ticks>,
    interval: Ticks,
) -> Result {
    let name = dev.name();
    let name = Bytes(name.as_bytes());
    match age {
        Some(age) => {
            let missed = age.0.checked_div(interval.0).unwrap_or(0);
            let ms = Hz::new(time::HZ).millis(age);
            writeln!(out, "{name} {target} {ms} {missed}")?;
        }
        None => writeln!(out, "{name} {target} - -")?,
    }
    Ok(())
}
