//! `sbx apply`: checks, registers, uploads, starts, and follows the build.

mod gate;
mod gated;
mod inputs;
mod many;
mod one;
mod reuse;
mod visibility;

use std::collections::BTreeMap;

use super::graph;
use super::image_build::{self, Permission, Search};
use super::report::{ReportContext, ReportOptions, Reporter};
use super::{
    Exit, Failure, consent, engine, imitation, online, options, promotion, same_machine, testing,
};
use crate::context::HashCache;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::host::Host;
use crate::lower::Plan;
use crate::pipeline::{Analysis, Options, Secrets};
use crate::platform::Platform;
use crate::printer::{Printer, Stream};
use crate::settings::{self, Apply, ManifestChoice};
use crate::source::SourceMap;
use crate::trust::Consent;

/// A manifest, analyzed and lowered.
struct Prepared {
    manifest: ManifestChoice,
    analysis: Analysis,
    /// What is sent, or the exit code if there is nothing to send; the reason has been reported.
    plan: Result<Plan, Exit>,
    /// The cached hashes of files.
    cache: HashCache,
    /// The variables of each test; `None` if no tests are to be run.
    variables: Option<Vec<BTreeMap<String, String>>>,
    /// The reference of the image that would be built, in a dry run.
    image: Option<String>,
}

/// A manifest, analyzed, with what a person lets it send.
struct Loaded {
    analysis: Analysis,
    consent: Consent,
    /// Consent for the secrets of tests.
    test_consent: Consent,
    /// The reference of the image that would be built, in a dry run.
    image: Option<String>,
}

pub(super) fn run(
    settings: &Apply,
    host: &dyn Host,
    printer: &mut Printer,
) -> Result<Exit, Failure> {
    let mut all = Vec::new();
    let mut unanswered = vec![None; settings.manifests.len()];
    for (at, manifest) in settings.manifests.iter().enumerate() {
        let loaded = load(settings, manifest, host, printer).or_else(|failure| {
            if settings.manifests.len() == 1 || failure.exit == Exit::Usage {
                return Err(failure);
            }
            // The other manifests may not depend on this one.
            let printer = printer.about(&manifest.to_string());
            printer.failure(&failure.message, failure.help.as_deref());
            unanswered[at] = Some(failure.exit);
            let analysis = analyze(settings, manifest, host);
            Ok(Loaded::without_consent(analysis))
        })?;
        all.push(loaded);
    }
    let mut read: Vec<_> = all.iter_mut().map(|it| &mut it.analysis).collect();
    graph::report_cycles(&mut read);
    graph::report_conflicts(&mut read);
    if let [manifest] = settings.manifests.as_slice()
        && let Some(loaded) = all.pop()
    {
        let prepared = prepare(settings, manifest, loaded, host, printer)?;
        return one::run(settings, &prepared, host, printer);
    }
    let mut prepared = Vec::new();
    for ((manifest, loaded), unanswered) in settings.manifests.iter().zip(all).zip(unanswered) {
        prepared.push(match unanswered {
            Some(exit) => {
                let analysis = loaded.analysis;
                let (manifest, cache) = (manifest.clone(), HashCache::off());
                let plan = Err(exit);
                Prepared { manifest, analysis, plan, cache, variables: None, image: None }
            }
            None => prepare(settings, manifest, loaded, host, printer)?,
        });
    }
    many::run(settings, &prepared, host, printer)
}

