// SPDX-License-Identifier: GPL-2.0
/*
 * The C driver's transmit hash, in user space.
 *
 * Compiled with the kernel's own headers. The hash functions come out of
 * bond_main.c by name (extract.py), the flow dissector is included whole; only
 * what moves data within a socket buffer is replaced, by functions that have the
 * frame in one piece beside it.
 */
#include "flow_dissector.c"

#include <linux/filter.h>
#include <linux/if_vlan.h>
#include <net/bonding.h>
#include <net/ipv6.h>
#include <net/ndisc.h>
#include <net/xdp.h>

#include "oracle.h"

static const unsigned char *whole;	/* the frame that `skb` was made of */

/* --- what the functions above and below need of the kernel --- */

struct net init_net;

void __rcu_read_lock(void) {}
void __rcu_read_unlock(void) {}

void get_random_bytes(void *to, size_t len)
{
	oracle_die("a hash that depends on a random number");
}

int skb_copy_bits(const struct sk_buff *skb, int offset, void *to, int len)
{
	if (offset < 0 || offset > (int)skb->len - len)
		return -EFAULT;
	memcpy(to, whole + offset, len);
	return 0;
}

/* Makes the linear part `delta` longer, in new memory as when the old was too
 * small. The old one keeps its octets until the next question.
 */
void *__pskb_pull_tail(struct sk_buff *skb, int delta)
{
	unsigned int headlen = skb_headlen(skb) + delta;
	unsigned int headroom = skb_headroom(skb);
	unsigned char *head;

	if (delta > (int)skb->data_len)
		return NULL;
	head = oracle_alloc(headroom + headlen + sizeof(struct skb_shared_info));
	memcpy(head + headroom, whole, headlen);
	skb->head = head;
	skb->data = head + headroom;
	skb_set_tail_pointer(skb, headlen);
	skb->data_len -= delta;
	return skb_tail_pointer(skb);
}

#include "bond_hash.inc"

static int spread;

/* Which slave it is does not matter here, only by what it is chosen. */
static struct slave *tlb_choose_channel(struct bonding *bond, u32 hash_index, u32 skb_len)
{
	spread = hash_index;
	return NULL;
}

static struct slave *rlb_arp_xmit(struct sk_buff *skb, struct bonding *bond)
{
	spread = ORACLE_ARP;
	return NULL;
}

#include "bond_spread.inc"

/* --- questions and answers --- */

#define HEADROOM 64

static struct bonding *bond;

void oracle_init(void)
{
	static struct net_device dev;
	static struct bonding zeroed;

	bond = &zeroed;
	bond->dev = &dev;
	dev_net_set(bond->dev, &init_net);
	skb_flow_dissector_init(&flow_keys_bonding, flow_keys_bonding_keys,
				ARRAY_SIZE(flow_keys_bonding_keys));
}

static struct sk_buff *make_skb(const struct question *q)
{
	struct sk_buff *skb = oracle_alloc(sizeof(*skb));
	unsigned int size = HEADROOM + q->headlen;

	skb->head = oracle_alloc(size + sizeof(struct skb_shared_info));
	skb->data = skb->head + HEADROOM;
	memcpy(skb->data, whole, q->headlen);
	skb_set_tail_pointer(skb, q->headlen);
	skb->len = q->len;
	skb->data_len = q->len - q->headlen;
	skb->dev = bond->dev;
	skb->protocol = htons(q->protocol);
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, q->network_offset);
	if (q->vlan_proto)
		__vlan_hwaccel_put_tag(skb, htons(q->vlan_proto), q->vlan_tci);
	skb->l4_hash = q->l4_hash;
	skb->hash = q->hash;
	return skb;
}

static void make_xdp(const struct question *q, struct xdp_buff *xdp)
{
	xdp->data = oracle_alloc(q->len + 1);
	memcpy(xdp->data, whole, q->len);
	xdp->data_end = xdp->data + q->len;
}

/* What the driver would get of the dissector for the two policies that use it. */
static void dissect(const struct question *q, struct keys *keys)
{
	struct flow_keys flow;
	struct xdp_buff xdp;
	struct sk_buff *skb;

	bond->params.xmit_policy = BOND_XMIT_POLICY_ENCAP34;
	if (q->xdp) {
		if (q->len < ETH_HLEN)
			return;
		make_xdp(q, &xdp);
		keys->found = bond_flow_dissect(bond, NULL, xdp.data,
						((struct ethhdr *)xdp.data)->h_proto,
						ETH_HLEN, q->len, &flow);
	} else {
		skb = make_skb(q);
		keys->found = bond_flow_dissect(bond, skb, skb->data, skb->protocol,
						skb_network_offset(skb),
						skb_headlen(skb), &flow);
	}
	switch (flow.control.addr_type) {
	case FLOW_DISSECTOR_KEY_IPV4_ADDRS:
		keys->addresses = 4;
		memcpy(keys->source, &flow.addrs.v4addrs.src, 4);
		memcpy(keys->destination, &flow.addrs.v4addrs.dst, 4);
		break;
	case FLOW_DISSECTOR_KEY_IPV6_ADDRS:
		keys->addresses = 6;
		memcpy(keys->source, &flow.addrs.v6addrs.src, 16);
		memcpy(keys->destination, &flow.addrs.v6addrs.dst, 16);
		break;
	case FLOW_DISSECTOR_KEY_TIPC:
		keys->addresses = 1;
		memcpy(keys->source, &flow.addrs.tipckey.key, 4);
		break;
	}
	memcpy(keys->ports, &flow.ports.ports, 4);
	keys->icmp_type = flow.icmp.type;
	keys->icmp_code = flow.icmp.code;
	keys->icmp_id = flow.icmp.id;
}

void oracle_ask(const struct question *q, const unsigned char *frame, struct answer *a)
{
	struct xdp_buff xdp;
	int policy;

	whole = frame;
	for (policy = 0; policy < ORACLE_POLICIES; policy++) {
		oracle_reset();
		bond->params.xmit_policy = policy;
		if (q->xdp) {
			make_xdp(q, &xdp);
			a->hash[policy] = bond_xmit_hash_xdp(bond, &xdp);
		} else {
			a->hash[policy] = bond_xmit_hash(bond, make_skb(q));
		}
	}
	oracle_reset();
	dissect(q, &a->keys);
	/* The stack sees to it that they have a header. */
	a->tlb = a->alb = ORACLE_ACTIVE;
	if (q->xdp || q->headlen < ETH_HLEN)
		return;
	bond->params.xmit_policy = BOND_XMIT_POLICY_LAYER2;
	bond->params.tlb_dynamic_lb = 1;
	bond->alb_info.rlb_enabled = 1;
	oracle_reset();
	spread = ORACLE_ACTIVE;
	bond_xmit_tlb_slave_get(bond, make_skb(q));
	a->tlb = spread;
	oracle_reset();
	spread = ORACLE_ACTIVE;
	bond_xmit_alb_slave_get(bond, make_skb(q));
	a->alb = spread;
}
