/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the two halves of the options oracle, the one that sees kernel headers
 * and the one that sees the C library's, tell each other.
 */
#ifndef ORACLE_OPTIONS_H
#define ORACLE_OPTIONS_H

#ifdef __KERNEL__
#include <linux/stdarg.h>
#else
#include <stdarg.h>
#endif

/* The numbers of a bond's configuration, in the order of the question. */
struct config {
	int mode, xmit_policy, miimon, num_peer_notif, missed_max, arp_interval, arp_validate;
	int arp_all_targets, fail_over_mac, updelay, downdelay, peer_notif_delay, lacp_active;
	int lacp_fast, lacp_strict, min_links, ad_select, primary_reselect, all_slaves_active;
	int resend_igmp, lp_interval, packets_per_slave, tlb_dynamic_lb, ad_actor_sys_prio;
	int ad_user_port_key, coupled_control, broadcast_neighbor;
	int targets, ns_targets;	/* 10.0.0.1 and 2001:db8::1 onwards */
};
#define CONFIG_NUMBERS (sizeof(struct config) / sizeof(int))

/* The state of the bond. */
struct told {
	int up, slaves, active, primary, xdp;
};

/*
 * A value: text, or a number, or 16 octets, or a number for the slave of an index;
 * or, instead of an option and its value, the attributes of a netlink request.
 */
struct value {
	char kind;			/* t, n, 6, s or a */
	char *text;
	unsigned long long number;
	unsigned char octets[16];
	int slave;			/* of kind a: octets of text */
};

void options_ask(int option, const struct config *config, const struct told *told,
		 struct value *value);

/* From the C library. */
void options_log(char level, const char *format, va_list args);
void options_say(const char *format, ...);
void options_hex(const void *octets, int len);
void options_die(const char *why);

#endif
