//! A log of which only the newest lines are kept, each told once.

use crate::wire::declaw::{LOG_WINDOW, TRUNCATED};

/// What was told of a log so far.
#[derive(Debug, Default)]
pub(super) struct Window {
    /// The most lines that an answer had: the place to go on from while the log only grows.
    count: usize,
    /// The last lines that were told, as many as an answer can hold.
    told: Vec<String>,
}

impl Window {
    /// A window on a log of which `count` lines were told by somebody else. It is of use while
    /// none was dropped; afterwards all that is left is told.
    pub(super) fn after(count: usize) -> Self {
        Self { count, told: Vec::new() }
    }

    /// The last lines that were told.
    pub(super) fn told(&self) -> &[String] {
        &self.told
    }

    /// The lines of an answer that are new.
    ///
    /// Once the oldest lines are dropped, positions mean nothing: the answer then begins with
    /// what was told last, as much of it as is still there. If nothing is, lines were lost between
    /// two answers, and the platform's own mark for that comes first.
    pub(super) fn take<'a>(&mut self, lines: &'a [String]) -> &'a [String] {
        let new = match lines.split_first() {
            Some((first, kept)) if first == TRUNCATED => match self.overlap(kept) {
                0 => lines,
                overlap => &kept[overlap..],
            },
            _ => lines.get(self.count..).unwrap_or_default(),
        };
        // An answer may have no lines at all for once, which takes none back.
        self.count = self.count.max(lines.len());
        self.told.extend_from_slice(new);
        let most = LOG_WINDOW.max(lines.len());
        self.told.drain(..self.told.len().saturating_sub(most));
        new
    }

    /// How many of `kept`'s first lines are the last that were told: the most that can be, so
    /// that none is told twice.
    fn overlap(&self, kept: &[String]) -> usize {
        let most = kept.len().min(self.told.len());
        let ends_in = |count: usize| self.told[self.told.len() - count..] == kept[..count];
        (1..=most).rev().find(|count| ends_in(*count)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a server answers that keeps `most` lines.
    fn answer(log: &[String], most: usize) -> Vec<String> {
        if log.len() <= most {
            return log.to_vec();
        }
        let kept = log[log.len() - (most - 1)..].iter().cloned();
        std::iter::once(TRUNCATED.to_owned()).chain(kept).collect()
    }

    fn told(log: &[String], polls: &[usize], most: usize) -> Vec<String> {
        let mut window = Window::default();
        let mut told = Vec::new();
        for poll in polls {
            told.extend_from_slice(window.take(&answer(&log[..*poll], most)));
        }
        told
    }

    proptest! {
        #[test]
        fn each_line_is_told_once_if_it_was_ever_there(
            mut polls in prop::collection::vec(0_usize..60, 1..40),
            most in 2_usize..30,
        ) {
            let log: Vec<_> = (0..60).map(|at| format!("line {at}")).collect();
            polls.sort_unstable();
            let told = told(&log, &polls, most);
            let mut lines: Vec<_> = told.iter().filter(|line| *line != TRUNCATED).collect();
            let count = lines.len();
            lines.dedup();
            prop_assert_eq!(lines.len(), count);
            // Nothing is left out unless the server had dropped it between two answers.
            let mut expected = Vec::new();
            let mut seen = 0;
            for poll in polls {
                let first = if poll > most { poll - (most - 1) } else { 0 };
                expected.extend(log[seen.max(first).min(poll)..poll].iter());
                seen = seen.max(poll);
            }
            prop_assert_eq!(lines, expected);
        }
    }

    #[test]
    fn an_answer_without_lines_takes_none_back() {
        let log: Vec<_> = (0..5).map(|at| at.to_string()).collect();
        assert_eq!(told(&log, &[3, 0, 5], 9), ["0", "1", "2", "3", "4"]);
        let mut window = Window::after(3);
        assert_eq!(window.take(&log), ["3", "4"]);
    }

    #[test]
    fn a_gap_is_marked_and_nothing_new_is_nothing() {
        let log: Vec<_> = (0..9).map(|at| at.to_string()).collect();
        assert_eq!(told(&log, &[2, 2, 9, 9], 4), ["0", "1", TRUNCATED, "6", "7", "8"]);
        assert_eq!(told(&log, &[3, 5], 4), ["0", "1", "2", "3", "4"]);
    }
}
