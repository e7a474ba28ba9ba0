//! `sbx check`: reports every problem that can be found without the network, and with `--online`
//! also those that the image's registry knows about.

mod fix;
mod holders;
mod portability;
mod report;
mod watch;

use std::path::{Path, PathBuf};

use super::{Exit, Failure, graph, imitation, online, options};
use crate::host::{Host, Overlay, STANDARD_INPUT, WithFiles, describe};
use crate::parallel;
use crate::parse;
use crate::pipeline::{Analysis, Depth, FixRound, Options, Variants};
use crate::platform::Platform;
use crate::printer::Printer;
use crate::settings::{Check, Fixes, Platforms};
use holders::Holders;
use portability::Portability;
use report::Report;

pub(super) fn run(settings: &Check, host: &dyn Host, printer: &Printer) -> Result<Exit, Failure> {
    if settings.watch {
        return watch::run(settings, host, printer);
    }
    let Some(path) = &settings.stdin_path else { return once(settings, host, printer) };
    let text = host.read(Path::new(STANDARD_INPUT), parse::MAX_BYTES).map_err(|error| {
        let message = format!("cannot read standard input: {}", describe(&error));
        Failure::new(Exit::Wrong, message)
    })?;
    let mut files = Overlay::new(host);
    if let Ok(canonical) = host.canonicalize(path) {
        files.insert(&canonical, text.as_slice());
    }
    files.insert(path, text);
    once(settings, &WithFiles::new(&files, host), printer)
}

/// Checks the manifests once.
fn once(settings: &Check, host: &dyn Host, printer: &Printer) -> Result<Exit, Failure> {
    let mut report = Report::new(settings, printer);
    for file in &settings.files {
        if settings.fixes != Fixes::None {
            let count = fix(settings, file, host)?;
            report.fixed(&file.display().to_string(), count);
        }
    }
    match settings.platforms {
        Platforms::One(platform) => one(settings, platform, &mut report, host, printer)?,
        Platforms::All => all(settings, &mut report, host, printer)?,
    }
    Ok(if report.end().stops() { Exit::Wrong } else { Exit::Done })
}

/// Applies fixes for every platform and profile, and returns their number.
fn fix(settings: &Check, file: &Path, host: &dyn Host) -> Result<usize, Failure> {
    let platforms: Vec<_> = match settings.platforms {
        Platforms::One(platform) => vec![platform],
        Platforms::All => Platform::ALL.iter().copied().map(Some).collect(),
    };
    let mut count = 0;
    for platform in platforms {
        let options = options_for(platform, settings, host);
        let known = super::analyze(host, file, options.clone().depth(Depth::Syntax));
        if settings.platforms != Platforms::All {
            imitation::reject_elsewhere(settings.reading.imitated, &known)?;
        }
        let rounds = match settings.profiles.as_slice() {
            [] => FixRound::of_all(&known.manifest),
            selected => selected.iter().cloned().map(FixRound::Profile).collect(),
        };
        for round in rounds {
            count += fix::fix(host, file, &options, &round, settings.fixes)?;
        }
    }
    Ok(count)
}

/// Checks the manifests, each for one platform.
fn one(
    settings: &Check,
    platform: Option<Platform>,
    report: &mut Report<'_>,
    host: &dyn Host,
    printer: &Printer,
) -> Result<(), Failure> {
    let check =
        |file: &PathBuf| variants(settings, file, options_for(platform, settings, host), host);
    let mut all = Vec::new();
    for variants in parallel::map(&settings.files, parallel::threads(), check) {
        all.push(variants.try_map(|analysis| {
            imitation::reject_elsewhere(settings.reading.imitated, &analysis)?;
            asked(settings, analysis, host, printer)
        })?);
    }
    let analyses = all.iter_mut().flat_map(Variants::analyses_mut);
    graph::report_cycles(&mut analyses.collect::<Vec<_>>());
    let selected = all.iter_mut().flat_map(Variants::selected_mut);
    graph::report_conflicts(&mut selected.collect::<Vec<_>>());
    for variants in &all {
        report.next_manifest();
        for shared in variants.diagnostics() {
            let holders = Holders { platforms: None, profiles: &shared.profiles };
            report.add(shared.analysis, &shared.diagnostic, holders);
        }
    }
    Ok(())
}

/// What the image's registry adds, if it is asked.
fn asked(
    settings: &Check,
    analysis: Analysis,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Analysis, Failure> {
    if !settings.online {
        return Ok(analysis);
    }
    online::check_without_secrets(analysis, "sbx check", host, printer)
}

/// A manifest in the selected profiles; without any, in all of them.
fn variants(settings: &Check, file: &Path, options: Options, host: &dyn Host) -> Variants {
    let Some((first, others)) = settings.profiles.split_first() else {
        return Variants::of(super::analyze(host, file, options), host);
    };
    let first = super::analyze(host, file, Options { profile: first.clone(), ..options });
    let others = others.iter().map(|profile| first.in_profile(host, profile.as_deref()));
    let others: Vec<_> = others.collect();
    Variants::selected(std::iter::once(first).chain(others).collect())
}

/// Checks the manifests for every platform, and compares the platforms.
fn all(
    settings: &Check,
    report: &mut Report<'_>,
    host: &dyn Host,
    printer: &Printer,
) -> Result<(), Failure> {
    for file in &settings.files {
        let options = options_for(Some(Platform::DEFAULT), settings, host);
        let variants = variants(settings, file, options, host);
        let variants = variants.try_map(|analysis| asked(settings, analysis, host, printer))?;
        report.next_manifest();
        let portability = Portability::of(&variants);
        for (problem, analysis) in portability.problems() {
            let profiles: Vec<_> = problem.profiles.iter().map(String::as_str).collect();
            let holders = Holders { platforms: Some(&problem.platforms), profiles: &profiles };
            report.add(analysis, &problem.diagnostic, holders);
        }
        report.table(&portability.table(printer.columns()));
    }
    // Only manifests and profiles together can start from each other, or conflict.
    if settings.files.len() > 1 || settings.profiles.len() > 1 {
        for analysis in &between(settings, host) {
            report.next_manifest();
            for diagnostic in &analysis.diagnostics.sorted() {
                let holders = Holders { platforms: Some(Platform::ALL), profiles: &[] };
                report.add(analysis, diagnostic, holders);
            }
        }
    }
    Ok(())
}

/// The options of an analysis for one platform.
fn options_for(platform: Option<Platform>, settings: &Check, host: &dyn Host) -> Options {
    options(platform, &settings.levels, &settings.reading, host)
}

/// The manifests with nothing but the circles that they make and their conflicts, which are the same
/// on each platform with tags.
fn between(settings: &Check, host: &dyn Host) -> Vec<Analysis> {
    let profiles = match settings.profiles.as_slice() {
        [] => &[None],
        selected => selected,
    };
    let look = |file: &Path, profile: &Option<String>| {
        let options = options_for(Some(Platform::DEFAULT), settings, host).depth(Depth::Manifest);
        let options = Options { profile: profile.clone(), ..options };
        let mut analysis = super::analyze(host, file, options);
        analysis.diagnostics.retain(|_| false);
        analysis
    };
    let in_each = |file| profiles.iter().map(move |profile| look(file, profile));
    let mut all: Vec<_> = settings.files.iter().flat_map(|file| in_each(file)).collect();
    let mut analyses: Vec<_> = all.iter_mut().collect();
    graph::report_cycles(&mut analyses);
    graph::report_conflicts(&mut analyses);
    all
}
