// SPDX-License-Identifier: GPL-2.0

//! Receive: what becomes of a frame that a slave got.

use crate::{lacp::is_slow_protocol, slave::Slave};
use bonding_core::mode::Mode;
use kernel_net::rx_handler::{Handler, Received, RxContext, Verdict};

/// What looks at the frames of a slave before anybody else, if it runs; `recv_probe` in C.
#[derive(Clone, Copy)]
pub(crate) enum RecvProbe {
    /// The ARP monitor.
    Arp,
    /// LACP.
    Lacp,
    /// Receive balancing.
    Alb,
}

impl RecvProbe {
    /// The one of a mode, which stays the same as long as the bond has slaves.
    pub(crate) fn of(mode: Mode) -> Self {
        match mode {
            Mode::Ieee8023ad => Self::Lacp,
            Mode::Alb => Self::Alb,
            _ => Self::Arp,
        }
    }
}

impl Handler for Slave {
    /// `bond_handle_frame()` in C.
    ///
    /// Whatever a probe does is behind calls that nothing comes after, so that the rest needs no stack.
    #[inline(always)]
    fn handle<'a>(&'a self, cx: &'a RxContext<'_>, frame: Received<'a>) -> Verdict<'a> {
        match self.recv_probe {
            RecvProbe::Arp => {
                if let Some(watch) = self.bond().watches.load(cx) {
                    return self.handle_watched(watch.into_header(), frame, cx);
                }
            }
            RecvProbe::Lacp => {
                if is_slow_protocol(&frame) {
                    return self.handle_slow_protocol(frame);
                }
            }
            RecvProbe::Alb => return self.handle_balanced(frame, cx),
        }
        self.hand_on(frame)
    }
}

impl Slave {
    /// Hands a frame to the bond, unless the slave stands by.
    ///
    /// What a slave that stands by receives is a duplicate.
    #[inline(always)]
    pub(crate) fn hand_on<'a>(&'a self, frame: Received<'a>) -> Verdict<'a> {
        if self.is_inactive() {
            return keep(frame);
        }
        frame.another(self.bond_dev())
    }
}

/// What becomes of a frame that the bond is not to have.
///
/// It goes only to sockets bound to the very device that received it. Link-local frames go to that as if it were
/// in no bond, for LLDP and its like.
#[inline(never)]
pub(crate) fn keep(frame: Received<'_>) -> Verdict<'_> {
    if frame.is_link_local_destination() {
        frame.pass()
    } else {
        frame.exact()
    }
}
