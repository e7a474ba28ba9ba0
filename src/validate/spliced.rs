//! `unsafe-copy-path`: texts that the platform's builder inserts into a shell script.
//!
//! The builder puts a copy's source, target and owner, the current user and the working directory
//! in double quotes in its own script, which root runs. Characters that the shell expands there
//! could run commands or break the script.

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Spanned;

/// The fault of a text that the platform inserts into a script, in a manifest or a Dockerfile.
#[must_use]
pub fn spliced_fault(text: &Spanned<String>, what: &str) -> Option<Diagnostic> {
    let unsafe_char = text.value.chars().find(|c| matches!(c, '"' | '`' | '$') || c.is_control());
    let found = match unsafe_char {
        Some('`') => "a backtick".to_owned(),
        Some(c) if c.is_control() => format!("`{}`", c.escape_default()),
        Some(c) => format!("`{c}`"),
        None if text.value.ends_with('\\') => "a final `\\`".to_owned(),
        None => return None,
    };
    let diagnostic =
        Diagnostic::new(Code::UnsafeCopyPath, text.span, format!("{what} cannot contain {found}"))
            .label("the platform inserts it into a shell script without escaping")
            .help("use another name, or a `run` step if the shell should expand it");
    Some(diagnostic)
}
