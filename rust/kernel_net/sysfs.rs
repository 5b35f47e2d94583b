// SPDX-License-Identifier: GPL-2.0

//! Attributes in sysfs: of a network device, of a directory of one's own, of the class `net`.
//!
//! An attribute is a name, a mode and a number; what it shows and stores is the business of one
//! function each, which is told the number.
//!
//! C header: [`include/linux/sysfs.h`](srctree/include/linux/sysfs.h)

#[cfg(CONFIG_KUNIT = "y")]
mod tests;

use crate::{namespace::Namespace, netdevice::Device, rtnl::LinkOps};
use core::{
    marker::PhantomData,
    ptr::{self, NonNull},
};
use kernel::{
    bindings,
    error::to_result,
    fmt,
    page::PAGE_SIZE,
    prelude::*,
    types::Opaque, //
};

/// The text of an attribute being read: a page, longer text is cut.
///
/// # Invariants
///
/// `page` is a page that nobody else uses during `'a`, `len` is at most its size.
pub struct SysfsBuf<'a> {
    page: NonNull<u8>,
    len: usize,
    _lifetime: PhantomData<&'a mut [u8]>,
}

impl SysfsBuf<'_> {
    /// # Safety
    ///
    /// `page` must be a page that nobody else uses during `'a`.
    unsafe fn from_raw<'a>(page: NonNull<c_char>) -> SysfsBuf<'a> {
        // INVARIANT: By the safety requirements.
        SysfsBuf {
            page: page.cast(),
            len: 0,
            _lifetime: PhantomData,
        }
    }

    /// The number of bytes written so far.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The number of bytes that still fit, besides the terminator.
    pub fn remaining(&self) -> usize {
        (PAGE_SIZE - 1).saturating_sub(self.len)
    }

    /// Takes back all but the first `len` bytes.
    pub fn truncate(&mut self, len: usize) {
        // INVARIANT: The length only becomes less.
        self.len = self.len.min(len);
    }

    /// Puts `byte` in place of the last one, if there is one.
    pub fn replace_last(&mut self, byte: u8) {
        if self.len > 0 {
            self.truncate(self.len.saturating_sub(1));
            self.push(byte);
        }
    }

    fn push(&mut self, byte: u8) {
        if self.remaining() == 0 {
            return;
        }
        // SAFETY: By the type invariant and the check above, the place is within the page.
        unsafe { self.page.add(self.len).write(byte) };
        // INVARIANT: There was room for another byte.
        self.len = self.len.wrapping_add(1);
    }

    /// Terminates the text and returns its length.
    fn finish(self) -> isize {
        // SAFETY: By the type invariant and `push`, there is room for the terminator.
        unsafe { self.page.add(self.len).write(0) };
        // CAST: At most a page.
        self.len as isize
    }
}

impl fmt::Write for SysfsBuf<'_> {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        for byte in s.bytes() {
            self.push(byte);
        }
        Ok(())
    }
}

