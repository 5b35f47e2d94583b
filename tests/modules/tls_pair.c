// SPDX-License-Identifier: GPL-2.0
/*
 * Pairs of devices (ip link add NAME type tls_pair): what one sends the other
 * receives, as with veth. NAME encrypts TLS for connections, NAME-far does not.
 *
 * What a card does to the frames of a connection whose keys it has the kernel's
 * software for frames past the card does here: it is real TLS that goes over to
 * the other side. ethtool -S NAME shows
 * keys: connections whose keys it has;
 * encrypted: frames with payload of these;
 * passed: frames with payload of connections that were given to any device to
 * encrypt, but whose keys it has not. They are not touched.
 */
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/tcp.h>
#include <net/tls.h>

struct tls_pair {
	struct net_device __rcu *peer;
	atomic_t keys, encrypted, passed;
};

static const char names[][ETH_GSTRING_LEN] = { "keys", "encrypted", "passed" };

static int tls_pair_add(struct net_device *dev, struct sock *sk, enum tls_offload_ctx_dir direction,
			struct tls_crypto_info *info, u32 seq)
{
	struct tls_pair *this = netdev_priv(dev);

	if (direction != TLS_OFFLOAD_CTX_DIR_TX)
		return -EOPNOTSUPP;
	atomic_inc(&this->keys);
	return 0;
}

static void tls_pair_del(struct net_device *dev, struct tls_context *context, enum tls_offload_ctx_dir direction)
{
	struct tls_pair *this = netdev_priv(dev);

	atomic_dec(&this->keys);
}

static const struct tlsdev_ops tls_pair_tls_ops = {
	.tls_dev_add = tls_pair_add,
	.tls_dev_del = tls_pair_del,
};

/* Whether a frame has payload of a connection that is, or was, for a device to encrypt. */
static bool has_payload(const struct sk_buff *skb)
{
	const struct sock *sk = skb->sk;

	return sk && sk_fullsock(sk) && READ_ONCE(sk->sk_validate_xmit_skb) &&
	       skb->len > skb_tcp_all_headers(skb);
}

static struct sk_buff *tls_pair_encrypt(struct sk_buff *skb, struct net_device *dev)
{
	struct tls_pair *this = netdev_priv(dev);

	if (!has_payload(skb))
		return skb;
	if (!tls_is_skb_tx_device_offloaded(skb) ||
	    rcu_access_pointer(tls_get_ctx(skb->sk)->netdev) != dev) {
		atomic_inc(&this->passed);
		return skb;
	}
	atomic_inc(&this->encrypted);
	return tls_encrypt_skb(skb);
}

static netdev_tx_t tls_pair_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct tls_pair *this = netdev_priv(dev);
	struct net_device *peer;

	skb = tls_pair_encrypt(skb, dev);
	if (!skb)
		return NETDEV_TX_OK;
	skb->prev = NULL;
	/* To the other side it is a frame like any other. */
	skb_orphan(skb);
	skb->decrypted = 0;
	rcu_read_lock();
	peer = rcu_dereference(this->peer);
	if (peer)
		dev_forward_skb(peer, skb);
	else
		kfree_skb(skb);
	rcu_read_unlock();
	return NETDEV_TX_OK;
}

static int tls_pair_open(struct net_device *dev)
{
	struct tls_pair *this = netdev_priv(dev);
	struct net_device *peer = rtnl_dereference(this->peer);

	if (peer && peer->flags & IFF_UP) {
		netif_carrier_on(dev);
		netif_carrier_on(peer);
	}
	return 0;
}

static int tls_pair_stop(struct net_device *dev)
{
	struct tls_pair *this = netdev_priv(dev);
	struct net_device *peer = rtnl_dereference(this->peer);

	netif_carrier_off(dev);
	if (peer)
		netif_carrier_off(peer);
	return 0;
}

static void tls_pair_set_rx_mode(struct net_device *dev)
{
}

static const struct net_device_ops tls_pair_ops = {
	.ndo_open = tls_pair_open,
	.ndo_stop = tls_pair_stop,
	.ndo_start_xmit = tls_pair_xmit,
	.ndo_set_rx_mode = tls_pair_set_rx_mode,
	.ndo_set_mac_address = eth_mac_addr,
};

