//! `sbx check`: everything that can be known without the network, and with `--online` what the
//! image's registry knows.

mod portability;

use serde_json::{Value, json};

use super::{Exit, Failure, online};
use crate::cli::CheckFormat;
use crate::diagnostic::{Diagnostic, Summary, render};
use crate::host::Host;
use crate::pipeline::{self, Analysis};
use crate::platform::Platform;
use crate::printer::{Printer, Stream};
use crate::settings::{Check, Platforms};
use portability::Portability;

pub(super) fn run(settings: &Check, host: &dyn Host, printer: &Printer) -> Result<Exit, Failure> {
    let mut report = Report { format: settings.format, printer, objects: Vec::new() };
    let mut summary = Summary::default();
    for file in &settings.files {
        match settings.platforms {
            Platforms::One(platform) => {
                let mut analysis = pipeline::analyze(host, file, platform);
                if settings.online {
                    analysis = online::check(analysis, host, printer)?;
                }
                let diagnostics = analysis.diagnostics.sorted();
                summary += Summary::of(&diagnostics);
                for diagnostic in &diagnostics {
                    report.tell(&analysis, diagnostic, None);
                }
            }
            Platforms::All => {
                let mut portability = Portability::of(host, file);
                if settings.online {
                    portability = portability.online(host, printer)?;
                }
                for (diagnostic, platforms) in portability.diagnostics() {
                    summary += Summary::of(std::slice::from_ref(diagnostic));
                    report.tell(portability.analysis(), diagnostic, Some(platforms));
                }
                if settings.format == CheckFormat::Human {
                    printer.data(&portability.table());
                }
            }
        }
    }
    report.end(settings, summary);
    if summary.errors > 0 || (settings.deny_warnings && summary.warnings > 0) {
        Ok(Exit::Wrong)
    } else {
        Ok(Exit::Done)
    }
}

/// The report on its way.
struct Report<'a> {
    format: CheckFormat,
    printer: &'a Printer,
    objects: Vec<Value>,
}

impl Report<'_> {
    /// Tells one problem; `platforms` are those that have it, if several were asked.
    fn tell(
        &mut self,
        analysis: &Analysis,
        diagnostic: &Diagnostic,
        platforms: Option<&[Platform]>,
    ) {
        let sources = &analysis.sources;
        match self.format {
            CheckFormat::Human => self.printer.diagnostic(Stream::Out, diagnostic, sources),
            CheckFormat::Short => self.printer.data(&render::short(diagnostic, sources)),
            CheckFormat::Json => self.objects.push(render::json(diagnostic, sources, platforms)),
        }
    }

    fn end(self, settings: &Check, summary: Summary) {
        match self.format {
            CheckFormat::Human => {
                let files = match settings.files.as_slice() {
                    [one] => one.display().to_string(),
                    many => format!("{} manifests", many.len()),
                };
                self.printer.note(&format!("{files}: {}", render::summary(summary)));
            }
            CheckFormat::Short => {}
            CheckFormat::Json => {
                let summary = json!({ "errors": summary.errors, "warnings": summary.warnings });
                let report = json!({ "diagnostics": self.objects, "summary": summary });
                self.printer.data_line(&report.to_string());
            }
        }
    }
}
