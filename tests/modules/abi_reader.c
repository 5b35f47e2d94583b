// SPDX-License-Identifier: GPL-2.0
/*
 * Reads bonds the way other drivers do: through the inline functions and fields
 * of <net/bonding.h>, compiled here by a C compiler that has never seen ours.
 *
 * /proc/bond_abi has a line for each bond and each slave of the reader's
 * network namespace.
 */
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
		   upper ? upper->name : "none", slave->backup, slave->inactive,
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

static void show_chosen(struct seq_file *m, struct net_device *dev, struct sk_buff *skb)
{
	struct net_device *chosen;

	if (!dev->netdev_ops->ndo_get_xmit_slave) {
		seq_printf(m, "xmit_slave %s unsupported\n", dev->name);
		return;
	}
	chosen = netdev_get_xmit_slave(dev, skb, false);
	seq_printf(m, "xmit_slave %s %s\n", dev->name, chosen ? chosen->name : "none");
}

static int abi_show(struct seq_file *m, void *unused)
{
	struct net *net = current->nsproxy->net_ns;
	struct net_device *dev;
	struct sk_buff *skb;

	skb = alloc_skb(128, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	skb_reserve(skb, 16);
	skb_put_zero(skb, ETH_HLEN + 46);
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, ETH_HLEN);
	skb->protocol = ask_down ? htons(ETH_P_IP) : htons(ETH_P_LOOPBACK);

	rcu_read_lock();
	for_each_netdev_rcu(net, dev) {
		if (netif_is_bond_master(dev)) {
			show_bond(m, dev);
			show_adjacency(m, dev);
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

static int __init abi_reader_init(void)
{
	if (!proc_create_single("bond_abi", 0444, NULL, abi_show))
		return -ENOMEM;
	return 0;
}

static void __exit abi_reader_exit(void)
{
	remove_proc_entry("bond_abi", NULL);
}

module_init(abi_reader_init);
module_exit(abi_reader_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Reads bonds through the C header, for tests");
