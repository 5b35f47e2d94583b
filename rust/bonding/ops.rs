// SPDX-License-Identifier: GPL-2.0

//! The device operations of a bond, each handed on to where it is done.

use crate::{
    bond::{Bond, IGMP},
    ethtool,
    mac,
    params,
    plan,
    release::Cause, //
};
use bonding_core::{mode::Mode, peers::Passes};
use kernel::{prelude::*, sync::rcu};
use kernel_net::{
    ethtool::{DriverInfo, LinkSettings},
    hwtstamp::TimestampInfo,
    ioctl::Request,
    netdevice::{
        addr_list::AddrLock,
        flags,
        priv_flags,
        Device,
        DeviceRef,
        Driver,
        Features,
        HwAddr,
        Ops,
        Setup,
        StatsReport,
        TxResult, //
    },
    rtnl::{ExtAck, Rtnl},
    skbuff::{SkBuff, Skb},
    sync::rcu::synchronize,
    tls::Connection,
    tx::TxContext,
    vlan::VlanId,
    workqueue::DelayedWorks,
    xdp::{FrameSlot, Program, XdpBuff, XmitFlags}, //
};

/// The least MTU of a bond, bytes; `ETH_MIN_MTU` in C.
const MIN_MTU: u32 = 68;
/// The greatest MTU of a bond, bytes; `ETH_MAX_MTU` in C.
const MAX_MTU: u32 = 65535;

static OPS: Ops<Bond> = Ops::new();

#[vtable]
impl Driver for Bond {
    const KIND: &'static CStr = c"bond";
    const PASSES_FEATURES: bool = true;
    const ANSWERS_MII: bool = true;
    const INFO: Option<DriverInfo> = Some(ethtool::INFO);

