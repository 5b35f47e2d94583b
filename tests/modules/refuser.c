// SPDX-License-Identifier: GPL-2.0
/*
 * Devices (ip link add ... type refuser) whose driver refuses on demand.
 *
 * refuse: "OP [N [TIMES]]": from now on OP is refused with EIO, after N times when
 * it is not, and so many times; "none" ends that. Reads how often it was refused.
 * OP is what the driver is called for (open, set_mac, live_mac: set_mac while it is
 * up, ...) or a notification, of any device, that is vetoed (pre_up, ...). promisc and allmulti: a device that
 * is opened meanwhile has that counter at its end, until it is closed.
 * held: what all these devices have been given and not been taken off.
 * room: "N DEVICE": that device takes N XDP frames at a time, others take all;
 * reads how many were taken since.
 */
#include <linux/bpf.h>
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/xdp.h>
#include <net/xfrm.h>

enum op {
	NONE, OPEN, SET_MAC, LIVE_MAC, CHANGE_MTU, ADD_VID, NETPOLL, XDP, PROMISC, ALLMULTI, SA,
	PRE_UP, PRE_CHANGEADDR, PRE_CHANGEMTU, PRE_TYPE, PRE_UPPER, UPPER,
};

static const char * const ops[] = {
	[NONE] = "none", [OPEN] = "open", [SET_MAC] = "set_mac", [LIVE_MAC] = "live_mac", [CHANGE_MTU] = "change_mtu",
	[ADD_VID] = "add_vid", [NETPOLL] = "netpoll", [XDP] = "xdp", [PROMISC] = "promisc",
	[ALLMULTI] = "allmulti", [SA] = "sa", [PRE_UP] = "pre_up", [PRE_CHANGEADDR] = "pre_changeaddr",
	[PRE_CHANGEMTU] = "pre_changemtu", [PRE_TYPE] = "pre_type", [PRE_UPPER] = "pre_upper",
	[UPPER] = "upper",
};

struct refuser {
	struct xdp_attachment_info xdp;
};

/* Under RTNL, but for what XDP and IPsec count. */
static enum op refused;
static unsigned int grace, times, refusals;
static int opened, vids, programs, polled;
static int room;
static char narrow[IFNAMSIZ];
static atomic_t taken, sas, keys;

static bool refuses(enum op op)
{
	if (op != refused)
		return false;
	if (grace) {
		grace--;
		return false;
	}
	if (refusals == times)
		return false;
	refusals++;
	return true;
}

static int set_refuse(const char *value, const struct kernel_param *param)
{
	unsigned int count = 0, limit = UINT_MAX;
	char name[20];
	int found;

	if (sscanf(value, "%19s %u %u", name, &count, &limit) < 1)
		return -EINVAL;
	found = match_string(ops, ARRAY_SIZE(ops), name);
	if (found < 0)
		return found;
	rtnl_lock();
	refused = found;
	grace = count;
	times = limit;
	refusals = 0;
	rtnl_unlock();
	return 0;
}

static int get_refuse(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%u\n", refusals);
}

static const struct kernel_param_ops refuse_ops = { .set = set_refuse, .get = get_refuse };
module_param_cb(refuse, &refuse_ops, NULL, 0600);
MODULE_PARM_DESC(refuse, "what is refused; reads how often it was");

static int get_held(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "open=%d vids=%d programs=%d netpoll=%d sas=%d keys=%d\n",
			  opened, vids, programs, polled, atomic_read(&sas), atomic_read(&keys));
}

static const struct kernel_param_ops held_ops = { .get = get_held };
module_param_cb(held, &held_ops, NULL, 0400);
MODULE_PARM_DESC(held, "what devices were given");

static int set_room(const char *value, const struct kernel_param *param)
{
	atomic_set(&taken, 0);
	return sscanf(value, "%d %15s", &room, narrow) == 2 ? 0 : -EINVAL;
}

