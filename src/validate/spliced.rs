//! `unsafe-copy-path`: what the platform's builder splices into a shell script.
//!
//! The builder puts a copy's source, target and owner, the current user and the working directory
//! between double quotes in a script of its own. A character that a shell acts on there would run
//! as a command of root, or break the script.

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Spanned;

/// What is wrong with a text that the platform splices into a script, wherever it is written.
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
        Diagnostic::new(Code::UnsafeCopyPath, text.span, format!("{what} cannot hold {found}"))
            .label("the platform puts it into a shell script as it is")
            .help("use another name; where the shell shall expand something, write a `run` step");
    Some(diagnostic)
}
