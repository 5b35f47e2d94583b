// SPDX-License-Identifier: GPL-2.0
#include <linux/err.h>
#include <linux/netdevice.h>
#include <linux/netpoll.h>
#include <linux/slab.h>

#ifdef CONFIG_NET_POLL_CONTROLLER

struct netpoll *rust_helper_netpoll_setup_dev(struct net_device *dev)
{
	struct netpoll *np = kzalloc(sizeof(*np), GFP_KERNEL);
	int err;

	if (!np)
		return ERR_PTR(-ENOMEM);
	err = __netpoll_setup(np, dev);
	if (err) {
		kfree(np);
		return ERR_PTR(err);
	}
	return np;
}

void rust_helper_netpoll_free_dev(struct netpoll *np)
{
	__netpoll_free(np);
}

/* All that netpoll_send_skb() looks at is the device, whose own state knows
 * whether netpoll uses it: the buffer is dropped if not.
 */
int rust_helper_netpoll_send_lower(struct net_device *dev, struct sk_buff *skb)
{
	struct netpoll np = { .dev = dev };

	return netpoll_send_skb(&np, skb);
}

void rust_helper_netpoll_poll_lower(struct net_device *dev)
{
	netpoll_poll_dev(dev);
}

#else

struct netpoll *rust_helper_netpoll_setup_dev(struct net_device *dev)
{
	return ERR_PTR(-EOPNOTSUPP);
}

void rust_helper_netpoll_free_dev(struct netpoll *np)
{
}

int rust_helper_netpoll_send_lower(struct net_device *dev, struct sk_buff *skb)
{
	dev_kfree_skb_any(skb);
	return NET_XMIT_DROP;
}

void rust_helper_netpoll_poll_lower(struct net_device *dev)
{
}

#endif
