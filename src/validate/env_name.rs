//! `invalid-env-name`: the name of a variable.

use crate::diagnostic::{Code, Diagnostic};
use crate::scalar::text::is_name;
use crate::source::Spanned;

/// The fault of a variable name, in a manifest or a Dockerfile.
#[must_use]
pub fn env_name_fault(name: &Spanned<String>) -> Option<Diagnostic> {
    if is_name(&name.value) {
        return None;
    }
    let message = format!("`{}` is not a valid variable name", name.value);
    let diagnostic = Diagnostic::new(Code::InvalidEnvName, name.span, message)
        .label("a name consists of letters, digits and `_`, and does not begin with a digit");
    Some(match valid_env_name(&name.value) {
        Some(proposal) => diagnostic.help(format!("write `{proposal}`")),
        None => diagnostic,
    })
}

/// The nearest name that shells take, if there is one.
#[must_use]
pub fn valid_env_name(name: &str) -> Option<String> {
    let proposal: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    is_name(&proposal).then_some(proposal)
}
