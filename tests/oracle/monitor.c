// SPDX-License-Identifier: GPL-2.0
/*
 * The C driver's MII monitor and choice of the active slave, in user space.
 *
 * Compiled with the kernel's own headers. The functions come out of bond_main.c
 * by name (extract.py); below is what they need of the kernel, as a bond without
 * addresses, timers and other modules has it.
 */
#include <linux/ethtool.h>
#include <linux/if_arp.h>
#include <linux/inetdevice.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/netpoll.h>
#include <linux/rtnetlink.h>
#include <net/bonding.h>
#include <net/ndisc.h>
#include <net/netdev_lock.h>

#include "monitor.h"
#include "slaves.h"

static struct member members[MONITOR_SLAVES];
static int count;
static const struct net_device_ops no_ops;
static struct bond_up_slave *usable;
static unsigned char usable_room[sizeof(*usable) + MONITOR_SLAVES * sizeof(void *)]
	__aligned(8);

#undef block_netpoll_tx
#undef unblock_netpoll_tx
#define block_netpoll_tx() do { } while (0)
#define unblock_netpoll_tx() do { } while (0)

int netif_get_link_ksettings(struct net_device *dev, struct ethtool_link_ksettings *cmd)
{
	struct member *member = container_of(dev, struct member, dev);

	cmd->base.speed = member->speed;
	cmd->base.duplex = member->duplex;
	return 0;
}

void bond_queue_slave_event(struct slave *slave) {}

void bond_lower_state_changed(struct slave *slave)
{
	monitor_lower(slave->dev->name,
		      slave->link == BOND_LINK_UP || slave->link == BOND_LINK_FAIL,
		      bond_is_active_slave(slave));
}

/* What the MII monitor calls of other modes and other parts of the driver. */
int bond_3ad_set_carrier(struct bonding *bond) { return 0; }
void bond_3ad_handle_link_change(struct slave *slave, char link) {}
void bond_3ad_adapter_speed_duplex_changed(struct slave *slave) {}
void bond_alb_handle_link_change(struct bonding *bond, struct slave *slave, char link) {}

void bond_alb_handle_active_change(struct bonding *bond, struct slave *new_slave)
{
	rcu_assign_pointer(bond->curr_active_slave, new_slave);
}

static void bond_ipsec_del_sa_all(struct bonding *bond) {}
static void bond_ipsec_add_sa_all(struct bonding *bond) {}
static void bond_hw_addr_swap(struct bonding *bond, struct slave *new_active,
			      struct slave *old_active) {}
static void bond_do_fail_over_mac(struct bonding *bond, struct slave *new_active,
				  struct slave *old_active) {}
static void bond_peer_notify_reset(struct bonding *bond) {}
static void bond_peer_notify_may_events(struct bonding *bond, bool force) {}
int call_netdevice_notifiers(unsigned long val, struct net_device *dev) { return 0; }

/* The array of usable slaves, in every mode unless told otherwise: C has it in modes
 * 2, 4, 5 and 6 only, and forgets to ignore updelay in the others for want of it.
 */
static bool arrays_in_every_mode;

int bond_update_slave_arr(struct bonding *bond, struct slave *skipslave)
{
	int i;

	usable->count = 0;
	for (i = 0; i < count; i++)
		if (bond_slave_can_tx(&members[i].slave))
			usable->arr[usable->count++] = &members[i].slave;
	if (arrays_in_every_mode || bond_mode_can_use_xmit_hash(bond))
		rcu_assign_pointer(bond->usable_slaves, usable);
	return 0;
}

/* The ARP monitor's probes: which slaves sent one, as the answer to it goes. */
static unsigned int probed;

static void bond_send_validate(struct bonding *bond, struct slave *slave)
{
	probed |= 1 << (container_of(slave, struct member, slave) - members);
	slave_update_last_tx(slave);
}

static bool bond_time_in_interval(struct bonding *bond, unsigned long last_act, int mod);

/* The bond's address is 10.0.0.1. */
static bool bond_has_this_ip(struct bonding *bond, __be32 ip)
{
	return ip == htonl(0x0a000001);
}

/* And fd00::1. */
static bool bond_has_this_ip6(struct bonding *bond, struct in6_addr *addr)
{
	static const struct in6_addr ours = { { { 0xfd, [15] = 1 } } };

	return ipv6_addr_equal(addr, &ours);
}

int disable_ipv6_mod;

unsigned long __msecs_to_jiffies(const unsigned int ms)
{
	return DIV_ROUND_UP_ULL((unsigned long long)ms * HZ, 1000);
}

const struct in6_addr in6addr_linklocal_allnodes = IN6ADDR_LINKLOCAL_ALLNODES_INIT;

