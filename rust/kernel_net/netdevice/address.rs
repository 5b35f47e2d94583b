// SPDX-License-Identifier: GPL-2.0

//! Hardware addresses of devices.

use super::{Device, Event};
use crate::{random::random_u32, rtnl::Rtnl};
use kernel::{
    error::to_result,
    fmt,
    prelude::*, //
};

/// The most bytes a hardware address can have.
const MAX: usize = net_bindings::MAX_ADDR_LEN as usize;

/// The length of an Ethernet address, bytes.
pub const ETH_ALEN: usize = net_bindings::ETH_ALEN as usize;

/// Where a device's address came from, `NET_ADDR_*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum AddrAssign {
    /// It is the device's own.
    Permanent = net_bindings::NET_ADDR_PERM as u8,
    /// It was drawn by lot.
    Random = net_bindings::NET_ADDR_RANDOM as u8,
    /// It was taken from another device.
    Stolen = net_bindings::NET_ADDR_STOLEN as u8,
    /// User space set it.
    Set = net_bindings::NET_ADDR_SET as u8,
}

/// The number that tells what type of device an address is for, `sa_family` of C's `sockaddr`.
pub type HwAddrKind = u16;

/// A hardware address of up to 32 bytes.
///
/// # Invariants
///
/// `len` is at most 32; the bytes beyond it are zero.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct HwAddr {
    bytes: [u8; MAX],
    len: u8,
}

impl HwAddr {
    /// An address out of its bytes; what is beyond 32 bytes is left out.
    pub fn new(from: &[u8]) -> Self {
        let mut bytes = [0; MAX];
        let mut len = 0;
        for (to, from) in bytes.iter_mut().zip(from) {
            *to = *from;
            len = u8::wrapping_add(len, 1);
        }
        // INVARIANT: One was added for each of at most 32 bytes.
        Self { bytes, len }
    }

    /// An Ethernet address.
    pub fn ether(address: [u8; ETH_ALEN]) -> Self {
        Self::new(&address)
    }

    /// A random Ethernet address of the locally administered kind; `eth_random_addr()` in C.
    pub fn random_ether() -> Self {
        let [a, b, c, d] = random_u32().to_ne_bytes();
        let [e, f, _, _] = random_u32().to_ne_bytes();
        Self::ether([(a & 0xfe) | 0x02, b, c, d, e, f])
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or(&[])
    }

    /// The first six bytes, all there is of an Ethernet address.
    #[inline]
    pub fn first_six(&self) -> [u8; ETH_ALEN] {
        let [a, b, c, d, e, f, ..] = self.bytes;
        [a, b, c, d, e, f]
    }

    /// The number of bytes.
    pub fn len(&self) -> usize {
        self.len.into()
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether the first six bytes are a unicast address other than zero; `is_valid_ether_addr()` in C.
    pub fn is_valid_ether(&self) -> bool {
        let six = self.first_six();
        let [first, ..] = six;
        first & 1 == 0 && !self.is_zero_ether()
    }

    /// Whether the first six bytes are zero; `is_zero_ether_addr()` in C.
    pub fn is_zero_ether(&self) -> bool {
        self.first_six() == [0; ETH_ALEN]
    }

    /// The bytes and the zeros behind them.
    pub(crate) fn padded(&self) -> &[u8; MAX] {
        &self.bytes
    }

    /// Takes `len` bytes out of C's `sockaddr_storage`.
    ///
    /// # Safety
    ///
    /// `storage` must be valid.
    pub(crate) unsafe fn from_sockaddr(
        storage: *const net_bindings::__kernel_sockaddr_storage,
        len: u8,
    ) -> Self {
        // SAFETY: By the safety requirements.
        let data = unsafe { &(*storage).__bindgen_anon_1.__bindgen_anon_1.__data };
        let mut bytes = [0; MAX];
        for (to, from) in bytes.iter_mut().zip(data) {
            *to = *from;
        }
        Self::new(bytes.get(..usize::from(len)).unwrap_or(&bytes))
    }

    /// Calls `f` with the address as C's `sockaddr_storage` for a device of hardware type `kind`.
    pub(crate) fn with_sockaddr<R>(
        &self,
        kind: HwAddrKind,
        f: impl FnOnce(*mut net_bindings::__kernel_sockaddr_storage) -> R,
    ) -> R {
        let mut storage: net_bindings::__kernel_sockaddr_storage = pin_init::zeroed();
        storage.__bindgen_anon_1.__bindgen_anon_1.ss_family = kind;
        // SAFETY: All bytes of the union may be written through this member, which covers it.
        let data = unsafe { &mut storage.__bindgen_anon_1.__bindgen_anon_1.__data };
        for (to, from) in data.iter_mut().zip(&self.bytes) {
            *to = *from;
        }
        f(&mut storage)
    }
}

/// As C's `%pM` for six bytes, and the same way for more.
impl fmt::Display for HwAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for byte in self.as_bytes() {
            write!(f, "{separator}{byte:02x}")?;
            separator = ":";
        }
        Ok(())
    }
}

