// SPDX-License-Identifier: GPL-2.0

//! Receiving what another device received.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

use crate::{
    bonding_abi::SlavePrefix,
    netdevice::{upper::Unlinked, Device, DeviceRef},
    rtnl::Rtnl,
    skbuff::{SkBuff, Skb},
    sync::rcu::RcuEvidence, //
};
use core::{marker::PhantomData, mem::ManuallyDrop, ops::Deref};
use kernel::{
    error::to_result,
    prelude::*,
    sync::Arc,
    types::NotThreadSafe, //
};

/// Evidence that the current context receives.
///
/// # Invariants
///
/// The RCU read lock is held while the value exists.
pub struct RxContext<'a>(PhantomData<&'a ()>, NotThreadSafe);

// SAFETY: By the type invariant.
unsafe impl RcuEvidence for RxContext<'_> {}

/// A received frame of which it is to be said what becomes of it.
///
/// Nobody else has a reference to the buffer, though to its data. Dropped, it is freed as one that was lost.
///
/// # Invariants
///
/// `0` is the buffer in the place that the core passed to the handler. `'a` is that call's alone.
pub struct Received<'a>(SkBuff, PhantomData<fn(&'a ()) -> &'a ()>);

/// What became of the frame of this call, as the core is told.
///
/// # Invariants
///
/// For [`RX_HANDLER_CONSUMED`](net_bindings::rx_handler_result_RX_HANDLER_CONSUMED) the buffer is gone, otherwise
/// it is the core's again.
#[must_use = "the core is to be told"]
pub struct Verdict<'a>(
    net_bindings::rx_handler_result_t,
    PhantomData<fn(&'a ()) -> &'a ()>,
);

impl Deref for Received<'_> {
    type Target = Skb;

    #[inline(always)]
    fn deref(&self) -> &Skb {
        &self.0
    }
}

impl<'a> Received<'a> {
    /// Gives the buffer back.
    #[inline(always)]
    fn end(self, result: net_bindings::rx_handler_result_t) -> Verdict<'a> {
        // The place has it still.
        let _ = self.0.into_raw();
        // INVARIANT: The buffer was given up.
        Verdict(result, PhantomData)
    }

    /// It is as if this other device had received the frame.
    #[inline(always)]
    pub fn another(mut self, dev: &'a Device) -> Verdict<'a> {
        // `dev` lives as long as the handler does: the core is done with it within this RCU read-side critical
        // section, or holds on to it as for any received frame.
        self.0.set_dev(dev);
        self.end(net_bindings::rx_handler_result_RX_HANDLER_ANOTHER)
    }

    /// The frame is for those who listen to the very device, nobody else.
    #[inline(always)]
    pub fn exact(self) -> Verdict<'a> {
        self.end(net_bindings::rx_handler_result_RX_HANDLER_EXACT)
    }

    /// The frame goes on as if there were no handler.
    #[inline(always)]
    pub fn pass(self) -> Verdict<'a> {
        self.end(net_bindings::rx_handler_result_RX_HANDLER_PASS)
    }

    /// The frame has served its purpose.
    #[inline]
    pub fn consume(self) -> Verdict<'a> {
        self.0.consume();
        Verdict::CONSUMED
    }

    /// The frame is lost.
    #[inline]
    pub fn drop(self) -> Verdict<'a> {
        drop(self.0);
        Verdict::CONSUMED
    }

    /// Sets the destination address, see [`SkBuff::set_received_destination`].
    ///
    /// # Errors
    ///
    /// As there.
    #[inline]
    pub fn set_destination(&mut self, address: [u8; 6]) -> Result {
        self.0.set_received_destination(address)
    }
}

impl Verdict<'_> {
    // INVARIANT: Where this is used the buffer is gone.
    const CONSUMED: Self = Self(
        net_bindings::rx_handler_result_RX_HANDLER_CONSUMED,
        PhantomData,
    );
}

/// Something that looks at all frames a device receives.
pub trait Handler: SlavePrefix {
    /// Looks at a frame and says what becomes of it.
    fn handle<'a>(&'a self, cx: &'a RxContext<'_>, frame: Received<'a>) -> Verdict<'a>;
}

