// SPDX-License-Identifier: GPL-2.0

//! XDP: programs that see frames before the network stack does, and frames that they send.
//!
//! C headers: [`include/net/xdp.h`](srctree/include/net/xdp.h),
//! [`include/linux/bpf.h`](srctree/include/linux/bpf.h)

use crate::{
    error::op_not_supported,
    netdevice::{
        ops::{Driver, VTable},
        Device, //
    },
    rtnl::{ExtAck, Rtnl},
    tx::TxContext, //
};
use core::{
    marker::PhantomData,
    ops::BitAnd,
    ptr::NonNull, //
};
use kernel::{
    error::{from_result, to_result},
    prelude::*,
    sync::rcu, //
};

pub use crate::sync::static_key::master_redirect::Enabled as MasterRedirect;

/// A reference to a program.
///
/// # Invariants
///
/// `0` is valid, and one reference to it belongs to this value.
pub struct Program(NonNull<net_bindings::bpf_prog>);

// SAFETY: References are taken and put from any thread.
unsafe impl Send for Program {}
// SAFETY: Nothing is done through a shared reference but taking another one.
unsafe impl Sync for Program {}

impl Program {
    /// Whether two references are to the same program.
    pub fn is(&self, other: &Program) -> bool {
        self.0 == other.0
    }
}

impl Clone for Program {
    fn clone(&self) -> Self {
        // SAFETY: By the type invariant.
        unsafe { net_bindings::bpf_prog_inc(self.0.as_ptr()) };
        // INVARIANT: The reference was just taken.
        Self(self.0)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // SAFETY: By the type invariant the reference is ours to give back.
        unsafe { net_bindings::bpf_prog_put(self.0.as_ptr()) }
    }
}

/// What a device can do with XDP, `xdp_features_t` in C.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct XdpFeatures(u32);

impl XdpFeatures {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// Everything that a driver of devices above others can pass on: all but sockets without copies.
    pub const OF_MASTERS: Self = Self(
        net_bindings::netdev_xdp_act_NETDEV_XDP_ACT_MASK
            & !net_bindings::netdev_xdp_act_NETDEV_XDP_ACT_XSK_ZEROCOPY,
    );
}

impl BitAnd for XdpFeatures {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Device {
    /// What the device can do with XDP.
    pub fn xdp_features(&self) -> XdpFeatures {
        // SAFETY: The device is valid; the field is read without locks, as in C.
        XdpFeatures(unsafe { (&raw const (*self.as_ptr()).xdp_features).read_volatile() })
    }

    /// Says what the device can do with XDP, and tells of a change; `xdp_set_features_flag()` in C.
    ///
    /// Takes the device's own lock.
    pub fn set_xdp_features(&self, features: XdpFeatures, _rtnl: &Rtnl<'_>) {
        // SAFETY: The device is valid, and the RTNL is held.
        unsafe { net_bindings::xdp_set_features_flag(self.as_ptr(), features.0) }
    }

    /// Whether the device runs programs and sends their frames, by its driver's operations.
    pub fn takes_xdp(&self) -> bool {
        // SAFETY: The device is valid, and its operations are constant.
        let ops = unsafe { &*(*self.as_ptr()).netdev_ops };
        ops.ndo_bpf.is_some() && ops.ndo_xdp_xmit.is_some()
    }

    /// Whether the device has a program of its own; `dev_xdp_prog_count()` in C.
    pub fn has_xdp_program(&self, _rtnl: &Rtnl<'_>) -> bool {
        // SAFETY: The device is valid, and the RTNL is held.
        unsafe { net_bindings::dev_xdp_prog_count(self.as_ptr()) != 0 }
    }

