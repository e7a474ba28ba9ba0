//! The platforms' own keys are no secrets of a manifest.

use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic};
use crate::host::Host;
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
            .label(ALONE)
            .help("put the secret into a variable of its own"),
    )
}

/// Why the API key of a platform is no secret of a manifest.
const ALONE: &str = "`sbx` sends the API key of a platform to that platform alone";

/// A file with the API key of a platform, which a variable of this machine names.
#[derive(Debug, Clone)]
pub struct KeyFile {
    variable: String,
    /// Its canonical path.
    path: PathBuf,
}

impl KeyFile {
    /// Those of all platforms.
    #[must_use]
    pub fn all(host: &dyn Host) -> Vec<Self> {
        let accesses = Platform::ALL.iter().filter_map(|platform| platform.facts().access);
        let variables = accesses.map(|access| access.key_file_variable());
        let files = variables.filter_map(|variable| {
            let path = host.canonicalize(Path::new(&host.variable(&variable)?)).ok()?;
            Some(Self { variable, path })
        });
        files.collect()
    }

    /// The fault of a secret in a file, which is at a canonical path, if it is this file.
    pub(super) fn reserved(&self, written: &Spanned<String>, path: &Path) -> Option<Diagnostic> {
        if path != self.path {
            return None;
        }
        let Self { variable, .. } = self;
        let message = format!(
            "`{}` cannot be a secret of a manifest: it is the file of `{variable}`",
            written.value
        );
        Some(
            Diagnostic::new(Code::ReservedVariable, written.span, message)
                .label(ALONE)
                .help("put the secret into a file of its own"),
        )
    }
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
