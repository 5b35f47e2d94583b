// SPDX-License-Identifier: GPL-2.0

//! Network namespaces, and what a module keeps in each of them.
//!
//! C headers: [`include/net/net_namespace.h`](srctree/include/net/net_namespace.h),
//! [`include/net/netns/generic.h`](srctree/include/net/netns/generic.h)

use crate::{
    netdevice::Device,
    rtnl::Rtnl,
    sysfs::{self, ClassFile}, //
};
use core::{
    cell::UnsafeCell,
    marker::PhantomData,
    mem::MaybeUninit,
    ptr::{self, NonNull},
};
use kernel::{
    error::{from_result, to_result},
    prelude::*,
    sync::{
        atomic::{Acquire, Atomic, Full, Relaxed, Release},
        rcu, //
    },
    types::{NotThreadSafe, Opaque}, //
};

/// A network namespace (`struct net`).
///
/// # Invariants
///
/// A reference is only handed out while the namespace is alive: to a callback of the namespace, for
/// a device that is registered in it, or for the initial one. It does not outlive that.
#[repr(transparent)]
pub struct Namespace(Opaque<net_bindings::net>);

// SAFETY: What the methods use is safe to use from any thread.
unsafe impl Send for Namespace {}
// SAFETY: What the methods use is safe to use from any thread.
unsafe impl Sync for Namespace {}

/// The capability to configure networks; `CAP_NET_ADMIN`.
// CAST: A small constant.
const CAP_NET_ADMIN: c_int = net_bindings::CAP_NET_ADMIN as c_int;

impl Namespace {
    /// Wraps the C object.
    ///
    /// # Safety
    ///
    /// `ptr` must be valid and alive for `'a`, see the type's invariant.
    pub(crate) unsafe fn from_raw<'a>(ptr: *mut net_bindings::net) -> &'a Self {
        // SAFETY: By the safety requirements; `Self` is a transparent wrapper.
        unsafe { &*ptr.cast() }
    }

    /// The C object.
    pub(crate) fn as_ptr(&self) -> *mut net_bindings::net {
        self.0.get()
    }

    /// The namespace the machine starts with.
    pub fn init_net() -> &'static Self {
        // SAFETY: The initial namespace is a static and always alive.
        unsafe { Self::from_raw(&raw mut net_bindings::init_net) }
    }

    /// Whether two references are to the same namespace; `net_eq()`.
    pub fn is(&self, other: &Namespace) -> bool {
        ptr::eq(self, other)
    }

    /// The number that names the namespace to users, as in `/proc/PID/ns/net`.
    pub fn inode(&self) -> u32 {
        // SAFETY: The namespace is alive; the number does not change.
        unsafe { (*self.as_ptr()).ns.inum }
    }

    /// Whether a device of the namespace has this name, also as a second one.
    ///
    /// Corresponds to `netdev_name_in_use()`; a moment later it may be otherwise.
    pub fn is_name_in_use(&self, name: &CStr) -> bool {
        // Names are freed a grace period after they were taken off the list.
        let _guard = rcu::read_lock();
        // SAFETY: The namespace is alive, the name is a C string, and no name is freed meanwhile.
        unsafe { net_bindings::netdev_name_in_use(self.as_ptr(), name.as_char_ptr()) }
    }

    /// Whether the current task may configure this namespace.
    ///
    /// Corresponds to `ns_capable(net->user_ns, CAP_NET_ADMIN)`.
    pub fn may_admin(&self) -> bool {
        // SAFETY: The namespace is valid, and so is the user namespace it belongs to.
        unsafe { net_bindings::ns_capable((*self.as_ptr()).user_ns, CAP_NET_ADMIN) }
    }
}

/// Whether the current task may configure the networks of the initial user namespace.
///
/// Corresponds to `capable(CAP_NET_ADMIN)`.
pub fn capable_net_admin() -> bool {
    // SAFETY: No requirements.
    unsafe { net_bindings::capable(CAP_NET_ADMIN) }
}