    fn ops() -> &'static Ops<Self> {
        &OPS
    }

    /// `bond_setup()` in C.
    fn setup(dev: &mut Setup<'_>) {
        dev.set_mtu_range(MIN_MTU, MAX_MTU);
        dev.change_flags(flags::MASTER, 0);
        dev.change_priv_flags(
            priv_flags::BONDING | priv_flags::UNICAST_FLT | priv_flags::NO_QUEUE,
            priv_flags::XMIT_DST_RELEASE | priv_flags::TX_SKB_SHARING,
        );
        dev.send_without_lock();
        dev.stay_in_namespace();
        dev.offer_ipsec::<Bond>();
        let hw = Features::MASTER_UPPER_VLAN
            | Features::HW_VLAN_CTAG_RX
            | Features::HW_VLAN_CTAG_FILTER
            | Features::HW_VLAN_STAG_RX
            | Features::HW_VLAN_STAG_FILTER
            | Features::GSO_ENCAP_ALL;
        let on = hw | Features::HW_VLAN_CTAG_TX | Features::HW_VLAN_STAG_TX | Features::GSO_PARTIAL;
        let active_backup = params::defaults().mode == Mode::ActiveBackup;
        dev.set_features(
            hw | Features::XFRM,
            if active_backup {
                on | Features::XFRM
            } else {
                on
            },
        );
    }

    /// `bond_init()` in C.
    fn init(dev: &Device, rtnl: &Rtnl<'_>) -> impl PinInit<Self, Error> {
        let origin = mac::first_address(dev, rtnl);
        Bond::new(dev, params::defaults(), origin)
    }

    /// `bond_uninit()` in C.
    fn uninit(&self, _dev: &Device, rtnl: &Rtnl<'_>) {
        self.stop_polling(rtnl);
        self.release_all(rtnl);
        self.retire_plan();
        self.leave_namespace();
        self.remove_debugfs();
    }

    /// `bond_open()` in C.
    fn open(&self, _dev: &Device, rtnl: &Rtnl<'_>) -> Result {
        self.reset_roles(rtnl);
        self.alb_open()?;
        self.poll_now();
        self.open_lacp(rtnl);
        self.open_arp(true, rtnl);
        self.publish();
        Ok(())
    }

    /// `bond_close()` in C.
    fn stop(&self, dev: &Device, rtnl: &Rtnl<'_>) {
        self.stop_polling_links();
        self.open_arp(false, rtnl);
        self.work::<IGMP>().cancel_sync();
        self.settle(rtnl);
        self.lock().peers = Passes::NONE;
        self.close_lacp(rtnl);
        // Frames on their way up are done with.
        synchronize(rtnl);
        self.alb_close();
        let primary = self.mode().uses_primary();
        for slave in self.slaves(rtnl) {
            if !primary || self.lock().is_active(&slave) {
                slave.dev.unsync_addresses(dev);
            }
        }
    }

    #[inline]
    fn start_xmit(&self, cx: &TxContext<'_>, dev: &Device, skb: SkBuff) -> TxResult {
        self.transmit(cx, dev, skb)
    }

    fn get_stats64(&self, _dev: &Device, report: StatsReport<'_>) {
        self.report_stats(report, &rcu::read_lock());
    }

    fn change_rx_flags(&self, _dev: &Device, changed: u32, rtnl: &Rtnl<'_>) {
        self.pass_rx_flags(changed, rtnl);
    }

    fn set_rx_mode(&self, addresses: &AddrLock<'_>) {
        self.sync_addresses(addresses, &rcu::read_lock());
    }

    fn change_mtu(&self, _dev: &Device, mtu: u32, rtnl: &Rtnl<'_>) -> Result {
        self.pass_mtu(mtu, rtnl)
    }

    fn set_mac_address(&self, _dev: &Device, address: &HwAddr, rtnl: &Rtnl<'_>) -> Result {
        self.pass_address(address, rtnl)
    }

    fn vlan_rx_add_vid(&self, _dev: &Device, id: VlanId, rtnl: &Rtnl<'_>) -> Result {
        self.add_vlan(id, rtnl)
    }

    fn vlan_rx_kill_vid(&self, _dev: &Device, id: VlanId, rtnl: &Rtnl<'_>) {
        self.remove_vlan(id, rtnl);
    }

    fn add_slave(
        &self,
        _dev: &Device,
        slave: &Device,
        rtnl: &Rtnl<'_>,
        ext: &mut ExtAck<'_>,
    ) -> Result {
        self.enslave(slave, rtnl, ext)
    }

    fn del_slave(&self, _dev: &Device, slave: &Device, rtnl: &Rtnl<'_>) -> Result {
        self.release(slave, Cause::Request, rtnl)
    }

    fn fix_features(&self, _dev: &Device, wanted: Features, rtnl: &Rtnl<'_>) -> Features {
        self.fixed_features(wanted, rtnl)
    }

    fn siocbond(&self, _dev: &Device, request: Request<'_>, rtnl: &Rtnl<'_>) -> Result {
        self.answer_ioctl(request, rtnl)
    }

    fn link_settings(&self, _dev: &Device, rtnl: &Rtnl<'_>) -> LinkSettings {
        self.speed(rtnl)
    }

    fn neighbour_model<'a>(&'a self, cx: &'a rcu::Guard) -> Option<&'a Device> {
        let first = plan::all(self.plan.load(cx)?).first()?;
        Some(first.port.dev())
    }

    fn netpoll_setup(&self, _dev: &Device, rtnl: &Rtnl<'_>) -> Result {
        self.start_polling(rtnl)
    }

    fn netpoll_cleanup(&self, _dev: &Device, rtnl: &Rtnl<'_>) {
        self.stop_polling(rtnl);
    }

    fn clock(&self, _rtnl: &Rtnl<'_>) -> Option<DeviceRef> {
        self.active_device()
    }

    fn timestamps(&self, info: &mut TimestampInfo<'_>, rtnl: &Rtnl<'_>) -> Result {
        self.describe_timestamps(info, rtnl)
    }

    fn socket_slave<'a>(
        &'a self,
        cx: &'a TxContext<'_>,
        connection: &Connection,
    ) -> Option<&'a Device> {
        self.slave_for_connection(cx, connection)
    }

    fn set_xdp(
        &self,
        _dev: &Device,
        program: Option<&Program>,
        rtnl: &Rtnl<'_>,
        ext: &mut ExtAck<'_>,
    ) -> Result {
        self.replace_program(program, rtnl, ext)
    }

    fn xdp_xmit(
        &self,
        cx: &TxContext<'_>,
        frames: &mut [FrameSlot],
        flags: XmitFlags,
    ) -> Result<usize, c_int> {
        self.xmit_frames(cx, frames, flags)
    }

    fn xdp_xmit_slave<'a>(
        &'a self,
        cx: &'a TxContext<'_>,
        frame: &XdpBuff<'_>,
    ) -> Option<&'a Device> {
        self.slave_for_frame(cx, frame.linear())
    }

    fn poll_controller(&self, cx: &TxContext<'_>) {
        self.poll_slaves(cx);
    }

    fn get_xmit_slave<'a>(
        &'a self,
        cx: &'a TxContext<'_>,
        skb: &Skb,
        all_slaves: bool,
    ) -> Option<&'a Device> {
        self.xmit_slave(cx, skb, all_slaves)
    }
}
