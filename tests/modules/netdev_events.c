// SPDX-License-Identifier: GPL-2.0
/*
 * Writes netdevice events with what they carry to the kernel log.
 *
 * Events that come from works, at times of their own, are left out unless the
 * parameter `all` is set.
 */
#define pr_fmt(fmt) "event: " fmt

#include <linux/if_bonding.h>
#include <linux/module.h>
#include <linux/netdevice.h>

static bool all;
module_param(all, bool, 0644);
MODULE_PARM_DESC(all, "also events that works send: CHANGE, BONDING_INFO, NOTIFY_PEERS, RESEND_IGMP");

static bool asynchronous(unsigned long event)
{
	switch (event) {
	case NETDEV_CHANGE:
	case NETDEV_BONDING_INFO:
	case NETDEV_NOTIFY_PEERS:
	case NETDEV_RESEND_IGMP:
		return true;
	default:
		return false;
	}
}

static void show_upper(const char *name, struct net_device *dev, void *ptr)
{
	struct netdev_notifier_changeupper_info *info = ptr;
	struct netdev_lag_upper_info *lag = info->upper_info;

	if (lag && netif_is_bond_master(info->upper_dev))
		pr_info("%s %s upper=%s master=%d linking=%d tx_type=%d hash_type=%d\n",
			name, dev->name, info->upper_dev->name, info->master,
			info->linking, lag->tx_type, lag->hash_type);
	else
		pr_info("%s %s upper=%s master=%d linking=%d info=%s\n",
			name, dev->name, info->upper_dev->name, info->master,
			info->linking, lag ? "other" : "none");
}

static void show_lower_state(const char *name, struct net_device *dev, void *ptr)
{
	struct netdev_notifier_changelowerstate_info *info = ptr;
	struct netdev_lag_lower_state_info *state = info->lower_state_info;

	pr_info("%s %s link_up=%d tx_enabled=%d\n", name, dev->name,
		state->link_up, state->tx_enabled);
}

static void show_bonding_info(const char *name, struct net_device *dev, void *ptr)
{
	struct netdev_notifier_bonding_info *info = ptr;
	struct netdev_bonding_info *bonding = &info->bonding_info;

	pr_info("%s %s mode=%d slaves=%d miimon=%d id=%d name=%s link=%d state=%d failures=%u\n",
		name, dev->name, bonding->master.bond_mode, bonding->master.num_slaves,
		bonding->master.miimon, bonding->slave.slave_id,
		bonding->slave.slave_name, bonding->slave.link,
		bonding->slave.state, bonding->slave.link_failure_count);
}

static int on_event(struct notifier_block *block, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	const char *name = netdev_cmd_to_name(event);

	if (dev->flags & IFF_LOOPBACK || (asynchronous(event) && !all))
		return NOTIFY_DONE;
	switch (event) {
	case NETDEV_CHANGEUPPER:
	case NETDEV_PRECHANGEUPPER:
		show_upper(name, dev, ptr);
		break;
	case NETDEV_CHANGELOWERSTATE:
		show_lower_state(name, dev, ptr);
		break;
	case NETDEV_BONDING_INFO:
		show_bonding_info(name, dev, ptr);
		break;
	default:
		pr_info("%s %s\n", name, dev->name);
	}
	return NOTIFY_DONE;
}

static struct notifier_block block = { .notifier_call = on_event };

static int __init netdev_events_init(void)
{
	return register_netdevice_notifier(&block);
}

static void __exit netdev_events_exit(void)
{
	unregister_netdevice_notifier(&block);
}

module_init(netdev_events_init);
module_exit(netdev_events_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Logs netdevice events, for tests");
