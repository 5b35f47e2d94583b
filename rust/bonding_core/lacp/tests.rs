// SPDX-License-Identifier: GPL-2.0

//! Tests of the whole engine: tables, walks, and systems that talk to each other.

mod details;
mod faults;
mod pair;
mod rig;
mod single;
mod tables;
mod walk;