static int get_room(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%d\n", atomic_read(&taken));
}

static const struct kernel_param_ops room_ops = { .set = set_room, .get = get_room };
module_param_cb(room, &room_ops, NULL, 0600);
MODULE_PARM_DESC(room, "N DEVICE: frames that are taken at a time; reads how many were");

static int refuser_open(struct net_device *dev)
{
	if (refuses(OPEN))
		return -EIO;
	opened++;
	if (refuses(PROMISC))
		dev->promiscuity = UINT_MAX;
	if (refuses(ALLMULTI))
		dev->allmulti = UINT_MAX;
	netif_carrier_on(dev);
	return 0;
}

static int refuser_stop(struct net_device *dev)
{
	opened--;
	if (dev->promiscuity == UINT_MAX)
		dev->promiscuity = 0;
	if (dev->allmulti == UINT_MAX)
		dev->allmulti = 0;
	return 0;
}

static netdev_tx_t refuser_xmit(struct sk_buff *skb, struct net_device *dev)
{
	dev_kfree_skb(skb);
	return NETDEV_TX_OK;
}

static void refuser_set_rx_mode(struct net_device *dev)
{
}

static int refuser_set_mac(struct net_device *dev, void *addr)
{
	if (netif_running(dev) && refuses(LIVE_MAC))
		return -EBUSY;
	return refuses(SET_MAC) ? -EIO : eth_mac_addr(dev, addr);
}

static int refuser_change_mtu(struct net_device *dev, int mtu)
{
	if (refuses(CHANGE_MTU))
		return -EIO;
	WRITE_ONCE(dev->mtu, mtu);
	return 0;
}

static int refuser_add_vid(struct net_device *dev, __be16 proto, u16 vid)
{
	/* That one is added by the core for itself. */
	if (vid && refuses(ADD_VID))
		return -EIO;
	vids++;
	return 0;
}

static int refuser_kill_vid(struct net_device *dev, __be16 proto, u16 vid)
{
	vids--;
	return 0;
}

#ifdef CONFIG_NET_POLL_CONTROLLER
static int refuser_netpoll_setup(struct net_device *dev)
{
	if (refuses(NETPOLL))
		return -EIO;
	polled++;
	return 0;
}

static void refuser_netpoll_cleanup(struct net_device *dev)
{
	polled--;
}

static void refuser_poll(struct net_device *dev)
{
}
#endif

static int refuser_bpf(struct net_device *dev, struct netdev_bpf *bpf)
{
	struct refuser *this = netdev_priv(dev);

	if (bpf->command != XDP_SETUP_PROG)
		return -EINVAL;
	if (refuses(XDP))
		return -EIO;
	programs += !!bpf->prog - !!this->xdp.prog;
	xdp_attachment_setup(&this->xdp, bpf);
	return 0;
}

static int refuser_xdp_xmit(struct net_device *dev, int n, struct xdp_frame **frames, u32 flags)
{
	int i, count = strcmp(dev->name, narrow) ? n : min(n, room);

	for (i = 0; i < count; i++)
		xdp_return_frame_rx_napi(frames[i]);
	atomic_add(count, &taken);
	return count;
}

#ifdef CONFIG_XFRM_OFFLOAD
static int refuser_sa_add(struct net_device *dev, struct xfrm_state *sa, struct netlink_ext_ack *extack)
{
	if (refuses(SA))
		return -EIO;
	atomic_inc(&sas);
	atomic_inc(&keys);
	return 0;
}

static void refuser_sa_delete(struct net_device *dev, struct xfrm_state *sa)
{
	atomic_dec(&keys);
}

static void refuser_sa_free(struct net_device *dev, struct xfrm_state *sa)
{
	atomic_dec(&sas);
}

static const struct xfrmdev_ops refuser_xfrm_ops = {
	.xdo_dev_state_add = refuser_sa_add,
	.xdo_dev_state_delete = refuser_sa_delete,
	.xdo_dev_state_free = refuser_sa_free,
};
#endif