/// What a module keeps in each network namespace.
pub trait NamespaceData: Sized + Send + Sync + 'static {
    /// The place, a `static`, where the registration is kept.
    fn per_net() -> &'static PerNet<Self>;

    /// A file in `/sys/class/net` of each namespace.
    ///
    /// Made after the data, removed before [`pre_exit`](Self::pre_exit).
    const CLASS_FILE: Option<&'static ClassFile<Self>> = None;

    /// Makes the data for a namespace that comes into being.
    fn init(net: &Namespace) -> impl PinInit<Self, Error>;

    /// The namespace is about to go, its devices are all there; no lock is held.
    fn pre_exit(&self, _net: &Namespace) {}

    /// Names the devices to be unregistered along with the namespace.
    fn exit_rtnl(&self, _net: &Namespace, _devices: &mut KillList<'_>, _rtnl: &Rtnl<'_>) {}
}

/// Devices to be unregistered together.
pub struct KillList<'a> {
    head: NonNull<net_bindings::list_head>,
    _lifetime: PhantomData<&'a mut ()>,
    _not_send: NotThreadSafe,
}

impl KillList<'_> {
    /// Adds a device; `unregister_netdevice_queue()`.
    ///
    /// A device may be added more than once.
    pub fn add(&mut self, dev: &Device, _rtnl: &Rtnl<'_>) {
        // SAFETY: The device is valid, the RTNL held, and the list the core's own, which it unregisters
        // before the RTNL is released. A device that is on a list already is moved.
        unsafe { net_bindings::unregister_netdevice_queue(dev.as_ptr(), self.head.as_ptr()) };
    }
}

/// The data as it lies in the memory that the core allocates for each namespace, zeroed.
///
/// # Invariants
///
/// While `ready` is true, `data` is initialised and pinned, and `net` the namespace. While `has_file`
/// is true, `attr` is a file of it.
#[repr(C)]
struct Slot<T> {
    attr: Opaque<net_bindings::class_attribute>,
    net: UnsafeCell<*mut net_bindings::net>,
    has_file: Atomic<bool>,
    ready: Atomic<bool>,
    data: UnsafeCell<MaybeUninit<T>>,
}

impl<T: NamespaceData> Slot<T> {
    /// The data and its namespace, once they are there.
    fn parts(&self) -> Option<(&T, &Namespace)> {
        if !self.ready.load(Acquire) {
            return None;
        }
        // SAFETY: By the type invariant; `net` is not written to any more. The namespace is alive for
        // as long as the slot is, which only its callbacks and files use.
        let net = unsafe { Namespace::from_raw(*self.net.get()) };
        // SAFETY: By the type invariant.
        Some((unsafe { (*self.data.get()).assume_init_ref() }, net))
    }

    /// Makes the class file, if there is one; without it the module works all the same.
    fn add_file(&self) {
        let (Some(file), Some((data, net))) = (T::CLASS_FILE, self.parts()) else {
            return;
        };
        let attr = self.attr.get();
        let mut value: net_bindings::class_attribute = pin_init::zeroed();
        value.attr.name = file.name.as_char_ptr();
        value.attr.mode = file.mode;
        value.show = Some(Self::show);
        value.store = Some(Self::store);
        // SAFETY: `attr` is memory of the slot that only this function uses by now.
        unsafe { attr.write(value) };
        // SAFETY: `attr` was just initialised and stays in place, the namespace is alive.
        let err = unsafe { net_bindings::netdev_class_file_add(attr, net.as_ptr()) };
        if err == 0 {
            // INVARIANT: The file was just made.
            self.has_file.store(true, Release);
        } else if err == EEXIST.to_errno() {
            (file.taken)(data, net);
        }
    }

    /// Removes the class file, after its last user is done.
    fn remove_file(&self) {
        if self.has_file.xchg(false, Full) {
            // SAFETY: By the type invariant there is the file, in a namespace that is alive.
            unsafe { net_bindings::netdev_class_file_del(self.attr.get(), *self.net.get()) };
        }
    }

