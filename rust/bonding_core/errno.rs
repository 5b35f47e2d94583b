// SPDX-License-Identifier: GPL-2.0

//! The error numbers that decisions of this crate answer with.

/// An error number of the kernel.
///
/// The discriminant is the positive number of `include/uapi/asm-generic/errno-base.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Errno {
    /// Operation not permitted.
    Eperm = 1,
    /// No such file or directory; here: no such option.
    Enoent = 2,
    /// Permission denied; here: not in this mode.
    Eacces = 13,
    /// Device or resource busy; here: the bond is up.
    Ebusy = 16,
    /// No such device.
    Enodev = 19,
    /// Invalid argument.
    Einval = 22,
    /// Directory not empty; here: the bond has slaves.
    Enotempty = 39,
    /// Operation not supported.
    Eopnotsupp = 95,
}

impl Errno {
    /// The positive number.
    #[inline]
    pub const fn number(self) -> i32 {
        self as i32
    }

    /// The value that C functions return: the number, negated.
    #[inline]
    pub const fn to_c(self) -> i32 {
        -(self as i32)
    }
}

#[cfg(test)]
mod tests {
    use super::Errno;

    #[test]
    fn numbers_are_those_of_the_kernel() {
        let all = [
            (Errno::Eperm, 1),
            (Errno::Enoent, 2),
            (Errno::Eacces, 13),
            (Errno::Ebusy, 16),
            (Errno::Enodev, 19),
            (Errno::Einval, 22),
            (Errno::Enotempty, 39),
            (Errno::Eopnotsupp, 95),
        ];
        for (errno, number) in all {
            assert_eq!(errno.number(), number);
            assert_eq!(errno.to_c(), -number);
        }
    }
}
