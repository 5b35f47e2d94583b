// SPDX-License-Identifier: GPL-2.0

//! XDP over a bond: the bond's program runs on its slaves, and frames are sent over the slave that a
//! buffer would take.

use crate::{
    bond::Bond,
    log::{slave_err, slave_warn},
    plan::{self, Plan},
    slave::Slave,
    tx::{hash, up_from}, //
};
use bonding_core::{bulk, mode::Mode, wire::eth};
use kernel::prelude::*;
use kernel_net::{
    error::op_not_supported,
    log::net_ratelimit,
    netdev_err,
    netdevice::Device,
    random_u32,
    rtnl::{ExtAck, Rtnl},
    tx::TxContext,
    xdp::{FrameSlot, MasterRedirect, Program, XdpFeatures, XmitFlags}, //
};

/// The program of a bond that has one.
pub(crate) struct Running {
    program: Program,
    /// Has frames that a slave's program sends back distributed over all slaves.
    redirect: MasterRedirect,
}

impl Bond {
    /// What the bond can do with XDP; `bond_xdp_set_features()` in C.
    pub(crate) fn update_xdp_features(&self, rtnl: &Rtnl<'_>) {
        let supported = {
            let state = self.lock();
            let params = &state.params;
            params.mode.supports_xdp(params.xmit_policy) && !state.members.is_empty()
        };
        let features = if supported {
            self.slaves(rtnl)
                .fold(XdpFeatures::OF_MASTERS, |all, slave| {
                    all & slave.dev.xdp_features()
                })
        } else {
            XdpFeatures::NONE
        };
        self.dev().set_xdp_features(features, rtnl);
    }

    /// Has all slaves run `program`, or none any more; `bond_xdp_set()` in C.
    ///
    /// # Errors
    ///
    /// `EOPNOTSUPP`: not in this mode, or a slave does not take programs or has one of its own; else what a
    /// slave's driver says. All slaves then run what they ran before.
    pub(crate) fn replace_program(
        &self,
        program: Option<&Program>,
        rtnl: &Rtnl<'_>,
        ext: &mut ExtAck<'_>,
    ) -> Result {
        let supported = {
            let state = self.lock();
            state.mode().supports_xdp(state.params.xmit_policy)
        };
        if !supported {
            return Err(self.refuse(
                ext,
                op_not_supported(),
                c"No native XDP support for the current bonding mode",
            ));
        }
        for slave in self.slaves(rtnl) {
            self.run_on(&slave, program, rtnl, ext)
                .inspect_err(|_| self.run_old_again(&slave, rtnl))?;
        }
        // What is replaced is given back without the lock.
        let old = self.lock().xdp.take();
        let new = program.cloned().map(|program| Running {
            program,
            redirect: match old {
                Some(old) => old.redirect,
                None => MasterRedirect::new(),
            },
        });
        self.lock().xdp = new;
        Ok(())
    }

    /// Has one slave run `program`, when that of the bond changes.
    fn run_on(
        &self,
        slave: &Slave,
        program: Option<&Program>,
        rtnl: &Rtnl<'_>,
        ext: &mut ExtAck<'_>,
    ) -> Result {
        let dev = &slave.dev;
        if !dev.takes_xdp() {
            return Err(self.refuse_slave(
                ext,
                dev,
                op_not_supported(),
                c"Slave device does not support XDP",
            ));
        }
        self.check_own_program(dev, rtnl, ext)?;
        dev.propagate_xdp(program, rtnl, ext).inspect_err(|e| {
            slave_err!(self.dev(), dev, "Error {} calling ndo_bpf\n", e.to_errno());
        })
    }

    /// Has the slaves before `refused` run again what the bond had them run.
    fn run_old_again(&self, refused: &Slave, rtnl: &Rtnl<'_>) {
        let old = self.program();
        for slave in self.slaves(rtnl).take_while(|slave| !slave.is(refused)) {
            // The error that led here is the one to tell.
            let back = slave
                .dev
                .propagate_xdp(old.as_ref(), rtnl, &mut ExtAck::none());
            if let Err(e) = back {
                slave_err!(
                    self.dev(),
                    slave.dev,
                    "Error {} when unwinding XDP program change\n",
                    e.to_errno()
                );
            }
        }
    }

    /// The program that the bond has its slaves run.
    fn program(&self) -> Option<Program> {
        let state = self.lock();
        state.xdp.as_ref().map(|running| running.program.clone())
    }

