// SPDX-License-Identifier: GPL-2.0

//! The kernel's flow dissector, which looks into tunnels.
//!
//! C header: [`include/net/flow_dissector.h`](srctree/include/net/flow_dissector.h)

use crate::{netdevice::Device, skbuff::Skb};
use core::mem::offset_of;
use kernel::prelude::*;
use net_bindings::flow_keys;

/// The addresses found, as on the wire.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Addresses {
    /// None.
    None,
    /// IPv4.
    V4 {
        /// Source.
        source: [u8; 4],
        /// Destination.
        destination: [u8; 4],
    },
    /// IPv6.
    V6 {
        /// Source.
        source: [u8; 16],
        /// Destination.
        destination: [u8; 16],
    },
    /// TIPC.
    Tipc {
        /// The key.
        key: [u8; 4],
    },
}

/// What the dissector found, as far as bonds hash it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Keys {
    /// The innermost addresses.
    pub addresses: Addresses,
    /// Both ports, as on the wire; zero if there are none.
    pub ports: [u8; 4],
    /// The type of an ICMP message; zero if it is none.
    pub icmp_type: u8,
    /// The code of an ICMP message.
    pub icmp_code: u8,
    /// The identifier of an ICMP message, host order; 1 in place of 0.
    pub icmp_id: u16,
}

/// A dissector, constant: it is not written to once it is made.
#[repr(transparent)]
struct Dissector(net_bindings::flow_dissector);

// SAFETY: The dissector is only read.
unsafe impl Sync for Dissector {}

/// `flow_keys_bonding` in C.
static BONDING: Dissector = Dissector(dissector());

/// What `skb_flow_dissector_init()` makes of `flow_keys_bonding_keys`.
const fn dissector() -> net_bindings::flow_dissector {
    const ADDRS: usize = offset_of!(flow_keys, addrs);
    const KEYS: [(u32, usize); 10] = [
        (
            net_bindings::flow_dissector_key_id_FLOW_DISSECTOR_KEY_CONTROL,
            offset_of!(flow_keys, control),
        ),
        (
            net_bindings::flow_dissector_key_id_FLOW_DISSECTOR_KEY_BASIC,
            offset_of!(flow_keys, basic),
        ),
        (
            net_bindings::flow_dissector_key_id_FLOW_DISSECTOR_KEY_IPV4_ADDRS,
            ADDRS,
        ),
        (
            net_bindings::flow_dissector_key_id_FLOW_DISSECTOR_KEY_IPV6_ADDRS,
            ADDRS,
        ),
        (
            net_bindings::flow_dissector_key_id_FLOW_DISSECTOR_KEY_TIPC,
            ADDRS,
        ),
        (
            net_bindings::flow_dissector_key_id_FLOW_DISSECTOR_KEY_PORTS,
            offset_of!(flow_keys, ports),
        ),
        (
            net_bindings::flow_dissector_key_id_FLOW_DISSECTOR_KEY_ICMP,
            offset_of!(flow_keys, icmp),
        ),
        (
            net_bindings::flow_dissector_key_id_FLOW_DISSECTOR_KEY_VLAN,
            offset_of!(flow_keys, vlan),
        ),
        (
            net_bindings::flow_dissector_key_id_FLOW_DISSECTOR_KEY_FLOW_LABEL,
            offset_of!(flow_keys, tags),
        ),
        (
            net_bindings::flow_dissector_key_id_FLOW_DISSECTOR_KEY_GRE_KEYID,
            offset_of!(flow_keys, keyid),
        ),
    ];
    let mut dissector: net_bindings::flow_dissector = pin_init::zeroed();
    let mut i = 0;
    while i < KEYS.len() {
        let (key, offset) = KEYS[i];
        dissector.used_keys |= 1 << key;
        dissector.offset[key as usize] = offset as u16;
        i += 1;
    }
    dissector
}

/// Looks for the innermost addresses and ports of `skb`, on its way through `dev`; `None` where
/// the dissector gives up. `bond_flow_dissect()` in C, for the policies that look into tunnels.
pub fn dissect(dev: &Device, skb: &Skb) -> Option<Keys> {
    let offset = c_int::try_from(skb.network_offset()).ok()?;
    // SAFETY: The buffer is valid.
    unsafe { dissect_data(dev, skb.as_ptr(), skb.linear(), skb.protocol(), offset) }
}