/// Analyzes a manifest, obtains consent for the secrets that it sends, and queries the image's
/// registry.
fn load(
    settings: &Apply,
    manifest: &ManifestChoice,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Loaded, Failure> {
    let mut analysis = analyze(settings, manifest, host);
    imitation::reject_elsewhere(settings.reading.imitated, &analysis)?;
    let cache = super::hash_cache(settings.hash_cache, host);
    let selection = settings.destination.local.selection(host)?;
    let engine = Some(&selection);
    if settings.dry_run {
        let search = Search { secrets: &Secrets::Hidden, cache: &cache, engine, host, printer };
        let (analysis, image) =
            image_build::foresee(image_build::find(analysis, &search)?, &search);
        let analysis = online::inherit(analysis, &Secrets::Hidden, host, printer)?;
        return Ok(Loaded { image, ..Loaded::without_consent(analysis) });
    }
    let test_consent = if runs_tests(settings, &analysis) {
        reject_background(settings, manifest)?;
        let platform =
            testing::destination(analysis.platform, &settings.destination.endpoint, host)?;
        let trust = &settings.reading.trust;
        consent::obtain_for_tests(&mut analysis, trust, &manifest.file, platform, host, printer)
    } else {
        Consent::default()
    };
    let consent = consent::obtain(&mut analysis, settings, &manifest.file, host, printer);
    let secrets = Secrets::Sent { host, consent: &consent };
    let search = Search { secrets: &secrets, cache: &cache, engine, host, printer };
    let analysis = build_image(settings, manifest, analysis, &search)?;
    let analysis = ask_registry(settings, analysis, &secrets, host, printer)?;
    Ok(Loaded { analysis, consent, test_consent, image: None })
}

/// Builds and pushes the image of a manifest that has one built, unless it is there.
fn build_image(
    settings: &Apply,
    manifest: &ManifestChoice,
    analysis: Analysis,
    search: &Search<'_>,
) -> Result<Analysis, Failure> {
    let permission = Permission {
        trust: &settings.reading.trust,
        file: &manifest.file,
        without_cache: settings.no_cache,
    };
    let report = |sources: &SourceMap,
                  platform: Platform,
                  name: &str,
                  report: &mut dyn FnMut(&Reporter<'_>)| {
        let context =
            ReportContext { sources, platform, name, manifest: Some(manifest.clone()), plan: None };
        report(&Reporter::new(report_options(settings), search.printer, context));
    };
    image_build::provide(analysis, search, &permission, &report)
}

/// How the builds of a run are reported.
fn report_options(settings: &Apply) -> ReportOptions {
    ReportOptions {
        format: settings.format,
        level: settings.level.clone(),
        log: Stream::Err,
        prints_id: settings.manifests.len() == 1,
        explains_recorded: settings.manifests.len() == 1,
    }
}

impl Loaded {
    fn without_consent(analysis: Analysis) -> Self {
        Self {
            analysis,
            consent: Consent::default(),
            test_consent: Consent::default(),
            image: None,
        }
    }
}

/// Whether the tests of a manifest are to be run.
fn runs_tests(settings: &Apply, analysis: &Analysis) -> bool {
    settings.test && !settings.dry_run && !analysis.template.tests.is_empty()
}

/// Refuses to leave a build before its tests.
fn reject_background(settings: &Apply, manifest: &ManifestChoice) -> Result<(), Failure> {
    if !settings.background {
        return Ok(());
    }
    let message = format!("`--background` does not wait for the tests of `{manifest}`");
    Err(Failure::new(Exit::Usage, message)
        .help("remove it, or add `--no-test`: then the tags move without tests"))
}

fn analyze(settings: &Apply, manifest: &ManifestChoice, host: &dyn Host) -> Analysis {
    let extra_tags = settings.tags.clone();
    let options = Options {
        extra_tags,
        profile: manifest.profile.clone(),
        same_machine: same_machine(&settings.destination.endpoint, host),
        ..options(settings.destination.platform, &settings.levels, &settings.reading, host)
    };
    super::analyze(host, &manifest.file, options).with_tag_values(host)
}

/// Lowers the manifest, and reports its problems.
fn prepare(
    settings: &Apply,
    manifest: &ManifestChoice,
    loaded: Loaded,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Prepared, Failure> {
    let Loaded { analysis, consent, test_consent, image } = loaded;
    // A dry run sends nothing, and where no image is pulled, no credentials are needed for it.
    let pulls = engine::pulls_images(analysis.platform, &settings.destination.local);
    let sends = !settings.dry_run && pulls;
    let secrets = if sends { Secrets::Sent { host, consent: &consent } } else { Secrets::Hidden };
    let mut diagnostics = analysis.diagnostics.clone();
    diagnostics.append(unsupported_options(settings, analysis.platform)?);
    let mut variables = None;
    if runs_tests(settings, &analysis) && !analysis.diagnostics.has_blocking() {
        let platform =
            testing::destination(analysis.platform, &settings.destination.endpoint, host)?;
        match testing::variables(&analysis, platform, host, &test_consent) {
            Ok(values) => variables = Some(values),
            Err(faults) => diagnostics.append(faults),
        }
    } else if !settings.test && !analysis.template.tests.is_empty() {
        printer.note(&format!("`{manifest}`: its tests are not run"));
    }
    let cache = super::hash_cache(settings.hash_cache, host);
    let plan = match analysis.plan_with(&secrets, &cache) {
        Ok(mut plan) => {
            if settings.no_cache {
                plan.force();
            }
            plan.replace = settings.replace;
            Ok(plan)
        }
        Err(faults) => {
            diagnostics.append(faults);
            Err(Exit::Wrong)
        }
    };
    let plan =
        plan.and_then(|plan| if diagnostics.has_blocking() { Err(Exit::Wrong) } else { Ok(plan) });
    let manifest = manifest.clone();
    let prepared = Prepared { manifest, analysis, plan, cache, variables, image };
    prepared.reporter(settings, printer).diagnostics(&diagnostics);
    Ok(prepared)
}

impl Prepared {
    fn reporter<'a>(&'a self, settings: &Apply, printer: &'a Printer) -> Reporter<'a> {
        let options = report_options(settings);
        let subject = ReportContext {
            sources: &self.analysis.sources,
            platform: self.analysis.platform,
            name: &self.analysis.template.name.value,
            manifest: Some(self.manifest.clone()),
            plan: self.plan.as_ref().ok(),
        };
        Reporter::new(options, printer, subject)
    }

    /// What other profiles of the same manifest are compared with.
    fn promoted<'a>(&'a self, digest: &'a str) -> promotion::Subject<'a> {
        let platform = self.analysis.platform;
        let name = &self.analysis.template.name.value;
        promotion::Subject { choice: &self.manifest, platform, name, digest }
    }

    /// Reports what would be sent.
    fn dry_run(&self, settings: &Apply, plan: &Plan, printer: &Printer) {
        let tests = self.analysis.template.tests.iter().filter(|_| settings.test);
        let tests: Vec<_> = tests.map(crate::testing::name).collect();
        self.reporter(settings, printer).dry_run(plan, &self.analysis, &tests);
        if let Some(image) = &self.image {
            printer.note(&image_build::foreseen(&self.analysis, image));
        }
        let pulls = engine::pulls_images(self.analysis.platform, &settings.destination.local);
        consent::announce(&self.analysis, pulls, printer);
    }
}

/// Reports options that the platform does not support.
fn unsupported_options(settings: &Apply, platform: Platform) -> Result<Diagnostics, Failure> {
    let mut diagnostics = Diagnostics::new();
    let facts = platform.facts();
    if settings.replace && !facts.immutable_templates {
        let message = format!("`{platform}` does not support `--replace`");
        return Err(Failure::new(Exit::Usage, message)
            .help("remove it: each build replaces the previous one there"));
    }
    for (given, supported, option, what) in [
        (!settings.tags.is_empty(), facts.has_tags, "--tag", "tags"),
        (settings.no_cache, facts.has_cache_control, "--no-cache", "control over its cache"),
    ] {
        if given && !supported {
            let message = format!("`{option}` has no effect: `{platform}` has no {what}");
            diagnostics.push(Diagnostic::without_place(Code::IgnoredOnPlatform, message));
        }
    }
    Ok(diagnostics)
}

/// Asks the image's registry for what the requests need, or else whether the image exists: a build
/// that cannot succeed costs time and money. On the local platform it costs nothing, and without a
/// key nothing will be built.
fn ask_registry(
    settings: &Apply,
    analysis: Analysis,
    secrets: &Secrets<'_>,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Analysis, Failure> {
    if analysis.inherits() {
        return online::inherit(analysis, secrets, host, printer);
    }
    if !settings.image_check || analysis.diagnostics.has_blocking() {
        return Ok(analysis);
    }
    let access = analysis.platform.facts().access;
    if !access.is_some_and(|access| settings::names_key(&access, host)) {
        return Ok(analysis);
    }
    online::check(analysis, secrets, host, printer)
}
