// SPDX-License-Identifier: GPL-2.0
/*
 * Sends or receives prebuilt frames on a device and tells the time it took.
 *
 * Write "tx|rx DEVICE KIND COUNT [SENDERS]" to the debugfs file txgen, read the
 * nanoseconds back. Each of several senders sends COUNT frames, on a processor
 * of its own, all at once. Frames of one run differ in the source port (or in the
 * last byte of an address where there is none), as many flows would; those of
 * udp4-hosts in the destination, those of tcp4-clone are clones as TCP sends, those of
 * udp4-stale have in their control block what another layer left there.
 */
#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/nsproxy.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/ip.h>
#include <net/ndisc.h>
#include <net/sch_generic.h>

#define FRAME_LEN 96
#define FLOWS 4096

enum kind { UDP4, TCP4, UDP6, TCP6, VLAN4, VLAN4_ACCEL, FRAGMENT4, ARP, GRE4, IPIP, RAW, LACP, NA6, UDP4_QUEUE, UDP4_HOSTS,
	    TCP4_CLONE, UDP4_STALE };

static const char * const kinds[] = {
	[UDP4] = "udp4", [TCP4] = "tcp4", [UDP6] = "udp6", [TCP6] = "tcp6",
	[VLAN4] = "vlan-udp4", [VLAN4_ACCEL] = "vlan-accel-udp4",
	[FRAGMENT4] = "fragment4", [ARP] = "arp", [GRE4] = "gre4",
	[IPIP] = "ipip", [RAW] = "raw", [LACP] = "lacp", [NA6] = "na6",
	[UDP4_QUEUE] = "udp4-queue", [UDP4_HOSTS] = "udp4-hosts", [TCP4_CLONE] = "tcp4-clone",
	[UDP4_STALE] = "udp4-stale",
};

/* A frame, and where in it a flow's number goes (big endian, 16 bits). */
struct template {
	u8 data[FRAME_LEN];
	unsigned int network, transport, flow;
	__be16 protocol;
	u16 queue;
	bool accel_tag, clone, stale;
};

static DEFINE_MUTEX(lock);
static u64 last_ns;
static const u8 destination[ETH_ALEN] = { 0x02, 0, 0, 0, 0, 0x99 };
static const u8 slow_protocols[ETH_ALEN] = { 0x01, 0x80, 0xc2, 0, 0, 0x02 };

static unsigned int put_ip4(u8 *at, u8 protocol, unsigned int left, bool fragment)
{
	struct iphdr *ip = (struct iphdr *)at;

	ip->version = 4;
	ip->ihl = 5;
	ip->ttl = 64;
	ip->protocol = protocol;
	ip->tot_len = htons(left);
	ip->frag_off = fragment ? htons(IP_MF | 185) : 0;
	ip->saddr = htonl(0xc6336401);
	ip->daddr = htonl(0xc6336402);
	ip->check = ip_fast_csum(ip, ip->ihl);
	return sizeof(*ip);
}

static unsigned int put_ip6(u8 *at, u8 protocol, unsigned int left)
{
	struct ipv6hdr *ip = (struct ipv6hdr *)at;

	ip->version = 6;
	ip->nexthdr = protocol;
	ip->hop_limit = 64;
	ip->payload_len = htons(left - sizeof(*ip));
	ip->saddr.s6_addr32[0] = htonl(0x20010db8);
	ip->saddr.s6_addr32[3] = htonl(1);
	ip->daddr.s6_addr32[0] = htonl(0x20010db8);
	ip->daddr.s6_addr32[3] = htonl(2);
	return sizeof(*ip);
}

/* Ports at @at; the flow's number is the source port. */
static void put_ports(struct template *t, unsigned int at, bool tcp)
{
	t->transport = at;
	t->flow = at;
	put_unaligned_be16(9, t->data + at + 2);
	if (tcp)
		((struct tcphdr *)(t->data + at))->doff = 5;
	else
		put_unaligned_be16(FRAME_LEN - at, t->data + at + 4);
}

