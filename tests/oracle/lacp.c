// SPDX-License-Identifier: GPL-2.0
/*
 * The C driver's 802.3ad in user space: bond_3ad.c as it stands in the kernel source,
 * with a bond whose slaves send into a box and whose passes are made by the script.
 */
#include <linux/skbuff.h>
#include <linux/if_ether.h>
#include <linux/etherdevice.h>
#include <net/netlink.h>

#include "lacp.h"
#include "slaves.h"

#undef netdev_dbg
#define netdev_dbg(dev, format, ...) do { } while (0)
#undef pr_debug
#define pr_debug(format, ...) do { } while (0)
#undef spin_lock_bh
#define spin_lock_bh(lock) do { } while (0)
#undef spin_unlock_bh
#define spin_unlock_bh(lock) do { } while (0)
#undef spin_lock
#define spin_lock(lock) do { } while (0)
#undef spin_unlock
#define spin_unlock(lock) do { } while (0)

static void box(struct sk_buff *skb);
#undef dev_alloc_skb
#define dev_alloc_skb(length) empty_frame()
#define dev_queue_xmit(skb) box(skb)

/* One frame is under way at a time. */
static struct sk_buff frame;
static unsigned char frame_room[256];

static struct sk_buff *empty_frame(void)
{
	memset(&frame, 0, sizeof(frame));
	memset(frame_room, 0, sizeof(frame_room));
	frame.head = frame_room;
	frame.data = frame_room;
	skb_reset_tail_pointer(&frame);
	return &frame;
}

void *skb_put(struct sk_buff *skb, unsigned int len)
{
	void *end = skb_tail_pointer(skb);

	skb->tail += len;
	skb->len += len;
	return end;
}

/* What is asked for beyond the end is not there. */
int skb_copy_bits(const struct sk_buff *skb, int offset, void *to, int len)
{
	return -EFAULT;
}

int _printk(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	oracle_log("print", printk_skip_level(format), args);
	va_end(args);
	return 0;
}

void bond_queue_slave_event(struct slave *slave) {}
void bond_lower_state_changed(struct slave *slave) {}
void bond_slave_arr_work_rearm(struct bonding *bond, unsigned long delay) {}
void bond_peer_notify_work_rearm(struct bonding *bond, unsigned long delay) {}
int bond_update_slave_arr(struct bonding *bond, struct slave *skipslave) { return 0; }

#include "bond_3ad.c"

static struct member members[LACP_SLAVES];
static struct ad_slave_info infos[LACP_SLAVES];
static unsigned char sent[LACP_SLAVES][LACP_PDU];
static unsigned char bond_address[ETH_ALEN];
static bool mended;
static int named;

static void box(struct sk_buff *skb)
{
	struct member *member = container_of(skb->dev, struct member, dev);

	/* Markers are counted, nothing more. */
	if (skb->data[ETH_HLEN] == AD_TYPE_LACPDU)
		memcpy(sent[member - members], skb->data + ETH_HLEN, LACP_PDU);
}

static struct member *member_at(int slave)
{
	struct list_head *at = &bond_dev.adj_list.lower;

	while (slave-- >= 0) {
		at = at->next;
		if (at == &bond_dev.adj_list.lower)
			oracle_die("no such slave");
	}
	return list_entry(at, struct member, list);
}

static struct port *port_at(int slave)
{
	return &SLAVE_AD_INFO(&member_at(slave)->slave)->port;
}

int lacp_slaves(void)
{
	struct list_head *at;
	int count = 0;

	list_for_each(at, &bond_dev.adj_list.lower)
		count++;
	return count;
}

/* --- what Documentation/differences.md has the core do otherwise --- */

/* B18: a port without a link does not stand for the speed of its aggregator: those that
 * have one head the list.
 */
