//! A manifest that is planned.

use crate::commands::image_build::{self, Search};
use crate::commands::{
    Failure, analyze as analyze_file, hash_cache, imitation, online, options, promotion, show,
};
use crate::diagnostic::Levels;
use crate::digest::Digest;
use crate::host::Host;
use crate::lower;
use crate::pipeline::{Analysis, Options, Secrets};
use crate::plan::{Inputs, changed_copies};
use crate::printer::Printer;
use crate::settings::{ManifestChoice, Plan};
use crate::template::InstructionId;

/// A manifest, compiled.
pub(super) struct Subject {
    pub(super) manifest: ManifestChoice,
    pub(super) analysis: Analysis,
    pub(super) plan: lower::Plan,
    pub(super) digest: Digest,
    /// The reference of the image that would be built.
    pub(super) image: Option<String>,
}

impl Subject {
    /// What other profiles of the same manifest are compared with.
    pub(super) fn promoted(&self) -> promotion::Subject<'_> {
        let platform = self.analysis.platform;
        let name = &self.analysis.template.name.value;
        promotion::Subject { choice: &self.manifest, platform, name, digest: self.digest.as_str() }
    }

    /// Its inputs with the salt of those of a build, and the fingerprints of single files where a copy
    /// differs.
    pub(super) fn inputs_beside(&self, before: &Inputs) -> Inputs {
        let Self { plan, analysis, .. } = self;
        let mut now = Inputs::of(plan, before.salt.clone());
        let changed = changed_copies(before, &now);
        let hash = |id: &InstructionId| analysis.files.get(id)?.hash_each().ok();
        now.add_files(plan, |at| changed.contains(&at), hash);
        now
    }
}

/// Analyzes a manifest.
pub(super) fn analyze(
    settings: &Plan,
    manifest: &ManifestChoice,
    host: &dyn Host,
) -> Result<Analysis, Failure> {
    let options = Options {
        extra_tags: settings.tags.clone(),
        profile: manifest.profile.clone(),
        ..options(settings.remote.destination.platform, &Levels::default(), &settings.reading, host)
    };
    let analysis = analyze_file(host, &manifest.file, options).with_tag_values(host);
    imitation::reject_elsewhere(settings.reading.imitated, &analysis)?;
    Ok(analysis)
}

/// Compiles a manifest without its secrets; `None` if it is wrong, which is reported.
pub(super) fn compile(
    settings: &Plan,
    manifest: &ManifestChoice,
    analysis: Analysis,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Option<Subject>, Failure> {
    let cache = hash_cache(settings.hash_cache, host);
    let selection = settings.remote.destination.local.selection(host)?;
    let (secrets, engine) = (&Secrets::Hidden, Some(&selection));
    let search = Search { secrets, cache: &cache, engine, host, printer };
    let (analysis, image) = image_build::foresee(image_build::find(analysis, &search)?, &search);
    let analysis = online::inherit(analysis, secrets, host, printer)?;
    let asks = settings.online
        && image.is_none()
        && !analysis.inherits()
        && !analysis.diagnostics.has_blocking();
    let analysis = if asks {
        online::check_without_secrets(analysis, "sbx plan", host, printer)?
    } else {
        analysis
    };
    match analysis.plan_with(&Secrets::Hidden, &cache) {
        Ok(plan) => {
            let digest = Digest::of(&plan);
            Ok(Some(Subject { manifest: manifest.clone(), analysis, plan, digest, image }))
        }
        Err(faults) => {
            let mut diagnostics = analysis.diagnostics.clone();
            diagnostics.append(faults);
            show(printer, &diagnostics, &analysis.sources);
            Ok(None)
        }
    }
}
