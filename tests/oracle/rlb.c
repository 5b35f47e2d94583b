// SPDX-License-Identifier: GPL-2.0
/*
 * The C driver's receive balancing, in user space.
 *
 * Compiled with the kernel's own headers. The functions come out of bond_alb.c by
 * name (extract.py); below is what they need of the kernel, as a bond has it whose
 * addresses the script sets and whose frames go nowhere.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/arp.h>
#include <net/bond_alb.h>
#include <net/bonding.h>
#include <net/netdev_lock.h>

#include "rlb.h"
#include "slaves.h"

#undef netdev_dbg
#define netdev_dbg(dev, fmt, ...) do { } while (0)

static unsigned char bond_mac[8];
static struct member members[RLB_SLAVES];
static int count;
static struct rlb_client_info table[RLB_HASH_TABLE_SIZE];

void _raw_spin_lock(raw_spinlock_t *lock) {}
void _raw_spin_unlock(raw_spinlock_t *lock) {}
void _raw_spin_lock_bh(raw_spinlock_t *lock) {}
void _raw_spin_unlock_bh(raw_spinlock_t *lock) {}
int dev_set_promiscuity(struct net_device *dev, int inc) { return 0; }

/* No address is a bridge's here. */
struct net_device *__ip_dev_find(struct net *net, __be32 addr, bool devref)
{
	return NULL;
}

static unsigned long number(const unsigned char *mac)
{
	return (unsigned long)mac[0] << 40 | (unsigned long)mac[1] << 32 |
	       (unsigned long)mac[2] << 24 | mac[3] << 16 | mac[4] << 8 | mac[5];
}

static void octets(unsigned char *mac, unsigned long number)
{
	int i;

	for (i = 0; i < 6; i++)
		mac[i] = number >> (40 - 8 * i);
}

static int place(const struct slave *slave)
{
	return slave ? container_of(slave, struct member, slave) - members : -1;
}

/* The one ARP packet there is at a time, which is told when it is sent. */
static struct {
	struct sk_buff skb;
	unsigned int from, to;
	unsigned long mac;
	int slave;
} update;

struct sk_buff *arp_create(int type, int ptype, __be32 dest_ip, struct net_device *dev,
			   __be32 src_ip, const unsigned char *dest_hw,
			   const unsigned char *src_hw, const unsigned char *target_hw)
{
	if (type != ARPOP_REPLY || ptype != ETH_P_ARP || memcmp(dest_hw, target_hw, 6) ||
	    memcmp(src_hw, dev->dev_addr, 6))
		oracle_die("another kind of update");
	memset(&update, 0, sizeof(update));
	update.from = ntohl(src_ip);
	update.to = ntohl(dest_ip);
	update.mac = number(dest_hw);
	update.slave = container_of(dev, struct member, dev) - members;
	return &update.skb;
}

void arp_xmit(struct sk_buff *skb)
{
	bool tagged = skb_vlan_tag_present(skb);

	rlb_told(update.slave, update.from, update.to, update.mac,
		 tagged ? ntohs(skb->vlan_proto) : 0, tagged ? skb_vlan_tag_get(skb) : 0);
}

/* The wire format of ARP for IPv4 over Ethernet, under the driver's names. */
struct arp_pkt {
	__be16 hw_addr_space;
	__be16 prot_addr_space;
	u8 hw_addr_len;
	u8 prot_addr_len;
	__be16 op_code;
	u8 mac_src[ETH_ALEN];
	__be32 ip_src;
	u8 mac_dst[ETH_ALEN];
	__be32 ip_dst;
} __packed;

/* What is not about clients. */
static void alb_send_learning_packets(struct slave *slave, const u8 mac_addr[],
				      bool strict_match) {}
static void tlb_clear_slave(struct bonding *bond, struct slave *slave, int save_load) {}
static const int alb_delta_in_ticks = 1;

static void rlb_purge_src_ip(struct bonding *bond, struct arp_pkt *arp);
static void rlb_src_unlink(struct bonding *bond, u32 index);
static void rlb_src_link(struct bonding *bond, u32 ip_src_hash, u32 ip_dst_hash);

#include "bond_rlb.inc"

/* --- what the script says --- */

void rlb_new(void)
{
	int i;

	memset(&bond, 0, sizeof(bond));
	memset(&bond_dev, 0, sizeof(bond_dev));
	memset(members, 0, sizeof(members));
	count = 0;
	INIT_LIST_HEAD(&bond_dev.adj_list.lower);
	bond_dev.dev_addr = bond_mac;
	bond_dev.features = NETIF_F_HW_VLAN_CTAG_TX;
	bond.dev = &bond_dev;
	bond.params.mode = BOND_MODE_ALB;
	bond.params.lp_interval = 1000000;
	bond.alb_info.rlb_enabled = 1;
	bond.alb_info.rx_hashtbl = table;
	bond.alb_info.rx_hashtbl_used_head = RLB_NULL_INDEX;
	for (i = 0; i < RLB_HASH_TABLE_SIZE; i++)
		rlb_init_table_entry(&table[i]);
}

