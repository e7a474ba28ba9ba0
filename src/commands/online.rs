//! Queries to the image's registry, and what commands do if it does not answer.

use super::serve::runtime;
use super::{Exit, Failure, consent};
use crate::host::Host;
use crate::pipeline::{Analysis, Secrets};
use crate::printer::Printer;
use crate::submit::registry::{LookupLimit, look_up};
use crate::template::{ImageFault, ImageLookup, Resolution};

/// Checks the image before a build is paid for; no answer is a warning.
pub(super) fn check(
    analysis: Analysis,
    secrets: &Secrets<'_>,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Analysis, Failure> {
    ask(analysis, secrets, host, LookupLimit::SHORT, printer)
}

/// As [`check`], for a command that sends no secrets: the registry of a private image is not asked.
pub(super) fn check_without_secrets(
    analysis: Analysis,
    command: &str,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Analysis, Failure> {
    if let Some(image) = analysis.private_image() {
        printer.note(&format!(
            "the registry was not asked about `{image}`, because `{command}` sends no secrets"
        ));
        consent::announce(&analysis, true, printer);
        return Ok(analysis);
    }
    check(analysis, &Secrets::Hidden, host, printer)
}

/// Looks up what `inherit` needs; no answer is a failure, so that all commands make the same
/// requests.
pub(super) fn inherit(
    mut analysis: Analysis,
    secrets: &Secrets<'_>,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Analysis, Failure> {
    if !analysis.inherits_unknown() || analysis.diagnostics.has_blocking() {
        return Ok(analysis);
    }
    if !matches!(secrets, Secrets::Sent { .. })
        && let Some(fault) = analysis.withheld()
    {
        analysis.diagnostics.push(fault);
        return Ok(analysis);
    }
    let analysis = ask(analysis, secrets, host, LookupLimit::LONG, printer)?;
    if let ImageLookup::Fault(ImageFault::Unknown(reason)) = &analysis.resolution.image {
        let image = analysis.image().map(|image| format!(" `{image}`")).unwrap_or_default();
        let message = format!("cannot read the configuration of the image{image}: {reason}");
        return Err(Failure::new(Exit::Platform, message)
            .help("`inherit` reads it from the image's registry: try again, or remove `inherit`"));
    }
    Ok(analysis)
}

fn ask(
    mut analysis: Analysis,
    secrets: &Secrets<'_>,
    host: &dyn Host,
    limit: LookupLimit,
    printer: &Printer,
) -> Result<Analysis, Failure> {
    let question = match analysis.image_question(secrets) {
        Ok(Some(question)) => question,
        Ok(None) => return Ok(analysis),
        Err(faults) => {
            analysis.diagnostics.append(faults);
            return Ok(analysis);
        }
    };
    printer.detail(&format!("querying the registry about `{}`", question.reference));
    let image = runtime()?.block_on(look_up(&question, limit));
    let known = analysis.resolution.clone();
    Ok(analysis.with_resolution(host, Resolution { image, ..known }))
}