    /// Refuses a device that has a program of its own, which the bond's would push aside.
    fn check_own_program(&self, dev: &Device, rtnl: &Rtnl<'_>, ext: &mut ExtAck<'_>) -> Result {
        if !dev.has_xdp_program(rtnl) {
            return Ok(());
        }
        Err(self.refuse_slave(
            ext,
            dev,
            op_not_supported(),
            c"Slave has XDP program loaded, please unload before enslaving",
        ))
    }

    /// Has a new slave run the bond's program, if there is one.
    ///
    /// # Errors
    ///
    /// `EOPNOTSUPP`: it does not take programs or has one of its own; else what its driver says.
    pub(crate) fn run_on_new(&self, dev: &Device, rtnl: &Rtnl<'_>, ext: &mut ExtAck<'_>) -> Result {
        let Some(program) = self.program() else {
            return Ok(());
        };
        if !dev.takes_xdp() {
            return Err(self.refuse_slave(
                ext,
                dev,
                op_not_supported(),
                c"Slave does not support XDP",
            ));
        }
        self.check_own_program(dev, rtnl, ext)?;
        dev.propagate_xdp(Some(&program), rtnl, ext)
    }

    /// Takes the bond's program, if there is one, off a device that leaves.
    pub(crate) fn stop_on(&self, dev: &Device, rtnl: &Rtnl<'_>) {
        if self.lock().xdp.is_none() {
            return;
        }
        if dev.propagate_xdp(None, rtnl, &mut ExtAck::none()).is_err() {
            slave_warn!(self.dev(), dev, "failed to unload XDP program\n");
        }
    }

    /// Sends frames, those of one slave in one piece; `bond_xdp_xmit()` in C.
    ///
    /// Answers how many were sent; those that were not stand behind them.
    ///
    /// # Errors
    ///
    /// If none was sent: what the slave of the first one said, `ENXIO` if it has none.
    pub(crate) fn xmit_frames(
        &self,
        cx: &TxContext<'_>,
        frames: &mut [FrameSlot],
        flags: XmitFlags,
    ) -> Result<usize, c_int> {
        let no_slave = ENXIO.to_errno();
        let Some(plan) = self.plan.load(cx) else {
            return Err(no_slave);
        };
        if let Some(port) = plan.into_header().only.as_ref() {
            return port.dev().xdp_xmit(cx, frames, flags);
        }
        bulk::send(
            frames,
            no_slave,
            |frame| self.pick_for_frame(plan, frame.linear()),
            |dev, frames| dev.xdp_xmit(cx, frames, flags),
        )
    }

    /// The slave that a frame is sent over; `bond_xdp_get_xmit_slave()` in C.
    pub(crate) fn slave_for_frame<'a>(
        &self,
        cx: &'a TxContext<'_>,
        frame: &[u8],
    ) -> Option<&'a Device> {
        let plan = self.plan.load(cx)?;
        match plan.into_header().only.as_ref() {
            Some(port) => Some(port.dev()),
            None => self.pick_for_frame(plan, frame),
        }
    }

    /// The slave that a frame is sent over by `plan`, in which no slave takes all frames; as for buffers, in
    /// the modes that can do XDP.
    #[inline]
    fn pick_for_frame<'a>(&self, plan: Plan<'a>, frame: &[u8]) -> Option<&'a Device> {
        let port = match plan.mode {
            Mode::RoundRobin if eth::is_igmp(frame) => match plan.into_header().active.as_ref() {
                Some(active) => active,
                None => up_from(plan, 0)?,
            },
            Mode::RoundRobin => {
                let turn = plan.turn.next(|| self.rr_counter.inc_return(), random_u32);
                up_from(plan, plan.pick.index(turn))?
            }
            Mode::Xor | Mode::Ieee8023ad => {
                let place = plan.pick.index(hash::of_frame(plan, self.dev(), frame));
                &plan::usable(plan).get(place as usize)?.port
            }
            Mode::ActiveBackup => return None,
            Mode::Broadcast | Mode::Tlb | Mode::Alb => {
                self.refuse_frame(plan.mode);
                return None;
            }
        };
        Some(port.dev())
    }

    /// Says that frames cannot be sent in this mode.
    #[cold]
    fn refuse_frame(&self, mode: Mode) {
        if net_ratelimit() {
            netdev_err!(
                self.dev(),
                "Unknown bonding mode {} for xdp xmit\n",
                mode as u8
            );
        }
    }
}