void rlb_bond_mac(unsigned long mac)
{
	octets(bond_mac, mac);
}

void rlb_add(unsigned int speed, int usable, unsigned long mac)
{
	struct member *member = &members[count];

	if (count == RLB_SLAVES)
		oracle_die("too many slaves");
	member->slave.dev = &member->dev;
	member->slave.bond = &bond;
	member->dev.dev_addr = member->mac;
	member->dev.addr_len = ETH_ALEN;
	member_carrier(member, 1, 1);
	list_add_tail(&member->list, &bond_dev.adj_list.lower);
	count++;
	rlb_speed(count - 1, speed);
	rlb_usable(count - 1, usable);
	rlb_mac(count - 1, mac);
}

void rlb_usable(int slave, int usable)
{
	members[slave].slave.link = usable ? BOND_LINK_UP : BOND_LINK_DOWN;
}

void rlb_speed(int slave, unsigned int speed)
{
	members[slave].slave.speed = speed;
}

void rlb_active(int slave)
{
	rcu_assign_pointer(bond.curr_active_slave, slave < 0 ? NULL : &members[slave].slave);
}

void rlb_mac(int slave, unsigned long mac)
{
	octets(members[slave].mac, mac);
}

static void packet(struct arp_pkt *arp, int op, unsigned long sender, unsigned int sip,
		   unsigned long target, unsigned int tip)
{
	arp->hw_addr_space = htons(1);
	arp->prot_addr_space = htons(ETH_P_IP);
	arp->hw_addr_len = 6;
	arp->prot_addr_len = 4;
	arp->op_code = htons(op);
	octets(arp->mac_src, sender);
	arp->ip_src = htonl(sip);
	octets(arp->mac_dst, target);
	arp->ip_dst = htonl(tip);
}

static struct {
	struct sk_buff skb;
	struct arp_pkt arp;
} frame;

int rlb_send(int op, unsigned long sender, unsigned int sip, unsigned long target,
	     unsigned int tip, int vlan, unsigned long *named)
{
	struct slave *slave;

	memset(&frame, 0, sizeof(frame));
	packet(&frame.arp, op, sender, sip, target, tip);
	frame.skb.head = (void *)&frame.arp;
	frame.skb.data = (void *)&frame.arp;
	frame.skb.len = sizeof(frame.arp);
	frame.skb.protocol = htons(ETH_P_ARP);
	frame.skb.dev = &bond_dev;
	if (vlan)
		__vlan_hwaccel_put_tag(&frame.skb, htons(ETH_P_8021Q), vlan);
	slave = rlb_arp_xmit(&frame.skb, &bond);
	*named = number(frame.arp.mac_src);
	return place(slave);
}

void rlb_hear(int op, unsigned long sender, unsigned int sip, unsigned long target,
	      unsigned int tip)
{
	memset(&frame, 0, sizeof(frame));
	packet(&frame.arp, op, sender, sip, target, tip);
	frame.skb.data = (void *)&frame.arp;
	frame.skb.len = sizeof(frame.arp);
	frame.skb.protocol = htons(ETH_P_ARP);
	rlb_arp_recv(&frame.skb, &bond, &members[0].slave);
}

void rlb_lost(int slave)
{
	rlb_clear_slave(&bond, &members[slave].slave);
}

void rlb_left(int slave)
{
	list_del(&members[slave].list);
	bond.alb_info.rx_slave = NULL;
	rlb_clear_slave(&bond, &members[slave].slave);
}

void rlb_moved(int slave)
{
	rlb_req_update_slave_clients(&bond, &members[slave].slave);
}

void rlb_spread(void)
{
	bond.alb_info.rlb_rebalance = 1;
}

void rlb_vlan(int vlan)
{
	rlb_clear_vlan(&bond, vlan);
}

/* One run of the monitor's work; the script says whether clients are still left alone. */
void rlb_tick(int pause)
{
	bond.alb_info.rlb_update_delay_counter = pause ? 5 : 0;
	bond_alb_monitor(&bond.alb_work.work);
}

void rlb_show(void)
{
	u32 at = bond.alb_info.rx_hashtbl_used_head;

	for (; at != RLB_NULL_INDEX; at = table[at].used_next)
		rlb_client(ntohl(table[at].ip_src), ntohl(table[at].ip_dst),
			   number(table[at].mac_dst), place(table[at].slave));
	rlb_pending(bond.alb_info.rx_ntt || bond.alb_info.rlb_rebalance);
}
