// SPDX-License-Identifier: GPL-2.0

//! Tests of the option table and of all that is made of it.

mod devices;
mod facts;
mod lines;
mod matrix;
mod netlink;
mod readback;
mod report;
mod values;