static const struct net_device_ops refuser_ops = {
	.ndo_open = refuser_open,
	.ndo_stop = refuser_stop,
	.ndo_start_xmit = refuser_xmit,
	.ndo_set_rx_mode = refuser_set_rx_mode,
	.ndo_set_mac_address = refuser_set_mac,
	.ndo_change_mtu = refuser_change_mtu,
	.ndo_vlan_rx_add_vid = refuser_add_vid,
	.ndo_vlan_rx_kill_vid = refuser_kill_vid,
#ifdef CONFIG_NET_POLL_CONTROLLER
	.ndo_netpoll_setup = refuser_netpoll_setup,
	.ndo_netpoll_cleanup = refuser_netpoll_cleanup,
	.ndo_poll_controller = refuser_poll,
#endif
	.ndo_bpf = refuser_bpf,
	.ndo_xdp_xmit = refuser_xdp_xmit,
};

static int refuser_link_settings(struct net_device *dev, struct ethtool_link_ksettings *settings)
{
	settings->base.speed = SPEED_1000;
	settings->base.duplex = DUPLEX_FULL;
	return 0;
}

static const struct ethtool_ops refuser_ethtool_ops = {
	.get_link = ethtool_op_get_link,
	.get_link_ksettings = refuser_link_settings,
};

static void refuser_setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &refuser_ops;
	dev->ethtool_ops = &refuser_ethtool_ops;
#ifdef CONFIG_XFRM_OFFLOAD
	dev->xfrmdev_ops = &refuser_xfrm_ops;
	dev->features |= NETIF_F_HW_ESP;
#endif
	dev->needs_free_netdev = true;
	dev->max_mtu = 9000;
	dev->priv_flags |= IFF_UNICAST_FLT | IFF_LIVE_ADDR_CHANGE | IFF_NO_QUEUE;
	dev->features |= NETIF_F_HW_VLAN_CTAG_FILTER | NETIF_F_HW_VLAN_STAG_FILTER;
	dev->hw_features |= dev->features;
	xdp_set_features_flag(dev, NETDEV_XDP_ACT_BASIC | NETDEV_XDP_ACT_REDIRECT | NETDEV_XDP_ACT_NDO_XMIT);
	eth_hw_addr_random(dev);
}

static struct rtnl_link_ops refuser_link_ops = {
	.kind = "refuser",
	.priv_size = sizeof(struct refuser),
	.setup = refuser_setup,
};

static int refuser_event(struct notifier_block *block, unsigned long event, void *data)
{
	static const enum op of[] = {
		[NETDEV_PRE_UP] = PRE_UP, [NETDEV_PRE_CHANGEADDR] = PRE_CHANGEADDR,
		[NETDEV_PRECHANGEMTU] = PRE_CHANGEMTU, [NETDEV_PRE_TYPE_CHANGE] = PRE_TYPE,
		[NETDEV_PRECHANGEUPPER] = PRE_UPPER, [NETDEV_CHANGEUPPER] = UPPER,
	};

	if (event >= ARRAY_SIZE(of) || !of[event])
		return NOTIFY_DONE;
	return notifier_from_errno(refuses(of[event]) ? -EIO : 0);
}

static struct notifier_block refuser_notifier = { .notifier_call = refuser_event };

static int __init refuser_init(void)
{
	int err = register_netdevice_notifier(&refuser_notifier);

	if (err)
		return err;
	err = rtnl_link_register(&refuser_link_ops);
	if (err)
		unregister_netdevice_notifier(&refuser_notifier);
	return err;
}

static void __exit refuser_exit(void)
{
	rtnl_link_unregister(&refuser_link_ops);
	unregister_netdevice_notifier(&refuser_notifier);
}

module_init(refuser_init);
module_exit(refuser_exit);
MODULE_ALIAS_RTNL_LINK("refuser");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Devices that refuse on demand, for tests");
