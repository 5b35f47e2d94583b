// SPDX-License-Identifier: GPL-2.0

//! A line of words that ends with the page.

use core::fmt::{self, Write};

use crate::params::NAME_SIZE;

/// Bytes that C wants for the word that stands for those that do not fit.
const MORE: usize = 10;

/// A line of words with blanks between them, which does not grow beyond a page.
///
/// When the page is nearly full, `++more++` stands for the rest. As in C that word begins ten
/// bytes before the end of the page, whatever is in between. Nothing is written for no words, not
/// even an end of line.
pub struct List<'a> {
    out: &'a mut dyn Write,
    page_size: usize,
    /// A word is only added when less than this is used.
    limit: usize,
    /// Bytes of the page used, the one held back included.
    used: usize,
    /// The last character, which becomes the end of line.
    held: Option<char>,
    full: bool,
}

impl<'a> List<'a> {
    /// A list that no limit other than the page is kept for.
    pub(super) fn new(out: &'a mut dyn Write, page_size: usize) -> List<'a> {
        List {
            out,
            page_size,
            limit: page_size,
            used: 0,
            held: None,
            full: false,
        }
    }

    /// A list of device names.
    pub fn of_names(out: &'a mut dyn Write, page_size: usize) -> List<'a> {
        List {
            limit: page_size.saturating_sub(NAME_SIZE),
            ..List::new(out, page_size)
        }
    }

    /// A list of device names with a queue id each.
    pub(super) fn of_queues(out: &'a mut dyn Write, page_size: usize) -> List<'a> {
        List {
            limit: page_size.saturating_sub(NAME_SIZE).saturating_sub(6),
            ..List::new(out, page_size)
        }
    }

    /// Adds a word, if there is room for it.
    pub fn push(&mut self, word: fmt::Arguments<'_>) -> fmt::Result {
        if self.full {
            return Ok(());
        }
        if self.used <= self.limit {
            return self.write_fmt(format_args!("{word} "));
        }
        self.full = true;
        while self.page_size.saturating_sub(self.used) > MORE {
            self.write_char('\0')?;
        }
        self.write_str("++more++ ")
    }

    /// Ends the line.
    pub fn finish(mut self) -> fmt::Result {
        match self.held.take() {
            Some(_) => self.out.write_char('\n'),
            None => Ok(()),
        }
    }
}

impl Write for List<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            let used = self.used.saturating_add(c.len_utf8());
            // The last byte of the page is C's terminating NUL.
            if used >= self.page_size {
                break;
            }
            self.used = used;
            if let Some(held) = self.held.replace(c) {
                self.out.write_char(held)?;
            }
        }
        Ok(())
    }
}
