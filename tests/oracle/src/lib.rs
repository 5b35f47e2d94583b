// SPDX-License-Identifier: GPL-2.0

//! What the programs that compare the core with the C driver's own code have in common.

pub mod answer;
pub mod frames;
pub mod lacp;
pub mod options;
pub mod rng;
pub mod run;
pub mod sim;

use std::{
    io::{Error, Read, Write},
    process::{Command, ExitCode, Stdio},
    thread,
};

/// Runs `program` with `input` on its standard input, and returns what it printed.
///
/// # Errors
///
/// If it cannot be run, or says that it failed.
pub fn ask(program: &str, input: Vec<u8>) -> Result<Vec<u8>, Error> {
    let mut child = Command::new(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let (Some(mut stdin), Some(mut stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(Error::other("no pipes"));
    };
    let writer = thread::spawn(move || stdin.write_all(&input));
    let mut output = Vec::new();
    stdout.read_to_end(&mut output)?;
    let status = child.wait()?;
    match writer.join() {
        Ok(Ok(())) if status.success() => Ok(output),
        _ => Err(Error::other(format!("{program}: {status}"))),
    }
}

/// Counts tests and prints them in the Test Anything Protocol.
#[derive(Default)]
pub struct Tap {
    passed: usize,
    failed: usize,
}

impl Tap {
    /// Begins, with a number of tests.
    pub fn plan(tests: usize) -> Self {
        println!("TAP version 13\n1..{tests}");
        Self::default()
    }

    /// Ends one test.
    pub fn test(&mut self, name: &str, ok: bool) {
        let verdict = if ok { "ok" } else { "not ok" };
        println!("{verdict} {} - {name}", self.passed + self.failed + 1);
        if ok {
            self.passed += 1;
        } else {
            self.failed += 1;
        }
    }

    /// Prints the counts.
    pub fn end(self) -> ExitCode {
        println!("{} passed, {} failed, 0 skipped", self.passed, self.failed);
        if self.failed == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}
