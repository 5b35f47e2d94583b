/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BONDING_RS_DEBUGFS_H
#define BONDING_RS_DEBUGFS_H

struct seq_file;

/* The head of what a file in debugfs shows. */
struct debugfs_text {
	int (*show)(struct seq_file *seq, void *unused);
};

#endif
