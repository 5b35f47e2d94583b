// SPDX-License-Identifier: GPL-2.0

//! Drivers for software devices.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

pub(crate) use super::vtable::VTable;

use super::{
    addr_list::AddrLock, features::Features, Device, DeviceRef, HwAddr, StatsReport, TxResult,
};
use crate::{
    ethtool::{DriverInfo, LinkSettings},
    hwtstamp::TimestampInfo,
    ioctl::Request,
    rtnl::{ExtAck, Rtnl},
    skbuff::{SkBuff, Skb},
    tls::Connection,
    tx::TxContext,
    vlan::VlanId,
    xdp::{FrameSlot, Program, XdpBuff, XmitFlags}, //
};
use core::{
    marker::PhantomData,
    sync::atomic::AtomicPtr, //
};
use kernel::{
    bindings,
    build_error,
    error::VTABLE_DEFAULT_ERROR,
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

    /// Counts; corresponds to `ndo_get_stats64`.
    fn get_stats64(&self, _dev: &Device, _report: StatsReport<'_>) {
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
        _skb: &Skb,
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

    /// The device below whose clock stamps frames; stands behind `ndo_hwtstamp_get` and `ndo_hwtstamp_set`.
    fn clock(&self, _rtnl: &Rtnl<'_>) -> Option<DeviceRef> {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// What the device can say of its time stamps; corresponds to ethtool's `get_ts_info`.
    fn timestamps(&self, _info: &mut TimestampInfo<'_>, _rtnl: &Rtnl<'_>) -> Result {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// The device that the frames of a connection leave by; corresponds to `ndo_sk_get_lower_dev`.
    fn socket_slave<'a>(
        &'a self,
        _cx: &'a TxContext<'_>,
        _connection: &Connection,
    ) -> Option<&'a Device> {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Is to run an XDP program, or none; corresponds to `ndo_bpf`.
    ///
    /// Whoever keeps the program takes a reference of its own.
    fn set_xdp(
        &self,
        _dev: &Device,
        _program: Option<&Program>,
        _rtnl: &Rtnl<'_>,
        _ext: &mut ExtAck<'_>,
    ) -> Result {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Sends frames of XDP; corresponds to `ndo_xdp_xmit`.
    ///
    /// Answers how many were sent. The slots from there on hold those that were not. An error, as C's
    /// negative number, says that none was.
    fn xdp_xmit(
        &self,
        _cx: &TxContext<'_>,
        _frames: &mut [FrameSlot],
        _flags: XmitFlags,
    ) -> Result<usize, c_int> {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// The device that a frame of XDP would be sent over; corresponds to `ndo_xdp_get_xmit_slave`.
    fn xdp_xmit_slave<'a>(
        &'a self,
        _cx: &'a TxContext<'_>,
        _frame: &XdpBuff<'_>,
    ) -> Option<&'a Device> {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Is to have the devices below receive; corresponds to `ndo_poll_controller`.
    fn poll_controller(&self, _cx: &TxContext<'_>) {
        build_error!(VTABLE_DEFAULT_ERROR)
    }
}

/// A device under construction, which nobody else can see yet.
pub struct Setup<'a>(pub(super) &'a Device);

impl Setup<'_> {
    pub(crate) fn dev(&mut self) -> &mut net_bindings::net_device {
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
    pub(super) netdev: net_bindings::net_device_ops,
    pub(super) ethtool: net_bindings::ethtool_ops,
    pub(super) devtype: bindings::device_type,
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
