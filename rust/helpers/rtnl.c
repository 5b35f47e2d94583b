// SPDX-License-Identifier: GPL-2.0
#include <linux/netlink.h>
#include <linux/sched/signal.h>
#include <net/netlink.h>
#include <net/rtnetlink.h>

int rust_helper_restart_syscall(void)
{
	return restart_syscall();
}

/* NL_SET_ERR_MSG() with a text that is no literal of C. */
void rust_helper_nl_set_err_msg(struct netlink_ext_ack *extack, const char *msg)
{
	do_trace_netlink_extack(msg);
	if (extack)
		extack->_msg = msg;
}

void rust_helper_nla_nest_end_at(struct sk_buff *skb, unsigned int offset)
{
	nla_nest_end(skb, (struct nlattr *)(skb->data + offset));
}

struct sk_buff *rust_helper_alloc_skb_of_size(unsigned int size)
{
	return alloc_skb(size, GFP_KERNEL);
}
