// SPDX-License-Identifier: GPL-2.0
/*
 * The module's parameters. Names, types, permissions and texts are what users
 * and modinfo see, and the same as those of the C driver.
 */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include "params.h"

static struct bonding_params given = {
	.max_bonds = 1,
	.tx_queues = 16,
	.num_peer_notif = 1,
	.use_carrier = 1,
	.resend_igmp = 1,
	.packets_per_slave = 1,
	.lp_interval = 1,
};

#define PARAM(name, type, desc)				\
	module_param_named(name, given.name, type, 0);	\
	MODULE_PARM_DESC(name, desc)

PARAM(max_bonds, int, "Max number of bonded devices");
PARAM(tx_queues, int, "Max number of transmit queues (default = 16)");
module_param_named(num_grat_arp, given.num_peer_notif, int, 0644);
MODULE_PARM_DESC(num_grat_arp,
	"Number of peer notifications to send on failover event (alias of num_unsol_na)");
module_param_named(num_unsol_na, given.num_peer_notif, int, 0644);
MODULE_PARM_DESC(num_unsol_na,
	"Number of peer notifications to send on failover event (alias of num_grat_arp)");
PARAM(miimon, int, "Link check interval in milliseconds");
PARAM(updelay, int, "Delay before considering link up, in milliseconds");
PARAM(downdelay, int, "Delay before considering link down, in milliseconds");
PARAM(use_carrier, int, "option obsolete, use_carrier cannot be disabled");
PARAM(mode, charp,
	"Mode of operation; 0 for balance-rr, 1 for active-backup, 2 for balance-xor, "
	"3 for broadcast, 4 for 802.3ad, 5 for balance-tlb, 6 for balance-alb");
PARAM(primary, charp, "Primary network device to use");
PARAM(primary_reselect, charp,
	"Reselect primary slave once it comes up; 0 for always (default), "
	"1 for only if speed of primary is better, 2 for only on active slave failure");
PARAM(lacp_rate, charp,
	"LACPDU tx rate to request from 802.3ad partner; 0 for slow, 1 for fast");
PARAM(ad_select, charp,
	"802.3ad aggregation selection logic; 0 for stable (default), 1 for bandwidth, "
	"2 for count");
PARAM(min_links, int, "Minimum number of available links before turning on carrier");
PARAM(xmit_hash_policy, charp,
	"balance-alb, balance-tlb, balance-xor, 802.3ad hashing method; "
	"0 for layer 2 (default), 1 for layer 3+4, 2 for layer 2+3, "
	"3 for encap layer 2+3, 4 for encap layer 3+4, 5 for vlan+srcmac");
PARAM(arp_interval, int, "arp interval in milliseconds");
module_param_array_named(arp_ip_target, given.arp_ip_target, charp, NULL, 0);
MODULE_PARM_DESC(arp_ip_target, "arp targets in n.n.n.n form");
PARAM(arp_validate, charp,
	"validate src/dst of ARP probes; 0 for none (default), 1 for active, "
	"2 for backup, 3 for all");
PARAM(arp_all_targets, charp,
	"fail on any/all arp targets timeout; 0 for any (default), 1 for all");
PARAM(fail_over_mac, charp,
	"For active-backup, do not set all slaves to the same MAC; 0 for none (default), "
	"1 for active, 2 for follow");
PARAM(all_slaves_active, int,
	"Keep all frames received on an interface by setting active flag for all slaves; "
	"0 for never (default), 1 for always.");
PARAM(resend_igmp, int, "Number of IGMP membership reports to send on link failure");
PARAM(packets_per_slave, int,
	"Packets to send per slave in balance-rr mode; 0 for a random slave, "
	"1 packet per slave (default), >1 packets per slave.");

/* An unsigned parser fills an int, as users of the old driver know it. */
static unsigned int lp_interval = 1;
module_param(lp_interval, uint, 0);
MODULE_PARM_DESC(lp_interval,
	"The number of seconds between instances where the bonding driver sends learning "
	"packets to each slaves peer switch. The default is 1.");

/* The C driver does not have those that follow. */
PARAM(mac_policy, charp,
	"MAC address of a bond that nobody gave one; 0 for first: that of the first slave "
	"(default), 1 for private: one made of it that no port has, 2 for compat: as the C "
	"driver, which udev replaces");
PARAM(lacp_fast_start, int,
	"Let 802.3ad ports carry traffic as soon as the partner agrees; 0 for waiting two "
	"seconds for more ports (default), 1 for at once");
PARAM(arp_backup_probe, charp,
	"Prove backups whose frames are validated by more than our own requests; 0 for off "
	"(default), 1 for listen: by what targets broadcast, 2 for probe: also by answers to "
	"probes from an address of their own");

/* What sysfs shows of num_grat_arp and num_unsol_na from now on. */
void rust_helper_bonding_params_set_num_peer_notif(int number)
{
	WRITE_ONCE(given.num_peer_notif, number);
}

void rust_helper_bonding_params_get(struct bonding_params *out)
{
	*out = given;
	out->num_peer_notif = READ_ONCE(given.num_peer_notif);
	out->lp_interval = (int)lp_interval;
}