    /// Has the device run the program of its master, or none; `dev_xdp_propagate()` in C.
    ///
    /// The device keeps a reference to the program of its own.
    ///
    /// # Errors
    ///
    /// Those of the driver; the device then runs what it ran before.
    pub fn propagate_xdp(
        &self,
        program: Option<&Program>,
        _rtnl: &Rtnl<'_>,
        ext: &mut ExtAck<'_>,
    ) -> Result {
        let mut request: net_bindings::netdev_bpf = pin_init::zeroed();
        request.command = net_bindings::bpf_netdev_command_XDP_SETUP_PROG;
        let kept = program.cloned();
        // SAFETY: All of the union is initialised, and zeroes are a value of this member.
        let setup = unsafe { &mut request.__bindgen_anon_1.__bindgen_anon_1 };
        setup.prog = kept
            .as_ref()
            .map_or(core::ptr::null_mut(), |p| p.0.as_ptr());
        setup.extack = ext.as_ptr();
        // SAFETY: The device is valid and has the operation or answers that it has not, the RTNL is
        // held, and the request is whole.
        to_result(unsafe { net_bindings::dev_xdp_propagate(self.as_ptr(), &raw mut request) })?;
        // The device has it now.
        core::mem::forget(kept);
        Ok(())
    }

    /// Sends frames that are in `frames`; `ndo_xdp_xmit` in C.
    ///
    /// Answers how many were taken: those from the first on, whose slots are empty then.
    ///
    /// # Errors
    ///
    /// That of the driver, as C's negative number: none was taken. `EOPNOTSUPP` if it does not send such
    /// frames.
    pub fn xdp_xmit(
        &self,
        _cx: &TxContext<'_>,
        frames: &mut [FrameSlot],
        flags: XmitFlags,
    ) -> Result<usize, c_int> {
        // SAFETY: The device is valid, and its operations are constant.
        let xmit = unsafe { (*(*self.as_ptr()).netdev_ops).ndo_xdp_xmit };
        let xmit = xmit.ok_or_else(|| op_not_supported().to_errno())?;
        // Frames behind an empty slot are left alone, so that the driver is given frames only.
        let there = frames.iter().take_while(|slot| !slot.0.is_null());
        let len = there.fold(0_usize, |len, _| len.wrapping_add(1));
        let count = c_int::try_from(len).unwrap_or(c_int::MAX);
        // SAFETY: The device is valid; the first `count` slots hold frames that are ours to give away, and
        // by the context the CPU stays in an RCU read side section with bottom halves disabled.
        let taken = unsafe { xmit(self.as_ptr(), count, frames.as_mut_ptr().cast(), flags.0) };
        let taken = usize::try_from(taken).map_err(|_| taken)?.min(len);
        for slot in frames.iter_mut().take(taken) {
            *slot = FrameSlot::default();
        }
        Ok(taken)
    }
}

/// How frames are to be sent, `XDP_XMIT_*` in C.
#[derive(Clone, Copy)]
pub struct XmitFlags(u32);

/// A place in an array of frames: a frame, or nothing any more.
///
/// Dropping a frame does not free it: whoever asked for it to be sent does that with what is left.
///
/// # Invariants
///
/// `0` is null or valid, and no other slot has the same frame.
#[repr(transparent)]
pub struct FrameSlot(*mut net_bindings::xdp_frame);

impl Default for FrameSlot {
    fn default() -> Self {
        // INVARIANT: No frame.
        Self(core::ptr::null_mut())
    }
}

impl FrameSlot {
    /// The frame from its Ethernet header on, as far as it lies in one piece; nothing for an empty slot.
    #[inline]
    pub fn linear(&self) -> &[u8] {
        if self.0.is_null() {
            return &[];
        }
        // SAFETY: By the type invariant.
        let (data, len) = unsafe { ((*self.0).data, (*self.0).len) };
        // SAFETY: A frame has `len` bytes at `data`, which nobody writes to while it waits to be sent.
        unsafe { core::slice::from_raw_parts(data.cast(), len as usize) }
    }
}

/// A frame that a program is done with.
pub struct XdpBuff<'a>(&'a net_bindings::xdp_buff, PhantomData<&'a ()>);

impl XdpBuff<'_> {
    /// The frame from its Ethernet header on, as far as it lies in one piece.
    #[inline]
    pub fn linear(&self) -> &[u8] {
        let (data, end) = (self.0.data.cast::<u8>(), self.0.data_end.cast::<u8>());
        let len = end.addr().saturating_sub(data.addr());
        // SAFETY: The frame lies between these two; the program has run, and nobody else writes to it.
        unsafe { core::slice::from_raw_parts(data, len) }
    }
}

