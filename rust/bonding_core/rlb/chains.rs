// SPDX-License-Identifier: GPL-2.0

//! The lists of a table: all clients, the newest first, and those of the servers that share a place.

use core::borrow::{Borrow, BorrowMut};

use super::{place, Client, Entries, Entry, Table};

/// An entry, by its place; `None` at the end of a list.
pub(super) type Link = Option<u8>;

/// An entry's neighbours in both of its lists.
#[derive(Clone, Copy, Debug)]
pub(super) struct Links {
    /// The client that came before (`used_next`).
    pub(super) next: Link,
    /// The client that came after (`used_prev`).
    pub(super) prev: Link,
    /// The next client of servers with the same place (`src_next`).
    pub(super) next_of_server: Link,
    /// And the previous one; `None` at the head of the list (`src_prev`).
    pub(super) prev_of_server: Link,
    /// The head of the list of servers with *this* place, whoever is the client here (`src_first`).
    pub(super) first: Link,
}

impl Links {
    /// In no list, and the head of an empty one.
    pub(super) const NONE: Links = Links {
        next: None,
        prev: None,
        next_of_server: None,
        prev_of_server: None,
        first: None,
    };
}

impl<B: Borrow<Entries>> Table<B> {
    /// The entry at a place.
    #[inline]
    pub(super) fn entry(&self, at: u8) -> &Entry {
        // As many places as the type has values: within bounds, as the compiler sees too.
        &self.entries.borrow()[usize::from(at)]
    }

    /// The first client of servers with this place.
    pub(super) fn first_of(&self, server_place: u8) -> Link {
        self.entry(server_place).links.first
    }

    /// The clients, the newest first.
    pub fn clients(&self) -> impl Iterator<Item = &Client> {
        let mut next = self.newest;
        core::iter::from_fn(move || {
            let entry = self.entry(next?);
            next = entry.links.next;
            Some(&entry.client)
        })
    }
}

impl<B: BorrowMut<Entries>> Table<B> {
    /// The entry at a place.
    #[inline]
    pub(super) fn entry_mut(&mut self, at: u8) -> &mut Entry {
        &mut self.entries.borrow_mut()[usize::from(at)]
    }

    /// The links of the entry at a place.
    fn links(&mut self, at: u8) -> &mut Links {
        &mut self.entry_mut(at).links
    }

    /// Calls `visit` for each client, the newest first; updates are pending if it says so of any, which is
    /// returned.
    pub(super) fn for_each(&mut self, mut visit: impl FnMut(&mut Entry) -> bool) -> bool {
        let mut any = false;
        let mut next = self.newest;
        while let Some(at) = next {
            let entry = self.entry_mut(at);
            next = entry.links.next;
            any |= visit(entry);
        }
        self.pending |= any;
        any
    }

    /// Puts a client in its place, instead of another one if need be.
    pub(super) fn settle(&mut self, at: u8, client: Client) {
        let entry = self.entry(at);
        let was_used = entry.used;
        let relink = !was_used || entry.client.server != client.server;
        if was_used && relink {
            self.unlink_server(at);
        }
        self.entry_mut(at).client = client;
        if relink {
            self.link_server(at);
        }
        if !was_used {
            let next = self.newest;
            self.links(at).next = next;
            self.links(at).prev = None;
            if let Some(next) = next {
                self.links(next).prev = Some(at);
            }
            self.newest = Some(at);
            // INVARIANT: Now it is in both lists.
            self.entry_mut(at).used = true;
        }
    }

    /// Forgets a client; `rlb_delete_table_entry()` in C.
    pub(super) fn remove(&mut self, at: u8) {
        if !self.entry(at).used {
            return;
        }
        self.unlink_server(at);
        let Links { next, prev, .. } = *self.links(at);
        match prev {
            Some(prev) => self.links(prev).next = next,
            None => self.newest = next,
        }
        if let Some(next) = next {
            self.links(next).prev = prev;
        }
        // INVARIANT: It is in neither list any more; the one that it is the head of stays.
        let first = self.links(at).first;
        *self.entry_mut(at) = Entry {
            links: Links {
                first,
                ..Links::NONE
            },
            ..Entry::EMPTY
        };
    }

    /// Puts a client at the head of its server's list; `rlb_src_link()` in C.
    fn link_server(&mut self, at: u8) {
        let list = place(self.entry(at).client.server);
        let next = self.first_of(list);
        let links = self.links(at);
        links.next_of_server = next;
        links.prev_of_server = None;
        if let Some(next) = next {
            self.links(next).prev_of_server = Some(at);
        }
        self.links(list).first = Some(at);
    }

    /// Takes a client out of its server's list; `rlb_src_unlink()` in C.
    fn unlink_server(&mut self, at: u8) {
        let entry = self.entry(at);
        let list = place(entry.client.server);
        let Links {
            next_of_server: next,
            prev_of_server: prev,
            ..
        } = entry.links;
        match prev {
            Some(prev) => self.links(prev).next_of_server = next,
            None => self.links(list).first = next,
        }
        if let Some(next) = next {
            self.links(next).prev_of_server = prev;
        }
    }
}
