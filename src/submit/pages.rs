//! The pages of a log, and when reading them leads nowhere.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::LogLine;

/// The most of a log that is read after the build's end, in bytes: many times what builds write.
const MOST_BYTES: usize = 1 << 30;

/// What a line takes beside its text, in bytes, so that empty lines count.
const LINE_BYTES: usize = 64;

/// The most pages that are not full and are read after the build's end. An honest platform has a few
/// of them, with lines that have arrived late.
const MOST_SHORT: usize = 1000;

/// The pages of a log that were read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pages {
    /// Their hashes: a page that was there before leads nowhere.
    seen: BTreeSet<u64>,
    /// The bytes that were read after the end.
    bytes: usize,
    /// The pages that were not full, after the end.
    short: usize,
}

impl Pages {
    pub(super) const fn new() -> Self {
        Self { seen: BTreeSet::new(), bytes: 0, short: 0 }
    }

    /// Takes a page that has lines, and says why the next one is not read at once, if the pages do
    /// not lead to the end of the log.
    pub(super) fn take(
        &mut self,
        page: &[LogLine],
        is_full: bool,
        has_ended: bool,
    ) -> Option<&'static str> {
        if has_ended {
            self.short += usize::from(!is_full);
            let bytes = page.iter().map(|line| line.message.len() + LINE_BYTES).sum::<usize>();
            self.bytes += bytes;
        }
        if !self.seen.insert(hash(page)) {
            Some("the platform repeats the same lines")
        } else if self.bytes > MOST_BYTES || self.short > MOST_SHORT {
            Some("the log of the ended build does not end")
        } else {
            None
        }
    }
}

fn hash(page: &[LogLine]) -> u64 {
    let mut hasher = DefaultHasher::new();
    page.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::scalar::LogLevel;

    /// The pages of an endless log: `count` lines each, with `length` bytes.
    fn page(number: usize, count: usize, length: usize) -> Vec<LogLine> {
        let line = |at: usize| LogLine {
            timestamp: i64::try_from(number * count + at)
                .ok()
                .and_then(|at| Timestamp::from_microsecond(at).ok()),
            level: LogLevel::Info,
            message: "x".repeat(length),
            step: None,
        };
        (0..count).map(line).collect()
    }

    #[test]
    fn a_long_log_is_read_to_its_end() {
        let mut pages = Pages::new();
        for number in 0..10_000 {
            assert_eq!(pages.take(&page(number, 100, 10), true, true), None, "page {number}");
        }
    }

    #[test]
    fn pages_that_come_back_lead_nowhere() {
        for period in 1..4 {
            let mut pages = Pages::new();
            for number in 0..period {
                assert_eq!(pages.take(&page(number, 100, 10), true, true), None);
            }
            let why = pages.take(&page(0, 100, 10), true, true);
            assert_eq!(why, Some("the platform repeats the same lines"), "after {period}");
        }
    }

    #[test]
    fn a_log_without_an_end_is_not_read_for_ever() {
        let why = Some("the log of the ended build does not end");
        let mut pages = Pages::new();
        let short = |number| pages.take(&page(number, 1, 0), false, true);
        assert_eq!((0..=MOST_SHORT).find_map(short), why);
        let mut pages = Pages { bytes: MOST_BYTES - 100 * LINE_BYTES, ..Pages::new() };
        assert_eq!(pages.take(&page(0, 100, 0), true, true), None);
        assert_eq!(pages.take(&page(1, 100, 0), true, true), why);
    }

    #[test]
    fn a_running_build_may_write_as_much_as_it_likes() {
        let mut pages = Pages::new();
        for number in 0..=MOST_SHORT {
            assert_eq!(pages.take(&page(number, 1, 0), false, false), None);
        }
        assert_eq!(pages.bytes, 0);
    }
}