// A `netdev_hw_addr` begins with pointers, and its `addr` is aligned as a word needs it.
const _: () = assert!(net_bindings::layout::OFFSET_NETDEV_HW_ADDR_ADDR % 4 == 0);

impl Device {
    /// The length of the device's addresses, bytes.
    pub fn addr_len(&self) -> u8 {
        // SAFETY: The device is valid; the field is read without locks, as in C.
        unsafe { (&raw const (*self.as_ptr()).addr_len).read_volatile() }
    }

    /// Copies an address of `addr_len` bytes from `from`.
    ///
    /// # Safety
    ///
    /// `from` must be valid for reads of 32 bytes.
    unsafe fn copy_addr(&self, from: *const u8) -> HwAddr {
        // SAFETY: By the safety requirements. The bytes may change under us, each from one valid
        // value to another, as for all of C's readers.
        let bytes = unsafe { from.cast::<[u8; MAX]>().read_volatile() };
        HwAddr::new(bytes.get(..usize::from(self.addr_len())).unwrap_or(&bytes))
    }

    /// The address in use, `dev->dev_addr` in C.
    pub fn hw_addr(&self) -> HwAddr {
        // SAFETY: The device is valid.
        let addr = unsafe { (&raw const (*self.as_ptr()).dev_addr).read_volatile() };
        // SAFETY: `dev_addr` points to an array of MAX_ADDR_LEN bytes that lives as long as the device.
        unsafe { self.copy_addr(addr) }
    }

    /// The first six bytes of the address in use, without looking at its length.
    #[inline]
    pub fn ether_addr(&self) -> [u8; ETH_ALEN] {
        let (front, back) = self.ether_addr_words();
        let [a, b, c, d] = front.to_ne_bytes();
        let [e, f] = back.to_ne_bytes();
        [a, b, c, d, e, f]
    }

    /// Whether [`Self::ether_addr`] is this.
    #[inline]
    pub fn has_ether_addr(&self, addr: &[u8; ETH_ALEN]) -> bool {
        let [a, b, c, d, e, f] = *addr;
        let words = (u32::from_ne_bytes([a, b, c, d]), u16::from_ne_bytes([e, f]));
        self.ether_addr_words() == words
    }

    /// The first six bytes of the address in use, in two words as they lie in memory.
    #[inline]
    fn ether_addr_words(&self) -> (u32, u16) {
        // SAFETY: The device is valid.
        let addr = unsafe { (&raw const (*self.as_ptr()).dev_addr).read_volatile() };
        // The address may change meanwhile, as for all of C's readers. In two loads: octet by octet it would be
        // six, on the way of each frame.
        // SAFETY: `dev_addr` points to the `addr` of a `netdev_hw_addr`, which is aligned, as asserted above,
        // has MAX_ADDR_LEN bytes, and lives as long as the device.
        let front = unsafe { addr.cast::<u32>().read_volatile() };
        // SAFETY: As above; these are the next two of the bytes.
        let back = unsafe { addr.add(4).cast::<u16>().read_volatile() };
        (front, back)
    }