static void mend_b18(struct port *without)
{
	struct aggregator *agg;
	struct port *port, *next, *with, **end, *others;
	int i;

	for (i = 0; i < lacp_slaves(); i++) {
		agg = &SLAVE_AD_INFO(&member_at(i)->slave)->aggregator;
		with = others = NULL;
		for (port = agg->lag_ports; port; port = next) {
			next = port->next_port_in_aggregator;
			port->next_port_in_aggregator = NULL;
			end = port->is_enabled && port != without ? &with : &others;
			while (*end)
				end = &(*end)->next_port_in_aggregator;
			*end = port;
		}
		for (end = &with; *end; end = &(*end)->next_port_in_aggregator)
			;
		*end = others;
		agg->lag_ports = with;
	}
}

/* G15: the receive machine follows when LACP becomes possible, or is not any more. */
static void mend_duplex(struct port *port)
{
	bool lacp = port->sm_vars & AD_PORT_LACP_ENABLED;
	bool off = port->sm_rx_state == AD_RX_LACP_DISABLED;

	if (port->is_enabled && !(port->sm_vars & AD_PORT_BEGIN) && lacp == off) {
		port->sm_rx_state = AD_RX_PORT_DISABLED;
		port->sm_rx_timer_counter = 0;
	}
}

/* G10: ports of an aggregator that is not in use any more say so. G18: where a partner
 * appeared, a port that went without LACP stops until it is in sync.
 */
static void mend_ports(void)
{
	struct aggregator *agg;
	struct port *port;
	int i;

	for (i = 0; i < lacp_slaves(); i++) {
		port = port_at(i);
		mend_duplex(port);
		agg = rcu_access_pointer(port->aggregator);
		if (!agg)
			continue;
		if (!agg->is_active && (port->actor_oper_port_state & LACP_STATE_SYNCHRONIZATION)) {
			port->actor_oper_port_state &= ~LACP_STATE_SYNCHRONIZATION;
			port->ntt = true;
		}
		if (!agg->is_active ||
		    (__agg_has_partner(agg) && port->sm_mux_state < AD_MUX_COLLECTING))
			__disable_port(port);
	}
}

/* G14: a port whose slave has no link when it is enslaved has none. */
static void mend_enslaved(struct port *port)
{
	port->is_enabled = port->slave->link == BOND_LINK_UP;
}

static void mend(struct port *without)
{
	if (!mended)
		return;
	mend_b18(without);
	mend_ports();
}

/* --- what the script says --- */

static void take(const struct options *options)
{
	bond.params.lacp_active = options->active;
	bond.params.lacp_fast = options->fast;
	bond.params.lacp_strict = options->strict;
	bond.params.ad_select = options->select;
	bond.params.min_links = options->min_links;
	bond.params.coupled_control = options->coupled;
	bond.params.ad_actor_sys_prio = options->sys_prio;
	bond.params.ad_user_port_key = options->user_key;
	memcpy(bond.params.ad_actor_system, options->system, ETH_ALEN);
}

void lacp_new(const struct options *options, int mend_it)
{
	memset(&bond, 0, sizeof(bond));
	memset(&bond_dev, 0, sizeof(bond_dev));
	memset(members, 0, sizeof(members));
	INIT_LIST_HEAD(&bond_dev.adj_list.lower);
	netif_carrier_off(&bond_dev);
	memcpy(bond_dev.name, "bond0", sizeof("bond0"));
	bond_dev.dev_addr = bond_address;
	bond.dev = &bond_dev;
	bond.params.mode = BOND_MODE_8023AD;
	take(options);
	mended = mend_it;
	named = 0;
}

void lacp_open(void)
{
	bond_3ad_initiate_agg_selection(&bond, 1);
}

static void set_facts(struct member *member, const struct facts *facts)
{
	member_carrier(member, facts->running, facts->running);
	member->slave.speed = facts->speed;
	member->slave.duplex = facts->duplex;
}

