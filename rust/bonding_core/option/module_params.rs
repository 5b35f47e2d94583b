// SPDX-License-Identifier: GPL-2.0

//! The module parameters, in the order of their declaration.

use super::{ModuleParam, OptionId, ParamKind};

const fn param(
    name: &'static str,
    kind: ParamKind,
    option: Option<OptionId>,
    description: &'static str,
) -> ModuleParam {
    ModuleParam {
        name,
        kind,
        permissions: 0,
        description,
        option,
    }
}

/// Every module parameter.
pub static MODULE_PARAMS: [ModuleParam; 27] = [
    param("max_bonds", ParamKind::Int, None, "Max number of bonded devices"),
    param("tx_queues", ParamKind::Int, None, "Max number of transmit queues (default = 16)"),
    ModuleParam {
        permissions: 0o644,
        ..param("num_grat_arp", ParamKind::Int, Some(OptionId::NumPeerNotif), "Number of peer notifications to send on failover event (alias of num_unsol_na)")
    },
    ModuleParam {
        permissions: 0o644,
        ..param("num_unsol_na", ParamKind::Int, Some(OptionId::NumPeerNotif), "Number of peer notifications to send on failover event (alias of num_grat_arp)")
    },
    param("miimon", ParamKind::Int, Some(OptionId::MiiMon), "Link check interval in milliseconds"),
    param("updelay", ParamKind::Int, Some(OptionId::UpDelay), "Delay before considering link up, in milliseconds"),
    param("downdelay", ParamKind::Int, Some(OptionId::DownDelay), "Delay before considering link down, in milliseconds"),
    param("use_carrier", ParamKind::Int, Some(OptionId::UseCarrier), "option obsolete, use_carrier cannot be disabled"),
    param("mode", ParamKind::Charp, Some(OptionId::Mode), "Mode of operation; 0 for balance-rr, 1 for active-backup, 2 for balance-xor, 3 for broadcast, 4 for 802.3ad, 5 for balance-tlb, 6 for balance-alb"),
    param("primary", ParamKind::Charp, Some(OptionId::Primary), "Primary network device to use"),
    param("primary_reselect", ParamKind::Charp, Some(OptionId::PrimaryReselect), "Reselect primary slave once it comes up; 0 for always (default), 1 for only if speed of primary is better, 2 for only on active slave failure"),
    param("lacp_rate", ParamKind::Charp, Some(OptionId::LacpRate), "LACPDU tx rate to request from 802.3ad partner; 0 for slow, 1 for fast"),
    param("ad_select", ParamKind::Charp, Some(OptionId::AdSelect), "802.3ad aggregation selection logic; 0 for stable (default), 1 for bandwidth, 2 for count"),
    param("min_links", ParamKind::Int, Some(OptionId::MinLinks), "Minimum number of available links before turning on carrier"),
    param("xmit_hash_policy", ParamKind::Charp, Some(OptionId::XmitHash), "balance-alb, balance-tlb, balance-xor, 802.3ad hashing method; 0 for layer 2 (default), 1 for layer 3+4, 2 for layer 2+3, 3 for encap layer 2+3, 4 for encap layer 3+4, 5 for vlan+srcmac"),
    param("arp_interval", ParamKind::Int, Some(OptionId::ArpInterval), "arp interval in milliseconds"),
    param("arp_ip_target", ParamKind::CharpArray, Some(OptionId::ArpTargets), "arp targets in n.n.n.n form"),
    param("arp_validate", ParamKind::Charp, Some(OptionId::ArpValidate), "validate src/dst of ARP probes; 0 for none (default), 1 for active, 2 for backup, 3 for all"),
    param("arp_all_targets", ParamKind::Charp, Some(OptionId::ArpAllTargets), "fail on any/all arp targets timeout; 0 for any (default), 1 for all"),
    param("fail_over_mac", ParamKind::Charp, Some(OptionId::FailOverMac), "For active-backup, do not set all slaves to the same MAC; 0 for none (default), 1 for active, 2 for follow"),
    param("all_slaves_active", ParamKind::Int, Some(OptionId::AllSlavesActive), "Keep all frames received on an interface by setting active flag for all slaves; 0 for never (default), 1 for always."),
    param("resend_igmp", ParamKind::Int, Some(OptionId::ResendIgmp), "Number of IGMP membership reports to send on link failure"),
    param("packets_per_slave", ParamKind::Int, Some(OptionId::PacketsPerSlave), "Packets to send per slave in balance-rr mode; 0 for a random slave, 1 packet per slave (default), >1 packets per slave."),
    param("lp_interval", ParamKind::Uint, Some(OptionId::LpInterval), "The number of seconds between instances where the bonding driver sends learning packets to each slaves peer switch. The default is 1."),
    param("mac_policy", ParamKind::Charp, Some(OptionId::MacPolicy), "MAC address of a bond that nobody gave one; 0 for first: that of the first slave (default), 1 for private: one made of it that no port has, 2 for compat: as the C driver, which udev replaces"),
    param("lacp_fast_start", ParamKind::Int, Some(OptionId::LacpFastStart), "Let 802.3ad ports carry traffic as soon as the partner agrees; 0 for waiting two seconds for more ports (default), 1 for at once"),
    param("arp_backup_probe", ParamKind::Charp, Some(OptionId::ArpBackupProbe), "Prove backups whose frames are validated by more than our own requests; 0 for off (default), 1 for listen: by what targets broadcast, 2 for probe: also by answers to probes from an address of their own"),
];
