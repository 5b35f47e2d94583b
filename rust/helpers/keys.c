// SPDX-License-Identifier: GPL-2.0
/* Static keys, see rust/kernel_net/sync/static_key.rs. */
#include <linux/jump_label.h>
#include <net/bonding.h>

DEFINE_STATIC_KEY_FALSE(bond_bcast_neigh_enabled);

void rust_helper_bond_bcast_neigh_inc(void)
{
	static_branch_inc(&bond_bcast_neigh_enabled);
}

void rust_helper_bond_bcast_neigh_dec(void)
{
	static_branch_dec(&bond_bcast_neigh_enabled);
}
