//! `invalid-name`, `tag-in-name`: the template's name is one that platforms take.

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::manifest::Manifest;
use crate::platform::Platform;

/// The longest name that servers take.
const MAX_CHARS: usize = 128;

pub(super) fn check(manifest: &Manifest, _: Platform, diagnostics: &mut Diagnostics) {
    let Some(name) = &manifest.name else { return };
    let text = name.value.as_str();
    if text.is_empty() {
        diagnostics.push(
            Diagnostic::new(Code::EmptyValue, name.span, "the name is empty")
                .help("write `name = \"my-template\"`"),
        );
        return;
    }
    if let Some((bare, tag)) = text.split_once(':') {
        let message = "the name carries a tag";
        diagnostics.push(
            Diagnostic::new(Code::TagInName, name.span, message)
                .label(format!("`{tag}` is a label of one build, not part of the name"))
                .help(format!("write `name = \"{bare}\"` and `tags = [\"{tag}\"]`")),
        );
        return;
    }
    let parts: Vec<_> = text.split('/').collect();
    let reason = if parts.len() > 2 {
        Some("a name has one `/` at most, between the namespace and the name")
    } else if parts.iter().any(|part| part.is_empty()) {
        Some("both sides of the `/` need a name")
    } else if text.chars().count() > MAX_CHARS {
        Some("a name has 128 characters at most")
    } else if !text.chars().all(|c| is_name_char(c) || c == '/') {
        Some("a name is made of lower-case letters, digits, `-` and `_`")
    } else {
        None
    };
    if let Some(reason) = reason {
        let mut diagnostic = Diagnostic::new(
            Code::InvalidName,
            name.span,
            format!("`{text}` is not a template's name"),
        )
        .label(reason);
        if let Some(proposal) = proposal(text) {
            diagnostic = diagnostic.help(format!("write `name = \"{proposal}\"`"));
        }
        diagnostics.push(diagnostic);
    }
}

const fn is_name_char(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_'
}

/// A name that is near and valid.
fn proposal(text: &str) -> Option<String> {
    let lower = text.trim().to_lowercase();
    let mut parts = lower.rsplitn(2, '/').map(|part| {
        let dashed: String = part.chars().map(|c| if is_name_char(c) { c } else { '-' }).collect();
        dashed.trim_matches('-').to_owned()
    });
    let name = parts.next().filter(|name| !name.is_empty())?;
    let proposal = match parts.next().filter(|namespace| !namespace.is_empty()) {
        Some(namespace) => format!("{namespace}/{name}"),
        None => name,
    };
    (proposal.len() <= MAX_CHARS).then_some(proposal)
}
