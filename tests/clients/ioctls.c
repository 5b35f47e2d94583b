// SPDX-License-Identifier: GPL-2.0
/*
 * ioctls [old] COMMAND BOND [SLAVE]: what ifenslave did before there was sysfs. "old" takes the numbers of
 * the device-private range that came before the SIOCBOND ones.
 *
 * enslave, release, sethwaddr, active: with SLAVE. info: prints mode, slaves and miimon, then a line a slave.
 */
#include <errno.h>
#include <linux/if_bonding.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int old, sock;

static int number(int new_one, int old_one)
{
	return old ? SIOCDEVPRIVATE + old_one : new_one;
}

static int call(int request, const char *bond, const char *slave, void *data)
{
	struct ifreq ifr = { 0 };

	strncpy(ifr.ifr_name, bond, IFNAMSIZ - 1);
	if (slave)
		strncpy(ifr.ifr_slave, slave, IFNAMSIZ - 1);
	else
		ifr.ifr_data = data;
	if (ioctl(sock, request, &ifr) == 0)
		return 0;
	printf("%s\n", strerrorname_np(errno));
	return 1;
}

static int info(const char *bond)
{
	struct ifbond master = { 0 };

	if (call(number(SIOCBONDINFOQUERY, 12), bond, NULL, &master))
		return 1;
	printf("mode %d slaves %d miimon %d\n", master.bond_mode, master.num_slaves, master.miimon);
	for (int i = 0; i < master.num_slaves; i++) {
		struct ifslave slave = { .slave_id = i };

		if (call(number(SIOCBONDSLAVEINFOQUERY, 11), bond, NULL, &slave))
			return 1;
		printf("%d %s link %d state %d failures %u\n", slave.slave_id, slave.slave_name,
		       slave.link, slave.state, slave.link_failure_count);
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct { const char *name; int new_one, old_one; } commands[] = {
		{ "enslave", SIOCBONDENSLAVE, 0 }, { "release", SIOCBONDRELEASE, 1 },
		{ "sethwaddr", SIOCBONDSETHWADDR, 2 }, { "active", SIOCBONDCHANGEACTIVE, 13 },
	};

	sock = socket(AF_INET, SOCK_DGRAM, 0);
	if (argc > 1 && !strcmp(argv[1], "old")) {
		old = 1;
		argv++;
		argc--;
	}
	if (argc == 3 && !strcmp(argv[1], "info"))
		return info(argv[2]);
	for (size_t i = 0; argc == 4 && i < sizeof(commands) / sizeof(*commands); i++)
		if (!strcmp(argv[1], commands[i].name))
			return call(number(commands[i].new_one, commands[i].old_one), argv[2], argv[3], NULL);
	fprintf(stderr, "usage: ioctls [old] COMMAND BOND [SLAVE]\n");
	return 2;
}
