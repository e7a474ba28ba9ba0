//! `sbx compile`: prints the requests as JSON.

use std::fs::OpenOptions;

use super::{Exit, Failure, image_build, imitation, options, write};
use crate::host::Host;
use crate::pipeline::{Options, Secrets};
use crate::printer::Printer;
use crate::settings::Compile;

pub(super) fn run(settings: &Compile, host: &dyn Host, printer: &Printer) -> Result<Exit, Failure> {
    let profile = settings.manifest.profile.clone();
    let options = options(settings.platform, &settings.levels, &settings.reading, host);
    let analysis = super::analyze(host, &settings.manifest.file, Options { profile, ..options });
    imitation::reject_elsewhere(settings.reading.imitated, &analysis)?;
    let cache = super::hash_cache(settings.hash_cache, host);
    let analysis = image_build::find_and_inherit(analysis, &cache, host, printer)?;
    let secrets = if settings.show_secrets { Secrets::Local(host) } else { Secrets::Hidden };
    let plan = analysis.plan_with(&secrets, &cache);
    let mut diagnostics = analysis.diagnostics.clone();
    if let Err(faults) = &plan {
        diagnostics.append(faults.clone());
    }
    super::show(printer, &diagnostics, &analysis.sources);
    let Ok(plan) = plan else {
        return Ok(Exit::Wrong);
    };
    let json = if settings.requests {
        serde_json::to_string_pretty(&plan.preview())
    } else {
        serde_json::to_string_pretty(&plan.body())
    };
    let json = json.map_err(|error| Failure::new(Exit::Wrong, error.to_string()))?;
    match &settings.output {
        None => printer.json(&json),
        Some(path) => {
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(true);
            write::file(path, &(json + "\n"), &options)
                .map_err(|error| write::failure(path, &error))?;
        }
    }
    Ok(Exit::Done)
}
