//! An entry as a line of the file.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::wire::e2b::{LEFT_OUT, LayerLine, LogEntry, LogLevel};

/// The number of characters kept of a line: a command may be as long as a request.
const LINE_LIMIT: usize = 4096;

/// An entry to be written, with the keys of [`LogEntry`].
#[derive(Debug, Serialize)]
pub(super) struct NewEntry<'a> {
    pub(super) timestamp: Timestamp,
    pub(super) level: &'a LogLevel,
    pub(super) message: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) step: Option<&'a str>,
}

/// An entry as it is in the file, which is how it is sent.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(in crate::local) struct Line(Box<RawValue>);

impl Line {
    /// Reads a line; `None` if it is not JSON.
    pub(super) fn read(line: &[u8]) -> Option<Self> {
        serde_json::from_slice(line).ok().map(Self)
    }

    /// What it says.
    pub(in crate::local) fn entry(&self) -> LogEntry {
        // Whatever JSON it is, an entry can be read of it.
        serde_json::from_str(self.0.get()).unwrap_or_default()
    }
}

/// A line with a note in place of what is beyond the limit. The key of a layer, which ends its
/// line, is kept.
pub(super) fn shortened(line: &str) -> Cow<'_, str> {
    // A character has at least one byte.
    if line.len() <= LINE_LIMIT {
        return Cow::Borrowed(line);
    }
    let (text, key) = match LayerLine::split_key(line) {
        Some((text, key)) => (text, format!(" [{key}]")),
        None => (line, String::new()),
    };
    match text.char_indices().nth(LINE_LIMIT) {
        None => Cow::Borrowed(line),
        Some((end, _)) => {
            let rest = text[end..].chars().count();
            Cow::Owned(format!("{}… ({rest}{LEFT_OUT}{key}", &text[..end]))
        }
    }
}