static void make_template(struct template *t, enum kind kind)
{
	u8 *data = t->data;
	unsigned int at = ETH_HLEN;

	memset(t, 0, sizeof(*t));
	ether_addr_copy(data, destination);
	t->protocol = htons(ETH_P_IP);
	t->accel_tag = kind == VLAN4_ACCEL;
	t->clone = kind == TCP4_CLONE;
	t->stale = kind == UDP4_STALE;
	t->queue = kind == UDP4_QUEUE ? 5 : 0;
	t->flow = 4;
	if (kind == VLAN4) {
		put_unaligned_be16(ETH_P_8021Q, data + 12);
		put_unaligned_be16(5, data + 14);
		at += VLAN_HLEN;
	}
	t->network = at;
	t->transport = at;
	switch (kind) {
	case UDP4:
	case UDP4_QUEUE:
	case UDP4_STALE:
	case VLAN4:
	case VLAN4_ACCEL:
		at += put_ip4(data + at, IPPROTO_UDP, FRAME_LEN - at, false);
		put_ports(t, at, false);
		break;
	case UDP4_HOSTS:
		t->flow = at + offsetof(struct iphdr, daddr) + 2;
		put_ip4(data + at, IPPROTO_UDP, FRAME_LEN - at, false);
		break;
	case TCP4:
	case TCP4_CLONE:
		at += put_ip4(data + at, IPPROTO_TCP, FRAME_LEN - at, false);
		put_ports(t, at, true);
		break;
	case FRAGMENT4:
		at += put_ip4(data + at, IPPROTO_UDP, FRAME_LEN - at, true);
		put_ports(t, at, false);
		break;
	case UDP6:
		t->protocol = htons(ETH_P_IPV6);
		at += put_ip6(data + at, IPPROTO_UDP, FRAME_LEN - at);
		put_ports(t, at, false);
		break;
	case TCP6:
		t->protocol = htons(ETH_P_IPV6);
		at += put_ip6(data + at, IPPROTO_TCP, FRAME_LEN - at);
		put_ports(t, at, true);
		break;
	case GRE4:
		at += put_ip4(data + at, IPPROTO_GRE, FRAME_LEN - at, false);
		t->transport = at;
		put_unaligned_be16(ETH_P_IP, data + at + 2);
		at += 4;
		at += put_ip4(data + at, IPPROTO_UDP, FRAME_LEN - at, false);
		t->flow = at;
		break;
	case IPIP:
		at += put_ip4(data + at, IPPROTO_IPIP, FRAME_LEN - at, false);
		t->transport = at;
		at += put_ip4(data + at, IPPROTO_UDP, FRAME_LEN - at, false);
		t->flow = at;
		break;
	case ARP:
		t->protocol = htons(ETH_P_ARP);
		put_unaligned_be16(ARPHRD_ETHER, data + at);
		put_unaligned_be16(ETH_P_IP, data + at + 2);
		data[at + 4] = ETH_ALEN;
		data[at + 5] = 4;
		put_unaligned_be16(ARPOP_REPLY, data + at + 6);
		t->flow = at + 12;
		break;
	case NA6:
		/* A neighbour advertisement without options. */
		t->protocol = htons(ETH_P_IPV6);
		at += put_ip6(data + at, IPPROTO_ICMPV6, FRAME_LEN - at);
		((struct ipv6hdr *)(data + at) - 1)->hop_limit = 255;
		t->transport = at;
		data[at] = NDISC_NEIGHBOUR_ADVERTISEMENT;
		t->flow = at + 2;
		break;
	case RAW:
		t->protocol = htons(0x88b5);
		break;
	case LACP:
		/* An unknown version of the marker protocol: read, then dropped. */
		t->protocol = htons(ETH_P_SLOW);
		ether_addr_copy(data, slow_protocols);
		data[at] = 2;
		break;
	}
	put_unaligned_be16(ntohs(t->protocol), data + t->network - 2);
}

static struct sk_buff *make_frame(struct net_device *dev, const struct template *t, u16 flow)
{
	struct sk_buff *skb = netdev_alloc_skb_ip_align(dev, FRAME_LEN + 64);

	if (!skb)
		return NULL;
	skb_reserve(skb, 64);
	memcpy(skb_put(skb, FRAME_LEN), t->data, FRAME_LEN);
	put_unaligned_be16(flow, skb->data + t->flow);
	skb->dev = dev;
	return skb;
}

static void send_one(struct net_device *dev, const struct template *t, struct sk_buff *skb)
{
	ether_addr_copy(skb->data + ETH_ALEN, dev->dev_addr);
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, t->network);
	skb_set_transport_header(skb, t->transport);
	skb->protocol = t->network > ETH_HLEN ? htons(ETH_P_8021Q) : t->protocol;
	if (t->accel_tag)
		__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q), 5);
	if (t->queue)
		skb_record_rx_queue(skb, t->queue);
	/* As of receive queue 3. */
	if (t->stale)
		qdisc_skb_cb(skb)->slave_dev_queue_mapping = 4;
	if (t->clone) {
		/* As TCP does, which keeps the payload and none of the headers. */
		struct sk_buff *kept = skb;

		__skb_header_release(kept);
		skb = skb_clone(kept, GFP_ATOMIC);
		if (skb)
			dev_queue_xmit(skb);
		consume_skb(kept);
		return;
	}
	dev_queue_xmit(skb);
}

