//! `unsafe-copy-path`: what the platform's builder splices into a shell script.
//!
//! The builder puts a copy's source, target and owner, the current user and the working directory
//! between double quotes in a script of its own. A character that a shell acts on there would run
//! as a command of root, or break the script.

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::manifest::Manifest;
use crate::platform::Platform;
use crate::source::Spanned;

pub(super) fn check(manifest: &Manifest, _: Platform, diagnostics: &mut Diagnostics) {
    let mut spliced = |text, what| spliced_fault(text, what).map(|fault| diagnostics.push(fault));
    for user in manifest.users() {
        spliced(user, "a user's name");
    }
    for workdir in manifest.workdirs() {
        spliced(workdir, "a working directory");
    }
    for copy in manifest.copies() {
        for source in &copy.sources.value.items {
            spliced(source, "a copy's source");
        }
        spliced(&copy.to, "a copy's target");
        if let Some(owner) = &copy.owner {
            spliced(owner, "an owner");
        }
    }
}

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
