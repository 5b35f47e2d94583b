// SPDX-License-Identifier: GPL-2.0
/*
 * Reads bonds the way other drivers do: through the inline functions and fields
 * of <net/bonding.h>, compiled here by a C compiler that has never seen ours.
 *
 * /proc/bond_abi has a line for each bond and each slave of the reader's
 * network namespace.
 *
 * watch: the name of a bond in the writer's network namespace, which a thread then
 * asks again and again, each time checking that what one inline says fits what the
 * others say; an empty name ends that. Reads how often it asked and what was wrong.
 */
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/nsproxy.h>
#include <linux/proc_fs.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <net/bonding.h>
#include <net/lag.h>
#include <net/net_namespace.h>

static bool ask_down;
module_param(ask_down, bool, 0644);
MODULE_PARM_DESC(ask_down, "ask bonds that are down over which slave they send, as RDMA does");

static void show_bond(struct seq_file *m, struct net_device *dev)
{
	struct bonding *bond = netdev_priv(dev);
	struct net_device *active = bond_option_active_slave_get_rcu(bond);
	struct slave *current_slave = rcu_dereference(bond->curr_active_slave);

	seq_printf(m, "bond %s mode=%d dev=%s active=%s current=%s uses_primary=%d\n",
		   dev->name, bond->params.mode,
		   bond->dev ? bond->dev->name : "none",
		   active ? active->name : "none",
		   current_slave ? current_slave->dev->name : "none",
		   bond_uses_primary(bond));
}

static bool uses_netpoll(struct net_device *dev)
{
#ifdef CONFIG_NETPOLL
	return rcu_access_pointer(dev->npinfo);
#else
	return false;
#endif
}

static void show_slave(struct seq_file *m, struct net_device *dev)
{
	struct slave *slave = bond_slave_get_rcu(dev);
	struct net_device *upper = netdev_master_upper_dev_get_rcu(dev);

	if (!slave) {
		seq_printf(m, "slave %s without handler data\n", dev->name);
		return;
	}
	seq_printf(m, "slave %s dev=%s bond=%s upper=%s backup=%d inactive=%d txable=%d netpoll=%d\n",
		   dev->name, slave->dev ? slave->dev->name : "none",
		   slave->bond && slave->bond->dev ? slave->bond->dev->name : "none",
		   upper ? upper->name : "none", bond_slave_state(slave),
		   bond_is_slave_inactive(slave),
		   net_lag_port_dev_txable(dev), uses_netpoll(dev));
}

static void show_adjacency(struct seq_file *m, struct net_device *dev)
{
	struct bonding *bond = netdev_priv(dev);
	struct list_head *iter;
	struct slave *slave;

	seq_printf(m, "slaves %s", dev->name);
	bond_for_each_slave_rcu(bond, slave, iter)
		seq_printf(m, " %s", slave->dev->name);
	seq_putc(m, '\n');
}

static void show_devices(struct seq_file *m, struct net_device *bond_dev)
{
	struct net_device *dev;

	seq_printf(m, "devices %s", bond_dev->name);
	for_each_netdev_in_bond_rcu(bond_dev, dev)
		seq_printf(m, " %s", dev->name);
	seq_putc(m, '\n');
}

static void show_chosen(struct seq_file *m, struct net_device *dev, struct sk_buff *skb)
{
	struct net_device *chosen;

	if (!dev->netdev_ops->ndo_get_xmit_slave) {
		seq_printf(m, "xmit_slave %s unsupported\n", dev->name);
		return;
	}
	chosen = netdev_get_xmit_slave(dev, skb, false);
	seq_printf(m, "xmit_slave %s %s", dev->name, chosen ? chosen->name : "none");
	chosen = netdev_get_xmit_slave(dev, skb, true);
	seq_printf(m, " %s\n", chosen ? chosen->name : "none");
}

static struct sk_buff *example(void)
{
	struct sk_buff *skb = alloc_skb(128, GFP_KERNEL);

	if (!skb)
		return NULL;
	skb_reserve(skb, 16);
	skb_put_zero(skb, ETH_HLEN + 46);
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, ETH_HLEN);
	skb->protocol = htons(ETH_P_LOOPBACK);
	return skb;
}