static int tls_pair_link_settings(struct net_device *dev, struct ethtool_link_ksettings *settings)
{
	settings->base.speed = SPEED_1000;
	settings->base.duplex = DUPLEX_FULL;
	return 0;
}

static int tls_pair_count(struct net_device *dev, int set)
{
	return set == ETH_SS_STATS ? ARRAY_SIZE(names) : -EOPNOTSUPP;
}

static void tls_pair_strings(struct net_device *dev, u32 set, u8 *data)
{
	if (set == ETH_SS_STATS)
		memcpy(data, names, sizeof(names));
}

static void tls_pair_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *data)
{
	struct tls_pair *this = netdev_priv(dev);

	data[0] = atomic_read(&this->keys);
	data[1] = atomic_read(&this->encrypted);
	data[2] = atomic_read(&this->passed);
}

static const struct ethtool_ops tls_pair_ethtool_ops = {
	.get_link = ethtool_op_get_link,
	.get_link_ksettings = tls_pair_link_settings,
	.get_sset_count = tls_pair_count,
	.get_strings = tls_pair_strings,
	.get_ethtool_stats = tls_pair_stats,
};

static void tls_pair_setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &tls_pair_ops;
	dev->ethtool_ops = &tls_pair_ethtool_ops;
	dev->needs_free_netdev = true;
	dev->lltx = true;
	dev->priv_flags |= IFF_UNICAST_FLT | IFF_LIVE_ADDR_CHANGE | IFF_NO_QUEUE;
	dev->features |= NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_HIGHDMA;
	dev->hw_features |= dev->features;
	eth_hw_addr_random(dev);
}

static struct rtnl_link_ops tls_pair_link_ops;

static int tls_pair_new(struct net_device *dev, struct rtnl_newlink_params *params, struct netlink_ext_ack *extack)
{
	struct tls_pair *this = netdev_priv(dev), *other;
	struct net_device *peer;
	char name[IFNAMSIZ];
	int err;

	if (!params->tb[IFLA_IFNAME])
		return -EINVAL;
	if (snprintf(name, sizeof(name), "%s-far", dev->name) >= sizeof(name))
		return -ENAMETOOLONG;
	peer = alloc_netdev(sizeof(*other), name, NET_NAME_USER, tls_pair_setup);
	if (!peer)
		return -ENOMEM;
	dev_net_set(peer, dev_net(dev));
	peer->rtnl_link_ops = &tls_pair_link_ops;
	err = register_netdevice(peer);
	if (err) {
		free_netdev(peer);
		return err;
	}
	dev->tlsdev_ops = &tls_pair_tls_ops;
	dev->features |= NETIF_F_HW_TLS_TX;
	dev->hw_features |= NETIF_F_HW_TLS_TX;
	err = register_netdevice(dev);
	if (err) {
		unregister_netdevice(peer);
		return err;
	}
	netif_carrier_off(dev);
	netif_carrier_off(peer);
	other = netdev_priv(peer);
	rcu_assign_pointer(this->peer, peer);
	rcu_assign_pointer(other->peer, dev);
	return 0;
}

static void tls_pair_delete(struct net_device *dev, struct list_head *head)
{
	struct tls_pair *this = netdev_priv(dev), *other;
	struct net_device *peer = rtnl_dereference(this->peer);

	RCU_INIT_POINTER(this->peer, NULL);
	unregister_netdevice_queue(dev, head);
	if (peer) {
		other = netdev_priv(peer);
		RCU_INIT_POINTER(other->peer, NULL);
		unregister_netdevice_queue(peer, head);
	}
}

static struct rtnl_link_ops tls_pair_link_ops = {
	.kind = "tls_pair",
	.priv_size = sizeof(struct tls_pair),
	.setup = tls_pair_setup,
	.newlink = tls_pair_new,
	.dellink = tls_pair_delete,
};

static int __init tls_pair_init(void)
{
	return rtnl_link_register(&tls_pair_link_ops);
}

static void __exit tls_pair_exit(void)
{
	rtnl_link_unregister(&tls_pair_link_ops);
}

module_init(tls_pair_init);
module_exit(tls_pair_exit);
MODULE_ALIAS_RTNL_LINK("tls_pair");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Pairs of devices of which one encrypts TLS, for tests");
