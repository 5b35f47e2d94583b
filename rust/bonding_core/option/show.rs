// SPDX-License-Identifier: GPL-2.0

//! What sysfs and netlink show of the options.
