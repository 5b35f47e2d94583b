// SPDX-License-Identifier: GPL-2.0

//! The transmit hash: the same flow gets the same number as in the C driver, bit for bit.
//!
//! Written for the transmit path: headers are read in place, nothing is zeroed, and each policy is
//! a branch of its own.

mod ip;
mod l2;

use crate::option::XmitPolicy;
use crate::wire::eth;

pub use ip::{socket, Addresses, FlowKeys, IcmpKey};

/// A frame as the hash looks at it.
///
/// Implemented by the driver for socket buffers and for XDP frames; monomorphised, so that each
/// method should be a few loads, `#[inline]`.
pub trait Frame {
    /// The part of the frame that lies in one piece, from its start on: read in place.
    fn linear(&self) -> &[u8];

    /// The `N` octets at `offset` from the start of the frame, in linear memory or not; `None` if
    /// the frame ends before their end.
    ///
    /// Asked only for what is not in [`Frame::linear`]. `offset` may be any number. For socket
    /// buffers this is `skb_header_pointer()`.
    fn get<const N: usize>(&self, offset: usize) -> Option<[u8; N]>;

    /// The protocol, host order: `skb->protocol`, or the EtherType in the header of an XDP frame.
    fn protocol(&self) -> u16;

    /// Where the network header starts (`skb_network_offset()`; 14 for an XDP frame).
    ///
    /// More than `isize::MAX` if it lies before the frame's start: then nothing can be read there, and the
    /// frame is hashed by its Ethernet header.
    fn network_offset(&self) -> usize;

    /// The VLAN tag that is kept beside the frame (`skb_vlan_tag_get()`), if there is one.
    fn vlan_tag(&self) -> Option<u16>;

    /// The hash over ports that the stack or the NIC has already made (`skb->hash` if
    /// `skb->l4_hash` is set).
    fn l4_hash(&self) -> Option<u32>;
}

impl<F: Frame> Frame for &F {
    #[inline(always)]
    fn linear(&self) -> &[u8] {
        F::linear(self)
    }

    #[inline(always)]
    fn get<const N: usize>(&self, offset: usize) -> Option<[u8; N]> {
        F::get(self, offset)
    }

    #[inline(always)]
    fn protocol(&self) -> u16 {
        F::protocol(self)
    }

    #[inline(always)]
    fn network_offset(&self) -> usize {
        F::network_offset(self)
    }

    #[inline(always)]
    fn vlan_tag(&self) -> Option<u16> {
        F::vlan_tag(self)
    }

    #[inline(always)]
    fn l4_hash(&self) -> Option<u32> {
        F::l4_hash(self)
    }
}

/// The kernel's flow dissector with the keys of `flow_keys_bonding`, for the two encap policies.
pub trait Dissector<F> {
    /// What a plain packet of TCP or UDP holds need not be asked: the kernel's own code answers, no
    /// BPF program in its place.
    fn is_plain(&self) -> bool;

    /// What is found in `frame`; `None` where the dissector returns false, and for an XDP frame
    /// that is shorter than an Ethernet header.
    fn dissect(self, frame: F) -> Option<FlowKeys>;
}

/// A function that is to be asked always.
impl<F, D: FnOnce(F) -> Option<FlowKeys>> Dissector<F> for D {
    #[inline(always)]
    fn is_plain(&self) -> bool {
        false
    }

    #[inline(always)]
    fn dissect(self, frame: F) -> Option<FlowKeys> {
        self(frame)
    }
}

/// The hash of `frame` under `policy` (C's `bond_xmit_hash()` and `bond_xmit_hash_xdp()`).
///
/// `dissector` is asked for the two encap policies only. The frame is passed on by value: a copy of a pointer
/// needs no stack.
///
/// Any context; reads the frame only.
#[inline]
pub fn hash<F: Frame + Copy>(policy: XmitPolicy, frame: F, dissector: impl Dissector<F>) -> u32 {
    match quick(policy, frame, &dissector) {
        Some(hash) => hash,
        None => match policy {
            XmitPolicy::Encap23 => encap23(frame, dissector),
            XmitPolicy::Encap34 => encap34(frame, dissector),
            policy => far(policy, frame),
        },
    }
}

/// [`hash`] as far as the frame lies in one piece and is of the ordinary kind; `None` else.
#[inline(always)]
pub fn quick<F: Frame + Copy>(
    policy: XmitPolicy,
    frame: F,
    dissector: &impl Dissector<F>,
) -> Option<u32> {
    let near = Near(frame.linear());
    let (protocol, offset) = (frame.protocol(), frame.network_offset());
    match policy {
        XmitPolicy::Encap34 if frame.l4_hash().is_some() => frame.l4_hash(),
        XmitPolicy::Encap23 if dissector.is_plain() => ip::plain23(&near, protocol, offset).ok(),
        XmitPolicy::Encap34 if dissector.is_plain() => ip::plain34(&near, protocol, offset).ok(),
        XmitPolicy::Encap23 | XmitPolicy::Encap34 => None,
        policy => read_from(policy, &frame, &near).ok(),
    }
}

