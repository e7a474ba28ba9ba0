//! Template → [`Plan`]: the requests of a platform.
//!
//! What a platform cannot do is reported by [`capability`] at the place that asks for it; the
//! lowering itself cannot fail. It knows nothing of manifests: each step leads back to its origin.
//! Each family of platforms has a [`Backend`] in a file of its own.

mod build_step;
pub mod capability;
mod declaw;
mod e2b;
mod plan;
mod runtime_env;

use crate::context::{Content, FileSet, FilesHash};
use crate::diagnostic::Diagnostics;
use crate::platform::{Family, Platform};
use crate::secrets::Secret;
use crate::source::Spanned;
use crate::template::{CopyMap, Template};

pub use build_step::BuildStep;
pub use plan::{LoweredStep, Plan, Purpose, Request, Summary, Upload, UploadSummary};

/// How secrets become text: the value for a request, a placeholder for people.
pub type Reveal<'a> = &'a mut dyn FnMut(&Spanned<Secret>) -> String;

/// What is known of the files of copies, as [`Uploads`](crate::platform::Uploads) asks for it.
#[derive(Debug, Default)]
pub struct Files {
    /// The keys of the archives, where the platform takes archives.
    pub hashes: CopyMap<FilesHash>,
    /// The files themselves, where they become a part of the request.
    pub contents: CopyMap<Vec<Content>>,
}

/// Lowers templates for a family of platforms.
trait Backend {
    /// Reports what the family's requests cannot carry, beyond what the platform's facts say.
    fn check(&self, _: &Template, _: Platform, _: &mut Diagnostics) {}

    /// Reports which of the copied files the requests cannot carry, beyond what the platform's
    /// facts say.
    fn check_files(&self, _: &Template, _: Platform, _: &CopyMap<FileSet>, _: &mut Diagnostics) {}

    /// Lowers a template in which [`Backend::check`] found nothing.
    fn lower(
        &self,
        template: &Template,
        platform: Platform,
        files: &Files,
        reveal: Reveal<'_>,
    ) -> Plan;
}

/// The one place of this stage that chooses by family.
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
