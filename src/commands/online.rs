//! Queries to the image's registry, and what commands do if it does not answer.

use super::serve::runtime;
use super::{Exit, Failure};
use crate::host::Host;
use crate::pipeline::Analysis;
use crate::printer::Printer;
use crate::submit::registry::{LookupLimit, look_up};
use crate::template::{ImageFault, ImageLookup, Resolution};

/// Checks the image before a build is paid for; no answer is a warning.
pub(super) fn check(
    analysis: Analysis,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Analysis, Failure> {
    ask(analysis, host, LookupLimit::SHORT, printer)
}

/// Looks up what `inherit` needs; no answer is a failure, so that all commands make the same
/// requests.
pub(super) fn inherit(
    analysis: Analysis,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Analysis, Failure> {
    if !analysis.inherits() || analysis.diagnostics.has_blocking() {
        return Ok(analysis);
    }
    let analysis = ask(analysis, host, LookupLimit::LONG, printer)?;
    if let ImageLookup::Fault(ImageFault::Unknown(reason)) = &analysis.resolution.image {
        let image = analysis.image_question(host).ok().flatten();
        let image = image.map(|image| format!(" `{}`", image.reference)).unwrap_or_default();
        let message = format!("cannot read the configuration of the image{image}: {reason}");
        return Err(Failure::new(Exit::Platform, message)
            .help("`inherit` reads it from the image's registry: try again, or remove `inherit`"));
    }
    Ok(analysis)
}

fn ask(
    mut analysis: Analysis,
    host: &dyn Host,
    limit: LookupLimit,
    printer: &Printer,
) -> Result<Analysis, Failure> {
    let question = match analysis.image_question(host) {
        Ok(Some(question)) => question,
        Ok(None) => return Ok(analysis),
        Err(faults) => {
            analysis.diagnostics.append(faults);
            return Ok(analysis);
        }
    };
    printer.detail(&format!("querying the registry about `{}`", question.reference));
    let image = runtime()?.block_on(look_up(&question, limit));
    Ok(analysis.with_resolution(host, Resolution { image }))
}
