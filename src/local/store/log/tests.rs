mod pages;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

use super::{BuildLog, Line, Page};
use crate::wire::e2b::{LogEntry, LogLevel};

const ALL: Page<'static> = Page { level: &LogLevel::Debug, limit: usize::MAX };

/// A log in a directory that does not outlive it.
fn fresh() -> (Arc<BuildLog>, PathBuf, TempDir) {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("log.jsonl");
    (opened(&path), path, directory)
}

fn opened(path: &Path) -> Arc<BuildLog> {
    Arc::new(BuildLog::new(path.to_owned()))
}

fn say(log: &Arc<BuildLog>, text: &str) {
    log.append(&LogLevel::Info, None, text).unwrap();
}

fn messages(log: &BuildLog) -> Vec<String> {
    entries_of(log.after(0, ALL)).into_iter().map(|entry| entry.message).collect()
}

/// The entries of a page.
fn entries_of(page: io::Result<Vec<Line>>) -> Vec<LogEntry> {
    page.unwrap().iter().map(Line::entry).collect()
}

/// The entries of a file, each of whose lines must be one.
fn entries_in(path: &Path) -> Vec<LogEntry> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_key_of_a_layer_is_kept_of_a_long_line() {
    let (log, _, _directory) = fresh();
    let key = "0".repeat(64);
    say(&log, &format!("[builder 1/1] RUN {} [{key}]", "x".repeat(5000)));
    let shown = &messages(&log)[0];
    assert!(shown.ends_with(&format!("… (922 more characters) [{key}]")), "{shown}");
}

#[test]
fn long_lines_are_shortened() {
    let (log, path, _directory) = fresh();
    let text = format!("first\n{}\n\nlast", "ä".repeat(5000));
    log.append(&LogLevel::Warn, Some("1"), &text).unwrap();
    let shortened = format!("{}… (904 more characters)", "ä".repeat(4096));
    assert_eq!(messages(&log), ["first", &shortened, "", "last"]);
    let written = entries_in(&path);
    assert_eq!(written, entries_of(log.after(0, ALL)));
    assert!(written.iter().all(|entry| entry.step.as_deref() == Some("1")));
    assert!(written.iter().all(|entry| entry.level == LogLevel::Warn));
}

#[test]
fn an_entry_is_written_soon_although_nothing_follows_it() {
    let (log, path, _directory) = fresh();
    for count in 1..=3 {
        say(&log, "line");
        while fs::read_to_string(&path).map_or(0, |text| text.lines().count()) < count {
            std::thread::yield_now();
        }
    }
}

#[test]
fn threads_append_while_others_read() {
    const THREADS: usize = 4;
    const LINES: usize = 5000;
    let (log, path, _directory) = fresh();
    let followed = std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let log = &log;
            scope.spawn(move || {
                for line in 0..LINES {
                    say(log, &format!("{thread} {line}"));
                }
            });
        }
        let mut followed = Vec::new();
        while followed.len() < THREADS * LINES {
            let page = Page { limit: 100, ..ALL };
            followed.extend(entries_of(log.after(followed.len(), page)));
        }
        followed
    });
    assert_eq!(followed.len(), THREADS * LINES);
    let unsorted = followed.windows(2).find(|pair| pair[0].timestamp >= pair[1].timestamp);
    assert_eq!(unsorted, None);
    for thread in 0..THREADS {
        let prefix = format!("{thread} ");
        let lines = followed.iter().filter_map(|entry| entry.message.strip_prefix(&prefix));
        assert!(lines.eq((0..LINES).map(|line| line.to_string())), "each once, in order");
    }
    assert_eq!(entries_in(&path), followed);
}

#[test]
fn a_reader_sees_what_was_appended_before() {
    let (log, _path, _directory) = fresh();
    for count in 1..=500 {
        say(&log, "line");
        assert_eq!(log.after(count - 1, ALL).unwrap().len(), 1);
    }
}

#[test]
fn a_kill_at_any_byte_leaves_a_readable_log() {
    let (log, path, _directory) = fresh();
    say(&log, "first\nsecond \u{1}\u{1f680}\nthird");
    log.flush().unwrap();
    let whole = fs::read(&path).unwrap();
    for length in 0..=whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let complete = whole[..length].split(|byte| *byte == b'\n').count() - 1;
        let log = opened(&path);
        assert_eq!(messages(&log).len(), complete, "after {length} bytes");
        say(&log, "later");
        log.flush().unwrap();
        assert_eq!(entries_in(&path).len(), complete + 1, "after {length} bytes");
        assert_eq!(messages(&log).last().unwrap(), "later");
    }
}

#[test]
fn nothing_follows_the_end() {
    let (log, path, _directory) = fresh();
    say(&log, "line");
    let failed = || Err(std::io::Error::other("not stored"));
    log.end(&LogLevel::Error, None, "cancelled", failed).unwrap_err();
    assert!(!log.has_ended(), "the build goes on if its end could not be stored");
    say(&log, "line");
    log.end(&LogLevel::Info, None, "finished", || {
        assert_eq!(entries_in(&path).len(), 4, "it is written before the state is stored");
        Ok(())
    })
    .unwrap();
    assert!(log.has_ended());
    log.append(&LogLevel::Info, None, "late").unwrap_err();
    log.flush().unwrap();
    assert_eq!(messages(&log), ["line", "cancelled", "line", "finished"]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error_from_then_on() {
    let (log, path, _directory) = fresh();
    assert_eq!(messages(&log), [""; 0]);
    std::os::unix::fs::symlink("/dev/full", &path).unwrap();
    say(&log, "lost");
    let error = log.flush().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
    for _ in 0..2 {
        let error = log.append(&LogLevel::Info, None, "line").unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
        assert_eq!(log.flush().unwrap_err().kind(), std::io::ErrorKind::StorageFull);
    }
    log.end(&LogLevel::Error, None, "failed", || panic!("it is not stored")).unwrap_err();
    // There is room again.
    fs::remove_file(&path).unwrap();
    log.append(&LogLevel::Info, None, "line").unwrap_err();
    log.end(&LogLevel::Error, None, "failed", || Ok(())).unwrap();
    assert_eq!(messages(&log), ["failed"]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_found_although_nothing_follows() {
    let (log, path, _directory) = fresh();
    assert_eq!(messages(&log), [""; 0]);
    std::os::unix::fs::symlink("/dev/full", &path).unwrap();
    say(&log, "lost");
    while log.append(&LogLevel::Info, None, "").is_ok() {
        // An empty text has no line, and only asks.
        std::thread::yield_now();
    }
    assert_eq!(messages(&log), [""; 0], "reading works");
}
