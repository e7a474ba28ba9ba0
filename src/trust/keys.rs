//! The platforms' own keys are no secrets of a manifest.

use crate::diagnostic::{Code, Diagnostic};
use crate::platform::{LOCAL_KEY, Platform};
use crate::source::Spanned;

/// Whether a variable holds the API key of a platform.
#[must_use]
pub fn is_platform_key(variable: &str) -> bool {
    let mut accesses = Platform::ALL.iter().filter_map(|platform| platform.facts().access);
    variable == LOCAL_KEY || accesses.any(|access| access.key_variable == variable)
}

/// Whether a variable names a file with the API key of a platform.
fn is_platform_key_file(variable: &str) -> bool {
    let mut accesses = Platform::ALL.iter().filter_map(|platform| platform.facts().access);
    accesses.any(|access| access.key_file_variable() == variable)
}

/// The fault of a secret that refers to the API key of a platform: `sbx` sends it to the platform
/// alone, and a manifest could send it anywhere else.
#[must_use]
pub fn reserved_variable(variable: &Spanned<String>) -> Option<Diagnostic> {
    let name = &variable.value;
    if !is_platform_key(name) && !is_platform_key_file(name) {
        return None;
    }
    let message = format!("`{name}` cannot be a secret of a manifest");
    Some(
        Diagnostic::new(Code::ReservedVariable, variable.span, message)
            .label("`sbx` sends the API key of a platform to that platform alone")
            .help("put the credentials of the registry into variables of their own"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    #[test]
    fn every_key_of_every_platform_is_reserved_and_nothing_else() {
        let reserved = |name: &str| {
            reserved_variable(&Spanned::new(name.to_owned(), Span::manifest(0, 0))).is_some()
        };
        for access in Platform::ALL.iter().filter_map(|platform| platform.facts().access) {
            assert!(reserved(access.key_variable));
            assert!(reserved(&access.key_file_variable()));
            assert!(!reserved(access.domain_variable) && !reserved(access.url_variable));
        }
        assert!(reserved("SBX_LOCAL_KEY"));
        for free in ["", "API_KEY", "MY_NOVITA_API_KEY", "novita_api_key", "GITHUB_TOKEN"] {
            assert!(!reserved(free), "{free}");
        }
    }
}
