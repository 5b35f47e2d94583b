// SPDX-License-Identifier: GPL-2.0
#include <linux/skbuff.h>
#include <linux/netdevice.h>

void rust_helper_dev_kfree_skb_any(struct sk_buff *skb)
{
	dev_kfree_skb_any(skb);
}

int rust_helper_skb_cow_head(struct sk_buff *skb, unsigned int headroom)
{
	return skb_cow_head(skb, headroom);
}

/* Whether there are as many bytes at the network header; they are then in one piece, and may be written. */
bool rust_helper_skb_own_network_header(struct sk_buff *skb, unsigned int len)
{
	return pskb_network_may_pull(skb, len) && !skb_cow_head(skb, 0);
}

struct sk_buff *rust_helper_skb_share_check(struct sk_buff *skb, gfp_t gfp)
{
	return skb_share_check(skb, gfp);
}
