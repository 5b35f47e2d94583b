// SPDX-License-Identifier: GPL-2.0

//! Receiving what another device received.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

use crate::{
    bonding_abi::SlavePrefix,
    netdevice::{upper::Unlinked, Device, DeviceRef},
    rtnl::Rtnl,
    skbuff::SkBuff,
    sync::rcu::RcuEvidence, //
};
use core::{marker::PhantomData, mem::ManuallyDrop};
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

/// What is to become of a received frame.
pub enum Verdict<'a> {
    /// Nothing, it was taken.
    Consumed,
    /// It is as if this other device had received it.
    Another(SkBuff, &'a Device),
    /// It is for those who listen to the very device, nobody else.
    Exact(SkBuff),
    /// It goes on as if there were no handler.
    Pass(SkBuff),
}

/// Something that looks at all frames a device receives.
pub trait Handler: SlavePrefix {
    /// Looks at a frame. Nobody else has a reference to the buffer, though to its data.
    fn handle<'a>(&'a self, cx: &'a RxContext<'_>, skb: SkBuff) -> Verdict<'a>;
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
    // SAFETY: The core passes a valid place with a buffer, and gives its reference up.
    let skb = unsafe { SkBuff::unshare(*pskb) };
    if skb.is_null() {
        return net_bindings::rx_handler_result_RX_HANDLER_CONSUMED;
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
    // SAFETY: The core gave its reference up, or we made our own.
    let skb = unsafe { SkBuff::from_raw(skb) };
    let (skb, ret) = match handler.handle(&cx, skb) {
        Verdict::Consumed => return net_bindings::rx_handler_result_RX_HANDLER_CONSUMED,
        Verdict::Another(mut skb, dev) => {
            // `dev` lives as long as `handler` does: the core is done with it within this RCU
            // read-side critical section, or holds on to it as for any received frame.
            skb.set_dev(dev);
            (skb, net_bindings::rx_handler_result_RX_HANDLER_ANOTHER)
        }
        Verdict::Exact(skb) => (skb, net_bindings::rx_handler_result_RX_HANDLER_EXACT),
        Verdict::Pass(skb) => (skb, net_bindings::rx_handler_result_RX_HANDLER_PASS),
    };
    // SAFETY: The place is valid, and the core takes the reference back.
    unsafe { *pskb = skb.into_raw() };
    ret
}
