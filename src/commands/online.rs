//! What commands ask an image's registry, and what they make of its silence.

use super::serve::runtime;
use super::{Exit, Failure};
use crate::host::Host;
use crate::pipeline::Analysis;
use crate::printer::Printer;
use crate::submit::registry::{RetryPolicy, look_up};
use crate::template::{ImageFault, ImageLookup, Resolution};

/// What is checked before a build is paid for: silence is a warning.
pub(super) fn check(
    analysis: Analysis,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Analysis, Failure> {
    ask(analysis, host, RetryPolicy::SHORT, printer)
}

/// What the requests need: silence is a failure, so that no two commands can disagree.
pub(super) fn inherit(
    analysis: Analysis,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Analysis, Failure> {
    if !analysis.inherits() || analysis.diagnostics.has_blocking() {
        return Ok(analysis);
    }
    let analysis = ask(analysis, host, RetryPolicy::LONG, printer)?;
    if let ImageLookup::Fault(ImageFault::Unknown(reason)) = &analysis.resolution.image {
        let image = analysis.image_question(host).ok().flatten();
        let image = image.map(|image| format!(" `{}`", image.reference)).unwrap_or_default();
        let message = format!("what the image{image} declares cannot be read: {reason}");
        return Err(Failure::new(Exit::Platform, message)
            .help("`inherit` needs the image's registry; without `inherit` nobody asks it"));
    }
    Ok(analysis)
}

fn ask(
    mut analysis: Analysis,
    host: &dyn Host,
    retry_policy: RetryPolicy,
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
    printer.detail(&format!("asking the registry about `{}`", question.reference));
    let image = runtime()?.block_on(look_up(&question, retry_policy));
    Ok(analysis.with_resolution(host, Resolution { image }))
}
