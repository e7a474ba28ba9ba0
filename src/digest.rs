//! The digest of a template: what decides the content of a build, in one tag.
//!
//! A build that is ready gets the digest as a tag, so the platform itself knows what was built, and
//! any clone and any CI job can ask. It is `sbx-` and the first 16 hexadecimal digits of the SHA-256
//! of the canonical JSON (sorted keys, no spaces) of [`Plan::inputs`], a scheme number and, for the
//! local platform, the platform whose rules it follows.
//!
//! The template's name, tags, visibility, flags that bypass caches, credentials, and the umask and times of a
//! clone do not change it. Neither does what the platform looks up by name when it builds: an image
//! whose tag has moved, or a parent template that was rebuilt.

use std::fmt;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::context::ContentHash;
use crate::lower::Plan;
use crate::scalar::RESERVED_TAGS;
use crate::template::ImageBuild;

/// The number of the scheme. A change that gives an unchanged manifest another digest is a new one,
/// and a line in the changelog.
const SCHEME: u64 = 1;

/// The number of the scheme of images that are built of a Dockerfile. A change that gives unchanged
/// inputs another tag is a new one: every image is built once more.
const IMAGE_SCHEME: u64 = 1;

/// The number of hexadecimal digits.
const DIGITS: usize = 16;

/// The digest of a template on a platform.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Digest(String);

impl Digest {
    /// The digest of what a plan builds.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let mut inputs = plan.inputs();
        inputs["scheme"] = json!(SCHEME);
        if plan.platform.is_local() {
            inputs["as"] = json!(plan.platform.imitated().name());
        }
        Self::of_json(inputs)
    }

    /// The digest of what an image is built from: the tag under which it is pushed.
    ///
    /// Secrets are not part of it: what they are used for is in the Dockerfile, and their values are
    /// no business of a registry.
    #[must_use]
    pub fn of_image(build: &ImageBuild, files: Option<&ContentHash>) -> Self {
        Self::of_json(json!({
            "image": IMAGE_SCHEME,
            "platform": "linux/amd64",
            "dockerfile": build.dockerfile,
            "target": build.target,
            "arguments": build.arguments,
            "files": files.map(ContentHash::as_str),
        }))
    }

    fn of_json(mut inputs: Value) -> Self {
        inputs.sort_all_objects();
        let hash = Sha256::digest(inputs.to_string());
        let digits = hash.iter().take(DIGITS / 2).map(|byte| format!("{byte:02x}"));
        Self(format!("{RESERVED_TAGS}{}", digits.collect::<String>()))
    }

    /// The digest as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
