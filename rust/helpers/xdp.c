// SPDX-License-Identifier: GPL-2.0
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/netdevice.h>
#include <net/xdp.h>

void rust_helper_bpf_prog_inc(struct bpf_prog *prog)
{
	bpf_prog_inc(prog);
}

void rust_helper_bpf_prog_put(struct bpf_prog *prog)
{
	bpf_prog_put(prog);
}

void rust_helper_bpf_master_redirect_inc(void)
{
	static_branch_inc(&bpf_master_redirect_enabled_key);
}

void rust_helper_bpf_master_redirect_dec(void)
{
	static_branch_dec(&bpf_master_redirect_enabled_key);
}
