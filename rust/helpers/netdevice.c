// SPDX-License-Identifier: GPL-2.0
#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/netpoll.h>
#include <net/netdev_lock.h>

void rust_helper_netdev_hold(struct net_device *dev, netdevice_tracker *tracker, gfp_t gfp)
{
	netdev_hold(dev, tracker, gfp);
}

void rust_helper_netdev_put(struct net_device *dev, netdevice_tracker *tracker)
{
	netdev_put(dev, tracker);
}

struct net *rust_helper_dev_net(const struct net_device *dev)
{
	return dev_net(dev);
}

void rust_helper_dev_net_set(struct net_device *dev, struct net *net)
{
	dev_net_set(dev, net);
}

void rust_helper_eth_hw_addr_random(struct net_device *dev)
{
	eth_hw_addr_random(dev);
}

void rust_helper_netdev_lockdep_set_classes(struct net_device *dev)
{
	netdev_lockdep_set_classes(dev);
}

void rust_helper_netdev_lock_ops(struct net_device *dev)
{
	netdev_lock_ops(dev);
}

void rust_helper_netdev_unlock_ops(struct net_device *dev)
{
	netdev_unlock_ops(dev);
}

void rust_helper_netif_addr_lock_bh(struct net_device *dev)
{
	netif_addr_lock_bh(dev);
}

void rust_helper_netif_addr_unlock_bh(struct net_device *dev)
{
	netif_addr_unlock_bh(dev);
}

/* Bitfields, so that their layout stays the C compiler's business. */
u32 rust_helper_netdev_priv_flags(const struct net_device *dev)
{
	return dev->priv_flags;
}

void rust_helper_netdev_set_priv_flags(struct net_device *dev, u32 set, u32 clear)
{
	dev->priv_flags = (dev->priv_flags | set) & ~clear;
}

void rust_helper_netdev_set_lltx(struct net_device *dev, bool lltx)
{
	dev->lltx = lltx;
}

void rust_helper_netdev_set_netns_immutable(struct net_device *dev, bool immutable)
{
	dev->netns_immutable = immutable;
}

void rust_helper_dev_core_stats_tx_dropped_inc(struct net_device *dev)
{
	dev_core_stats_tx_dropped_inc(dev);
}

netdev_features_t rust_helper_netdev_base_features(netdev_features_t features)
{
	return netdev_base_features(features);
}

netdev_features_t rust_helper_netdev_add_tso_features(netdev_features_t features,
						       netdev_features_t mask)
{
	return netdev_add_tso_features(features, mask);
}

bool rust_helper_netpoll_tx_running(struct net_device *dev)
{
	return netpoll_tx_running(dev);
}

int rust_helper_notifier_to_errno(int ret)
{
	return notifier_to_errno(ret);
}
