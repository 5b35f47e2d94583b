// SPDX-License-Identifier: GPL-2.0
/*
 * The C driver's options, in user space.
 *
 * All of bond_options.c and bond_netlink.c, compiled with the kernel's own headers,
 * and out of other files by name (extract.py) how they read text. Below is what it needs of the rest
 * of the driver and of the kernel; what it asks them to do is told in the answer.
 */
#include <linux/ctype.h>
#include <linux/etherdevice.h>
#include <linux/inet.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/bonding.h>
#include <net/ndisc.h>
#include <net/netdev_lock.h>

#include "options.h"

#undef netdev_dbg
#define netdev_dbg(dev, format, ...) do { } while (0)
#undef block_netpoll_tx
#undef unblock_netpoll_tx
#define block_netpoll_tx() do { } while (0)
#define unblock_netpoll_tx() do { } while (0)

/* eth0 to eth2 are slaves, if there are any; lan0 is of no bond, lan1 of another. */
#define DEVICES 5
#define SLAVES 3
static const char *const names[DEVICES] = { "eth0", "eth1", "eth2", "lan0", "lan1" };

struct member {
	struct list_head list;
	struct slave slave;
	struct ad_slave_info ad_info;
	struct net_device dev;
};

/* A bond lies in the private area of its device. */
static struct net_device *bond_dev;
static struct bonding *bonding;
static struct member members[DEVICES];
static int has_slaves;
DEFINE_STATIC_KEY_FALSE(bond_bcast_neigh_enabled);

/* What was asked for. */
enum {
	SELECT, CHANGE, CARRIER, MII_QUEUE, MII_CANCEL, ARP_QUEUE, ARP_CANCEL, LACP_ACTIVE,
	LACP_RATE, AD_ACTOR, BCAST_ON, BCAST_OFF, XDP_FEATURES, EVENTS
};
static const char *const events[EVENTS] = {
	"select", "change", "carrier", "mii-queue", "mii-cancel", "arp-queue", "arp-cancel",
	"lacp-active", "lacp-rate", "ad-actor", "bcast-on", "bcast-off", "xdp-features",
};
static unsigned int done;
static int changed_to, enslaved, released;

static void note(int event)
{
	done |= 1u << event;
}

static int index_of(const struct net_device *dev)
{
	return container_of(dev, struct member, dev) - members;
}

/* --- the kernel --- */

unsigned long volatile jiffies;
int rtnl_is_locked(void) { return 1; }
void __warn_printk(const char *format, ...) { options_die(format); }

#define LOG(name, letter)						\
void netdev_##name(const struct net_device *dev, const char *format, ...)	\
{									\
	va_list args;							\
									\
	va_start(args, format);						\
	options_log(letter, format, args);				\
	va_end(args);							\
}
LOG(info, 'I')
LOG(warn, 'W')
LOG(err, 'E')

bool __list_add_valid_or_report(struct list_head *new, struct list_head *prev,
				struct list_head *next)
{
	return true;
}

void *netdev_lower_get_next_private(struct net_device *dev, struct list_head **iter)
{
	struct list_head *lower = *iter;

	if (lower == &dev->adj_list.lower)
		return NULL;
	*iter = lower->next;
	return &list_entry(lower, struct member, list)->slave;
}

struct net_device *__dev_get_by_name(struct net *net, const char *name)
{
	int i;

	for (i = 0; i < DEVICES; i++)
		if (!strcmp(names[i], name))
			return &members[i].dev;
	return NULL;
}

struct net_device *__dev_get_by_index(struct net *net, int ifindex)
{
	return ifindex > 0 && ifindex <= DEVICES ? &members[ifindex - 1].dev : NULL;
}

struct net_device *netdev_master_upper_dev_get(struct net_device *dev)
{
	int at = index_of(dev);

	return has_slaves && at < SLAVES ? bond_dev : at == 4 ? &members[3].dev : NULL;
}

bool cancel_delayed_work_sync(struct delayed_work *work)
{
	note(work == &bonding->mii_work ? MII_CANCEL : ARP_CANCEL);
	return true;
}

bool queue_delayed_work_on(int cpu, struct workqueue_struct *wq, struct delayed_work *work,
			   unsigned long delay)
{
	note(work == &bonding->mii_work ? MII_QUEUE : ARP_QUEUE);
	return true;
}

bool static_key_slow_inc(struct static_key *key)
{
	note(BCAST_ON);
	return true;
}

void static_key_slow_dec(struct static_key *key)
{
	note(BCAST_OFF);
}

ssize_t sized_strscpy(char *to, const char *from, size_t room)
{
	size_t len = strnlen(from, room);

	if (len == room) {
		memcpy(to, from, room - 1);
		to[room - 1] = '\0';
		return -E2BIG;
	}
	memcpy(to, from, len + 1);
	return len;
}