/// Runs `show` on the page that sysfs gave.
///
/// # Safety
///
/// `buf` must be a page that nobody else uses during this call.
pub(crate) unsafe fn show_to(
    buf: *mut c_char,
    show: impl FnOnce(&mut SysfsBuf<'_>) -> Result,
) -> isize {
    let Some(page) = NonNull::new(buf) else {
        return EINVAL.to_errno() as isize;
    };
    // SAFETY: By the safety requirements.
    let mut out = unsafe { SysfsBuf::from_raw(page) };
    match show(&mut out) {
        Ok(()) => out.finish(),
        // CAST: An errno.
        Err(e) => e.to_errno() as isize,
    }
}

/// Runs `store` on the bytes that sysfs gave.
///
/// # Safety
///
/// `buf` must be `count` bytes that nobody writes to during this call.
pub(crate) unsafe fn store_from(
    buf: *const c_char,
    count: usize,
    store: impl FnOnce(&[u8]) -> Result<usize>,
) -> isize {
    if buf.is_null() {
        return EINVAL.to_errno() as isize;
    }
    // SAFETY: By the safety requirements.
    match store(unsafe { core::slice::from_raw_parts(buf.cast(), count) }) {
        // CAST: sysfs writes at most a page.
        Ok(used) => used.min(count) as isize,
        // CAST: An errno.
        Err(e) => e.to_errno() as isize,
    }
}

/// What the attributes of a type show and store.
pub trait Attributes: Send + Sync + 'static {
    /// Writes the text of attribute `id`, in process context.
    fn show(&self, id: u16, out: &mut SysfsBuf<'_>) -> Result;

    /// Takes what was written to attribute `id`; returns how many bytes, which is all of them.
    ///
    /// Process context. A file waits for its users when it is removed, under the RTNL: take that by
    /// [`try_lock_or_restart`](crate::rtnl::try_lock_or_restart).
    fn store(&self, _id: u16, _input: &[u8]) -> Result<usize> {
        Err(EIO)
    }
}

/// An attribute of a `T`.
#[repr(C)]
pub struct Attribute<T> {
    attr: net_bindings::device_attribute,
    id: u16,
    _type: PhantomData<fn(&T)>,
}

// SAFETY: An attribute is constant.
unsafe impl<T> Sync for Attribute<T> {}

impl<T: Attributes> Attribute<T> {
    /// Creates the attribute `id`, to be an element of a `static`.
    pub const fn new(name: &'static CStr, mode: u16, id: u16) -> Self {
        let mut attr: net_bindings::device_attribute = pin_init::zeroed();
        attr.attr.name = name.to_bytes_with_nul().as_ptr();
        attr.attr.mode = mode;
        Self {
            attr,
            id,
            _type: PhantomData,
        }
    }
}

impl<T: LinkOps + Attributes> Attribute<T> {
    /// Makes it an attribute of network devices whose private area is a `T`.
    pub const fn of_device(name: &'static CStr, mode: u16, id: u16) -> DeviceAttribute<T> {
        let mut this = Self::new(name, mode, id);
        this.attr.__bindgen_anon_1.show = Some(Self::device_show);
        if mode & 0o222 != 0 {
            this.attr.__bindgen_anon_2.store = Some(Self::device_store);
        }
        DeviceAttribute(this)
    }

    /// The private area of the device that C calls about.
    ///
    /// # Safety
    ///
    /// `dev` must be the `dev` of a network device whose private area is a `T`, and stay for `'a`.
    unsafe fn private<'a>(dev: *mut bindings::device) -> &'a T {
        // SAFETY: By the safety requirements.
        let netdev = unsafe { kernel::container_of!(dev, net_bindings::net_device, dev) };
        // SAFETY: By the safety requirements.
        let netdev: &'a Device = unsafe { Device::from_raw(netdev) };
        // SAFETY: sysfs knows the device only once `ndo_init` has initialised the private area, and
        // waits for its callers before that is dropped.
        unsafe { &*netdev.private() }
    }

    /// # Safety
    ///
    /// To be called by sysfs only, for a network device whose private area is a `T`.
    unsafe extern "C" fn device_show(
        dev: *mut bindings::device,
        attr: *mut net_bindings::device_attribute,
        buf: *mut c_char,
    ) -> isize {
        // SAFETY: Only attributes of this type have this function; the attribute is the first field.
        let id = unsafe { (*attr.cast::<Self>()).id };
        // SAFETY: By the safety requirements.
        let this = unsafe { Self::private(dev) };
        // SAFETY: sysfs gives a page.
        unsafe { show_to(buf, |out| this.show(id, out)) }
    }

    /// # Safety
    ///
    /// To be called by sysfs only, for a network device whose private area is a `T`.
    unsafe extern "C" fn device_store(
        dev: *mut bindings::device,
        attr: *mut net_bindings::device_attribute,
        buf: *const c_char,
        count: usize,
    ) -> isize {
        // SAFETY: Only attributes of this type have this function; the attribute is the first field.
        let id = unsafe { (*attr.cast::<Self>()).id };
        // SAFETY: By the safety requirements.
        let this = unsafe { Self::private(dev) };
        // SAFETY: sysfs gives `count` bytes of its own buffer.
        unsafe { store_from(buf, count, |input| this.store(id, input)) }
    }
}

/// An attribute of network devices whose private area is a `T`.
#[repr(transparent)]
pub struct DeviceAttribute<T>(Attribute<T>);

/// The addresses of attributes, with the null that ends such a list: `M` is one more than there are.
#[repr(transparent)]
pub struct AttributeList<A, const M: usize>([*mut net_bindings::attribute; M], PhantomData<A>);

// SAFETY: The list is constant, and so is what it points to.
unsafe impl<A, const M: usize> Sync for AttributeList<A, M> {}

impl<A, const M: usize> AttributeList<A, M> {
    /// Lists the attributes of an array of `M - 1`.
    const fn of<const N: usize>(attributes: &'static [A; N]) -> Self {
        const {
            assert!(M == N + 1, "one more than there are attributes");
        }
        let mut list = [ptr::null_mut(); M];
        let mut i = 0;
        while i < N {
            // CAST: The C attribute is the first field of each kind of attribute.
            list[i] = (&raw const attributes[i])
                .cast::<net_bindings::attribute>()
                .cast_mut();
            i += 1;
        }
        Self(list, PhantomData)
    }
}

impl<T: LinkOps + Attributes, const M: usize> AttributeList<DeviceAttribute<T>, M> {
    /// Lists the attributes of a device group.
    pub const fn new<const N: usize>(attributes: &'static [DeviceAttribute<T>; N]) -> Self {
        Self::of(attributes)
    }
}

impl<T: Attributes, const M: usize> AttributeList<Attribute<T>, M> {
    /// Lists the attributes of a directory.
    pub const fn new<const N: usize>(attributes: &'static [Attribute<T>; N]) -> Self {
        Self::of(attributes)
    }

    /// The list as [`Directory`] wants it.
    pub const fn as_files(&'static self) -> Files<T> {
        Files(&self.0[0], PhantomData)
    }
}

/// A group of attributes in the directory of network devices whose private area is a `T`.
///
/// See [`LinkOps::SYSFS_GROUP`].
#[repr(transparent)]
pub struct DeviceGroup<T>(net_bindings::attribute_group, PhantomData<fn(&T)>);

// SAFETY: The group is constant.
unsafe impl<T> Sync for DeviceGroup<T> {}

impl<T: LinkOps + Attributes> DeviceGroup<T> {
    /// Creates the group, to be a `static`.
    pub const fn new<const M: usize>(
        name: &'static CStr,
        attributes: &'static AttributeList<DeviceAttribute<T>, M>,
    ) -> Self {
        let mut group: net_bindings::attribute_group = pin_init::zeroed();
        group.name = name.to_bytes_with_nul().as_ptr();
        group.__bindgen_anon_2.attrs = attributes.0.as_ptr().cast_mut();
        Self(group, PhantomData)
    }
}

impl<T> DeviceGroup<T> {
    /// The C structure.
    pub(crate) fn as_ptr(&'static self) -> *const net_bindings::attribute_group {
        &self.0
    }
}

/// The files of a [`Directory`].
pub struct Files<T>(*const *mut net_bindings::attribute, PhantomData<fn(&T)>);

impl<T> Clone for Files<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Files<T> {}

/// A directory in that of a network device (a kobject of one's own), with files about a `T`.
///
/// Dropping it removes it, after its last reader is done. The `T` goes when the last reference to
/// the kobject does.
///
/// # Invariants
///
/// `0` is valid until the reference this value owns is put.
pub struct Directory<T: Attributes>(NonNull<Entry<T>>);

/// The kobject and what belongs to it.
#[repr(C)]
struct Entry<T> {
    kobj: Opaque<bindings::kobject>,
    data: T,
}

// SAFETY: Kobjects may be used from any thread; the data is `Send` and `Sync`.
unsafe impl<T: Attributes> Send for Directory<T> {}
// SAFETY: There is nothing unsynchronised to do with a shared reference.
unsafe impl<T: Attributes> Sync for Directory<T> {}

impl<T: Attributes> Directory<T> {
    const SYSFS_OPS: &'static net_bindings::sysfs_ops = &net_bindings::sysfs_ops {
        show: Some(Self::show),
        store: None,
    };

    const TYPE: &'static bindings::kobj_type = &bindings::kobj_type {
        release: Some(Self::release),
        sysfs_ops: ptr::from_ref(Self::SYSFS_OPS).cast(),
        ..pin_init::zeroed()
    };

    /// Makes an empty directory in that of `dev`; sleeps. Corresponds to `kobject_init_and_add()`.
    pub fn new(dev: &Device, name: &CStr, data: T) -> Result<Self> {
        let entry = KBox::new(
            Entry {
                kobj: Opaque::zeroed(),
                data,
            },
            GFP_KERNEL,
        )?;
        let entry = NonNull::from(KBox::leak(entry));
        // INVARIANT: The entry belongs to the kobject's first reference from here on.
        let this = Self(entry);
        // SAFETY: The device is valid, and so is the kobject in it.
        let parent = unsafe { &raw mut (*dev.as_ptr()).dev.kobj };
        // SAFETY: The kobject is zeroed memory that stays until it is released, the type a static; the
        // name is copied.
        to_result(unsafe {
            bindings::kobject_init_and_add(
                this.kobj(),
                ptr::from_ref(Self::TYPE),
                parent,
                c"%s".as_char_ptr(),
                name.as_char_ptr(),
            )
        })?;
        Ok(this)
    }

    fn kobj(&self) -> *mut bindings::kobject {
        // SAFETY: By the type invariant.
        unsafe { Opaque::cast_into(&raw const (*self.0.as_ptr()).kobj) }
    }

    /// Makes the files; sleeps. If this fails none is there.
    pub fn add_files(&self, files: Files<T>) -> Result {
        // SAFETY: The kobject is in sysfs, the list is a static of attributes for a `T`.
        to_result(unsafe { net_bindings::sysfs_create_files(self.kobj(), files.0.cast()) })
    }

    /// Removes the files, after their last reader is done; sleeps.
    pub fn remove_files(&self, files: Files<T>) {
        // SAFETY: As in `add_files`; a file that is not there is passed over.
        unsafe { net_bindings::sysfs_remove_files(self.kobj(), files.0.cast()) };
    }

    /// # Safety
    ///
    /// To be called by sysfs only, for a kobject made by `new`.
    unsafe extern "C" fn show(
        kobj: *mut bindings::kobject,
        attr: *mut net_bindings::attribute,
        buf: *mut c_char,
    ) -> isize {
        // SAFETY: The files of such a kobject are attributes for a `T`, of which the C attribute is the
        // first field.
        let id = unsafe { (*attr.cast::<Attribute<T>>()).id };
        // SAFETY: The kobject is the first field of an entry, which a reader keeps.
        let data = unsafe { &(*kobj.cast::<Entry<T>>()).data };
        // SAFETY: sysfs gives a page.
        unsafe { show_to(buf, |out| data.show(id, out)) }
    }

    /// # Safety
    ///
    /// To be called by the kobject core only, when the last reference is put.
    unsafe extern "C" fn release(kobj: *mut bindings::kobject) {
        // SAFETY: The kobject is the first field of an entry that `new` leaked from a box, and nobody
        // uses it any more.
        drop(unsafe { KBox::from_raw(kobj.cast::<Entry<T>>()) });
    }
}

impl<T: Attributes> Drop for Directory<T> {
    fn drop(&mut self) {
        // SAFETY: By the type invariant; removes the directory and puts the first reference.
        unsafe { bindings::kobject_put(self.kobj()) };
    }
}

/// A file in `/sys/class/net` of each network namespace, about the data `T` a module keeps there.
///
/// See [`NamespaceData::CLASS_FILE`](crate::namespace::NamespaceData::CLASS_FILE).
pub struct ClassFile<T> {
    /// The name of the file.
    pub name: &'static CStr,
    /// The permissions of the file.
    pub mode: u16,
    /// Writes the text, in process context.
    pub show: fn(&T, &Namespace, &mut SysfsBuf<'_>) -> Result,
    /// Takes what was written; process context.
    pub store: fn(&T, &Namespace, &[u8]) -> Result<usize>,
    /// Told that the name is taken, and that there is no file for this reason.
    pub taken: fn(&T, &Namespace),
}
