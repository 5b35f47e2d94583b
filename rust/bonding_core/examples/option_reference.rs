// SPDX-License-Identifier: GPL-2.0

//! Writes Documentation/options.md, the reference of all options, from the option table.
//!
//! `cargo run --example option_reference > ../../Documentation/options.md`

use std::fmt::Write;

use bonding_core::mode::Mode;
use bonding_core::option::show::{Attribute, ATTRIBUTES};
use bonding_core::option::{NetlinkKind, OptionDef, ParamKind, MODULE_PARAMS, OPTIONS};

const HEAD: &str = "\
# Options of a bond

This page is made from the option table in `rust/bonding_core/option/table.rs`; a test holds it current.
To change it, change the table and run in `rust/bonding_core`

    cargo run --example option_reference > ../../Documentation/options.md

An option has up to three interfaces: a parameter of the module, which is the default of bonds made
later; a file in `/sys/class/net/<bond>/bonding/`; and an attribute of netlink, which `ip link` uses.
Wherever a value has a name, the name and the number are both taken, and where the table below marks a
default, so is the word `default` (in files and parameters of the module).

A request is checked in this order, and the first check that fails gives the error: the mode has the
option (EACCES), the bond has no slaves where that is needed (ENOTEMPTY), the bond is down where that is
needed (EBUSY), the value fits (EINVAL), and then what is special to the option. A request that fails
changes nothing.
";

/// What a netlink attribute carries, in words.
fn carries(kind: NetlinkKind) -> String {
    match kind {
        NetlinkKind::U8 => "u8".into(),
        NetlinkKind::U16 => "u16".into(),
        NetlinkKind::U32 => "u32".into(),
        NetlinkKind::S32 => "s32".into(),
        NetlinkKind::U32Range { max } => format!("u32, 0 to {max}"),
        NetlinkKind::IfIndex => "u32, interface index".into(),
        NetlinkKind::Mac => "6 bytes".into(),
        NetlinkKind::Nested { element } => format!("nest of {element} byte addresses"),
    }
}

/// The type of a parameter, as modinfo has it.
fn kind(kind: ParamKind) -> &'static str {
    match kind {
        ParamKind::Int => "int",
        ParamKind::Uint => "uint",
        ParamKind::Charp => "charp",
        ParamKind::CharpArray => "array of charp",
    }
}

/// The values of an option, in words.
fn values(def: &OptionDef) -> String {
    let named: Vec<String> = def
        .values
        .iter()
        .map(|v| {
            let default = if v.role.default { ", default" } else { "" };
            format!("`{}` ({}{default})", v.name, v.value)
        })
        .collect();
    match def.range() {
        Some((min, max)) => format!("{min} to {max}; {}", named.join(", ")),
        None => named.join(", "),
    }
}

/// The modes that have an option.
fn modes(def: &OptionDef) -> String {
    let supported = Mode::ALL
        .iter()
        .filter(|&&mode| !def.unsupported.contains(mode));
    let names: Vec<&str> = supported.map(|mode| mode.name()).collect();
    if names.len() == Mode::ALL.len() {
        "all".into()
    } else {
        names.join(", ")
    }
}

/// The section about an option.
fn section(out: &mut String, def: &OptionDef) {
    let mut line = |what: &str, text: &str| {
        if !text.is_empty() {
            writeln!(out, "- {what}: {text}").unwrap();
        }
    };
    line("modes", &modes(def));
    let needs = match (def.flags.no_slaves, def.flags.if_down) {
        (true, true) => "a bond that is down and has no slaves",
        (true, false) => "a bond without slaves",
        (false, true) => "a bond that is down",
        (false, false) => "",
    };
    line("needs", needs);
    line("values", &values(def));
    line("a new bond has", def.initial);
    let params: Vec<String> = def
        .module_params()
        .map(|param| format!("`{}` ({})", param.name, kind(param.kind)))
        .collect();
    line("module parameter", &params.join(", "));
    line("file", if def.sysfs { def.name } else { "" });
    if let Some(netlink) = def.netlink {
        let whose = if netlink.of_slave { ", of a slave" } else { "" };
        let text = format!(
            "`{}` ({}), {}{whose}",
            netlink.name,
            netlink.number,
            carries(netlink.kind)
        );
        line("netlink", &text);
    }
}

/// The whole page.
pub fn page() -> String {
    let mut out = String::from(HEAD);
    let mut defs: Vec<&OptionDef> = OPTIONS.iter().collect();
    defs.sort_by_key(|def| def.name);
    for def in defs {
        write!(out, "\n## {}\n\n{}\n\n", def.name, def.help).unwrap();
        section(&mut out, def);
    }

    out.push_str(
        "\n## Module parameters\n\n| name | type | file | description |\n|---|---|---|---|\n",
    );
    for param in &MODULE_PARAMS {
        let file = match param.permissions {
            0 => "-".into(),
            bits => format!("{bits:04o}"),
        };
        let (name, kind) = (param.name, kind(param.kind));
        writeln!(out, "| {name} | {kind} | {file} | {} |", param.description).unwrap();
    }

    out.push_str("\n## Files that can only be read\n\n");
    for attribute in ATTRIBUTES
        .iter()
        .filter(|a| !matches!(a, Attribute::Option(_)))
    {
        writeln!(out, "- {}", attribute.name()).unwrap();
    }
    out
}

fn main() {
    print!("{}", page());
}