    /// The address that the hardware came with, `dev->perm_addr` in C.
    pub fn perm_addr(&self) -> HwAddr {
        // SAFETY: The device is valid, and the array has MAX_ADDR_LEN bytes.
        unsafe { self.copy_addr((&raw const (*self.as_ptr()).perm_addr).cast()) }
    }

    /// The broadcast address.
    pub fn broadcast_addr(&self) -> HwAddr {
        // SAFETY: The device is valid, and the array has MAX_ADDR_LEN bytes.
        unsafe { self.copy_addr((&raw const (*self.as_ptr()).broadcast).cast()) }
    }

    /// Where the address came from; `addr_assign_type` in C.
    pub fn addr_assigned(&self) -> AddrAssign {
        // SAFETY: The device is valid; the field is read without locks, as in C.
        let assigned = unsafe { (&raw const (*self.as_ptr()).addr_assign_type).read_volatile() };
        match assigned.into() {
            net_bindings::NET_ADDR_RANDOM => AddrAssign::Random,
            net_bindings::NET_ADDR_STOLEN => AddrAssign::Stolen,
            net_bindings::NET_ADDR_SET => AddrAssign::Set,
            _ => AddrAssign::Permanent,
        }
    }

    /// Draws a random Ethernet address; `eth_hw_addr_random()` in C.
    pub fn randomize_address(&self, _rtnl: &Rtnl<'_>) {
        // SAFETY: The device is valid, and the RTNL is held.
        unsafe { net_bindings::eth_hw_addr_random(self.as_ptr()) }
    }

    /// Stores the address, and tells nobody; `dev_addr_set()` in C.
    ///
    /// For a driver's own device, when it was asked to change the address.
    pub fn store_address(&self, address: &HwAddr, _rtnl: &Rtnl<'_>) {
        let len = usize::from(self.addr_len()).min(MAX);
        // SAFETY: The device is valid, the RTNL is held, and `address` has `len` bytes.
        unsafe {
            net_bindings::dev_addr_mod(self.as_ptr(), 0, address.padded().as_ptr().cast(), len)
        }
    }

    /// Declares where the address came from; writes `addr_assign_type`.
    pub fn declare_address(&self, assigned: AddrAssign, _rtnl: &Rtnl<'_>) {
        // SAFETY: The device is valid, and writers are excluded by the RTNL.
        unsafe {
            (&raw mut (*self.as_ptr()).addr_assign_type).write_volatile(assigned as u8);
        }
    }

    /// Takes over an address that is another device's, or made of it; `bond_set_dev_addr()` in C.
    ///
    /// # Errors
    ///
    /// That of whoever objects to the new address.
    pub fn take_address(&self, address: &HwAddr, rtnl: &Rtnl<'_>) -> Result {
        let bytes = address.padded().as_ptr();
        // SAFETY: The device is valid, the RTNL is held, and `bytes` has MAX_ADDR_LEN bytes.
        to_result(unsafe {
            net_bindings::netif_pre_changeaddr_notify(
                self.as_ptr(),
                bytes.cast(),
                core::ptr::null_mut(),
            )
        })?;
        // SAFETY: As above; the length of an address is at most MAX_ADDR_LEN.
        unsafe { net_bindings::dev_addr_mod(self.as_ptr(), 0, bytes.cast(), address.len()) };
        self.declare_address(AddrAssign::Stolen, rtnl);
        // That the address has changed is told, not asked.
        let _ = self.notify(Event::ChangeAddr, rtnl);
        Ok(())
    }
}
