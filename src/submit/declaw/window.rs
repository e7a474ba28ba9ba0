//! A log of which only the newest lines are kept, each reported once.

use super::super::Cursor;
use crate::wire::declaw::{LOG_WINDOW, TRUNCATED};

/// The lines of an answer that come after the cursor, which moves behind them.
///
/// Once the oldest lines are dropped, positions mean nothing: the answer then begins with what was
/// reported last, as much of it as is still there. If nothing is, lines were lost between two
/// answers, and the platform's own mark for that comes first. A cursor that was made by position
/// alone is then of no use, and all that is left is new.
pub(super) fn take<'a>(cursor: &mut Cursor, lines: &'a [String]) -> &'a [String] {
    let new = match lines.split_first() {
        Some((first, kept)) if first == TRUNCATED => match overlap(&cursor.recent, kept) {
            0 => lines,
            overlap => &kept[overlap..],
        },
        _ => lines.get(cursor.offset..).unwrap_or_default(),
    };
    // An answer may have no lines at all for once, which takes none back.
    cursor.offset = cursor.offset.max(lines.len());
    cursor.recent.extend_from_slice(new);
    let most = LOG_WINDOW.max(lines.len());
    cursor.recent.drain(..cursor.recent.len().saturating_sub(most));
    new
}

/// How many of `kept`'s first lines are the last of `recent`: the most that can be, so that none
/// is reported twice.
fn overlap(recent: &[String], kept: &[String]) -> usize {
    let most = kept.len().min(recent.len());
    let ends_in = |count: usize| recent[recent.len() - count..] == kept[..count];
    (1..=most).rev().find(|count| ends_in(*count)).unwrap_or(0)
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
        let mut cursor = Cursor::default();
        let mut told = Vec::new();
        for poll in polls {
            told.extend_from_slice(take(&mut cursor, &answer(&log[..*poll], most)));
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
        let mut cursor = Cursor::at(3);
        assert_eq!(take(&mut cursor, &log), ["3", "4"]);
    }

    #[test]
    fn a_gap_is_marked_and_nothing_new_is_nothing() {
        let log: Vec<_> = (0..9).map(|at| at.to_string()).collect();
        assert_eq!(told(&log, &[2, 2, 9, 9], 4), ["0", "1", TRUNCATED, "6", "7", "8"]);
        assert_eq!(told(&log, &[3, 5], 4), ["0", "1", "2", "3", "4"]);
    }
}
