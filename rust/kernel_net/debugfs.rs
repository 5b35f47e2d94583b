// SPDX-License-Identifier: GPL-2.0

//! Directories of debugfs whose files each show a text.
//!
//! Nothing here is an error for the user: without debugfs, or if a name is taken, there is no directory, and
//! its files are not there either.
//!
//! C header: [`include/linux/debugfs.h`](srctree/include/linux/debugfs.h)

use crate::{procfs::SeqFile, vector::Vector};
use core::ptr;
use kernel::{
    error::{from_err_ptr, from_result, to_result},
    prelude::*,
    sync::Arc, //
};

/// A file, and how its text is made.
pub struct File<T: 'static> {
    /// The name in its directory.
    pub name: &'static CStr,
    /// Permission bits.
    pub mode: u16,
    /// Writes all of the text, in process context. Called again, from the start, if the text did not fit.
    pub show: fn(&T, &mut SeqFile<'_>) -> Result,
}

/// What the inode of a file points at; `struct debugfs_text` of the helper is its head.
#[repr(C)]
struct Open<T: 'static> {
    head: net_bindings::debugfs_text,
    show: fn(&T, &mut SeqFile<'_>) -> Result,
    subject: Arc<T>,
}

/// A directory; dropping it removes it with its files, after their last reader is done.
///
/// # Invariants
///
/// `entry` was returned by `debugfs_create_dir()` and is no error. Until it is removed, `texts` are what the
/// inodes of its files point at.
pub struct Dir<T: Send + Sync + 'static> {
    entry: *mut net_bindings::dentry,
    texts: Vector<KBox<Open<T>>>,
    /// The directory that this one is in, which cannot go before.
    _parent: Option<Arc<Dir<()>>>,
}

// SAFETY: Directories may be renamed and removed from any thread; `T` is `Send` and `Sync`.
unsafe impl<T: Send + Sync + 'static> Send for Dir<T> {}
// SAFETY: There is nothing to do with a shared reference but to be a parent, for which debugfs has its locks.
unsafe impl<T: Send + Sync + 'static> Sync for Dir<T> {}

impl Dir<()> {
    /// Makes a directory at the top; sleeps.
    ///
    /// # Errors
    ///
    /// `ENOMEM`, `ENODEV` without debugfs, `EEXIST` if the name is taken.
    pub fn root(name: &CStr) -> Result<Arc<Self>> {
        // SAFETY: The name is a C string, which is copied; null means the top.
        let entry = from_err_ptr(unsafe {
            net_bindings::debugfs_dir(name.as_char_ptr(), ptr::null_mut())
        })?;
        // INVARIANT: Just made, and without files.
        let dir = Self {
            entry,
            texts: Vector::new(),
            _parent: None,
        };
        Ok(Arc::new(dir, GFP_KERNEL)?)
    }
}

impl<T: Send + Sync + 'static> Dir<T> {
    /// Makes a directory with files about `subject`; sleeps.
    ///
    /// # Errors
    ///
    /// `ENOMEM`, or `EEXIST` if the name is taken: there is no directory.
    pub fn new(
        parent: Arc<Dir<()>>,
        name: &CStr,
        subject: T,
        files: &'static [File<T>],
    ) -> Result<Self> {
        let subject = Arc::new(subject, GFP_KERNEL)?;
        // SAFETY: The name is a C string, which is copied; the parent is there.
        let entry =
            from_err_ptr(unsafe { net_bindings::debugfs_dir(name.as_char_ptr(), parent.entry) })?;
        // INVARIANT: Just made, and without files.
        let mut dir = Self {
            entry,
            texts: Vector::new(),
            _parent: Some(parent),
        };
        for file in files {
            dir.add(file, subject.clone())?;
        }
        Ok(dir)
    }

    fn add(&mut self, file: &'static File<T>, subject: Arc<T>) -> Result {
        self.texts.reserve_one(GFP_KERNEL)?;
        let mut text = KBox::new(
            Open {
                head: net_bindings::debugfs_text {
                    show: Some(Self::show),
                },
                show: file.show,
                subject,
            },
            GFP_KERNEL,
        )?;
        let head = ptr::from_mut(&mut *text).cast();
        // INVARIANT: The box stays in place until the directory is removed.
        self.texts.push(text).map_err(|_| ENOMEM)?;
        // SAFETY: The name is a C string, which is copied, and the directory is there; the text, which begins
        // with its head, is there until the directory was removed.
        unsafe {
            net_bindings::debugfs_text_file(file.name.as_char_ptr(), file.mode, self.entry, head)
        };
        Ok(())
    }

    /// Gives the directory another name; sleeps. Files that are open stay so.
    ///
    /// # Errors
    ///
    /// `ENOMEM`, or `EEXIST` if the name is taken: nothing has changed.
    pub fn rename(&self, name: &CStr) -> Result {
        // SAFETY: The directory is there, the name a C string.
        to_result(unsafe { net_bindings::debugfs_rename(self.entry, name.as_char_ptr()) })
    }

    /// # Safety
    ///
    /// To be called by a sequence file only, whose private pointer is an `Open<T>` of a file in debugfs.
    unsafe extern "C" fn show(seq: *mut kernel::bindings::seq_file, _v: *mut c_void) -> c_int {
        from_result(|| {
            // SAFETY: The sequence file is valid, its private pointer as the safety requirements say; debugfs
            // lets no reader in once the file is removed, and removal waits for those who are.
            let text = unsafe { &*(*seq).private.cast::<Open<T>>() };
            // SAFETY: The sequence file is valid, and used by this thread only during this call.
            let mut out = unsafe { SeqFile::from_raw(seq) }?;
            (text.show)(&text.subject, &mut out).map(|()| 0)
        })
    }
}

impl<T: Send + Sync + 'static> Drop for Dir<T> {
    fn drop(&mut self) {
        // SAFETY: By the type invariant; whoever is in the directory holds a reference to `self`, so it has
        // nothing but the files. Waits for their readers, and lets none begin.
        unsafe { net_bindings::debugfs_remove(self.entry) };
    }
}
