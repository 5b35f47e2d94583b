// SPDX-License-Identifier: GPL-2.0

//! Many frames at once: each slave is given its own in one piece, and what is refused comes last.

use core::{cell::Cell, mem::take};

/// How many frames are looked at together, which is as many as XDP collects for a device.
pub const TOGETHER: usize = 16;

/// Sends frames over the slaves that `pick` chooses, and moves those that were refused to the end.
///
/// `send` is given frames of one slave in their order. It answers how many it took, from the first
/// on, or an error if it took none; the places of those it took hold anything afterwards. Of up to
/// [`TOGETHER`] frames each slave is asked once.
///
/// The result is the number of frames sent: `frames` from that place on are the refused ones, those
/// of one slave in their order. Any context that `pick` and `send` may be called in.
///
/// # Errors
///
/// If nothing was sent: what the slave of the first frame said, `no_slave` if it has none.
#[inline]
pub fn send<F: Default, S: Copy + PartialEq, E: Copy>(
    frames: &mut [F],
    no_slave: E,
    mut pick: impl FnMut(&F) -> Option<S>,
    mut send: impl FnMut(S, &mut [F]) -> Result<usize, E>,
) -> Result<usize, E> {
    // Of the frames seen those refused are at the front, and the places behind them are free.
    let (mut seen, mut refused) = (0_usize, 0_usize);
    // What the slave of the first frame said.
    let mut first = None;
    while seen < frames.len() {
        let mut slaves = [None; TOGETHER];
        let mut waiting: [F; TOGETHER] = Default::default();
        let cells = Cell::from_mut(&mut *frames).as_slice_of_cells();
        let next = cells.get(seen..).unwrap_or_default();
        for ((slave, place), cell) in slaves.iter_mut().zip(&mut waiting).zip(next) {
            let frame = cell.take();
            *slave = pick(&frame);
            if slave.is_some() {
                *place = frame;
            } else if let Some(front) = cells.get(refused) {
                front.set(frame);
                refused = refused.wrapping_add(1);
            }
        }
        if seen == 0 && matches!(slaves, [None, ..]) {
            first = Some(Err(no_slave));
        }
        while let Some(slave) = slaves.iter().find_map(|slave| *slave) {
            let free = frames.get_mut(refused..).unwrap_or_default();
            let mine = slaves
                .iter_mut()
                .zip(&mut waiting)
                .filter(|(of, _)| **of == Some(slave));
            let mut count = 0_usize;
            for ((of, frame), place) in mine.zip(&mut *free) {
                (*of, *place) = (None, take(frame));
                count = count.wrapping_add(1);
            }
            let batch = free.get_mut(..count).unwrap_or_default();
            let answer = send(slave, batch);
            first = first.or(Some(answer));
            let taken = answer.unwrap_or(0);
            if taken < count {
                move_up(batch, taken);
                refused = refused.wrapping_add(count.wrapping_sub(taken));
            }
        }
        seen = seen.wrapping_add(TOGETHER);
    }
    let sent = frames.len().saturating_sub(refused);
    if refused != 0 {
        move_back(frames, refused);
    }
    match first {
        Some(Err(error)) if sent == 0 => Err(error),
        _ => Ok(sent),
    }
}

/// Moves all frames but the first `taken` to the front.
#[cold]
fn move_up<F: Default>(frames: &mut [F], taken: usize) {
    let cells = Cell::from_mut(frames).as_slice_of_cells();
    let left = cells.get(taken..).unwrap_or_default();
    for (from, to) in left.iter().zip(cells) {
        to.set(from.take());
    }
}

/// Moves the first `refused` frames to the end.
#[cold]
fn move_back<F: Default>(frames: &mut [F], refused: usize) {
    let cells = Cell::from_mut(frames).as_slice_of_cells();
    let front = cells.get(..refused).unwrap_or_default();
    // From the last on, as where they are and where they go may overlap.
    for (from, to) in front.iter().rev().zip(cells.iter().rev()) {
        to.set(from.take());
    }
}

#[cfg(test)]
mod tests;