    /// # Safety
    ///
    /// To be called by sysfs only, for the attribute in a slot.
    unsafe extern "C" fn show(
        _class: *const kernel::bindings::class,
        attr: *const net_bindings::class_attribute,
        buf: *mut c_char,
    ) -> isize {
        // SAFETY: The attribute is the first field of a slot, which stays until the file is removed.
        let slot = unsafe { &*attr.cast::<Self>() };
        let (Some(file), Some((data, net))) = (T::CLASS_FILE, slot.parts()) else {
            return 0;
        };
        // SAFETY: sysfs gives a page.
        unsafe { sysfs::show_to(buf, |out| (file.show)(data, net, out)) }
    }

    /// # Safety
    ///
    /// To be called by sysfs only, for the attribute in a slot.
    unsafe extern "C" fn store(
        _class: *const kernel::bindings::class,
        attr: *const net_bindings::class_attribute,
        buf: *const c_char,
        count: usize,
    ) -> isize {
        // SAFETY: The attribute is the first field of a slot, which stays until the file is removed.
        let slot = unsafe { &*attr.cast::<Self>() };
        let (Some(file), Some((data, net))) = (T::CLASS_FILE, slot.parts()) else {
            // CAST: An errno.
            return EIO.to_errno() as isize;
        };
        // SAFETY: sysfs gives `count` bytes of its own buffer.
        unsafe { sysfs::store_from(buf, count, |input| (file.store)(data, net, input)) }
    }
}

/// The registration of a type of [`NamespaceData`], to be a `static` of the driver.
pub struct PerNet<T: NamespaceData> {
    id: Atomic<u32>,
    registered: Atomic<bool>,
    ops: Opaque<net_bindings::pernet_operations>,
    _data: PhantomData<fn() -> T>,
}

// SAFETY: The C structure is only touched by the core, under its locks.
unsafe impl<T: NamespaceData> Sync for PerNet<T> {}

impl<T: NamespaceData> PerNet<T> {
    /// Creates the place; nothing is registered.
    pub const fn new() -> Self {
        const {
            assert!(
                align_of::<Slot<T>>() <= align_of::<u64>(),
                "the core allocates by kzalloc()"
            )
        };
        Self {
            id: Atomic::new(0),
            registered: Atomic::new(false),
            ops: Opaque::new(pin_init::zeroed()),
            _data: PhantomData,
        }
    }

    /// Makes the data for all namespaces, and from now on for each new one. Sleeps.
    ///
    /// Corresponds to `register_pernet_subsys()`. Fails with `EBUSY` if registered, with `ENOMEM`, or
    /// with what [`NamespaceData::init`] returned.
    pub fn register(&'static self) -> Result<PerNetRegistration<T>> {
        if self.registered.xchg(true, Full) {
            return Err(EBUSY);
        }
        let ops = net_bindings::pernet_operations {
            init: Some(Self::init),
            pre_exit: Some(Self::pre_exit),
            exit: Some(Self::exit),
            exit_rtnl: Some(Self::exit_rtnl),
            id: self.id.as_ptr(),
            size: size_of::<Slot<T>>(),
            ..pin_init::zeroed()
        };
        // SAFETY: Nothing is registered, so nobody else uses the structure.
        unsafe { self.ops.get().write(ops) };
        // SAFETY: The structure was just initialised, and lives for ever.
        to_result(unsafe { net_bindings::register_pernet_subsys(self.ops.get()) })
            .inspect_err(|_| self.forget())?;
        Ok(PerNetRegistration(self))
    }

    fn forget(&self) {
        self.id.store(0, Relaxed);
        self.registered.store(false, Release);
    }

