// SPDX-License-Identifier: GPL-2.0

//! From a hash or a counter to the place of a slave, without a division a packet.

/// Divides by a count fixed beforehand: exact for every 32-bit value.
///
/// Remainders come from two multiplications (Lemire, Kaser, Kurz: "Faster remainder by direct
/// computation", 2019): with `m = ceil(2^64 / n)`, the low 64 bits of `m * hash`, times `n`, have
/// `hash mod n` in their upper half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Divisor {
    count: u32,
    #[cfg(target_pointer_width = "64")]
    magic: u64,
}

impl Divisor {
    /// Stands for no slaves: every place is 0, where there is none.
    pub const NONE: Self = Self {
        count: 0,
        #[cfg(target_pointer_width = "64")]
        magic: 0,
    };

    /// Prepares for `count` slaves; `None` for 0.
    pub const fn new(count: u32) -> Option<Self> {
        if count == 0 {
            return None;
        }
        Some(Self {
            count,
            // For 1 the sum wraps to 0, and every remainder is 0 as it should be.
            #[cfg(target_pointer_width = "64")]
            magic: (u64::MAX / count as u64).wrapping_add(1),
        })
    }

    /// The count this divides by; 0 for [`Self::NONE`].
    #[inline]
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// `hash % count`.
    #[inline]
    #[cfg(target_pointer_width = "64")]
    pub const fn index(&self, hash: u32) -> u32 {
        let low = self.magic.wrapping_mul(hash as u64);
        // Less than 2^64 times less than 2^32: no overflow, and the upper half is below `count`.
        ((low as u128).wrapping_mul(self.count as u128) >> 64) as u32
    }

    /// `hash % count`.
    #[inline]
    #[cfg(not(target_pointer_width = "64"))]
    pub const fn index(&self, hash: u32) -> u32 {
        match hash.checked_rem(self.count) {
            Some(index) => index,
            None => 0,
        }
    }
}

/// What makes the next number in balance-rr (option `packets_per_slave`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// 0: a random number each.
    Random,
    /// 1: the counter, so that each packet goes to the next slave.
    Each,
    /// N: the counter divided by N, so that N packets in a row share a slave.
    Every(Reciprocal),
}

impl Pace {
    /// From the option's value.
    pub const fn new(packets_per_slave: u32) -> Self {
        match packets_per_slave {
            0 => Self::Random,
            1 => Self::Each,
            n => match Reciprocal::new(n) {
                Some(reciprocal) => Self::Every(reciprocal),
                None => Self::Random,
            },
        }
    }

    /// The next number, to be taken modulo the number of slaves (C's `bond_rr_gen_slave_id()`).
    ///
    /// `count` increments the counter and returns the new value; it is not called for `Random`.
    #[inline]
    pub fn next(&self, count: impl FnOnce() -> u32, random: impl FnOnce() -> u32) -> u32 {
        match self {
            Self::Random => random(),
            Self::Each => count(),
            Self::Every(reciprocal) => reciprocal.divide(count()),
        }
    }
}

/// A division by a constant as the kernel's `struct reciprocal_value` does it.
///
/// Exact for every 32-bit value (Granlund, Montgomery: "Division by invariant integers using
/// multiplication", 1994, figure 4.1). The three fields equal C's, which lie in the driver's
/// private area where other drivers may look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reciprocal {
    /// The multiplier.
    pub m: u32,
    /// The first shift, 0 or 1.
    pub sh1: u8,
    /// The second shift, below 32.
    pub sh2: u8,
}

impl Reciprocal {
    /// Prepares for dividing by `divisor`; `None` for 0.
    pub const fn new(divisor: u32) -> Option<Self> {
        if divisor == 0 {
            return None;
        }
        // The number of bits that `divisor - 1` has, 0..=32.
        let bits = 32_u32.saturating_sub(divisor.saturating_sub(1).leading_zeros());
        // 2^bits - divisor is below 2^31, as divisor is above 2^(bits - 1).
        let excess = (1_u64 << bits).saturating_sub(divisor as u64);
        let m = match (excess << 32).checked_div(divisor as u64) {
            Some(quotient) => quotient.wrapping_add(1) as u32,
            None => return None,
        };
        Some(Self {
            m,
            sh1: if bits == 0 { 0 } else { 1 },
            sh2: bits.saturating_sub(1) as u8,
        })
    }

    /// `value / divisor`.
    #[inline]
    pub const fn divide(&self, value: u32) -> u32 {
        let t = ((value as u64).wrapping_mul(self.m as u64) >> 32) as u32;
        // t is at most value, and the sum at most value again: nothing overflows.
        t.wrapping_add(value.wrapping_sub(t).wrapping_shr(self.sh1 as u32))
            .wrapping_shr(self.sh2 as u32)
    }
}