#include "bond_monitor.inc"

/* --- what the script says --- */

void monitor_new(int mode, int miimon, int updelay, int downdelay, int reselect,
		 unsigned long now)
{
	memset(&bond, 0, sizeof(bond));
	memset(&bond_dev, 0, sizeof(bond_dev));
	memset(members, 0, sizeof(members));
	usable = (struct bond_up_slave *)usable_room;
	count = 0;
	arrays_in_every_mode = true;
	INIT_LIST_HEAD(&bond_dev.adj_list.lower);
	netif_carrier_off(&bond_dev);
	bond.dev = &bond_dev;
	bond.params.mode = mode;
	bond.params.miimon = miimon;
	monitor_delays(updelay, downdelay, reselect);
	jiffies = now;
}

void monitor_add(const struct told *told)
{
	struct member *member = &members[count];

	if (count == MONITOR_SLAVES)
		oracle_die("too many slaves");
	member->dev.netdev_ops = &no_ops;
	snprintf(member->dev.name, IFNAMSIZ, "eth%d", count);
	member->slave.dev = &member->dev;
	member->slave.bond = &bond;
	member->slave.link = told->link;
	member->slave.delay = told->delay;
	member->slave.backup = told->backup;
	member->slave.inactive = told->inactive;
	list_add_tail(&member->list, &bond_dev.adj_list.lower);
	count++;
	monitor_carrier(count - 1, told->running, told->carrier);
	monitor_speed(count - 1, told->speed, told->duplex);
	bond_update_speed_duplex(&member->slave);
	monitor_prio(count - 1, told->prio);
}

void monitor_carrier(int slave, int running, int carrier)
{
	member_carrier(&members[slave], running, carrier);
}

void monitor_speed(int slave, unsigned int speed, unsigned int duplex)
{
	members[slave].speed = speed;
	members[slave].duplex = duplex;
}

void monitor_prio(int slave, int prio)
{
	members[slave].slave.prio = prio;
}

static struct slave *slave_at(int at)
{
	return at < 0 ? NULL : &members[at].slave;
}

void monitor_primary(int slave, int force)
{
	rcu_assign_pointer(bond.primary_slave, slave_at(slave));
	bond.force_primary = force;
}

void monitor_current(int slave)
{
	rcu_assign_pointer(bond.curr_active_slave, slave_at(slave));
}

void monitor_delays(int updelay, int downdelay, int reselect)
{
	bond.params.updelay = updelay;
	bond.params.downdelay = downdelay;
	bond.params.primary_reselect = reselect;
}

/* One run of the monitor's work that gets RTNL. */
void monitor_pass(unsigned long now)
{
	int i;

	jiffies = now;
	bond_update_slave_arr(&bond, NULL);
	if (!bond_miimon_inspect(&bond))
		return;
	for (i = 0; i < count; i++)
		bond_commit_link_state(&members[i].slave, BOND_SLAVE_NOTIFY_LATER);
	bond_miimon_commit(&bond);
}

/* One that does not get RTNL. */
void monitor_look(unsigned long now)
{
	jiffies = now;
	bond_update_slave_arr(&bond, NULL);
	bond_miimon_inspect(&bond);
}

void monitor_arrays(int in_every_mode)
{
	arrays_in_every_mode = in_every_mode;
}

void monitor_select(void)
{
	bond_select_active_slave(&bond);
}

int monitor_best(int *force)
{
	struct slave *best = bond_find_best_slave(&bond);

	*force = bond.force_primary;
	return best ? container_of(best, struct member, slave) - members : -1;
}

int monitor_slaves(void)
{
	return count;
}

int monitor_active(void)
{
	struct slave *active = rcu_access_pointer(bond.curr_active_slave);

	return active ? container_of(active, struct member, slave) - members : -1;
}

int monitor_bond_carrier(void)
{
	return netif_carrier_ok(&bond_dev);
}

void monitor_state(int slave, struct state *state)
{
	state->link = members[slave].slave.link;
	state->backup = members[slave].slave.backup;
	state->inactive = members[slave].slave.inactive;
	state->failures = members[slave].slave.link_failure_count;
}

/* --- the ARP monitor --- */

void monitor_arp(int interval, int missed_max, int all_targets, int validate)
{
	bond.params.miimon = 0;
	bond.params.arp_interval = interval;
	bond.params.missed_max = missed_max;
	bond.params.arp_all_targets = all_targets;
	bond.params.arp_validate = validate;
	bond.params.arp_targets[0] = htonl(0x0a000002);
	bond.params.arp_targets[1] = htonl(0x0a000003);
}