impl<T: Driver> VTable<T> {
    /// # Safety
    ///
    /// To be called by the networking core only, after a successful `ndo_init`.
    pub(crate) unsafe extern "C" fn ndo_bpf(
        dev: *mut net_bindings::net_device,
        request: *mut net_bindings::netdev_bpf,
    ) -> c_int {
        // SAFETY: `dev` is valid for this call, and was initialised.
        let (this, dev) = unsafe { Self::parts(dev) };
        // SAFETY: Called with the RTNL held.
        let rtnl = unsafe { Rtnl::assume_held() };
        // SAFETY: The core passes a valid request.
        let request = unsafe { &mut *request };
        from_result(|| {
            if request.command != net_bindings::bpf_netdev_command_XDP_SETUP_PROG {
                return Err(EINVAL);
            }
            // SAFETY: This is what the union holds for this command.
            let setup = unsafe { &request.__bindgen_anon_1.__bindgen_anon_1 };
            // INVARIANT: The core passes a reference together with the program, if we succeed: until then
            // it is not given back here.
            let program =
                NonNull::new(setup.prog).map(|prog| core::mem::ManuallyDrop::new(Program(prog)));
            // SAFETY: Null, or for us to use during this call.
            let mut ext = unsafe { ExtAck::from_raw(setup.extack) };
            T::set_xdp(this, dev, program.as_deref(), &rtnl, &mut ext)?;
            // The driver took a reference of its own: the core's is not needed.
            drop(program.map(core::mem::ManuallyDrop::into_inner));
            Ok(0)
        })
    }

    /// # Safety
    ///
    /// To be called by the networking core only, after a successful `ndo_init`.
    pub(crate) unsafe extern "C" fn ndo_xdp_xmit(
        dev: *mut net_bindings::net_device,
        count: c_int,
        frames: *mut *mut net_bindings::xdp_frame,
        flags: u32,
    ) -> c_int {
        // SAFETY: `dev` is valid for this call, and was initialised.
        let (this, _) = unsafe { Self::parts(dev) };
        let Ok(count) = usize::try_from(count) else {
            return 0;
        };
        if count == 0 {
            return 0;
        }
        // INVARIANT: Each frame is valid, in the array once, and no slot is anywhere else.
        // SAFETY: The core passes `count` frames, which it does not touch during the call.
        let frames = unsafe { core::slice::from_raw_parts_mut(frames.cast::<FrameSlot>(), count) };
        let _guard = rcu::read_lock();
        // SAFETY: The RCU read lock is held.
        let cx = unsafe { TxContext::assume() };
        match T::xdp_xmit(this, cx, frames, XmitFlags(flags)) {
            Ok(sent) => c_int::try_from(sent).unwrap_or(c_int::MAX),
            Err(errno) => errno,
        }
    }

    /// # Safety
    ///
    /// To be called by the networking core only, after a successful `ndo_init`.
    pub(crate) unsafe extern "C" fn ndo_xdp_get_xmit_slave(
        dev: *mut net_bindings::net_device,
        xdp: *mut net_bindings::xdp_buff,
    ) -> *mut net_bindings::net_device {
        // SAFETY: `dev` is valid for this call, and was initialised.
        let (this, _) = unsafe { Self::parts(dev) };
        // SAFETY: Called with the RCU read lock held, within which the result is used.
        let cx = unsafe { TxContext::assume() };
        // SAFETY: The core passes a valid frame.
        let frame = XdpBuff(unsafe { &*xdp }, PhantomData);
        match T::xdp_xmit_slave(this, cx, &frame) {
            Some(dev) => dev.as_ptr(),
            None => core::ptr::null_mut(),
        }
    }
}
