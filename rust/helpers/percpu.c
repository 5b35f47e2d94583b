// SPDX-License-Identifier: GPL-2.0
#include <linux/percpu.h>

u32 __percpu *rust_helper_alloc_percpu_u32(void)
{
	return alloc_percpu(u32);
}

u32 rust_helper_this_cpu_inc_return_u32(u32 __percpu *counter)
{
	return this_cpu_inc_return(*counter);
}