/* What the slave's times are when it was enslaved at `now`. */
void monitor_times(int slave, unsigned long now)
{
	struct slave *s = &members[slave].slave;

	jiffies = now;
	s->last_link_up = now;
	s->last_rx = now - (msecs_to_jiffies(bond.params.arp_interval) + 1);
	s->target_last_arp_rx[0] = s->last_rx;
	s->target_last_arp_rx[1] = s->last_rx;
	s->last_tx = s->last_rx;
}

void monitor_rx(int slave, unsigned long at, int target)
{
	struct slave *s = &members[slave].slave;

	s->last_rx = at;
	if (target >= 0)
		s->target_last_arp_rx[target] = at;
}

/* Situations that the monitor's own courses seldom lead to. */
void monitor_tx(int slave, unsigned long at)
{
	members[slave].slave.last_tx = at;
}

void monitor_link(int slave, int link)
{
	members[slave].slave.link = link;
}

void monitor_set_prober(int slave)
{
	rcu_assign_pointer(bond.current_arp_slave, slave_at(slave));
}

unsigned int monitor_arp_pass(unsigned long now)
{
	jiffies = now;
	probed = 0;
	if (bond.params.mode == BOND_MODE_ACTIVEBACKUP)
		bond_activebackup_arp_mon(&bond);
	else
		bond_loadbalance_arp_mon(&bond);
	return probed;
}

int monitor_prober(void)
{
	struct slave *prober = rcu_access_pointer(bond.current_arp_slave);

	return prober ? container_of(prober, struct member, slave) - members : -1;
}

static int heard(struct slave *s, struct sk_buff *skb, void *data, int len, int type)
{
	int i;

	if (s->last_rx == jiffies)
		s->last_rx--;
	for (i = 0; i < 2; i++)
		if (s->target_last_arp_rx[i] == jiffies)
			s->target_last_arp_rx[i]--;
	skb->data = data;
	skb->len = len;
	skb->pkt_type = type;
	skb->dev = s->dev;
	bond_rcv_validate(skb, &bond, s);
	return (s->last_rx == jiffies) | (s->target_last_arp_rx[0] == jiffies) << 1 |
	       (s->target_last_arp_rx[1] == jiffies) << 2;
}

/* An ARP packet, or, if `arp` is not set, some other frame that the slave receives.
 * Which of: any frame, the first target, the second, was heard by it.
 */
int monitor_receive(int slave, unsigned long now, int arp, int op, unsigned int sip,
		    unsigned int tip, int type)
{
	static struct {
		struct arphdr arp;
		unsigned char sha[6];
		__be32 sip;
		unsigned char tha[6];
		__be32 tip;
	} __packed packet;
	static struct sk_buff skb;

	jiffies = now;
	bond_dev.addr_len = 6;
	bond_dev.type = ARPHRD_ETHER;
	packet.arp.ar_hrd = htons(ARPHRD_ETHER);
	packet.arp.ar_pro = htons(ETH_P_IP);
	packet.arp.ar_hln = 6;
	packet.arp.ar_pln = 4;
	packet.arp.ar_op = htons(op);
	packet.sip = htonl(sip);
	packet.tip = htonl(tip);
	skb.protocol = htons(arp ? ETH_P_ARP : 0x88b5);
	return heard(&members[slave].slave, &skb, &packet, sizeof(packet), type);
}

/* The addresses that the script has numbers for. */
static struct in6_addr address6(int number)
{
	static const struct in6_addr list[] = {
		{ { { 0 } } },
		{ { { 0xfd, [15] = 1 } } },
		{ { { 0xfd, [15] = 2 } } },
		{ { { 0xfd, [15] = 3 } } },
		{ { { 0xfd, [15] = 4 } } },
		{ { { 0xff, 2, [15] = 1 } } },
		{ { { 0xff, 2, [11] = 1, 0xff, [15] = 2 } } },
		{ { { 0xff, 2, [11] = 1, 0xff, [15] = 4 } } },
	};

	return list[number];
}

/* The same for IPv6 with this ICMPv6 type. */
int monitor_receive6(int slave, unsigned long now, int next, int kind, int from, int to,
		     int type)
{
	static struct {
		struct ipv6hdr ip6;
		struct icmp6hdr icmp6;
	} packet;
	static struct sk_buff skb;

	jiffies = now;
	bond.params.ns_targets[0] = address6(2);
	bond.params.ns_targets[1] = address6(3);
	packet.ip6.nexthdr = next;
	packet.ip6.saddr = address6(from);
	packet.ip6.daddr = address6(to);
	packet.icmp6.icmp6_type = kind;
	skb.protocol = htons(ETH_P_IPV6);
	return heard(&members[slave].slave, &skb, &packet, sizeof(packet), type);
}