/// Whether a BPF program dissects in the kernel's place for `dev`: one of its namespace, or of the
/// initial one.
///
/// Any context. The answer may be out of date at once; so may C's, which asks for each packet too.
#[inline]
pub fn is_replaced(dev: &Device) -> bool {
    const KIND: usize = net_bindings::netns_bpf_attach_type_NETNS_BPF_FLOW_DISSECTOR as usize;
    // SAFETY: The namespace of a device is valid. The pointers in it are words that RCU publishes,
    // and are compared with null only.
    let of_device = unsafe { (&raw const (*dev.net_ptr()).bpf.run_array[KIND]).read_volatile() };
    // SAFETY: As above, of the namespace that is always there.
    let initial =
        unsafe { (&raw const net_bindings::init_net.bpf.run_array[KIND]).read_volatile() };
    !of_device.is_null() || !initial.is_null()
}

/// As [`dissect`], of a frame that is in no buffer: from its Ethernet header on, in one piece.
pub fn dissect_linear(dev: &Device, frame: &[u8], protocol: u16) -> Option<Keys> {
    let offset = net_bindings::ETH_HLEN as c_int;
    // SAFETY: There is no buffer.
    unsafe { dissect_data(dev, core::ptr::null(), frame, protocol, offset) }
}

/// # Safety
///
/// `skb` must be valid or null.
unsafe fn dissect_data(
    dev: &Device,
    skb: *const net_bindings::sk_buff,
    linear: &[u8],
    protocol: u16,
    offset: c_int,
) -> Option<Keys> {
    let mut keys: flow_keys = pin_init::zeroed();
    let len = c_int::try_from(linear.len()).ok()?;
    // SAFETY: The namespace is valid, the buffer is valid or null, the dissector is not written to
    // and its offsets are within `keys`, and `linear` has `len` bytes.
    let found = unsafe {
        net_bindings::__skb_flow_dissect(
            dev.net_ptr(),
            skb,
            (&raw const BONDING.0).cast_mut(),
            (&raw mut keys).cast(),
            linear.as_ptr().cast(),
            protocol.to_be(),
            offset,
            len,
            0,
        )
    };
    found.then(|| Keys::from_raw(&keys))
}

impl Keys {
    fn from_raw(keys: &flow_keys) -> Self {
        let addrs = &keys.addrs.__bindgen_anon_1;
        let addresses = match u32::from(keys.control.addr_type) {
            net_bindings::flow_dissector_key_id_FLOW_DISSECTOR_KEY_IPV4_ADDRS => {
                // SAFETY: All of the union is initialised, and any bytes are addresses.
                let v4 = unsafe { &addrs.v4addrs };
                Addresses::V4 {
                    source: v4.src.to_ne_bytes(),
                    destination: v4.dst.to_ne_bytes(),
                }
            }
            net_bindings::flow_dissector_key_id_FLOW_DISSECTOR_KEY_IPV6_ADDRS => {
                // SAFETY: All of the union is initialised, and any bytes are addresses.
                let v6 = unsafe { &addrs.v6addrs };
                Addresses::V6 {
                    // SAFETY: As above.
                    source: unsafe { v6.src.in6_u.u6_addr8 },
                    // SAFETY: As above.
                    destination: unsafe { v6.dst.in6_u.u6_addr8 },
                }
            }
            net_bindings::flow_dissector_key_id_FLOW_DISSECTOR_KEY_TIPC => Addresses::Tipc {
                // SAFETY: All of the union is initialised, and any bytes are a key.
                key: unsafe { addrs.tipckey.key }.to_ne_bytes(),
            },
            _ => Addresses::None,
        };
        Self {
            addresses,
            // SAFETY: All of the union is initialised, and any bytes are ports.
            ports: unsafe { keys.ports.__bindgen_anon_1.ports }.to_ne_bytes(),
            icmp_type: keys.icmp.__bindgen_anon_1.type_,
            icmp_code: keys.icmp.__bindgen_anon_1.code,
            icmp_id: keys.icmp.id,
        }
    }
}
