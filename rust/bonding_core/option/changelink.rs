// SPDX-License-Identifier: GPL-2.0

//! A netlink request that changes several options of a bond at once.
