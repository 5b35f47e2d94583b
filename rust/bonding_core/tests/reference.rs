// SPDX-License-Identifier: GPL-2.0

//! Documentation/options.md is what the option table makes of it.

#[path = "../examples/option_reference.rs"]
#[expect(dead_code, reason = "`main` is for the example")]
mod option_reference;

#[test]
fn page_is_current() {
    let kept = include_str!("../../../Documentation/options.md");
    let made = option_reference::page();
    assert!(
        kept == made,
        "run: cargo run --example option_reference > ../../Documentation/options.md"
    );
}
