/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the two halves of the monitor oracle tell each other.
 */
#ifndef MONITOR_H
#define MONITOR_H

#ifdef __KERNEL__
#include <linux/stdarg.h>
#else
#include <stdarg.h>
#endif

#define MONITOR_SLAVES 8

/* What the script says of a slave. */
struct told {
	int running, carrier;
	unsigned int speed, duplex;
	int prio;
	int link, delay, backup, inactive;
};

/* What became of it. */
struct state {
	int link, backup, inactive;
	unsigned int failures;
};

void monitor_new(int mode, int miimon, int updelay, int downdelay, int reselect,
		 unsigned long jiffies);
void monitor_add(const struct told *told);
void monitor_carrier(int slave, int running, int carrier);
void monitor_speed(int slave, unsigned int speed, unsigned int duplex);
void monitor_prio(int slave, int prio);
void monitor_primary(int slave, int force);
void monitor_current(int slave);
void monitor_delays(int updelay, int downdelay, int reselect);
void monitor_pass(unsigned long jiffies);
void monitor_look(unsigned long jiffies);
void monitor_arrays(int in_every_mode);
void monitor_select(void);
int monitor_best(int *force);
int monitor_slaves(void);
int monitor_active(void);
int monitor_bond_carrier(void);
void monitor_state(int slave, struct state *state);

void monitor_arp(int interval, int missed_max, int all_targets, int validate);
void monitor_times(int slave, unsigned long now);
void monitor_rx(int slave, unsigned long at, int target);
void monitor_tx(int slave, unsigned long at);
void monitor_link(int slave, int link);
void monitor_set_prober(int slave);
unsigned int monitor_arp_pass(unsigned long now);
int monitor_prober(void);
int monitor_receive(int slave, unsigned long now, int arp, int op, unsigned int sip,
		    unsigned int tip, int type);
int monitor_receive6(int slave, unsigned long now, int next, int kind, int from, int to,
		     int type);

/* From the C library. */
void oracle_log(const char *level, const char *format, va_list args);
void oracle_die(const char *why);
void monitor_lower(const char *name, int link_up, int tx_enabled);

#endif
