//! `sbx verify`: whether a platform has what a manifest declares.
//!
//! It compares what each declared tag resolves to with the manifest's digest and resources, sends
//! no secret and changes nothing.

mod compare;
mod deployed;
mod report;

use super::remote::{self, require};
use super::{Exit, Failure, hash_cache, imitation, online, options};
use crate::diagnostic::Levels;
use crate::digest::Digest;
use crate::host::Host;
use crate::lower::{Plan, Purpose};
use crate::pipeline::{Analysis, Options, Secrets};
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
}

pub(super) fn run(settings: &Verify, host: &dyn Host, printer: &Printer) -> Result<Exit, Failure> {
    if let [manifest] = settings.manifests.as_slice() {
        return one(settings, manifest, host, printer);
    }
    let mut highest = Exit::Done;
    for manifest in &settings.manifests {
        let exit = one(settings, manifest, host, printer).unwrap_or_else(|failure| {
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
    host: &dyn Host,
    printer: &Printer,
) -> Result<Exit, Failure> {
    let Some(declared) = declared(settings, manifest, host, printer)? else {
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

/// What the manifest declares; `None` if it is wrong, which is reported.
fn declared(
    settings: &Verify,
    manifest: &ManifestChoice,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Option<Declared>, Failure> {
    let reading = &settings.reading;
    let options = Options {
        extra_tags: settings.tags.clone(),
        profile: manifest.profile.clone(),
        ..options(settings.remote.destination.platform, &Levels::default(), reading, host)
    };
    let analysis = super::analyze(host, &manifest.file, options);
    imitation::reject_elsewhere(settings.reading.imitated, &analysis)?;
    require(analysis.platform, Feature::Tags)?;
    let analysis = online::inherit(analysis, &Secrets::Hidden, host, printer)?;
    let cache = hash_cache(settings.hash_cache, host);
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
        }
    }
}
