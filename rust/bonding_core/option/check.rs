// SPDX-License-Identifier: GPL-2.0

//! Whether an option can be changed, and what is said if not.

use super::{apply, Effects, OptionDef, OptionId, Value, View};
use crate::errno::Errno;
use crate::log::Log;
use crate::mode::Mode;
use crate::params::Params;
use crate::text::Bytes;

/// Why a change was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    /// The error number.
    pub errno: Errno,
    /// What netlink tells, together with the attribute at fault.
    pub extack: &'static str,
}

impl Error {
    pub(super) const fn new(errno: Errno, extack: &'static str) -> Error {
        Error { errno, extack }
    }

    /// The error of a value that does not fit.
    pub(super) const INVALID: Error = Error::new(Errno::Einval, "invalid option value");
    /// The error of a device that is not there.
    pub(super) const NO_DEVICE: Error = Error::new(Errno::Enodev, "interface does not exist");
}

/// Changes option `id` of a bond to `value`: the one way, whatever interface the request came by.
///
/// `params` is what `view` belongs to. A refused request changes nothing, and was explained to
/// `log`. Replaces `__bond_opt_set()`; notifications are the caller's.
pub fn set(
    params: &mut Params,
    view: &View<'_>,
    id: OptionId,
    value: Value<'_>,
    log: &mut dyn Log,
) -> Result<Effects, Error> {
    let def = id.def();
    let result = match check_deps(def, params.mode, view) {
        Ok(()) => apply::apply(params, view, id, value, log),
        Err(error) => Err(error),
    };
    if let Err(error) = result {
        explain(id, params.mode, error.errno.to_c(), &value, log);
    }
    result
}

/// Whether the state of the bond allows option `def` to be changed at all. Replaces
/// `bond_opt_check_deps()`.
pub fn check_deps(def: &OptionDef, mode: Mode, view: &View<'_>) -> Result<(), Error> {
    if def.unsupported.contains(mode) {
        Err(Error::new(Errno::Eacces, "option not supported in mode"))
    } else if def.flags.no_slaves && view.has_slaves {
        Err(Error::new(
            Errno::Enotempty,
            "unable to set option because the bond device has slaves",
        ))
    } else if def.flags.if_down && view.up {
        Err(Error::new(
            Errno::Ebusy,
            "unable to set option because the bond is up",
        ))
    } else {
        Ok(())
    }
}

/// Explains to `log` why the change of option `id` to `value` failed with `errno`, which is
/// negative as in C. Replaces `bond_opt_error_interpret()`.
///
/// [`set()`] did this for the errors it returns; an action that fails later, of which the option
/// `slaves` has two, has to be explained by the caller. Returns the extack text that C gives for
/// `errno`, if it gives one.
pub fn explain(
    id: OptionId,
    mode: Mode,
    errno: i32,
    value: &Value<'_>,
    log: &mut dyn Log,
) -> Option<&'static str> {
    const EACCES: i32 = Errno::Eacces.to_c();
    const EBUSY: i32 = Errno::Ebusy.to_c();
    const EINVAL: i32 = Errno::Einval.to_c();
    const ENODEV: i32 = Errno::Enodev.to_c();
    const ENOTEMPTY: i32 = Errno::Enotempty.to_c();

    let def = id.def();
    let name = def.name;
    match errno {
        EINVAL => {
            match value.line() {
                Some(line) => log.err(format_args!(
                    "option {name}: invalid value ({})",
                    Bytes(line)
                )),
                None => log.err(format_args!(
                    "option {name}: invalid value ({})",
                    value.number()
                )),
            }
            if let Some((min, max)) = def.range() {
                log.err(format_args!("option {name}: allowed values {min} - {max}"));
            }
            Some("invalid option value")
        }
        EACCES if def.unsupported.contains(mode) => {
            log.err(format_args!(
                "option {name}: mode dependency failed, not supported in mode {}({})",
                mode.name(),
                mode.number()
            ));
            Some("option not supported in mode")
        }
        ENOTEMPTY => {
            log.err(format_args!(
                "option {name}: unable to set because the bond device has slaves"
            ));
            Some("unable to set option because the bond device has slaves")
        }
        EBUSY => {
            log.err(format_args!(
                "option {name}: unable to set because the bond device is up"
            ));
            Some("unable to set option because the bond is up")
        }
        ENODEV => {
            let line = value.line()?;
            log.err(format_args!(
                "option {name}: interface {} does not exist!",
                Bytes(line)
            ));
            Some("interface does not exist")
        }
        _ => None,
    }
}
