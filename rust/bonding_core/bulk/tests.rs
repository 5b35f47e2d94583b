// SPDX-License-Identifier: GPL-2.0

//! No frame is lost or sent twice, whatever the slaves take.

use super::{send, TOGETHER};
use std::vec::Vec;

/// Numbers without a source of chance: the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

/// Takes the first `n` frames, whose places are as good as gone.
fn swallow(batch: &mut [u32], n: usize) -> Vec<u32> {
    let taken = batch[..n].to_vec();
    batch[..n].fill(u32::MAX);
    taken
}

#[test]
fn a_slave_is_asked_once_for_all_its_frames() {
    let mut frames: Vec<u32> = (1..=16).collect();
    let mut calls = Vec::new();
    let sent = send(
        &mut frames,
        -6,
        |f| Some(f % 3),
        |slave, batch| {
            calls.push((slave, swallow(batch, batch.len())));
            Ok::<_, i32>(batch.len())
        },
    );
    assert_eq!(sent, Ok(16));
    assert_eq!(calls.len(), 3);
    assert_eq!(calls[0], (1, std::vec![1, 4, 7, 10, 13, 16]));
}

#[test]
fn refused_frames_are_last() {
    let mut frames: Vec<u32> = (1..=8).collect();
    // The odd ones' slave takes one, the even ones' slave all.
    let sent = send(
        &mut frames,
        -6,
        |f| Some(f % 2),
        |slave, batch| {
            let n = if slave == 1 { 1 } else { batch.len() };
            swallow(batch, n);
            Ok::<_, i32>(n)
        },
    );
    assert_eq!(sent, Ok(5));
    assert_eq!(frames[5..], [3, 5, 7]);
}

#[test]
fn an_error_is_that_of_the_first_frame_and_only_if_nothing_was_sent() {
    let mut frames: Vec<u32> = (1..=4).collect();
    let refuse = |slave: u32, _: &mut [u32]| Err::<usize, i32>(-(slave as i32) - 100);
    assert_eq!(send(&mut frames, -6, |f| Some(f % 2), refuse), Err(-101));
    // One slave's after the other's.
    assert_eq!(frames, [1, 3, 2, 4]);
    assert_eq!(send(&mut frames, -6, |_| None::<u32>, refuse), Err(-6));
    // The first frame has no slave, others are sent.
    let sent = send(
        &mut frames,
        -6,
        |f| (*f > 1).then_some(0),
        |_, batch| {
            swallow(batch, batch.len());
            Ok(batch.len())
        },
    );
    assert_eq!(sent, Ok(3));
    assert_eq!(frames[3..], [1]);
    // A slave that takes nothing, without an error.
    let mut frames = [7_u32];
    assert_eq!(
        send(&mut frames, -6, |_| Some(0), |_, _| Ok::<_, i32>(0)),
        Ok(0)
    );
    assert_eq!(frames, [7]);
    assert_eq!(
        send(&mut [0_u32; 0], -6, |_| Some(0), |_, _| Ok::<_, i32>(0)),
        Ok(0)
    );
}

#[test]
fn nothing_is_lost_or_doubled_and_slaves_see_their_order() {
    let mut numbers = Numbers(7);
    for round in 0..20_000 {
        let len = numbers.below(3 * TOGETHER + 2);
        let slaves = 1 + numbers.below(4);
        let mut frames: Vec<u32> = (1..=len as u32).collect();
        let picks: Vec<Option<usize>> = (0..len)
            .map(|_| (numbers.below(8) != 0).then(|| numbers.below(slaves)))
            .collect();
        let mut wire: Vec<Vec<u32>> = std::vec![Vec::new(); slaves];
        let mut first = picks.first().filter(|pick| pick.is_none()).map(|_| Err(-6));
        let answer = send(
            &mut frames,
            -6,
            |f| picks[*f as usize - 1],
            |slave, batch| {
                assert!(
                    batch.windows(2).all(|pair| pair[0] < pair[1]),
                    "round {round}"
                );
                assert!(batch.iter().all(|f| picks[*f as usize - 1] == Some(slave)));
                let answer = match numbers.below(4) {
                    0 => Err(-5),
                    1 => Ok(numbers.below(batch.len() + 1)),
                    _ => Ok(batch.len()),
                };
                wire[slave].extend(swallow(batch, answer.unwrap_or(0)));
                first = first.or(Some(answer));
                answer
            },
        );
        let sent = answer.unwrap_or(0);
        let error = first.and_then(Result::err).filter(|_| sent == 0);
        assert_eq!(answer.err(), error, "round {round}");
        let mut all: Vec<u32> = wire.concat();
        assert_eq!(all.len(), sent, "round {round}");
        all.extend(&frames[sent..]);
        all.sort_unstable();
        assert!(all.into_iter().eq(1..=len as u32), "round {round}");
    }
}
