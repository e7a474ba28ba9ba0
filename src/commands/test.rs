//! `sbx test`: runs the tests of manifests on the builds that their tags point to.
//!
//! It builds nothing and moves no tag.

mod builds;
mod report;

use super::remote::failure;
use super::report::note_retry;
use super::resume::retry_policy;
use super::sandbox::Connection;
use super::serve::runtime;
use super::target::Target;
use super::testing::{self, Tests};
use super::{Exit, Failure, consent, graph, imitation, options, show};
use crate::diagnostic::Levels;
use crate::host::Host;
use crate::pipeline::{Analysis, Depth, Options};
use crate::printer::Printer;
use crate::settings::{self, ManifestChoice};
use crate::submit::{self, Event};
use builds::Wanted;
use report::{Report, Subject};

pub(super) fn run(
    settings: &settings::Test,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Exit, Failure> {
    let mut report = Report::new(settings.format, printer);
    let manifests = settings.manifests.iter();
    let mut all: Vec<_> = manifests.map(|manifest| analyze(settings, manifest, host)).collect();
    graph::report_conflicts(&mut all.iter_mut().flatten().collect::<Vec<_>>());
    let mut highest = Exit::Done;
    for (manifest, analysis) in settings.manifests.iter().zip(all) {
        let about = (settings.manifests.len() > 1).then(|| printer.about(&manifest.to_string()));
        let about = about.as_ref().unwrap_or(printer);
        let tested =
            analysis.and_then(|it| one(settings, (manifest, it), host, about, &mut report));
        let exit = tested.unwrap_or_else(|failure| {
            about.failure(&failure.message, failure.help.as_deref());
            failure.exit
        });
        highest = highest.max(exit);
        if exit == Exit::Interrupted {
            break;
        }
    }
    report.end()?;
    Ok(highest)
}

fn one(
    settings: &settings::Test,
    (manifest, mut analysis): (&ManifestChoice, Analysis),
    host: &dyn Host,
    printer: &Printer,
    report: &mut Report<'_>,
) -> Result<Exit, Failure> {
    let platform = analysis.platform;
    let destination = testing::destination(platform, &settings.destination.endpoint, host)?;
    let (trust, file) = (&settings.reading.trust, &manifest.file);
    let consent =
        consent::obtain_for_tests(&mut analysis, trust, file, destination.clone(), host, printer);
    if analysis.diagnostics.has_blocking() {
        show(printer, &analysis.diagnostics, &analysis.sources);
        return Ok(Exit::Wrong);
    }
    if analysis.template.tests.is_empty() {
        let manifest = manifest.to_string();
        printer.note(&if printer.begins_with(&manifest) {
            "no tests".to_owned()
        } else {
            format!("`{manifest}` has no tests")
        });
        return Ok(Exit::Done);
    }
    let variables = match testing::variables(&analysis, destination, host, &consent) {
        Ok(variables) => variables,
        Err(faults) => {
            show(printer, &faults, &analysis.sources);
            return Ok(Exit::Wrong);
        }
    };
    let tests = Tests::new(&analysis.template.tests, variables);
    let runtime = runtime()?;
    let exit = runtime.block_on(async {
        let local = &settings.destination.local;
        let mut target =
            Target::open(&settings.destination.endpoint, local, platform, host, printer).await?;
        let work = Work { settings, manifest, analysis: &analysis, tests: &tests, host, printer };
        let exit = work.on(&target, report).await;
        target.close(printer).await;
        exit
    });
    runtime.shutdown_background();
    exit
}

fn analyze(
    settings: &settings::Test,
    manifest: &ManifestChoice,
    host: &dyn Host,
) -> Result<Analysis, Failure> {
    let platform = settings.destination.platform;
    let profile = manifest.profile.clone();
    let options = options(platform, &Levels::default(), &settings.reading, host);
    let options = Options { profile, ..options };
    // Nothing is built: the files of copies play no part.
    let analysis = super::analyze(host, &manifest.file, options.depth(Depth::Manifest));
    imitation::reject_elsewhere(settings.reading.imitated, &analysis)?;
    // The tags select nothing if a build is given.
    Ok(if settings.build.is_some() { analysis } else { analysis.with_tag_values(host) })
}

/// The tests of one manifest, on one platform.
struct Work<'a> {
    settings: &'a settings::Test,
    manifest: &'a ManifestChoice,
    analysis: &'a Analysis,
    tests: &'a Tests<'a>,
    host: &'a dyn Host,
    printer: &'a Printer,
}

impl Work<'_> {
    async fn on(&self, target: &Target, report: &mut Report<'_>) -> Result<Exit, Failure> {
        let Self { settings, manifest, analysis, tests, host, printer } = *self;
        let platform = analysis.platform;
        let policy = retry_policy(None, host);
        let store = submit::templates(platform, &target.endpoint, policy)
            .map_err(|error| failure(&error))?;
        let wanted = Wanted {
            platform,
            name: &analysis.template.name.value,
            tags: super::deployed::declared(&analysis.template.tags),
            build: settings.build.as_deref(),
        };
        let observer = |event: Event| note_retry(printer, &event);
        let builds = wanted.find(&*store, &observer).await?;
        let connection = Connection::on(platform, target, host, printer)?;
        let mut exit = Exit::Done;
        for build in builds {
            let subject = Subject { manifest, analysis, build: &build };
            report.begin(&subject);
            let results = connection.within(&build.reference, async |sandbox| {
                let each = |result: &_| report.result(&subject, result);
                let run = testing::run_all(tests, sandbox, printer.redaction(), each).await;
                run.map_err(|error| failure(&error))
            });
            let results = results.await?;
            if results.iter().any(|result| result.mismatch().is_some()) {
                exit = Exit::Wrong;
            }
            report.finish(&subject, &results);
        }
        Ok(exit)
    }
}
