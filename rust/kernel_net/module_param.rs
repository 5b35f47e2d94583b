// SPDX-License-Identifier: GPL-2.0

//! The parameters the module was loaded with, as they were given.
//!
//! They are declared in C, in `rust/helpers/params.c`, which is where `modinfo` has types and texts
//! from. Nothing is checked here.
//!
//! C header: [`include/linux/moduleparam.h`](srctree/include/linux/moduleparam.h)

use kernel::prelude::*;

/// The number of addresses `arp_ip_target` takes.
pub const MAX_ARP_TARGETS: usize = 16;

/// The parameters of the module bonding.
#[expect(
    missing_docs,
    reason = "each field is named as the parameter that modinfo describes"
)]
#[derive(Clone, Copy)]
pub struct Params {
    pub max_bonds: i32,
    pub tx_queues: i32,
    /// Both `num_grat_arp` and `num_unsol_na`.
    pub num_peer_notif: i32,
    pub miimon: i32,
    pub updelay: i32,
    pub downdelay: i32,
    pub use_carrier: i32,
    pub min_links: i32,
    pub arp_interval: i32,
    pub all_slaves_active: i32,
    pub resend_igmp: i32,
    pub packets_per_slave: i32,
    pub lp_interval: i32,
    pub lacp_fast_start: i32,
    pub mode: Option<&'static [u8]>,
    pub primary: Option<&'static [u8]>,
    pub primary_reselect: Option<&'static [u8]>,
    pub lacp_rate: Option<&'static [u8]>,
    pub ad_select: Option<&'static [u8]>,
    pub xmit_hash_policy: Option<&'static [u8]>,
    pub arp_validate: Option<&'static [u8]>,
    pub arp_all_targets: Option<&'static [u8]>,
    pub fail_over_mac: Option<&'static [u8]>,
    pub mac_policy: Option<&'static [u8]>,
    pub arp_backup_probe: Option<&'static [u8]>,
    /// As many as were given, then `None`.
    pub arp_ip_target: [Option<&'static [u8]>; MAX_ARP_TARGETS],
}

/// A string parameter without its terminator, if it was given.
///
/// # Safety
///
/// `text` must be null, or a C string that lives as long as the module.
unsafe fn string(text: *const c_char) -> Option<&'static [u8]> {
    if text.is_null() {
        return None;
    }
    // SAFETY: By the safety requirements.
    let len = unsafe { kernel::bindings::strlen(text) };
    // SAFETY: A string of this length is there; it is not written to.
    Some(unsafe { core::slice::from_raw_parts(text, len) })
}

/// Reads all parameters.
///
/// All but `num_peer_notif` are what they were at load for good; that one may be written meanwhile.
///
/// # Errors
///
/// `ENOMEM`: they are on the heap, being too much for the stack.
pub fn raw() -> Result<KBox<Params>> {
    let mut given: KBox<net_bindings::bonding_params> =
        KBox::init(pin_init::init_zeroed(), GFP_KERNEL)?;
    // SAFETY: The function fills in the structure.
    unsafe { net_bindings::bonding_params_get(&mut *given) };
    let p = &*given;
    // SAFETY: The kernel keeps the strings of parameters that sysfs cannot write as long as the module.
    let string = |text: *mut c_char| unsafe { string(text) };
    let target = |place| p.arp_ip_target.get(place).copied().and_then(string);
    let params = init!(Params {
        max_bonds: p.max_bonds,
        tx_queues: p.tx_queues,
        num_peer_notif: p.num_peer_notif,
        miimon: p.miimon,
        updelay: p.updelay,
        downdelay: p.downdelay,
        use_carrier: p.use_carrier,
        min_links: p.min_links,
        arp_interval: p.arp_interval,
        all_slaves_active: p.all_slaves_active,
        resend_igmp: p.resend_igmp,
        packets_per_slave: p.packets_per_slave,
        lp_interval: p.lp_interval,
        lacp_fast_start: p.lacp_fast_start,
        mode: string(p.mode),
        primary: string(p.primary),
        primary_reselect: string(p.primary_reselect),
        lacp_rate: string(p.lacp_rate),
        ad_select: string(p.ad_select),
        xmit_hash_policy: string(p.xmit_hash_policy),
        arp_validate: string(p.arp_validate),
        arp_all_targets: string(p.arp_all_targets),
        fail_over_mac: string(p.fail_over_mac),
        mac_policy: string(p.mac_policy),
        arp_backup_probe: string(p.arp_backup_probe),
        arp_ip_target <- pin_init::init_array_from_fn(target),
    });
    KBox::init(params, GFP_KERNEL)
}

/// Has `num_grat_arp` and `num_unsol_na` read as this number from now on.
pub fn set_num_peer_notif(number: i32) {
    // SAFETY: No requirements.
    unsafe { net_bindings::bonding_params_set_num_peer_notif(number) }
}
