// SPDX-License-Identifier: GPL-2.0
/*
 * The half of the LACP oracle that talks: reads a script on its standard input, one
 * command a line, and writes what happens to its standard output.
 */
#include <stdio.h>
#include <stdlib.h>

#include "lacp.h"

void oracle_log(const char *level, const char *format, va_list args)
{
	printf("%s: ", level);
	vprintf(format, args);
}

void oracle_die(const char *why)
{
	fprintf(stderr, "oracle: %s\n", why);
	exit(1);
}

static void print_hex(const unsigned char *octets, int len)
{
	while (len--)
		printf("%02x", *octets++);
}

static int read_hex(const char *text, unsigned char *octets, int room)
{
	int len = 0, octet;

	while (len < room && sscanf(text, "%2x", &octet) == 1) {
		octets[len++] = octet;
		text += 2;
	}
	return len;
}

static void print_end(const char *name, const struct end *end)
{
	printf(" %s %u/", name, end->system_priority);
	print_hex(end->system, 6);
	printf("/%u/%u/%u/%02x", end->key, end->port_priority, end->port, end->state);
}

/* How all stands. */
static void report(void)
{
	struct active active;
	struct state state;
	int i;

	printf("bond carrier %d", lacp_carrier());
	if (lacp_active(&active)) {
		printf(" active %u %u %u %u ", active.id, active.ports, active.actor_key,
		       active.partner_key);
		print_hex(active.partner, 6);
	}
	printf("\n");
	for (i = 0; i < lacp_slaves(); i++) {
		lacp_state(i, &state);
		printf("port %d", i);
		print_end("actor", &state.actor);
		print_end("partner", &state.partner);
		printf(" rx %s periodic %s mux %s use %s lag %u churn %u:%u %u:%u\n", state.rx,
		       state.periodic, state.mux, state.usage, state.aggregator,
		       state.actor_churn, state.actor_churned, state.partner_churn,
		       state.partner_churned);
		printf("counts %d %llu %llu %llu\n", i, state.rx_count, state.illegal,
		       state.unknown);
	}
}

/* How many LACPDUs each port sent since it was marked. */
static unsigned long long marks[LACP_SLAVES];

static void count(int mark)
{
	struct state state;
	int i;

	if (!mark)
		printf("tx");
	for (i = 0; i < lacp_slaves(); i++) {
		lacp_state(i, &state);
		if (mark)
			marks[i] = state.tx_count;
		else
			printf(" %llu", state.tx_count - marks[i]);
	}
	if (!mark)
		printf("\n");
}

static void print_sent(int slave)
{
	struct state state;

	lacp_state(slave, &state);
	printf("sent %d ", slave);
	print_hex(state.sent, LACP_PDU);
	printf("\n");
}

static int read_options(const char *line, struct options *o)
{
	char system[13];

	if (sscanf(line, "%u %u %u %u %u %u %u %u %12s", &o->active, &o->fast, &o->strict,
		   &o->select, &o->min_links, &o->coupled, &o->sys_prio, &o->user_key,
		   system) != 9)
		return 0;
	return read_hex(system, o->system, 6) == 6;
}

static int read_facts(const char *line, struct facts *f)
{
	return sscanf(line, "%u %u %u %u", &f->up, &f->running, &f->speed, &f->duplex) == 4;
}

int main(void)
{
	static char line[1024];
	unsigned char octets[256];
	struct options options;
	struct facts facts;
	unsigned int value;
	int at, skip;

	while (fgets(line, sizeof(line), stdin)) {
		skip = 0;
		if (sscanf(line, "new %d %n", &at, &skip) == 1 && read_options(line + skip, &options)) {
			printf("new\n");
			lacp_new(&options, at);
		} else if (sscanf(line, "options %n", &skip) == 0 && skip &&
			   read_options(line + skip, &options)) {
			lacp_options(&options);
		} else if (sscanf(line, "add %n", &skip) == 0 && skip &&
			   read_facts(line + skip, &facts)) {
			lacp_add(&facts);
		} else if (sscanf(line, "link %d %n", &at, &skip) == 1 &&
			   read_facts(line + skip, &facts)) {
			lacp_link(at, &facts);
		} else if (sscanf(line, "remove %d", &at) == 1) {
			lacp_remove(at);
		} else if (sscanf(line, "priority %d %u", &at, &value) == 2) {
			lacp_priority(at, value);
		} else if (sscanf(line, "frame %d %n", &at, &skip) == 1) {
			if (!lacp_frame(at, octets, read_hex(line + skip, octets, sizeof(octets))))
				printf("not taken\n");
		} else if (sscanf(line, "run %u", &value) == 1) {
			while (value--)
				lacp_pass();
		} else if (sscanf(line, "sent %d", &at) == 1) {
			print_sent(at);
		} else if (line[0] == 'm') {
			count(1);
		} else if (line[0] == 't') {
			count(0);
		} else if (line[0] == 'o') {
			lacp_open();
		} else if (line[0] == 'r') {
			report();
		} else {
			oracle_die(line);
		}
	}
	return 0;
}
