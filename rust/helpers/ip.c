// SPDX-License-Identifier: GPL-2.0
#include <linux/if_vlan.h>
#include <linux/inetdevice.h>
#include <linux/ipv6.h>
#include <net/addrconf.h>
#include <net/arp.h>
#include <net/dst.h>
#include <net/ip6_route.h>
#include <net/route.h>

/* NULL without a route, whatever the reason. */
struct dst_entry *rust_helper_route_link4(struct net *net, __be32 target)
{
	struct rtable *rt = ip_route_output(net, target, 0, 0, 0, RT_SCOPE_LINK);

	return IS_ERR(rt) ? NULL : &rt->dst;
}

struct net_device *rust_helper_dst_dev_rcu(struct dst_entry *dst)
{
	return dst_dev_rcu(dst);
}

/* In an RCU read side section. 0 for a device without IPv4. */
__be32 rust_helper_confirm_addr4(struct net_device *dev, __be32 target, __be32 local)
{
	struct in_device *in_dev = __in_dev_get_rcu(dev);

	if (!in_dev)
		return 0;
	return inet_confirm_addr(dev_net(dev), in_dev, target, local, RT_SCOPE_HOST);
}

/* In an RCU read side section. */
bool rust_helper_bridge_has_addr4(struct net *net, __be32 addr)
{
	const struct net_device *dev = __ip_dev_find(net, addr, false);

	return dev && netif_is_any_bridge_master(dev);
}

#if IS_ENABLED(CONFIG_IPV6)
bool rust_helper_ipv6_mod_enabled(void)
{
	return ipv6_mod_enabled();
}

struct dst_entry *rust_helper_route6(struct net *net, const struct in6_addr *target)
{
	struct flowi6 fl6 = { .daddr = *target };
	struct dst_entry *dst = ip6_route_output(net, NULL, &fl6);

	if (!dst->error)
		return dst;
	dst_release(dst);
	return NULL;
}
#endif

bool rust_helper_vlan_tag_of(const struct net_device *dev, __be16 *proto, u16 *vid)
{
	if (!is_vlan_dev(dev))
		return false;
	*proto = vlan_dev_vlan_proto(dev);
	*vid = vlan_dev_vlan_id(dev);
	return true;
}

/* Frees the buffer and returns NULL if there is no memory. */
struct sk_buff *rust_helper_vlan_insert_tag_set_proto(struct sk_buff *skb, __be16 proto, u16 vid)
{
	return vlan_insert_tag_set_proto(skb, proto, vid);
}

void rust_helper___vlan_hwaccel_put_tag(struct sk_buff *skb, __be16 proto, u16 vid)
{
	__vlan_hwaccel_put_tag(skb, proto, vid);
}

/* A whole Ethernet frame to be sent by a device; NULL without memory. */
struct sk_buff *rust_helper_frame_create(struct net_device *dev, const void *bytes,
					 unsigned int len, u32 priority)
{
	struct sk_buff *skb;

	if (len < ETH_HLEN)
		return NULL;
	skb = alloc_skb(LL_RESERVED_SPACE(dev) + len + dev->needed_tailroom, GFP_ATOMIC);
	if (!skb)
		return NULL;
	skb_reserve(skb, LL_RESERVED_SPACE(dev));
	skb_put_data(skb, bytes, len);
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, ETH_HLEN);
	skb->protocol = eth_hdr(skb)->h_proto;
	skb->priority = priority;
	skb->dev = dev;
	return skb;
}
