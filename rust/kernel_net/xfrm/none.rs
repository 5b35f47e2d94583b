// SPDX-License-Identifier: GPL-2.0

//! IPsec offload in kernels that have none: there is never a security association.

use crate::{
    netdevice::{ops::Driver, Device, Setup},
    rtnl::Rtnl,
    skbuff::SkBuff,
    tx::TxContext, //
};
use kernel::{prelude::*, sync::rcu};

/// The security associations of a device: none.
pub struct Sas(());

impl Sas {
    /// No SAs.
    pub fn new() -> impl PinInit<Self> {
        Self(())
    }

    /// Whether there is any.
    pub fn any(&self) -> bool {
        false
    }

    /// Takes nothing off `from`.
    pub fn take_off(&self, _from: &Device, _cannot: impl FnMut(), _rtnl: &Rtnl<'_>) {}

    /// Puts nothing on `to`.
    pub fn put_on(&self, _to: &Device, _cannot: impl FnMut(bool), _rtnl: &Rtnl<'_>) {}
}

impl SkBuff {
    /// The SA that encrypts the frame: none.
    #[inline]
    pub fn ipsec_of(&self, _dev: &Device) -> Option<FrameSa> {
        None
    }
}

/// The SA of a frame, which no frame has.
pub enum FrameSa {}

impl FrameSa {
    /// Whether `dev` is the device that does the work of the SA.
    pub fn is_on(&self, _dev: &Device, _cx: &TxContext<'_>) -> bool {
        match *self {}
    }
}

impl Device {
    /// Has nothing to give up.
    pub fn flush_sas(&self, _rtnl: &Rtnl<'_>) {}
}

impl Setup<'_> {
    /// Gives the device nothing.
    pub fn offer_ipsec<T: Ipsec>(&mut self) {}
}

/// What a driver can tell of an SA whose work is asked for.
pub struct Mismatch<'a> {
    /// The device that is to do the work.
    pub active: &'a Device,
    /// The device that has the SA.
    pub real: &'a Device,
}

/// Something that a device with IPsec need not have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// Sequence numbers that go on.
    AdvanceEsn,
    /// Statistics.
    UpdateStats,
}

/// A driver whose devices have IPsec from a device below.
pub trait Ipsec: Driver {
    /// Where the SAs of the device are kept.
    fn sas(&self) -> &Sas;

    /// There is an SA now, or none any more.
    fn sas_changed(&self);

    /// The device below that is given a new SA.
    fn ipsec_model<'a>(&'a self, guard: &'a rcu::Guard) -> Option<&'a Device>;

    /// The device below that frames leave by.
    fn ipsec_worker<'a>(&'a self, guard: &'a rcu::Guard) -> Option<&'a Device>;

    /// The user deleted an SA, and `dev` has no means to.
    fn sa_stays(&self, dev: &Device);

    /// Something is asked of an SA that is not on the device that frames leave by.
    fn ipsec_mismatch(&self, mismatch: &Mismatch<'_>);

    /// `dev` cannot do something that is asked of it.
    fn ipsec_lacks(dev: &Device, lack: Lack);
}
