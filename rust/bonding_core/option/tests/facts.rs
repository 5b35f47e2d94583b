// SPDX-License-Identifier: GPL-2.0

//! The table says what the C source says.
//!
//! `tests/tools/option-facts` takes the facts out of a kernel source tree.

use std::string::{String, ToString};
use std::vec::Vec;

use crate::mode::Mode;
use crate::option::show::ATTRIBUTES;
use crate::option::{
    NetlinkKind, OptionDef, OptionId, ParamKind, ValueDef, MODULE_PARAMS, OPTIONS,
};

/// Module parameters that C does not have.
const OWN_PARAMS: usize = 3;

/// The facts, a line each.
pub(super) const FACTS: &str = include_str!("facts.tsv");

/// The cells of the lines that begin with `kind`.
pub(super) fn facts(kind: &str) -> Vec<Vec<&'static str>> {
    let lines = FACTS
        .lines()
        .map(|line| line.split('\t').collect::<Vec<_>>());
    let all: Vec<_> = lines.filter(|cells| cells[0] == kind).collect();
    assert!(!all.is_empty(), "no facts of kind {kind}");
    all
}

fn flags_of(def: &OptionDef) -> String {
    let mut words = Vec::new();
    for (set, word) in [
        (def.flags.no_slaves, "noslaves"),
        (def.flags.if_down, "ifdown"),
        (def.flags.raw, "rawval"),
    ] {
        if set {
            words.push(word);
        }
    }
    or_dash(words.join(","))
}

fn role_of(value: &ValueDef) -> String {
    let mut words = Vec::new();
    for (set, word) in [
        (value.role.min, "min"),
        (value.role.max, "max"),
        (value.role.default, "default"),
    ] {
        if set {
            words.push(word);
        }
    }
    or_dash(words.join("|"))
}

fn or_dash(text: String) -> String {
    if text.is_empty() {
        "-".to_string()
    } else {
        text
    }
}

#[test]
fn options_are_those_of_c() {
    let facts = facts("option");
    assert_eq!(facts.len(), OptionId::COUNT_OF_C);
    for (cells, def) in facts.iter().zip(&OPTIONS) {
        let unsupported: u32 = Mode::ALL
            .iter()
            .filter(|&&mode| def.unsupported.contains(mode))
            .map(|mode| 1 << mode.number())
            .sum();
        let ours = [
            (def.id as u8).to_string(),
            def.name.to_string(),
            flags_of(def),
            unsupported.to_string(),
        ];
        assert_eq!(ours, cells[2..], "{}", cells[1]);
    }
}

#[test]
fn values_are_those_of_c() {
    let options = facts("option");
    for (cells, def) in options.iter().zip(&OPTIONS) {
        let theirs: Vec<Vec<&str>> = facts("value")
            .into_iter()
            .filter(|value| value[1] == cells[1])
            .map(|value| value[2..].to_vec())
            .collect();
        let ours: Vec<Vec<String>> = def
            .values
            .iter()
            .map(|v| std::vec![v.name.to_string(), v.value.to_string(), role_of(v)])
            .collect();
        assert_eq!(ours, theirs, "{}", def.name);
        assert_eq!(def.flags.raw, def.values.is_empty(), "{}", def.name);
    }
}

#[test]
fn netlink_attributes_are_those_of_c() {
    let mut seen = 0;
    for (kind, of_slave) in [("attr", false), ("slave-attr", true)] {
        for cells in facts(kind) {
            // Accepted, and ignored.
            if cells[1] == "IFLA_BOND_AD_INFO" {
                continue;
            }
            let mut all = OPTIONS.iter().filter_map(|def| def.netlink);
            let ours = all.find(|nl| nl.name == cells[1]).expect(cells[1]);
            let kind = match ours.kind {
                NetlinkKind::U8 => "U8",
                NetlinkKind::U16 => "U16",
                NetlinkKind::U32 | NetlinkKind::U32Range { .. } | NetlinkKind::IfIndex => "U32",
                NetlinkKind::S32 => "S32",
                NetlinkKind::Mac => "BINARY",
                NetlinkKind::Nested { .. } => "NESTED",
            };
            assert_eq!([&ours.number.to_string(), kind], cells[2..], "{}", cells[1]);
            assert_eq!(ours.of_slave, of_slave, "{}", cells[1]);
            seen += 1;
        }
    }
    assert_eq!(
        seen,
        OPTIONS.iter().filter(|def| def.netlink.is_some()).count()
    );
}

#[test]
fn module_parameters_are_those_of_c() {
    let facts = facts("param");
    assert_eq!(facts.len() + OWN_PARAMS, MODULE_PARAMS.len());
    for (cells, param) in facts.iter().zip(&MODULE_PARAMS) {
        let kind = match param.kind {
            ParamKind::Int => "int",
            ParamKind::Uint => "uint",
            ParamKind::Charp => "charp",
            ParamKind::CharpArray => "array of charp",
        };
        let permissions = u16::from_str_radix(cells[3], 8).unwrap();
        assert_eq!(param.permissions, permissions, "{}", param.name);
        assert_eq!([param.name, kind], cells[1..3]);
        assert_eq!(param.description, cells[4], "{}", param.name);
    }
}

#[test]
fn files_are_those_of_c() {
    let facts = facts("file");
    let own = OptionId::COUNT - OptionId::COUNT_OF_C;
    assert_eq!(facts.len() + own, ATTRIBUTES.len());
    for (cells, attribute) in facts.iter().zip(ATTRIBUTES) {
        assert_eq!(attribute.name(), cells[1]);
        let permissions = u16::from_str_radix(cells[2], 8).unwrap();
        assert_eq!(attribute.permissions(), permissions, "{}", cells[1]);
    }
    for def in &OPTIONS {
        let shown = ATTRIBUTES.iter().any(|a| a.option() == Some(def.id));
        assert_eq!(def.sysfs, shown, "{}", def.name);
    }
}

/// What the table says of an option in words agrees with what a bond has.
#[test]
fn defaults_are_named() {
    for def in OPTIONS.iter().filter(|def| !def.values.is_empty()) {
        let word = def.initial.split(';').next().unwrap();
        let named = def.values.iter().find(|v| v.name == word).map(|v| v.value);
        let number = named.or_else(|| word.parse().ok());
        assert!(number.is_some(), "{}: {}", def.name, def.initial);
        if let Some(default) = def.values.iter().find(|v| v.role.default) {
            assert_eq!(number, Some(default.value), "{}", def.name);
        }
    }
}