void lacp_add(const struct facts *facts)
{
	struct member *member = members;
	int number = 1;

	while (member < members + LACP_SLAVES && member->slave.dev)
		member++;
	if (member == members + LACP_SLAVES)
		oracle_die("too many slaves");
	memset(member, 0, sizeof(*member));
	memset(&infos[member - members], 0, sizeof(*infos));
	memset(sent[member - members], 0, LACP_PDU);
	if (lacp_slaves()) {
		number = SLAVE_AD_INFO(&member_at(lacp_slaves() - 1)->slave)->id + 1;
	} else {
		bond_3ad_initialize(&bond);
	}
	snprintf(member->dev.name, IFNAMSIZ, "eth%d", named++);
	member->slave.dev = &member->dev;
	member->slave.bond = &bond;
	member->slave.ad_info = &infos[member - members];
	member->slave.perm_hwaddr[0] = 2;
	member->slave.link = facts->up ? BOND_LINK_UP : BOND_LINK_DOWN;
	set_facts(member, facts);
	bond_set_slave_inactive_flags(&member->slave, BOND_SLAVE_NOTIFY_NOW);
	SLAVE_AD_INFO(&member->slave)->id = number;
	bond_3ad_bind_slave(&member->slave);
	if (mended)
		mend_enslaved(&SLAVE_AD_INFO(&member->slave)->port);
	list_add_tail(&member->list, &bond_dev.adj_list.lower);
	bond_3ad_set_carrier(&bond);
}

void lacp_remove(int slave)
{
	struct member *member = member_at(slave);

	mend(&SLAVE_AD_INFO(&member->slave)->port);
	bond_set_slave_inactive_flags(&member->slave, BOND_SLAVE_NOTIFY_NOW);
	bond_3ad_unbind_slave(&member->slave);
	list_del(&member->list);
	member->slave.dev = NULL;
	if (lacp_slaves())
		bond_3ad_set_carrier(&bond);
	else
		netif_carrier_off(&bond_dev);
}

void lacp_link(int slave, const struct facts *facts)
{
	struct member *member = member_at(slave);
	struct slave *s = &member->slave;
	bool was_up = s->link == BOND_LINK_UP;

	mend(facts->up ? NULL : &SLAVE_AD_INFO(s)->port);
	set_facts(member, facts);
	if (facts->up && !was_up) {
		s->link = BOND_LINK_UP;
		bond_set_backup_slave(s);
		bond_3ad_handle_link_change(s, BOND_LINK_UP);
	} else if (!facts->up && was_up) {
		s->link = BOND_LINK_DOWN;
		bond_set_slave_inactive_flags(s, BOND_SLAVE_NOTIFY_NOW);
		bond_3ad_handle_link_change(s, BOND_LINK_DOWN);
	} else {
		bond_3ad_adapter_speed_duplex_changed(s);
	}
	bond_3ad_set_carrier(&bond);
}

void lacp_options(const struct options *options)
{
	struct bond_params old = bond.params;

	take(options);
	if (old.lacp_fast != bond.params.lacp_fast)
		bond_3ad_update_lacp_rate(&bond);
	if (old.lacp_active != bond.params.lacp_active)
		bond_3ad_update_lacp_active(&bond);
	if (old.ad_actor_sys_prio != bond.params.ad_actor_sys_prio ||
	    memcmp(old.ad_actor_system, bond.params.ad_actor_system, ETH_ALEN))
		bond_3ad_update_ad_actor_settings(&bond);
	if (lacp_slaves())
		bond_3ad_set_carrier(&bond);
}

void lacp_priority(int slave, unsigned int priority)
{
	SLAVE_AD_INFO(&member_at(slave)->slave)->port_priority = priority;
	bond_3ad_update_ad_actor_settings(&bond);
}

/* G16: a port that cannot have LACP counts LACPDUs, and does nothing else about them. */
static bool mend_frame(int slave, const unsigned char *octets, int len)
{
	struct port *port = port_at(slave);

	if (!mended || len < LACP_PDU || octets[0] != AD_TYPE_LACPDU ||
	    port->sm_rx_state != AD_RX_LACP_DISABLED)
		return false;
	atomic64_inc(&SLAVE_AD_INFO(port->slave)->stats.lacpdu_rx);
	return true;
}

