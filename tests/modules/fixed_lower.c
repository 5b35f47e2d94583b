// SPDX-License-Identifier: GPL-2.0
/*
 * A device that queues every frame to one fixed slave: what a driver of a
 * bond's kind costs at least, since each frame goes through the slave's
 * dev_queue_xmit. The parameter `lower` names the slave; both must be of the
 * initial network namespace.
 *
 * copies: so many frames are queued for each one, as broadcast must.
 * verdict: what becomes of all that the slave receives: another (the device has
 * received it), exact or consumed. Both can be written at any time.
 */
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

static char *lower = "dummy0";
module_param(lower, charp, 0444);
MODULE_PARM_DESC(lower, "the device that all frames go to");

static struct net_device *upper_dev, *lower_dev;
static unsigned int copies = 1;

static netdev_tx_t fixed_lower_xmit(struct sk_buff *skb, struct net_device *dev)
{
	skb->dev = lower_dev;
	dev_queue_xmit(skb);
	return NETDEV_TX_OK;
}

static netdev_tx_t fixed_lower_xmit_copies(struct sk_buff *skb, struct net_device *dev)
{
	unsigned int i;

	for (i = 1; i < READ_ONCE(copies); i++) {
		struct sk_buff *copy = skb_clone(skb, GFP_ATOMIC);

		if (copy)
			fixed_lower_xmit(copy, dev);
	}
	return fixed_lower_xmit(skb, dev);
}

static rx_handler_result_t fixed_lower_another(struct sk_buff **pskb)
{
	(*pskb)->dev = upper_dev;
	return RX_HANDLER_ANOTHER;
}

static rx_handler_result_t fixed_lower_exact(struct sk_buff **pskb)
{
	return RX_HANDLER_EXACT;
}

static rx_handler_result_t fixed_lower_consumed(struct sk_buff **pskb)
{
	consume_skb(*pskb);
	return RX_HANDLER_CONSUMED;
}

static const struct net_device_ops fixed_lower_ops = {
	.ndo_start_xmit = fixed_lower_xmit,
};

static const struct net_device_ops fixed_lower_copies_ops = {
	.ndo_start_xmit = fixed_lower_xmit_copies,
};

/* Functions of their own, so that what is not asked for costs nothing. */
static int set_copies(const char *value, const struct kernel_param *param)
{
	int err = kstrtouint(value, 0, &copies);

	if (!err && upper_dev)
		WRITE_ONCE(upper_dev->netdev_ops,
			   copies > 1 ? &fixed_lower_copies_ops : &fixed_lower_ops);
	return err;
}

static const struct kernel_param_ops copies_ops = { .set = set_copies };
module_param_cb(copies, &copies_ops, NULL, 0200);
MODULE_PARM_DESC(copies, "how often each frame is queued");

static int set_verdict(const char *value, const struct kernel_param *param)
{
	static const char * const names[] = { "another", "exact", "consumed" };
	static rx_handler_func_t * const handlers[] = {
		fixed_lower_another, fixed_lower_exact, fixed_lower_consumed,
	};
	int found = sysfs_match_string(names, value), err;

	if (found < 0 || !upper_dev)
		return -EINVAL;
	rtnl_lock();
	netdev_rx_handler_unregister(lower_dev);
	err = netdev_rx_handler_register(lower_dev, handlers[found], NULL);
	rtnl_unlock();
	return err;
}

static const struct kernel_param_ops verdict_ops = { .set = set_verdict };
module_param_cb(verdict, &verdict_ops, NULL, 0200);
MODULE_PARM_DESC(verdict, "another, exact or consumed");

static void fixed_lower_setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &fixed_lower_ops;
	dev->lltx = true;
	dev->priv_flags |= IFF_NO_QUEUE;
	eth_hw_addr_random(dev);
}

static int __init fixed_lower_init(void)
{
	int err;

	lower_dev = dev_get_by_name(&init_net, lower);
	if (!lower_dev)
		return -ENODEV;
	upper_dev = alloc_netdev(0, "fixed%d", NET_NAME_ENUM, fixed_lower_setup);
	if (!upper_dev) {
		err = -ENOMEM;
		goto put;
	}
	err = register_netdev(upper_dev);
	if (err)
		goto free;
	rtnl_lock();
	err = netdev_rx_handler_register(lower_dev, fixed_lower_another, NULL);
	rtnl_unlock();
	if (err)
		goto unregister;
	return 0;
unregister:
	unregister_netdev(upper_dev);
free:
	free_netdev(upper_dev);
put:
	dev_put(lower_dev);
	return err;
}

static void __exit fixed_lower_exit(void)
{
	rtnl_lock();
	netdev_rx_handler_unregister(lower_dev);
	rtnl_unlock();
	unregister_netdev(upper_dev);
	free_netdev(upper_dev);
	dev_put(lower_dev);
}

module_init(fixed_lower_init);
module_exit(fixed_lower_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A device over one fixed slave, for measurements");
