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

u64 __percpu *rust_helper_alloc_percpu_u64s(size_t count)
{
	return __alloc_percpu(array_size(count, sizeof(u64)), sizeof(u64));
}

void rust_helper_this_cpu_add_u64(u64 __percpu *counter, u64 value)
{
	this_cpu_add(*counter, value);
}

u64 rust_helper_percpu_sum_u64(const u64 __percpu *counter)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*per_cpu_ptr(counter, cpu));
	return sum;
}
