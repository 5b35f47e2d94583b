// SPDX-License-Identifier: GPL-2.0

//! Files under `/proc/net`.
//!
//! Without `CONFIG_PROC_FS` there are no directories, hence no files, and nobody is told.
//!
//! C header: [`include/linux/proc_fs.h`](srctree/include/linux/proc_fs.h)

use crate::namespace::Namespace;
use core::ptr::NonNull;
use kernel::{
    error::from_result,
    fmt,
    prelude::*,
    sync::Arc,
    types::{NotThreadSafe, Opaque}, //
};

/// A directory in `/proc/net` of a namespace; dropping it removes it.
///
/// # Invariants
///
/// `0` is an entry made by `proc_mkdir()`.
pub struct ProcDir(NonNull<net_bindings::proc_dir_entry>);

// SAFETY: Entries may be used and removed from any thread.
unsafe impl Send for ProcDir {}
// SAFETY: Entries may be used from any thread.
unsafe impl Sync for ProcDir {}

impl ProcDir {
    /// Makes a directory; sleeps. `ENOMEM` without memory, or if the name is taken.
    pub fn new(net: &Namespace, name: &CStr) -> Result<Arc<Self>> {
        // SAFETY: The namespace is alive, the name is a C string, which is copied.
        let entry = unsafe { net_bindings::proc_net_mkdir_plain(net.as_ptr(), name.as_char_ptr()) };
        let entry = NonNull::new(entry).ok_or(ENOMEM)?;
        // INVARIANT: Just made.
        Ok(Arc::new(Self(entry), GFP_KERNEL)?)
    }
}

impl Drop for ProcDir {
    fn drop(&mut self) {
        // SAFETY: By the type invariant; each file in the directory holds a reference to it, so it is
        // empty.
        unsafe { net_bindings::proc_remove(self.0.as_ptr()) };
    }
}

/// The release of the kernel that the module was built for; `UTS_RELEASE` in C.
pub fn kernel_release() -> &'static str {
    CStr::from_bytes_until_nul(net_bindings::UTS_RELEASE)
        .ok()
        .and_then(|release| release.to_str().ok())
        .unwrap_or_default()
}

/// What a file shows.
pub trait ProcShow: Send + Sync + 'static {
    /// Writes all of the text, in process context.
    ///
    /// Called again, from the start, if the text did not fit into the buffer.
    fn show(&self, out: &mut SeqFile<'_>) -> Result;
}

/// A read-only file that shows a `T`; dropping it removes it, after its last reader is done.
///
/// # Invariants
///
/// `entry` is a file made by `proc_create_single_data()` with `data` as its data.
pub struct ProcFile<T: ProcShow> {
    entry: NonNull<net_bindings::proc_dir_entry>,
    data: NonNull<T>,
    _dir: Arc<ProcDir>,
}

// SAFETY: Entries may be removed from any thread; the data is `Send` and `Sync`.
unsafe impl<T: ProcShow> Send for ProcFile<T> {}
// SAFETY: There is nothing to do with a shared reference.
unsafe impl<T: ProcShow> Sync for ProcFile<T> {}

impl<T: ProcShow> ProcFile<T> {
    /// Makes a file of mode 0444; sleeps. `ENOMEM` without memory, or if the name is taken.
    pub fn new(dir: Arc<ProcDir>, name: &CStr, data: T) -> Result<Self> {
        let data = NonNull::from(KBox::leak(KBox::new(data, GFP_KERNEL)?));
        // SAFETY: The directory is there, the name is copied; the data stays until the file is removed,
        // and `show` is made for it.
        let entry = unsafe {
            net_bindings::proc_create_single_data(
                name.as_char_ptr(),
                0o444,
                dir.0.as_ptr(),
                Some(Self::show),
                data.as_ptr().cast(),
            )
        };
        let Some(entry) = NonNull::new(entry) else {
            // SAFETY: The box was leaked above, and there is no file that uses it.
            drop(unsafe { KBox::from_raw(data.as_ptr()) });
            return Err(ENOMEM);
        };
        // INVARIANT: Just made.
        Ok(Self {
            entry,
            data,
            _dir: dir,
        })
    }

    /// # Safety
    ///
    /// To be called by procfs only, for a file made by `new`.
    unsafe extern "C" fn show(seq: *mut kernel::bindings::seq_file, _v: *mut c_void) -> c_int {
        from_result(|| {
            // SAFETY: The sequence file is valid; for files of this kind, its private pointer is the
            // data given to `new`, which stays until removal has waited for this function.
            let data = unsafe { &*(*seq).private.cast::<T>() };
            // SAFETY: The sequence file is valid, and used by this thread only during this call.
            let mut out = unsafe { SeqFile::from_raw(seq) }?;
            data.show(&mut out).map(|()| 0)
        })
    }
}

impl<T: ProcShow> Drop for ProcFile<T> {
    fn drop(&mut self) {
        // SAFETY: By the type invariant. Waits for readers, and lets none begin.
        unsafe { net_bindings::proc_remove(self.entry.as_ptr()) };
        // SAFETY: The box was leaked by `new`, and nobody reads it any more.
        drop(unsafe { KBox::from_raw(self.data.as_ptr()) });
    }
}

/// The text of a file being read.
pub struct SeqFile<'a> {
    raw: NonNull<kernel::bindings::seq_file>,
    _lifetime: core::marker::PhantomData<&'a Opaque<kernel::bindings::seq_file>>,
    _not_send: NotThreadSafe,
}

impl SeqFile<'_> {
    /// Wraps the C object.
    ///
    /// # Safety
    ///
    /// `seq` must be null, or valid and used by nobody else for as long as the result lives.
    pub(crate) unsafe fn from_raw(seq: *mut kernel::bindings::seq_file) -> Result<Self> {
        Ok(Self {
            raw: NonNull::new(seq).ok_or(EINVAL)?,
            _lifetime: core::marker::PhantomData,
            _not_send: NotThreadSafe,
        })
    }

    /// Whether whoever opened the file may configure the networks of `net`.
    ///
    /// Corresponds to `file_ns_capable()`.
    pub fn opener_may_admin(&self, net: &Namespace) -> bool {
        // SAFETY: The sequence file belongs to an open file, and the namespace to a user namespace.
        unsafe { net_bindings::seq_file_net_admin(self.raw.as_ptr(), net.as_ptr()) }
    }
}

impl fmt::Write for SeqFile<'_> {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        // SAFETY: The sequence file is valid, and the text is `len` bytes.
        let err =
            unsafe { kernel::bindings::seq_write(self.raw.as_ptr(), s.as_ptr().cast(), s.len()) };
        // An overflow has the whole shown again, with a larger buffer; it is not for the writer.
        let _ = err;
        Ok(())
    }
}
