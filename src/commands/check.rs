//! `sbx check`: everything that can be known without the network, and with `--online` what the
//! image's registry knows.

use serde_json::{Value, json};

use super::{Exit, Failure, online};
use crate::cli::CheckFormat;
use crate::diagnostic::{Summary, render};
use crate::host::Host;
use crate::pipeline::{self, Analysis};
use crate::printer::{Printer, Stream};
use crate::settings::Check;

pub(super) fn run(settings: &Check, host: &dyn Host, printer: &Printer) -> Result<Exit, Failure> {
    let mut summary = Summary::default();
    let mut objects = Vec::new();
    for file in &settings.files {
        let mut analysis = pipeline::analyze(host, file, settings.platform);
        if settings.online {
            analysis = online::check(analysis, host, printer)?;
        }
        summary += analysis.diagnostics.summary();
        report(&analysis, settings.format, printer, &mut objects);
    }
    match settings.format {
        CheckFormat::Human => {
            let files = match settings.files.as_slice() {
                [one] => one.display().to_string(),
                many => format!("{} manifests", many.len()),
            };
            printer.note(&format!("{files}: {}", render::summary(summary)));
        }
        CheckFormat::Short => {}
        CheckFormat::Json => {
            let summary = json!({ "errors": summary.errors, "warnings": summary.warnings });
            printer.data_line(&json!({ "diagnostics": objects, "summary": summary }).to_string());
        }
    }
    if summary.errors > 0 || (settings.deny_warnings && summary.warnings > 0) {
        Ok(Exit::Wrong)
    } else {
        Ok(Exit::Done)
    }
}

fn report(analysis: &Analysis, format: CheckFormat, printer: &Printer, objects: &mut Vec<Value>) {
    for diagnostic in analysis.diagnostics.sorted() {
        match format {
            CheckFormat::Human => printer.diagnostic(Stream::Out, &diagnostic, &analysis.sources),
            CheckFormat::Short => printer.data(&render::short(&diagnostic, &analysis.sources)),
            CheckFormat::Json => objects.push(render::json(&diagnostic, &analysis.sources, None)),
        }
    }
}
