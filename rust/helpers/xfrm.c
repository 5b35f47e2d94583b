// SPDX-License-Identifier: GPL-2.0
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/xfrm.h>

#ifdef CONFIG_XFRM_OFFLOAD

void rust_helper_xfrm_state_lock(struct xfrm_state *x)
{
	spin_lock_bh(&x->lock);
}

void rust_helper_xfrm_state_unlock(struct xfrm_state *x)
{
	spin_unlock_bh(&x->lock);
}

bool rust_helper_xfrm_state_is_dead(const struct xfrm_state *x)
{
	return x->km.state == XFRM_STATE_DEAD;
}

/* The SA by which a frame is to be encrypted on its way out of dev, if any. */
struct xfrm_state *rust_helper_xfrm_state_of(struct sk_buff *skb, struct net_device *dev)
{
	struct xfrm_state *x;

	if (!xfrm_offload(skb))
		return NULL;
	x = xfrm_input_state(skb);
	return x->xso.dev == dev && x->xso.dir != XFRM_DEV_OFFLOAD_IN ? x : NULL;
}

#endif
