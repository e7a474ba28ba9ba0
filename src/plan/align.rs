//! Which steps of two builds are the same ones.

use super::inputs::StepInputs;

/// The most comparisons for the longest common subsequence. Beyond it, the steps between the equal
/// ones at the beginning and at the end are compared in their order.
const MOST: usize = 4_000_000;

/// A step of both builds, or of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pair {
    /// The positions of a step in both.
    Both(usize, usize),
    /// The position of a new step.
    Added(usize),
    /// A step that is gone.
    Removed {
        /// Its position.
        old: usize,
        /// How many steps of now come before it.
        after: usize,
    },
}

/// Pairs the steps of a build with those of now, in their order. Between steps that are the same,
/// those of one kind are taken for one that changed.
pub(super) fn align(before: &[StepInputs], now: &[StepInputs]) -> Vec<Pair> {
    let mut pairs = Vec::with_capacity(now.len());
    let (mut old, mut new) = (0, 0);
    for (next_old, next_new) in common(before, now).into_iter().chain([(before.len(), now.len())]) {
        between(before, now, (old..next_old, new..next_new), &mut pairs);
        if next_new < now.len() {
            pairs.push(Pair::Both(next_old, next_new));
        }
        (old, new) = (next_old + 1, next_new + 1);
    }
    pairs
}

/// The steps between two that are the same.
fn between(
    before: &[StepInputs],
    now: &[StepInputs],
    (old, new): (std::ops::Range<usize>, std::ops::Range<usize>),
    pairs: &mut Vec<Pair>,
) {
    let mut left = old;
    for at in new.clone() {
        let same = left.clone().find(|old| before[*old].kind == now[at].kind);
        match same {
            Some(found) => {
                let gone = left.start..found;
                pairs.extend(gone.map(|old| Pair::Removed { old, after: at }));
                pairs.push(Pair::Both(found, at));
                left = found + 1..left.end;
            }
            None => pairs.push(Pair::Added(at)),
        }
    }
    pairs.extend(left.map(|old| Pair::Removed { old, after: new.end }));
}

/// The positions of a longest common subsequence.
fn common(before: &[StepInputs], now: &[StepInputs]) -> Vec<(usize, usize)> {
    let head = before.iter().zip(now).take_while(|(old, new)| old.is_like(new)).count();
    let ends = before[head..].iter().rev().zip(now[head..].iter().rev());
    let tail = ends.take_while(|(old, new)| old.is_like(new)).count();
    let (old, new) = (&before[head..before.len() - tail], &now[head..now.len() - tail]);
    let mut common: Vec<_> = (0..head).map(|at| (at, at)).collect();
    common.extend(longest(old, new).into_iter().map(|(old, new)| (old + head, new + head)));
    common.extend((0..tail).rev().map(|at| (before.len() - 1 - at, now.len() - 1 - at)));
    common
}

fn longest(before: &[StepInputs], now: &[StepInputs]) -> Vec<(usize, usize)> {
    if before.len().saturating_mul(now.len()) > MOST {
        return Vec::new();
    }
    // `lengths[old][new]` is that of what comes after both positions.
    let mut lengths = vec![vec![0_u32; now.len() + 1]; before.len() + 1];
    for old in (0..before.len()).rev() {
        for new in (0..now.len()).rev() {
            lengths[old][new] = if before[old].is_like(&now[new]) {
                lengths[old + 1][new + 1] + 1
            } else {
                lengths[old + 1][new].max(lengths[old][new + 1])
            };
        }
    }
    let (mut old, mut new, mut common) = (0, 0, Vec::new());
    while old < before.len() && new < now.len() {
        if before[old].is_like(&now[new]) {
            common.push((old, new));
            (old, new) = (old + 1, new + 1);
        } else if lengths[old + 1][new] >= lengths[old][new + 1] {
            old += 1;
        } else {
            new += 1;
        }
    }
    common
}
