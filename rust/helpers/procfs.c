// SPDX-License-Identifier: GPL-2.0
/* Functions that are macros or empty without CONFIG_PROC_FS. */
#include <linux/fs.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <net/net_namespace.h>

struct proc_dir_entry *rust_helper_proc_net_mkdir_plain(struct net *net, const char *name)
{
	return proc_mkdir(name, net->proc_net);
}

struct proc_dir_entry *rust_helper_proc_create_single_data(const char *name, umode_t mode,
							   struct proc_dir_entry *parent,
							   int (*show)(struct seq_file *, void *),
							   void *data)
{
	return proc_create_single_data(name, mode, parent, show, data);
}

void rust_helper_proc_remove(struct proc_dir_entry *entry)
{
	proc_remove(entry);
}

bool rust_helper_seq_file_net_admin(const struct seq_file *seq, const struct net *net)
{
	return file_ns_capable(seq->file, net->user_ns, CAP_NET_ADMIN);
}
