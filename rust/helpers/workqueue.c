// SPDX-License-Identifier: GPL-2.0
#include <linux/workqueue.h>

struct workqueue_struct *rust_helper_alloc_unbound_workqueue(const char *name)
{
	return alloc_workqueue("%s", WQ_MEM_RECLAIM | WQ_UNBOUND, 0, name);
}
