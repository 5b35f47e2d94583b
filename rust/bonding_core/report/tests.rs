// SPDX-License-Identifier: GPL-2.0

//! Golden texts of `/proc/net/bonding`, line by line what the C driver prints.