/// A handler that is in place.
///
/// Dropped without [`Self::undo`] it stays in place for ever, with all that belongs to it.
///
/// # Invariants
///
/// `dev->rx_handler` is [`handle_frame`] for `H`, and `dev->rx_handler_data` is the object in
/// `handler`.
#[must_use = "dropping it leaks it"]
pub struct Registration<H: Handler> {
    dev: ManuallyDrop<DeviceRef>,
    handler: ManuallyDrop<Arc<H>>,
}

impl<H: Handler> Registration<H> {
    /// Puts a handler in place; `netdev_rx_handler_register()` in C.
    ///
    /// # Errors
    ///
    /// `EBUSY` if the device has one, `EINVAL` if it must not have one.
    pub fn new(dev: &Device, handler: Arc<H>, _rtnl: &Rtnl<'_>) -> Result<Self> {
        // SAFETY: The device is valid, the RTNL is held, and the object lives until `undo`.
        to_result(unsafe {
            net_bindings::netdev_rx_handler_register(
                dev.as_ptr(),
                Some(handle_frame::<H>),
                Arc::as_ptr(&handler).cast_mut().cast(),
            )
        })?;
        // INVARIANT: Registered just now.
        Ok(Self {
            dev: ManuallyDrop::new(dev.to_ref()),
            handler: ManuallyDrop::new(handler),
        })
    }

    /// As [`Self::undo`]; the grace period that this waits for is also that of a link that was taken away.
    pub fn undo_after<S: SlavePrefix>(self, unlinked: Unlinked<S>, rtnl: &Rtnl<'_>) {
        self.undo(rtnl);
        // SAFETY: `undo` waits for a grace period, and the link was taken away before.
        unsafe { unlinked.end() };
    }

    /// Takes the handler away; when this returns it does not run any more.
    pub fn undo(self, _rtnl: &Rtnl<'_>) {
        // SAFETY: By the type invariant the handler is ours, and the RTNL is held.
        unsafe { net_bindings::netdev_rx_handler_unregister(self.dev.as_ptr()) };
        // The handler was cleared, and a grace period waited for: nobody uses these any more.
        drop(ManuallyDrop::into_inner(self.handler));
        drop(ManuallyDrop::into_inner(self.dev));
    }
}

/// # Safety
///
/// To be called by the networking core only, for a device with a [`Registration`] for `H`.
unsafe extern "C" fn handle_frame<H: Handler>(
    pskb: *mut *mut net_bindings::sk_buff,
) -> net_bindings::rx_handler_result_t {
    // SAFETY: The core passes a valid place with a buffer.
    let skb = unsafe { *pskb };
    // SAFETY: The buffer is valid.
    if unsafe { Skb::from_raw(skb) }.is_shared() {
        // SAFETY: As for this function.
        return unsafe { handle_shared::<H>(pskb) };
    }
    // SAFETY: The buffer is valid, and in this context it has a device.
    let dev = unsafe {
        (*skb)
            .__bindgen_anon_1
            .__bindgen_anon_1
            .as_ref()
            .__bindgen_anon_1
            .dev
    };
    // SAFETY: The device is valid. The data was written before the handler that runs now.
    let handler = unsafe { (&raw const (*dev).rx_handler_data).read_volatile() };
    // SAFETY: By the invariant of `Registration` this is an `H`, which lives at least until the
    // current RCU read-side critical section ends.
    let handler = unsafe { &*handler.cast_const().cast::<H>() };
    // INVARIANT: The core calls handlers with the RCU read lock held.
    let cx = RxContext(PhantomData, NotThreadSafe);
    // INVARIANT: The buffer is in the place.
    // SAFETY: The core gave its reference up, the only one.
    let frame = Received(unsafe { SkBuff::from_raw(skb) }, PhantomData);
    handler.handle(&cx, frame).0
}

/// As [`handle_frame`], where others have references to the buffer.
///
/// # Safety
///
/// As for [`handle_frame`].
#[cold]
#[inline(never)]
unsafe fn handle_shared<H: Handler>(
    pskb: *mut *mut net_bindings::sk_buff,
) -> net_bindings::rx_handler_result_t {
    // SAFETY: The core passes a valid place with a buffer, and gave its reference up.
    let skb = unsafe { SkBuff::unshare(*pskb) };
    if skb.is_null() {
        return net_bindings::rx_handler_result_RX_HANDLER_CONSUMED;
    }
    // SAFETY: The place is valid.
    unsafe { *pskb = skb };
    // SAFETY: As for this function; there is one reference now.
    unsafe { handle_frame::<H>(pskb) }
}
