/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BONDING_RS_PARAMS_H
#define BONDING_RS_PARAMS_H

/* The values of the module parameters; strings that were not given are NULL. */
struct bonding_params {
	int max_bonds;
	int tx_queues;
	int num_peer_notif;
	int miimon;
	int updelay;
	int downdelay;
	int use_carrier;
	int min_links;
	int arp_interval;
	int all_slaves_active;
	int resend_igmp;
	int packets_per_slave;
	int lp_interval;
	int lacp_fast_start;
	char *mode;
	char *primary;
	char *primary_reselect;
	char *lacp_rate;
	char *ad_select;
	char *xmit_hash_policy;
	char *arp_validate;
	char *arp_all_targets;
	char *fail_over_mac;
	char *mac_policy;
	char *arp_backup_probe;
	char *arp_ip_target[16];
};

#endif
