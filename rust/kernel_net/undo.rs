// SPDX-License-Identifier: GPL-2.0

//! Steps that are undone unless all that follow succeed.

/// Something to be undone when dropped, unless kept.
///
/// As `kernel::types::ScopeGuard`, without a path that panics.
#[must_use = "undone at once"]
pub struct Undo<T, F: FnOnce(T)>(Option<(T, F)>);

impl<F: FnOnce(())> Undo<(), F> {
    /// Has `undo` run when the value is dropped.
    pub fn new(undo: F) -> Self {
        Self(Some(((), undo)))
    }
}

impl<T, F: FnOnce(T)> Undo<T, F> {
    /// Holds what a step resulted in, and how it is undone.
    pub fn with(result: T, undo: F) -> Self {
        Self(Some((result, undo)))
    }

    /// Leaves the step done, and gives its result, which is always there.
    pub fn keep(mut self) -> Option<T> {
        self.0.take().map(|(result, _)| result)
    }
}

impl<T, F: FnOnce(T)> Drop for Undo<T, F> {
    fn drop(&mut self) {
        if let Some((result, undo)) = self.0.take() {
            undo(result);
        }
    }
}