int lacp_frame(int slave, const unsigned char *octets, int len)
{
	static unsigned char room[ETH_HLEN + 256];
	static struct sk_buff skb;

	memset(&skb, 0, sizeof(skb));
	memcpy(room, lacpdu_mcast_addr, ETH_ALEN);
	memcpy(room + ETH_HLEN, octets, len);
	skb.protocol = PKT_TYPE_LACPDU;
	skb.head = room;
	skb.data = room + ETH_HLEN;
	skb.mac_header = 0;
	skb.len = len;
	mend(NULL);
	if (mend_frame(slave, octets, len))
		return 1;
	return bond_3ad_lacpdu_recv(&skb, &bond, &member_at(slave)->slave) == RX_HANDLER_CONSUMED;
}

void lacp_pass(void)
{
	mend(NULL);
	bond_3ad_state_machine_handler(&bond.ad_work.work);
}

/* --- what it is told --- */

int lacp_carrier(void)
{
	/* G17: with lacp_strict, the carrier follows the ports. */
	if (mended && lacp_slaves())
		bond_3ad_set_carrier(&bond);
	return netif_carrier_ok(&bond_dev);
}

static const char *usage(struct slave *slave)
{
	if (slave->link != BOND_LINK_UP || !bond_slave_is_up(slave))
		return "off";
	if (bond_is_active_slave(slave))
		return "on";
	return slave->rx_disabled ? "off" : "collecting";
}

void lacp_state(int slave, struct state *state)
{
	static const char *const rx[] = { "-", "initialize", "disabled", "no-lacp", "expired",
					  "defaulted", "current" };
	static const char *const periodic[] = { "none", "none", "fast", "slow", "tx" };
	static const char *const mux[] = { "-", "detached", "waiting", "attached", "collecting",
					   "distributing", "both" };
	struct member *member = member_at(slave);
	struct port *port = port_at(slave);
	struct aggregator *agg = rcu_access_pointer(port->aggregator);
	const struct port_params *partner = &port->partner_oper;
	struct bond_3ad_stats *stats = &SLAVE_AD_INFO(&member->slave)->stats;

	memset(state, 0, sizeof(*state));
	state->actor.system_priority = port->actor_system_priority;
	memcpy(state->actor.system, &port->actor_system, ETH_ALEN);
	state->actor.key = port->actor_oper_port_key;
	state->actor.port_priority = port->actor_port_priority;
	state->actor.port = port->actor_port_number;
	state->actor.state = port->actor_oper_port_state;
	state->partner.system_priority = partner->system_priority;
	memcpy(state->partner.system, &partner->system, ETH_ALEN);
	state->partner.key = partner->key;
	state->partner.port_priority = partner->port_priority;
	state->partner.port = partner->port_number;
	state->partner.state = partner->port_state;
	state->rx = rx[port->sm_rx_state];
	state->periodic = periodic[port->sm_periodic_state];
	/* What it goes to from here. */
	if (port->sm_periodic_state == AD_PERIODIC_TX)
		state->periodic = partner->port_state & LACP_STATE_LACP_TIMEOUT ? "fast" : "slow";
	state->mux = mux[port->sm_mux_state];
	state->usage = usage(&member->slave);
	state->aggregator = agg ? agg->aggregator_identifier : 0;
	state->enabled = port->is_enabled;
	state->actor_churn = port->sm_churn_actor_state;
	state->partner_churn = port->sm_churn_partner_state;
	state->actor_churned = port->churn_actor_count;
	state->partner_churned = port->churn_partner_count;
	state->rx_count = atomic64_read(&stats->lacpdu_rx);
	state->tx_count = atomic64_read(&stats->lacpdu_tx);
	state->illegal = atomic64_read(&stats->lacpdu_illegal_rx);
	state->unknown = atomic64_read(&stats->lacpdu_unknown_rx);
	state->sent = sent[member - members];
}

int lacp_active(struct active *active)
{
	struct ad_info info;

	if (bond_3ad_get_active_agg_info(&bond, &info))
		return 0;
	active->id = info.aggregator_id;
	active->ports = info.ports;
	active->actor_key = info.actor_key;
	active->partner_key = info.partner_key;
	memcpy(active->partner, info.partner_system, ETH_ALEN);
	return 1;
}
