// SPDX-License-Identifier: GPL-2.0
#include <linux/workqueue.h>

struct workqueue_struct *rust_helper_alloc_ordered_workqueue(const char *name)
{
	return alloc_ordered_workqueue("%s", WQ_MEM_RECLAIM, name);
}

void rust_helper_flush_workqueue(struct workqueue_struct *wq)
{
	flush_workqueue(wq);
}
