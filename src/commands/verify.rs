//! `sbx verify`: whether a platform has what a manifest declares.
//!
//! It compares what each declared tag resolves to with the manifest's digest and resources, sends
//! no secret and changes nothing.

mod compare;
mod deployed;
mod report;

use std::path::PathBuf;

use super::image_build::{self, Search};
use super::remote::{self, require};
use super::{Exit, Failure, graph, hash_cache, imitation, online, options, stale_lock};
use crate::diagnostic::Levels;
use crate::digest::Digest;
use crate::host::Host;
use crate::lower::{Plan, Purpose};
use crate::pipeline::{Analysis, LockState, Options, Secrets};
use crate::platform::Platform;
use crate::printer::Printer;
use crate::settings::{self, ManifestChoice, Verify};
use crate::submit::templates::Feature;
use deployed::Deployed;

/// What a manifest declares.
struct Declared {
    name: String,
    platform: Platform,
    digest: Digest,
    /// The declared tags; `default` if there are none.
    tags: Vec<String>,
    /// Whether other teams may use the template; `None` where that is not declared.
    public: Option<bool>,
    /// What is asked for; `None` where the platform decides.
    cpu_count: Option<u64>,
    memory_mb: Option<u64>,
    /// The lock; `None` if there is none.
    lock: Option<PathBuf>,
    /// What the lock does not have, in sentences.
    stale: Vec<String>,
}

pub(super) fn run(settings: &Verify, host: &dyn Host, printer: &Printer) -> Result<Exit, Failure> {
    let manifests = settings.manifests.iter();
    let mut all: Vec<_> = manifests.map(|manifest| analyze(settings, manifest, host)).collect();
    graph::report_conflicts(&mut all.iter_mut().flatten().collect::<Vec<_>>());
    let mut highest = Exit::Done;
    for (manifest, analysis) in settings.manifests.iter().zip(all) {
        let verified = analysis.and_then(|it| one(settings, manifest, it, host, printer));
        if settings.manifests.len() == 1 {
            return verified;
        }
        let exit = verified.unwrap_or_else(|failure| {
            let printer = printer.about(&manifest.to_string());
            printer.failure(&failure.message, failure.help.as_deref());
            failure.exit
        });
        highest = highest.max(exit);
    }
    Ok(highest)
}

fn one(
    settings: &Verify,
    manifest: &ManifestChoice,
    analysis: Analysis,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Exit, Failure> {
    let Some(declared) = declared(settings, analysis, host, printer)? else {
        return Ok(Exit::Wrong);
    };
    let template = settings::template_ref(&declared.name)?;
    remote::on(&settings.remote, declared.platform, host, printer, async |remote| {
        let found = Deployed::find(remote, &template, &declared).await?;
        let comparison = compare::compare(&declared, found.as_ref());
        report::print(remote, manifest, &declared, &comparison)?;
        Ok(if comparison.is_as_declared() { Exit::Done } else { Exit::Wrong })
    })
}

fn analyze(
    settings: &Verify,
    manifest: &ManifestChoice,
    host: &dyn Host,
) -> Result<Analysis, Failure> {
    let reading = &settings.reading;
    let options = Options {
        extra_tags: settings.tags.clone(),
        profile: manifest.profile.clone(),
        ..options(settings.remote.destination.platform, &Levels::default(), reading, host)
    };
    let analysis = super::analyze(host, &manifest.file, options).with_tag_values(host);
    imitation::reject_elsewhere(settings.reading.imitated, &analysis)?;
    require(analysis.platform, Feature::Tags)?;
    Ok(analysis)
}

/// What the manifest declares; `None` if it is wrong, which is reported.
fn declared(
    settings: &Verify,
    analysis: Analysis,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Option<Declared>, Failure> {
    let cache = hash_cache(settings.hash_cache, host);
    let selection = settings.remote.destination.local.selection(host)?;
    let (secrets, engine) = (&Secrets::Hidden, Some(&selection));
    let search = Search { secrets, cache: &cache, engine, host, printer };
    let analysis = image_build::find(analysis, &search)?;
    let analysis = online::inherit(analysis, secrets, host, printer)?;
    match analysis.plan_with(&Secrets::Hidden, &cache) {
        Ok(plan) => Ok(Some(Declared::of(&analysis, &plan))),
        Err(faults) => {
            let mut diagnostics = analysis.diagnostics.clone();
            diagnostics.append(faults);
            super::show(printer, &diagnostics, &analysis.sources);
            Ok(None)
        }
    }
}

impl Declared {
    fn of(analysis: &Analysis, plan: &Plan) -> Self {
        let registration = plan.body_of(Purpose::Register);
        Self {
            name: analysis.template.name.value.clone(),
            platform: analysis.platform,
            digest: Digest::of(plan),
            tags: super::deployed::declared(&analysis.template.tags),
            public: plan.public,
            cpu_count: registration["cpuCount"].as_u64(),
            memory_mb: registration["memoryMB"].as_u64(),
            lock: matches!(analysis.lock(), LockState::Read(_)).then(|| analysis.lock_path()),
            stale: stale_lock(analysis),
        }
    }
}
