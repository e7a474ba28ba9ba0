//! `invalid-path`: the path of a file that a step writes.

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Spanned;

/// The longest path that Linux takes, in bytes.
const MOST_BYTES: usize = 4095;

/// The fault of a path that must be that of a file.
#[must_use]
pub fn written_path_fault(path: &Spanned<String>) -> Option<Diagnostic> {
    let text = path.value.as_str();
    let fault = |message| Diagnostic::new(Code::InvalidPath, path.span, message);
    if text.len() > MOST_BYTES {
        let message = format!("the path is longer than {MOST_BYTES} bytes");
        return Some(fault(message).help("Linux takes no longer one: write a shorter path"));
    }
    let name = text.rsplit('/').next().unwrap_or_default();
    if !matches!(name, "" | "." | "..") {
        return None;
    }
    let message = format!("`{text}` is the path of a directory");
    let directory = text.trim_end_matches('/');
    Some(fault(message).help(format!("append the name of the file: `{directory}/NAME`")))
}
