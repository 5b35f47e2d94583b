// SPDX-License-Identifier: GPL-2.0
/* Functions that are empty without CONFIG_DEBUG_FS, and files whose text is made in one go. */
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include "debugfs.h"

static int debugfs_text_open(struct inode *inode, struct file *file)
{
	struct debugfs_text *text = inode->i_private;

	return single_open(file, text->show, text);
}

/* The owner keeps the module there while a file is open, removed or not. */
static const struct file_operations debugfs_text_fops = {
	.owner = THIS_MODULE,
	.open = debugfs_text_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
};

struct dentry *rust_helper_debugfs_dir(const char *name, struct dentry *parent)
{
	return debugfs_create_dir(name, parent);
}

void rust_helper_debugfs_text_file(const char *name, umode_t mode, struct dentry *parent,
				   struct debugfs_text *text)
{
	debugfs_create_file(name, mode, parent, text, &debugfs_text_fops);
}

int rust_helper_debugfs_rename(struct dentry *dir, const char *name)
{
	return debugfs_change_name(dir, "%s", name);
}

void rust_helper_debugfs_remove(struct dentry *dir)
{
	debugfs_remove(dir);
}
