//! Which platforms and profiles have a problem, in each format.

use serde_json::{Value, json};

use crate::diagnostic::render::{self, sarif};
use crate::diagnostic::{Code, Diagnostic};
use crate::platform::Platform;
use crate::source::SourceMap;

/// Which platforms and profiles have a problem.
#[derive(Debug, Clone, Copy)]
pub(super) struct Holders<'a> {
    /// The platforms, if several were checked.
    pub(super) platforms: Option<&'a [Platform]>,
    /// The profiles; empty if the manifest has it whatever its profile.
    pub(super) profiles: &'a [&'a str],
}

impl Holders<'_> {
    /// The problem with its profiles in its message; `None` if it has none, or names it already.
    pub(super) fn named(&self, diagnostic: &Diagnostic) -> Option<Diagnostic> {
        if diagnostic.code == Code::UnknownProfile {
            return None;
        }
        let names: Vec<_> = self.profiles.iter().map(|name| format!("`{name}`")).collect();
        let names = match names.as_slice() {
            [] => return None,
            [name] => format!("profile {name}"),
            several => format!("profiles {}", several.join(", ")),
        };
        let message = format!("{} ({names})", diagnostic.message);
        Some(Diagnostic { message, ..diagnostic.clone() })
    }

    pub(super) fn json(&self, diagnostic: &Diagnostic, sources: &SourceMap) -> Value {
        let mut value = render::json(diagnostic, sources, self.platforms);
        if !self.profiles.is_empty() {
            value["profiles"] = json!(self.profiles);
        }
        value
    }

    pub(super) fn sarif(&self, diagnostic: &Diagnostic, sources: &SourceMap) -> Value {
        let mut value = sarif::result(diagnostic, sources, self.platforms);
        if !self.profiles.is_empty() {
            value["properties"]["profiles"] = json!(self.profiles);
        }
        value
    }
}
