//! Template → [`Plan`]: the requests of a platform.
//!
//! [`capability`] reports unsupported features at their span; the lowering itself cannot fail. It
//! does not depend on the manifest: each step keeps its origin. Each family of platforms has a
//! [`Backend`] in its own file.

mod build_step;
pub mod capability;
mod declaw;
mod e2b;
mod plan;
mod runtime_env;
mod write;

use serde_json::Value;

use crate::context::{Content, CopyHash, FileSet};
use crate::diagnostic::Diagnostics;
use crate::platform::{Family, Platform};
use crate::secrets::Secret;
use crate::source::Spanned;
use crate::template::{CopyMap, Template};

pub use build_step::BuildStep;
pub use plan::{LoweredStep, Plan, Purpose, Request, Summary, Upload, UploadSummary};

/// Converts a secret to text: its value for a request, a placeholder for output.
pub type Reveal<'a> = &'a mut dyn FnMut(&Spanned<Secret>) -> String;

/// The files of copies, in the form that [`Uploads`](crate::platform::Uploads) requires.
#[derive(Debug, Default)]
pub struct Files {
    /// The hashes of the files, for a platform with uploads.
    pub hashes: CopyMap<CopyHash>,
    /// The files themselves, for a platform that gets them in the request.
    pub contents: CopyMap<Vec<Content>>,
}

/// Lowers templates for a family of platforms.
trait Backend {
    /// Reports what the requests of the family do not support, beyond the facts of the platform.
    fn check(&self, _: &Template, _: Platform, _: &mut Diagnostics) {}

    /// Reports the copied files that the requests do not support, beyond the facts of the
    /// platform.
    fn check_files(&self, _: &Template, _: Platform, _: &CopyMap<FileSet>, _: &mut Diagnostics) {}

    /// Lowers a template that passed [`Backend::check`].
    fn lower(
        &self,
        template: &Template,
        platform: Platform,
        files: &Files,
        reveal: Reveal<'_>,
    ) -> Plan;

    /// What of a plan decides the content of the build: everything that is sent except the
    /// template's name, the tags, what bypasses caches, and credentials.
    fn inputs(&self, plan: &Plan) -> Value;
}

/// The only place in this stage that depends on the family.
fn backend(platform: Platform) -> &'static dyn Backend {
    match platform.facts().family {
        Family::E2b => &e2b::E2b,
        Family::Declaw => &declaw::Declaw,
    }
}

/// Lowers a template for a platform.
#[must_use]
pub fn lower(template: &Template, platform: Platform, files: &Files, reveal: Reveal<'_>) -> Plan {
    backend(platform).lower(template, platform, files, reveal)
}
