//! Pages are those of a plain list of entries.

use std::fmt::Write as _;

use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;

use super::super::index::STRIDE;
use super::{LogEntry, LogLevel, Page, entries_of, fresh, opened};

/// An entry at a time in milliseconds; `None` for a line that is no entry.
type Written = Option<(i64, LogLevel)>;

/// A question: a number of entries or a time, a level and a limit.
type Question = (u16, LogLevel, usize);

fn levels() -> impl Strategy<Value = LogLevel> {
    prop_oneof![
        1 => Just(LogLevel::Debug),
        40 => Just(LogLevel::Info),
        2 => Just(LogLevel::Warn),
        1 => Just(LogLevel::Error),
    ]
}

/// Logs of several blocks, with many entries at the same time.
fn written() -> impl Strategy<Value = Vec<Written>> {
    let unknown = Just(LogLevel::Other("fatal".to_owned()));
    let level = prop_oneof![60 => levels(), 1 => unknown];
    let line = prop_oneof![50 => (0..20_i64, level).prop_map(Some), 1 => Just(None)];
    vec(line, 0..5 * STRIDE as usize).prop_map(|mut lines| {
        let mut time = 0;
        for (passed, _) in lines.iter_mut().flatten() {
            time += (*passed - 15).max(0);
            *passed = time;
        }
        lines
    })
}

fn questions() -> impl Strategy<Value = Vec<Question>> {
    let level = prop_oneof![
        Just(LogLevel::Debug),
        Just(LogLevel::Info),
        Just(LogLevel::Warn),
        Just(LogLevel::Error)
    ];
    vec((0..700_u16, level, prop_oneof![Just(100), 0..300_usize]), 20)
}

/// The text of a log, and its entries.
fn text_of(written: &[Written]) -> (String, Vec<LogEntry>) {
    let (mut text, mut entries) = (String::new(), Vec::new());
    for (number, line) in written.iter().enumerate() {
        let Some((time, level)) = line else {
            text.push_str("{\"timestamp\": no JSON\n");
            continue;
        };
        let entry = LogEntry {
            timestamp: Timestamp::from_millisecond(*time).ok(),
            level: level.clone(),
            message: format!("{number} {}", "ä\u{7}".repeat(number % 40)),
            step: (number % 3 == 0).then(|| "1".to_owned()),
        };
        writeln!(text, "{}", serde_json::to_string(&entry).unwrap()).unwrap();
        entries.push(entry);
    }
    (text, entries)
}

fn assert_pages(log: &super::BuildLog, entries: &[LogEntry], questions: &[Question]) {
    for (number, level, limit) in questions {
        let (offset, time) = (usize::from(*number), i64::from(*number));
        let page = Page { level, limit: *limit };
        let of_level = || entries.iter().filter(|entry| entry.level >= *level);
        let at = |entry: &&LogEntry| entry.timestamp.unwrap_or_default().as_millisecond();
        let expected: Vec<_> = of_level().skip(offset).take(*limit).cloned().collect();
        assert_eq!(entries_of(log.after(offset, page)), expected, "after {offset} of {level:?}");
        let since = of_level().filter(|entry| at(entry) >= time).take(*limit);
        let expected: Vec<_> = since.cloned().collect();
        assert_eq!(entries_of(log.since(time, page)), expected, "since {time} of {level:?}");
        let until = of_level().rev().filter(|entry| at(entry) <= time).take(*limit);
        let expected: Vec<_> = until.cloned().collect();
        assert_eq!(entries_of(log.until(time, page)), expected, "until {time} of {level:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn of_a_stored_log(written in written(), questions in questions()) {
        let (log, path, _directory) = fresh();
        let (text, entries) = text_of(&written);
        std::fs::write(&path, text).unwrap();
        assert_pages(&log, &entries, &questions);
    }

    #[test]
    fn of_a_log_that_grows(
        texts in vec((levels(), 0..40_usize, any::<bool>()), 0..40),
        questions in questions(),
    ) {
        let (log, path, _directory) = fresh();
        let mut count = 0;
        for (level, lines, is_read) in &texts {
            let lines: Vec<_> = (count..count + lines).map(|line| line.to_string()).collect();
            count += lines.len();
            log.append(level, Some("2"), &lines.join("\n")).unwrap();
            if *is_read {
                prop_assert_eq!(log.after(0, super::ALL).unwrap().len(), count);
            }
        }
        log.flush().unwrap();
        let entries = if count > 0 { super::entries_in(&path) } else { Vec::new() };
        prop_assert!(entries.iter().enumerate().all(|(n, entry)| entry.message == n.to_string()));
        assert_pages(&log, &entries, &questions);
        // The index of the next process.
        assert_pages(&opened(&path), &entries, &questions);
    }
}