/// The policies that do without the dissector.
#[inline(always)]
fn direct<F: Frame + Copy>(policy: XmitPolicy, frame: F) -> u32 {
    match read_from(policy, &frame, &Near(frame.linear())) {
        Ok(hash) => hash,
        Err(Elsewhere) => far(policy, frame),
    }
}

/// [`direct`] with the frame read from `source`.
#[inline(always)]
fn read_from<F: Frame, S: Source>(
    policy: XmitPolicy,
    frame: &F,
    source: &S,
) -> Result<u32, Elsewhere> {
    let layers = match policy {
        XmitPolicy::Layer34 => ip::layer34(source, frame.protocol(), frame.network_offset())?,
        XmitPolicy::Layer23 => ip::layer23(source, frame.protocol(), frame.network_offset())?,
        XmitPolicy::VlanSrcMac => return l2::vlan_srcmac(source, frame.vlan_tag()),
        XmitPolicy::Layer2 | XmitPolicy::Encap23 | XmitPolicy::Encap34 => None,
    };
    match layers {
        Some(hash) => Ok(hash),
        None => l2::eth(source),
    }
}

/// [`direct`] once more from the start, for a frame that does not lie in one piece, or is short.
#[cold]
#[inline(never)]
fn far<F: Frame + Copy>(policy: XmitPolicy, frame: F) -> u32 {
    // All of the frame is within reach.
    read_from(policy, &frame, &Far(&frame)).unwrap_or(0)
}

/// `encap2+3`. Not inlined: the dissector outweighs the call.
#[inline(never)]
fn encap23<F: Frame + Copy>(frame: F, dissector: impl Dissector<F>) -> u32 {
    let keys = dissector.dissect(frame);
    let eth = direct(XmitPolicy::Layer2, frame);
    match keys {
        Some(keys) => ip::fold(eth ^ keys.addresses.mix()),
        None => eth,
    }
}

/// `encap3+4`, where the stack has not made a hash.
#[inline(never)]
fn encap34<F: Frame + Copy>(frame: F, dissector: impl Dissector<F>) -> u32 {
    match dissector.dissect(frame) {
        Some(keys) => ip::fold(keys.l4() ^ keys.addresses.mix()) >> 1,
        None => direct(XmitPolicy::Layer2, frame),
    }
}

/// Where the octets of a frame are read.
///
/// A frame is first read where it lies in one piece, in place. If more is needed than lies there,
/// all begins anew with slower reads: so the ordinary case has nothing to merge with them.
trait Source {
    /// Whether this is the quick look, which leaves what is rare to the slow one.
    const QUICK: bool;

    /// The `N` octets at `offset`, `None` if the frame ends before their end; `Elsewhere` if this
    /// source does not know.
    fn read<const N: usize>(&self, offset: usize) -> Result<Option<[u8; N]>, Elsewhere>;
}

/// The octets needed may be elsewhere in the frame, or the frame is of a rare kind.
struct Elsewhere;

/// What lies in one piece.
struct Near<'a>(&'a [u8]);

impl Source for Near<'_> {
    const QUICK: bool = true;

    #[inline(always)]
    fn read<const N: usize>(&self, offset: usize) -> Result<Option<[u8; N]>, Elsewhere> {
        match self.0.get(offset..).and_then(|rest| rest.first_chunk()) {
            Some(octets) => Ok(Some(*octets)),
            None => Err(Elsewhere),
        }
    }
}

/// All of the frame.
struct Far<'a, F>(&'a F);

impl<F: Frame> Source for Far<'_, F> {
    const QUICK: bool = false;

    fn read<const N: usize>(&self, offset: usize) -> Result<Option<[u8; N]>, Elsewhere> {
        Ok(self.0.get(offset))
    }
}

/// A frame that lies in one piece, as XDP has it: starts with its Ethernet header, tags in band.
#[derive(Clone, Copy, Debug)]
pub struct Linear<'a>(pub &'a [u8]);

impl Frame for Linear<'_> {
    #[inline]
    fn linear(&self) -> &[u8] {
        self.0
    }

    #[inline]
    fn get<const N: usize>(&self, offset: usize) -> Option<[u8; N]> {
        self.0.get(offset..)?.first_chunk().copied()
    }

    /// 0 for a frame shorter than an Ethernet header: it is no IP, and hashes to 0.
    #[inline]
    fn protocol(&self) -> u16 {
        self.get(12).map_or(0, u16::from_be_bytes)
    }

    #[inline]
    fn network_offset(&self) -> usize {
        eth::HEADER_LEN
    }

    #[inline]
    fn vlan_tag(&self) -> Option<u16> {
        None
    }

    #[inline]
    fn l4_hash(&self) -> Option<u32> {
        None
    }
}
