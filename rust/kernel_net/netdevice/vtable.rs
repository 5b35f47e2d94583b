// SPDX-License-Identifier: GPL-2.0

//! The functions of a driver as C calls them.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

use super::{
    addr_list::AddrLock,
    ops::{Driver, Setup},
    Device, Features, HwAddr, StatsReport,
};
use crate::{
    rtnl::{ExtAck, Rtnl},
    skbuff::{SkBuff, Skb},
    tx::TxContext,
    vlan::VlanId, //
};
use core::{marker::PhantomData, ptr::NonNull};
use kernel::{
    error::from_result,
    prelude::*, //
};

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
    pub(super) const OPS: net_bindings::net_device_ops = net_bindings::net_device_ops {
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
        ndo_hwtstamp_get: entry!(HAS_CLOCK, ndo_hwtstamp_get),
        ndo_hwtstamp_set: entry!(HAS_CLOCK, ndo_hwtstamp_set),
        ndo_sk_get_lower_dev: entry!(HAS_SOCKET_SLAVE, ndo_sk_get_lower_dev),
        ndo_bpf: entry!(HAS_SET_XDP, ndo_bpf),
        ndo_xdp_xmit: entry!(HAS_XDP_XMIT, ndo_xdp_xmit),
        ndo_xdp_get_xmit_slave: entry!(HAS_XDP_XMIT_SLAVE, ndo_xdp_get_xmit_slave),
        ..pin_init::zeroed()
    };

    /// Fills in a device under construction; the `setup` of a `rtnl_link_ops`.
    ///
    /// # Safety
    ///
    /// `dev` must be under construction, unseen by others, with a private area for a `T`.
    pub(crate) unsafe extern "C" fn setup(dev: *mut net_bindings::net_device) {
        let ops = T::ops();
        // SAFETY: The device is valid, and nobody else can see it.
        unsafe { net_bindings::ether_setup(dev) };
        {
            // SAFETY: As above.
            let dev = unsafe { &mut *dev };
            // The tables live for ever.
            dev.netdev_ops = &raw const ops.netdev;
            dev.ethtool_ops = &raw const ops.ethtool;
            dev.dev.type_ = &raw const ops.devtype;
            dev.needs_free_netdev = true;
        }
        // SAFETY: The device is valid, and nobody else can see it.
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
        // SAFETY: `dev` is valid, and nobody else writes this. There is no private area from here on.
        unsafe { (*dev).priv_destructor = None };
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
        let cx = unsafe { TxContext::assume() };
        // SAFETY: The core hands over its reference.
        T::start_xmit(this, cx, dev, unsafe { SkBuff::from_raw(skb) }).into_raw()
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
        let skb = unsafe { Skb::from_raw(skb) };
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
        let Some(stats) = NonNull::new(stats) else {
            return;
        };
        // SAFETY: The core gives room for the structure, for this call.
        T::get_stats64(this, dev, unsafe { StatsReport::new(stats) });
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
        let skb = unsafe { Skb::from_raw(skb) };
        // SAFETY: Called with the RCU read lock held, within which the result is used.
        let cx = unsafe { TxContext::assume() };
        match T::get_xmit_slave(this, cx, skb, all_slaves) {
            Some(dev) => dev.as_ptr(),
            None => core::ptr::null_mut(),
        }
    }
}
