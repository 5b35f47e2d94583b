// SPDX-License-Identifier: GPL-2.0

//! Every option with named values, in every mode and state, with good and bad values: errno,
//! text, log lines and readback are what the facts about the C driver say.

use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use super::facts::facts;
use crate::errno::Errno;
use crate::mode::Mode;
use crate::option::show::{show, Attribute, ShowFacts};
use crate::option::{set, OptionId, Value, View};
use crate::params::Params;
use crate::testing::Recorder;

/// An option as the facts describe it.
struct Model {
    id: OptionId,
    name: &'static str,
    no_slaves: bool,
    if_down: bool,
    unsupported: u32,
    /// Name, number and role.
    values: Vec<(&'static str, u64, &'static str)>,
}

impl Model {
    /// The options whose value is looked up in a table.
    fn all() -> Vec<Model> {
        let options = facts("option").into_iter();
        let models = options.map(|cells| Model {
            id: OptionId::by_name(cells[3].as_bytes()).unwrap(),
            name: cells[3],
            no_slaves: cells[4].contains("noslaves"),
            if_down: cells[4].contains("ifdown"),
            unsupported: cells[5].parse().unwrap(),
            values: facts("value")
                .into_iter()
                .filter(|value| value[1] == cells[1])
                .map(|value| (value[2], value[3].parse().unwrap(), value[4]))
                .collect(),
        });
        models.filter(|model| !model.values.is_empty()).collect()
    }

    fn range(&self) -> Option<(u64, u64)> {
        let with = |role| self.values.iter().find(|v| v.2.contains(role)).map(|v| v.1);
        Some((with("min").unwrap_or(0), with("max")?))
    }

    /// The number that `text` stands for, if it is a value of the option.
    fn number(&self, text: &str) -> Option<u64> {
        let line = text.split('\n').next()?;
        let word = line.split_whitespace().next().unwrap_or_default();
        if line
            .chars()
            .all(|c| c.is_ascii_digit() || c.is_whitespace())
        {
            if word.is_empty() {
                return None;
            }
            let number = word.parse().unwrap_or(u64::MAX);
            let exact = self.values.iter().any(|v| v.1 == number);
            let within = self
                .range()
                .is_some_and(|(min, max)| min <= number && number <= max);
            return (exact || within).then_some(number);
        }
        let mut values = self.values.iter();
        let named = values.find(|v| v.0 == word || word == "default" && v.2.contains("default"));
        named.map(|v| v.1)
    }

    /// Texts on both sides of every boundary.
    fn texts(&self) -> Vec<String> {
        let mut texts: Vec<String> = [
            "",
            "\n",
            " ",
            " \n",
            "-1",
            "-1\n",
            "+1",
            "0",
            "0\n",
            "00",
            "1",
            "01",
            " 1 ",
            "1 2",
            "1x",
            "x1",
            "0x1",
            "1\n2",
            "1\nx",
            "2",
            "3",
            "7",
            "8",
            "\t1\t",
            "18446744073709551615",
            "18446744073709551616",
            "99999999999999999999999",
            "default",
            "default\n",
            "Default",
            "defaul",
            "default x",
            "nothing",
            "a_word_that_is_longer_than_what_the_driver_looks_at",
            "off",
            "on",
            "maxval",
            "minval",
            "on,off",
        ]
        .map(str::to_string)
        .to_vec();
        for (name, number, _) in &self.values {
            texts.extend([
                name.to_string(),
                format!("{name}\n"),
                format!("  {name} and more"),
                format!("{name}x"),
                name.to_uppercase(),
                number.to_string(),
                number.wrapping_sub(1).to_string(),
                number.wrapping_add(1).to_string(),
                format!("{number}\n"),
                format!("000{number}"),
            ]);
        }
        texts
    }

    /// What C logs about an error.
    fn lines(&self, errno: Errno, mode: Mode, text: &str) -> Vec<String> {
        let name = self.name;
        match errno {
            Errno::Eacces => std::vec![format!(
                "E option {name}: mode dependency failed, not supported in mode {}({})",
                mode.name(),
                mode.number()
            )],
            Errno::Enotempty => std::vec![format!(
                "E option {name}: unable to set because the bond device has slaves"
            )],
            Errno::Ebusy => std::vec![format!(
                "E option {name}: unable to set because the bond device is up"
            )],
            Errno::Einval => {
                let line = text.split('\n').next().unwrap();
                let mut lines = std::vec![format!("E option {name}: invalid value ({line})")];
                if let Some((min, max)) = self.range() {
                    lines.push(format!("E option {name}: allowed values {min} - {max}"));
                }
                lines
            }
            _ => Vec::new(),
        }
    }
}

