// SPDX-License-Identifier: GPL-2.0
#include <linux/if_vlan.h>

bool rust_helper_vlan_uses_dev(const struct net_device *dev)
{
	return vlan_uses_dev(dev);
}

int rust_helper_vlan_vid_add(struct net_device *dev, __be16 proto, u16 vid)
{
	return vlan_vid_add(dev, proto, vid);
}

void rust_helper_vlan_vid_del(struct net_device *dev, __be16 proto, u16 vid)
{
	vlan_vid_del(dev, proto, vid);
}

int rust_helper_vlan_vids_add_by_dev(struct net_device *dev, const struct net_device *by_dev)
{
	return vlan_vids_add_by_dev(dev, by_dev);
}

void rust_helper_vlan_vids_del_by_dev(struct net_device *dev, const struct net_device *by_dev)
{
	vlan_vids_del_by_dev(dev, by_dev);
}
