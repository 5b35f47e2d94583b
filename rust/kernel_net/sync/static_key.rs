// SPDX-License-Identifier: GPL-2.0

//! Static keys: conditions that cost a patched instruction to test.
//!
//! The keys are defined in C, in `rust/helpers/keys.c` or in the kernel; each has a module here.
//!
//! C header: [`include/linux/jump_label.h`](srctree/include/linux/jump_label.h)

macro_rules! static_key {
    ($(#[$doc:meta])* $module:ident, $key:ident, $inc:ident, $dec:ident) => {
        $(#[$doc])*
        pub mod $module {
            /// Whether the key is enabled; any context.
            #[inline(always)]
            pub fn enabled() -> bool {
                #[cfg(CONFIG_JUMP_LABEL)]
                {
                    // SAFETY: The key is a static of C, which the kernel patches this branch for.
                    unsafe {
                        ::kernel::jump_label::arch_static_branch! {
                            net_bindings::$key, net_bindings::static_key_false, key, false
                        }
                    }
                }
                #[cfg(not(CONFIG_JUMP_LABEL))]
                {
                    let key = &raw mut net_bindings::$key;
                    // SAFETY: The key is a static of C; its count is read without tearing.
                    unsafe { ::kernel::bindings::static_key_count(key.cast()) > 0 }
                }
            }

            /// Keeps the key enabled while it exists.
            pub struct Enabled(());

            impl Enabled {
                /// Enables the key; counted. Sleeps.
                #[must_use = "dropping this disables the key again"]
                pub fn new() -> Self {
                    // SAFETY: The key is a static of C, the count is changed under its lock.
                    unsafe { net_bindings::$inc() };
                    Self(())
                }
            }

            impl Default for Enabled {
                fn default() -> Self {
                    Self::new()
                }
            }

            impl Drop for Enabled {
                fn drop(&mut self) {
                    // SAFETY: `new` incremented the count.
                    unsafe { net_bindings::$dec() };
                }
            }
        }
    };
}

static_key! {
    /// Some master of others runs an XDP program on them (`bpf_master_redirect_enabled_key`).
    master_redirect,
    bpf_master_redirect_enabled_key,
    bpf_master_redirect_inc,
    bpf_master_redirect_dec
}

static_key! {
    /// Some bond sends neighbour discovery to all slaves (`bond_bcast_neigh_enabled`).
    broadcast_neighbor,
    bond_bcast_neigh_enabled,
    bond_bcast_neigh_inc,
    bond_bcast_neigh_dec
}
