//! What has changed in a manifest and its files since one of its builds.

use super::subject::Subject;
use super::words::{reason_lines, reasons_of};
use crate::digest::Digest;
use crate::lower::Plan;
use crate::pipeline::Analysis;
use crate::plan::{Inputs, compare};
use crate::settings::ManifestChoice;

/// The most changes that are listed.
const MOST: usize = 5;

/// The changes since a build, each on a line as `sbx plan` shows it. There is none if only what is not
/// recorded of a build has changed.
pub(in crate::commands) fn changes_since(
    before: &Inputs,
    manifest: &ManifestChoice,
    analysis: Analysis,
    plan: Plan,
) -> Vec<String> {
    let digest = Digest::of(&plan);
    let subject = Subject { manifest: manifest.clone(), analysis, plan, digest, image: None };
    let reasons = reasons_of(&subject, &compare(before, &subject.inputs_beside(before)));
    let mut lines: Vec<_> = reason_lines(&reasons).take(MOST).collect();
    if reasons.len() > MOST {
        lines.push(format!("and {} more", reasons.len() - MOST));
    }
    lines
}