/// What sysfs shows of option `id`.
fn readback(id: OptionId, params: &Params) -> String {
    let mut facts = ShowFacts {
        admin: true,
        carrier: false,
        primary: None,
        active: None,
        ad: None,
        slaves: &mut std::iter::empty(),
        page_size: 4096,
    };
    let mut text = String::new();
    show(Attribute::Option(id), params, &mut facts, &mut text).unwrap();
    text
}

/// What the file shows after `number` was taken; `None` if there is no such file.
fn shown(model: &Model, number: u64) -> Option<String> {
    let def = model.id.def();
    let named = matches!(
        model.id,
        OptionId::Mode
            | OptionId::XmitHash
            | OptionId::ArpValidate
            | OptionId::ArpAllTargets
            | OptionId::FailOverMac
            | OptionId::PrimaryReselect
            | OptionId::LacpRate
            | OptionId::LacpActive
            | OptionId::AdSelect
    );
    if !def.sysfs {
        None
    } else if named {
        let value = model.values.iter().find(|v| v.1 == number).unwrap();
        Some(format!("{} {number}\n", value.0))
    } else {
        Some(format!("{number}\n"))
    }
}

fn is_delay(id: OptionId) -> bool {
    matches!(
        id,
        OptionId::UpDelay | OptionId::DownDelay | OptionId::PeerNotifDelay
    )
}

/// The error that C gives, or the number that it takes.
fn expected(model: &Model, params: &Params, view: &View<'_>, text: &str) -> Result<u64, Errno> {
    if model.unsupported & 1 << params.mode.number() != 0 {
        return Err(Errno::Eacces);
    }
    if model.no_slaves && view.has_slaves {
        return Err(Errno::Enotempty);
    }
    if model.if_down && view.up {
        return Err(Errno::Ebusy);
    }
    let number = model.number(text).ok_or(Errno::Einval)?;
    if is_delay(model.id) && params.miimon == 0 {
        return Err(Errno::Eperm);
    }
    Ok(number)
}

#[test]
fn every_option_mode_state_and_value() {
    let mut cases = 0;
    for model in Model::all() {
        for mode in Mode::ALL {
            for state in 0..8 {
                let view = View {
                    up: state & 1 != 0,
                    has_slaves: state & 2 != 0,
                    ..View::NEW
                };
                let before = Params {
                    mode,
                    miimon: if state & 4 != 0 { 1 } else { 0 },
                    ..Params::DEFAULT
                };
                for text in model.texts() {
                    case(&model, &before, &view, &text);
                    cases += 1;
                }
            }
        }
    }
    assert!(cases > 50_000, "{cases}");
}

fn case(model: &Model, before: &Params, view: &View<'_>, text: &str) {
    let about = format!(
        "{} = {text:?} in {}, up {}, slaves {}, miimon {}",
        model.name,
        before.mode.name(),
        view.up,
        view.has_slaves,
        before.miimon
    );
    let mut params = before.clone();
    let mut log = Recorder::default();
    let got = set(
        &mut params,
        view,
        model.id,
        Value::Text(text.as_bytes()),
        &mut log,
    );
    match expected(model, before, view, text) {
        Ok(number) => {
            assert!(got.is_ok(), "{about}: {got:?}");
            if let Some(text) = shown(model, number) {
                assert_eq!(readback(model.id, &params), text, "{about}");
            }
            // The one line that is not for debugging.
            let visible = usize::from(model.id == OptionId::CoupledControl);
            assert_eq!(log.visible().len(), visible, "{about}: {:?}", log.0);
        }
        Err(errno) => {
            let error = got.expect_err(&about);
            assert_eq!(error.errno, errno, "{about}");
            assert_eq!(params, *before, "{about}");
            let extack = match errno {
                Errno::Eacces => "option not supported in mode",
                Errno::Enotempty => "unable to set option because the bond device has slaves",
                Errno::Ebusy => "unable to set option because the bond is up",
                Errno::Einval => "invalid option value",
                _ => error.extack,
            };
            assert_eq!(error.extack, extack, "{about}");
            let lines = model.lines(errno, before.mode, text);
            if errno != Errno::Eperm {
                assert_eq!(log.visible(), lines, "{about}");
            }
        }
    }
}

/// Extack texts are cut by the kernel at 80 bytes with the NUL.
#[test]
fn texts_fit_netlink() {
    for model in Model::all() {
        for mode in Mode::ALL {
            let mut params = Params {
                mode,
                ..Params::DEFAULT
            };
            let view = View {
                has_xdp: true,
                ..View::NEW
            };
            for value in ["1", "5", "x"] {
                let value = Value::Text(value.as_bytes());
                let mut log = Recorder::default();
                if let Err(error) = set(&mut params, &view, model.id, value, &mut log) {
                    assert!(!error.extack.is_empty());
                    assert!(error.extack.len() < 80, "{}", error.extack);
                }
            }
        }
    }
}
