//! `sbx check`: reports every problem that can be found without the network, and with `--online`
//! also those that the image's registry knows about.

mod fix;
mod portability;
mod report;

use std::path::PathBuf;

use super::{Exit, Failure, graph, imitation, online, options};
use crate::host::Host;
use crate::parallel;
use crate::pipeline::{Analysis, Depth, Options};
use crate::platform::Platform;
use crate::printer::Printer;
use crate::settings::{Check, Fixes, Platforms};
use portability::Portability;
use report::Report;

pub(super) fn run(settings: &Check, host: &dyn Host, printer: &Printer) -> Result<Exit, Failure> {
    let mut report = Report::new(settings, printer);
    let mut all = Vec::new();
    for file in &settings.files {
        if settings.fixes != Fixes::None {
            let platforms: Vec<_> = match settings.platforms {
                Platforms::One(platform) => vec![platform],
                Platforms::All => Platform::ALL.iter().copied().map(Some).collect(),
            };
            let mut count = 0;
            for platform in platforms {
                let options = options_for(platform, settings, host);
                if settings.platforms != Platforms::All {
                    let known = super::analyze(host, file, options.clone().depth(Depth::Syntax));
                    imitation::reject_elsewhere(settings.reading.imitated, &known)?;
                }
                count += fix::fix(host, file, &options, settings.fixes)?;
            }
            report.fixed(&file.display().to_string(), count);
        }
    }
    match settings.platforms {
        Platforms::One(platform) => {
            let analyze =
                |file: &PathBuf| super::analyze(host, file, options_for(platform, settings, host));
            for analysis in parallel::map(&settings.files, parallel::threads(), analyze) {
                imitation::reject_elsewhere(settings.reading.imitated, &analysis)?;
                let online = settings.online;
                all.push(if online {
                    online::check_without_secrets(analysis, "sbx check", host, printer)?
                } else {
                    analysis
                });
            }
        }
        Platforms::All => {
            for file in &settings.files {
                let mut portability = Portability::of(host, file, settings);
                if settings.online {
                    portability = portability.online(host, printer)?;
                }
                report.next_manifest();
                for (diagnostic, platforms) in portability.diagnostics() {
                    report.add(portability.analysis(), diagnostic, Some(platforms));
                }
                report.table(&portability.table(printer.columns()));
            }
        }
    }
    // Only manifests together can start from each other.
    if settings.platforms == Platforms::All && settings.files.len() > 1 {
        for analysis in &circles(settings, host) {
            report.next_manifest();
            for diagnostic in &analysis.diagnostics.sorted() {
                report.add(analysis, diagnostic, Some(Platform::ALL));
            }
        }
    }
    graph::report_cycles(&mut all.iter_mut().collect::<Vec<_>>());
    for analysis in &all {
        report.next_manifest();
        for diagnostic in &analysis.diagnostics.sorted() {
            report.add(analysis, diagnostic, None);
        }
    }
    Ok(if report.end().stops() { Exit::Wrong } else { Exit::Done })
}

/// The options of an analysis for one platform.
fn options_for(platform: Option<Platform>, settings: &Check, host: &dyn Host) -> Options {
    options(platform, &settings.levels, &settings.reading, host)
}

/// The manifests with nothing but the circles that they make, which are the same on each platform.
fn circles(settings: &Check, host: &dyn Host) -> Vec<Analysis> {
    let look = |file| {
        let options = options_for(Some(Platform::DEFAULT), settings, host).depth(Depth::Manifest);
        let mut analysis = super::analyze(host, file, options);
        analysis.diagnostics.retain(|_| false);
        analysis
    };
    let mut all: Vec<_> = settings.files.iter().map(|file| look(file)).collect();
    graph::report_cycles(&mut all.iter_mut().collect::<Vec<_>>());
    all
}