static void receive_one(struct net_device *dev, struct sk_buff *skb)
{
	if (!is_multicast_ether_addr(skb->data))
		ether_addr_copy(skb->data, dev->dev_addr);
	skb->protocol = eth_type_trans(skb, dev);
	netif_receive_skb(skb);
}

static int run(bool receive, struct net_device *dev, const struct template *template,
	       unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		struct sk_buff *skb = make_frame(dev, template, 1024 + i * 7919 % FLOWS);

		if (!skb)
			return -ENOMEM;
		local_bh_disable();
		if (receive)
			receive_one(dev, skb);
		else
			send_one(dev, template, skb);
		local_bh_enable();
		if (!(i % 64))
			cond_resched();
	}
	return 0;
}

/* One of several senders. */
struct sender {
	bool receive;
	struct net_device *dev;
	const struct template *template;
	unsigned int count;
	int err;
	struct completion done;
};

static DECLARE_COMPLETION(go);

static int send_aside(void *data)
{
	struct sender *sender = data;

	wait_for_completion(&go);
	sender->err = run(sender->receive, sender->dev, sender->template, sender->count);
	kthread_complete_and_exit(&sender->done, 0);
}

static int run_at_once(bool receive, struct net_device *dev, const struct template *template,
		       unsigned int count, unsigned int wanted)
{
	struct sender *senders = kcalloc(wanted, sizeof(*senders), GFP_KERNEL);
	unsigned int started = 0, cpu;
	int err = 0;
	u64 start;

	if (!senders)
		return -ENOMEM;
	reinit_completion(&go);
	for_each_online_cpu(cpu) {
		struct sender *sender = &senders[started];
		struct task_struct *task;

		if (started == wanted)
			break;
		*sender = (struct sender){ receive, dev, template, count };
		init_completion(&sender->done);
		task = kthread_create_on_cpu(send_aside, sender, cpu, "txgen/%u");
		if (IS_ERR(task)) {
			err = PTR_ERR(task);
			break;
		}
		wake_up_process(task);
		started++;
	}
	if (!err && started < wanted)
		err = -EINVAL;
	start = ktime_get_ns();
	complete_all(&go);
	while (started--) {
		wait_for_completion(&senders[started].done);
		err = err ?: senders[started].err;
	}
	last_ns = ktime_get_ns() - start;
	kfree(senders);
	return err;
}

static int run_kind(bool receive, struct net_device *dev, enum kind kind, unsigned int count,
		    unsigned int senders)
{
	static struct template template;
	u64 start;
	int err;

	make_template(&template, kind);
	if (senders > 1)
		return run_at_once(receive, dev, &template, count, senders);
	start = ktime_get_ns();
	err = run(receive, dev, &template, count);
	last_ns = ktime_get_ns() - start;
	return err;
}

static ssize_t txgen_write(struct file *file, const char __user *user, size_t len, loff_t *pos)
{
	char text[80], direction[4], name[IFNAMSIZ], kind[20];
	struct net_device *dev;
	unsigned int count, senders = 1;
	int err;

	if (len >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, user, len))
		return -EFAULT;
	text[len] = '\0';
	if (sscanf(text, "%3s %15s %19s %u %u", direction, name, kind, &count, &senders) < 4)
		return -EINVAL;
	err = match_string(kinds, ARRAY_SIZE(kinds), kind);
	if (err < 0)
		return err;
	dev = dev_get_by_name(current->nsproxy->net_ns, name);
	if (!dev)
		return -ENODEV;
	mutex_lock(&lock);
	err = run_kind(!strcmp(direction, "rx"), dev, err, count, senders);
	mutex_unlock(&lock);
	dev_put(dev);
	return err ?: len;
}

static ssize_t txgen_read(struct file *file, char __user *user, size_t len, loff_t *pos)
{
	char text[24];
	int n = scnprintf(text, sizeof(text), "%llu\n", last_ns);

	return simple_read_from_buffer(user, len, pos, text, n);
}

static const struct file_operations txgen_ops = {
	.owner = THIS_MODULE,
	.read = txgen_read,
	.write = txgen_write,
};

static struct dentry *entry;

static int __init txgen_init(void)
{
	entry = debugfs_create_file("txgen", 0600, NULL, NULL, &txgen_ops);
	return PTR_ERR_OR_ZERO(entry);
}

static void __exit txgen_exit(void)
{
	debugfs_remove(entry);
}

module_init(txgen_init);
module_exit(txgen_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Sends and receives prebuilt frames, for measurements");
