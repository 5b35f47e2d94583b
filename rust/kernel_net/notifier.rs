// SPDX-License-Identifier: GPL-2.0

//! Listening to what happens to network devices.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

use crate::{
    bonding_abi::{BondPrefix, SlavePrefix},
    netdevice::{Device, Event},
    rtnl::Rtnl, //
};
use core::marker::PhantomData;
use kernel::{
    error::to_result,
    prelude::*,
    types::Opaque, //
};

/// Who listens to events of bonds and their slaves.
///
/// With some drivers the slave's own lock (`netdev_lock_ops()`) is held while the events `Up` and
/// `Change` are told: there, nothing may be called that takes it.
pub trait NetdeviceHandler: 'static {
    /// The bonds.
    type Bond: BondPrefix<Slave = Self::Slave>;
    /// Their slaves.
    type Slave: SlavePrefix<Bond = Self::Bond>;

    /// Something happened to the device of a bond.
    fn bond_event(bond: &Self::Bond, event: Event, rtnl: &Rtnl<'_>);

    /// Something happened to the device of a slave.
    fn slave_event(slave: &Self::Slave, dev: &Device, event: Event, rtnl: &Rtnl<'_>);
}

/// A listener that is registered; dropping it takes it away.
///
/// When it comes, it is told of the devices there are as if they came just then, when it goes, as
/// if they went.
#[pin_data(PinnedDrop)]
pub struct NetdeviceNotifier<H: NetdeviceHandler> {
    #[pin]
    block: Opaque<net_bindings::notifier_block>,
    _handler: PhantomData<fn(H)>,
}

// SAFETY: The only thing to do with a registration is to drop it, from any thread.
unsafe impl<H: NetdeviceHandler> Send for NetdeviceNotifier<H> {}
// SAFETY: There is nothing to do with a shared reference.
unsafe impl<H: NetdeviceHandler> Sync for NetdeviceNotifier<H> {}

impl<H: NetdeviceHandler> NetdeviceNotifier<H> {
    /// Registers the listener; `register_netdevice_notifier()` in C. Takes the RTNL.
    ///
    /// # Errors
    ///
    /// Those of the networking core.
    pub fn new() -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            block <- Opaque::try_ffi_init(|slot: *mut net_bindings::notifier_block| {
                // SAFETY: `slot` is valid for writes.
                unsafe {
                    slot.write(net_bindings::notifier_block {
                        notifier_call: Some(Self::call),
                        ..pin_init::zeroed()
                    })
                };
                // SAFETY: `slot` was just initialised, is pinned, and lives until `drop`.
                to_result(unsafe { net_bindings::register_netdevice_notifier(slot) })
            }),
            _handler: PhantomData,
        })
    }

    /// # Safety
    ///
    /// To be called by the notifier chain of network devices only.
    unsafe extern "C" fn call(
        _block: *mut net_bindings::notifier_block,
        event: c_ulong,
        info: *mut c_void,
    ) -> c_int {
        const DONE: c_int = net_bindings::NOTIFY_DONE as c_int;
        let Some(event) = Event::from_raw(event) else {
            return DONE;
        };
        // SAFETY: All events come with this structure, or one that begins with it.
        let dev = unsafe { (*info.cast::<net_bindings::netdev_notifier_info>()).dev };
        // SAFETY: The device is valid for this call.
        let dev = unsafe { Device::from_raw(dev) };
        // SAFETY: This chain is called with the RTNL held.
        let rtnl = unsafe { Rtnl::assume_held() };
        if let Some(bond) = dev.driver::<H::Bond>() {
            H::bond_event(bond, event, &rtnl);
        }
        if let Some(slave) = dev.slave::<H::Slave>(&rtnl) {
            H::slave_event(&slave, dev, event, &rtnl);
        }
        DONE
    }
}

#[pinned_drop]
impl<H: NetdeviceHandler> PinnedDrop for NetdeviceNotifier<H> {
    fn drop(self: Pin<&mut Self>) {
        // SAFETY: The block was registered by `new`. That it is not known is the only error.
        let _ = unsafe { net_bindings::unregister_netdevice_notifier(self.block.get()) };
    }
}
