// SPDX-License-Identifier: GPL-2.0
/*
 * The half of the oracle of receive balancing that talks: reads a script on its
 * standard input, one command a line, and writes what happens to its standard output.
 * Addresses are hexadecimal numbers.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "rlb.h"

void rlb_told(int slave, unsigned int sip, unsigned int tip, unsigned long mac, int proto, int tci)
{
	printf("told %d %08x %08x %012lx %04x %04x\n", slave, sip, tip, mac, proto, tci);
}

void rlb_client(unsigned int sip, unsigned int tip, unsigned long mac, int slave)
{
	printf("client %08x %08x %012lx %d\n", sip, tip, mac, slave);
}

void rlb_pending(int pending)
{
	printf("pending %d\n", pending);
}

/* What the driver logs is the guest's to see. */
void oracle_log(const char *level, const char *format, va_list args)
{
}

void oracle_die(const char *why)
{
	fprintf(stderr, "oracle: %s\n", why);
	exit(1);
}

int main(void)
{
	static char line[256];
	unsigned long mac, named;
	unsigned int sip, tip;
	int a, b;

	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "new %lx", &mac) == 1) {
			rlb_new();
			rlb_bond_mac(mac);
			printf("new\n");
		} else if (sscanf(line, "add %u %d %lx", &sip, &a, &mac) == 3) {
			rlb_add(sip, a, mac);
		} else if (sscanf(line, "usable %d %d", &a, &b) == 2) {
			rlb_usable(a, b);
		} else if (sscanf(line, "speed %d %u", &a, &sip) == 2) {
			rlb_speed(a, sip);
		} else if (sscanf(line, "active %d", &a) == 1) {
			rlb_active(a);
		} else if (sscanf(line, "mac %d %lx", &a, &mac) == 2) {
			rlb_mac(a, mac);
		} else if (sscanf(line, "send %d %lx %x %lx %x %d", &a, &mac, &sip, &named, &tip,
				  &b) == 6) {
			a = rlb_send(a, mac, sip, named, tip, b, &named);
			printf("sent %d %012lx\n", a, named);
		} else if (sscanf(line, "hear %d %lx %x %lx %x", &a, &mac, &sip, &named, &tip) ==
			   5) {
			rlb_hear(a, mac, sip, named, tip);
		} else if (sscanf(line, "lost %d", &a) == 1) {
			rlb_lost(a);
		} else if (sscanf(line, "left %d", &a) == 1) {
			rlb_left(a);
		} else if (sscanf(line, "moved %d", &a) == 1) {
			rlb_moved(a);
		} else if (sscanf(line, "vlan %d", &a) == 1) {
			rlb_vlan(a);
		} else if (sscanf(line, "tick %d", &a) == 1) {
			rlb_tick(a);
		} else if (line[0] == 's') {
			line[1] == 'p' ? rlb_spread() : rlb_show();
		} else {
			oracle_die(line);
		}
	}
	return 0;
}
