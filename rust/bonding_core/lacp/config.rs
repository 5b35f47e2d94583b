// SPDX-License-Identifier: GPL-2.0

//! The options that LACP goes by.

use crate::option::{AdSelect, LacpRate};
use crate::params::Params;
use crate::wire::eth::Mac;

/// The options that LACP goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// `lacp_active`.
    pub active: bool,
    /// `lacp_rate` is fast.
    pub fast: bool,
    /// `lacp_strict`.
    pub strict: bool,
    /// `ad_select`.
    pub select: AdSelect,
    /// `min_links`.
    pub min_links: u32,
    /// `coupled_control`.
    pub coupled: bool,
    /// `lacp_fast_start`: no port waits for others, and the first LACPDUs go without a pause.
    pub fast_start: bool,
    /// `ad_actor_system`, or the bond's own address.
    pub system: Mac,
    /// `ad_actor_sys_prio`.
    pub system_priority: u16,
    /// `ad_user_port_key`.
    pub user_key: u16,
}

impl Config {
    /// The options of a bond whose own address is `address`.
    pub const fn new(params: &Params, address: Mac) -> Self {
        let asked = Mac(params.ad_actor_system);
        Self {
            active: params.lacp_active,
            fast: matches!(params.lacp_rate, LacpRate::Fast),
            strict: params.lacp_strict,
            select: params.ad_select,
            min_links: params.min_links,
            coupled: params.coupled_control,
            fast_start: params.lacp_fast_start,
            system: if asked.is_zero() { address } else { asked },
            system_priority: params.ad_actor_sys_prio,
            user_key: params.ad_user_port_key,
        }
    }
}
