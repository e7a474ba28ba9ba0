//! Template → a platform's requests.
//!
//! What a platform cannot do is reported by [`capability`] at the place that asks for it; the
//! lowering itself cannot fail. It knows nothing of manifests: each step leads back to its origin.

pub mod capability;
mod e2b;
mod runtime_env;

use serde::Serialize;
use serde_json::{Value, json};

use crate::context::FilesHash;
use crate::manifest::Secret;
use crate::platform::Platform;
use crate::source::Spanned;
use crate::template::{Origin, Template};
use crate::wire;

/// Everything that is sent to build a template, before the platform gave it any IDs.
#[derive(Debug, Clone)]
pub struct Requests {
    /// Registers the build.
    pub register: wire::e2b::RegisterRequest,
    /// What is uploaded, one for each copy.
    pub uploads: Vec<Upload>,
    /// Starts the build.
    pub start: wire::e2b::StartRequest,
    /// Why each step of `start` is there.
    pub origins: Vec<Origin>,
    /// What progress and logs call each step of `start`.
    pub labels: Vec<Option<String>>,
    /// Why the base is what it is.
    pub base: Origin,
    /// Why there is a start or a ready command, for faults of the last phase.
    pub finalize: Option<Origin>,
}

/// An archive that a step needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Its key.
    pub files_hash: FilesHash,
    /// The copy's source, for people.
    pub source: String,
    /// The copy among the template's instructions.
    pub instruction: usize,
    /// Upload it even if one is present.
    pub force: bool,
}

/// How secrets become text: the value for a request, a placeholder for people.
pub type Reveal<'a> = &'a mut dyn FnMut(&Spanned<Secret>) -> String;

/// Lowers a template for a platform of the E2B family.
///
/// `hashes` holds the archive's key of each copy, by its place among the instructions.
#[must_use]
pub fn lower(
    template: &Template,
    platform: Platform,
    hashes: &[(usize, FilesHash)],
    reveal: Reveal<'_>,
) -> Requests {
    e2b::lower(template, platform, hashes, reveal)
}

/// One request as `sbx compile --requests` shows it.
#[derive(Debug, Clone, Serialize)]
pub struct Preview {
    /// The HTTP method.
    pub method: &'static str,
    /// The path below the API's URL, with `{templateID}` and `{buildID}` for what only the
    /// platform can say.
    pub path: String,
    /// The body: JSON, or `{"archive": filesHash}` for what is uploaded to the link.
    pub body: Option<Value>,
}

impl Requests {
    /// Every request in the order in which they are made.
    ///
    /// # Errors
    /// Never in practice: the bodies are plain data.
    pub fn preview(&self) -> serde_json::Result<Vec<Preview>> {
        let mut previews = vec![Preview {
            method: "POST",
            path: "/v3/templates".to_owned(),
            body: Some(serde_json::to_value(&self.register)?),
        }];
        let mut seen = Vec::new();
        for upload in &self.uploads {
            if seen.contains(&&upload.files_hash) {
                continue;
            }
            seen.push(&upload.files_hash);
            previews.push(Preview {
                method: "GET",
                path: format!("/templates/{{templateID}}/files/{}", upload.files_hash),
                body: None,
            });
            previews.push(Preview {
                method: "PUT",
                path: "{url}".to_owned(),
                body: Some(json!({ "archive": upload.files_hash.as_str() })),
            });
        }
        previews.push(Preview {
            method: "POST",
            path: "/v2/templates/{templateID}/builds/{buildID}".to_owned(),
            body: Some(serde_json::to_value(&self.start)?),
        });
        Ok(previews)
    }

    /// Why the step is there that a failed build names: `"base"`, `"finalize"`, a number counted
    /// from 1, or any other text, for which there is no answer.
    #[must_use]
    pub fn origin_of(&self, step: &str) -> Option<Origin> {
        match step {
            "base" => Some(self.base),
            "finalize" => self.finalize,
            number => {
                let number: usize = number.parse().ok()?;
                self.origins.get(number.checked_sub(1)?).copied()
            }
        }
    }
}