struct reciprocal_value reciprocal_value(u32 d) { return (struct reciprocal_value){ 0 }; }
void do_trace_netlink_extack(const char *msg) {}

/* Only for a format that the driver does not use. */
void __bitmap_complement(unsigned long *to, const unsigned long *from, unsigned int bits)
{
	options_die("bitmap");
}

int ndisc_mc_map(const struct in6_addr *addr, char *buf, struct net_device *dev, int dir)
{
	return -EINVAL;
}

int dev_mc_add(struct net_device *dev, const unsigned char *addr) { return 0; }
int dev_mc_del(struct net_device *dev, const unsigned char *addr) { return 0; }
void netdev_update_features(struct net_device *dev) {}
int call_netdevice_notifiers(unsigned long val, struct net_device *dev) { return 0; }

#include "ctype.c"
#include "bond_read.inc"

/* --- the rest of the driver --- */

void bond_select_active_slave(struct bonding *bond) { note(SELECT); }
int bond_set_carrier(struct bonding *bond) { note(CARRIER); return 0; }
int bond_3ad_set_carrier(struct bonding *bond) { note(CARRIER); return 0; }
void bond_3ad_update_lacp_active(struct bonding *bond) { note(LACP_ACTIVE); }
void bond_3ad_update_lacp_rate(struct bonding *bond) { note(LACP_RATE); }
void bond_3ad_update_ad_actor_settings(struct bonding *bond) { note(AD_ACTOR); }
void bond_xdp_set_features(struct net_device *dev) { note(XDP_FEATURES); }
int bond_rcv_validate(const struct sk_buff *skb, struct bonding *bond, struct slave *slave)
{
	return 0;
}

void bond_change_active_slave(struct bonding *bond, struct slave *new_active)
{
	note(CHANGE);
	changed_to = new_active ? index_of(new_active->dev) : -1;
}

int bond_enslave(struct net_device *bond_dev, struct net_device *slave_dev,
		 struct netlink_ext_ack *extack)
{
	enslaved = index_of(slave_dev);
	return 0;
}

int bond_release(struct net_device *bond_dev, struct net_device *slave_dev)
{
	released = index_of(slave_dev);
	return 0;
}

#include "bond_options.c"
#include "bond_netlink.c"

/* --- the question --- */

static void set_up(const struct config *config, const struct told *told)
{
	static char room[sizeof(*bond_dev) + sizeof(*bonding)] __aligned(64);
	struct bond_params *p;
	int i;

	memset(room, 0, sizeof(room));
	memset(members, 0, sizeof(members));
	bond_dev = (struct net_device *)room;
	bonding = netdev_priv(bond_dev);
	p = &bonding->params;
	INIT_LIST_HEAD(&bond_dev->adj_list.lower);
	done = 0;
	enslaved = released = -1;
	has_slaves = told->slaves;
	bonding->dev = bond_dev;
	bond_dev->flags = told->up ? IFF_UP : 0;
	bond_dev->real_num_tx_queues = 16;
	bonding->xdp_prog = told->xdp ? (void *)bonding : NULL;

	for (i = 0; i < DEVICES; i++) {
		struct member *member = &members[i];
		int slave = i == 4 || (has_slaves && i < SLAVES);

		strscpy(member->dev.name, names[i], IFNAMSIZ);
		set_bit(__LINK_STATE_START, &member->dev.state);
		member->slave.dev = &member->dev;
		member->slave.bond = bonding;
		member->slave.link = i == 2 ? BOND_LINK_DOWN : BOND_LINK_UP;
		member->slave.backup = i != 0;
		member->slave.ad_info = &member->ad_info;
		member->slave.queue_id = i == 1 ? 3 : 0;
		if (!slave)
			continue;
		member->dev.flags = IFF_SLAVE;
		member->dev.priv_flags = IFF_BONDING;
		rcu_assign_pointer(member->dev.rx_handler_data, &member->slave);
		if (i < SLAVES)
			list_add_tail(&member->list, &bond_dev->adj_list.lower);
	}
	if (told->active)
		rcu_assign_pointer(bonding->curr_active_slave, &members[0].slave);
	if (told->primary)
		rcu_assign_pointer(bonding->primary_slave, &members[1].slave);

#define COPY(field) p->field = config->field
	COPY(mode); COPY(xmit_policy); COPY(miimon); COPY(num_peer_notif); COPY(missed_max);
	COPY(arp_interval); COPY(arp_validate); COPY(arp_all_targets); COPY(fail_over_mac);
	COPY(updelay); COPY(downdelay); COPY(peer_notif_delay); COPY(lacp_active); COPY(lacp_fast);
	COPY(lacp_strict); COPY(min_links); COPY(ad_select); COPY(primary_reselect);
	COPY(all_slaves_active); COPY(resend_igmp); COPY(lp_interval); COPY(packets_per_slave);
	COPY(tlb_dynamic_lb); COPY(ad_actor_sys_prio); COPY(ad_user_port_key);
	COPY(coupled_control); COPY(broadcast_neighbor);
	for (i = 0; i < config->targets; i++)
		p->arp_targets[i] = htonl(0x0a000001 + i);
	for (i = 0; i < config->ns_targets; i++) {
		p->ns_targets[i].s6_addr32[0] = htonl(0x20010db8);
		p->ns_targets[i].s6_addr32[3] = htonl(1 + i);
	}
}

