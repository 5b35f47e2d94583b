// SPDX-License-Identifier: GPL-2.0

//! Drivers for software devices: the trait, and its adaption to C's tables of functions.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

use super::{addr_list::AddrLock, features::Features, Device, HwAddr, LinkStats, TxResult};
use crate::{
    ethtool::{DriverInfo, LinkSettings},
    ioctl::Request,
    rtnl::{extack::ExtAck, Rtnl},
    skbuff::SkBuff,
    tx::TxContext,
    vlan::VlanId, //
};
use core::{
    marker::PhantomData,
    sync::atomic::AtomicPtr, //
};
use kernel::{
    bindings,
    build_error,
    error::{from_result, VTABLE_DEFAULT_ERROR},
    prelude::*,
    sync::rcu, //
};

/// A driver for a software network device; `Self` is the device's private area.
///
/// Whoever sets a device up calls [`Driver::setup`], then [`Driver::init`], which makes the private
/// area; the last is its drop, after [`Driver::uninit`].
#[vtable]
pub trait Driver: Sized + Send + Sync + 'static {
    /// The name in `ip link add type <KIND>`, and the `DEVTYPE` in uevents.
    const KIND: &'static CStr;

    /// Frames are passed on to devices whose features are looked at again: none is taken from them;
    /// `passthru_features_check()` in C.
    const PASSES_FEATURES: bool = false;

    /// Answers as a PHY would, out of the carrier.
    const ANSWERS_MII: bool = false;

    /// What ethtool is told of the driver.
    const INFO: Option<DriverInfo> = None;

    /// The tables of the driver, a `static`: devices are known by its address.
    fn ops() -> &'static Ops<Self>;

    /// Fills in a device under construction, which is an Ethernet device by now.
    fn setup(dev: &mut Setup<'_>);

    /// Builds the private area; corresponds to `ndo_init`.
    fn init(dev: &Device, rtnl: &Rtnl<'_>) -> impl PinInit<Self, Error>;

    /// The device goes away; corresponds to `ndo_uninit`.
    fn uninit(&self, _dev: &Device, _rtnl: &Rtnl<'_>) {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// The device is opened; corresponds to `ndo_open`.
    fn open(&self, _dev: &Device, _rtnl: &Rtnl<'_>) -> Result {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// The device is closed; corresponds to `ndo_stop`.
    fn stop(&self, _dev: &Device, _rtnl: &Rtnl<'_>) {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Sends a buffer; corresponds to `ndo_start_xmit`.
    fn start_xmit(&self, _cx: &TxContext<'_>, _dev: &Device, _skb: SkBuff) -> TxResult {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Counts; corresponds to `ndo_get_stats64`. `stats` is zero before.
    fn get_stats64(&self, _dev: &Device, _stats: &mut LinkStats) {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Some of [`flags::PROMISC`](super::flags::PROMISC) and
    /// [`flags::ALLMULTI`](super::flags::ALLMULTI) changed; corresponds to `ndo_change_rx_flags`.
    fn change_rx_flags(&self, _dev: &Device, _changed: u32, _rtnl: &Rtnl<'_>) {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// The address lists changed; corresponds to `ndo_set_rx_mode`. Must not sleep.
    fn set_rx_mode(&self, _addresses: &AddrLock<'_>) {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Changes the MTU, bytes; corresponds to `ndo_change_mtu`.
    fn change_mtu(&self, _dev: &Device, _mtu: u32, _rtnl: &Rtnl<'_>) -> Result {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Changes the address; corresponds to `ndo_set_mac_address`.
    fn set_mac_address(&self, _dev: &Device, _address: &HwAddr, _rtnl: &Rtnl<'_>) -> Result {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Is to receive a VLAN; corresponds to `ndo_vlan_rx_add_vid`.
    fn vlan_rx_add_vid(&self, _dev: &Device, _id: VlanId, _rtnl: &Rtnl<'_>) -> Result {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Need not receive a VLAN any more; corresponds to `ndo_vlan_rx_kill_vid`.
    fn vlan_rx_kill_vid(&self, _dev: &Device, _id: VlanId, _rtnl: &Rtnl<'_>) {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Is to be the master of `slave`; corresponds to `ndo_add_slave`.
    fn add_slave(
        &self,
        _dev: &Device,
        _slave: &Device,
        _rtnl: &Rtnl<'_>,
        _ext: &mut ExtAck<'_>,
    ) -> Result {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Is to be the master of `slave` no more; corresponds to `ndo_del_slave`.
    fn del_slave(&self, _dev: &Device, _slave: &Device, _rtnl: &Rtnl<'_>) -> Result {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// What of `wanted` the device can do; corresponds to `ndo_fix_features`.
    fn fix_features(&self, _dev: &Device, _wanted: Features, _rtnl: &Rtnl<'_>) -> Features {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// The device that `skb` would be sent over; corresponds to `ndo_get_xmit_slave`.
    fn get_xmit_slave<'a>(
        &'a self,
        _cx: &'a TxContext<'_>,
        _skb: &SkBuff,
        _all_slaves: bool,
    ) -> Option<&'a Device> {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Does what an ioctl asks; corresponds to `ndo_siocbond` and `ndo_siocdevprivate`.
    fn siocbond(&self, _dev: &Device, _request: Request<'_>, _rtnl: &Rtnl<'_>) -> Result {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// The speed; corresponds to ethtool's `get_link_ksettings`.
    fn link_settings(&self, _dev: &Device, _rtnl: &Rtnl<'_>) -> LinkSettings {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// The slave that says how neighbours are set up; stands behind `ndo_neigh_setup`.
    fn neighbour_model<'a>(&'a self, _cx: &'a rcu::Guard) -> Option<&'a Device> {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Is to be usable by netpoll; corresponds to `ndo_netpoll_setup`.
    fn netpoll_setup(&self, _dev: &Device, _rtnl: &Rtnl<'_>) -> Result {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Need not be usable by netpoll any more; corresponds to `ndo_netpoll_cleanup`.
    fn netpoll_cleanup(&self, _dev: &Device, _rtnl: &Rtnl<'_>) {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Is to have the devices below receive; corresponds to `ndo_poll_controller`.
    fn poll_controller(&self, _cx: &TxContext<'_>) {
        build_error!(VTABLE_DEFAULT_ERROR)
    }
}

/// A device under construction, which nobody else can see yet.
pub struct Setup<'a>(&'a Device);

impl Setup<'_> {
    fn dev(&mut self) -> &mut net_bindings::net_device {
        // SAFETY: The device is valid, and nobody else can see it.
        unsafe { &mut *self.0.as_ptr() }
    }

    /// Sets some flags and clears others, see [`flags`](super::flags).
    pub fn change_flags(&mut self, set: u32, clear: u32) {
        let dev = self.dev();
        dev.flags = (dev.flags | set) & !clear;
    }

    /// Sets some private flags and clears others, see [`priv_flags`](super::priv_flags).
    pub fn change_priv_flags(&mut self, set: u32, clear: u32) {
        // SAFETY: The device is valid, and nobody else can see it.
        unsafe { net_bindings::netdev_set_priv_flags(self.dev(), set, clear) }
    }

    /// Has frames sent without the lock of the queue; `lltx` in C.
    pub fn send_without_lock(&mut self) {
        // SAFETY: The device is valid, and nobody else can see it.
        unsafe { net_bindings::netdev_set_lltx(self.dev(), true) }
    }

    /// Keeps the device in its namespace; `netns_immutable` in C.
    pub fn stay_in_namespace(&mut self) {
        // SAFETY: The device is valid, and nobody else can see it.
        unsafe { net_bindings::netdev_set_netns_immutable(self.dev(), true) }
    }

    /// Sets the range of the MTU, bytes.
    pub fn set_mtu_range(&mut self, min: u32, max: u32) {
        let dev = self.dev();
        dev.min_mtu = min;
        dev.max_mtu = max;
    }

    /// Sets the features that may be turned on and off, and those that are on.
    pub fn set_features(&mut self, hw: Features, on: Features) {
        let dev = self.dev();
        dev.hw_features = hw.as_raw();
        dev.features = on.as_raw();
    }
}

impl Device {
    /// The private area of the device, if the device is one of driver `T`.
    #[inline]
    pub fn driver<T: Driver>(&self) -> Option<&T> {
        // SAFETY: The device is valid.
        let (ops, destructor) = unsafe {
            let dev = self.as_ptr();
            ((*dev).netdev_ops, (*dev).priv_destructor)
        };
        // The destructor is there when the private area is.
        let ours = core::ptr::eq(ops, &raw const T::ops().netdev) && destructor.is_some();
        // SAFETY: The device is of this driver, its private area is initialised, and is dropped
        // when nobody holds the device any more.
        ours.then(|| unsafe { &*self.private() })
    }

    /// The private area; `netdev_priv()` in C.
    #[inline]
    pub(crate) fn private<T>(&self) -> *mut T {
        // SAFETY: The device is valid; this computes an address.
        unsafe { (&raw mut (*self.as_ptr()).priv_).cast() }
    }
}

/// The tables of a [`Driver`], to be put in a `static`.
pub struct Ops<T: Driver> {
    netdev: net_bindings::net_device_ops,
    ethtool: net_bindings::ethtool_ops,
    devtype: bindings::device_type,
    /// What [`LinkRegistration`](crate::rtnl::LinkRegistration) registered, or null.
    pub(crate) link: AtomicPtr<net_bindings::rtnl_link_ops>,
    _driver: PhantomData<fn(T)>,
}

// SAFETY: The tables are constant.
unsafe impl<T: Driver> Sync for Ops<T> {}

impl<T: Driver> Default for Ops<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Driver> Ops<T> {
    /// Makes the tables.
    pub const fn new() -> Self {
        assert!(align_of::<T>() <= net_bindings::NETDEV_ALIGN as usize);
        Self {
            netdev: VTable::<T>::OPS,
            ethtool: VTable::<T>::ETHTOOL,
            devtype: bindings::device_type {
                name: T::KIND.to_bytes_with_nul().as_ptr().cast(),
                ..pin_init::zeroed()
            },
            link: AtomicPtr::new(core::ptr::null_mut()),
            _driver: PhantomData,
        }
    }
}

/// The functions of a [`Driver`] as C calls them.
pub(crate) struct VTable<T: Driver>(PhantomData<T>);

/// A function of the table if the driver has it.
macro_rules! entry {
    ($has:ident, $function:ident) => {
        if T::$has {
            Some(Self::$function)
        } else {
            None
        }
    };
}

impl<T: Driver> VTable<T> {
    const OPS: net_bindings::net_device_ops = net_bindings::net_device_ops {
        ndo_init: Some(Self::ndo_init),
        ndo_uninit: entry!(HAS_UNINIT, ndo_uninit),
        ndo_open: entry!(HAS_OPEN, ndo_open),
        ndo_stop: entry!(HAS_STOP, ndo_stop),
        ndo_start_xmit: entry!(HAS_START_XMIT, ndo_start_xmit),
        ndo_select_queue: Some(Self::ndo_select_queue),
        ndo_get_stats64: entry!(HAS_GET_STATS64, ndo_get_stats64),
        ndo_change_rx_flags: entry!(HAS_CHANGE_RX_FLAGS, ndo_change_rx_flags),
        ndo_set_rx_mode: entry!(HAS_SET_RX_MODE, ndo_set_rx_mode),
        ndo_change_mtu: entry!(HAS_CHANGE_MTU, ndo_change_mtu),
        ndo_set_mac_address: entry!(HAS_SET_MAC_ADDRESS, ndo_set_mac_address),
        ndo_vlan_rx_add_vid: entry!(HAS_VLAN_RX_ADD_VID, ndo_vlan_rx_add_vid),
        ndo_vlan_rx_kill_vid: entry!(HAS_VLAN_RX_KILL_VID, ndo_vlan_rx_kill_vid),
        ndo_add_slave: entry!(HAS_ADD_SLAVE, ndo_add_slave),
        ndo_del_slave: entry!(HAS_DEL_SLAVE, ndo_del_slave),
        ndo_fix_features: entry!(HAS_FIX_FEATURES, ndo_fix_features),
        ndo_features_check: if T::PASSES_FEATURES {
            Some(net_bindings::passthru_features_check)
        } else {
            None
        },
        ndo_get_xmit_slave: entry!(HAS_GET_XMIT_SLAVE, ndo_get_xmit_slave),
        ndo_eth_ioctl: if T::ANSWERS_MII {
            Some(Self::ndo_eth_ioctl)
        } else {
            None
        },
        ndo_siocbond: entry!(HAS_SIOCBOND, ndo_siocbond),
        ndo_siocdevprivate: entry!(HAS_SIOCBOND, ndo_siocdevprivate),
        ndo_neigh_setup: entry!(HAS_NEIGHBOUR_MODEL, ndo_neigh_setup),
        #[cfg(CONFIG_NET_POLL_CONTROLLER)]
        ndo_netpoll_setup: entry!(HAS_NETPOLL_SETUP, ndo_netpoll_setup),
        #[cfg(CONFIG_NET_POLL_CONTROLLER)]
        ndo_netpoll_cleanup: entry!(HAS_NETPOLL_CLEANUP, ndo_netpoll_cleanup),
        #[cfg(CONFIG_NET_POLL_CONTROLLER)]
        ndo_poll_controller: entry!(HAS_POLL_CONTROLLER, ndo_poll_controller),
        ..pin_init::zeroed()
    };

    /// Fills in a device under construction; the `setup` of a `rtnl_link_ops`.
    ///
    /// # Safety
    ///
    /// `dev` must be under construction, unseen by others, with a private area for a `T`.
    pub(crate) unsafe extern "C" fn setup(dev: *mut net_bindings::net_device) {
        let ops = T::ops();
        // SAFETY: The device is valid, and nobody else can see it. The tables live for ever.
        unsafe {
            net_bindings::ether_setup(dev);
            (*dev).netdev_ops = &raw const ops.netdev;
            (*dev).ethtool_ops = &raw const ops.ethtool;
            (*dev).dev.type_ = &raw const ops.devtype;
            (*dev).needs_free_netdev = true;
        }
        // SAFETY: The device is valid.
        T::setup(&mut Setup(unsafe { Device::from_raw(dev) }));
    }

    /// The device and its private area.
    ///
    /// # Safety
    ///
    /// `dev` must be a device of this driver, after a successful `ndo_init`, valid for `'a`.
    #[inline]
    pub(crate) unsafe fn parts<'a>(dev: *mut net_bindings::net_device) -> (&'a T, &'a Device) {
        // SAFETY: By the safety requirements.
        let dev = unsafe { Device::from_raw(dev) };
        // SAFETY: The private area is initialised, and dropped when the device goes.
        (unsafe { &*dev.private() }, dev)
    }

    /// # Safety
    ///
    /// To be called by the networking core only, for a device that was set up by [`Self::setup`].
    unsafe extern "C" fn ndo_init(dev: *mut net_bindings::net_device) -> c_int {
        from_result(|| {
            // SAFETY: `ndo_init` is called with the RTNL held.
            let rtnl = unsafe { Rtnl::assume_held() };
            // SAFETY: `dev` is valid for this call.
            let device = unsafe { Device::from_raw(dev) };
            // SAFETY: The device is valid, and not registered yet.
            unsafe { net_bindings::netdev_lockdep_set_classes(dev) };
            // SAFETY: The private area is `priv_size` bytes, aligned, never moves, and on error is
            // not used again.
            unsafe { T::init(device, &rtnl).__pinned_init(device.private()) }?;
            // The core does not call `priv_destructor` when `ndo_init` fails, so it is only set
            // from here on.
            // SAFETY: `dev` is valid, and nobody else writes this.
            unsafe { (*dev).priv_destructor = Some(Self::priv_destructor) };
            Ok(0)
        })
    }

    /// # Safety
    ///
    /// To be called by the networking core only, once, after a successful `ndo_init`.
    unsafe extern "C" fn priv_destructor(dev: *mut net_bindings::net_device) {
        // SAFETY: `dev` is valid for this call.
        let dev = unsafe { Device::from_raw(dev) };
        // SAFETY: `ndo_init` succeeded, and nobody uses the private area any more.
        unsafe { core::ptr::drop_in_place(dev.private::<T>()) }
    }

    /// # Safety
    ///
    /// To be called by the networking core only, after a successful `ndo_init`.
    unsafe extern "C" fn ndo_uninit(dev: *mut net_bindings::net_device) {
        // SAFETY: `dev` is valid for this call, and was initialised.
        let (this, dev) = unsafe { Self::parts(dev) };
        // SAFETY: Called with the RTNL held.
        T::uninit(this, dev, &unsafe { Rtnl::assume_held() });
    }

    /// # Safety
    ///
    /// To be called by the networking core only, after a successful `ndo_init`.
    unsafe extern "C" fn ndo_open(dev: *mut net_bindings::net_device) -> c_int {
        // SAFETY: `dev` is valid for this call, and was initialised.
        let (this, dev) = unsafe { Self::parts(dev) };
        // SAFETY: Called with the RTNL held.
        let rtnl = unsafe { Rtnl::assume_held() };
        from_result(|| T::open(this, dev, &rtnl).map(|()| 0))
    }

    /// # Safety
    ///
    /// To be called by the networking core only, after a successful `ndo_init`.
    unsafe extern "C" fn ndo_stop(dev: *mut net_bindings::net_device) -> c_int {
        // SAFETY: `dev` is valid for this call, and was initialised.
        let (this, dev) = unsafe { Self::parts(dev) };
        // SAFETY: Called with the RTNL held.
        T::stop(this, dev, &unsafe { Rtnl::assume_held() });
        0
    }

    /// # Safety
    ///
    /// To be called by the networking core only, after a successful `ndo_init`.
    unsafe extern "C" fn ndo_start_xmit(
        skb: *mut net_bindings::sk_buff,
        dev: *mut net_bindings::net_device,
    ) -> net_bindings::netdev_tx_t {
        // SAFETY: `dev` is valid for this call, and was initialised.
        let (this, dev) = unsafe { Self::parts(dev) };
        // SAFETY: Called with bottom halves disabled, or, by netpoll, with interrupts disabled.
        let cx = unsafe { TxContext::assume(dev.is_netpoll_running()) };
        // SAFETY: The core hands over its reference.
        T::start_xmit(this, &cx, dev, unsafe { SkBuff::from_raw(skb) }).into_raw()
    }

    /// Keeps the queue that the frame was received from, and saves what the field said for the
    /// device below.
    ///
    /// # Safety
    ///
    /// To be called by the networking core only, after a successful `ndo_init`.
    unsafe extern "C" fn ndo_select_queue(
        dev: *mut net_bindings::net_device,
        skb: *mut net_bindings::sk_buff,
        _sb_dev: *mut net_bindings::net_device,
    ) -> u16 {
        // SAFETY: The buffer is valid for this call.
        let skb = unsafe { SkBuff::borrow_raw(skb) };
        skb.save_queue_mapping();
        // SAFETY: `dev` is valid for this call.
        let queues = unsafe { Device::from_raw(dev) }.real_num_tx_queues();
        match skb.rx_queue() {
            Some(queue) if u32::from(queue) < queues => queue,
            Some(queue) => u32::from(queue).checked_rem(queues).unwrap_or(0) as u16,
            None => 0,
        }
    }

    /// # Safety
    ///
    /// To be called by the networking core only, after a successful `ndo_init`.
    unsafe extern "C" fn ndo_get_stats64(
        dev: *mut net_bindings::net_device,
        stats: *mut net_bindings::rtnl_link_stats64,
    ) {
        // SAFETY: `dev` is valid for this call, and was initialised.
        let (this, dev) = unsafe { Self::parts(dev) };
        // SAFETY: The core passes a valid structure of its own.
        T::get_stats64(this, dev, unsafe { LinkStats::from_raw(stats) });
    }

    /// # Safety
    ///
    /// To be called by the networking core only, after a successful `ndo_init`.
    unsafe extern "C" fn ndo_change_rx_flags(dev: *mut net_bindings::net_device, changed: c_int) {
        // SAFETY: `dev` is valid for this call, and was initialised.
        let (this, dev) = unsafe { Self::parts(dev) };
        // SAFETY: Called with the RTNL held.
        T::change_rx_flags(this, dev, changed as u32, &unsafe { Rtnl::assume_held() });
    }

    /// # Safety
    ///
    /// To be called by the networking core only, after a successful `ndo_init`.
    unsafe extern "C" fn ndo_set_rx_mode(dev: *mut net_bindings::net_device) {
        // SAFETY: `dev` is valid for this call, and was initialised.
        let (this, dev) = unsafe { Self::parts(dev) };
        // SAFETY: Called with the address lists locked.
        T::set_rx_mode(this, &*unsafe { AddrLock::assume_held(dev) });
    }

    /// # Safety
    ///
    /// To be called by the networking core only, after a successful `ndo_init`.
    unsafe extern "C" fn ndo_change_mtu(dev: *mut net_bindings::net_device, mtu: c_int) -> c_int {
        // SAFETY: `dev` is valid for this call, and was initialised.
        let (this, dev) = unsafe { Self::parts(dev) };
        // SAFETY: Called with the RTNL held.
        let rtnl = unsafe { Rtnl::assume_held() };
        from_result(|| {
            let mtu = u32::try_from(mtu).map_err(|_| EINVAL)?;
            T::change_mtu(this, dev, mtu, &rtnl).map(|()| 0)
        })
    }

    /// # Safety
    ///
    /// To be called by the networking core only, after a successful `ndo_init`.
    unsafe extern "C" fn ndo_set_mac_address(
        dev: *mut net_bindings::net_device,
        address: *mut c_void,
    ) -> c_int {
        // SAFETY: `dev` is valid for this call, and was initialised.
        let (this, dev) = unsafe { Self::parts(dev) };
        // SAFETY: Called with the RTNL held.
        let rtnl = unsafe { Rtnl::assume_held() };
        // SAFETY: The core passes a `sockaddr_storage`.
        let address = unsafe { HwAddr::from_sockaddr(address.cast(), dev.addr_len()) };
        from_result(|| T::set_mac_address(this, dev, &address, &rtnl).map(|()| 0))
    }

    /// # Safety
    ///
    /// To be called by the networking core only, after a successful `ndo_init`.
    unsafe extern "C" fn ndo_vlan_rx_add_vid(
        dev: *mut net_bindings::net_device,
        proto: u16,
        vid: u16,
    ) -> c_int {
        // SAFETY: `dev` is valid for this call, and was initialised.
        let (this, dev) = unsafe { Self::parts(dev) };
        // SAFETY: Called with the RTNL held.
        let rtnl = unsafe { Rtnl::assume_held() };
        let id = VlanId::from_raw(proto, vid);
        from_result(|| T::vlan_rx_add_vid(this, dev, id, &rtnl).map(|()| 0))
    }

    /// # Safety
    ///
    /// To be called by the networking core only, after a successful `ndo_init`.
    unsafe extern "C" fn ndo_vlan_rx_kill_vid(
        dev: *mut net_bindings::net_device,
        proto: u16,
        vid: u16,
    ) -> c_int {
        // SAFETY: `dev` is valid for this call, and was initialised.
        let (this, dev) = unsafe { Self::parts(dev) };
        let id = VlanId::from_raw(proto, vid);
        // SAFETY: Called with the RTNL held.
        T::vlan_rx_kill_vid(this, dev, id, &unsafe { Rtnl::assume_held() });
        0
    }

    /// # Safety
    ///
    /// To be called by the networking core only, after a successful `ndo_init`.
    unsafe extern "C" fn ndo_add_slave(
        dev: *mut net_bindings::net_device,
        slave: *mut net_bindings::net_device,
        ext: *mut net_bindings::netlink_ext_ack,
    ) -> c_int {
        // SAFETY: `dev` is valid for this call, and was initialised.
        let (this, dev) = unsafe { Self::parts(dev) };
        // SAFETY: `slave` is valid for this call.
        let slave = unsafe { Device::from_raw(slave) };
        // SAFETY: Called with the RTNL held.
        let rtnl = unsafe { Rtnl::assume_held() };
        // SAFETY: Null, or for us to use during this call.
        let mut ext = unsafe { ExtAck::from_raw(ext) };
        from_result(|| T::add_slave(this, dev, slave, &rtnl, &mut ext).map(|()| 0))
    }

    /// # Safety
    ///
    /// To be called by the networking core only, after a successful `ndo_init`.
    unsafe extern "C" fn ndo_del_slave(
        dev: *mut net_bindings::net_device,
        slave: *mut net_bindings::net_device,
    ) -> c_int {
        // SAFETY: `dev` is valid for this call, and was initialised.
        let (this, dev) = unsafe { Self::parts(dev) };
        // SAFETY: `slave` is valid for this call.
        let slave = unsafe { Device::from_raw(slave) };
        // SAFETY: Called with the RTNL held.
        let rtnl = unsafe { Rtnl::assume_held() };
        from_result(|| T::del_slave(this, dev, slave, &rtnl).map(|()| 0))
    }

    /// # Safety
    ///
    /// To be called by the networking core only, after a successful `ndo_init`.
    unsafe extern "C" fn ndo_fix_features(
        dev: *mut net_bindings::net_device,
        wanted: net_bindings::netdev_features_t,
    ) -> net_bindings::netdev_features_t {
        // SAFETY: `dev` is valid for this call, and was initialised.
        let (this, dev) = unsafe { Self::parts(dev) };
        // SAFETY: Called with the RTNL held.
        let rtnl = unsafe { Rtnl::assume_held() };
        T::fix_features(this, dev, Features::from_raw(wanted), &rtnl).as_raw()
    }

    /// # Safety
    ///
    /// To be called by the networking core only, after a successful `ndo_init`.
    unsafe extern "C" fn ndo_get_xmit_slave(
        dev: *mut net_bindings::net_device,
        skb: *mut net_bindings::sk_buff,
        all_slaves: bool,
    ) -> *mut net_bindings::net_device {
        // SAFETY: `dev` is valid for this call, and was initialised.
        let (this, _) = unsafe { Self::parts(dev) };
        // SAFETY: The buffer is valid for this call.
        let skb = unsafe { SkBuff::borrow_raw(skb) };
        // SAFETY: Called with the RCU read lock held, within which the result is used.
        let cx = unsafe { TxContext::assume(false) };
        match T::get_xmit_slave(this, &cx, &skb, all_slaves) {
            Some(dev) => dev.as_ptr(),
            None => core::ptr::null_mut(),
        }
    }
}
