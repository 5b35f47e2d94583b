// SPDX-License-Identifier: GPL-2.0

//! Runs that the C half and the core both go through, and whether they agree.

use crate::{rng::Rng, sim::Bond, Tap};
use std::{fmt::Write, process::ExitCode};

/// A run: what the C half is told, and what the core did. Both begin with a line "new".
pub trait Course {
    /// The commands for the C half.
    fn script(&self) -> &str;

    /// What it should answer.
    fn ours(&self) -> &str;
}

/// The place of a slave, as scripts and reports have it.
pub fn number(at: Option<usize>) -> isize {
    at.map_or(-1, |at| at as isize)
}

/// A run of a bond with a link monitor.
pub struct Run {
    /// What the C half is told.
    pub script: String,
    /// The bond as the core has it, with all that it did.
    pub bond: Bond,
}

impl Course for Run {
    fn script(&self) -> &str {
        &self.script
    }

    fn ours(&self) -> &str {
        &self.bond.out
    }
}

impl Run {
    /// Begins with the command `new`, which makes the same bond.
    pub fn new(mut bond: Bond, new: std::fmt::Arguments<'_>) -> Self {
        bond.out.push_str("new\n");
        let mut run = Self {
            script: String::new(),
            bond,
        };
        run.tell(new);
        run
    }

    /// Tells the C half.
    pub fn tell(&mut self, line: std::fmt::Arguments<'_>) {
        let _ = writeln!(self.script, "{line}");
    }

    /// Makes a slave the active one.
    pub fn current(&mut self, at: Option<usize>) {
        self.bond.active = at;
        self.tell(format_args!("current {}", number(at)));
    }

    /// Chooses the active slave.
    pub fn select(&mut self) {
        self.bond.select();
        self.bond.report();
        self.tell(format_args!("select"));
    }

    /// What follows when all slaves were added: the first active one.
    pub fn start(&mut self) {
        if self.bond.mode.uses_primary() {
            self.select();
        } else {
            let at = self.bond.slaves.iter().position(|s| s.link.state().is_up());
            self.current(at);
        }
    }

    /// The device of a slave runs or not, has a carrier or not.
    pub fn carrier(&mut self, at: usize, running: bool, carrier: bool) {
        self.bond.slaves[at].running = running;
        self.bond.slaves[at].carrier = carrier;
        self.tell(format_args!(
            "carrier {at} {} {}",
            u8::from(running),
            u8::from(carrier)
        ));
    }
}

/// Lines before the first difference that are shown, and after it.
const AROUND: usize = 12;
/// Lines of the script that are shown.
const SCRIPT: usize = 60;

/// Shows a run that went wrong, from a little before line `first`, as a comment of TAP.
fn show(script: &str, theirs: &str, ours: &str, first: usize, equal: impl Fn(&str, &str) -> bool) {
    for line in script.lines().take(SCRIPT) {
        println!("# script: {line}");
    }
    let pairs = theirs.lines().zip(ours.lines());
    for (c, core) in pairs.skip(first.saturating_sub(AROUND)).take(2 * AROUND) {
        let mark = if equal(c, core) { ' ' } else { '!' };
        println!("# {mark} C    {c}\n# {mark} core {core}");
    }
    let (c, core) = (theirs.lines().count(), ours.lines().count());
    if c != core {
        println!("# {c} lines of C, {core} of the core");
    }
}

/// The first line that is not the same.
fn difference(theirs: &str, ours: &str, equal: impl Fn(&str, &str) -> bool) -> Option<usize> {
    let (c, core) = (theirs.lines().count(), ours.lines().count());
    theirs
        .lines()
        .zip(ours.lines())
        .position(|(c, core)| !equal(c, core))
        .or((c != core).then_some(c.min(core)))
}

/// Whether C does the same in all of `runs`, going by `equal` for each line; shows the run that
/// differs soonest.
pub fn agree<R: Course>(
    program: &str,
    runs: &[R],
    equal: impl Fn(&str, &str) -> bool + Copy,
) -> bool {
    let script: String = runs.iter().map(Course::script).collect();
    let theirs = match crate::ask(program, script.into_bytes()) {
        Ok(output) => String::from_utf8_lossy(&output).into_owned(),
        Err(error) => {
            println!("# {error}");
            return false;
        }
    };
    let theirs: Vec<&str> = theirs.split("new\n").skip(1).collect();
    if theirs.len() != runs.len() {
        println!("# {} answers for {} runs", theirs.len(), runs.len());
        return false;
    }
    let mut wrong = Vec::new();
    for (run, theirs) in runs.iter().zip(theirs) {
        let ours = run.ours().strip_prefix("new\n").unwrap_or("");
        if let Some(first) = difference(theirs, ours, equal) {
            wrong.push((first, run, theirs, ours));
        }
    }
    let soonest = wrong.iter().min_by_key(|(first, ..)| *first);
    if let Some((first, run, theirs, ours)) = soonest {
        show(run.script(), theirs, ours, *first, equal);
        println!("# {} of {} runs differ", wrong.len(), runs.len());
    }
    wrong.is_empty()
}

/// Whether C does exactly the same in all of `runs`.
pub fn same<R: Course>(program: &str, runs: &[R]) -> bool {
    agree(program, runs, |theirs, ours| theirs == ours)
}

/// What C and the core report last, for one run.
pub fn last<R: Course>(program: &str, run: &R) -> (String, String) {
    let theirs = crate::ask(program, run.script().as_bytes().to_vec()).unwrap_or_default();
    let theirs = String::from_utf8_lossy(&theirs).into_owned();
    let last = |text: &str| text.lines().last().unwrap_or("").to_owned();
    (last(&theirs), last(run.ours()))
}

/// A test of one fault of C that the core does not have.
pub type Fault = (&'static str, fn(&str) -> bool);

/// The program: makes runs, asks the C half that the first argument names, prints TAP. The second
/// argument is the seed.
pub fn main<R: Course>(
    courses: impl FnOnce(&mut Rng) -> Vec<(&'static str, Vec<R>)>,
    check: impl Fn(&str, &[R]) -> bool,
    faults: &[Fault],
) -> ExitCode {
    let mut args = std::env::args().skip(1);
    let program = args.next().expect("arguments: PROGRAM [SEED]");
    let seed: u64 = args
        .next()
        .map_or(1, |seed| seed.parse().expect("SEED is a number"));
    let courses = courses(&mut Rng::new(seed));
    let mut tap = Tap::plan(courses.len() + faults.len());
    println!("# seed {seed}");
    for (name, runs) in courses {
        let name = format!("{name}: {} runs", runs.len());
        tap.test(&name, check(&program, &runs));
    }
    for (name, fault) in faults {
        tap.test(name, fault(&program));
    }
    tap.end()
}