static int abi_show(struct seq_file *m, void *unused)
{
	struct net *net = current->nsproxy->net_ns;
	struct net_device *dev;
	struct sk_buff *skb;

	skb = example();
	if (!skb)
		return -ENOMEM;
	if (ask_down)
		skb->protocol = htons(ETH_P_IP);

	rcu_read_lock();
	for_each_netdev_rcu(net, dev) {
		if (netif_is_bond_master(dev)) {
			show_bond(m, dev);
			show_adjacency(m, dev);
			show_devices(m, dev);
			if (netif_running(dev) || ask_down)
				show_chosen(m, dev, skb);
		}
		if (netif_is_bond_slave(dev))
			show_slave(m, dev);
	}
	rcu_read_unlock();
	kfree_skb(skb);
	return 0;
}

static struct task_struct *watcher;
static struct net_device *watched;
static unsigned long asked, wrong, inactive;

/* What a slave says of itself, to whoever has its device by whatever way. */
static bool fits(struct net_device *bond_dev, struct net_device *dev)
{
	struct slave *slave;

	/* It may have left just now: then there is nothing to say of it. */
	if (!netif_is_bond_slave(dev))
		return true;
	net_lag_port_dev_txable(dev);
	slave = bond_slave_get_rcu(dev);
	if (!slave)
		return true;
	inactive += bond_is_slave_inactive(slave);
	return slave->dev == dev && slave->bond == netdev_priv(bond_dev) && slave->bond->dev == bond_dev;
}

static int watch_bond(void *data)
{
	struct sk_buff *skb = data;

	while (!kthread_should_stop()) {
		struct bonding *bond = netdev_priv(watched);
		struct net_device *dev;

		rcu_read_lock();
		dev = bond_option_active_slave_get_rcu(bond);
		if (dev && !fits(watched, dev))
			wrong++;
		dev = netdev_get_xmit_slave(watched, skb, asked & 1);
		if (dev && !fits(watched, dev))
			wrong++;
		for_each_netdev_in_bond_rcu(watched, dev)
			if (!fits(watched, dev))
				wrong++;
		rcu_read_unlock();
		asked++;
		cond_resched();
	}
	kfree_skb(skb);
	return 0;
}

static void stop_watching(void)
{
	if (watcher)
		kthread_stop(watcher);
	watcher = NULL;
	if (watched)
		dev_put(watched);
	watched = NULL;
}

static int set_watch(const char *value, const struct kernel_param *param)
{
	char name[IFNAMSIZ] = "";
	struct sk_buff *skb;

	stop_watching();
	if (sscanf(value, "%15s", name) != 1 || !*name)
		return 0;
	watched = dev_get_by_name(current->nsproxy->net_ns, name);
	if (!watched)
		return -ENODEV;
	skb = netif_is_bond_master(watched) ? example() : NULL;
	asked = 0;
	wrong = 0;
	inactive = 0;
	watcher = skb ? kthread_create(watch_bond, skb, "abi_reader") : ERR_PTR(-EINVAL);
	if (IS_ERR(watcher)) {
		int err = PTR_ERR(watcher);

		kfree_skb(skb);
		watcher = NULL;
		stop_watching();
		return err;
	}
	/* The thread frees the frame at its end, which must not come before its beginning. */
	wake_up_process(watcher);
	while (!READ_ONCE(asked))
		schedule_timeout_uninterruptible(1);
	return 0;
}

static int get_watch(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "asked=%lu wrong=%lu inactive=%lu\n", READ_ONCE(asked),
			  READ_ONCE(wrong), READ_ONCE(inactive));
}

static const struct kernel_param_ops watch_ops = { .set = set_watch, .get = get_watch };
module_param_cb(watch, &watch_ops, NULL, 0600);
MODULE_PARM_DESC(watch, "a bond that a thread asks again and again");

static int __init abi_reader_init(void)
{
	if (!proc_create_single("bond_abi", 0444, NULL, abi_show))
		return -ENOMEM;
	return 0;
}

static void __exit abi_reader_exit(void)
{
	stop_watching();
	remove_proc_entry("bond_abi", NULL);
}

module_init(abi_reader_init);
module_exit(abi_reader_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Reads bonds through the C header, for tests");
