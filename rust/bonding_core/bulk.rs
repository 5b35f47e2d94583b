// SPDX-License-Identifier: GPL-2.0

//! Many frames at once: each slave is given its own in one piece, and what is refused comes last.

use core::{cell::Cell, mem::take};

/// How many frames are looked at together, which is as many as XDP collects for a device.
pub const TOGETHER: usize = 16;

/// What becomes of one frame.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate<S> {
    /// There is no such frame.
    None,
    /// It is for this slave.
    For(S),
    /// It is with the slave that was asked last.
    Given,
    /// It was taken.
    Sent,
    /// Nobody took it.
    Refused,
}

/// Sends frames over the slaves that `pick` chooses, and moves those that were refused to the end.
///
/// `send` is given frames of one slave in their order. It answers how many it took, from the first
/// on, or an error if it took none; the places of those it took hold anything afterwards. Of up to
/// [`TOGETHER`] frames each slave is asked once.
///
/// The result is the number of frames sent: `frames` from that place on are the refused ones. Any
/// context that `pick` and `send` may be called in.
///
/// # Errors
///
/// If nothing was sent: what the slave of the first frame said, `no_slave` if it has none.
pub fn send<F: Default, S: Copy + PartialEq, E: Copy>(
    frames: &mut [F],
    no_slave: E,
    mut pick: impl FnMut(&F) -> Option<S>,
    mut send: impl FnMut(S, &mut [F]) -> Result<usize, E>,
) -> Result<usize, E> {
    let (mut seen, mut refused) = (0_usize, 0_usize);
    let mut first_error = None;
    while let Some(rest) = frames.get_mut(seen..).filter(|rest| !rest.is_empty()) {
        let len = rest.len().min(TOGETHER);
        let (left, error) = match rest.get_mut(..len) {
            Some(part) => send_part(part, no_slave, &mut pick, &mut send),
            None => break,
        };
        if seen == 0 {
            first_error = error;
        }
        // Those refused are gathered at the front, where all frames were seen already.
        let cells = Cell::from_mut(&mut *frames).as_slice_of_cells();
        let from = cells.get(seen..).unwrap_or_default().iter().take(left);
        for (from, to) in from.zip(cells.get(refused..).unwrap_or_default()) {
            to.set(from.take());
        }
        refused = refused.saturating_add(left);
        seen = seen.saturating_add(len);
    }
    let sent = seen.saturating_sub(refused);
    let cells = Cell::from_mut(frames).as_slice_of_cells();
    let front = cells.get(..refused).unwrap_or_default();
    let end = cells.get(sent..).unwrap_or_default();
    // From the last on, as the two may overlap.
    for (from, to) in front.iter().rev().zip(end.iter().rev()) {
        to.set(from.take());
    }
    match first_error {
        Some(error) if sent == 0 => Err(error),
        _ => Ok(sent),
    }
}

/// Sends at most [`TOGETHER`] frames; those refused are the first afterwards.
///
/// Answers how many they are, and why the first frame was refused with an error, if it was.
fn send_part<F: Default, S: Copy + PartialEq, E: Copy>(
    frames: &mut [F],
    no_slave: E,
    pick: &mut impl FnMut(&F) -> Option<S>,
    send: &mut impl FnMut(S, &mut [F]) -> Result<usize, E>,
) -> (usize, Option<E>) {
    let mut fates = [const { Fate::None }; TOGETHER];
    for (fate, frame) in fates.iter_mut().zip(frames.iter()) {
        *fate = pick(frame).map_or(Fate::Refused, Fate::For);
    }
    let mut error = match fates.first() {
        Some(Fate::Refused) => Some(no_slave),
        _ => None,
    };
    while let Some(slave) = fates.iter().find_map(|fate| match fate {
        Fate::For(slave) => Some(*slave),
        _ => None,
    }) {
        let has_first = fates.first().is_some_and(|fate| *fate == Fate::For(slave));
        let mut batch: [F; TOGETHER] = Default::default();
        let mut count = 0_usize;
        let mine = fates
            .iter_mut()
            .zip(frames.iter_mut())
            .filter(|(fate, _)| **fate == Fate::For(slave));
        for ((fate, frame), place) in mine.zip(&mut batch) {
            *place = take(frame);
            *fate = Fate::Given;
            count = count.saturating_add(1);
        }
        let Some(batch) = batch.get_mut(..count) else {
            break;
        };
        let taken = match send(slave, batch) {
            Ok(taken) => taken,
            Err(e) => {
                error = if has_first { Some(e) } else { error };
                0
            }
        };
        let mut back = batch.get_mut(taken..).unwrap_or_default().iter_mut();
        let given = fates.iter_mut().zip(frames.iter_mut());
        for (fate, frame) in given.filter(|(fate, _)| **fate == Fate::Given) {
            *fate = match back.next() {
                Some(refused) => {
                    *frame = take(refused);
                    Fate::Refused
                }
                None => Fate::Sent,
            };
        }
    }
    let cells = Cell::from_mut(frames).as_slice_of_cells();
    let (mut places, mut left) = (cells.iter(), 0_usize);
    let refused = fates
        .iter()
        .zip(cells)
        .filter(|(fate, _)| **fate == Fate::Refused);
    for (_, frame) in refused {
        let frame = frame.take();
        if let Some(place) = places.next() {
            place.set(frame);
        }
        left = left.saturating_add(1);
    }
    (left, error)
}

#[cfg(test)]
mod tests;
