//! Template → a platform's requests.
//!
//! What a platform cannot do is reported by [`capability`] at the place that asks for it; the
//! lowering itself cannot fail. It knows nothing of manifests: each step leads back to its origin.

pub mod capability;
mod declaw;
mod e2b;
mod runtime_env;

use std::collections::HashSet;

use serde::Serialize;
use serde_json::{Value, json};

use crate::context::{Content, FilesHash};
use crate::platform::Platform;
use crate::secrets::Secret;
use crate::source::Spanned;
use crate::template::{Origin, Template};
use crate::wire;

pub use declaw::Requests as DeclawRequests;

/// Everything that is sent to build a template, before the platform gave it any IDs.
#[derive(Debug, Clone)]
pub enum Requests {
    /// To a platform of the E2B family.
    E2b(Box<E2bRequests>),
    /// To Declaw.
    Declaw(Box<DeclawRequests>),
}

/// Everything that is sent to a platform of the E2B family.
#[derive(Debug, Clone)]
pub struct E2bRequests {
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

/// What a platform is given of the files of copies, each by its place among the instructions.
#[derive(Debug)]
pub enum Files {
    /// The keys of archives, which are uploaded beside the requests: the E2B family.
    Hashed(Vec<(usize, FilesHash)>),
    /// The files themselves, which become part of the request: Declaw.
    Read(Vec<(usize, Vec<Content>)>),
}

/// Lowers a template for a platform, in whose protocol `files` are.
#[must_use]
pub fn lower(
    template: &Template,
    platform: Platform,
    files: &Files,
    reveal: Reveal<'_>,
) -> Requests {
    match files {
        Files::Hashed(hashes) => {
            Requests::E2b(Box::new(e2b::lower(template, platform, hashes, reveal)))
        }
        Files::Read(contents) => {
            Requests::Declaw(Box::new(declaw::lower(template, platform, contents)))
        }
    }
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
    /// The body of the request that says what is built.
    ///
    /// # Errors
    /// Never in practice: the body is plain data.
    pub fn body(&self) -> serde_json::Result<Value> {
        match self {
            Self::E2b(requests) => serde_json::to_value(&requests.start),
            Self::Declaw(requests) => serde_json::to_value(&requests.build),
        }
    }

    /// Every request in the order in which they are made.
    ///
    /// # Errors
    /// Never in practice: the bodies are plain data.
    pub fn preview(&self) -> serde_json::Result<Vec<Preview>> {
        match self {
            Self::E2b(requests) => requests.preview(),
            Self::Declaw(_) => Ok(vec![Preview {
                method: "POST",
                path: "/templates/build".to_owned(),
                body: Some(self.body()?),
            }]),
        }
    }

    /// Builds every layer anew, where the platform lets us ask for it.
    pub fn force(&mut self) {
        if let Self::E2b(requests) = self {
            requests.start.force = true;
        }
    }

    /// What progress and logs call each step, where the platform numbers steps.
    #[must_use]
    pub fn labels(&self) -> &[Option<String>] {
        match self {
            Self::E2b(requests) => &requests.labels,
            Self::Declaw(_) => &[],
        }
    }

    /// Why the step is there that a failed build names: a number counted from 1, in the E2B
    /// family also `"base"` and `"finalize"`, or any other text, for which there is no answer.
    #[must_use]
    pub fn origin_of(&self, step: &str) -> Option<Origin> {
        match self {
            Self::E2b(requests) => requests.origin_of(step),
            Self::Declaw(requests) => numbered(&requests.origins, step),
        }
    }
}

/// The origin of a step, counted from 1.
fn numbered(origins: &[Origin], number: &str) -> Option<Origin> {
    let number: usize = number.parse().ok()?;
    origins.get(number.checked_sub(1)?).copied()
}

impl E2bRequests {
    fn preview(&self) -> serde_json::Result<Vec<Preview>> {
        let mut previews = vec![Preview {
            method: "POST",
            path: "/v3/templates".to_owned(),
            body: Some(serde_json::to_value(&self.register)?),
        }];
        let mut seen = HashSet::new();
        for upload in &self.uploads {
            if !seen.insert(upload.files_hash.as_str()) {
                continue;
            }
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

    fn origin_of(&self, step: &str) -> Option<Origin> {
        match step {
            "base" => Some(self.base),
            "finalize" => self.finalize,
            number => numbered(&self.origins, number),
        }
    }
}
