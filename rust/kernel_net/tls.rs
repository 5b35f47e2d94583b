// SPDX-License-Identifier: GPL-2.0

//! TLS connections whose frames a device encrypts, and which device a connection leaves by.
//!
//! C headers: [`include/net/tls.h`](srctree/include/net/tls.h),
//! [`include/net/sock.h`](srctree/include/net/sock.h)

use crate::{
    flow_dissector::Addresses,
    netdevice::{
        ops::{Driver, VTable},
        Device, //
    },
    skbuff::{SkBuff, Skb},
    tx::TxContext, //
};
use kernel::sync::rcu;

/// Addresses and ports of a connection, as on the wire.
pub struct Connection {
    /// The addresses, of IPv4 or IPv6.
    pub addresses: Addresses,
    /// Source and destination port.
    pub ports: [u8; 4],
}

impl Skb {
    /// Whether [`Self::tls_device`] is to be asked: the frame is of a socket that has its frames looked at on
    /// their way out.
    #[inline(always)]
    pub fn may_be_tls(&self) -> bool {
        #[cfg(CONFIG_TLS_DEVICE)]
        {
            use net_bindings::layout::{OFFSET_SOCK_STATE, OFFSET_SOCK_VALIDATE_XMIT_SKB};
            // SAFETY: The buffer is valid, and holds a reference to its socket.
            let sk = unsafe { (*self.as_ptr()).sk };
            if sk.is_null() {
                return false;
            }
            // SAFETY: The socket is valid, and of whatever kind: all begin with the part where C has the state.
            let state = unsafe { sk.byte_add(OFFSET_SOCK_STATE).cast::<u8>().read_volatile() };
            // Sockets that wait and those that are asked for are not whole, `sk_fullsock()` in C.
            if net_bindings::SK_NOT_FULL & (1_u32.wrapping_shl(state.into())) != 0 {
                return false;
            }
            // SAFETY: The socket is a whole one, and C says that a pointer is there. It is only asked whether
            // it is null.
            let check = unsafe {
                sk.byte_add(OFFSET_SOCK_VALIDATE_XMIT_SKB)
                    .cast::<usize>()
                    .read_volatile()
            };
            check != 0
        }
        #[cfg(not(CONFIG_TLS_DEVICE))]
        false
    }

    /// Whether the frame is of a connection that a device encrypts: then which, `None` if it is just
    /// given up.
    #[cold]
    pub fn tls_device<'a>(&self, _cx: &'a TxContext<'_>) -> Option<Option<&'a Device>> {
        let mut dev = core::ptr::null_mut();
        // SAFETY: The buffer is valid, and the caller's context is an RCU read side section.
        if !unsafe { net_bindings::tls_device_of(self.as_ptr(), &raw mut dev) } {
            return None;
        }
        // SAFETY: A device that is found there stays as long as the RCU read side section.
        Some((!dev.is_null()).then(|| unsafe { Device::from_raw(dev) }))
    }
}

impl SkBuff {
    /// Sees to it that a frame that software has encrypted in the place of a lost device stays so: TLS
    /// encrypts on each device that a frame passes, and twice is not at all.
    #[cold]
    pub fn keep_encrypted(&mut self, _cx: &TxContext<'_>) {
        // SAFETY: The buffer is valid and ours, and holds a reference to its socket, whose TLS context and
        // records' list live as long as that.
        unsafe { net_bindings::tls_keep_encrypted(self.as_ptr()) }
    }
}

impl<T: Driver> VTable<T> {
    /// # Safety
    ///
    /// To be called by the networking core only, after a successful `ndo_init`.
    pub(crate) unsafe extern "C" fn ndo_sk_get_lower_dev(
        dev: *mut net_bindings::net_device,
        sk: *mut net_bindings::sock,
    ) -> *mut net_bindings::net_device {
        // SAFETY: `dev` is valid for this call, and was initialised.
        let (this, _) = unsafe { Self::parts(dev) };
        let (mut source, mut destination, mut ports) = ([0_u8; 16], [0_u8; 16], [0_u8; 4]);
        // SAFETY: The socket is valid and of IP, and there is room for what is written.
        let v6 = unsafe {
            net_bindings::sock_connection(
                sk,
                source.as_mut_ptr().cast(),
                destination.as_mut_ptr().cast(),
                ports.as_mut_ptr().cast(),
            )
        };
        let addresses = if v6 {
            Addresses::V6 {
                source,
                destination,
            }
        } else {
            let v4 = |[a, b, c, d, ..]: [u8; 16]| [a, b, c, d];
            Addresses::V4 {
                source: v4(source),
                destination: v4(destination),
            }
        };
        let _guard = rcu::read_lock();
        // SAFETY: The RCU read lock is held. The core looks at the result under that of its own.
        let cx = unsafe { TxContext::assume() };
        match T::socket_slave(this, cx, &Connection { addresses, ports }) {
            Some(dev) => dev.as_ptr(),
            None => core::ptr::null_mut(),
        }
    }
}
