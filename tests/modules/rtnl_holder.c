// SPDX-License-Identifier: GPL-2.0
/*
 * Holds RTNL for a time, and takes the carrier of a device away meanwhile, as a
 * driver's interrupt would.
 *
 * hold_ms: a write returns once RTNL is held; it is given back that many
 * milliseconds later. A write of 0 waits until it was given back.
 * carrier: "DEVICE 0" or "DEVICE 1" in the namespace of the writer. Reads the time of
 * the last change, CLOCK_MONOTONIC in nanoseconds.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/nsproxy.h>
#include <linux/rtnetlink.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>

static DECLARE_COMPLETION(held);
static unsigned int milliseconds;
static u64 changed_at;

static void hold(struct work_struct *work)
{
	rtnl_lock();
	complete(&held);
	msleep(milliseconds);
	rtnl_unlock();
}

static DECLARE_WORK(hold_work, hold);

static int set_hold(const char *value, const struct kernel_param *param)
{
	int err;

	flush_work(&hold_work);
	err = kstrtouint(value, 0, &milliseconds);
	if (err || !milliseconds)
		return err;
	reinit_completion(&held);
	schedule_work(&hold_work);
	wait_for_completion(&held);
	return 0;
}

static const struct kernel_param_ops hold_ops = { .set = set_hold };
module_param_cb(hold_ms, &hold_ops, NULL, 0200);
MODULE_PARM_DESC(hold_ms, "hold RTNL for that many milliseconds");

static int set_carrier(const char *value, const struct kernel_param *param)
{
	char name[IFNAMSIZ];
	struct net_device *dev;
	int on;

	if (sscanf(value, "%15s %d", name, &on) != 2)
		return -EINVAL;
	dev = dev_get_by_name(current->nsproxy->net_ns, name);
	if (!dev)
		return -ENODEV;
	changed_at = ktime_get_ns();
	if (on)
		netif_carrier_on(dev);
	else
		netif_carrier_off(dev);
	dev_put(dev);
	return 0;
}

static int get_carrier(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%llu\n", changed_at);
}

static const struct kernel_param_ops carrier_ops = {
	.set = set_carrier,
	.get = get_carrier,
};
module_param_cb(carrier, &carrier_ops, NULL, 0600);
MODULE_PARM_DESC(carrier, "DEVICE 0 or DEVICE 1: take the carrier away or give it back");

static int __init rtnl_holder_init(void)
{
	return 0;
}

static void __exit rtnl_holder_exit(void)
{
	flush_work(&hold_work);
}

module_init(rtnl_holder_init);
module_exit(rtnl_holder_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Holds RTNL, for tests");
