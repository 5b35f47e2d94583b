/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A bond and its slaves in user space, for the halves of oracles that see the
 * kernel's headers: what the driver needs of the network core, as devices without
 * anybody else have it. Included once by each program; `oracle_log` is its.
 */
#ifndef SLAVES_H
#define SLAVES_H

#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/bonding.h>

#undef slave_dbg
#define slave_dbg(bond_dev, slave_dev, fmt, ...) do { } while (0)

void oracle_log(const char *level, const char *format, va_list args);
void oracle_die(const char *why);

/* The adjacency list, as bond_for_each_slave() walks it: a member of each. */
struct member {
	struct list_head list;
	struct slave slave;
	struct net_device dev;
	unsigned int speed, duplex;
	unsigned char mac[8];
};

static struct bonding bond;
static struct net_device bond_dev;

unsigned long volatile jiffies;

void mutex_lock(struct mutex *lock) {}
void mutex_unlock(struct mutex *lock) {}

bool __list_add_valid_or_report(struct list_head *new, struct list_head *prev,
				struct list_head *next)
{
	return true;
}

bool __list_del_entry_valid_or_report(struct list_head *entry)
{
	return true;
}

int net_ratelimit(void) { return 1; }
int rtnl_is_locked(void) { return 1; }

void *netdev_lower_get_next_private(struct net_device *dev, struct list_head **iter)
{
	struct list_head *lower = *iter;

	if (lower == &dev->adj_list.lower)
		return NULL;
	*iter = lower->next;
	return &list_entry(lower, struct member, list)->slave;
}

void *netdev_lower_get_next_private_rcu(struct net_device *dev, struct list_head **iter)
{
	struct list_head *lower = (*iter)->next;

	if (lower == &dev->adj_list.lower)
		return NULL;
	*iter = lower;
	return &list_entry(lower, struct member, list)->slave;
}

void *netdev_lower_get_first_private_rcu(struct net_device *dev)
{
	struct list_head *lower = dev->adj_list.lower.next;

	if (lower == &dev->adj_list.lower)
		return NULL;
	return &list_entry(lower, struct member, list)->slave;
}

void netif_carrier_on(struct net_device *dev)
{
	clear_bit(__LINK_STATE_NOCARRIER, &dev->state);
}

void netif_carrier_off(struct net_device *dev)
{
	set_bit(__LINK_STATE_NOCARRIER, &dev->state);
}

#define LOG(name)							\
void netdev_##name(const struct net_device *dev, const char *format, ...)	\
{									\
	va_list args;							\
									\
	va_start(args, format);						\
	oracle_log(#name, format, args);				\
	va_end(args);							\
}
LOG(info)
LOG(warn)
LOG(err)

int rtnl_trylock(void) { return 1; }
void rtnl_unlock(void) {}
void __rcu_read_lock(void) {}
void __rcu_read_unlock(void) {}
bool queue_delayed_work_on(int cpu, struct workqueue_struct *wq,
			   struct delayed_work *work, unsigned long delay) { return true; }

static void member_carrier(struct member *member, int running, int carrier)
{
	assign_bit(__LINK_STATE_START, &member->dev.state, running);
	assign_bit(__LINK_STATE_NOCARRIER, &member->dev.state, !carrier);
}

#endif
