// SPDX-License-Identifier: GPL-2.0
#include <linux/device/class.h>
#include <linux/netdevice.h>
#include <linux/sysfs.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

void *rust_helper_net_generic(const struct net *net, unsigned int id)
{
	return net_generic(net, id);
}

/* The macro needs a lock class key for each place it is used in. */
int rust_helper_netdev_class_file_add(struct class_attribute *attr, struct net *net)
{
	sysfs_attr_init(&attr->attr);
	return netdev_class_create_file_ns(attr, to_ns_common(net));
}

void rust_helper_netdev_class_file_del(struct class_attribute *attr, struct net *net)
{
	netdev_class_remove_file_ns(attr, to_ns_common(net));
}