/* The attributes of a request, by number. */
static struct nlattr *attributes[IFLA_BOND_MAX + 1];

/* The number of an attribute of the request, 0 for none. */
static int attribute(const struct nlattr *attr)
{
	int i;

	for (i = IFLA_BOND_MAX; i > 0; i--)
		if (attr && attributes[i] == attr)
			break;
	return i;
}

/* Attributes, one after the other as netlink has them. */
static void parse(char *octets, int len)
{
	struct nlattr *attr;
	int rem;

	memset(attributes, 0, sizeof(attributes));
	nla_for_each_attr(attr, (struct nlattr *)octets, len, rem)
		attributes[nla_type(attr)] = attr;
}

static void answer(int ret, const struct netlink_ext_ack *extack)
{
	const struct bond_params *p = &bonding->params;
	int i;

	options_say("ret %d\nextack %d %s\nparams", ret, attribute(extack->bad_attr),
		    extack->_msg ?: "");
#define SAY(field) options_say(" %d", (int)p->field)
	SAY(mode); SAY(xmit_policy); SAY(miimon); SAY(num_peer_notif); SAY(missed_max);
	SAY(arp_interval); SAY(arp_validate); SAY(arp_all_targets); SAY(fail_over_mac);
	SAY(updelay); SAY(downdelay); SAY(peer_notif_delay); SAY(lacp_active); SAY(lacp_fast);
	SAY(lacp_strict); SAY(min_links); SAY(ad_select); SAY(primary_reselect);
	SAY(all_slaves_active); SAY(resend_igmp); SAY(lp_interval); SAY(packets_per_slave);
	SAY(tlb_dynamic_lb); SAY(ad_actor_sys_prio); SAY(ad_user_port_key);
	SAY(coupled_control); SAY(broadcast_neighbor);
	options_say(" ");
	options_hex(p->ad_actor_system, ETH_ALEN);
	options_say(" ");
	options_hex(p->primary, IFNAMSIZ);
	options_say(" ");
	options_hex(p->arp_targets, sizeof(p->arp_targets));
	options_say(" ");
	options_hex(p->ns_targets, sizeof(p->ns_targets));
	options_say("\nevents");
	for (i = 0; i < EVENTS; i++)
		if (done & 1u << i)
			options_say(" %s", events[i]);
	if (done & 1u << CHANGE)
		options_say(" to %d", changed_to);
	if (enslaved >= 0)
		options_say(" enslave %d", enslaved);
	if (released >= 0)
		options_say(" release %d", released);
	if (bonding->force_primary)
		options_say(" force");
	options_say("\nslaves");
	for (i = 0; i < SLAVES; i++)
		options_say(" %d:%d:%d:%d%s", members[i].slave.queue_id, members[i].slave.prio,
			    members[i].ad_info.port_priority, members[i].slave.inactive,
			    bonding->primary_slave == &members[i].slave ? ":primary" : "");
	options_say("\nend\n");
}

void options_ask(int option, const struct config *config, const struct told *told,
		 struct value *value)
{
	struct netlink_ext_ack extack = { };
	struct bond_opt_value newval;
	struct net_device *slave_dev;

	set_up(config, told);
	parse(value->text, value->kind == 'a' ? value->slave : 0);
	switch (value->kind) {
	case 'a':
		answer(bond_changelink(bond_dev, NULL, attributes, &extack), &extack);
		return;
	case 't':
		bond_opt_initstr(&newval, value->text);
		break;
	case 'n':
		bond_opt_initval(&newval, value->number);
		break;
	case '6':
		bond_opt_initextra(&newval, value->octets, sizeof(value->octets));
		break;
	case 's':
		slave_dev = &members[value->slave].dev;
		bond_opt_slave_initval(&newval, &slave_dev, (int)value->number);
		break;
	}
	answer(__bond_opt_set(bonding, option, &newval, NULL, &extack), &extack);
}
