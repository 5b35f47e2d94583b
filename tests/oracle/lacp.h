/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the two halves of the LACP oracle tell each other.
 */
#ifndef LACP_H
#define LACP_H

#ifdef __KERNEL__
#include <linux/stdarg.h>
#else
#include <stdarg.h>
#endif

#define LACP_SLAVES 16
#define LACP_PDU 110

/* The options that LACP goes by. */
struct options {
	unsigned int active, fast, strict, select, min_links, coupled;
	unsigned int sys_prio, user_key;
	unsigned char system[6];
};

/* A slave's link. */
struct facts {
	unsigned int up, running, speed, duplex;
};

/* What one end of a link is said to be. */
struct end {
	unsigned int system_priority, key, port_priority, port, state;
	unsigned char system[6];
};

/* How a port stands. */
struct state {
	struct end actor, partner;
	const char *rx, *periodic, *mux, *usage;
	unsigned int aggregator, enabled;
	unsigned int actor_churn, actor_churned, partner_churn, partner_churned;
	unsigned long long rx_count, tx_count, illegal, unknown;
	const unsigned char *sent;	/* the latest LACPDU */
};

/* The aggregator in use. */
struct active {
	unsigned int id, ports, actor_key, partner_key;
	unsigned char partner[6];
};

void lacp_new(const struct options *options, int mended);
void lacp_open(void);
void lacp_add(const struct facts *facts);
void lacp_remove(int slave);
void lacp_link(int slave, const struct facts *facts);
void lacp_options(const struct options *options);
void lacp_priority(int slave, unsigned int priority);
int lacp_frame(int slave, const unsigned char *octets, int len);
void lacp_pass(void);
int lacp_slaves(void);
int lacp_carrier(void);
void lacp_state(int slave, struct state *state);
int lacp_active(struct active *active);

/* From the C library. */
void oracle_log(const char *level, const char *format, va_list args);
void oracle_die(const char *why);

#endif