    /// The data of a namespace, once it is initialised and until it goes.
    pub fn get<'a>(&self, net: &'a Namespace) -> Option<&'a T> {
        // SAFETY: A live namespace has the slot for as long as the type is registered.
        let slot = unsafe { Self::slot(net.as_ptr()) }?;
        if !slot.ready.load(Acquire) {
            return None;
        }
        // SAFETY: By the invariant of `Slot` the data is initialised. It is dropped when the
        // namespace, or the registration at the module's end, goes: `net` is not used after that.
        Some(unsafe { (*slot.data.get()).assume_init_ref() })
    }

    /// Finds the slot of a namespace.
    ///
    /// # Safety
    ///
    /// `net` must be valid, and its slot not be freed during `'a`.
    unsafe fn slot<'a>(net: *const net_bindings::net) -> Option<&'a Slot<T>> {
        let id = T::per_net().id.load(Relaxed);
        if id == 0 {
            return None;
        }
        // SAFETY: The identity was given by the core, hence the namespace has an entry for it.
        let slot = unsafe { net_bindings::net_generic(net, id) };
        // SAFETY: By the safety requirements; all zeroes is a slot that is not ready.
        NonNull::new(slot.cast::<Slot<T>>()).map(|slot| unsafe { slot.as_ref() })
    }

    /// # Safety
    ///
    /// To be called by the core only.
    unsafe extern "C" fn init(net: *mut net_bindings::net) -> c_int {
        from_result(|| {
            // SAFETY: The core has just allocated the slot.
            let slot = unsafe { Self::slot(net) }.ok_or(ENOENT)?;
            // SAFETY: The namespace is alive.
            let init = T::init(unsafe { Namespace::from_raw(net) });
            // SAFETY: The slot is memory of the right size and alignment that stays in place, and
            // nobody uses it before it is ready.
            unsafe { init.__pinned_init(slot.data.get().cast::<T>()) }?;
            // SAFETY: Nobody else uses the slot before it is ready.
            unsafe { *slot.net.get() = net };
            // INVARIANT: Both were just initialised.
            slot.ready.store(true, Release);
            slot.add_file();
            Ok(0)
        })
    }

    /// # Safety
    ///
    /// To be called by the core only, after a successful `init`.
    unsafe extern "C" fn pre_exit(net: *mut net_bindings::net) {
        // SAFETY: The slot is freed after `exit`.
        if let Some(slot) = unsafe { Self::slot(net) } {
            slot.remove_file();
        }
        // SAFETY: The namespace is alive.
        let net = unsafe { Namespace::from_raw(net) };
        if let Some(data) = T::per_net().get(net) {
            data.pre_exit(net);
        }
    }

    /// # Safety
    ///
    /// To be called by the core only, after a successful `init`.
    unsafe extern "C" fn exit_rtnl(
        net: *mut net_bindings::net,
        list: *mut net_bindings::list_head,
    ) {
        // SAFETY: The core holds the RTNL.
        let rtnl = unsafe { Rtnl::assume_held() };
        // SAFETY: The namespace is alive.
        let net = unsafe { Namespace::from_raw(net) };
        let (Some(data), Some(head)) = (T::per_net().get(net), NonNull::new(list)) else {
            return;
        };
        let mut devices = KillList {
            head,
            _lifetime: PhantomData,
            _not_send: NotThreadSafe,
        };
        data.exit_rtnl(net, &mut devices, &rtnl);
    }

    /// # Safety
    ///
    /// To be called by the core only, once, as the last function for a namespace.
    unsafe extern "C" fn exit(net: *mut net_bindings::net) {
        // SAFETY: The core frees the slot after this.
        let Some(slot) = (unsafe { Self::slot(net) }) else {
            return;
        };
        // INVARIANT: Not ready any more, before the data goes.
        if slot.ready.xchg(false, Full) {
            // SAFETY: The data was initialised, and nobody has a reference: the devices of the module
            // in this namespace, and its files, are gone.
            unsafe { ptr::drop_in_place(slot.data.get().cast::<T>()) };
        }
    }
}

impl<T: NamespaceData> Default for PerNet<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// Keeps a type of [`NamespaceData`] registered.
///
/// Dropping it unregisters the devices named by [`NamespaceData::exit_rtnl`] and drops the data, of
/// all namespaces. Sleeps.
pub struct PerNetRegistration<T: NamespaceData>(&'static PerNet<T>);

impl<T: NamespaceData> Drop for PerNetRegistration<T> {
    fn drop(&mut self) {
        // SAFETY: `register` has registered the structure.
        unsafe { net_bindings::unregister_pernet_subsys(self.0.ops.get()) };
        self.0.forget();
    }
}
