//! The two dialects of INI files: those of Python's `configparser` and of npm.
//!
//! No crate reads them: the first continues values on indented lines, the second has colons and
//! at signs in keys and sections that its keys never use.

/// One setting of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The section; empty above the first one.
    pub(super) section: String,
    /// The key as written.
    pub(super) key: String,
    /// The value; continued lines are joined by line breaks.
    pub(super) value: String,
}

/// Reads a file of pip.
pub(super) fn pip(text: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut section = String::new();
    let mut continues = false;
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.starts_with(['#', ';']) {
            continue;
        }
        if trimmed.is_empty() {
            continue;
        }
        if continues && line.starts_with([' ', '\t']) {
            if let Some(last) = entries.last_mut() {
                last.value.extend(["\n", trimmed]);
            }
            continue;
        }
        continues = false;
        if let Some(name) = header(trimmed) {
            name.clone_into(&mut section);
        } else if let Some((key, value)) = trimmed.split_once(['=', ':']) {
            let (key, value) = (key.trim_end().to_owned(), value.trim_start().to_owned());
            entries.push(Entry { section: section.clone(), key, value });
            continues = true;
        }
    }
    entries
}

/// Reads a file of npm.
pub(super) fn npm(text: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut section = String::new();
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = header(line) {
            name.clone_into(&mut section);
        } else if let Some((key, value)) = line.split_once('=') {
            let (key, value) = (key.trim().to_owned(), unquoted(value.trim()));
            entries.push(Entry { section: section.clone(), key, value });
        }
    }
    entries
}

fn header(line: &str) -> Option<&str> {
    line.strip_prefix('[')?.strip_suffix(']')
}

/// A value without its quotes or, where it has none, without the comment behind it.
fn unquoted(value: &str) -> String {
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return inner.to_owned();
        }
    }
    value.split([';', '#']).next().unwrap_or_default().trim_end().to_owned()
}
