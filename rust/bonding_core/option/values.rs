// SPDX-License-Identifier: GPL-2.0

//! The values of the options that have a fixed list of them.

/// Makes an enum of an option's values, with the names and numbers of user space.
macro_rules! option_values {
    ($(#[$doc:meta])* $name:ident {
        $($(#[$vdoc:meta])* $variant:ident = $number:literal $text:literal,)+
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum $name {
            $($(#[$vdoc])* $variant = $number,)+
        }

        impl $name {
            /// Every value, by number.
            pub const ALL: &'static [$name] = &[$($name::$variant,)+];

            /// The number of user space.
            #[inline]
            pub const fn number(self) -> u8 {
                self as u8
            }

            /// The name that the option takes and shows.
            pub const fn name(self) -> &'static str {
                match self {
                    $($name::$variant => $text,)+
                }
            }
        }

        impl TryFrom<u64> for $name {
            type Error = u64;

            fn try_from(number: u64) -> Result<Self, u64> {
                match number {
                    $($number => Ok($name::$variant),)+
                    _ => Err(number),
                }
            }
        }
    };
}

option_values! {
    /// What a frame is hashed by (`BOND_XMIT_POLICY_*`).
    XmitPolicy {
        /// MAC addresses and Ethernet type.
        #[default]
        Layer2 = 0 "layer2",
        /// IP addresses and ports.
        Layer34 = 1 "layer3+4",
        /// MAC and IP addresses.
        Layer23 = 2 "layer2+3",
        /// As layer2+3, of the innermost headers.
        Encap23 = 3 "encap2+3",
        /// As layer3+4, of the innermost headers.
        Encap34 = 4 "encap3+4",
        /// VLAN id and source MAC address.
        VlanSrcMac = 5 "vlan+srcmac",
    }
}

option_values! {
    /// Where the MAC address of a bond comes from that nobody set.
    MacPolicy {
        /// It is that of the first slave; user space is told to leave it alone.
        #[default]
        First = 0 "first",
        /// As `first`, but locally administered, so that no port has it.
        Private = 1 "private",
        /// As the C driver: drawn by lot, and declared so, until there is a slave.
        Compat = 2 "compat",
    }
}

option_values! {
    /// Which MAC addresses the slaves of an active-backup bond have (`BOND_FOM_*`).
    FailOverMac {
        /// All that of the bond.
        #[default]
        None = 0 "none",
        /// Each its own, the bond that of the active slave.
        Active = 1 "active",
        /// The active slave that of the bond, the others their own.
        Follow = 2 "follow",
    }
}

option_values! {
    /// Which slaves' probes the ARP monitor validates (`BOND_ARP_VALIDATE_*`).
    ///
    /// Bit 0 is the active slave, bit 1 the backups, bit 2 the filter.
    ArpValidate {
        /// Any frame counts.
        #[default]
        None = 0 "none",
        /// The active slave's must be answers to probes.
        Active = 1 "active",
        /// The backups' must be the probes.
        Backup = 2 "backup",
        /// Both of the above.
        All = 3 "all",
        /// Any ARP or neighbour frame counts, no other.
        Filter = 4 "filter",
        /// `Active`, and only ARP counts for the backups.
        FilterActive = 5 "filter_active",
        /// `Backup`, and only ARP counts for the active slave.
        FilterBackup = 6 "filter_backup",
    }
}

impl ArpValidate {
    /// Whether frames of an active (`active` true) or backup slave are validated
    /// (`slave_do_arp_validate()`).
    #[inline]
    pub const fn validates(self, active: bool) -> bool {
        self as u8 & if active { 1 } else { 2 } != 0
    }

    /// Whether only ARP and neighbour discovery count as traffic
    /// (`slave_do_arp_validate_only()`).
    #[inline]
    pub const fn filters(self) -> bool {
        self as u8 & 4 != 0
    }
}

option_values! {
    /// What proves a backup, besides our own requests that come back through the switch.
    ArpBackupProbe {
        /// Nothing, as in C.
        #[default]
        Off = 0 "off",
        /// What a target broadcasts of its own accord.
        Listen = 1 "listen",
        /// As `Listen`, and answers to probes that the backup sends from an address of its own.
        Probe = 2 "probe",
    }
}

option_values! {
    /// How many targets must answer (`BOND_ARP_TARGETS_*`).
    ArpAllTargets {
        /// One is enough.
        #[default]
        Any = 0 "any",
        /// Each of them.
        All = 1 "all",
    }
}

option_values! {
    /// When a primary that came back takes over (`BOND_PRI_RESELECT_*`).
    PrimaryReselect {
        /// At once.
        #[default]
        Always = 0 "always",
        /// If it is faster than the active slave.
        Better = 1 "better",
        /// When the active slave fails.
        Failure = 2 "failure",
    }
}

option_values! {
    /// How often LACPDUs are asked from the partner (`AD_LACP_*`).
    LacpRate {
        /// Every 30 seconds.
        #[default]
        Slow = 0 "slow",
        /// Every second.
        Fast = 1 "fast",
    }
}

option_values! {
    /// What makes an aggregator the active one (`BOND_AD_*`).
    AdSelect {
        /// The widest, kept until it has no ports.
        #[default]
        Stable = 0 "stable",
        /// The widest.
        Bandwidth = 1 "bandwidth",
        /// The one with the most ports.
        Count = 2 "count",
        /// The one with the highest sum of port priorities.
        ActorPortPrio = 3 "actor_port_prio",
    }
}
