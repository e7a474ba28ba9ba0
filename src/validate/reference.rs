//! `invalid-reference`: forms of `${…}` that are not supported.

use crate::diagnostic::{Code, Diagnostic};
use crate::scalar::TextError;
use crate::source::Span;

/// The fault of an unsupported reference in the value or word at `span`.
#[must_use]
pub fn reference_fault(error: &TextError, span: Span) -> Diagnostic {
    let message = format!("the reference `{}` is not supported", error.written);
    let form = error.written.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    let default = form.and_then(|form| form.split_once(":-").or(form.split_once('-')));
    let help = match default {
        Some((_, value)) => {
            format!("references cannot have a default: write the value, such as `\"{value}\"`")
        }
        None => "write `$NAME` or `${NAME}` for a variable, `$$` for a dollar sign".to_owned(),
    };
    Diagnostic::new(Code::InvalidReference, span, message).help(help)
}
