//! An image that is built from a Dockerfile before the template.

use std::collections::BTreeMap;

use crate::secrets::Secret;
use crate::source::Spanned;

/// What a container engine builds an image from, beside the files of the context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageBuild {
    /// The repository that the image is pushed to.
    pub repository: Spanned<String>,
    /// The text of the Dockerfile.
    pub dockerfile: String,
    /// The stage; `None` is the last one.
    pub target: Option<String>,
    /// The values of `ARG`s that the Dockerfile declares.
    pub arguments: BTreeMap<String, String>,
    /// The secrets by the IDs of their mounts.
    pub secrets: Vec<(String, Spanned<Secret>)>,
}
