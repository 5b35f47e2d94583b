// SPDX-License-Identifier: GPL-2.0
/*
 * The half of the monitor oracle that talks: reads a script on its standard
 * input, one command a line, and writes what happens to its standard output.
 */
#include <stdio.h>
#include <stdlib.h>

#include "monitor.h"

void oracle_log(const char *level, const char *format, va_list args)
{
	printf("%s: ", level);
	vprintf(format, args);
}

void monitor_lower(const char *name, int link_up, int tx_enabled)
{
	printf("lower: %s %d %d\n", name, link_up, tx_enabled);
}

void oracle_die(const char *why)
{
	fprintf(stderr, "oracle: %s\n", why);
	exit(1);
}

static void report(void)
{
	struct state state;
	int i;

	printf("active %d carrier %d", monitor_active(), monitor_bond_carrier());
	for (i = 0; i < monitor_slaves(); i++) {
		monitor_state(i, &state);
		printf(" | %d %d %d %u", state.link, state.backup, state.inactive,
		       state.failures);
	}
	printf("\n");
}

int main(void)
{
	static char line[256];
	unsigned int probed, sip, tip;
	int a, b, c, d, e, force;
	unsigned long now;
	struct told t;

	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "new %d %d %d %d %d %lu", &a, &b, &c, &d, &e, &now) == 6) {
			monitor_new(a, b, c, d, e, now);
			printf("new\n");
		} else if (sscanf(line, "add %d %d %u %u %d %d %d %d %d", &t.running, &t.carrier,
				  &t.speed, &t.duplex, &t.prio, &t.link, &t.delay, &t.backup,
				  &t.inactive) == 9) {
			monitor_add(&t);
		} else if (sscanf(line, "carrier %d %d %d", &a, &b, &c) == 3) {
			monitor_carrier(a, b, c);
		} else if (sscanf(line, "speed %d %d %d", &a, &b, &c) == 3) {
			monitor_speed(a, b, c);
		} else if (sscanf(line, "prio %d %d", &a, &b) == 2) {
			monitor_prio(a, b);
		} else if (sscanf(line, "primary %d %d", &a, &b) == 2) {
			monitor_primary(a, b);
		} else if (sscanf(line, "current %d", &a) == 1) {
			monitor_current(a);
		} else if (sscanf(line, "delays %d %d %d", &a, &b, &c) == 3) {
			monitor_delays(a, b, c);
		} else if (sscanf(line, "pass %lu", &now) == 1) {
			monitor_pass(now);
			report();
		} else if (sscanf(line, "look %lu", &now) == 1) {
			monitor_look(now);
			report();
		} else if (sscanf(line, "arrays %d", &a) == 1) {
			monitor_arrays(a);
		} else if (sscanf(line, "arp %d %d %d %d", &a, &b, &c, &d) == 4) {
			monitor_arp(a, b, c, d);
		} else if (sscanf(line, "times %d %lu", &a, &now) == 2) {
			monitor_times(a, now);
		} else if (sscanf(line, "rx %d %lu %d", &a, &now, &b) == 3) {
			monitor_rx(a, now, b);
		} else if (sscanf(line, "tx %d %lu", &a, &now) == 2) {
			monitor_tx(a, now);
		} else if (sscanf(line, "link %d %d", &a, &b) == 2) {
			monitor_link(a, b);
		} else if (sscanf(line, "prober %d", &a) == 1) {
			monitor_set_prober(a);
		} else if (sscanf(line, "probe %lu", &now) == 1) {
			probed = monitor_arp_pass(now);
			printf("prober %d probed %x\n", monitor_prober(), probed);
			report();
		} else if (sscanf(line, "receive %d %lu %d %d %x %x %d", &a, &now, &b, &c, &sip,
				  &tip, &d) == 7) {
			printf("heard %d\n", monitor_receive(a, now, b, c, sip, tip, d));
		} else if (sscanf(line, "neighbour %d %lu %d %d %d %d %d", &a, &now, &b, &c, &d, &e,
				  &force) == 7) {
			printf("heard %d\n", monitor_receive6(a, now, b, c, d, e, force));
		} else if (line[0] == 's') {
			monitor_select();
			report();
		} else if (line[0] == 'b') {
			a = monitor_best(&force);
			printf("best %d %d\n", a, force);
		} else {
			oracle_die(line);
		}
	}
	return 0;
}
